//! What this room knows of a person: told to them, and forgotten with them.

use diesel::{
    prelude::*,
    sql_query,
    sql_types::{BigInt, Text},
};
use serde_json::Value;

use crate::base::{AccountId, Conn, Result};

#[derive(QueryableByName)]
struct Known {
    #[diesel(sql_type = Text)]
    known: String,
}

/// All that this account wrote, published or not.
pub fn known_of(conn: &mut Conn, account: AccountId) -> Result<Vec<Value>> {
    let rows: Vec<Known> = sql_query(
        "SELECT json_build_object('product', p.title, 'name', r.name, 'stars', r.stars, 'title', r.title, 'text', r.body, 'state', r.state,
            'answer', r.reply, 'written_at', r.created_at, 'changed_at', r.changed_at)::text AS known
         FROM reviews r JOIN products p ON p.id = r.product_id WHERE r.account_id = $1 ORDER BY r.id",
    )
    .bind::<BigInt, _>(account)
    .load(conn)?;
    rows.iter().map(|row| Ok(serde_json::from_str(&row.known)?)).collect()
}

/// Takes the author away from what is published, so that what others go by stays true, and deletes the rest. Doing it again
/// changes nothing. Tells how many there were.
pub fn forget(conn: &mut Conn, account: AccountId) -> Result<usize> {
    let hold = "SELECT FROM products WHERE id IN (SELECT product_id FROM reviews WHERE account_id = $1) ORDER BY id FOR NO KEY UPDATE";
    sql_query(hold).bind::<BigInt, _>(account).execute(conn)?;
    let gone = sql_query("DELETE FROM reviews WHERE account_id = $1 AND state <> 'published'").bind::<BigInt, _>(account).execute(conn)?;
    let nameless = "UPDATE reviews SET account_id = NULL, order_line_id = NULL, name = '' WHERE account_id = $1";
    Ok(gone + sql_query(nameless).bind::<BigInt, _>(account).execute(conn)?)
}

/// What one account wrote becomes another's, of the same person. Where both wrote of one product, the other's own stays. Tells how
/// many came over.
pub fn merge(conn: &mut Conn, from: AccountId, into: AccountId) -> Result<usize> {
    let hold = "SELECT FROM products WHERE id IN (SELECT product_id FROM reviews WHERE account_id = $1) ORDER BY id FOR NO KEY UPDATE";
    sql_query(hold).bind::<BigInt, _>(from).execute(conn)?;
    let twice = "DELETE FROM reviews r WHERE r.account_id = $1
                 AND EXISTS (SELECT FROM reviews o WHERE o.product_id = r.product_id AND o.account_id = $2)";
    sql_query(twice).bind::<BigInt, _>(from).bind::<BigInt, _>(into).execute(conn)?;
    let moved = sql_query("UPDATE reviews SET account_id = $2 WHERE account_id = $1");
    Ok(moved.bind::<BigInt, _>(from).bind::<BigInt, _>(into).execute(conn)?)
}
