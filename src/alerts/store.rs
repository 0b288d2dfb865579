use diesel::{
    dsl::now,
    prelude::*,
    sql_query,
    sql_types::{BigInt, Nullable, Text},
};

use super::model::{Alert, NewAlert};
use crate::{
    base::{AccountId, AlertId, Conn, Error, OnConstraint, Result},
    schema::{accounts, alerts},
};

/// Open alerts of one account at most; the database sees to it as well.
pub const MOST: i64 = 100;

/// Writes it down; who waits for the same already waits from now on for this price.
///
/// # Errors
/// `Invalid` when the account waits for as many things as it may.
pub fn put(conn: &mut Conn, new: &NewAlert) -> Result<()> {
    let put = sql_query(
        "INSERT INTO alerts (account_id, variant_id, kind, below, currency) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (account_id, variant_id, kind) WHERE told_at IS NULL DO UPDATE SET below = EXCLUDED.below, currency = EXCLUDED.currency",
    )
    .bind::<BigInt, _>(new.account)
    .bind::<BigInt, _>(new.variant)
    .bind::<Text, _>(new.kind())
    .bind::<Nullable<BigInt>, _>(new.below.map(|below| below.minor))
    .bind::<Nullable<Text>, _>(new.below.map(|below| below.currency.code()))
    .execute(conn);
    let full = || Error::invalid("", format!("You wait for {MOST} things, which is as many as we keep. End one first"));
    put.on_constraint("alerts_at_most_100", full)?;
    Ok(())
}

/// What the account waits for, the newest first.
pub fn open_of(conn: &mut Conn, account: AccountId) -> Result<Vec<Alert>> {
    let open = alerts::table.filter(alerts::account_id.eq(account)).filter(alerts::told_at.is_null());
    Ok(open.order(alerts::id.desc()).limit(MOST).select(Alert::as_select()).load(conn)?)
}

/// The next alerts after this one, locked until the transaction ends; what another worker has is passed over, and so is who can't
/// be told.
pub fn lock_next(conn: &mut Conn, after: AlertId, most: i64) -> Result<Vec<Alert>> {
    let next = alerts::table
        .filter(alerts::told_at.is_null())
        .filter(alerts::id.gt(after))
        .filter(alerts::account_id.eq_any(
            accounts::table.filter(accounts::confirmed_at.is_not_null()).filter(accounts::disabled_at.is_null()).select(accounts::id),
        ))
        .order(alerts::id)
        .limit(most)
        .select(Alert::as_select())
        .for_update()
        .skip_locked();
    Ok(next.load(conn)?)
}

/// Told, once and for all; by the token's hash the mail's link is known.
pub fn set_told(conn: &mut Conn, id: AlertId, token_hash: &str) -> Result<()> {
    diesel::update(alerts::table.find(id)).set((alerts::told_at.eq(now), alerts::token_hash.eq(token_hash))).execute(conn)?;
    Ok(())
}

/// What another waits for, or nobody any more, is left as it is.
pub fn remove(conn: &mut Conn, account: AccountId, id: AlertId) -> Result<()> {
    let own = alerts::table.find(id).filter(alerts::account_id.eq(account)).filter(alerts::told_at.is_null());
    diesel::delete(own).execute(conn)?;
    Ok(())
}

/// The account whose mail had this link.
pub fn account_of(conn: &mut Conn, token_hash: &str) -> Result<Option<AccountId>> {
    Ok(alerts::table.filter(alerts::token_hash.eq(token_hash)).select(alerts::account_id).first(conn).optional()?)
}

/// Ends all that the account waits for.
pub fn end_all(conn: &mut Conn, account: AccountId) -> Result<usize> {
    Ok(diesel::delete(alerts::table.filter(alerts::account_id.eq(account)).filter(alerts::told_at.is_null())).execute(conn)?)
}

/// What one account waits for becomes another's, of the same person, as far as that may wait for more. Where both wait for the same,
/// the other's own stays. Tells how many came over.
pub fn merge(conn: &mut Conn, from: AccountId, into: AccountId) -> Result<usize> {
    let hold = "SELECT FROM accounts WHERE id IN ($1, $2) ORDER BY id FOR NO KEY UPDATE";
    sql_query(hold).bind::<BigInt, _>(from).bind::<BigInt, _>(into).execute(conn)?;
    let moved = sql_query(
        "UPDATE alerts SET account_id = $2 WHERE id IN (
            SELECT a.id FROM alerts a WHERE a.account_id = $1 AND a.told_at IS NULL AND NOT EXISTS (
                SELECT FROM alerts o WHERE o.account_id = $2 AND o.variant_id = a.variant_id AND o.kind = a.kind AND o.told_at IS NULL)
            ORDER BY a.id LIMIT GREATEST(0, $3 - (SELECT count(*) FROM alerts o WHERE o.account_id = $2 AND o.told_at IS NULL)))",
    );
    let moved = moved.bind::<BigInt, _>(from).bind::<BigInt, _>(into).bind::<BigInt, _>(MOST).execute(conn)?;
    diesel::delete(alerts::table.filter(alerts::account_id.eq(from))).execute(conn)?;
    Ok(moved)
}
