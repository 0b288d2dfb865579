use chrono::{DateTime, Utc};
use diesel::{
    prelude::*,
    sql_query,
    sql_types::{Array, BigInt, Bool, Integer, Text, Timestamptz},
};

use super::model::{Bought, Download, File, Limits, NewFile};
use crate::{
    base::{Conn, DownloadFileId, DownloadId, Error, OnConstraint, OrderId, OrderLineId, Page, PageRequest, Result, VariantId},
    schema::{download_files, download_leftovers, downloads, store, variants},
};

pub fn limits(conn: &mut Conn) -> Result<Limits> {
    Ok(store::table.find(1).select(Limits::as_select()).first(conn)?)
}

pub fn set_limits(conn: &mut Conn, limits: &Limits) -> Result<()> {
    diesel::update(store::table.find(1)).set(limits).execute(conn)?;
    Ok(())
}

const FILES: &str = "
    SELECT f.id, f.variant_id, COALESCE(v.sku, '') AS sku, COALESCE(p.title, '') AS title, f.name, f.content_hash, f.bytes, f.added_by,
           f.added_at, f.removed_at IS NOT NULL AS is_removed,
           (SELECT count(*) FROM downloads d JOIN orders o ON o.id = d.order_id WHERE d.file_id = f.id AND d.expires_at > now()
            AND d.used < d.most AND d.withdrawn_at IS NULL AND NOT downloads_ended(o)) AS links
    FROM download_files f LEFT JOIN variants v ON v.id = f.variant_id LEFT JOIN products p ON p.id = v.product_id";

/// Files in one list at most.
const MOST: i64 = 200;

/// What new buyers of the variant get, by name.
pub fn of_variant(conn: &mut Conn, variant: VariantId) -> Result<Vec<File>> {
    let wanted = sql_query(format!("{FILES} WHERE f.variant_id = $1 AND f.removed_at IS NULL ORDER BY lower(f.name) LIMIT $2"));
    Ok(wanted.bind::<BigInt, _>(variant).bind::<BigInt, _>(MOST).load(conn)?)
}

pub fn file(conn: &mut Conn, id: DownloadFileId) -> Result<File> {
    Ok(sql_query(format!("{FILES} WHERE f.id = $1 AND f.purged_at IS NULL")).bind::<BigInt, _>(id).get_result(conn)?)
}

/// All that can be bought, the newest first.
pub fn list(conn: &mut Conn, page: PageRequest) -> Result<Page<File>> {
    let wanted = sql_query(format!("{FILES} WHERE f.removed_at IS NULL ORDER BY f.id DESC LIMIT $1 OFFSET $2"));
    let rows = wanted.bind::<BigInt, _>(page.limit()).bind::<BigInt, _>(page.offset()).load(conn)?;
    let total = download_files::table.filter(download_files::removed_at.is_null()).count().get_result(conn)?;
    Ok(page.of(rows, total))
}

/// Holds the variant until the transaction ends, so that its last file is not removed twice, and tells whether it is digital.
pub fn lock_variant(conn: &mut Conn, id: VariantId) -> Result<bool> {
    Ok(variants::table.find(id).select(variants::is_digital).for_update().first(conn)?)
}

pub fn set_digital(conn: &mut Conn, id: VariantId, is_digital: bool) -> Result<()> {
    let change = (variants::is_digital.eq(is_digital), variants::updated_at.eq(diesel::dsl::now));
    diesel::update(variants::table.find(id)).set(change).execute(conn)?;
    Ok(())
}

/// # Errors
/// `Invalid` on `file` when the variant has another of this name.
pub fn insert(conn: &mut Conn, variant: VariantId, new: &NewFile, by: &str) -> Result<DownloadFileId> {
    let row = (
        download_files::variant_id.eq(variant),
        download_files::name.eq(&new.name),
        download_files::content_hash.eq(&new.content_hash),
        download_files::bytes.eq(new.bytes),
        download_files::added_by.eq(by),
    );
    let inserted = diesel::insert_into(download_files::table).values(row).returning(download_files::id).get_result(conn);
    named(inserted, &new.name)
}

fn named<T>(result: QueryResult<T>, name: &str) -> Result<T> {
    result.on_constraint("download_files_name_key", || {
        Error::invalid(
            "file",
            format!("The variant has a file called {name} already. Open that one to replace it, or give this one another name"),
        )
    })
}

