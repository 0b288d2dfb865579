//! Invoices and credit notes follow the facts, and are issued by a job: a paper that can't be made never holds up money, and
//! the row lock of their numbers is held by a transaction that does nothing else.

use super::detail;
use crate::{
    base::{Conn, OrderId, Result, ReturnId, ShipmentId, VariantId, db_now},
    inventory,
    invoices::{self, For, Invoice, Paper, Parcel, Pick, Seller},
    orders::{
        model::{OrderDetail, OrderLine, ReturnedLine},
        papers::{self, Change, Charges, Taken},
        rules, store,
    },
    payments::{self, Way},
    settings, tax,
};

/// The invoice that stands for an order, and the credit notes on it.
struct Standing {
    invoice: Invoice,
    notes: Vec<Invoice>,
}

impl Standing {
    /// What is invoiced by now: without what edits took back.
    fn invoiced(&self) -> i64 {
        self.invoice.total - self.notes.iter().filter(|note| note.is_for_edit()).map(|note| note.total).sum::<i64>()
    }

    /// What was taken back since money was given back.
    fn credited(&self) -> i64 {
        self.notes.iter().filter(|note| !note.is_for_edit()).map(|note| note.total).sum()
    }

    /// What nothing has taken back.
    fn left(&self) -> i64 {
        self.invoice.total - self.notes.iter().map(|note| note.total).sum::<i64>()
    }

    /// The revision of the order that the papers know of.
    fn revision(&self) -> i32 {
        self.notes.iter().map(|note| note.order_revision).fold(self.invoice.order_revision, i32::max)
    }
}

fn standing(conn: &mut Conn, order: OrderId) -> Result<Option<Standing>> {
    let mut papers = invoices::of_order(conn, order)?;
    let Some(at) = papers.iter().rposition(|paper| !paper.is_credit_note()) else { return Ok(None) };
    let invoice = papers.remove(at);
    let notes = papers.into_iter().filter(|note| note.corrects.as_deref() == Some(invoice.formatted.as_str())).collect();
    Ok(Some(Standing { invoice, notes }))
}

/// Issues the papers that an order still lacks: the invoice once it is paid or something of it has left; after an edit a credit note
/// over what became less, or over all of it with another invoice; and credit notes over what was given back since. Told twice, it
/// issues nothing twice.
pub fn issue_papers(conn: &mut Conn, name_of: &dyn Fn(&str) -> String, id: OrderId) -> Result<()> {
    let order = store::lock(conn, id)?;
    let detail = detail(conn, order)?;
    let standing = match standing(conn, id)? {
        Some(standing) => follow_edit(conn, name_of, &detail, standing)?,
        None if rules::wants_invoice(&detail.order) => {
            let paper = paper_of(conn, name_of, &detail)?;
            let invoice = invoices::issue(conn, id, &paper)?;
            store::insert_event(conn, id, "invoiced", &invoice.formatted, "shop")?;
            Standing { invoice, notes: vec![] }
        }
        None => return Ok(()),
    };
    credit(conn, &detail, standing)
}

/// The invoice as the order stands now.
fn paper_of(conn: &mut Conn, name_of: &dyn Fn(&str) -> String, detail: &OrderDetail) -> Result<Paper> {
    let (fees, taxes) = store::charge_taxes(conn, detail.order.id)?;
    let shop = settings::store(conn)?;
    let terms = match shop.bank_details.as_str() {
        bank if bank.is_empty() || !payments::by_transfer(&detail.order.gateway) => String::new(),
        bank => format!("Please pay to this account, with the reference {}:\n{bank}", detail.order.number),
    };
    Ok(papers::invoice(detail, &Charges { fees, taxes }, seller(conn)?, name_of, &terms))
}

/// Who sells, with the number that the tax settings know.
fn seller(conn: &mut Conn) -> Result<Seller> {
    let vat_number = tax::book(conn, None)?.settings().vat_number.clone();
    invoices::seller(conn, &vat_number)
}

/// Brings the papers in step with an order that was changed after its invoice. What only became less is taken back by its lines;
/// otherwise all that is left of the invoice is taken back, and another one is issued.
fn follow_edit(conn: &mut Conn, name_of: &dyn Fn(&str) -> String, detail: &OrderDetail, standing: Standing) -> Result<Standing> {
    let id = detail.order.id;
    if detail.order.revision <= standing.revision() {
        return Ok(standing);
    }
    let paper = paper_of(conn, name_of, detail)?;
    // Of which lines refunds or earlier edits took something back is not known for certain, so then all is written anew.
    let change = if standing.notes.is_empty() { papers::change(&standing.invoice.paper, &paper) } else { Change::Anew };
    match change {
        Change::None => return Ok(standing),
        Change::Less(taken) => {
            let less = standing.invoice.total - paper.total;
            let why = Why { cause: For::Edit, settled: "Taken off what is to be paid", reason: "The order was changed".to_owned() };
            return take_back(conn, detail, standing, why, &taken, less);
        }
        Change::Anew => {}
    }
    let left = standing.left();
    if left > 0 {
        let reason = "The order was changed: another invoice follows".to_owned();
        take_back(conn, detail, standing, Why { cause: For::Edit, settled: "Set against the next invoice", reason }, &[], left)?;
    }
    let invoice = invoices::issue_anew(conn, id, &paper)?;
    store::insert_event(conn, id, "invoiced", &invoice.formatted, "shop")?;
    Ok(Standing { invoice, notes: vec![] })
}

