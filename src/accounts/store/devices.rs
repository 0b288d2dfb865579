//! Browsers at which somebody has signed in before.

use diesel::{
    dsl::{exists, now},
    prelude::*,
};

use crate::{
    base::{AccountId, Conn, Result},
    schema::known_devices,
};

pub fn is_known(conn: &mut Conn, account: AccountId, device_hash: &[u8]) -> Result<bool> {
    Ok(diesel::select(exists(known_devices::table.find((account, device_hash)))).get_result(conn)?)
}

/// `true` when it was not known before.
pub fn note(conn: &mut Conn, account: AccountId, device_hash: &[u8]) -> Result<bool> {
    let row = (known_devices::account_id.eq(account), known_devices::device_hash.eq(device_hash));
    let new = diesel::insert_into(known_devices::table).values(row).on_conflict_do_nothing().execute(conn)? == 1;
    if !new {
        diesel::update(known_devices::table.find((account, device_hash))).set(known_devices::seen_at.eq(now)).execute(conn)?;
    }
    Ok(new)
}

pub fn forget_all(conn: &mut Conn, account: AccountId) -> Result<()> {
    diesel::delete(known_devices::table.filter(known_devices::account_id.eq(account))).execute(conn)?;
    Ok(())
}
