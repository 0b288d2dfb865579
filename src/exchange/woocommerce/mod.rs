//! WooCommerce's product export. A variable product's variations have rows of their own, which may stand anywhere, so the file is
//! read twice: first to note where the variations of each product stand, then product by product, with a look at each of those
//! places. What is noted of a row is a few numbers; of a product its address as well.

pub mod columns;
mod product;
pub mod values;

use std::{
    collections::{HashMap, HashSet},
    fs::File,
    io::{BufReader, Read, Seek, SeekFrom},
    path::Path,
    sync::Arc,
};

use chrono::{DateTime, Utc};
use csv::{ByteRecord, ReaderBuilder, Terminator};

pub use self::columns::{Column, Columns};
use super::{
    model::Batch,
    report::Report,
    table::{Table, TableRow, checked},
};
use crate::{
    base::{Currency, Error, Result},
    catalog::slug_of,
};

/// Bytes that one row may have, as in `table`.
const LONGEST_ROW: u64 = 4 * 1024 * 1024;

/// Variations of one product; more would not fit the shop's lists.
const MOST_VARIATIONS: usize = 2000;

/// Where a variation's row stands.
#[derive(Clone, Copy)]
struct Place {
    byte: u64,
    line: u64,
}

/// What the first reading found.
#[derive(Default)]
struct Index {
    /// By the parent as the rows name it: `id:12` or its SKU.
    variations: HashMap<String, Vec<Place>>,
    /// Addresses of the products, by `id:12` and by SKU.
    slugs: HashMap<String, String>,
    /// Addresses in the order of the products' rows.
    in_order: Vec<String>,
}

/// Yields a batch for each product.
pub struct Reader {
    table: Table<BufReader<File>>,
    /// The same file, to look up variations in.
    places: File,
    columns: Arc<Columns>,
    index: Index,
    next_slug: usize,
    currency: Currency,
    now: DateTime<Utc>,
    told_strays: bool,
}

impl Reader {
    /// Reads the file for the first time.
    ///
    /// # Errors
    /// `Invalid` on `file` when this is no list of products, or in UTF-16.
    pub fn open(path: &Path, currency: Currency, now: DateTime<Utc>) -> Result<Self> {
        let open = || File::open(path).map_err(|error| Error::invalid("file", format!("The file can't be opened: {error}")));
        let mut first = Table::new(BufReader::new(open()?))?;
        let columns = Arc::new(Columns::read(&first.header)?);
        let index = Index::read(&mut first, &columns);
        let table = Table::new(BufReader::new(open()?))?;
        Ok(Self { table, places: open()?, columns, index, next_slug: 0, currency, now, told_strays: false })
    }

    fn product(&mut self, row: &TableRow) -> Batch {
        let columns = self.columns.clone();
        let text = |column| row.text(columns.index(column));
        let mut report = Report { rows: 1, ..Report::default() };
        let kind = kind_of(text(Column::Type));
        if kind == Kind::Variation {
            return Batch { report: Report::default(), product: None };
        }
        let slug = self.index.in_order.get(self.next_slug).cloned().unwrap_or_default();
        self.next_slug += 1;
        let keys = [format!("id:{}", text(Column::Id)), text(Column::Sku).to_owned()];
        let places: Vec<_> =
            keys.iter().filter(|key| !key.is_empty()).filter_map(|key| self.index.variations.remove(key)).flatten().collect();
        let variations = if kind == Kind::Variable { self.variations(&places, &mut report) } else { vec![] };
        let parts = product::Parts { columns: &columns, slugs: &self.index.slugs, slug, currency: self.currency, now: self.now };
        let product = match kind {
            Kind::Simple | Kind::Variable => parts.read(row, &variations, kind == Kind::Variable, &mut report),
            Kind::Other | Kind::Variation => {
                report.problem(row.line, format!("a product of the type {:?} can't be sold here, so it was left out", text(Column::Type)));
                report.products_refused += 1;
                None
            }
        };
        Batch { report, product }
    }

