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

/// All that this account waits for, and was told of.
pub fn known_of(conn: &mut Conn, account: AccountId) -> Result<Vec<Value>> {
    let rows: Vec<Known> = sql_query(
        "SELECT json_build_object('product', p.title, 'options', v.option_values, 'sku', v.sku, 'waits_for', a.kind, 'below', a.below,
            'currency', a.currency, 'asked_at', a.asked_at, 'told_at', a.told_at)::text AS known
         FROM alerts a JOIN variants v ON v.id = a.variant_id JOIN products p ON p.id = v.product_id WHERE a.account_id = $1 ORDER BY a.id",
    )
    .bind::<BigInt, _>(account)
    .load(conn)?;
    rows.iter().map(|row| Ok(serde_json::from_str(&row.known)?)).collect()
}

/// Deletes them all; the links of their mails lead nowhere then. Doing it again changes nothing. Tells how many there were.
pub fn forget(conn: &mut Conn, account: AccountId) -> Result<usize> {
    Ok(sql_query("DELETE FROM alerts WHERE account_id = $1").bind::<BigInt, _>(account).execute(conn)?)
}

/// What one account waits for becomes another's, of the same person, as far as that waits for fewer than a hundred things. Where both
/// wait for the same, the other's own stays. Tells how many came over.
pub fn merge(conn: &mut Conn, from: AccountId, into: AccountId) -> Result<usize> {
    let hold = "SELECT FROM accounts WHERE id IN ($1, $2) ORDER BY id FOR NO KEY UPDATE";
    sql_query(hold).bind::<BigInt, _>(from).bind::<BigInt, _>(into).execute(conn)?;
    let moved = sql_query(
        "UPDATE alerts SET account_id = $2 WHERE id IN (
            SELECT a.id FROM alerts a WHERE a.account_id = $1 AND a.told_at IS NULL AND NOT EXISTS (
                SELECT FROM alerts o WHERE o.account_id = $2 AND o.variant_id = a.variant_id AND o.kind = a.kind AND o.told_at IS NULL)
            ORDER BY a.id
            LIMIT GREATEST(0, 100 - (SELECT count(*) FROM alerts o WHERE o.account_id = $2 AND o.told_at IS NULL)))",
    );
    let moved = moved.bind::<BigInt, _>(from).bind::<BigInt, _>(into).execute(conn)?;
    forget(conn, from)?;
    Ok(moved)
}
