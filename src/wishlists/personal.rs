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

/// All lists of this account with what is on them.
pub fn known_of(conn: &mut Conn, account: AccountId) -> Result<Vec<Value>> {
    let rows: Vec<Known> = sql_query(
        "SELECT json_build_object('name', w.name, 'made_at', w.created_at, 'shared_at', w.shared_at, 'things', COALESCE((
            SELECT json_agg(json_build_object('product', p.title, 'options', v.option_values, 'note', i.note, 'added_at', i.added_at) ORDER BY i.id)
            FROM wishlist_items i JOIN products p ON p.id = i.product_id LEFT JOIN variants v ON v.id = i.variant_id
            WHERE i.wishlist_id = w.id), '[]'))::text AS known
         FROM wishlists w WHERE w.account_id = $1 ORDER BY w.id",
    )
    .bind::<BigInt, _>(account)
    .load(conn)?;
    rows.iter().map(|row| Ok(serde_json::from_str(&row.known)?)).collect()
}

/// Deletes all lists of this account; their links lead nowhere then. Tells how many there were.
pub fn forget(conn: &mut Conn, account: AccountId) -> Result<usize> {
    Ok(sql_query("DELETE FROM wishlists WHERE account_id = $1").bind::<BigInt, _>(account).execute(conn)?)
}