const GIVEN_BACK: &str = "Given back";

/// Why a credit note is issued.
struct Why {
    cause: For,
    /// What became of the amount.
    settled: &'static str,
    /// In words for the customer.
    reason: String,
}

/// Issues a credit note over `amount`.
fn take_back(conn: &mut Conn, detail: &OrderDetail, mut standing: Standing, why: Why, taken: &[Taken], amount: i64) -> Result<Standing> {
    let earlier: Vec<_> = standing.notes.iter().map(|note| &note.paper).collect();
    let paper =
        papers::credit_note(&standing.invoice.paper, &earlier, taken, amount, (why.settled, db_now(conn)?.date_naive()), why.reason);
    let note = invoices::credit(conn, standing.invoice.id, why.cause, &paper)?;
    store::insert_event(conn, detail.order.id, "credited", &note.formatted, "shop")?;
    standing.notes.push(note);
    Ok(standing)
}

/// Credit notes over what was given back: one for each return, with its lines, once nothing of it is on its way any more; then one
/// over the rest. The words on it are those that staff chose for the customer.
fn credit(conn: &mut Conn, detail: &OrderDetail, mut standing: Standing) -> Result<()> {
    let mut missing = rules::to_credit(standing.invoiced(), &detail.money) - standing.credited();
    for back in rules::returns::given_back(&detail.refunds) {
        if missing <= 0 {
            return Ok(());
        }
        if standing.notes.iter().any(|note| note.return_id == Some(back.of)) {
            continue;
        }
        let amount = back.amount.min(missing);
        missing -= amount;
        if !back.is_whole || amount == 0 {
            continue;
        }
        let taken = papers::returned(&returned_lines(conn, detail, back.of)?, &detail.taxes, amount);
        let reason = told(detail, Some(back.of));
        let exchanged = detail.refunds.iter().any(|refund| refund.return_id == Some(back.of) && refund.way == Way::Exchange);
        let settled = if exchanged { "Set against the exchange" } else { GIVEN_BACK };
        standing = take_back(conn, detail, standing, Why { cause: For::Return(back.of), settled, reason }, &taken, amount)?;
    }
    if missing > 0 {
        let reason = told(detail, None);
        take_back(conn, detail, standing, Why { cause: For::Refund, settled: GIVEN_BACK, reason }, &[], missing)?;
    }
    Ok(())
}

fn returned_lines(conn: &mut Conn, detail: &OrderDetail, id: ReturnId) -> Result<Vec<(ReturnedLine, OrderLine)>> {
    let named = |line: ReturnedLine| detail.lines.iter().find(|of| of.id == line.order_line_id).map(|of| (line, of.clone()));
    Ok(store::returns::lines(conn, id)?.into_iter().filter_map(named).collect())
}

/// What the last refund for this says on its credit note. Why staff gave money back is their own business.
fn told(detail: &OrderDetail, of: Option<ReturnId>) -> String {
    let last = detail.refunds.iter().find(|refund| refund.return_id == of && !refund.corrects && !refund.told.is_empty());
    last.map_or_else(|| format!("Refund for order {}", detail.order.number), |refund| refund.told.clone())
}

/// The slip that lies in one of an order's parcels.
pub fn packing_slip(conn: &mut Conn, number: &str, shipment: ShipmentId) -> Result<Parcel> {
    let order = store::find_by_number(conn, number)?;
    let shipment = store::shipment_of(conn, order.id, shipment)?;
    let (units, seller, detail) = (store::units_of(conn, shipment.id)?, seller(conn)?, detail(conn, order)?);
    let mut sent = vec![];
    for parcel in detail.shipments.iter().filter(|parcel| (parcel.shipped_at, parcel.id) <= (shipment.shipped_at, shipment.id)) {
        sent.extend(store::units_of(conn, parcel.id)?);
    }
    Ok(papers::parcel(&detail, &shipment, &units, &sent, seller))
}

/// What is to be fetched for these orders. Cancelled ones want nothing.
pub fn picks(conn: &mut Conn, numbers: &[String]) -> Result<Vec<Pick>> {
    let mut waiting = vec![];
    for order in store::with_numbers(conn, numbers)?.into_iter().filter(|order| !order.is_cancelled()) {
        let parts = inventory::taken_parts(conn, order.id)?;
        waiting.push((order.number, store::lines(conn, order.id)?, parts));
    }
    let variants: Vec<VariantId> = waiting
        .iter()
        .flat_map(|(_, lines, parts)| {
            let own = lines.iter().filter_map(|line| line.variant_id);
            own.chain(parts.iter().map(|part| part.part)).collect::<Vec<_>>()
        })
        .collect();
    let shelves = inventory::shelves(conn, &variants)?;
    Ok(waiting.iter().flat_map(|(number, lines, parts)| papers::picks(number, lines, parts, &shelves)).collect())
}