    fn variations(&mut self, places: &[Place], report: &mut Report) -> Vec<TableRow> {
        let mut rows = vec![];
        for place in places {
            report.rows += 1;
            if rows.len() == MOST_VARIATIONS {
                report.problem(place.line, format!("the product has more than {MOST_VARIATIONS} variations"));
                continue;
            }
            match self.row_at(*place) {
                Ok(row) => rows.push(row),
                Err(message) => report.problem(place.line, message),
            }
        }
        let position = self.columns.index(Column::Position);
        rows.sort_by_key(|row: &TableRow| (row.text(position).parse::<i64>().unwrap_or(0), row.line));
        rows
    }

    fn row_at(&mut self, place: Place) -> Result<TableRow, String> {
        let unreadable = |error: &dyn std::fmt::Display| format!("the row can't be read: {error}");
        self.places.seek(SeekFrom::Start(place.byte)).map_err(|error| unreadable(&error))?;
        let mut csv = ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .terminator(Terminator::Any(b'\n'))
            .from_reader((&self.places).take(LONGEST_ROW).chain(&b"\n"[..]));
        let mut record = ByteRecord::new();
        csv.read_byte_record(&mut record).map_err(|error| unreadable(&error))?;
        Ok(TableRow { line: place.line, byte: place.byte, fields: checked(record, self.table.header.len())? })
    }

    /// Variations whose product is not in the file.
    fn strays(&mut self) -> Option<Batch> {
        if std::mem::replace(&mut self.told_strays, true) {
            return None;
        }
        let mut report = Report::default();
        for (parent, places) in std::mem::take(&mut self.index.variations) {
            for place in places {
                report.rows += 1;
                report.problem(place.line, format!("the variation's product, {parent:?}, is not in the file"));
            }
        }
        (report.rows > 0).then_some(Batch { report, product: None })
    }
}

impl Iterator for Reader {
    type Item = Batch;

    fn next(&mut self) -> Option<Batch> {
        loop {
            let batch = match self.table.next() {
                Some(Ok(row)) => self.product(&row),
                Some(Err((line, message))) => {
                    let mut report = Report { rows: 1, ..Report::default() };
                    report.problem(line, message);
                    Batch { report, product: None }
                }
                None => return self.strays(),
            };
            if batch.product.is_some() || batch.report != Report::default() {
                return Some(batch);
            }
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Simple,
    Variable,
    Variation,
    /// Grouped, external, a subscription.
    Other,
}

/// `simple, downloadable, virtual`: what it is comes first.
fn kind_of(text: &str) -> Kind {
    match text.split(',').next().unwrap_or_default().trim().to_lowercase().as_str() {
        "simple" | "" => Kind::Simple,
        "variable" => Kind::Variable,
        "variation" => Kind::Variation,
        _ => Kind::Other,
    }
}

impl Index {
    /// Rows that can't be read are told at the second reading.
    fn read<R: Read>(table: &mut Table<R>, columns: &Columns) -> Self {
        let (mut index, mut taken) = (Self::default(), HashSet::new());
        for row in table.by_ref() {
            let Ok(row) = row else { continue };
            let text = |column| row.text(columns.index(column));
            if kind_of(text(Column::Type)) == Kind::Variation {
                let parent = text(Column::Parent).to_owned();
                index.variations.entry(parent).or_default().push(Place { byte: row.byte, line: row.line });
                continue;
            }
            let slug = free_slug(if text(Column::Slug).is_empty() { text(Column::Name) } else { text(Column::Slug) }, &mut taken);
            for key in [format!("id:{}", text(Column::Id)), text(Column::Sku).to_owned()] {
                index.slugs.insert(key, slug.clone());
            }
            index.in_order.push(slug);
        }
        index
    }
}

/// As WordPress does it: the second of a name becomes `name-2`.
fn free_slug(name: &str, taken: &mut HashSet<String>) -> String {
    let bare = slug_of(name);
    let mut slug = bare.clone();
    let mut number = 2;
    while !slug.is_empty() && !taken.insert(slug.clone()) {
        slug = format!("{bare}-{number}");
        number += 1;
    }
    slug
}

#[cfg(test)]
mod tests;
