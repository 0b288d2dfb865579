//! Files that come and go by the back office.

use diesel::{dsl::now, prelude::*};
use serde_json::Value;

use crate::{
    base::{AccountId, Conn, Error, ExchangeId, OnConstraint, Page, PageRequest, Result},
    exchange::{
        model::{Direction, Run, RunState, Subject},
        report::RowProblem,
    },
    schema::{exchange_problems, exchange_runs, store},
};

/// Problems and notes of one run that are kept.
const MOST_PROBLEMS: i64 = 100_000;

/// A run as it begins.
#[derive(Insertable)]
#[diesel(table_name = exchange_runs)]
pub struct NewRun {
    pub id: ExchangeId,
    pub direction: Direction,
    pub subject: Subject,
    pub state: RunState,
    pub file_name: String,
    pub format: String,
    pub mapping: Value,
    pub account_id: Option<AccountId>,
    pub by_name: String,
}

pub fn insert(conn: &mut Conn, new: &NewRun) -> Result<()> {
    diesel::insert_into(exchange_runs::table).values(new).execute(conn)?;
    Ok(())
}

pub fn find(conn: &mut Conn, id: ExchangeId) -> Result<Run> {
    Ok(exchange_runs::table.find(id).select(Run::as_select()).first(conn)?)
}

/// The newest first.
pub fn list(conn: &mut Conn, page: PageRequest) -> Result<Page<Run>> {
    let order = (exchange_runs::created_at.desc(), exchange_runs::id.desc());
    let listed = exchange_runs::table.order(order).limit(page.limit()).offset(page.offset());
    Ok(page.of(listed.select(Run::as_select()).load(conn)?, exchange_runs::table.count().get_result(conn)?))
}

/// From one of these states to the next, once. Whether it was this call that did it.
pub fn go(conn: &mut Conn, id: ExchangeId, from: &[RunState], to: RunState) -> Result<bool> {
    let row = exchange_runs::table.find(id).filter(exchange_runs::state.eq_any(from));
    let gone = if matches!(to, RunState::Done | RunState::Cancelled | RunState::Failed) {
        diesel::update(row).set((exchange_runs::state.eq(to), exchange_runs::ended_at.eq(now))).execute(conn)?
    } else {
        diesel::update(row).set(exchange_runs::state.eq(to)).execute(conn)?
    };
    Ok(gone == 1)
}

/// Lets what was looked through begin, from its first product.
pub fn begin(conn: &mut Conn, id: ExchangeId, fetch_images: bool) -> Result<bool> {
    let row = exchange_runs::table.find(id).filter(exchange_runs::state.eq(RunState::Checked));
    let fresh = (
        exchange_runs::state.eq(RunState::Running),
        exchange_runs::fetch_images.eq(fetch_images),
        exchange_runs::position.eq(0),
        exchange_runs::begun_from.eq(0),
        exchange_runs::report.eq(Value::Object(serde_json::Map::new())),
    );
    Ok(diesel::update(row).set(fresh).execute(conn)? == 1)
}

/// Notes from where an attempt begins. Whether the run got on since the attempt before.
pub fn take_up(conn: &mut Conn, id: ExchangeId) -> Result<bool> {
    let moved = exchange_runs::table.find(id).filter(exchange_runs::position.gt(exchange_runs::begun_from));
    Ok(diesel::update(moved).set(exchange_runs::begun_from.eq(exchange_runs::position)).execute(conn)? == 1)
}

/// Notes how far an import is, before what comes next is written. `false`: somebody has cancelled it.
///
/// # Errors
/// `Unavailable` when another worker is further already: this one must neither go on nor call the run done.
pub fn advance(conn: &mut Conn, id: ExchangeId, position: i64, report: &Value) -> Result<bool> {
    match note(conn, id, RunState::Running, position, report)? {
        true => Ok(true),
        false if find(conn, id)?.state == RunState::Running => Err(Error::Unavailable),
        false => Ok(false),
    }
}

/// Tells how far a run is that is looked through. `false`: somebody has cancelled it. Looked through once more after a stop, it is
/// behind where it was told to be.
pub fn tell_position(conn: &mut Conn, id: ExchangeId, position: i64, report: &Value) -> Result<bool> {
    Ok(note(conn, id, RunState::Checking, position, report)? || find(conn, id)?.state == RunState::Checking)
}

fn note(conn: &mut Conn, id: ExchangeId, state: RunState, position: i64, report: &Value) -> Result<bool> {
    let row = exchange_runs::table.find(id).filter(exchange_runs::state.eq(state)).filter(exchange_runs::position.lt(position));
    let changed = diesel::update(row).set((exchange_runs::position.eq(position), exchange_runs::report.eq(report))).execute(conn)?;
    Ok(changed == 1)
}

