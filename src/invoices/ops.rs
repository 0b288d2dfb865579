use super::{
    model::{For, Invoice, InvoiceKind, NewInvoice},
    papers::{Paper, Seller},
    rules, store,
};
use crate::{
    base::{Conn, Error, InvoiceId, OrderId, Result},
    settings::{self, Address, Store},
};

/// Issues the invoice of an order under the next number, in the caller's transaction: when that is rolled back, the next one
/// gets this number. Asked for again, it gives the invoice that there is, so that it may be called by whatever comes first.
///
/// The caller holds the order's lock. Numbers are given one after the other, so this belongs near the end of a transaction.
///
/// # Errors
/// `Internal` when the paper does not add up.
pub fn issue(conn: &mut Conn, order: OrderId, paper: &Paper) -> Result<Invoice> {
    match store::invoice_of_order(conn, order)? {
        Some(invoice) => Ok(invoice),
        None => put_down(conn, InvoiceKind::Invoice, order, None, paper),
    }
}

/// Issues a further invoice, for an order that was changed. The former one has been taken back as a whole by then.
///
/// # Errors
/// `Conflict` when something of the former invoice stands; `Internal` when the paper does not add up.
pub fn issue_anew(conn: &mut Conn, order: OrderId, paper: &Paper) -> Result<Invoice> {
    put_down(conn, InvoiceKind::Invoice, order, None, paper)
}

/// Issues a credit note that takes an invoice back, in part or as a whole. Its paper holds what is given back, in positive
/// amounts.
///
/// # Errors
/// `Conflict` when more is given back than is left of the invoice, or it is no invoice; `Internal` when the paper does not add
/// up or gives back nothing.
pub fn credit(conn: &mut Conn, corrects: InvoiceId, cause: For, paper: &Paper) -> Result<Invoice> {
    store::lock(conn, corrects)?;
    let corrected = store::find(conn, corrects)?;
    if paper.total <= 0 {
        return Err(Error::internal(format!("a credit note of order {} gives back nothing", paper.order_number)));
    }
    put_down(conn, InvoiceKind::CreditNote, corrected.order_id, Some((corrects, cause)), paper)
}

fn put_down(conn: &mut Conn, kind: InvoiceKind, order: OrderId, corrects: Option<(InvoiceId, For)>, paper: &Paper) -> Result<Invoice> {
    rules::check(paper)?;
    let series = rules::series(&store::prefixes(conn)?, kind, store::year(conn)?);
    let order_revision = store::revision_of(conn, order)?;
    let taken = store::take_number(conn, &series)?;
    let id = store::insert(
        conn,
        &NewInvoice {
            kind,
            series: &series,
            number: taken.number,
            formatted: &rules::formatted(&series, taken.number),
            order_id: order,
            order_number: &paper.order_number,
            corrects_id: corrects.map(|(corrected, _)| corrected),
            buyer: paper.buyer_name(),
            currency: paper.currency,
            tax_total: paper.tax_total(),
            total: paper.total,
            issued_at: taken.at,
            paper,
            order_revision,
            cause: corrects.map_or("", |(_, cause)| cause.cause()),
            return_id: corrects.and_then(|(_, cause)| cause.return_id()),
        },
    )?;
    store::find(conn, id)
}

/// Who sells, by the shop's settings. `vat_number` is known to the room of taxes; empty: none.
pub fn seller(conn: &mut Conn, vat_number: &str) -> Result<Seller> {
    let shop = settings::store(conn)?;
    Ok(seller_of(&shop, vat_number))
}

fn seller_of(shop: &Store, vat_number: &str) -> Seller {
    let name = if shop.legal_name.is_empty() { &shop.name } else { &shop.legal_name };
    Seller {
        shop: shop.name.clone(),
        address: Address { name: name.clone(), ..shop.address() },
        email: shop.email.clone(),
        phone: shop.phone.clone(),
        vat_number: vat_number.to_owned(),
        registration: shop.registration.clone(),
    }
}
