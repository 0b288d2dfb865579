//! The shop's lists, ready in order: kept by triggers, or once for a batch.

use diesel::{
    prelude::*,
    sql_query,
    sql_types::{Array, BigInt},
};

use crate::base::{Conn, ProductId, Result};

/// Until this transaction ends, triggers leave the shelves alone; whoever calls this calls [`now`] before the end.
pub fn later(conn: &mut Conn) -> Result<()> {
    sql_query("SET LOCAL ironmonger.shelve = 'later'").execute(conn)?;
    Ok(())
}

/// Puts these products on their shelves as they are now.
pub fn now(conn: &mut Conn, ids: &[ProductId]) -> Result<()> {
    sql_query("SELECT shelve($1)").bind::<Array<BigInt>, _>(ids.iter().map(|id| id.0).collect::<Vec<_>>()).execute(conn)?;
    Ok(())
}
