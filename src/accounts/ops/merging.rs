//! One account takes over another of the same person, as far as this room goes: whose it may be, what staff keep of it, its
//! addresses, and the end of every way in.

use crate::{
    accounts::{
        mails,
        model::{AccountRow, EndedBy},
        ops::sign_ins,
        rules,
        store::{self, addresses, devices, identities, links, merging, second_factors},
    },
    base::{AccountId, Conn, Error, Result},
};

/// Both accounts, the one that goes first, when one may take over the other.
///
/// # Errors
/// `NotFound` when there is no such account; `Conflict` with what hinders it.
pub fn to_merge(conn: &mut Conn, from: AccountId, into: AccountId) -> Result<(AccountRow, AccountRow)> {
    let mut one = |id| store::find(conn, id)?.ok_or(Error::NotFound);
    let pair = (one(from)?, one(into)?);
    allowed(pair)
}

/// The same, both held until the transaction ends: of two who merge at once the second finds it done.
///
/// # Errors
/// As for [`to_merge`].
pub fn hold_to_merge(conn: &mut Conn, from: AccountId, into: AccountId) -> Result<(AccountRow, AccountRow)> {
    if from == into {
        return to_merge(conn, from, into);
    }
    allowed(merging::lock_both(conn, from, into)?)
}

fn allowed((from, into): (AccountRow, AccountRow)) -> Result<(AccountRow, AccountRow)> {
    match rules::why_not_merge(&from, &into) {
        Some(words) => Err(Error::Conflict(format!("{words}."))),
        None => Ok((from, into)),
    }
}

/// Addresses, links with providers of identities, tags, notes and what staff did in the customer's place become the other account's. Doing it again takes what came late.
pub fn merge_own(conn: &mut Conn, from: AccountId, into: AccountId) -> Result<()> {
    addresses::merge(conn, from, into)?;
    identities::merge(conn, from, into)?;
    merging::move_care(conn, from, into)
}

/// Ends every way in to the account and notes which one took it over. Both addresses are told by mail.
///
/// # Errors
/// `Conflict` when it belongs to somebody of the staff by now.
pub fn close_merged(conn: &mut Conn, site: &str, from: &AccountRow, into: &AccountRow) -> Result<()> {
    merging::take_standing(conn, from.id, into.id)?;
    merging::close(conn, from.id, into.id)?;
    sign_ins::end_all(conn, from.id, EndedBy::Merged)?;
    second_factors::delete(conn, from.id)?;
    devices::forget_all(conn, from.id)?;
    links::delete_open(conn, from.id)?;
    for recipient in [&into.email, &from.email] {
        mails::merged(conn, site, &into.name, (&from.email, &into.email), recipient)?;
    }
    tracing::info!(event = "accounts_merged", account.id = into.id.0, from = from.id.0, "one account took over another");
    Ok(())
}
