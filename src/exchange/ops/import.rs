//! The writing part of an import: products in the order of the file, many at once where they are new, one by one where the shop has
//! them already, where they bring pictures, or where something of them is refused.

mod single;

use std::{collections::HashSet, mem::take, ops::Range, sync::Arc};

use tokio::task::JoinHandle;

use super::{
    ACTOR, BYTES_AT_ONCE, Course, Patience, keep,
    known::Known,
    many,
    pictures::{Pictures, ReadyImages},
    product,
};
use crate::{
    base::{Conn, Db, Error, ExchangeId, Result},
    catalog::{self, Editor},
    exchange::{
        model::{Batch, ProductInFile},
        report::Report,
        store::{self, runs as courses},
    },
};

/// Products that are written at once, and variants of them.
const PRODUCTS: usize = 500;
const VARIANTS: usize = 2000;

/// After so many new products, and after each ten times as many, PostgreSQL is told to look at its tables: it would plan for empty
/// ones otherwise, until it looks by itself.
const LOOK_FIRST: u64 = 2000;

/// A product of the file, whose pictures are being made ready.
pub struct Waiting {
    report: Report,
    product: Option<ProductInFile>,
    images: Option<JoinHandle<Result<ReadyImages>>>,
    pub bytes: usize,
}

impl Waiting {
    pub fn start(batch: Batch, pictures: &Pictures, dry_run: bool) -> Self {
        let mut product = batch.product;
        if dry_run && let Some(product) = &mut product {
            product.images.clear();
        }
        let images = product.as_mut().map(|product| take(&mut product.images)).filter(|images| !images.is_empty());
        let images = images.map(|images| tokio::spawn(pictures.clone().ready_all(images)));
        Self { report: batch.report, product, images, bytes: batch.bytes }
    }

    pub fn has_pictures(&self) -> bool {
        self.images.is_some()
    }
}

/// What is to be written next: its place in the file, what there is to report of it, and a product if one came of it.
#[derive(Clone)]
struct Item {
    position: i64,
    report: Report,
    product: Option<ProductInFile>,
    bytes: usize,
}

/// What came of writing several at once.
enum Written {
    Done,
    /// The run was cancelled.
    Cancelled,
    /// Something of one of them was refused, and nothing of any is kept.
    Refused,
}

pub struct Import {
    pub db: Db,
    pub report: Report,
    pub dry_run: bool,
    /// Where the course is noted.
    pub run: Option<ExchangeId>,
    by: Editor,
    /// Batches of the file that were taken.
    position: i64,
    gathered: Vec<Item>,
    known: Known,
    /// A product of the file says something that can be done only when all are there.
    pub refers: bool,
    look_at: u64,
}

impl Import {
    pub fn new(db: &Db, course: Option<Course>, dry_run: bool) -> Self {
        let (run, before, by) = match course {
            Some(course) => (Some(course.run), course.before, course.by),
            None => (None, Report::default(), Editor::program(ACTOR)),
        };
        let (report, db) = (Report { dry_run, ..before }, db.clone());
        let look_at = report.products_created + LOOK_FIRST;
        Self { db, report, dry_run, run, by, position: 0, gathered: vec![], known: Known::default(), refers: false, look_at }
    }

    /// Done before the program was stopped.
    pub fn pass_over(&mut self, batch: &Batch) {
        self.position += 1;
        self.refers |= batch.product.as_ref().is_some_and(ProductInFile::refers);
    }

    /// Whether to go on.
    pub async fn take(&mut self, waiting: Waiting) -> Result<bool> {
        self.position += 1;
        self.refers |= waiting.product.as_ref().is_some_and(ProductInFile::refers);
        let mut item = Item { position: self.position, report: waiting.report, product: waiting.product, bytes: waiting.bytes };
        let Some(task) = waiting.images else {
            self.gathered.push(item);
            return if self.is_full() { self.flush().await } else { Ok(true) };
        };
        if !self.flush().await? {
            return Ok(false);
        }
        let ready = task.await.map_err(|fault| Error::Internal(fault.into()))??;
        item.report.absorb(ready.report);
        self.one(item, ready.images).await
    }

    fn is_full(&self) -> bool {
        let variants: usize = self.gathered.iter().filter_map(|item| item.product.as_ref()).map(|product| product.variants.len()).sum();
        let bytes: usize = self.gathered.iter().map(|item| item.bytes).sum();
        self.gathered.len() >= PRODUCTS || variants >= VARIANTS || bytes >= BYTES_AT_ONCE
    }

    /// Writes what was gathered. Whether to go on.
    pub async fn flush(&mut self) -> Result<bool> {
        let items = take(&mut self.gathered);
        let is_new = self.which_are_new(&items).await?;
        let mut several = vec![];
        for (item, is_new) in items.into_iter().zip(is_new) {
            if is_new {
                several.push(item);
                continue;
            }
            if !self.several(take(&mut several)).await? || !self.one(item, vec![]).await? {
                return Ok(false);
            }
        }
        let goes_on = self.several(several).await?;
        self.look().await;
        Ok(goes_on)
    }

