//! People as providers of identities know them.

use chrono::{DateTime, Utc};
use diesel::{dsl::now, prelude::*};

use crate::{
    accounts::{
        model::AccountRow,
        oidc::{Linked, NewIdentity, Provider},
    },
    base::{AccountId, Conn, Error, IdentityId, OnConstraint, ProviderId, Result},
    schema::{accounts, identities, identity_providers},
};

/// Of one account at most; the database sees to it as well.
const MOST: i64 = 20;

/// The account that a person of this provider opens.
pub fn account_of(conn: &mut Conn, provider: ProviderId, subject: &str) -> Result<Option<(IdentityId, AccountRow)>> {
    let known = identities::table.inner_join(accounts::table).filter(identities::provider_id.eq(provider));
    let known = known.filter(identities::subject.eq(subject)).select((identities::id, AccountRow::as_select()));
    Ok(known.first(conn).optional()?)
}

/// What an account is linked with, the oldest first.
pub fn of(conn: &mut Conn, account: AccountId) -> Result<Vec<Linked>> {
    type Row = (IdentityId, Provider, String, DateTime<Utc>, Option<DateTime<Utc>>);
    let rows: Vec<Row> = identities::table
        .inner_join(identity_providers::table)
        .filter(identities::account_id.eq(account))
        .order(identities::id)
        .limit(MOST)
        .select((identities::id, Provider::as_select(), identities::known_as, identities::linked_at, identities::used_at))
        .load(conn)?;
    let linked = |(id, provider, known_as, linked_at, used_at)| Linked { id, provider, known_as, linked_at, used_at };
    Ok(rows.into_iter().map(linked).collect())
}

/// # Errors
/// `Conflict` when the person is linked already, here or with another account, or when the account has as many as it may have.
pub fn insert(conn: &mut Conn, new: &NewIdentity<'_>) -> Result<()> {
    let inserted = diesel::insert_into(identities::table).values(new).execute(conn).map(|_| ());
    let inserted = inserted.on_constraint("identities_subject_key", || {
        Error::Conflict("Whoever you signed in as there is linked with an account of this shop already.".to_owned())
    });
    inserted.on_constraint("identities_at_most_20", || {
        Error::Conflict(format!("Your account is linked {MOST} times, which is as often as it may be. Take a link away first."))
    })
}

/// Somebody signed in by it just now.
pub fn note_use(conn: &mut Conn, id: IdentityId) -> Result<()> {
    diesel::update(identities::table.find(id)).set(identities::used_at.eq(now)).execute(conn)?;
    Ok(())
}

/// `false`: this account has no such link.
pub fn delete(conn: &mut Conn, account: AccountId, id: IdentityId) -> Result<bool> {
    Ok(diesel::delete(identities::table.find(id).filter(identities::account_id.eq(account))).execute(conn)? == 1)
}

/// Whatever opened one account opens the other from now on, of the same person. Both accounts must be locked. Gives how many there were.
///
/// # Errors
/// The database can't be written.
pub fn merge(conn: &mut Conn, from: AccountId, into: AccountId) -> Result<usize> {
    let of = identities::table.filter(identities::account_id.eq(from));
    Ok(diesel::update(of).set(identities::account_id.eq(into)).execute(conn)?)
}
