//! What staff do about a customer who has an account: tags, notes, blocking.

use crate::{
    accounts::{
        model::AccountRow,
        store::{self, customers},
    },
    base::{AccountId, Conn, Error, NoteId, Result, TagId},
};

/// # Errors
/// `NotFound` when this is no customer's account, or another took it over.
pub(super) fn customer(conn: &mut Conn, id: AccountId) -> Result<AccountRow> {
    store::find(conn, id)?.filter(|account| account.role.is_none() && account.merged_into.is_none()).ok_or(Error::NotFound)
}

/// Gives a customer a tag, which is made where there is none of the name.
///
/// # Errors
/// `NotFound` when this is no customer's account; `Invalid` on `tag` when there are too many.
pub fn tag_customer(conn: &mut Conn, id: AccountId, name: &str) -> Result<()> {
    let (account, tag) = (customer(conn, id)?, customers::tag_named(conn, name)?);
    customers::tag(conn, account.id, tag)
}

/// # Errors
/// `NotFound` when this is no customer's account.
pub fn untag_customer(conn: &mut Conn, id: AccountId, tag: TagId) -> Result<()> {
    let account = customer(conn, id)?;
    customers::untag(conn, account.id, tag)
}

/// Writes a note about a customer. `author`: who writes it, with their name.
///
/// # Errors
/// `NotFound` when this is no customer's account.
pub fn note_on_customer(conn: &mut Conn, id: AccountId, author: (AccountId, &str), body: &str) -> Result<()> {
    let account = customer(conn, id)?;
    customers::insert_note(conn, account.id, author, body)
}

/// # Errors
/// `NotFound` when it is no note on this customer.
pub fn delete_customer_note(conn: &mut Conn, id: AccountId, note: NoteId) -> Result<()> {
    let account = customer(conn, id)?;
    customers::delete_note(conn, account.id, note)
}

/// The customer can't order from now on, signed in or as a guest; what is ordered goes on.
///
/// # Errors
/// `NotFound` when this is no customer's account.
pub fn block_customer(conn: &mut Conn, id: AccountId, reason: &str) -> Result<()> {
    let account = customer(conn, id)?;
    customers::block(conn, account.id, reason)?;
    tracing::info!(event = "customer_blocked", account.id = account.id.0, "a customer can't order any more");
    Ok(())
}

/// # Errors
/// `NotFound` when this is no customer's account.
pub fn unblock_customer(conn: &mut Conn, id: AccountId) -> Result<()> {
    let account = customer(conn, id)?;
    customers::unblock(conn, account.id)?;
    tracing::info!(event = "customer_unblocked", account.id = account.id.0, "a customer can order again");
    Ok(())
}
