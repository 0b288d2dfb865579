use diesel::{
    dsl::{now, sql},
    prelude::*,
    sql_query,
    sql_types::{BigInt, Bool, Text, Uuid},
};

use crate::{
    accounts::model::AccountRow,
    base::{AccountId, ActingId, Conn, Result, SignInId},
    schema::{accounts, acting_for},
};

/// Nobody acts for a customer longer than this, by the database's clock.
const YOUNG: &str = "acting_for.began_at > now() - interval '1 hour'";

/// The customer for whom this sign-in acts now.
pub fn customer(conn: &mut Conn, sign_in: SignInId) -> Result<Option<AccountRow>> {
    let young = sql::<Bool>(YOUNG);
    let open = accounts::table
        .inner_join(acting_for::table.on(acting_for::customer_id.eq(accounts::id)))
        .filter(acting_for::sign_in_id.eq(sign_in))
        .filter(acting_for::ended_at.is_null())
        .filter(young);
    let able = open.filter(accounts::role.is_null()).filter(accounts::disabled_at.is_null());
    Ok(able.select(AccountRow::as_select()).first(conn).optional()?)
}

/// Begins, and ends what the same sign-in did for another.
pub fn begin(conn: &mut Conn, sign_in: SignInId, staff: AccountId, customer: AccountId, reason: &str) -> Result<()> {
    end(conn, sign_in)?;
    sql_query("INSERT INTO acting_for (id, sign_in_id, staff_id, customer_id, reason) VALUES ($1, $2, $3, $4, $5)")
        .bind::<Uuid, _>(ActingId::new())
        .bind::<Uuid, _>(sign_in)
        .bind::<BigInt, _>(staff)
        .bind::<BigInt, _>(customer)
        .bind::<Text, _>(reason)
        .execute(conn)?;
    Ok(())
}

/// Ends it; nothing happens where nobody is acted for.
pub fn end(conn: &mut Conn, sign_in: SignInId) -> Result<()> {
    let open = acting_for::table.filter(acting_for::sign_in_id.eq(sign_in)).filter(acting_for::ended_at.is_null());
    diesel::update(open).set(acting_for::ended_at.eq(now)).execute(conn)?;
    Ok(())
}
