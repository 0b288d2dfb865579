//! Shopify's product export, read as a stream: rows of one handle make one product.
//!
//! The first row of a product carries its title, text and option names; the rows after it have the handle and a further
//! variant, a further picture, or both. Nothing here knows the database.

mod columns;
mod product;
mod values;

use std::{collections::HashSet, io::Read, sync::Arc};

use csv::{ByteRecord, ReaderBuilder, StringRecord, Terminator};

use self::{
    columns::{Column, Columns},
    product::Assembly,
};
use super::{model::ProductInFile, report::Report};
use crate::{
    base::{Currency, Error, Result},
    catalog::slug_of,
};

/// What was read since the batch before: rows, their problems, and a product if one came of them.
#[derive(Debug, Default)]
pub struct Batch {
    pub report: Report,
    pub product: Option<ProductInFile>,
}

/// Yields a batch for each product. Holds one product's rows at a time, and the handles that it has met.
pub struct Reader<R> {
    csv: csv::Reader<std::io::Chain<R, &'static [u8]>>,
    columns: Arc<Columns>,
    currency: Currency,
    open: Option<Assembly>,
    seen: HashSet<String>,
    report: Report,
    ended: bool,
}

impl<R: Read> Reader<R> {
    /// Reads the header.
    ///
    /// # Errors
    /// `Invalid` on `file` when this is no list of products.
    pub fn new(file: R, currency: Currency) -> Result<Self> {
        // Rows end with a line feed alone, and the last one surely does, so that lines can be counted; the carriage return
        // before it falls to the trimming of fields.
        let file = file.chain(&b"\n"[..]);
        let mut csv = ReaderBuilder::new().has_headers(false).flexible(true).terminator(Terminator::Any(b'\n')).from_reader(file);
        let mut header = ByteRecord::new();
        csv.read_byte_record(&mut header).map_err(|error| Error::invalid("file", format!("The file can't be read: {error}")))?;
        let not_text = |_| Error::invalid("file", "The file's header is not UTF-8. Save it as \"CSV UTF-8\"");
        let columns = Columns::read(&StringRecord::from_byte_record(header).map_err(not_text)?)?;
        let (open, seen, report) = (None, HashSet::new(), Report::default());
        Ok(Self { csv, columns: Arc::new(columns), currency, open, seen, report, ended: false })
    }

    /// The next row that holds anything; `None` at the end.
    fn next_row(&mut self) -> Option<Result<Row, (u64, String)>> {
        let mut record = ByteRecord::new();
        while !self.ended {
            match self.csv.read_byte_record(&mut record) {
                Ok(true) if record.iter().all(|field| field.trim_ascii().is_empty()) => {}
                Ok(true) => {
                    let line = self.line_of(&record);
                    return Some(Row::read(record, line, &self.columns).map_err(|message| (line, message)));
                }
                Ok(false) => self.ended = true,
                Err(error) => {
                    self.ended = true;
                    return Some(Err((self.csv.position().line(), format!("the file can't be read any further: {error}"))));
                }
            }
        }
        None
    }

    /// Where the record began. The reader's own position is that of empty lines before it, so it is counted from the end.
    fn line_of(&self, record: &ByteRecord) -> u64 {
        let inside: usize = record.iter().map(|field| field.iter().filter(|byte| **byte == b'\n').count()).sum();
        let from = record.position().map_or(1, csv::Position::line);
        self.csv.position().line().saturating_sub(1 + inside as u64).max(from)
    }

    /// Adds the row to the product that it belongs to; the product before it, when that is complete now.
    fn take(&mut self, row: &Row) -> Option<Batch> {
        let handle = row.text(Column::Handle);
        let slug = slug_of(handle);
        if slug.is_empty() {
            let message = if handle.is_empty() {
                "the row has no handle".to_owned()
            } else {
                format!("no address can be made of the handle {handle:?}")
            };
            self.report.problem(row.line, message);
            return None;
        }
        if let Some(open) = self.open.as_mut().filter(|open| open.slug == slug) {
            open.add(row, &mut self.report);
            return None;
        }
        if !self.seen.insert(slug.clone()) {
            self.report.problem(row.line, format!("the product {slug:?} came further up already; its rows must stand together"));
            return None;
        }
        let before = self.close();
        let mut open = Assembly::new(slug, row.line, self.currency);
        open.add(row, &mut self.report);
        self.open = Some(open);
        before
    }

    /// The product whose rows are all read, with what there is to report up to it.
    fn close(&mut self) -> Option<Batch> {
        let open = self.open.take()?;
        let product = open.finish(&mut self.report);
        Some(Batch { report: std::mem::take(&mut self.report), product })
    }
}

impl<R: Read> Iterator for Reader<R> {
    type Item = Batch;

    fn next(&mut self) -> Option<Batch> {
        while let Some(row) = self.next_row() {
            self.report.rows += 1;
            let done = match row {
                Ok(row) => self.take(&row),
                Err((line, message)) => {
                    self.report.problem(line, message);
                    None
                }
            };
            if done.is_some() {
                return done;
            }
        }
        let rest = self.close();
        rest.or_else(|| (self.report != Report::default()).then(|| Batch { report: std::mem::take(&mut self.report), product: None }))
    }
}

/// One row of the file, with the right number of fields, all of them text.
struct Row {
    line: u64,
    fields: StringRecord,
    columns: Arc<Columns>,
}

impl Row {
    fn read(record: ByteRecord, line: u64, columns: &Arc<Columns>) -> Result<Self, String> {
        // Spreadsheets leave empty columns behind the last one.
        let spare_is_empty = record.iter().skip(columns.count).all(<[u8]>::is_empty);
        if record.len() < columns.count || !spare_is_empty {
            return Err(format!(
                "the row has {} fields where the header has {}; is a quotation mark missing?",
                record.len(),
                columns.count
            ));
        }
        let fields = StringRecord::from_byte_record(record).map_err(|_| "the row is not UTF-8; save the file as \"CSV UTF-8\"")?;
        if fields.iter().any(|field| field.contains('\0')) {
            return Err("the row holds a zero byte".to_owned());
        }
        Ok(Self { line, fields, columns: columns.clone() })
    }

    /// The field without space around it; empty when the file has no such column.
    fn text(&self, column: Column) -> &str {
        self.given(column).unwrap_or_default()
    }

    /// The field without space around it; `None` when the file has no such column.
    fn given(&self, column: Column) -> Option<&str> {
        self.fields.get(self.columns.index(column)?).map(str::trim)
    }

    fn holds_variant(&self) -> bool {
        let columns = [Column::Price, Column::Sku, Column::OptionValue(0), Column::OptionValue(1), Column::OptionValue(2)];
        columns.into_iter().any(|column| !self.text(column).is_empty())
    }
}

#[cfg(test)]
mod tests;
