use diesel::{prelude::*, sql_query, sql_types::Text};

use crate::base::{Conn, Currency, Result};

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Text)]
    currency: Currency,
}

/// Currencies in which something is sold to everybody now, by lists; in the order of their codes.
pub fn open(conn: &mut Conn) -> Result<Vec<Currency>> {
    let rows: Vec<Row> = sql_query(
        "SELECT DISTINCT l.currency FROM price_lists l
         WHERE l.active AND l.group_id IS NULL AND (l.starts_at IS NULL OR l.starts_at <= now()) AND (l.ends_at IS NULL OR now() < l.ends_at)
           AND EXISTS (SELECT FROM prices p WHERE p.list_id = l.id) ORDER BY l.currency LIMIT 200",
    )
    .load(conn)?;
    Ok(rows.into_iter().map(|row| row.currency).collect())
}
