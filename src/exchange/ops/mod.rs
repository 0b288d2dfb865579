//! The import, from the file to the last related product.

mod attributes;
pub mod export;
pub mod files;
mod pictures;
mod product;
mod related;
pub mod runs;
pub mod tables;

use std::{collections::VecDeque, path::Path};

use chrono::Utc;
use tokio::{sync::mpsc, task::JoinHandle};

use self::{
    pictures::{Pictures, ReadyImage, ReadyImages},
    related::Related,
};
use super::{
    model::{Batch, ImportOptions, Mapping, ProductInFile, RunState},
    report::Report,
    store::runs as courses,
};
use crate::{
    base::{Conn, Currency, Db, Error, ExchangeId, Result},
    media::MediaStore,
    settings,
};

/// Products whose pictures are made ready while those before them are written.
const AHEAD: usize = 16;

/// Products after which a run that is looked through tells how far it is.
const TELL_EVERY: i64 = 100;

/// What becomes of each column of a file, and whose file it is.
///
/// # Errors
/// `Invalid` on `file` when it is not there or no table.
pub async fn mapping(path: &Path) -> Result<Mapping> {
    let path = path.to_owned();
    tokio::task::spawn_blocking(move || files::mapping(&path)).await.map_err(|fault| Error::Internal(fault.into()))?
}

/// Imports the products of a file; `progress` is told the state after each. Pictures are named relative to the file's folder.
///
/// What can't be read or is refused is in the report, and the rest is imported. Each product is one transaction, so an
/// import that breaks off leaves whole products behind, and the same import again carries on. A dry run undoes each of these
/// transactions, so products are held against what the shop has and not against each other.
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

/// How an import of the back office goes along: noted product by product, so that it can go on where it was.
pub struct Course {
    pub run: ExchangeId,
    /// So many products of the file are done already.
    pub from: i64,
    /// What came of those.
    pub before: Report,
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
    let (run, from, before) = course.map_or((None, 0, Report::default()), |course| (Some(course.run), course.from, course.before));
    let report = Report { dry_run: options.dry_run, ..before };
    let mut import = Import { db: db.clone(), report, related: vec![], dry_run: options.dry_run, run, position: 0 };
    for _ in 0..from {
        let Some(done) = batches.recv().await else { break };
        import.pass_over(done);
    }
    let mut waiting = VecDeque::new();
    loop {
        while waiting.len() < AHEAD
            && let Some(batch) = batches.recv().await
        {
            waiting.push_back(Waiting::start(batch, &pictures, options.dry_run));
        }
        let Some(next) = waiting.pop_front() else { break };
        if !import.take(next).await? {
            return Ok(import.report);
        }
        progress(&import.report);
    }
    import.relate().await?;
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
async fn read_ahead(path: &Path, currency: Currency) -> Result<mpsc::Receiver<Batch>> {
    let path = path.to_owned();
    let open = move || files::open(&path, currency, Utc::now());
    let reader = tokio::task::spawn_blocking(open).await.map_err(|fault| Error::Internal(fault.into()))??;
    let (sender, receiver) = mpsc::channel(4);
    tokio::task::spawn_blocking(move || {
        for batch in reader {
            if sender.blocking_send(batch).is_err() {
                return;
            }
        }
    });
    Ok(receiver)
}

/// A product of the file, whose pictures are being made ready.
struct Waiting {
    report: Report,
    product: Option<ProductInFile>,
    images: Option<JoinHandle<Result<ReadyImages>>>,
}

impl Waiting {
    fn start(batch: Batch, pictures: &Pictures, dry_run: bool) -> Self {
        let mut product = batch.product;
        if dry_run && let Some(product) = &mut product {
            product.images.clear();
        }
        let images = product.as_mut().map(|product| std::mem::take(&mut product.images)).filter(|images| !images.is_empty());
        let images = images.map(|images| tokio::spawn(pictures.clone().ready_all(images)));
        Self { report: batch.report, product, images }
    }
}

struct Import {
    db: Db,
    report: Report,
    related: Vec<Related>,
    dry_run: bool,
    /// Where the course is noted.
    run: Option<ExchangeId>,
    /// Batches of the file that are done.
    position: i64,
}

impl Import {
    /// Done before the program was stopped.
    fn pass_over(&mut self, batch: Batch) {
        self.position += 1;
        if let Some(product) = batch.product {
            self.remember(product.row, product.slug, product.related.unwrap_or_default());
        }
    }

