//! WooCommerce's product export. A variable product's variations have rows of their own, which may stand anywhere, so the file is
//! read twice or three times: first to note where the variations of each product stand and whom products name as bought with them,
//! then, if they name any, for the addresses of those, and at last product by product, with a look at each of those places. What is
//! noted of a row is a few numbers; see `index`.

pub mod columns;
mod index;
mod product;
pub mod values;

use std::{
    fs::File,
    io::{BufReader, Read, Seek, SeekFrom},
    path::Path,
    sync::Arc,
};

use chrono::{DateTime, Utc};
use csv::{ByteRecord, ReaderBuilder, Terminator};

pub use self::columns::{Column, Columns};
use self::index::{Named, Place, Slugs, Variations};
use super::{
    model::Batch,
    report::{Report, quoted},
    table::{MOST_OF_ONE, Table, TableRow, checked},
};
use crate::base::{Currency, Error, Result};

/// Bytes that one row may have, as in `table`.
const LONGEST_ROW: u64 = 4 * 1024 * 1024;

/// Variations of one product; more would not fit the shop's lists.
const MOST_VARIATIONS: usize = 2000;

/// Yields a batch for each product.
pub struct Reader {
    table: Table<BufReader<File>>,
    /// The same file, to look up variations in.
    places: File,
    columns: Arc<Columns>,
    variations: Variations,
    named: Named,
    slugs: Slugs,
    currency: Currency,
    now: DateTime<Utc>,
}

impl Reader {
    /// Reads the file for the first time.
    ///
    /// # Errors
    /// `Invalid` on `file` when this is no list of products, or in UTF-16.
    pub fn open(path: &Path, currency: Currency, now: DateTime<Utc>) -> Result<Self> {
        let open = || File::open(path).map_err(|error| Error::invalid("file", format!("The file can't be opened: {error}")));
        let again = || Table::new(BufReader::new(open()?));
        let mut first = again()?;
        let columns = Arc::new(Columns::read(&first.header)?);
        let (variations, mut named) = index::read(&mut first, &columns);
        if named.any() {
            named.find(&mut again()?, &columns);
        }
        Ok(Self { table: again()?, places: open()?, columns, variations, named, slugs: Slugs::default(), currency, now })
    }

    fn product(&mut self, row: &TableRow) -> Batch {
        let columns = self.columns.clone();
        let text = |column| row.text(columns.index(column));
        let mut report = Report { rows: 1, ..Report::default() };
        let kind = kind_of(text(Column::Type));
        if kind == Kind::Variation {
            return Batch::default();
        }
        let slug = self.slugs.of(row, &columns);
        let places = self.variations.take(&index::keys(row, &columns));
        let variations = if kind == Kind::Variable { self.variations(&places, &mut report) } else { vec![] };
        let bytes = row.bytes() + variations.iter().map(TableRow::bytes).sum::<usize>();
        let parts = product::Parts { columns: &columns, named: &self.named, slug, currency: self.currency, now: self.now };
        let product = match kind {
            Kind::Simple | Kind::Variable => parts.read(row, &variations, kind == Kind::Variable, &mut report),
            Kind::Other | Kind::Variation => {
                let kind = quoted(text(Column::Type));
                report.problem(row.line, format!("a product of the type {kind} can't be sold here, so it was left out"));
                report.products_refused += 1;
                None
            }
        };
        Batch { report, product, bytes }
    }

    fn variations(&mut self, places: &[Place], report: &mut Report) -> Vec<TableRow> {
        let (mut rows, mut bytes) = (vec![], 0);
        for place in places {
            report.rows += 1;
            if rows.len() == MOST_VARIATIONS {
                report.problem(place.line, format!("the product has more than {MOST_VARIATIONS} variations"));
                continue;
            }
            match self.row_at(*place) {
                Ok(row) if bytes + row.bytes() > MOST_OF_ONE => {
                    report.problem(place.line, "the product's rows hold more than 8 MB together");
                }
                Ok(row) => {
                    bytes += row.bytes();
                    rows.push(row);
                }
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
        Ok(TableRow { line: place.line, byte: place.byte, fields: checked(record, &self.table.header)? })
    }

    /// Variations whose product is not in the file, a few at a time.
    fn strays(&mut self) -> Option<Batch> {
        let places = self.variations.next_strays()?;
        let mut report = Report::default();
        for place in places {
            report.rows += 1;
            let message = self.row_at(place).map(|row| {
                let parent = quoted(row.text(self.columns.index(Column::Parent)));
                format!("the variation's product, {parent}, is not in the file")
            });
            report.problem(place.line, message.unwrap_or_else(|message| message));
        }
        Some(Batch { report, ..Batch::default() })
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
                    Batch { report, ..Batch::default() }
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

#[cfg(test)]
mod tests;
