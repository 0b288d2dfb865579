use chrono::{DateTime, Utc};
use diesel::{
    prelude::*,
    sql_query,
    sql_types::{BigInt, Bool, Nullable, Text, Timestamptz},
};

use crate::{
    base::{Conn, Error, OnConstraint, Page, PageRequest, RedirectId, Result, typed},
    catalog::model::Redirect,
    schema::redirects,
};

/// Redirects are counted up to here.
const COUNTED: i64 = 10_000;

#[derive(QueryableByName)]
struct Target {
    #[diesel(sql_type = Nullable<Text>)]
    path: Option<String>,
}

/// Where a former path leads now.
pub fn target(conn: &mut Conn, path: &str) -> Result<Option<String>> {
    let led = sql_query("SELECT redirect_target(r) AS path FROM redirects r WHERE r.from_path = $1").bind::<Text, _>(path);
    Ok(led.get_result::<Target>(conn).optional()?.and_then(|target| target.path))
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = BigInt)]
    id: RedirectId,
    #[diesel(sql_type = Text)]
    from_path: String,
    #[diesel(sql_type = Nullable<Text>)]
    target: Option<String>,
    #[diesel(sql_type = Bool)]
    follows: bool,
    #[diesel(sql_type = Bool)]
    by_hand: bool,
    #[diesel(sql_type = Timestamptz)]
    created_at: DateTime<Utc>,
}

impl From<Row> for Redirect {
    fn from(Row { id, from_path, target, follows, by_hand, created_at }: Row) -> Self {
        Self { id, from_path, to_path: target.unwrap_or_default(), follows, by_hand, created_at }
    }
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

const SELECT: &str =
    "SELECT r.id, r.from_path, redirect_target(r) AS target, r.to_path IS NULL AS follows, r.by_hand, r.created_at FROM redirects r";

/// Redirects whose former address holds the text, the newest first.
pub fn list(conn: &mut Conn, text: &str, page: PageRequest) -> Result<Page<Redirect>> {
    let like = format!("%{}%", typed::like(text));
    let rows: Vec<Row> = sql_query(format!("{SELECT} WHERE r.from_path ILIKE $1 ORDER BY r.id DESC LIMIT $2 OFFSET $3"))
        .bind::<Text, _>(&like)
        .bind::<BigInt, _>(page.limit())
        .bind::<BigInt, _>(page.offset())
        .load(conn)?;
    let counted = sql_query("SELECT count(*) AS count FROM (SELECT FROM redirects r WHERE r.from_path ILIKE $1 LIMIT $2) bounded");
    let Count { count } = counted.bind::<Text, _>(&like).bind::<BigInt, _>(COUNTED + 1).get_result(conn)?;
    Ok(page.of_counted(rows.into_iter().map(Redirect::from).collect(), count, COUNTED))
}

/// Paths in the shop. The database names what has a row of its own by its id, collapses chains and refuses rings.
///
/// # Errors
/// `Invalid` on `from_path` or `to_path`.
pub fn insert(conn: &mut Conn, from: &str, to: &str) -> Result<()> {
    let values = (redirects::from_path.eq(from), redirects::to_path.eq(to), redirects::by_hand.eq(true));
    refused(diesel::insert_into(redirects::table).values(values).execute(conn))
}

/// The same; what led away from there before leads to `to` now.
///
/// # Errors
/// As for `insert`, but for an address that has a redirect already.
pub fn put(conn: &mut Conn, from: &str, to: &str) -> Result<()> {
    lock(conn)?;
    diesel::delete(redirects::table.filter(redirects::from_path.eq(from))).execute(conn)?;
    insert(conn, from, to)
}

/// Whoever writes redirects takes turns: the trigger of an insert waits for this. Taken before any row, so that nobody waits for a
/// row of somebody who waits for it.
pub fn lock(conn: &mut Conn) -> Result<()> {
    sql_query("SELECT pg_advisory_xact_lock(hashtext('redirects'))").execute(conn)?;
    Ok(())
}

fn refused(result: QueryResult<usize>) -> Result<()> {
    result
        .on_constraint("redirects_from_path_key", || {
            Error::invalid("from_path", "There is a redirect from this address already. Remove it first")
        })
        .on_constraint("redirects_from_path_shape", || {
            Error::invalid("from_path", "Enter an address within the shop, such as /old/hammer.html, without ? or #")
        })
        .on_constraint("redirects_to_path_shape", || {
            Error::invalid("to_path", "Enter an address within the shop, such as /products/claw-hammer")
        })
        .on_constraint("redirects_no_ring", || Error::invalid("to_path", "This would lead in a circle: it ends where it begins"))?;
    Ok(())
}

pub fn delete(conn: &mut Conn, id: RedirectId) -> Result<()> {
    if diesel::delete(redirects::table.find(id)).execute(conn)? == 0 { Err(Error::NotFound) } else { Ok(()) }
}
