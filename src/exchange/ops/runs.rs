//! Files that come and go by the back office, each done by a worker.

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
};

use chrono::{TimeDelta, Utc};
use serde_json::Value;

use super::{Course, export::export_while, import_along, mapping, tables::import_table_along};
use crate::{
    base::{AccountId, Conn, Error, ExchangeId, Result, random_token},
    exchange::{
        jobs::{Exchange, RunExchange},
        model::{Direction, ImportOptions, Run, RunState, Subject},
        report::Report,
        store::runs::{self, NewRun},
    },
    jobs,
};

/// Of the files in the store.
const FOLDER: &str = "exchange";

/// A file that was being worked with is no more after so long; nor is one in the store that no run names being uploaded any more.
const LEFT_OVER: TimeDelta = TimeDelta::hours(25);

/// Who asked for it.
#[derive(Clone, Debug)]
pub struct By {
    pub account: AccountId,
    pub name: String,
}

/// Where this server has a run's file while it works with it.
pub fn desk_of(folder: &Path, id: ExchangeId) -> PathBuf {
    folder.join(format!("{id}.csv"))
}

/// The name of a run's file in the store that all servers share.
pub fn name_of(id: ExchangeId) -> String {
    format!("{FOLDER}/{id}.csv")
}

/// Lets a worker look an uploaded file through. Nothing is written to the shop before somebody says so.
///
/// # Errors
/// `Invalid` on `file` when it is no table that can be read.
pub async fn receive(services: &Exchange, id: ExchangeId, file_name: &str, by: &By) -> Result<()> {
    let path = desk_of(&services.folder, id);
    let mapping = mapping(&path).await?;
    services.media.keep_file(&name_of(id), &path).await?;
    let _ = tokio::fs::remove_file(&path).await;
    let new = NewRun {
        id,
        direction: Direction::In,
        subject: mapping.subject,
        state: RunState::Checking,
        file_name: file_name.chars().filter(|c| !c.is_control()).take(200).collect(),
        format: mapping.label(),
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

/// Lets a run go on that was tried in vain so often that nobody tries it any more. `false`: it is at work, or has ended.
pub fn go_on(conn: &mut Conn, id: ExchangeId) -> Result<bool> {
    jobs::retry(conn, &RunExchange { id })
}

/// Of the runs that nobody tries any more, what each failed of last.
pub fn stuck(conn: &mut Conn) -> Result<HashMap<ExchangeId, String>> {
    Ok(jobs::parked::<RunExchange>(conn)?.into_iter().map(|(job, error)| (job.id, error)).collect())
}

/// The worker stops at the next product. What is done stays.
pub fn cancel(conn: &mut Conn, id: ExchangeId) -> Result<bool> {
    // A parked job finds that there is nothing to do, and is gone.
    go_on(conn, id)?;
    runs::go(conn, id, &[RunState::Checking, RunState::Checked, RunState::Running], RunState::Cancelled)
}

/// Does what the run's state asks for. What is wrong with the file ends the run; what is wrong with the shop is tried again.
///
/// # Errors
/// The database or the store of pictures can't be used.
pub async fn work(services: &Exchange, id: ExchangeId) -> Result<()> {
    let run = services.db.write(move |conn| take_up(conn, id)).await?;
    // A name of its own: another worker may still hold the run for a moment.
    let path = services.folder.join(format!("{id}-{}.csv", random_token(8)));
    let done = do_at(services, &run, &path).await;
    let _ = tokio::fs::remove_file(&path).await;
    match done {
        Err(Error::Invalid(problems)) => {
            let why = problems.iter().map(|problem| problem.message.as_str()).collect::<Vec<_>>().join(" ");
            services.db.write(move |conn| runs::fail(conn, id, &why)).await
        }
        Err(Error::Conflict(why)) => services.db.write(move |conn| runs::fail(conn, id, &why)).await,
        other => other,
    }
}

fn take_up(conn: &mut Conn, id: ExchangeId) -> Result<Run> {
    if runs::take_up(conn, id)? {
        jobs::gets_on(conn, &RunExchange { id })?;
    }
    runs::find(conn, id)
}

async fn do_at(services: &Exchange, run: &Run, path: &Path) -> Result<()> {
    if !run.state.is_moving() {
        return Ok(());
    }
    tokio::fs::create_dir_all(&services.folder).await.map_err(|error| Error::Internal(error.into()))?;
    if run.direction == Direction::Out {
        return write_out(services, run, path).await;
    }
    let gone = || Error::Conflict("The file is not there any more. Upload it again.".to_owned());
    services
        .media
        .fetch_file(&name_of(run.id), path)
        .await
        .map_err(|error| if matches!(error, Error::NotFound) { gone() } else { error })?;
    if run.state == RunState::Checking { check(services, run, path).await } else { import(services, run, path).await }
}

/// From its beginning each time: nothing of it is kept, so nothing is done twice.
async fn check(services: &Exchange, run: &Run, path: &Path) -> Result<()> {
    let options = ImportOptions { dry_run: true, from_afar: true, ..ImportOptions::default() };
    let (id, course) = (run.id, Course { run: run.id, from: 0, before: Report::default(), by: run.by() });
    let report = follow(services, run, path, &options, course).await?;
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

async fn import(services: &Exchange, run: &Run, path: &Path) -> Result<()> {
    let options = ImportOptions { dry_run: false, from_afar: true, fetch_images: run.fetch_images, ..ImportOptions::default() };
    let (id, course) = (run.id, Course { run: run.id, from: run.position, before: run.counts(), by: run.by() });
    let report = follow(services, run, path, &options, course).await?;
    let counts = serde_json::to_value(&report)?;
    let finish = move |conn: &mut Conn| {
        if runs::go(conn, id, &[RunState::Running], RunState::Done)? {
            runs::set_report(conn, id, &counts)?;
            // What stands in no product's transaction: what products say of each other.
            runs::tell(conn, id, &report.problems, false)?;
            runs::tell(conn, id, &report.notes, true)?;
        }
        Ok(())
    };
    services.db.write(finish).await
}

async fn follow(services: &Exchange, run: &Run, path: &Path, options: &ImportOptions, course: Course) -> Result<Report> {
    match run.subject {
        Subject::Products => import_along(&services.db, &services.media, path, options, Some(course), &mut |_| ()).await,
        other => import_table_along(&services.db, other, path, options.dry_run, Some(course)).await,
    }
}

async fn write_out(services: &Exchange, run: &Run, path: &Path) -> Result<()> {
    let id = run.id;
    // Nobody wants the rest of what was cancelled.
    let Some(rows) = export_while(&services.db, run.subject, path, Some(id), &mut |_| ()).await? else { return Ok(()) };
    services.media.keep_file(&name_of(id), path).await?;
    let counts = serde_json::to_value(Report { rows, ..Report::default() })?;
    let finish = move |conn: &mut Conn| {
        if runs::go(conn, id, &[RunState::Running], RunState::Done)? { runs::set_report(conn, id, &counts) } else { Ok(()) }
    };
    services.db.write(finish).await
}

/// Forgets what was told of the rows of files that are gone, in which there may be names and addresses. Deletes files that nobody may fetch or import any more, those of runs that never came to be, and what a server left on its desk.
pub async fn purge(services: &Exchange) -> Result<()> {
    let named = |name: &str| name.rsplit('/').next()?.split('.').next()?.parse::<ExchangeId>().ok();
    let kept = services.media.files(FOLDER).await?;
    let ids: Vec<_> = kept.iter().filter_map(|(name, _)| named(name)).collect();
    let (wanted, known) = services.db.read(move |conn| Ok((runs::wanted(conn, &ids)?, runs::known(conn, &ids)?))).await?;
    for (name, written) in &kept {
        let id = named(name);
        // One that is being uploaded this moment has no run yet.
        let is_new = id.is_none_or(|id| !known.contains(&id)) && *written > Utc::now() - LEFT_OVER;
        if !is_new && id.is_none_or(|id| !wanted.contains(&id)) {
            services.media.forget_file(name).await?;
        }
    }
    clear_desk(&services.folder);
    services.db.write(runs::forget_old_problems).await
}

fn clear_desk(folder: &Path) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let age = entry.metadata().ok().and_then(|known| known.modified().ok()?.elapsed().ok());
        if age.is_some_and(|age| age.as_secs() > LEFT_OVER.num_seconds().unsigned_abs()) {
            let _ = std::fs::remove_file(entry.path());
        }
    }
}
