//! How the shop takes money.

use diesel::{dsl::now, prelude::*, sql_query, sql_types::BigInt};

use crate::{
    base::{Conn, Result},
    payments::model::{GatewaySettings, SettingsChange},
    schema::gateway_settings,
};

/// All ways of paying that the program knows, in the order in which shoppers see them.
pub fn all_settings(conn: &mut Conn) -> Result<Vec<GatewaySettings>> {
    let all = gateway_settings::table.order((gateway_settings::position, gateway_settings::code));
    Ok(all.limit(100).select(GatewaySettings::as_select()).load(conn)?)
}

pub fn settings_of(conn: &mut Conn, code: &str) -> Result<GatewaySettings> {
    Ok(gateway_settings::table.find(code).select(GatewaySettings::as_select()).first(conn)?)
}

pub fn lock_settings(conn: &mut Conn, code: &str) -> Result<GatewaySettings> {
    Ok(gateway_settings::table.find(code).select(GatewaySettings::as_select()).for_update().first(conn)?)
}

/// A number that rises whenever any of the settings change.
pub fn settings_version(conn: &mut Conn) -> Result<i64> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = BigInt)]
        version: i64,
    }
    let row: Row = sql_query("SELECT COALESCE(sum(version), 0)::bigint AS version FROM gateway_settings").get_result(conn)?;
    Ok(row.version)
}

pub fn update_settings(conn: &mut Conn, code: &str, change: &SettingsChange) -> Result<()> {
    let row = gateway_settings::table.find(code);
    let risen = (gateway_settings::version.eq(gateway_settings::version + 1), gateway_settings::updated_at.eq(now));
    diesel::update(row).set((change, risen)).execute(conn)?;
    Ok(())
}

/// The same secrets, sealed anew.
pub fn set_secrets(conn: &mut Conn, code: &str, secrets: &serde_json::Value) -> Result<()> {
    let sealed = (gateway_settings::secrets.eq(secrets), gateway_settings::version.eq(gateway_settings::version + 1));
    diesel::update(gateway_settings::table.find(code)).set(sealed).execute(conn)?;
    Ok(())
}

/// Lets shoppers choose it from now on, as it is set up.
pub fn offer(conn: &mut Conn, code: &str) -> Result<()> {
    let row = gateway_settings::table.find(code).filter(gateway_settings::active.eq(false));
    let offered = (gateway_settings::active.eq(true), gateway_settings::version.eq(gateway_settings::version + 1));
    diesel::update(row).set(offered).execute(conn)?;
    Ok(())
}

/// The gateway answered.
pub fn note_success(conn: &mut Conn, code: &str) -> Result<()> {
    diesel::update(gateway_settings::table.find(code)).set(gateway_settings::last_success_at.eq(now)).execute(conn)?;
    Ok(())
}

/// The gateway did not answer as it should.
pub fn note_failure(conn: &mut Conn, code: &str, why: &str) -> Result<()> {
    let change = (gateway_settings::last_failure_at.eq(now), gateway_settings::last_failure.eq(why));
    diesel::update(gateway_settings::table.find(code)).set(change).execute(conn)?;
    Ok(())
}
