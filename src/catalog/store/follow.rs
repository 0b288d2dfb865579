//! What the database has yet to do for collections and for what was renamed: one step at a time, in a transaction of its own.

use std::collections::HashSet;

use diesel::{
    connection::SimpleConnection,
    prelude::*,
    sql_query,
    sql_types::{Array, BigInt, Bool, Integer},
};

use crate::base::{Conn, ProductId, Result, prepared};

/// Products at a time: they take about a tenth of a second.
const BATCH: i32 = 2000;

/// Changes that are read at a time.
const READ: i64 = 5000;

/// A change that was seen: its transaction and its product.
pub type SeenChange = (i64, i64);

#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = BigInt)]
    number: i64,
}

#[derive(QueryableByName)]
struct Done {
    #[diesel(sql_type = Bool)]
    done: bool,
}

#[derive(QueryableByName, Clone, Copy)]
struct Change {
    #[diesel(sql_type = BigInt)]
    xid: i64,
    #[diesel(sql_type = BigInt)]
    subject: i64,
}

/// How far the feed has been followed; nobody else follows it before this transaction ends. `None`: somebody else does.
pub fn hold(conn: &mut Conn) -> Result<Option<i64>> {
    let held = sql_query("SELECT position AS number FROM collection_feed FOR UPDATE SKIP LOCKED");
    Ok(prepared(held).get_result::<Number>(conn).optional()?.map(|row| row.number))
}

/// Some products follow another's new name or place. `false`: there are none just now.
pub fn names(conn: &mut Conn) -> Result<bool> {
    let work = sql_query("SELECT catalog_work($1) AS done").bind::<Integer, _>(BATCH);
    Ok(prepared(work).get_result::<Done>(conn)?.done)
}

/// Members whose time has come or gone, and new rules. `false`: there is none of it just now.
pub fn members(conn: &mut Conn) -> Result<bool> {
    let work = sql_query("SELECT collections_work($1) AS done").bind::<Integer, _>(BATCH);
    Ok(prepared(work).get_result::<Done>(conn)?.done)
}

/// Whether any collection follows rules.
pub fn has_rules(conn: &mut Conn) -> Result<bool> {
    let any = sql_query("SELECT EXISTS (SELECT FROM collections WHERE chosen_by = 'rules' AND NOT leaving) AS done");
    Ok(prepared(any).get_result::<Done>(conn)?.done)
}

/// Changes that may not be told any more, or are too many to tell: whoever follows asks everything anew.
pub fn has_missed(conn: &mut Conn, position: i64) -> Result<bool> {
    let missed = sql_query("SELECT EXISTS (SELECT FROM search_feed WHERE kept_from > $1) AS done");
    Ok(prepared(missed.bind::<BigInt, _>(position)).get_result::<Done>(conn)?.done)
}

/// Transactions since the position in which everything may have changed.
pub fn upheavals(conn: &mut Conn, position: i64) -> Result<Vec<SeenChange>> {
    let all = sql_query("SELECT xid, -1::bigint AS subject FROM search_changes WHERE xid >= $1 AND kind = 'all' LIMIT 100");
    let rows: Vec<Change> = prepared(all.bind::<BigInt, _>(position)).load(conn)?;
    Ok(rows.into_iter().map(|row| (row.xid, row.subject)).collect())
}

/// The next changes from the position on that are not seen yet, and up to where the feed is followed with them. They end before the
/// feed does when they are many.
pub fn next(conn: &mut Conn, position: i64, seen: &HashSet<SeenChange>) -> Result<(Vec<SeenChange>, i64)> {
    let horizon = sql_query("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint AS number");
    let horizon = prepared(horizon).get_result::<Number>(conn)?.number;
    let mut after = Change { xid: position, subject: -1 };
    loop {
        let read = sql_query(
            "SELECT xid, subject FROM search_changes WHERE xid >= $1 AND (xid, subject) > ($1, $2) AND kind = 'product'
             ORDER BY xid, subject LIMIT $3",
        );
        let read = read.bind::<BigInt, _>(after.xid).bind::<BigInt, _>(after.subject).bind::<BigInt, _>(READ);
        let rows: Vec<Change> = prepared(read).load(conn)?;
        let new: Vec<_> = rows.iter().map(|row| (row.xid, row.subject)).filter(|change| !seen.contains(change)).collect();
        match rows.last() {
            Some(last) if rows.len() as i64 == READ && new.is_empty() => after = *last,
            // Earlier transactions may still come in between from the horizon on: what lies there is read again.
            Some(last) if rows.len() as i64 == READ => return Ok((new, last.xid.min(horizon))),
            _ => return Ok((new, horizon)),
        }
    }
}

/// Puts these products into the collections whose rules they meet, and out of the others.
pub fn ask(conn: &mut Conn, products: &[ProductId]) -> Result<()> {
    for some in products.chunks(BATCH as usize) {
        let asked = sql_query("SELECT collections_ask($1)");
        asked.bind::<Array<BigInt>, _>(some.iter().map(|id| id.0).collect::<Vec<_>>()).execute(conn)?;
    }
    Ok(())
}

pub fn reached(conn: &mut Conn, position: i64) -> Result<()> {
    sql_query("UPDATE collection_feed SET position = $1 WHERE position < $1").bind::<BigInt, _>(position).execute(conn)?;
    Ok(())
}

/// While no collection has rules nobody follows the feed: the first one begins here.
pub fn begin(conn: &mut Conn) -> Result<()> {
    if has_rules(conn)? {
        return Ok(());
    }
    sql_query("UPDATE collection_feed SET position = GREATEST(position, pg_snapshot_xmin(pg_current_snapshot())::text::bigint)")
        .execute(conn)?;
    Ok(())
}

/// So many products have followed a brand's, a product type's or a category's new name so far; `None`: all have.
pub fn progress(conn: &mut Conn, kind: &str, subject: i64) -> Result<Option<i64>> {
    use crate::schema::catalog_chores;
    let chore = catalog_chores::table.find((kind, subject)).select(catalog_chores::done);
    Ok(chore.first(conn).optional()?)
}

/// Categories whose products have yet to follow, with how many have.
pub fn categories(conn: &mut Conn) -> Result<Vec<(i64, i64)>> {
    use crate::schema::catalog_chores;
    let chores = catalog_chores::table.filter(catalog_chores::kind.eq("category")).limit(100);
    Ok(chores.select((catalog_chores::subject, catalog_chores::done)).load(conn)?)
}

/// Listens for changes. Whoever follows holds rows that others want, so no step may take for ever: neither for a lock, nor when
/// the server that took it is frozen.
pub fn listen(conn: &mut Conn) -> Result<()> {
    conn.batch_execute(
        "SET lock_timeout = '8s'; SET statement_timeout = '60s'; SET idle_in_transaction_session_timeout = '30s'; LISTEN search_changes",
    )?;
    Ok(())
}