    /// Which of them can be written with others: those of which the shop has neither the address nor a SKU, nor another of them.
    async fn which_are_new(&self, items: &[Item]) -> Result<Vec<bool>> {
        let products = || items.iter().filter_map(|item| item.product.as_ref());
        let slugs: Vec<_> = products().map(|product| product.slug.clone()).collect();
        let skus: Vec<_> = products().flat_map(|product| product.variants.iter().map(|variant| variant.sku.as_str().to_owned())).collect();
        if slugs.is_empty() {
            return Ok(vec![true; items.len()]);
        }
        let named = Arc::new((slugs, skus));
        let mut patience = Patience::default();
        let (slugs, skus) = loop {
            let named = named.clone();
            let look = move |conn: &mut Conn| {
                let slugs: Vec<_> = named.0.iter().map(String::as_str).collect();
                Ok((catalog::products_named(conn, &slugs)?, catalog::taken_skus(conn, &named.1)?))
            };
            match self.db.read(look).await {
                Err(Error::Unavailable) if patience.waits().await => {}
                found => break found?,
            }
        };
        let (slugs, mut skus): (HashSet<_>, HashSet<_>) = (slugs.into_keys().collect(), skus.into_iter().collect());
        let mut is_new = |product: &ProductInFile| {
            // Each is noted, also after the first that is taken.
            let taken = product.variants.iter().filter(|variant| !skus.insert(variant.sku.as_str().to_owned())).count();
            taken == 0 && !slugs.contains(&product.slug)
        };
        Ok(items.iter().map(|item| item.product.as_ref().is_none_or(&mut is_new)).collect())
    }

    /// All at once, or in ever smaller parts when something of them is refused. Whether to go on.
    async fn several(&mut self, items: Vec<Item>) -> Result<bool> {
        let items: Arc<[Item]> = items.into();
        let mut parts = Vec::from([Range { start: 0, end: items.len() }]);
        while let Some(part) = parts.pop() {
            if part.is_empty() {
                continue;
            }
            let mut patience = Patience::default();
            let written = loop {
                match self.at_once(&items, part.clone()).await {
                    Err(Error::Unavailable) if patience.waits().await => {}
                    written => break written?,
                }
            };
            let goes_on = match written {
                Written::Done => true,
                Written::Cancelled => false,
                Written::Refused if part.len() == 1 => self.one(items[part.start].clone(), vec![]).await?,
                Written::Refused => {
                    let middle = part.start + part.len() / 2;
                    parts.extend([middle..part.end, part.start..middle]);
                    true
                }
            };
            if !goes_on {
                return Ok(false);
            }
        }
        Ok(true)
    }

    async fn at_once(&mut self, items: &Arc<[Item]>, part: Range<usize>) -> Result<Written> {
        let mut told = Report::default();
        items[part.clone()].iter().for_each(|item| told.absorb(item.report.clone()));
        let Some(last) = items[part.clone()].last().map(|item| item.position) else { return Ok(Written::Done) };
        let (items, mut known, run, before) = (items.clone(), take(&mut self.known), self.run, self.report.counts());
        let rehearsed = self.dry_run;
        let write = move |conn: &mut Conn| {
            if let Some(run) = run.filter(|_| !rehearsed)
                && !courses::advance(conn, run, last, &serde_json::to_value(&before)?)?
            {
                return Ok(None);
            }
            let products: Vec<_> = items[part].iter().filter_map(|item| item.product.as_ref()).collect();
            if !products.is_empty() {
                told.absorb(many::write(conn, &products, &mut known)?);
            }
            if let Some(run) = run.filter(|_| !rehearsed) {
                keep(conn, run, before, &told)?;
            }
            Ok(Some((told, known)))
        };
        let written = if self.dry_run { self.db.rehearse(write).await } else { self.db.write(write).await };
        match written {
            Ok(Some((told, known))) => {
                // What was made and undone must not be taken for there.
                self.known = if self.dry_run { Known::default() } else { known };
                self.absorb(told);
                let goes_on = !self.dry_run || self.tell(last).await?;
                Ok(if goes_on { Written::Done } else { Written::Cancelled })
            }
            Ok(None) => Ok(Written::Cancelled),
            Err(error) => product::refusal(error, 0).map(|_| Written::Refused),
        }
    }

    /// What a run tells of rows stands in the database and needs no memory.
    fn absorb(&mut self, mut report: Report) {
        if self.run.is_some() && !self.dry_run {
            report = report.counts();
        }
        self.report.absorb(report);
    }

    async fn look(&mut self) {
        if self.dry_run || self.report.products_created < self.look_at {
            return;
        }
        self.look_at = self.report.products_created * 10;
        // It only makes the rest quicker: on a busy machine it may take longer than a statement is given.
        if let Err(error) = self.db.read(store::look).await {
            tracing::info!(error = %error, "PostgreSQL will look at the tables by itself");
        }
    }
}

/// A product of which nothing is kept.
///
/// # Errors
/// As for [`refused_row`].
fn refused(error: Error, row: u64, report: &mut Report) -> Result<()> {
    report.products_refused += 1;
    refused_row(error, row, report)
}

/// Tells why something was refused, at its row.
///
/// # Errors
/// What is no refusal of it: the import can't go on.
pub fn refused_row(error: Error, row: u64, report: &mut Report) -> Result<()> {
    for (row, message) in product::refusal(error, row)? {
        report.problem(row, message);
    }
    Ok(())
}