/// Changes a file's content for all who have it.
///
/// # Errors
/// `NotFound` when it was removed meanwhile; else as for `insert`.
pub fn replace(conn: &mut Conn, id: DownloadFileId, new: &NewFile, by: &str) -> Result<()> {
    let row = download_files::table.find(id).filter(download_files::removed_at.is_null());
    let before: String = row.select(download_files::content_hash).for_update().first(conn)?;
    let change = (
        download_files::name.eq(&new.name),
        download_files::content_hash.eq(&new.content_hash),
        download_files::bytes.eq(new.bytes),
        download_files::added_by.eq(by),
        download_files::added_at.eq(diesel::dsl::now),
    );
    named(diesel::update(download_files::table.find(id)).set(change).execute(conn), &new.name)?;
    leave(conn, &before)
}

/// Perhaps no file has this content: it has it no longer, or not yet and may never.
pub fn leave(conn: &mut Conn, content_hash: &str) -> Result<()> {
    let row = download_leftovers::content_hash.eq(content_hash);
    let again = download_leftovers::since.eq(diesel::dsl::now);
    diesel::insert_into(download_leftovers::table)
        .values(row)
        .on_conflict(download_leftovers::content_hash)
        .do_update()
        .set(again)
        .execute(conn)?;
    Ok(())
}

/// Somebody brings this content in: nobody begins to remove it for a while. `false`: somebody is just removing it. One who began more
/// than `minutes` ago has ended, whatever came of it.
pub fn arrives(conn: &mut Conn, content_hash: &str, minutes: i32) -> Result<bool> {
    let noted = sql_query(
        "INSERT INTO download_leftovers AS l (content_hash) VALUES ($1)
         ON CONFLICT (content_hash) DO UPDATE SET since = now(), purging_at = NULL
         WHERE l.purging_at IS NULL OR l.purging_at < now() - make_interval(mins => $2)",
    );
    Ok(noted.bind::<Text, _>(content_hash).bind::<Integer, _>(minutes).execute(conn)? == 1)
}

/// Whether content that arrived is still there for a file to take. Until the transaction ends nobody begins to remove it, and
/// afterwards the file has it.
pub fn is_here(conn: &mut Conn, content_hash: &str) -> Result<bool> {
    let here = download_leftovers::table.find(content_hash).filter(download_leftovers::purging_at.is_null());
    Ok(diesel::update(here).set(download_leftovers::since.eq(diesel::dsl::now)).execute(conn)? == 1)
}

/// New buyers don't get these any more.
pub fn remove(conn: &mut Conn, ids: &[DownloadFileId]) -> Result<()> {
    let rows = download_files::table.filter(download_files::id.eq_any(ids)).filter(download_files::removed_at.is_null());
    diesel::update(rows).set(download_files::removed_at.eq(diesel::dsl::now)).execute(conn)?;
    Ok(())
}

