use super::paper::{Charge, Paper, PaperLine, Reduction, TaxSum, day};
use crate::{
    documents::{Align, Block, Cell, Column, Document, Panel, PaperSize, Row, Sum, Table, Tone, Width},
    invoices::{Invoice, InvoiceKind},
    settings::Address,
};

/// An invoice or a credit note as it is printed.
pub fn invoice(invoice: &Invoice, paper: &Paper) -> Document {
    let seller = &paper.seller;
    let title = format!("{} {}", invoice.kind.label(), invoice.formatted);
    let mut blocks = vec![
        Block::Letterhead { name: seller.shop.clone(), lines: seller.lines() },
        Block::Title(title.clone()),
        Block::Facts(facts(invoice, paper)),
        Block::Panels(parties(invoice.kind, paper)),
        Block::Table(lines(paper)),
        Block::Sums(sums(paper)),
    ];
    if !paper.tax_sums().is_empty() {
        blocks.extend([Block::Heading("Tax summary".to_owned()), Block::Table(tax(paper))]);
    }
    blocks.extend(paper.notes.iter().map(|note| Block::Paragraph { text: note.clone(), tone: Tone::Strong }));
    if !paper.terms.is_empty() {
        blocks.extend([Block::Heading("Payment".to_owned()), Block::Paragraph { text: paper.terms.clone(), tone: Tone::Plain }]);
    }
    Document {
        title,
        language: "en-GB".to_owned(),
        author: seller.shop.clone(),
        created: invoice.issued_at,
        size: PaperSize::of_country(&seller.address.country),
        footer: [seller.shop.as_str(), &invoice.formatted].join(" · "),
        blocks,
    }
}

/// Numbers and dates at the top, in the order in which people look for them.
pub(in crate::invoices) fn facts(invoice: &Invoice, paper: &Paper) -> Vec<(String, String)> {
    let issued = invoice.issued_at.date_naive();
    let mut facts = vec![("Number", invoice.formatted.clone()), ("Date of issue", day(issued))];
    if let Some(supplied) = paper.supplied_on.filter(|date| *date != issued) {
        facts.push(("Date of supply", day(supplied)));
    }
    if let Some(corrected) = &invoice.corrects {
        facts.push(("Corrects invoice", corrected.clone()));
    }
    facts.extend([("Order", paper.order_number.clone()), ("Ordered", day(paper.ordered_on))]);
    if !paper.buyer.reference.is_empty() {
        facts.push(("Your reference", paper.buyer.reference.clone()));
    }
    facts.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
}

/// Who buys, and where it goes when that is elsewhere.
pub(in crate::invoices) fn parties(kind: InvoiceKind, paper: &Paper) -> Vec<Panel> {
    let mut to = paper.buyer.address.lines();
    if !paper.buyer.vat_number.is_empty() {
        to.push(format!("VAT number {}", paper.buyer.vat_number));
    }
    let title = if kind == InvoiceKind::CreditNote { "Credit to" } else { "Bill to" };
    let mut panels = vec![Panel { title: title.to_owned(), lines: to }];
    if let Some(address) = paper.delivery_address.as_ref().filter(|address| **address != paper.buyer.address) {
        panels.push(Panel { title: "Deliver to".to_owned(), lines: Address::lines(address) });
    }
    panels
}

fn lines(paper: &Paper) -> Table {
    let columns = vec![
        Column::new("Item", Width::Share(1.0), Align::Start),
        Column::new("Quantity", Width::Fixed(54.0), Align::End),
        Column::new("Unit price", Width::Fixed(82.0), Align::End),
        Column::new("Tax", Width::Fixed(60.0), Align::End),
        Column::new(if paper.includes_tax { "Total incl. tax" } else { "Total" }, Width::Fixed(86.0), Align::End),
    ];
    Table { columns, rows: rows(paper).into_iter().map(cells).collect() }
}

