//! An order that staff puts together: kept as a cart with its answers until it is placed.

use super::{
    answers,
    edit::{check_fees, look_up},
};
use crate::{
    accounts,
    base::{AccountId, CartId, Conn, Error, Problems, Result},
    cart,
    checkout::{
        forms::DraftInput,
        model::{Bill, Checkout},
        store,
    },
    settings::Address,
};

/// Keeps what was typed. The first way of delivery is chosen where none is yet. `problems`: what is known to be wrong already.
///
/// # Errors
/// `Invalid` beside the fields, with all that is wrong at once.
pub fn save_draft(conn: &mut Conn, id: CartId, staff: AccountId, input: &DraftInput, mut problems: Problems) -> Result<()> {
    problems.gather(check_fees(conn, &input.fees))?;
    let items = look_up(conn, &input.articles, &mut problems)?;
    let Some(contact) = input.contact.as_ref().filter(|_| !items.is_empty()) else { return Err(Error::Invalid(problems)) };
    let account = accounts::find_by_email(conn, &contact.email)?.map(|account| account.id);
    problems.gather(cart::draft(conn, id, account, staff, &items, &input.coupons))?;
    // A bill that goes elsewhere goes on doing so.
    let billing = store::find(conn, id)?.and_then(|before| before.billing_address);
    problems.gather(answers::save_contact(conn, id, contact))?;
    problems.check()?;
    store::set_billing(conn, id, billing.as_ref())?;
    store::set_extras(conn, id, &input.fees, &input.note)?;
    let checkout = store::find(conn, id)?.ok_or(Error::NotFound)?;
    let quote = cart::view(conn, id, &checkout.terms())?.quote;
    match quote.offers.first() {
        Some(first) if quote.delivery.is_none() => store::set_method(conn, id, first.method.id),
        _ => Ok(()),
    }
}

/// What this member of staff has put together, with its price and whose account it is for.
///
/// # Errors
/// `NotFound` when it is not theirs, or its delivery is not offered any more.
pub fn drafted(conn: &mut Conn, id: CartId, staff: AccountId) -> Result<(Checkout, Bill, Option<AccountId>)> {
    if !cart::is_draft_of(conn, id, staff)? {
        return Err(Error::NotFound);
    }
    let checkout = store::find(conn, id)?.ok_or(Error::NotFound)?;
    let email = crate::base::Email::parse(&checkout.email).map_err(Error::internal)?;
    let account = accounts::find_by_email(conn, &email)?.map(|account| account.id);
    let bill = answers::bill(conn, &checkout, None)?.ok_or(Error::NotFound)?;
    Ok((checkout, bill, account))
}

/// Whose account the draft, or the order that it became, is for.
///
/// # Errors
/// `NotFound` when it is not this member of staff's.
pub fn draft_account(conn: &mut Conn, id: CartId, staff: AccountId) -> Result<Option<AccountId>> {
    if !cart::was_drafted_by(conn, id, staff)? {
        return Err(Error::NotFound);
    }
    let checkout = store::find(conn, id)?.ok_or(Error::NotFound)?;
    let email = crate::base::Email::parse(&checkout.email).map_err(Error::internal)?;
    Ok(accounts::find_by_email(conn, &email)?.map(|account| account.id))
}

/// Where the bill goes; `None`: to the address of delivery.
///
/// # Errors
/// `NotFound` when the draft is not this member of staff's.
pub fn bill_draft_to(conn: &mut Conn, id: CartId, staff: AccountId, address: Option<&Address>) -> Result<()> {
    if !cart::is_draft_of(conn, id, staff)? {
        return Err(Error::NotFound);
    }
    store::set_billing(conn, id, address)
}
