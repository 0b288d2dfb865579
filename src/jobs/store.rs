use chrono::{DateTime, Utc};
use diesel::{
    dsl::now,
    prelude::*,
    sql_query,
    sql_types::{BigInt, Double, Integer, Nullable, Text},
};
use serde::Serialize;

use super::model::JobRow;
use crate::{
    base::{Conn, JobId, Page, PageRequest, Result, prepared},
    schema::jobs,
};

/// Seconds until a worker that says nothing more of a job is taken for dead.
const LEASE: f64 = 20.0;

/// A job, and how long it waits at least by the database's clock.
#[derive(Serialize)]
pub struct NewJob {
    pub payload: serde_json::Value,
    pub seconds: f64,
}

/// Inserts these, all of one kind.
pub fn insert_all(conn: &mut Conn, kind: &str, new: &[NewJob]) -> Result<()> {
    if new.is_empty() {
        return Ok(());
    }
    let insert = sql_query(
        "INSERT INTO jobs (kind, payload, run_at)
         SELECT $1, payload, now() + make_interval(secs => seconds) FROM json_to_recordset($2::json) AS j (payload jsonb, seconds float8)
         RETURNING id",
    );
    let insert = insert.bind::<Text, _>(kind).bind::<Text, _>(serde_json::to_string(new)?);
    prepared(insert).load::<Named>(conn)?;
    Ok(())
}

/// Makes sure that there is a job of this kind that comes round every so many seconds.
pub fn ensure_scheduled(conn: &mut Conn, kind: &str, seconds: u32) -> Result<()> {
    sql_query(
        "INSERT INTO jobs (kind, payload, run_at, schedule_key) VALUES ($1, '{}', now() + make_interval(secs => $2), $1)
         ON CONFLICT (schedule_key) DO NOTHING",
    )
    .bind::<Text, _>(kind)
    .bind::<Double, _>(f64::from(seconds))
    .execute(conn)?;
    Ok(())
}

/// Lets a scheduled job wait for its next round.
pub fn reschedule(conn: &mut Conn, id: JobId, seconds: u32) -> Result<()> {
    sql_query(
        "UPDATE jobs SET leased_until = NULL, attempts = 0, last_error = NULL, run_at = now() + make_interval(secs => $2) WHERE id = $1",
    )
    .bind::<BigInt, _>(id)
    .bind::<Double, _>(f64::from(seconds))
    .execute(conn)?;
    Ok(())
}

/// A job by its id.
#[derive(QueryableByName)]
struct Named {
    #[diesel(sql_type = BigInt)]
    id: JobId,
}

/// Takes the job that has been due longest. Workers pass over each other's rows instead of waiting for them. A job that was
/// taken `most` times is not taken again.
pub fn claim(conn: &mut Conn, most: i32) -> Result<Option<JobRow>> {
    let claimed: Option<Named> = sql_query(
        "UPDATE jobs SET leased_until = now() + make_interval(secs => $1), attempts = attempts + 1 WHERE id = (
            SELECT id FROM jobs
            WHERE parked_at IS NULL AND run_at <= now() AND (leased_until IS NULL OR leased_until < now()) AND (attempts < $2 OR schedule_key IS NOT NULL)
            ORDER BY run_at, id FOR UPDATE SKIP LOCKED LIMIT 1
         ) RETURNING id",
    )
    .bind::<Double, _>(LEASE)
    .bind::<Integer, _>(most)
    .get_result(conn)
    .optional()?;
    let Some(Named { id }) = claimed else { return park_deadly(conn, most).map(|()| None) };
    Ok(Some(jobs::table.find(id).select(JobRow::as_select()).first(conn)?))
}

/// For a job that is still being run. One that has ended meanwhile has no lease and gets none.
pub fn prolong(conn: &mut Conn, id: JobId) -> Result<()> {
    sql_query("UPDATE jobs SET leased_until = now() + make_interval(secs => $2) WHERE id = $1 AND leased_until IS NOT NULL")
        .bind::<BigInt, _>(id)
        .bind::<Double, _>(LEASE)
        .execute(conn)?;
    Ok(())
}

/// Parks jobs that never came back from any worker that took them.
fn park_deadly(conn: &mut Conn, most: i32) -> Result<()> {
    sql_query(
        "UPDATE jobs SET parked_at = now(), leased_until = NULL, last_error = COALESCE(last_error, 'no worker came back from it')
         WHERE parked_at IS NULL AND schedule_key IS NULL AND attempts >= $1 AND leased_until < now()",
    )
    .bind::<Integer, _>(most)
    .execute(conn)?;
    Ok(())
}

