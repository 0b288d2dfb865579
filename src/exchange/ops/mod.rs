//! The import, from the file to the last related product.

mod ahead;
mod attributes;
pub mod export;
pub mod files;
mod import;
mod known;
mod many;
mod patience;
mod pictures;
mod product;
mod related;
pub mod runs;
pub mod tables;

use std::{collections::VecDeque, path::Path};

use chrono::Utc;

use self::{
    ahead::{Ahead, ahead},
    import::{Import, Waiting},
    patience::Patience,
    pictures::Pictures,
    product::ACTOR,
    related::Referring,
};
use super::{
    model::{Batch, ImportOptions, Mapping},
    report::Report,
    store::runs as courses,
};
use crate::{
    base::{Conn, Currency, Db, Error, ExchangeId, Result},
    catalog::Editor,
    media::MediaStore,
    settings,
};

/// Products that are read while those before them are written.
const AHEAD: usize = 500;

/// Bytes that those may have which wait for their turn.
const BYTES_AHEAD: usize = 4 * 1024 * 1024;

/// Bytes of what is written at once. On its way to the database a text is there several times over.
const BYTES_AT_ONCE: usize = 2 * 1024 * 1024;

/// Those of them whose pictures are made ready meanwhile.
const PICTURED_AHEAD: usize = 16;

/// Products that are related to each other at once.
const RELATED_AT_ONCE: usize = 64;

/// What becomes of each column of a file, and whose file it is.
///
/// # Errors
/// `Invalid` on `file` when it is not there or no table.
pub async fn mapping(path: &Path) -> Result<Mapping> {
    let path = path.to_owned();
    tokio::task::spawn_blocking(move || files::mapping(&path)).await.map_err(|fault| Error::Internal(fault.into()))?
}

/// Imports the products of a file; `progress` is told the state now and then. Pictures are named relative to the file's folder.
///
/// What can't be read or is refused is in the report, and the rest is imported. Products are written whole, in transactions of
/// one or many, so an import that breaks off leaves whole products behind, and the same import again carries on. A dry run undoes
/// each of these transactions, so products are held against what the shop has and not against each other.
///
/// # Errors
/// `Invalid` on `file` when it is not there or no list of products; `Conflict` when the shop is not open yet; and when the
/// database or the store of pictures can't be used.
pub async fn import_products(
    db: &Db,
    media: &MediaStore,
    path: &Path,
    options: &ImportOptions,
    progress: &mut (dyn FnMut(&Report) + Send),
) -> Result<Report> {
    import_along(db, media, path, options, None, progress).await
}

/// How an import of the back office goes along: noted as it is written, so that it can go on where it was.
pub struct Course {
    pub run: ExchangeId,
    /// So many products of the file are done already.
    pub from: i64,
    /// What came of those.
    pub before: Report,
    /// Who asked for it, for the history of what it changes.
    pub by: Editor,
}

/// The same along a course. It ends early, with what was done, when the run is cancelled.
///
/// # Errors
/// As for `import_products`.
pub async fn import_along(
    db: &Db,
    media: &MediaStore,
    path: &Path,
    options: &ImportOptions,
    course: Option<Course>,
    progress: &mut (dyn FnMut(&Report) + Send),
) -> Result<Report> {
    let mut batches = read_ahead(path, currency(db).await?).await?;
    let pictures = Pictures::new(db, media, path, *options)?;
    let from = course.as_ref().map_or(0, |course| course.from);
    let mut import = Import::new(db, course, options.dry_run);
    for _ in 0..from {
        let Some(done) = batches.next().await else { break };
        import.pass_over(&done);
    }
    let mut waiting: VecDeque<Waiting> = VecDeque::new();
    loop {
        while waiting.len() < AHEAD
            && waiting.iter().map(|waiting| waiting.bytes).sum::<usize>() < BYTES_AHEAD
            && waiting.iter().filter(|waiting| waiting.has_pictures()).count() < PICTURED_AHEAD
            && let Some(batch) = batches.next().await
        {
            waiting.push_back(Waiting::start(batch, &pictures, options.dry_run));
        }
        let Some(next) = waiting.pop_front() else { break };
        let rows = import.report.rows;
        if !import.take(next).await? {
            return Ok(import.report);
        }
        if import.report.rows > rows {
            progress(&import.report);
        }
    }
    if !import.flush().await? {
        return Ok(import.report);
    }
    if import.refers && !options.dry_run {
        relate(&mut import, path).await?;
    }
    import.report.sort();
    progress(&import.report);
    Ok(import.report)
}

async fn currency(db: &Db) -> Result<Currency> {
    let store = db.read(settings::store).await.map_err(|error| match error {
        Error::NotFound => Error::Conflict("The shop is not open yet, so the currency of the prices is not known.".to_owned()),
        other => other,
    })?;
    Ok(store.currency)
}

/// Reads on a thread of its own, never far ahead of what is written.
async fn read_ahead(path: &Path, currency: Currency) -> Result<Ahead<Batch>> {
    let path = path.to_owned();
    let open = move || files::open(&path, currency, Utc::now());
    let reader = tokio::task::spawn_blocking(open).await.map_err(|fault| Error::Internal(fault.into()))??;
    let (feeder, batches) = ahead(AHEAD);
    tokio::task::spawn_blocking(move || {
        for batch in reader {
            let bytes = batch.bytes;
            if !feeder.give(batch, bytes) {
                return;
            }
        }
    });
    Ok(batches)
}

/// Reads the file once more for what its products say of each other, rather than to hold that all the while.
async fn relate(import: &mut Import, path: &Path) -> Result<()> {
    let mut batches = read_ahead(path, currency(&import.db).await?).await?;
    let mut files = vec![];
    loop {
        let next = batches.next().await;
        let is_last = next.is_none();
        files.extend(next.and_then(|batch| batch.product).and_then(Referring::of));
        if files.len() >= RELATED_AT_ONCE || (is_last && !files.is_empty()) {
            import.relate(std::mem::take(&mut files)).await?;
        }
        if is_last {
            return Ok(());
        }
    }
}

/// Keeps what came of products beside the run, in their transaction.
fn keep(conn: &mut Conn, run: ExchangeId, mut before: Report, told: &Report) -> Result<()> {
    before.absorb(told.counts());
    courses::set_report(conn, run, &serde_json::to_value(&before)?)?;
    courses::tell(conn, run, &told.problems, false)?;
    courses::tell(conn, run, &told.notes, true)
}