#[derive(QueryableByName)]
struct Counted {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

/// Orders that stand and have not got the variant's files yet.
pub fn waiting_orders(conn: &mut Conn, variant: VariantId) -> Result<i64> {
    let counted = sql_query(
        "SELECT count(DISTINCT o.id) AS count FROM order_lines l JOIN orders o ON o.id = l.order_id
         WHERE l.variant_id = $1 AND l.is_digital AND l.shipped < l.quantity AND o.lifecycle = 'placed'",
    );
    Ok(counted.bind::<BigInt, _>(variant).get_result::<Counted>(conn)?.count)
}

const SELECT: &str = "
    SELECT d.id, d.order_id, d.order_line_id, o.number AS order_number, o.token AS order_token, o.account_id AS order_account, l.title, f.name, f.content_hash, f.bytes,
           d.expires_at, d.most, d.used, d.renewals, f.purged_at IS NOT NULL AS is_purged,
           CASE WHEN downloads_ended(o) THEN 'ended'
                WHEN d.withdrawn_at IS NOT NULL OR f.purged_at IS NOT NULL THEN 'withdrawn'
                WHEN d.expires_at <= now() THEN 'expired'
                WHEN d.used >= d.most THEN 'used_up'
                ELSE 'open' END AS state
    FROM downloads d JOIN orders o ON o.id = d.order_id JOIN order_lines l ON l.id = d.order_line_id
    JOIN download_files f ON f.id = d.file_id";

pub fn find(conn: &mut Conn, id: DownloadId) -> Result<Download> {
    Ok(sql_query(format!("{SELECT} WHERE d.id = $1")).bind::<BigInt, _>(id).get_result(conn)?)
}

/// In the order of the order's lines.
pub fn of_order(conn: &mut Conn, order: OrderId) -> Result<Vec<Download>> {
    let wanted = sql_query(format!("{SELECT} WHERE d.order_id = $1 ORDER BY l.position, lower(f.name), d.id LIMIT $2"));
    Ok(wanted.bind::<BigInt, _>(order).bind::<BigInt, _>(MOST).load(conn)?)
}

#[derive(QueryableByName)]
struct Granted {
    #[diesel(sql_type = BigInt)]
    order_line_id: OrderLineId,
}

/// Gives each line the files that its variant has; tells which lines got any. Further units of a line that has links already add
/// to how often they can be used.
pub fn grant(conn: &mut Conn, order: OrderId, bought: &[Bought]) -> Result<Vec<OrderLineId>> {
    let granted = sql_query(
        "INSERT INTO downloads AS d (order_id, order_line_id, file_id, expires_at, most)
         SELECT $1, b.line, f.id, now() + make_interval(days => s.download_days), LEAST(s.download_most::bigint * b.quantity, 1000000)
         FROM unnest($2, $3, $4) AS b (line, variant, quantity) JOIN download_files f ON f.variant_id = b.variant AND f.removed_at IS NULL
         CROSS JOIN store s
         ON CONFLICT ON CONSTRAINT downloads_line_key DO UPDATE SET most = LEAST(d.most::bigint + excluded.most, 1000000),
            expires_at = GREATEST(d.expires_at, excluded.expires_at)
         RETURNING order_line_id",
    )
    .bind::<BigInt, _>(order)
    .bind::<Array<BigInt>, _>(bought.iter().map(|of| of.line).collect::<Vec<_>>())
    .bind::<Array<BigInt>, _>(bought.iter().map(|of| of.variant).collect::<Vec<_>>())
    .bind::<Array<Integer>, _>(bought.iter().map(|of| of.quantity).collect::<Vec<_>>());
    let mut lines: Vec<OrderLineId> = granted.load::<Granted>(conn)?.into_iter().map(|row| row.order_line_id).collect();
    lines.sort_unstable();
    lines.dedup();
    Ok(lines)
}

/// Of these variants, those that have no file to give.
pub fn without_files(conn: &mut Conn, wanted: &[VariantId]) -> Result<Vec<VariantId>> {
    let with: Vec<Option<VariantId>> = download_files::table
        .filter(download_files::variant_id.eq_any(wanted))
        .filter(download_files::removed_at.is_null())
        .select(download_files::variant_id)
        .distinct()
        .load(conn)?;
    Ok(wanted.iter().copied().filter(|variant| !with.contains(&Some(*variant))).collect())
}

#[derive(QueryableByName)]
struct Counts {
    #[diesel(sql_type = Bool)]
    #[expect(dead_code, reason = "that there is a row is the answer")]
    counted: bool,
}

/// Counts a download, or a part of one that was broken off, and tells whether it may be had. `begins`: it starts with the first
/// byte; `length`: of what is sent. What goes on with a download is free as long as all that goes on with it is no more than the
/// file; beyond that it is another download.
///
/// One statement: whoever races waits for the row and is measured by what the others left.
pub fn count(conn: &mut Conn, of: &Download, begins: bool, length: i64) -> Result<bool> {
    let counted = sql_query(
        "UPDATE downloads d SET
            used = d.used + CASE WHEN $3 OR d.continued + $4 > f.bytes * d.used THEN 1 ELSE 0 END,
            continued = d.continued + CASE WHEN $3 OR d.continued + $4 > f.bytes * d.used THEN 0 ELSE $4 END,
            used_at = now()
         FROM download_files f, orders o
         WHERE d.id = $1 AND d.renewals = $2 AND f.id = d.file_id AND f.content_hash = $5 AND f.purged_at IS NULL AND o.id = d.order_id
           AND NOT downloads_ended(o) AND d.withdrawn_at IS NULL AND d.expires_at > now()
           AND (d.used < d.most OR NOT ($3 OR d.continued + $4 > f.bytes * d.used))
         RETURNING true AS counted",
    )
    .bind::<BigInt, _>(of.id)
    .bind::<Integer, _>(of.renewals)
    .bind::<Bool, _>(begins)
    .bind::<BigInt, _>(length)
    .bind::<Text, _>(&of.content_hash);
    Ok(counted.get_result::<Counts>(conn).optional()?.is_some())
}

/// Another link in place of the former one, for the time and number that new ones have. `false`: it is another by now, or its file
/// was given up.
pub fn renew(conn: &mut Conn, of: &Download) -> Result<bool> {
    let renewed = sql_query(
        // Held, so that nobody gives the file up meanwhile: `give_up` passes over it.
        "WITH kept AS (
             SELECT f.id FROM download_files f WHERE f.id = (SELECT file_id FROM downloads WHERE id = $1) AND f.purged_at IS NULL FOR SHARE
         )
         UPDATE downloads d SET expires_at = now() + make_interval(days => s.download_days), used = 0, continued = 0, withdrawn_at = NULL,
            most = LEAST(s.download_most::bigint * GREATEST(l.quantity, 1), 1000000), renewals = d.renewals + 1
         FROM store s, order_lines l, kept k WHERE d.id = $1 AND d.renewals = $2 AND l.id = d.order_line_id AND k.id = d.file_id",
    );
    Ok(renewed.bind::<BigInt, _>(of.id).bind::<Integer, _>(of.renewals).execute(conn)? == 1)
}

