//! The record of what people agreed to. The database refuses to change it or to take anything out.

use diesel::{
    prelude::*,
    sql_query,
    sql_types::{BigInt, Bool, Nullable, Text},
};

use crate::{
    accounts::model::Consent,
    base::{Conn, Result},
};

pub fn note(conn: &mut Conn, consent: &Consent<'_>) -> Result<()> {
    sql_query(
        "INSERT INTO consents (person, account_id, purpose, given, wording, source, address) VALUES ($1, $2, $3, $4, $5, $6, $7::inet)",
    )
    .bind::<Text, _>(consent.email.as_str())
    .bind::<Nullable<BigInt>, _>(consent.account)
    .bind::<Text, _>(consent.purpose)
    .bind::<Bool, _>(consent.given)
    .bind::<Text, _>(consent.wording)
    .bind::<Text, _>(consent.source)
    .bind::<Nullable<Text>, _>(consent.address.map(|address| address.to_string()))
    .execute(conn)?;
    Ok(())
}
