//! The questions, each one statement, so that both sides of a comparison are of the same moment.

pub mod books;
pub mod orders;
pub mod payments;

use diesel::{connection::SimpleConnection, prelude::*, sql_query, sql_types::Text};

use crate::base::{Conn, Result};

/// Everything that follows sees the shop as of one moment, changes nothing, and may take its time. The first statement of its
/// transaction.
pub fn hold_still(conn: &mut Conn) -> Result<()> {
    Ok(conn.batch_execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY; SET LOCAL statement_timeout = '10min'")?)
}

/// Addresses of those who own the shop, for alarms.
pub fn owners(conn: &mut Conn) -> Result<Vec<String>> {
    #[derive(QueryableByName)]
    struct Owner {
        #[diesel(sql_type = Text)]
        email: String,
    }
    let owners = sql_query("SELECT email FROM accounts WHERE role = 'owner' AND disabled_at IS NULL ORDER BY id LIMIT 20");
    Ok(owners.load::<Owner>(conn)?.into_iter().map(|owner| owner.email).collect())
}
