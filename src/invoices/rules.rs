use super::{
    model::{Invoice, InvoiceKind, Prefixes},
    papers::{self, Paper},
};
use crate::{
    base::{Error, Result, cell},
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

const CSV_HEAD: [&str; 14] = [
    "Number",
    "Kind",
    "Date",
    "Order",
    "Corrects",
    "Customer",
    "Country",
    "VAT number",
    "Currency",
    "Tax",
    "Rate",
    "Taxable amount",
    "Tax amount",
    "Total",
];

/// # Errors
/// `Internal` when it can't be written.
pub fn csv_head() -> Result<Vec<u8>> {
    written(&[CSV_HEAD.map(str::to_owned).to_vec()])
}

/// A row for each rate of each invoice; the total stands in the first of them, so that the column can be summed up. Credit notes
/// are negative.
///
/// # Errors
/// `Internal` when it can't be written.
pub fn csv_rows(invoices: &[Invoice]) -> Result<Vec<u8>> {
    written(&invoices.iter().flat_map(csv_rows_of).collect::<Vec<_>>())
}

fn csv_rows_of(invoice: &Invoice) -> Vec<Vec<String>> {
    let paper = &invoice.paper;
    let sign = if invoice.is_credit_note() { -1 } else { 1 };
    let amount = |minor: i64| paper.money(sign * minor).plain();
    let mut taxes: Vec<[String; 4]> = paper
        .tax_sums()
        .iter()
        .map(|sum| [cell(&sum.label), sum.rate.normalize().to_string(), amount(sum.base), amount(sum.tax)])
        .collect();
    if paper.untaxed() != 0 || taxes.is_empty() {
        taxes.push(["No tax".to_owned(), String::new(), amount(paper.untaxed()), amount(0)]);
    }
    let row = |(nth, tax): (usize, [String; 4])| {
        let mut cells = vec![
            cell(&invoice.formatted),
            invoice.kind.label().to_owned(),
            invoice.issued_at.format("%Y-%m-%d").to_string(),
            cell(&invoice.order_number),
            cell(invoice.corrects.as_deref().unwrap_or_default()),
            cell(&invoice.buyer),
            cell(&paper.buyer.address.country),
            cell(&paper.buyer.vat_number),
            paper.currency.code().to_owned(),
        ];
        cells.extend(tax);
        cells.push(if nth == 0 { amount(paper.total) } else { String::new() });
        cells
    };
    taxes.into_iter().enumerate().map(row).collect()
}

fn written(rows: &[Vec<String>]) -> Result<Vec<u8>> {
    let mut csv = csv::Writer::from_writer(vec![]);
    for row in rows {
        csv.write_record(row).map_err(|error| Error::internal(error.to_string()))?;
    }
    csv.into_inner().map_err(|error| Error::internal(error.to_string()))
}

#[cfg(test)]
mod tests {
    use chrono::{NaiveDate, TimeZone, Utc};
    use proptest::prelude::*;
    use rust_decimal::Decimal;

    use super::*;
    use crate::{
        base::{Currency, InvoiceId, OrderId},
        invoices::{Buyer, Charge, LineTax, PaperLine, Reduction, Seller},
        settings::Address,
    };

    fn tax(rate: &str, amount: i64) -> Vec<LineTax> {
        vec![LineTax { label: format!("VAT {rate}%"), rate: rate.parse::<Decimal>().unwrap(), amount }]
    }

    fn line(unit_price: i64, quantity: i32, discount: i64, taxes: Vec<LineTax>) -> PaperLine {
        let discounts = if discount == 0 { vec![] } else { vec![Reduction { label: "Spring".into(), amount: discount }] };
        let total = unit_price * i64::from(quantity) + discount;
        PaperLine { title: "Hammer".into(), options: String::new(), sku: "H".into(), quantity, unit_price, discounts, total, taxes }
    }

    fn paper(includes_tax: bool, lines: Vec<PaperLine>, delivery: i64, delivery_taxes: Vec<LineTax>) -> Paper {
        let day = NaiveDate::from_ymd_opt(2026, 11, 21).unwrap();
        let charge = Charge { label: "Delivery".into(), price: delivery, discounts: vec![], total: delivery, taxes: delivery_taxes };
        let paper = Paper {
            seller: Seller::default(),
            buyer: Buyer { address: Address { name: "=HYPERLINK(\"evil\")".into(), ..Address::default() }, ..Buyer::default() },
            delivery_address: None,
            order_number: "7XQ2-9KD".into(),
            ordered_on: day,
            supplied_on: None,
            currency: Currency::parse("USD").unwrap(),
            includes_tax,
            lines,
            delivery: Some(charge),
            fees: vec![],
            total: 0,
            payments: vec![],
            notes: vec![],
            terms: String::new(),
        };
        Paper { total: paper.sum(), ..paper }
    }

    fn invoice(kind: InvoiceKind, paper: Paper) -> Invoice {
        Invoice {
            id: InvoiceId(1),
            kind,
            formatted: "INV-2026-000001".into(),
            order_id: OrderId(1),
            order_number: paper.order_number.clone(),
            corrects: None,
            buyer: paper.buyer_name(),
            currency: paper.currency,
            tax_total: paper.tax_total(),
            total: paper.total,
            issued_at: Utc.with_ymd_and_hms(2026, 11, 21, 12, 0, 0).unwrap(),
            paper,
            order_revision: 0,
            cause: String::new(),
            return_id: None,
        }
    }

    #[test]
    fn a_series_has_its_year_where_the_prefix_wants_one() {
        let prefixes = Prefixes { invoice: "INV-{year}-".into(), credit_note: "CN".into() };
        assert_eq!(formatted(&series(&prefixes, InvoiceKind::Invoice, 2027), 123), "INV-2027-000123");
        assert_eq!(formatted(&series(&prefixes, InvoiceKind::CreditNote, 2027), 1_234_567), "CN1234567");
    }

    #[test]
    fn tax_on_top_comes_to_the_cent_and_says_its_base() {
        let sale = paper(false, vec![line(2499, 1, 0, tax("10.75", 269))], 644, vec![]);
        assert_eq!((sale.total, sale.net_total(), sale.tax_total(), sale.untaxed()), (3412, 3143, 269, 644));
        let sums = sale.tax_sums();
        assert_eq!((sums.len(), sums[0].base, sums[0].tax, sums[0].percent().as_str()), (1, 2499, 269, "10.75%"));
        check(&sale).unwrap();
    }

    #[test]
    fn tax_within_is_taken_out_of_the_base_and_of_the_unit_price() {
        let lines = vec![line(2495, 2, -499, tax("20", 749)), line(300, 1, 0, tax("0", 0))];
        let sale = paper(true, lines, 395, tax("20", 66));
        let sums: Vec<_> = sale.tax_sums().into_iter().map(|sum| (sum.label, sum.base, sum.tax)).collect();
        assert_eq!(sums, [("VAT 20%".to_owned(), 4491 - 749 + 395 - 66, 815), ("VAT 0%".to_owned(), 300, 0)]);
        assert_eq!(sale.net_unit_price(&sale.lines[0]), Some(2079));
        assert_eq!(sale.net_unit_price(&sale.lines[1]), None, "the same with and without");
        check(&sale).unwrap();
    }

    #[test]
    fn a_paper_that_does_not_add_up_is_refused() {
        let sale = paper(true, vec![line(2495, 2, 0, vec![])], 395, vec![]);
        assert!(check(&Paper { total: sale.total + 1, ..sale.clone() }).is_err());
        let mut crooked = sale;
        crooked.lines[0].discounts = vec![Reduction { label: "Not counted".into(), amount: -5 }];
        assert!(check(&crooked).is_err());
    }

    #[test]
    fn a_paper_reads_the_same_after_it_was_kept() {
        let sale = paper(false, vec![line(2499, 1, 0, tax("10.75", 269))], 644, vec![]);
        let kept = serde_json::to_value(&sale).unwrap();
        assert_eq!(serde_json::from_value::<Paper>(kept).unwrap(), sale);
    }

    #[test]
    fn an_export_has_a_row_for_each_rate_and_no_formulas() {
        let sale = paper(false, vec![line(2499, 1, 0, tax("10.75", 269))], 644, vec![]);
        let rows = String::from_utf8(csv_rows(&[invoice(InvoiceKind::Invoice, sale.clone())]).unwrap()).unwrap();
        let rows: Vec<_> = rows.lines().collect();
        assert_eq!(
            rows,
            [
                "INV-2026-000001,Invoice,2026-11-21,7XQ2-9KD,,\"'=HYPERLINK(\"\"evil\"\")\",,,USD,VAT 10.75%,10.75,24.99,2.69,34.12",
                "INV-2026-000001,Invoice,2026-11-21,7XQ2-9KD,,\"'=HYPERLINK(\"\"evil\"\")\",,,USD,No tax,,6.44,0.00,",
            ]
        );
        let credit = String::from_utf8(csv_rows(&[invoice(InvoiceKind::CreditNote, sale)]).unwrap()).unwrap();
        assert!(credit.contains("10.75,-24.99,-2.69,-34.12"), "{credit}");
    }

    proptest! {
        #[test]
        fn what_is_taxed_what_is_not_and_the_tax_come_to_the_total(
            includes_tax: bool,
            lines in proptest::collection::vec((1..100_000_i64, 1..50_i32, 0..3_usize), 1..30),
            delivery in 0..5000_i64,
        ) {
            let rates = [("20", 20), ("5", 5), ("0", 0)];
            let of = |(price, quantity, rate): (i64, i32, usize)| {
                let total = price * i64::from(quantity);
                let (text, rate) = rates[rate];
                line(price, quantity, 0, tax(text, if includes_tax { total * rate / (100 + rate) } else { total * rate / 100 }))
            };
            let sale = paper(includes_tax, lines.into_iter().map(of).collect(), delivery, vec![]);
            check(&sale).unwrap();
            let sums = sale.tax_sums();
            prop_assert_eq!(sums.iter().map(|sum| sum.tax).sum::<i64>(), sale.tax_total());
            prop_assert_eq!(sums.iter().map(|sum| sum.base).sum::<i64>() + sale.untaxed(), sale.net_total());
        }
    }
}
