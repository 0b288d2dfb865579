//! Records of orders that another shop has settled.

use crate::{
    base::{Conn, Result},
    orders::{model::BroughtOrder, store},
};

/// Writes the record, unless there is an order of its number. No stock, payment or mail comes of it. Whether it is new.
///
/// # Errors
/// What the database refuses; that the sums are right it tells when [`crate::orders::check_sums`] asks, or at the end of the
/// transaction.
pub fn bring(conn: &mut Conn, order: &BroughtOrder, actor: &str) -> Result<bool> {
    let Some(id) = store::brought::insert(conn, order)? else { return Ok(false) };
    store::insert_event(conn, id, "note", "Brought in from another shop, as a record.", actor)?;
    Ok(true)
}
