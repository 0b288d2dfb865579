use chrono::{DateTime, Utc};

use super::{
    paper::day,
    parcel::{Parcel, ParcelLine, options_note},
};
use crate::documents::{Align, Block, Cell, Column, Document, Panel, PaperSize, Row, Table, Tone, Width};

/// The slip in a parcel: what was ordered, what is in here and what comes later.
pub fn packing_slip(parcel: &Parcel, now: DateTime<Utc>) -> Document {
    let title = format!("Packing slip {}", parcel.order_number);
    let mut blocks = vec![
        Block::Letterhead { name: parcel.seller.shop.clone(), lines: parcel.seller.lines() },
        Block::Title("Packing slip".to_owned()),
        Block::Barcode(parcel.order_number.clone()),
        Block::Facts(facts(parcel)),
        Block::Panels(vec![Panel { title: "Deliver to".to_owned(), lines: parcel.address.lines() }]),
        Block::Table(lines(parcel)),
    ];
    blocks.extend(parcel.notes.iter().map(|note| Block::Paragraph { text: note.clone(), tone: Tone::Plain }));
    Document {
        title,
        language: "en-GB".to_owned(),
        author: parcel.seller.shop.clone(),
        created: now,
        size: PaperSize::of_country(&parcel.seller.address.country),
        footer: format!("{} · Order {}", parcel.seller.shop, parcel.order_number),
        blocks,
    }
}

pub(in crate::invoices) fn facts(parcel: &Parcel) -> Vec<(String, String)> {
    let mut facts = vec![("Order", parcel.order_number.clone()), ("Ordered", day(parcel.ordered_on))];
    facts.extend(parcel.shipped_on.map(|date| ("Shipped", day(date))));
    for (name, value) in [("Delivery", &parcel.delivery_method), ("Tracking", &parcel.tracking)] {
        if !value.is_empty() {
            facts.push((name, value.clone()));
        }
    }
    facts.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

fn lines(parcel: &Parcel) -> Table {
    let mut columns = vec![
        Column::new("SKU", Width::Fixed(110.0), Align::Start),
        Column::new("Item", Width::Share(1.0), Align::Start),
        Column::new("Ordered", Width::Fixed(54.0), Align::End),
        Column::new("In this parcel", Width::Fixed(54.0), Align::End),
        Column::new("To follow", Width::Fixed(54.0), Align::End),
    ];
    if parcel.has_prices() {
        columns.push(Column::new("Unit price", Width::Fixed(70.0), Align::End));
    }
    Table { columns, rows: parcel.lines.iter().map(|line| row(line, parcel.has_prices())).collect() }
}

fn row(line: &ParcelLine, with_prices: bool) -> Row {
    let mut cells = vec![
        Cell::text(&line.sku),
        Cell::noted(&line.title, options_note(&line.options)),
        Cell::text(line.ordered.to_string()),
        Cell::text(line.in_this_parcel.to_string()),
        Cell::text(line.to_follow.to_string()),
    ];
    if with_prices {
        cells.push(Cell::text(line.unit_price.map(|price| price.to_string()).unwrap_or_default()));
    }
    Row { cells }
}
