//! Files that come and go by the back office, each done by a worker.

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::{Course, export::export, import_along, mapping};
use crate::{
    base::{AccountId, Conn, Error, ExchangeId, Result},
    exchange::{
        jobs::{Exchange, RunExchange},
        model::{Direction, ImportOptions, RunState, Subject},
        report::Report,
        store::runs::{self, NewRun},
    },
    jobs,
};

/// Who asked for it.
#[derive(Clone, Debug)]
pub struct By {
    pub account: AccountId,
    pub name: String,
}

/// Where a run's file is.
pub fn file_of(folder: &Path, id: ExchangeId) -> PathBuf {
    folder.join(format!("{id}.csv"))
}

/// Lets a worker look an uploaded file through. Nothing is written to the shop before somebody says so.
///
/// # Errors
/// `Invalid` on `file` when it is no table that can be read.
pub async fn receive(services: &Exchange, id: ExchangeId, file_name: &str, by: &By) -> Result<()> {
    let mapping = mapping(&file_of(&services.folder, id)).await?;
    let new = NewRun {
        id,
        direction: Direction::In,
        subject: Subject::Products,
        state: RunState::Checking,
        file_name: file_name.chars().filter(|c| !c.is_control()).take(200).collect(),
        format: mapping.format.label().to_owned(),
        mapping: serde_json::to_value(&mapping.columns)?,
        account_id: Some(by.account),
        by_name: by.name.clone(),
    };
    services.db.write(move |conn| begin(conn, &new)).await
}

/// Lets a worker write a file.
pub fn order_export(conn: &mut Conn, subject: Subject, by: &By) -> Result<ExchangeId> {
    let id = ExchangeId::new();
    let new = NewRun {
        id,
        direction: Direction::Out,
        subject,
        state: RunState::Running,
        file_name: format!("{subject}.csv"),
        format: String::new(),
        mapping: Value::Array(vec![]),
        account_id: Some(by.account),
        by_name: by.name.clone(),
    };
    begin(conn, &new)?;
    Ok(id)
}

fn begin(conn: &mut Conn, new: &NewRun) -> Result<()> {
    runs::insert(conn, new)?;
    jobs::enqueue(conn, &RunExchange { id: new.id })
}

/// Lets the worker do what was looked through, once, however often it is confirmed.
pub fn confirm(conn: &mut Conn, id: ExchangeId, fetch_images: bool) -> Result<()> {
    if runs::begin(conn, id, fetch_images)? {
        runs::forget_problems(conn, id)?;
        jobs::enqueue(conn, &RunExchange { id })?;
    }
    Ok(())
}

/// The worker stops at the next product. What is done stays.
pub fn cancel(conn: &mut Conn, id: ExchangeId) -> Result<bool> {
    runs::go(conn, id, &[RunState::Checking, RunState::Checked, RunState::Running], RunState::Cancelled)
}

/// Does what the run's state asks for. What is wrong with the file ends the run; what is wrong with the shop is tried again.
///
/// # Errors
/// The database or the store of pictures can't be used.
pub async fn work(services: &Exchange, id: ExchangeId) -> Result<()> {
    let run = services.db.read(move |conn| runs::find(conn, id)).await?;
    let done = match (run.direction, run.state) {
        (Direction::In, RunState::Checking) => check(services, id).await,
        (Direction::In, RunState::Running) => import(services, id, run.fetch_images, run.position, run.counts()).await,
        (Direction::Out, RunState::Running) => write_out(services, id, run.subject).await,
        _ => Ok(()),
    };
    match done {
        Err(Error::Invalid(problems)) => {
            let why = problems.iter().map(|problem| problem.message.as_str()).collect::<Vec<_>>().join(" ");
            services.db.write(move |conn| runs::fail(conn, id, &why)).await
        }
        Err(Error::Conflict(why)) => services.db.write(move |conn| runs::fail(conn, id, &why)).await,
        other => other,
    }
}

/// From its beginning each time: nothing of it is kept, so nothing is done twice.
async fn check(services: &Exchange, id: ExchangeId) -> Result<()> {
    let options = ImportOptions { dry_run: true, from_afar: true, fetch_images: false };
    let course = Course { run: id, from: 0, before: Report::default() };
    let report = import_along(&services.db, &services.media, &file_of(&services.folder, id), &options, Some(course), &mut |_| ()).await?;
    let counts = serde_json::to_value(&report)?;
    let finish = move |conn: &mut Conn| {
        if runs::go(conn, id, &[RunState::Checking], RunState::Checked)? {
            runs::forget_problems(conn, id)?;
            runs::set_report(conn, id, &counts)?;
            runs::tell(conn, id, &report.problems, false)?;
            runs::tell(conn, id, &report.notes, true)?;
        }
        Ok(())
    };
    services.db.write(finish).await
}

async fn import(services: &Exchange, id: ExchangeId, fetch_images: bool, from: i64, before: Report) -> Result<()> {
    let options = ImportOptions { dry_run: false, from_afar: true, fetch_images };
    let course = Course { run: id, from, before };
    let report = import_along(&services.db, &services.media, &file_of(&services.folder, id), &options, Some(course), &mut |_| ()).await?;
    let counts = serde_json::to_value(&report)?;
    let finish = move |conn: &mut Conn| {
        if runs::go(conn, id, &[RunState::Running], RunState::Done)? {
            runs::set_report(conn, id, &counts)?;
        }
        Ok(())
    };
    services.db.write(finish).await
}

async fn write_out(services: &Exchange, id: ExchangeId, subject: Subject) -> Result<()> {
    std::fs::create_dir_all(&services.folder).map_err(|error| Error::Internal(error.into()))?;
    let rows = export(&services.db, subject, &file_of(&services.folder, id), &mut |_| ()).await?;
    let counts = serde_json::to_value(Report { rows, ..Report::default() })?;
    let finish = move |conn: &mut Conn| {
        runs::set_report(conn, id, &counts)?;
        runs::go(conn, id, &[RunState::Running], RunState::Done).map(|_| ())
    };
    services.db.write(finish).await
}

/// Deletes files that nobody may fetch or import any more, and those of runs that never came to be.
pub async fn purge(services: &Exchange) -> Result<()> {
    let Ok(entries) = std::fs::read_dir(&services.folder) else { return Ok(()) };
    let named = |path: &Path| path.file_name()?.to_str()?.split('.').next()?.parse::<ExchangeId>().ok();
    let files: Vec<_> = entries.flatten().filter_map(|entry| Some((named(&entry.path())?, entry))).collect();
    let ids: Vec<_> = files.iter().map(|(id, _)| *id).collect();
    let wanted = services.db.read(move |conn| runs::wanted(conn, &ids)).await?;
    for (_, entry) in files.iter().filter(|(id, _)| !wanted.contains(id)) {
        // One that is being uploaded this moment has no run yet.
        let age = entry.metadata().ok().and_then(|known| known.modified().ok()?.elapsed().ok());
        if age.is_some_and(|age| age.as_secs() > 24 * 3600) {
            let _ = std::fs::remove_file(entry.path());
        }
    }
    Ok(())
}
