//! Invoices and credit notes follow the facts, and are issued by a job: a paper that can't be made never holds up money, and
//! the row lock of their numbers is held by a transaction that does nothing else.

use super::detail;
use crate::{
    base::{Conn, OrderId, Result, ShipmentId, VariantId, db_now},
    inventory,
    invoices::{self, Invoice, Parcel, Pick, Seller},
    orders::{
        model::OrderDetail,
        papers::{self, Charges},
        rules, store,
    },
    settings, tax,
};

/// Issues the papers that an order still lacks: the invoice once it is paid or something of it has left, and a credit note over
/// what was given back since. Told twice, it issues nothing twice.
pub fn issue_papers(conn: &mut Conn, name_of: &dyn Fn(&str) -> String, id: OrderId) -> Result<()> {
    let order = store::lock(conn, id)?;
    let detail = detail(conn, order)?;
    let invoice = match invoices::invoice_of_order(conn, id)? {
        Some(invoice) => invoice,
        None if rules::wants_invoice(&detail.order) => issue(conn, name_of, &detail)?,
        None => return Ok(()),
    };
    credit(conn, &detail, &invoice)
}

fn issue(conn: &mut Conn, name_of: &dyn Fn(&str) -> String, detail: &OrderDetail) -> Result<Invoice> {
    let (fees, taxes) = store::charge_taxes(conn, detail.order.id)?;
    let shop = settings::store(conn)?;
    let terms = match shop.bank_details.as_str() {
        "" => String::new(),
        bank => format!("Please pay to this account, with the reference {}:\n{bank}", detail.order.number),
    };
    let paper = papers::invoice(detail, &Charges { fees, taxes }, seller(conn)?, name_of, &terms);
    let invoice = invoices::issue(conn, detail.order.id, &paper)?;
    store::insert_event(conn, detail.order.id, "invoiced", &invoice.formatted, "shop")?;
    Ok(invoice)
}

/// Who sells, with the number that the tax settings know.
fn seller(conn: &mut Conn) -> Result<Seller> {
    let vat_number = tax::book(conn, None)?.settings().vat_number.clone();
    invoices::seller(conn, &vat_number)
}

fn credit(conn: &mut Conn, detail: &OrderDetail, invoice: &Invoice) -> Result<()> {
    let notes: Vec<Invoice> = invoices::of_order(conn, detail.order.id)?.into_iter().filter(Invoice::is_credit_note).collect();
    let credited: i64 = notes.iter().map(|note| note.total).sum();
    let missing = rules::to_credit(invoice.total, &detail.money) - credited;
    if missing <= 0 {
        return Ok(());
    }
    let reason = detail.refunds.first().map(|refund| refund.reason.clone()).filter(|reason| !reason.is_empty());
    let reason = reason.unwrap_or_else(|| format!("Refund for order {}", detail.order.number));
    let earlier: Vec<_> = notes.iter().map(|note| &note.paper).collect();
    let paper = papers::credit_note(&invoice.paper, &earlier, missing, db_now(conn)?.date_naive(), reason);
    let note = invoices::credit(conn, invoice.id, &paper)?;
    store::insert_event(conn, detail.order.id, "credited", &note.formatted, "shop")
}

/// The slip that lies in one of an order's parcels.
pub fn packing_slip(conn: &mut Conn, number: &str, shipment: ShipmentId) -> Result<Parcel> {
    let order = store::find_by_number(conn, number)?;
    let shipment = store::shipment_of(conn, order.id, shipment)?;
    let (units, seller) = (store::units_of(conn, shipment.id)?, seller(conn)?);
    Ok(papers::parcel(&detail(conn, order)?, &shipment, &units, seller))
}

/// What is to be fetched for these orders. Cancelled ones want nothing.
pub fn picks(conn: &mut Conn, numbers: &[String]) -> Result<Vec<Pick>> {
    let mut waiting = vec![];
    for order in store::with_numbers(conn, numbers)?.into_iter().filter(|order| !order.is_cancelled()) {
        waiting.push((order.number, store::lines(conn, order.id)?));
    }
    let variants: Vec<VariantId> = waiting.iter().flat_map(|(_, lines)| lines).filter_map(|line| line.variant_id).collect();
    let shelves = inventory::shelves(conn, &variants)?;
    Ok(waiting.iter().flat_map(|(number, lines)| papers::picks(number, lines, &shelves)).collect())
}
