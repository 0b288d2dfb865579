//! One account takes over another of the same person.

use diesel::{
    dsl::now,
    prelude::*,
    sql_query,
    sql_types::{BigInt, Nullable, Timestamptz},
};

use crate::{
    accounts::model::AccountRow,
    base::{AccountId, Conn, Error, GroupId, OnConstraint, Result},
    schema::accounts,
};

/// Both rows, held until the transaction ends, the lower number first whoever is which. Orders that refer to them go on meanwhile.
///
/// # Errors
/// `NotFound` when there is no such account.
pub fn lock_both(conn: &mut Conn, from: AccountId, into: AccountId) -> Result<(AccountRow, AccountRow)> {
    let both = accounts::table.filter(accounts::id.eq_any([from, into])).order(accounts::id).for_no_key_update();
    let rows: Vec<AccountRow> = both.select(AccountRow::as_select()).load(conn)?;
    let found = |id: AccountId| rows.iter().find(|row| row.id == id).cloned().ok_or(Error::NotFound);
    Ok((found(from)?, found(into)?))
}

/// The account that took this one over; `None`: it stands for itself.
pub fn kept(conn: &mut Conn, id: AccountId) -> Result<Option<AccountId>> {
    Ok(accounts::table.find(id).select(accounts::merged_into).first(conn)?)
}

/// The accounts that this one took over, the first first.
pub fn shells_of(conn: &mut Conn, id: AccountId) -> Result<Vec<AccountRow>> {
    let shells = accounts::table.filter(accounts::merged_into.eq(id)).order(accounts::id).limit(100);
    Ok(shells.select(AccountRow::as_select()).load(conn)?)
}

/// What staff keep of a customer and what they did in their place. `$1` becomes `$2`.
const MOVES: &[&str] = &[
    "INSERT INTO account_tags (account_id, tag_id) SELECT $2, tag_id FROM account_tags WHERE account_id = $1 ON CONFLICT DO NOTHING",
    "DELETE FROM account_tags WHERE account_id = $1",
    "UPDATE customer_notes SET account_id = $2 WHERE account_id = $1",
    "UPDATE acting_for SET ended_at = now() WHERE customer_id = $1 AND ended_at IS NULL",
    "UPDATE acting_for SET customer_id = $2 WHERE customer_id = $1",
];

/// Tags, notes and what staff did in the customer's place become the other account's.
pub fn move_care(conn: &mut Conn, from: AccountId, into: AccountId) -> Result<()> {
    for statement in MOVES {
        sql_query(*statement).bind::<BigInt, _>(from).bind::<BigInt, _>(into).execute(conn)?;
    }
    Ok(())
}

/// Who was blocked stays so, and a telephone number is taken where the other has none.
pub fn take_standing(conn: &mut Conn, from: AccountId, into: AccountId) -> Result<()> {
    sql_query(
        "UPDATE accounts i SET phone = CASE WHEN i.phone = '' THEN f.phone ELSE i.phone END, blocked_at = COALESCE(i.blocked_at, f.blocked_at),
            blocked_reason = CASE WHEN i.blocked_at IS NULL THEN f.blocked_reason ELSE i.blocked_reason END
         FROM accounts f WHERE f.id = $1 AND i.id = $2",
    )
    .bind::<BigInt, _>(from)
    .bind::<BigInt, _>(into)
    .execute(conn)?;
    Ok(())
}

/// Nobody signs in to it from now on. What it took over itself is the other's as well.
///
/// # Errors
/// `Conflict` when it belongs to somebody of the staff by now.
pub fn close(conn: &mut Conn, from: AccountId, into: AccountId) -> Result<()> {
    let shell = (
        accounts::merged_into.eq(into),
        accounts::disabled_at.eq(now.into_sql::<Nullable<Timestamptz>>()),
        accounts::blocked_at.eq(None::<chrono::DateTime<chrono::Utc>>),
        accounts::blocked_reason.eq(""),
        (accounts::phone.eq(""), accounts::group_id.eq(None::<GroupId>), accounts::tax_exemption.eq("")),
    );
    let closed = diesel::update(accounts::table.find(from)).set(shell).execute(conn);
    closed.on_constraint("accounts_merged_is_shell", || Error::Conflict("An account of the staff is not merged.".to_owned()))?;
    diesel::update(accounts::table.filter(accounts::merged_into.eq(from))).set(accounts::merged_into.eq(into)).execute(conn)?;
    Ok(())
}
