//! What is demanded of all owners. They have no role that could say it.

use super::staff::hand;
use crate::{
    accounts::{
        rules,
        store::{second_factors, sign_in_rules, staff},
    },
    base::{AccountId, Conn, Error, Result},
};

/// Demands a second factor of every owner from their next request on, or leaves it to each again.
///
/// Whoever decides it has one, so that nobody shuts all owners out, themselves included, by a tick. Who loses theirs all the same
/// gets in by `ironmonger staff reset`.
///
/// # Errors
/// `Forbidden` when `by` is no owner; `Invalid` on `needed` when they have no second factor.
pub fn demand_second_factor(conn: &mut Conn, by: AccountId, needed: bool) -> Result<()> {
    // Held, so that they don't take theirs away meanwhile.
    staff::hold(conn, &[by])?;
    rules::may_demand_of_owners(&hand(conn, by)?)?;
    if !second_factors::is_set(conn, by)? {
        return Err(Error::invalid("needed", "Set up a second factor of your own first, then you can decide this for all owners"));
    }
    sign_in_rules::set_owners_need_second_factor(conn, needed)?;
    tracing::info!(event = "owners_second_factor_decided", account.id = by.0, needed, "what is demanded of owners was decided");
    Ok(())
}
