//! Shopify's product export, read as a stream: rows of one handle make one product.
//!
//! The first row of a product carries its title, text and option names; the rows after it have the handle and a further
//! variant, a further picture, or both. Nothing here knows the database.

mod columns;
mod product;
pub mod values;

use std::{io::Read, sync::Arc};

use csv::StringRecord;

pub use self::columns::{Column, Columns};
use self::product::Assembly;
use super::{
    model::Batch,
    report::{Report, quoted},
    table::{Seen, Table},
};
use crate::{
    base::{Currency, Result},
    catalog::slug_of,
};

/// Yields a batch for each product. Holds one product's rows at a time, and the handles that it has met.
pub struct Reader<R> {
    table: Table<R>,
    columns: Arc<Columns>,
    currency: Currency,
    open: Option<Assembly>,
    seen: Seen,
    report: Report,
}

impl<R: Read> Reader<R> {
    /// Reads the header.
    ///
    /// # Errors
    /// `Invalid` on `file` when this is no list of products.
    pub fn new(file: R, currency: Currency) -> Result<Self> {
        let table = Table::new(file)?;
        let columns = Arc::new(Columns::read(&table.header)?);
        Ok(Self { table, columns, currency, open: None, seen: Seen::default(), report: Report::default() })
    }

    /// The next row that holds anything; `None` at the end.
    fn next_row(&mut self) -> Option<Result<Row, (u64, String)>> {
        let row = self.table.next()?;
        Some(row.map(|row| Row { line: row.line, bytes: row.bytes(), fields: row.fields, columns: self.columns.clone() }))
    }

    /// Adds the row to the product that it belongs to; the product before it, when that is complete now.
    fn take(&mut self, row: &Row) -> Option<Batch> {
        let handle = row.text(Column::Handle);
        let slug = slug_of(handle);
        if slug.is_empty() {
            let message = if handle.is_empty() {
                "the row has no handle".to_owned()
            } else {
                format!("no address can be made of the handle {}", quoted(handle))
            };
            self.report.problem(row.line, message);
            return None;
        }
        if let Some(open) = self.open.as_mut().filter(|open| open.slug == slug) {
            open.add(row, &mut self.report);
            return None;
        }
        if !self.seen.is_first(&slug) {
            self.report.problem(row.line, format!("the product {} came further up already; its rows must stand together", quoted(&slug)));
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
        let bytes = open.bytes;
        let product = open.finish(&mut self.report);
        Some(Batch { report: std::mem::take(&mut self.report), product, bytes })
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
        rest.or_else(|| (self.report != Report::default()).then(|| Batch { report: std::mem::take(&mut self.report), ..Batch::default() }))
    }
}

/// One row of the file, with the right number of fields, all of them text.
struct Row {
    line: u64,
    bytes: usize,
    fields: StringRecord,
    columns: Arc<Columns>,
}

impl Row {
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