pub fn set_report(conn: &mut Conn, id: ExchangeId, report: &Value) -> Result<()> {
    diesel::update(exchange_runs::table.find(id)).set(exchange_runs::report.eq(report)).execute(conn)?;
    Ok(())
}

pub fn fail(conn: &mut Conn, id: ExchangeId, why: &str) -> Result<()> {
    diesel::update(exchange_runs::table.find(id)).set(exchange_runs::failure.eq(why)).execute(conn)?;
    go(conn, id, &[RunState::Checking, RunState::Running], RunState::Failed)?;
    Ok(())
}

/// Adds what there is to tell of rows, up to a bound.
pub fn tell(conn: &mut Conn, id: ExchangeId, problems: &[RowProblem], is_note: bool) -> Result<()> {
    if problems.is_empty() {
        return Ok(());
    }
    let run = exchange_runs::table.find(id).filter(exchange_runs::told.lt(MOST_PROBLEMS));
    let count = i64::try_from(problems.len()).unwrap_or(MOST_PROBLEMS);
    if diesel::update(run).set(exchange_runs::told.eq(exchange_runs::told + count)).execute(conn)? == 0 {
        return Ok(());
    }
    let row = |problem: &RowProblem| {
        (
            exchange_problems::run_id.eq(id),
            exchange_problems::line.eq(i64::try_from(problem.row).unwrap_or(i64::MAX)),
            exchange_problems::is_note.eq(is_note),
            exchange_problems::message.eq(problem.message.replace('\0', "")),
        )
    };
    for some in problems.chunks(1000) {
        diesel::insert_into(exchange_problems::table).values(some.iter().map(row).collect::<Vec<_>>()).execute(conn)?;
    }
    Ok(())
}

pub fn forget_problems(conn: &mut Conn, id: ExchangeId) -> Result<()> {
    diesel::delete(exchange_problems::table.filter(exchange_problems::run_id.eq(id))).execute(conn)?;
    diesel::update(exchange_runs::table.find(id)).set(exchange_runs::told.eq(0)).execute(conn)?;
    Ok(())
}

/// Of runs whose file is not kept any more.
pub fn forget_old_problems(conn: &mut Conn) -> Result<()> {
    let over = exchange_runs::table.filter(exchange_runs::expires_at.lt(diesel::dsl::now)).select(exchange_runs::id);
    diesel::delete(exchange_problems::table.filter(exchange_problems::run_id.eq_any(over))).execute(conn)?;
    Ok(())
}

/// What there is to tell of a row.
#[derive(Queryable, Clone, Debug)]
pub struct Told {
    pub line: i64,
    pub is_note: bool,
    pub message: String,
}

/// In the order of the file.
pub fn problems(conn: &mut Conn, id: ExchangeId, page: PageRequest) -> Result<Page<Told>> {
    let of = || exchange_problems::table.filter(exchange_problems::run_id.eq(id));
    let listed = of().order((exchange_problems::line, exchange_problems::id)).limit(page.limit()).offset(page.offset());
    let rows = listed.select((exchange_problems::line, exchange_problems::is_note, exchange_problems::message)).load(conn)?;
    Ok(page.of(rows, of().count().get_result(conn)?))
}

/// The runs among these whose file is still wanted.
pub fn wanted(conn: &mut Conn, ids: &[ExchangeId]) -> Result<Vec<ExchangeId>> {
    let alive = exchange_runs::table.filter(exchange_runs::id.eq_any(ids)).filter(exchange_runs::expires_at.gt(now));
    Ok(alive.select(exchange_runs::id).load(conn)?)
}

/// The runs among these that there are.
pub fn known(conn: &mut Conn, ids: &[ExchangeId]) -> Result<Vec<ExchangeId>> {
    Ok(exchange_runs::table.filter(exchange_runs::id.eq_any(ids)).select(exchange_runs::id).load(conn)?)
}

/// Megabytes that an uploaded file may have.
pub fn limit(conn: &mut Conn) -> Result<i32> {
    Ok(store::table.select(store::import_megabytes).first(conn)?)
}

/// # Errors
/// `Invalid` on `megabytes` beyond the bounds.
pub fn set_limit(conn: &mut Conn, megabytes: i32) -> Result<()> {
    let changed = diesel::update(store::table).set(store::import_megabytes.eq(megabytes)).execute(conn);
    changed.on_constraint("store_import_range", || Error::invalid("megabytes", "Enter a number from 1 to 10240"))?;
    Ok(())
}
