//! Guests' orders: found by number and address, taken over by an account of that address.

use diesel::{prelude::*, sql_query, sql_types::BigInt};

use super::lower;
use crate::{
    base::{AccountId, Conn, Email, Result},
    orders::model::Order,
    schema::orders,
};

/// The order of this number that was placed with this address.
///
/// # Errors
/// `NotFound` whichever of them is wrong, after the same one look.
pub fn find_with_email(conn: &mut Conn, number: &str, email: &Email) -> Result<Order> {
    let fits = orders::table.filter(orders::number.eq(number)).filter(lower(orders::email).eq(email.as_str()));
    Ok(fits.select(Order::as_select()).first(conn)?)
}

/// Gives the account all guests' orders of its address and of those that it took over, each with a line on its timeline, and says how many. Who has not proven to
/// read that address's mail gets none.
pub fn claim(conn: &mut Conn, account: AccountId) -> Result<usize> {
    let claimed = sql_query(
        "WITH claimed AS (
            UPDATE orders o SET account_id = a.id FROM accounts a
            WHERE a.id = $1 AND a.confirmed_at IS NOT NULL AND a.disabled_at IS NULL AND o.account_id IS NULL AND lower(o.email) IN (
                SELECT s.email FROM accounts s WHERE (s.id = $1 OR s.merged_into = $1) AND s.confirmed_at IS NOT NULL)
            RETURNING o.id)
         INSERT INTO order_events (order_id, kind, detail, actor) SELECT id, 'claimed', '', 'customer' FROM claimed",
    );
    Ok(claimed.bind::<BigInt, _>(account).execute(conn)?)
}

/// One account's orders become another's, of the same person; each keeps the address that it was placed with.
pub fn merge(conn: &mut Conn, from: AccountId, into: AccountId) -> Result<usize> {
    let moved = sql_query(
        "UPDATE orders SET account_id = $2 WHERE id IN (SELECT id FROM orders WHERE account_id = $1 ORDER BY id FOR NO KEY UPDATE)",
    );
    Ok(moved.bind::<BigInt, _>(from).bind::<BigInt, _>(into).execute(conn)?)
}