    fn remember(&mut self, row: u64, product: String, slugs: Vec<String>) {
        if !slugs.is_empty() && !self.dry_run {
            self.related.push(Related { row, product, slugs });
        }
    }

    /// Whether to go on.
    async fn take(&mut self, waiting: Waiting) -> Result<bool> {
        self.position += 1;
        let mut report = waiting.report;
        let images = match waiting.images {
            Some(task) => {
                let ready = task.await.map_err(|fault| Error::Internal(fault.into()))??;
                report.absorb(ready.report);
                ready.images
            }
            None => vec![],
        };
        match (waiting.product, self.dry_run) {
            (Some(product), true) => self.rehearse(product, report).await,
            (Some(product), false) => self.write(product, images, report).await,
            (None, true) => {
                self.report.absorb(report);
                Ok(true)
            }
            (None, false) => self.note(report).await,
        }
    }

    async fn rehearse(&mut self, product: ProductInFile, mut report: Report) -> Result<bool> {
        let row = product.row;
        match self.db.rehearse(move |conn| product::write(conn, &product, &[])).await {
            Ok(written) => report.absorb(written),
            Err(error) => refused(error, row, &mut report)?,
        }
        self.report.absorb(report);
        let (Some(run), true) = (self.run, self.position % TELL_EVERY == 0) else { return Ok(true) };
        let (position, counts) = (self.position, serde_json::to_value(&self.report)?);
        let advance = move |conn: &mut Conn| {
            // Looked through once more after a stop, it is behind where it was told to be.
            Ok(courses::advance(conn, run, RunState::Checking, position, &counts)? || courses::find(conn, run)?.state == RunState::Checking)
        };
        self.db.write(advance).await
    }

    async fn write(&mut self, product: ProductInFile, images: Vec<ReadyImage>, report: Report) -> Result<bool> {
        let (row, slug, slugs) = (product.row, product.slug.clone(), product.related.clone().unwrap_or_default());
        let (run, position, before, mut told) = (self.run, self.position, self.report.counts(), report.clone());
        let write = move |conn: &mut Conn| {
            if let Some(run) = run
                && !courses::advance(conn, run, RunState::Running, position, &serde_json::to_value(&before)?)?
            {
                return Ok(None);
            }
            told.absorb(product::write(conn, &product, &images)?);
            if let Some(run) = run {
                keep(conn, run, before, &told)?;
            }
            Ok(Some(told))
        };
        match self.db.write(write).await {
            Ok(Some(report)) => {
                self.absorb(report);
                self.remember(row, slug, slugs);
                Ok(true)
            }
            Ok(None) => Ok(false),
            Err(error) => {
                let mut report = report;
                refused(error, row, &mut report)?;
                self.note(report).await
            }
        }
    }

    /// What there is to report where nothing is written.
    async fn note(&mut self, report: Report) -> Result<bool> {
        if let Some(run) = self.run {
            let (position, before, told) = (self.position, self.report.counts(), report.clone());
            let note = move |conn: &mut Conn| {
                let goes_on = courses::advance(conn, run, RunState::Running, position, &serde_json::to_value(&before)?)?;
                if goes_on {
                    keep(conn, run, before, &told)?;
                }
                Ok(goes_on)
            };
            if !self.db.write(note).await? {
                return Ok(false);
            }
        }
        self.absorb(report);
        Ok(true)
    }

    /// What a run tells of rows stands in the database and needs no memory.
    fn absorb(&mut self, mut report: Report) {
        if self.run.is_some() {
            report = report.counts();
        }
        self.report.absorb(report);
    }

    /// After all products, since a product may be related to one further down.
    async fn relate(&mut self) -> Result<()> {
        for related in std::mem::take(&mut self.related) {
            let report = self.db.write(move |conn| related::write(conn, &related)).await?;
            self.report.absorb(report);
        }
        Ok(())
    }
}

/// Keeps what came of a product beside the run, in the transaction of the product.
fn keep(conn: &mut Conn, run: ExchangeId, mut before: Report, told: &Report) -> Result<()> {
    before.absorb(told.counts());
    courses::set_report(conn, run, &serde_json::to_value(&before)?)?;
    courses::tell(conn, run, &told.problems, false)?;
    courses::tell(conn, run, &told.notes, true)
}

/// A product of which nothing is kept.
///
/// # Errors
/// What is no refusal of this product: the import can't go on.
fn refused(error: Error, row: u64, report: &mut Report) -> Result<()> {
    report.products_refused += 1;
    for (row, message) in product::refusal(error, row)? {
        report.problem(row, message);
    }
    Ok(())
}
