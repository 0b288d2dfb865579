//! One product by itself, and what is done when all are there.

use std::{mem::take, sync::Arc};

use super::{Import, Item, refused, refused_row};
use crate::{
    base::{Conn, Error, Result},
    exchange::{
        model::ProductInFile,
        ops::{
            Patience, keep,
            pictures::ReadyImage,
            product,
            related::{self, Referring, ReferringVariant},
        },
        report::Report,
        store::runs as courses,
    },
};

/// Products after which a run that is looked through one by one tells how far it is.
const TELL_EVERY: i64 = 100;

/// A product with its pictures, at its place in the file.
#[derive(Clone)]
struct Single {
    position: i64,
    product: Arc<ProductInFile>,
    images: Arc<[ReadyImage]>,
    report: Report,
}

impl Import {
    /// By itself. Whether to go on.
    pub(super) async fn one(&mut self, item: Item, images: Vec<ReadyImage>) -> Result<bool> {
        let Some(product) = item.product else {
            if self.dry_run {
                self.report.absorb(item.report);
                return Ok(true);
            }
            return self.note(item.position, item.report).await;
        };
        let single = Single { position: item.position, product: Arc::new(product), images: images.into(), report: item.report };
        let row = single.product.row;
        let mut patience = Patience::default();
        let written = loop {
            match self.write(single.clone()).await {
                Err(Error::Unavailable) if patience.waits().await => {}
                written => break written,
            }
        };
        match written {
            Ok(Some(report)) => self.absorb(report),
            Ok(None) => return Ok(false),
            Err(error) => {
                let mut report = single.report;
                refused(error, row, &mut report)?;
                if !self.dry_run {
                    return self.note(single.position, report).await;
                }
                self.report.absorb(report);
            }
        }
        if self.dry_run && single.position % TELL_EVERY == 0 { self.tell(single.position).await } else { Ok(true) }
    }

    /// `None`: the run was cancelled. A dry run keeps nothing of it.
    async fn write(&self, single: Single) -> Result<Option<Report>> {
        let (run, before, by) = (self.run.filter(|_| !self.dry_run), self.report.counts(), self.by.clone());
        let write = move |conn: &mut Conn| {
            let Single { position, product, images, report: mut told } = single;
            if let Some(run) = run
                && !courses::advance(conn, run, position, &serde_json::to_value(&before)?)?
            {
                return Ok(None);
            }
            told.absorb(product::write(conn, &product, &images, &by)?);
            if let Some(run) = run {
                keep(conn, run, before, &told)?;
            }
            Ok(Some(told))
        };
        if self.dry_run { self.db.rehearse(write).await } else { self.db.write(write).await }
    }

    /// Tells how far a run is that is looked through. Whether to go on.
    pub(super) async fn tell(&self, position: i64) -> Result<bool> {
        let Some(run) = self.run else { return Ok(true) };
        let counts = serde_json::to_value(self.report.counts())?;
        self.db.write(move |conn| courses::tell_position(conn, run, position, &counts)).await
    }

    /// What there is to report where nothing is written. Whether to go on.
    async fn note(&mut self, position: i64, report: Report) -> Result<bool> {
        let mut patience = Patience::default();
        while let Some(run) = self.run {
            let (before, told) = (self.report.counts(), report.clone());
            let note = move |conn: &mut Conn| {
                let goes_on = courses::advance(conn, run, position, &serde_json::to_value(&before)?)?;
                if goes_on {
                    keep(conn, run, before, &told)?;
                }
                Ok(goes_on)
            };
            match self.db.write(note).await {
                Err(Error::Unavailable) if patience.waits().await => {}
                Ok(true) => break,
                other => return other,
            }
        }
        self.absorb(report);
        Ok(true)
    }

    /// Does what these say of products that are all there by now.
    pub async fn relate(&mut self, mut files: Vec<Referring>) -> Result<()> {
        let variants: Vec<_> = files.iter_mut().flat_map(|file| take(&mut file.variants)).map(Arc::new).collect();
        let files: Arc<[Referring]> = files.into();
        let mut patience = Patience::default();
        let report = loop {
            let files = files.clone();
            match self.db.write(move |conn| related::write(conn, &files)).await {
                Err(Error::Unavailable) if patience.waits().await => {}
                report => break report?,
            }
        };
        self.report.absorb(report);
        for variant in variants {
            self.complete(variant).await?;
        }
        Ok(())
    }

    /// A bundle's parts, or a download: each by itself, since each can be refused.
    async fn complete(&mut self, variant: Arc<ReferringVariant>) -> Result<()> {
        let (row, mut patience) = (variant.row, Patience::default());
        let done = loop {
            let variant = variant.clone();
            match self.db.write(move |conn| related::complete(conn, &variant)).await {
                Err(Error::Unavailable) if patience.waits().await => {}
                done => break done,
            }
        };
        match done {
            Ok(report) => self.report.absorb(report),
            Err(error) => refused_row(error, row, &mut self.report)?,
        }
        Ok(())
    }
}
