//! The questions, each one statement, so that both sides of a comparison are of the same moment.

pub mod books;
pub mod orders;
pub mod payments;

use diesel::connection::SimpleConnection;

use crate::base::{Conn, Result};

/// Everything that follows sees the shop as of one moment, changes nothing, and may take its time. The first statement of its
/// transaction.
pub fn hold_still(conn: &mut Conn) -> Result<()> {
    Ok(conn.batch_execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY; SET LOCAL statement_timeout = '10min'")?)
}
