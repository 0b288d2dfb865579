//! What this room knows of a person: told to them, and forgotten with them.

use diesel::{
    prelude::*,
    sql_query,
    sql_types::{Array, Text},
};
use serde_json::Value;

use crate::base::{Conn, Result};

#[derive(QueryableByName)]
struct Known {
    #[diesel(sql_type = Text)]
    known: String,
}

/// Whether these addresses, in lower case, get the newsletter, since when, and where they asked for it.
pub fn known_of(conn: &mut Conn, emails: &[String]) -> Result<Vec<Value>> {
    let rows: Vec<Known> = sql_query(
        "SELECT json_build_object('email', email, 'state', state, 'asked_in', source, 'asked_at', asked_at, 'confirmed_at', confirmed_at,
            'ended_at', ended_at)::text AS known
         FROM subscribers WHERE email = ANY ($1) ORDER BY id",
    )
    .bind::<Array<Text>, _>(emails)
    .load(conn)?;
    rows.iter().map(|row| Ok(serde_json::from_str(&row.known)?)).collect()
}

/// Takes the addresses off the list; the links of their mails lead nowhere then. The record of consents stands in `accounts`. Doing
/// it again changes nothing. Tells how many there were.
pub fn forget(conn: &mut Conn, emails: &[String]) -> Result<usize> {
    Ok(sql_query("DELETE FROM subscribers WHERE email = ANY ($1)").bind::<Array<Text>, _>(emails).execute(conn)?)
}
