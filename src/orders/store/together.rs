use diesel::{
    prelude::*,
    sql_query,
    sql_types::{Bool, Integer},
};

use crate::base::{Conn, Result};

/// Orders at a time.
const SOME: i32 = 500;

#[derive(QueryableByName)]
struct Done {
    #[diesel(sql_type = Bool)]
    done: bool,
}

/// Counts some of the orders that have changed for what is bought together. `false`: none were left.
pub fn count(conn: &mut Conn) -> Result<bool> {
    let counted = sql_query("SELECT together_count($1) AS done").bind::<Integer, _>(SOME);
    Ok(counted.get_result::<Done>(conn)?.done)
}
