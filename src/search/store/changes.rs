//! The feed of changes that the database writes (migration `search`).

use diesel::{
    prelude::*,
    sql_query,
    sql_types::{BigInt, Bool, Nullable, Text},
};

use crate::{
    base::{Conn, ProductId, Result, prepared},
    search::model::{Change, PlaceKind},
};

#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = BigInt)]
    number: i64,
}

#[derive(QueryableByName)]
struct Name {
    #[diesel(sql_type = Text)]
    name: String,
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = BigInt)]
    horizon: i64,
    #[diesel(sql_type = Nullable<BigInt>)]
    xid: Option<i64>,
    #[diesel(sql_type = Nullable<Text>)]
    kind: Option<String>,
    #[diesel(sql_type = Nullable<BigInt>)]
    subject: Option<i64>,
}

/// The oldest transaction that may still be at work: whatever was done before it, all have seen.
pub fn horizon(conn: &mut Conn) -> Result<i64> {
    let asked = sql_query("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS number");
    Ok(asked.get_result::<Number>(conn)?.number)
}

/// Which database's transactions are counted: another cluster, another database or a restored table has other numbers.
pub fn feed(conn: &mut Conn) -> Result<String> {
    let asked = sql_query(
        "SELECT (SELECT system_identifier FROM pg_control_system()) || '/' || d.oid || '/' || 'search_changes'::regclass::oid AS name
         FROM pg_database d WHERE d.datname = current_database()",
    );
    Ok(asked.get_result::<Name>(conn)?.name)
}

/// An index that has seen less than this has missed changes.
pub fn kept_from(conn: &mut Conn) -> Result<i64> {
    Ok(sql_query("SELECT kept_from AS number FROM search_feed").get_result::<Number>(conn)?.number)
}

/// Changes of the transactions from `position` on that are committed by now, with their transactions, and the horizon of the
/// same moment. Below the horizon nothing will be added any more; what lies above it is given too, so that a long transaction
/// elsewhere holds nobody's changes back.
pub fn since(conn: &mut Conn, position: i64) -> Result<(i64, Vec<(i64, Change)>)> {
    let asked = sql_query(
        "SELECT h.horizon, c.xid, c.kind, c.subject FROM (SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS horizon) h
         LEFT JOIN search_changes c ON c.xid >= $1 ORDER BY c.xid, c.kind, c.subject",
    );
    let rows: Vec<Row> = asked.bind::<BigInt, _>(position).load(conn)?;
    let horizon = rows.first().map_or(position, |row| row.horizon);
    let change = |row: Row| Some((row.xid?, change_of(&row.kind?, row.subject?)));
    Ok((horizon, rows.into_iter().filter_map(change).collect()))
}

/// Whether a transaction from `position` on has changed anything. The newest is compared, since PostgreSQL takes one row in three to
/// be newer than a position that it does not know yet, and reads the table from its beginning: 40 ms at a million changes.
pub fn any_since(conn: &mut Conn, position: i64) -> Result<bool> {
    #[derive(QueryableByName)]
    struct Any {
        #[diesel(sql_type = Bool)]
        any: bool,
    }
    let asked = sql_query("SELECT COALESCE((SELECT max(xid) FROM search_changes) >= $1, false) AS any");
    Ok(prepared(asked.bind::<BigInt, _>(position)).get_result::<Any>(conn)?.any)
}

fn change_of(kind: &str, subject: i64) -> Change {
    match kind {
        "product" => Change::Product(ProductId(subject)),
        "category" => Change::Place(PlaceKind::Category, subject),
        "page" => Change::Place(PlaceKind::Page, subject),
        "collection" => Change::Place(PlaceKind::Collection, subject),
        "words" => Change::Words,
        _ => Change::All,
    }
}

pub fn listen(conn: &mut Conn) -> Result<()> {
    sql_query("LISTEN search_changes").execute(conn)?;
    Ok(())
}

/// Puts into the feed what the clock has changed.
pub fn tick(conn: &mut Conn) -> Result<()> {
    sql_query("SELECT search_tick()").execute(conn)?;
    Ok(())
}

/// Forgets changes older than so many days. Servers that were away for longer build their index anew.
pub fn prune(conn: &mut Conn, days: i32) -> Result<usize> {
    let pruned = sql_query(
        "WITH gone AS (DELETE FROM search_changes WHERE at < now() - make_interval(days => $1) RETURNING xid), last AS (SELECT max(xid) AS xid FROM gone)
         UPDATE search_feed SET kept_from = GREATEST(kept_from, last.xid + 1) FROM last WHERE last.xid IS NOT NULL",
    );
    Ok(pruned.bind::<diesel::sql_types::Integer, _>(days).execute(conn)?)
}
