use super::{
    model::{Invoice, InvoiceKind, Prefixes},
    papers::{self, Paper},
};
use crate::{
    base::{Error, Result},
    documents,
};

/// The document of an invoice or a credit note as PDF.
///
/// # Errors
/// `Internal` when it can't be drawn.
pub fn pdf(invoice: &Invoice) -> Result<Vec<u8>> {
    documents::pdf(&papers::invoice(invoice, &invoice.paper))
}

/// Which series a paper issued in this year is numbered in: the prefix with its year.
pub fn series(prefixes: &Prefixes, kind: InvoiceKind, year: i32) -> String {
    let prefix = match kind {
        InvoiceKind::Invoice => &prefixes.invoice,
        InvoiceKind::CreditNote => &prefixes.credit_note,
    };
    prefix.replace("{year}", &year.to_string())
}

/// `INV-2026-000123`.
pub fn formatted(series: &str, number: i64) -> String {
    format!("{series}{number:06}")
}

/// # Errors
/// `Internal`: a paper whose parts do not come to its total is never issued.
pub fn check(paper: &Paper) -> Result<()> {
    let says = |what: &str| Error::internal(format!("the paper of order {} {what}", paper.order_number));
    if paper.sum() != paper.total {
        return Err(says("does not add up"));
    }
    let discounts = |price: i64, reductions: &[papers::Reduction]| price + reductions.iter().map(|reduction| reduction.amount).sum::<i64>();
    let lines_fit = paper.lines.iter().all(|line| discounts(line.unit_price * i64::from(line.quantity), &line.discounts) == line.total);
    let charges_fit = paper.delivery.iter().chain(&paper.fees).all(|charge| discounts(charge.price, &charge.discounts) == charge.total);
    if lines_fit && charges_fit { Ok(()) } else { Err(says("has a line that does not add up")) }
}
