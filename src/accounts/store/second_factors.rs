//! Seeds of authenticator apps, and recovery codes.

use diesel::{
    dsl::{exists, now},
    prelude::*,
    sql_query,
    sql_types::{BigInt, Text},
};

use crate::{
    accounts::model::SecondFactor,
    base::{AccountId, Conn, Result},
    schema::{recovery_codes, second_factors},
};

pub fn find(conn: &mut Conn, account: AccountId) -> Result<Option<SecondFactor>> {
    Ok(second_factors::table.find(account).select(SecondFactor::as_select()).first(conn).optional()?)
}

/// Whether a code is asked for at sign-in.
pub fn is_set(conn: &mut Conn, account: AccountId) -> Result<bool> {
    let set = second_factors::table.find(account).filter(second_factors::confirmed_at.is_not_null());
    Ok(diesel::select(exists(set)).get_result(conn)?)
}

/// Begins one, in place of another that was begun. `false` when one is set already.
pub fn begin(conn: &mut Conn, account: AccountId, seed_sealed: &str) -> Result<bool> {
    let begun = sql_query(
        "INSERT INTO second_factors AS f (account_id, seed_sealed) VALUES ($1, $2)
         ON CONFLICT (account_id) DO UPDATE SET seed_sealed = excluded.seed_sealed, last_step = 0, created_at = now()
         WHERE f.confirmed_at IS NULL",
    );
    Ok(begun.bind::<BigInt, _>(account).bind::<Text, _>(seed_sealed).execute(conn)? == 1)
}

/// So many seeds as they are stored, of the accounts after this one, locked.
pub fn sealed_after(conn: &mut Conn, after: AccountId, most: i64) -> Result<Vec<(AccountId, String)>> {
    let rows = second_factors::table.filter(second_factors::account_id.gt(after)).order(second_factors::account_id).limit(most);
    Ok(rows.select((second_factors::account_id, second_factors::seed_sealed)).for_update().load(conn)?)
}

/// The same seed, sealed anew.
pub fn set_sealed(conn: &mut Conn, account: AccountId, seed_sealed: &str) -> Result<()> {
    diesel::update(second_factors::table.find(account)).set(second_factors::seed_sealed.eq(seed_sealed)).execute(conn)?;
    Ok(())
}

/// Takes the step of a right code. `false` when a code of this step or of a later one was taken before.
pub fn take_step(conn: &mut Conn, account: AccountId, step: i64) -> Result<bool> {
    let unused = second_factors::table.find(account).filter(second_factors::last_step.lt(step));
    Ok(diesel::update(unused).set(second_factors::last_step.eq(step)).execute(conn)? == 1)
}

/// `false` when it was set already.
pub fn confirm(conn: &mut Conn, account: AccountId) -> Result<bool> {
    let begun = second_factors::table.find(account).filter(second_factors::confirmed_at.is_null());
    Ok(diesel::update(begun).set(second_factors::confirmed_at.eq(now)).execute(conn)? == 1)
}

/// `false` when there was none.
pub fn delete(conn: &mut Conn, account: AccountId) -> Result<bool> {
    diesel::delete(recovery_codes::table.filter(recovery_codes::account_id.eq(account))).execute(conn)?;
    Ok(diesel::delete(second_factors::table.find(account)).execute(conn)? == 1)
}

/// Puts these codes in the place of all former ones.
pub fn replace_codes(conn: &mut Conn, account: AccountId, hashes: &[Vec<u8>]) -> Result<()> {
    diesel::delete(recovery_codes::table.filter(recovery_codes::account_id.eq(account))).execute(conn)?;
    let rows = hashes.iter().map(|hash| (recovery_codes::account_id.eq(account), recovery_codes::code_hash.eq(hash)));
    diesel::insert_into(recovery_codes::table).values(rows.collect::<Vec<_>>()).execute(conn)?;
    Ok(())
}

/// `false` when it is none of the account's, or was used before.
pub fn take_code(conn: &mut Conn, account: AccountId, hash: &[u8]) -> Result<bool> {
    let unused = recovery_codes::table.find((account, hash)).filter(recovery_codes::used_at.is_null());
    Ok(diesel::update(unused).set(recovery_codes::used_at.eq(now)).execute(conn)? == 1)
}

pub fn codes_left(conn: &mut Conn, account: AccountId) -> Result<i64> {
    let left = recovery_codes::table.filter(recovery_codes::account_id.eq(account)).filter(recovery_codes::used_at.is_null());
    Ok(left.count().get_result(conn)?)
}