/// A line as it stands on the paper, in print and on the page.
pub struct PaperRow {
    pub title: String,
    /// Options, SKU and discounts, below the title.
    pub notes: Vec<String>,
    pub quantity: String,
    pub unit_price: String,
    /// The same without tax, where the prices are with it.
    pub net_unit_price: Option<String>,
    pub rates: String,
    pub total: String,
}

/// The lines, then delivery and fees.
pub(in crate::invoices) fn rows(paper: &Paper) -> Vec<PaperRow> {
    let charges = paper.delivery.iter().chain(&paper.fees).map(|charge| charge_row(paper, charge));
    paper.lines.iter().map(|line| line_row(paper, line)).chain(charges).collect()
}

fn line_row(paper: &Paper, line: &PaperLine) -> PaperRow {
    PaperRow {
        title: line.title.clone(),
        notes: Some(line.about()).filter(|about| !about.is_empty()).into_iter().chain(reductions(paper, &line.discounts)).collect(),
        quantity: line.quantity.to_string(),
        unit_price: paper.money(line.unit_price).to_string(),
        net_unit_price: paper.net_unit_price(line).map(|net| format!("{} excl. tax", paper.money(net))),
        rates: line.rates(),
        total: paper.money(line.total).to_string(),
    }
}

fn charge_row(paper: &Paper, charge: &Charge) -> PaperRow {
    PaperRow {
        title: charge.label.clone(),
        notes: reductions(paper, &charge.discounts).collect(),
        quantity: "1".to_owned(),
        unit_price: paper.money(charge.price).to_string(),
        net_unit_price: None,
        rates: charge.rates(),
        total: paper.money(charge.total).to_string(),
    }
}

fn reductions(paper: &Paper, of: &[Reduction]) -> impl Iterator<Item = String> {
    of.iter().map(|reduction| format!("{}: {}", reduction.label, paper.money(reduction.amount)))
}

fn cells(row: PaperRow) -> Row {
    Row {
        cells: vec![
            Cell::noted(row.title, row.notes),
            Cell::text(row.quantity),
            Cell::noted(row.unit_price, row.net_unit_price.into_iter().collect()),
            Cell::text(row.rates),
            Cell::text(row.total),
        ],
    }
}

/// The totals: net, tax, all, what is paid and what is due.
pub(in crate::invoices) fn sums(paper: &Paper) -> Vec<Sum> {
    let mut sums = vec![Sum::new("Total without tax", paper.money(paper.net_total()))];
    let taxes = paper.tax_sums().into_iter().filter(|sum| sum.tax != 0);
    sums.extend(taxes.map(|sum| Sum::new(tax_label(&sum.label, &sum.percent()), paper.money(sum.tax))));
    if sums.len() == 1 {
        sums.clear();
    }
    sums.push(Sum::strong("Total", paper.money(paper.total)));
    sums.extend(paper.payments.iter().map(|paid| Sum::new(format!("{}, {}", paid.label, day(paid.on)), paper.money(-paid.amount))));
    if !paper.payments.is_empty() {
        sums.push(Sum::strong("To pay", paper.money(paper.due())));
    }
    sums
}

/// The tax's name with its rate, unless the name says it already.
fn tax_label(label: &str, percent: &str) -> String {
    if label.contains('%') { label.to_owned() } else { format!("{label} {percent}") }
}

fn tax(paper: &Paper) -> Table {
    let columns = vec![
        Column::new("Tax", Width::Share(1.0), Align::Start),
        Column::new("Rate", Width::Fixed(70.0), Align::End),
        Column::new("Taxable amount", Width::Fixed(110.0), Align::End),
        Column::new("Amount", Width::Fixed(86.0), Align::End),
    ];
    let row = |sum: TaxSum| Row {
        cells: vec![
            Cell::text(&sum.label),
            Cell::text(sum.percent()),
            Cell::text(paper.money(sum.base).to_string()),
            Cell::text(paper.money(sum.tax).to_string()),
        ],
    };
    Table { columns, rows: paper.tax_sums().into_iter().map(row).collect() }
}
