//! Two accounts of one customer become one. Each room moves what is its own; what came late, by requests that were under way, is moved
//! a little later.

use std::time::Duration;

use super::{jobs::MoveLate, model::Merging, store};
use crate::{
    accounts::{self, AccountRow},
    alerts,
    base::{AccountId, Conn, Email, Error, Result},
    cart, credit, jobs, orders, promotions, reviews, wishlists,
};

/// No request lives longer.
const LATE: Duration = Duration::from_secs(120);

/// The other account, by its address.
///
/// # Errors
/// `Invalid` on `email` when there is none, or it can't go over to this one.
pub fn other(conn: &mut Conn, into: AccountId, email: &Email) -> Result<AccountId> {
    let none = || Error::invalid("email", "Nobody has an account of this address");
    let from = accounts::find_by_email(conn, email)?.ok_or_else(none)?;
    preview(conn, from.id, into).map(|_| from.id).map_err(|error| match error {
        Error::Conflict(words) => Error::invalid("email", words.trim_end_matches('.')),
        other => other,
    })
}

/// What would go over.
///
/// # Errors
/// `NotFound` when there is no such account; `Conflict` with what hinders it.
pub fn preview(conn: &mut Conn, from: AccountId, into: AccountId) -> Result<Merging> {
    let (from, into) = accounts::to_merge(conn, from, into)?;
    unhindered(conn, &from, &into)?;
    let held = credit::store_credits_of(conn, from.id)?;
    let credit = held.iter().filter(|credit| credit.balance > 0).map(|credit| credit.balance_money()).collect();
    Ok(Merging { counts: store::counts(conn, from.id)?, credit, from, into })
}

fn unhindered(conn: &mut Conn, from: &AccountRow, into: &AccountRow) -> Result<()> {
    if store::has_open_erasure(conn, from.id, into.id)? {
        return Err(Error::Conflict("One of the two is to be erased, as was asked for. Take that back first, or wait for it.".to_owned()));
    }
    for account in [from, into] {
        if credit::store_credits_of(conn, account.id)?.iter().any(|credit| credit.is_disabled()) {
            return Err(Error::Conflict(format!("Store credit of {} is switched off. Decide about that first.", account.email)));
        }
    }
    Ok(())
}

/// The account `into` takes over all that `from` has, which is an empty shell for good. `site`: the shop's address without a slash at
/// its end. `actor`: who of the staff does it.
///
/// # Errors
/// As for [`preview`]: also for the second of two who do it at once.
pub fn merge(conn: &mut Conn, from: AccountId, into: AccountId, site: &str, actor: &str) -> Result<()> {
    let (from, into) = accounts::hold_to_merge(conn, from, into)?;
    unhindered(conn, &from, &into)?;
    orders::claim(conn, from.id)?;
    move_all(conn, from.id, into.id, actor)?;
    accounts::close_merged(conn, site, &from, &into)?;
    jobs::enqueue_in(conn, &MoveLate { from: from.id }, LATE)
}

/// In the order in which those who buy hold rows: carts, orders, money.
fn move_all(conn: &mut Conn, from: AccountId, into: AccountId, actor: &str) -> Result<()> {
    cart::merge(conn, from, into)?;
    orders::merge(conn, from, into)?;
    promotions::merge(conn, from, into)?;
    credit::merge(conn, from, into, actor)?;
    reviews::merge(conn, from, into)?;
    wishlists::merge(conn, from, into)?;
    alerts::merge(conn, from, into)?;
    accounts::merge_own(conn, from, into)?;
    store::delete_exports(conn, from)
}

/// Moves what requests that were under way have left with an account that another took over.
///
/// # Errors
/// The database can't be written.
pub fn move_late(conn: &mut Conn, from: AccountId) -> Result<()> {
    match accounts::merged_into(conn, from)? {
        Some(into) => move_all(conn, from, into, "shop"),
        None => Ok(()),
    }
}
