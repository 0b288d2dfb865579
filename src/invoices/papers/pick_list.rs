use chrono::{DateTime, Utc};

use super::parcel::{Pick, options_note};
use crate::documents::{Align, Block, Cell, Column, Document, PaperSize, Row, Table, Tone, Width};

/// What to fetch from the shelves for several orders at once, in the order in which one walks along them.
pub fn pick_list(shop: &str, country: &str, picks: &[Pick], now: DateTime<Utc>) -> Document {
    let picks = sorted(picks);
    let has_locations = picks.iter().any(|pick| !pick.location.is_empty());
    let title = format!("Pick list {}", now.format("%-d %B %Y, %H:%M UTC"));
    let mut columns = vec![
        Column::new("Done", Width::Fixed(36.0), Align::Start),
        Column::new("SKU", Width::Fixed(110.0), Align::Start),
        Column::new("Item", Width::Share(1.0), Align::Start),
        Column::new("Order", Width::Fixed(90.0), Align::Start),
        Column::new("Quantity", Width::Fixed(54.0), Align::End),
    ];
    if has_locations {
        columns.insert(1, Column::new("Location", Width::Fixed(80.0), Align::Start));
    }
    let rows = picks.iter().map(|pick| row(pick, has_locations)).collect();
    Document {
        title: title.clone(),
        language: "en-GB".to_owned(),
        author: shop.to_owned(),
        created: now,
        size: PaperSize::of_country(country),
        footer: format!("{shop} · {title}"),
        blocks: vec![
            Block::Title(title),
            Block::Paragraph { text: summary(&picks), tone: Tone::Muted },
            Block::Table(Table { columns, rows }),
        ],
    }
}

/// By location, then SKU, then order.
pub fn sorted(picks: &[Pick]) -> Vec<Pick> {
    let mut picks = picks.to_vec();
    picks.sort_by(|a, b| (&a.location, &a.sku, &a.order_number).cmp(&(&b.location, &b.sku, &b.order_number)));
    picks
}

/// `7 pieces for 3 orders`.
pub(in crate::invoices) fn summary(picks: &[Pick]) -> String {
    let pieces: i64 = picks.iter().map(|pick| i64::from(pick.quantity)).sum();
    let mut orders: Vec<_> = picks.iter().map(|pick| &pick.order_number).collect();
    orders.sort_unstable();
    orders.dedup();
    let (piece, order) = (if pieces == 1 { "piece" } else { "pieces" }, if orders.len() == 1 { "order" } else { "orders" });
    format!("{pieces} {piece} for {} {order}", orders.len())
}

fn row(pick: &Pick, has_locations: bool) -> Row {
    let mut cells = vec![
        Cell::Tick,
        Cell::text(&pick.sku),
        Cell::noted(&pick.title, options_note(&pick.options)),
        Cell::text(&pick.order_number),
        Cell::text(pick.quantity.to_string()),
    ];
    if has_locations {
        cells.insert(1, Cell::text(&pick.location));
    }
    Row { cells }
}