/// `false`: it is another by now, or was ended already.
pub fn withdraw(conn: &mut Conn, of: &Download) -> Result<bool> {
    let row = downloads::table.find(of.id).filter(downloads::renewals.eq(of.renewals)).filter(downloads::withdrawn_at.is_null());
    Ok(diesel::update(row).set(downloads::withdrawn_at.eq(diesel::dsl::now)).execute(conn)? == 1)
}

/// Gives up removed files that nobody has a link to any more, some at a time.
pub fn give_up(conn: &mut Conn, limit: i64) -> Result<()> {
    const UNUSED: &str = "NOT EXISTS (SELECT FROM downloads d WHERE d.file_id = f.id AND d.expires_at > now())";
    let locked = sql_query(format!(
        "SELECT f.id FROM download_files f WHERE f.removed_at IS NOT NULL AND f.purged_at IS NULL AND {UNUSED}
         ORDER BY f.id LIMIT $1 FOR UPDATE SKIP LOCKED"
    ));
    let files: Vec<Locked> = locked.bind::<BigInt, _>(limit).load(conn)?;
    // A statement of its own: it sees a link that was renewed before the lock.
    let given_up = sql_query(format!(
        "WITH gone AS (
             UPDATE download_files f SET purged_at = now() WHERE f.id = ANY ($1) AND {UNUSED} RETURNING f.content_hash
         )
         INSERT INTO download_leftovers (content_hash) SELECT DISTINCT content_hash FROM gone
         ON CONFLICT (content_hash) DO UPDATE SET since = now()"
    ));
    given_up.bind::<Array<BigInt>, _>(files.iter().map(|file| file.id).collect::<Vec<_>>()).execute(conn)?;
    Ok(())
}

#[derive(QueryableByName)]
struct Locked {
    #[diesel(sql_type = BigInt)]
    id: DownloadFileId,
}

/// Content that perhaps no file has.
#[derive(QueryableByName, Clone, Debug)]
pub struct Leftover {
    #[diesel(sql_type = Text)]
    pub content_hash: String,
    #[diesel(sql_type = Timestamptz)]
    since: DateTime<Utc>,
}

/// The contents that were left longest ago, `minutes` at least.
pub fn leftovers(conn: &mut Conn, minutes: i32, limit: i64) -> Result<Vec<Leftover>> {
    let found = sql_query(
        "SELECT content_hash, since FROM download_leftovers WHERE since < now() - make_interval(mins => $1) ORDER BY since LIMIT $2",
    );
    Ok(found.bind::<Integer, _>(minutes).bind::<BigInt, _>(limit).load(conn)?)
}

/// Whoever is told `true` removes the content from the media store, and nobody else does or brings it in, for `minutes`. `false`: a
/// file has it, or it was brought in again meanwhile, or somebody is at it.
pub fn begin_purge(conn: &mut Conn, of: &Leftover, minutes: i32) -> Result<bool> {
    const HAD: &str = "EXISTS (SELECT FROM download_files f WHERE f.content_hash = l.content_hash AND f.purged_at IS NULL)";
    let is_had = sql_query(format!("DELETE FROM download_leftovers l WHERE l.content_hash = $1 AND l.since = $2 AND {HAD}"));
    is_had.bind::<Text, _>(&of.content_hash).bind::<Timestamptz, _>(of.since).execute(conn)?;
    let begun = sql_query(format!(
        "UPDATE download_leftovers l SET purging_at = now() WHERE l.content_hash = $1 AND l.since = $2 AND NOT {HAD}
           AND (l.purging_at IS NULL OR l.purging_at < now() - make_interval(mins => $3))"
    ));
    let begun = begun.bind::<Text, _>(&of.content_hash).bind::<Timestamptz, _>(of.since).bind::<Integer, _>(minutes);
    Ok(begun.execute(conn)? == 1)
}

/// What came of it. `is_gone`: the store has it no more, else it is looked at again later.
pub fn end_purge(conn: &mut Conn, of: &Leftover, is_gone: bool) -> Result<()> {
    let row = download_leftovers::table.find(&of.content_hash).filter(download_leftovers::since.eq(of.since));
    if is_gone {
        diesel::delete(row).execute(conn)?;
    } else {
        let later = (download_leftovers::since.eq(diesel::dsl::now), download_leftovers::purging_at.eq(None::<DateTime<Utc>>));
        diesel::update(row).set(later).execute(conn)?;
    }
    Ok(())
}