pub fn delete(conn: &mut Conn, id: JobId) -> Result<()> {
    diesel::delete(jobs::table.find(id)).execute(conn)?;
    Ok(())
}

/// Lets the job wait before it is tried again, or parks it when `retry_in` (seconds) is `None`.
pub fn failed(conn: &mut Conn, id: JobId, error: &str, retry_in: Option<f64>) -> Result<()> {
    sql_query(
        "UPDATE jobs SET leased_until = NULL, last_error = $2,
            run_at = now() + make_interval(secs => COALESCE($3, 0)),
            parked_at = CASE WHEN $3 IS NULL THEN now() END
         WHERE id = $1",
    )
    .bind::<BigInt, _>(id)
    .bind::<Text, _>(error)
    .bind::<Nullable<Double>, _>(retry_in)
    .execute(conn)?;
    Ok(())
}

/// How often it was tried; `None`: it is gone.
pub fn attempts(conn: &mut Conn, id: JobId) -> Result<Option<i32>> {
    Ok(jobs::table.find(id).select(jobs::attempts).first(conn).optional()?)
}

/// Lets this attempt count as the first.
pub fn begin_anew(conn: &mut Conn, kind: &str, payload: &serde_json::Value) -> Result<()> {
    let row = jobs::table.filter(jobs::kind.eq(kind)).filter(jobs::payload.eq(payload)).filter(jobs::attempts.gt(1));
    diesel::update(row).set(jobs::attempts.eq(1)).execute(conn)?;
    Ok(())
}

/// Parked jobs of a kind, with what they failed of last.
pub fn parked_of(conn: &mut Conn, kind: &str, most: i64) -> Result<Vec<(serde_json::Value, Option<String>)>> {
    let parked = jobs::table.filter(jobs::parked_at.is_not_null()).filter(jobs::kind.eq(kind)).order(jobs::parked_at.desc());
    Ok(parked.limit(most).select((jobs::payload, jobs::last_error)).load(conn)?)
}

/// As `unpark`, of a job by what it is to do.
pub fn unpark_of(conn: &mut Conn, kind: &str, payload: &serde_json::Value) -> Result<bool> {
    let parked = jobs::table.filter(jobs::parked_at.is_not_null()).filter(jobs::kind.eq(kind)).filter(jobs::payload.eq(payload));
    let fresh = (jobs::parked_at.eq(None::<DateTime<Utc>>), jobs::attempts.eq(0), jobs::run_at.eq(now));
    Ok(diesel::update(parked).set(fresh).execute(conn)? > 0)
}

/// Gives a parked job a fresh start. `false` when it is not parked any more.
pub fn unpark(conn: &mut Conn, id: JobId) -> Result<bool> {
    let parked = jobs::table.find(id).filter(jobs::parked_at.is_not_null());
    let fresh = (jobs::parked_at.eq(None::<DateTime<Utc>>), jobs::attempts.eq(0), jobs::run_at.eq(now));
    Ok(diesel::update(parked).set(fresh).execute(conn)? == 1)
}

pub fn parked_count(conn: &mut Conn) -> Result<i64> {
    Ok(jobs::table.filter(jobs::parked_at.is_not_null()).count().get_result(conn)?)
}

pub fn parked(conn: &mut Conn, page: PageRequest) -> Result<Page<JobRow>> {
    let rows = jobs::table
        .filter(jobs::parked_at.is_not_null())
        .order((jobs::parked_at.desc(), jobs::id.desc()))
        .limit(page.limit())
        .offset(page.offset())
        .select(JobRow::as_select())
        .load(conn)?;
    Ok(page.of(rows, parked_count(conn)?))
}

/// Jobs that wait for their turn, and since when the oldest of those that are due.
pub fn waiting(conn: &mut Conn) -> Result<(i64, Option<DateTime<Utc>>)> {
    let waiting = jobs::table.filter(jobs::parked_at.is_null()).count().get_result(conn)?;
    let due = jobs::table.filter(jobs::parked_at.is_null()).filter(jobs::run_at.le(now));
    let oldest = due.select(diesel::dsl::min(jobs::run_at)).first::<Option<DateTime<Utc>>>(conn)?;
    Ok((waiting, oldest))
}
