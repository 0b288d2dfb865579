use diesel::{
    connection::SimpleConnection,
    prelude::*,
    sql_query,
    sql_types::{Bool, Integer},
};

use crate::base::{Conn, Result};

#[derive(QueryableByName)]
struct Done {
    #[diesel(sql_type = Bool)]
    done: bool,
}

/// Counts so many of the orders that have changed for what is bought together. `false`: none were left.
pub fn count(conn: &mut Conn, orders: i32) -> Result<bool> {
    // Nobody waits for it, so it may take longer than what people wait for.
    conn.batch_execute("SET LOCAL statement_timeout = '60s'")?;
    let counted = sql_query("SELECT together_count($1) AS done").bind::<Integer, _>(orders);
    Ok(counted.get_result::<Done>(conn)?.done)
}
