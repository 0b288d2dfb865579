//! Mailed links. The database's clock decides how long one works.

use diesel::{
    dsl::now,
    prelude::*,
    sql_query,
    sql_types::{BigInt, Binary, Integer, Nullable},
};
use uuid::Uuid;

use crate::{
    accounts::model::{Asked, Link, LinkKind},
    base::{AccountId, Conn, LinkId, Result},
    schema::account_links,
};

/// Notes that a link was asked for. It has no token yet, so nobody can use it.
pub fn insert(conn: &mut Conn, asked: &Asked) -> Result<LinkId> {
    let inserted = diesel::insert_into(account_links::table).values(asked);
    Ok(inserted.returning(account_links::id).get_result(conn)?)
}

/// A link that waits to be mailed, locked; `None` when that is done.
pub fn lock_asked(conn: &mut Conn, id: LinkId) -> Result<Option<Link>> {
    let asked = account_links::table.find(id).filter(account_links::token_hash.is_null()).filter(account_links::used_at.is_null());
    Ok(asked.filter(account_links::expires_at.gt(now)).for_update().select(Link::as_select()).first(conn).optional()?)
}

/// Gives it the token by which it is known from now on, and a life that begins now.
pub fn give_token(conn: &mut Conn, link: &Link, account: Option<AccountId>, token_hash: &[u8]) -> Result<()> {
    sql_query("UPDATE account_links SET token_hash = $2, account_id = $3, expires_at = now() + make_interval(secs => $4) WHERE id = $1")
        .bind::<BigInt, _>(link.id)
        .bind::<Binary, _>(token_hash)
        .bind::<Nullable<BigInt>, _>(account)
        .bind::<Integer, _>(link.kind.life())
        .execute(conn)?;
    Ok(())
}

/// Ends a link that is answered in another way than by mailing it.
pub fn end(conn: &mut Conn, id: LinkId) -> Result<()> {
    diesel::update(account_links::table.find(id)).set(account_links::used_at.eq(now)).execute(conn)?;
    Ok(())
}

/// Takes away the links of its kind that were mailed to the same address before it.
pub fn delete_older(conn: &mut Conn, link: &Link) -> Result<()> {
    let older = account_links::table
        .filter(account_links::email.eq(&link.email))
        .filter(account_links::kind.eq(link.kind))
        .filter(account_links::id.lt(link.id));
    diesel::delete(older.filter(account_links::used_at.is_null())).execute(conn)?;
    Ok(())
}

/// Takes away what was mailed for this account and not used yet.
pub fn delete_open(conn: &mut Conn, account: AccountId) -> Result<()> {
    let open = account_links::table.filter(account_links::account_id.eq(account)).filter(account_links::used_at.is_null());
    diesel::delete(open).execute(conn)?;
    Ok(())
}

/// Takes away both ends of changes of address that were begun.
pub fn delete_changes(conn: &mut Conn, account: AccountId) -> Result<()> {
    let changes = account_links::table.filter(account_links::account_id.eq(account)).filter(account_links::pair.is_not_null());
    diesel::delete(changes).execute(conn)?;
    Ok(())
}

/// # Errors
/// `NotFound` when there is none of these kinds, or it was used, or is too old.
pub fn find(conn: &mut Conn, kinds: &[LinkKind], token_hash: &[u8]) -> Result<Link> {
    let found = account_links::table
        .filter(account_links::token_hash.eq(token_hash))
        .filter(account_links::kind.eq_any(kinds))
        .filter(account_links::used_at.is_null())
        .filter(account_links::expires_at.gt(now));
    Ok(found.select(Link::as_select()).first(conn)?)
}

/// Marks it used. Whoever comes second finds nothing.
///
/// # Errors
/// As for [`find`].
pub fn take(conn: &mut Conn, kinds: &[LinkKind], token_hash: &[u8]) -> Result<Link> {
    let taken = diesel::update(account_links::table)
        .filter(account_links::token_hash.eq(token_hash))
        .filter(account_links::kind.eq_any(kinds))
        .filter(account_links::used_at.is_null())
        .filter(account_links::expires_at.gt(now))
        .set(account_links::used_at.eq(now));
    Ok(taken.returning(Link::as_select()).get_result(conn)?)
}

/// The address that a change of address leads to.
///
/// # Errors
/// `NotFound` when the change was withdrawn.
pub fn new_address(conn: &mut Conn, pair: Uuid) -> Result<String> {
    let new = account_links::table.filter(account_links::pair.eq(pair)).filter(account_links::kind.eq(LinkKind::EmailNew));
    Ok(new.select(account_links::email).first(conn)?)
}

/// Whether both ends have agreed: each used the link that was mailed there.
pub fn is_agreed(conn: &mut Conn, pair: Uuid) -> Result<bool> {
    let agreed = account_links::table.filter(account_links::pair.eq(pair)).filter(account_links::used_at.is_not_null());
    let agreed: i64 = agreed.filter(account_links::token_hash.is_not_null()).count().get_result(conn)?;
    Ok(agreed == 2)
}

/// Whether a change of address waits for its two ends, and to which address it leads.
pub fn open_change(conn: &mut Conn, account: AccountId) -> Result<Option<String>> {
    let new = account_links::table
        .filter(account_links::account_id.eq(account))
        .filter(account_links::kind.eq(LinkKind::EmailNew))
        .filter(account_links::expires_at.gt(now))
        .order(account_links::id.desc());
    let pair: Option<(Option<Uuid>, String)> = new.select((account_links::pair, account_links::email)).first(conn).optional()?;
    match pair {
        Some((Some(pair), email)) if !is_agreed(conn, pair)? => Ok(Some(email)),
        _ => Ok(None),
    }
}
