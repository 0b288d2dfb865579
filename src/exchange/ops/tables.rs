//! Stock, redirects, customers and orders of our own files: many rows in a transaction, and one by one where something is refused.

mod rows;
mod units;

use std::{mem::take, path::Path, sync::Arc};

use self::units::Unit;
use super::{BYTES_AT_ONCE, Course, Patience, import::refused_row, keep};
use crate::{
    accounts,
    base::{Conn, Db, Error, ExchangeId, Result},
    exchange::{model::Subject, report::Report, store::runs as courses},
};

/// Rows, or orders, that are written at once.
const AT_ONCE: usize = 100;

/// Imports a file of stock, redirects, customers or orders. What is refused is in the report, and the rest is done; what is so
/// already stays untouched.
///
/// # Errors
/// `Invalid` on `file` when it lacks a column, or is of products; when the database can't be used.
pub async fn import_table(db: &Db, subject: Subject, path: &Path, dry_run: bool) -> Result<Report> {
    import_table_along(db, subject, path, dry_run, None).await
}

/// The same along a course. It ends early, with what was done, when the run is cancelled.
///
/// # Errors
/// As for `import_table`.
pub async fn import_table_along(db: &Db, subject: Subject, path: &Path, dry_run: bool, course: Option<Course>) -> Result<Report> {
    let mut units = units::units_of(path, subject).await?;
    let unset = if subject == Subject::Customers { accounts::unknown_password().await? } else { String::new() };
    let (run, from, before) = course.map_or((None, 0, Report::default()), |course| (Some(course.run), course.from, course.before));
    let report = Report { dry_run, ..before };
    let mut import = TableImport { db: db.clone(), subject, unset: unset.into(), report, dry_run, run, position: 0 };
    let (mut gathered, mut bytes) = (vec![], 0);
    while let Some(unit) = units.next().await {
        if import.position < from {
            import.position += 1;
            continue;
        }
        bytes += unit.bytes;
        gathered.push(unit);
        if gathered.len() >= AT_ONCE || bytes >= BYTES_AT_ONCE {
            bytes = 0;
            if !import.take(take(&mut gathered)).await? {
                return Ok(import.report);
            }
        }
    }
    import.take(gathered).await?;
    import.report.sort();
    Ok(import.report)
}

struct TableImport {
    db: Db,
    subject: Subject,
    /// The hash of a password that nobody knows, for customers.
    unset: Arc<str>,
    report: Report,
    dry_run: bool,
    /// Where the course is noted.
    run: Option<ExchangeId>,
    /// Units of the file that are done.
    position: i64,
}

impl TableImport {
    /// Whether to go on.
    async fn take(&mut self, units: Vec<Unit>) -> Result<bool> {
        if units.is_empty() {
            return Ok(true);
        }
        let units: Arc<[Unit]> = units.into();
        match self.write(units.clone()).await {
            Err(error) => super::product::refusal(error, 0).map(drop)?,
            Ok(goes_on) => return Ok(goes_on && self.tell().await?),
        }
        for unit in units.iter() {
            let one: Arc<[Unit]> = Arc::new([unit.clone()]);
            let goes_on = match self.write(one.clone()).await {
                Err(error) => self.refuse(&one, error).await?,
                Ok(goes_on) => goes_on,
            };
            if !goes_on {
                return Ok(false);
            }
        }
        self.tell().await
    }

    /// All of them in a transaction. Whether to go on.
    async fn write(&mut self, units: Arc<[Unit]>) -> Result<bool> {
        let mut patience = Patience::default();
        loop {
            match self.write_once(units.clone()).await {
                Err(Error::Unavailable) if patience.waits().await => {}
                done => return done,
            }
        }
    }

    async fn write_once(&mut self, units: Arc<[Unit]>) -> Result<bool> {
        let position = self.position + units.len() as i64;
        let (run, before, subject, unset) = (self.run.filter(|_| !self.dry_run), self.report.counts(), self.subject, self.unset.clone());
        let write = move |conn: &mut Conn| {
            if let Some(run) = run
                && !courses::advance(conn, run, position, &serde_json::to_value(&before)?)?
            {
                return Ok(None);
            }
            let told = rows::write(conn, subject, &units, &unset)?;
            if let Some(run) = run {
                keep(conn, run, before, &told)?;
            }
            Ok(Some(told))
        };
        let written = if self.dry_run { self.db.rehearse(write).await? } else { self.db.write(write).await? };
        let Some(told) = written else { return Ok(false) };
        self.position = position;
        self.report.absorb(if run.is_some() { told.counts() } else { told });
        Ok(true)
    }

    /// Notes why nothing of a unit was kept. Whether to go on.
    async fn refuse(&mut self, unit: &[Unit], error: Error) -> Result<bool> {
        let Some(unit) = unit.first() else { return Err(error) };
        self.position += 1;
        let mut told = Report { rows: unit.count, others_refused: 1, ..Report::default() };
        refused_row(error, unit.line, &mut told)?;
        let mut patience = Patience::default();
        while let Some(run) = self.run.filter(|_| !self.dry_run) {
            let (position, before, report) = (self.position, self.report.counts(), told.clone());
            let note = move |conn: &mut Conn| {
                let goes_on = courses::advance(conn, run, position, &serde_json::to_value(&before)?)?;
                if goes_on {
                    keep(conn, run, before, &report)?;
                }
                Ok(goes_on)
            };
            match self.db.write(note).await {
                Err(Error::Unavailable) if patience.waits().await => {}
                Ok(true) => break,
                other => return other,
            }
        }
        self.report.absorb(if self.run.is_some() && !self.dry_run { told.counts() } else { told });
        Ok(true)
    }

    /// Tells how far a run is that is looked through. Whether to go on.
    async fn tell(&self) -> Result<bool> {
        let Some(run) = self.run.filter(|_| self.dry_run) else { return Ok(true) };
        let (position, counts) = (self.position, serde_json::to_value(self.report.counts())?);
        self.db.write(move |conn| courses::tell_position(conn, run, position, &counts)).await
    }
}
