//! The import, from the file to the last related product.

mod pictures;
mod product;
mod related;

use std::{collections::VecDeque, fs::File, io::BufReader, path::Path};

use tokio::{sync::mpsc, task::JoinHandle};

use self::{
    pictures::{Pictures, ReadyImage, ReadyImages},
    related::Related,
};
use super::{
    model::{ImportOptions, ProductInFile},
    report::Report,
    shopify::{Batch, Reader},
};
use crate::{
    base::{Currency, Db, Error, Result},
    media::MediaStore,
    settings,
};

/// Products whose pictures are made ready while those before them are written.
const AHEAD: usize = 16;

/// Imports the products of a file; `progress` is told the state after each. Pictures are named relative to the file's folder.
///
/// What can't be read or is refused is in the report, and the rest is imported. Each product is one transaction, so an
/// import that breaks off leaves whole products behind, and the same import again carries on.
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
    let mut batches = read_ahead(path, currency(db).await?).await?;
    let pictures = Pictures::new(db, media, path, *options)?;
    let mut import = Import { db: db.clone(), report: Report::default(), related: vec![] };
    let mut waiting = VecDeque::new();
    loop {
        while waiting.len() < AHEAD
            && let Some(batch) = batches.recv().await
        {
            waiting.push_back(Waiting::start(batch, &pictures));
        }
        let Some(next) = waiting.pop_front() else { break };
        import.take(next).await?;
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
    let open = move || {
        let file = File::open(&path).map_err(|error| Error::invalid("file", format!("{} can't be opened: {error}", path.display())))?;
        Reader::new(BufReader::new(file), currency)
    };
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
    fn start(batch: Batch, pictures: &Pictures) -> Self {
        let mut product = batch.product;
        let images = product.as_mut().map(|product| std::mem::take(&mut product.images)).filter(|images| !images.is_empty());
        let images = images.map(|images| tokio::spawn(pictures.clone().ready_all(images)));
        Self { report: batch.report, product, images }
    }
}

struct Import {
    db: Db,
    report: Report,
    related: Vec<Related>,
}

impl Import {
    async fn take(&mut self, waiting: Waiting) -> Result<()> {
        self.report.absorb(waiting.report);
        let images = match waiting.images {
            Some(task) => {
                let ready = task.await.map_err(|fault| Error::Internal(fault.into()))??;
                self.report.absorb(ready.report);
                ready.images
            }
            None => vec![],
        };
        match waiting.product {
            Some(product) => self.write(product, images).await,
            None => Ok(()),
        }
    }

    async fn write(&mut self, product: ProductInFile, images: Vec<ReadyImage>) -> Result<()> {
        let (row, handles) = (product.row, product.related.clone().unwrap_or_default());
        let written = self.db.write(move |conn| product::write(conn, &product, &images)).await;
        match written {
            Ok(written) => {
                self.report.absorb(written.report);
                if !handles.is_empty() {
                    self.related.push(Related { row, product: written.product, slugs: handles });
                }
            }
            Err(error) => {
                self.report.products_refused += 1;
                for (row, message) in product::refusal(error, row)? {
                    self.report.problem(row, message);
                }
            }
        }
        Ok(())
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
