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

/// One account's lists become another's, of the same person, with their links. One of a name that is there gets its number to it.
/// Tells how many came over.
pub fn merge(conn: &mut Conn, from: AccountId, into: AccountId) -> Result<usize> {
    let hold = "SELECT FROM accounts WHERE id IN ($1, $2) ORDER BY id FOR NO KEY UPDATE";
    sql_query(hold).bind::<BigInt, _>(from).bind::<BigInt, _>(into).execute(conn)?;
    let moved = sql_query(
        "UPDATE wishlists w SET account_id = $2,
            is_default = w.is_default AND NOT EXISTS (SELECT FROM wishlists o WHERE o.account_id = $2 AND o.is_default),
            name = CASE WHEN EXISTS (SELECT FROM wishlists o WHERE o.account_id = $2 AND lower(o.name) = lower(w.name))
                THEN left(w.name, 55) || ' (' || w.id || ')' ELSE w.name END
         WHERE w.account_id = $1",
    );
    Ok(moved.bind::<BigInt, _>(from).bind::<BigInt, _>(into).execute(conn)?)
}
