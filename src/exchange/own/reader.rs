use std::io::Read;

use chrono::{DateTime, Utc};

use super::{
    columns::{Column, Columns},
    words,
};
use crate::{
    base::{Currency, Result, bare_cell},
    catalog::{AttributeKind, Schedule, clean_html, slug_of},
    exchange::{
        model::{AttributeInFile, Batch, ImageInFile, PolicyInFile, ProductInFile, Sku, StockInFile, Tags, VariantInFile},
        report::{Report, quoted},
        shopify::values as common,
        table::{MOST_OF_ONE, Seen, Table, TableRow},
    },
};

const MOST_VARIANTS: usize = 2000;
const MOST_IMAGES: usize = 100;

/// The columns of `policy_of_cells`.
const POLICY: [Column; 5] = [Column::Backorder, Column::Preorder, Column::Available, Column::Low, Column::Most];

/// Yields a batch for each product. Holds one product's rows at a time, and the addresses that it has met.
pub struct Reader<R> {
    table: Table<R>,
    columns: Columns,
    currency: Currency,
    open: Option<ProductInFile>,
    /// The product whose rows come now can't be read; the rest of it is passed over.
    spoilt: Option<String>,
    seen: Seen,
    report: Report,
    /// Of the open product's rows, about.
    bytes: usize,
}

impl<R: Read> Reader<R> {
    /// # Errors
    /// `Invalid` on `file` when this is no list of products.
    pub fn new(file: R, currency: Currency) -> Result<Self> {
        let table = Table::new(file)?;
        let columns = Columns::read(&table.header)?;
        let (seen, report) = (Seen::default(), Report::default());
        Ok(Self { table, columns, currency, open: None, spoilt: None, seen, report, bytes: 0 })
    }

    fn text<'r>(&self, row: &'r TableRow, column: Column) -> &'r str {
        row.text(self.columns.index(column))
    }

    /// `None` when the file has no such column.
    fn given<'r>(&self, row: &'r TableRow, column: Column) -> Option<&'r str> {
        self.columns.index(column).map(|_| self.text(row, column))
    }

    fn take(&mut self, row: &TableRow) -> Option<Batch> {
        let slug = slug_of(self.text(row, Column::Handle));
        if slug.is_empty() {
            self.report.problem(row.line, "the row has no address");
            return None;
        }
        if self.spoilt.as_ref() == Some(&slug) {
            return None;
        }
        if self.open.as_ref().is_some_and(|open| open.slug == slug) {
            self.add_variant(row);
            return None;
        }
        let before = self.close();
        self.spoilt = None;
        let head = if self.seen.is_first(&slug) {
            self.head(row, slug.clone())
        } else {
            Err(format!("the product {} came further up already; its rows must stand together", quoted(&slug)))
        };
        match head {
            Ok(head) => {
                self.open = Some(head);
                self.add_variant(row);
            }
            Err(message) => {
                self.report.problem(row.line, message);
                self.report.products_refused += 1;
                self.spoilt = Some(slug);
            }
        }
        before
    }

    fn close(&mut self) -> Option<Batch> {
        let product = self.open.take()?;
        Some(Batch { report: std::mem::take(&mut self.report), product: Some(product), bytes: std::mem::take(&mut self.bytes) })
    }

    fn head(&mut self, row: &TableRow, slug: String) -> Result<ProductInFile, String> {
        let text = |column| self.text(row, column);
        if text(Column::Title).is_empty() {
            return Err("the product has no title; its first row is missing or can't be read".to_owned());
        }
        let list = |column| self.given(row, column).map(|text| words::split(text, ';'));
        let yes = |column| self.given(row, column).map(common::is_true);
        let status = self.given(row, Column::Status).filter(|text| !text.is_empty());
        let status =
            status.map(|text| text.to_lowercase().parse().map_err(|_| format!("the state {} is unknown", quoted(text)))).transpose()?;
        let schedule =
            || Ok::<_, String>(Schedule { on_sale_from: moment(text(Column::From))?, on_sale_until: moment(text(Column::Until))? });
        let paths = list(Column::Categories).map(|paths| paths.iter().map(|path| trimmed(words::split(path, '>'))).collect::<Vec<_>>());
        let attributes =
            list(Column::Attributes).map(|list| list.iter().map(|one| attribute(one)).collect::<Result<Vec<_>, _>>()).transpose()?;
        Ok(ProductInFile {
            row: row.line,
            title: text(Column::Title).to_owned(),
            description: self.columns.index(Column::Description).map(|index| clean_html(row.fields.get(index).unwrap_or_default())),
            vendor: self.given(row, Column::Brand).map(str::to_owned),
            product_type: self.given(row, Column::Kind).map(str::to_owned),
            tags: list(Column::Tags).map(|list| Tags { list: trimmed(list), featured: yes(Column::Featured).unwrap_or(false) }),
            status,
            is_gift_card: yes(Column::GiftCard),
            categories: paths,
            schedule: self.columns.index(Column::From).map(|_| schedule()).transpose()?,
            attributes,
            former_paths: vec![],
            related: list(Column::Related),
            accessories: list(Column::Accessories),
            option_names: list(Column::Options),
            variants: vec![],
            images: self.images(row, list(Column::Pictures).unwrap_or_default())?,
            slug,
        })
    }

    fn images(&self, row: &TableRow, listed: Vec<String>) -> Result<Vec<ImageInFile>, String> {
        if listed.len() > MOST_IMAGES {
            return Err(format!("the product has more than {MOST_IMAGES} pictures"));
        }
        let image = |(at, text): (i32, &String)| {
            let parts = words::split(text, '|');
            match parts.as_slice() {
                [position, alt, source] => {
                    let position = position.trim().parse().map_err(|_| format!("the picture's place {} is no number", quoted(position)))?;
                    Ok(ImageInFile { row: row.line, source: source.trim().to_owned(), position, alt: alt.clone() })
                }
                [source] => Ok(ImageInFile { row: row.line, source: source.trim().to_owned(), position: at, alt: String::new() }),
                _ => Err(format!("the picture {} is written wrongly: it is place|text|address", quoted(text))),
            }
        };
        (1..).zip(&listed).map(image).collect()
    }

    fn add_variant(&mut self, row: &TableRow) {
        if self.bytes + row.bytes() > MOST_OF_ONE {
            self.report.problem(row.line, "the product's rows hold more than 8 MB together");
            return;
        }
        self.bytes += row.bytes();
        let Some(open) = &self.open else { return };
        // A product without variants.
        if open.variants.is_empty() && self.text(row, Column::Sku).is_empty() && self.text(row, Column::Price).is_empty() {
            return;
        }
        match self.variant(row, open) {
            Ok(variant) => {
                if let Some(open) = &mut self.open {
                    open.variants.push(variant);
                }
            }
            Err(message) => self.report.problem(row.line, message),
        }
    }

    fn variant(&self, row: &TableRow, product: &ProductInFile) -> Result<VariantInFile, String> {
        if product.variants.len() >= MOST_VARIANTS {
            return Err(format!("the product has more than {MOST_VARIANTS} variants"));
        }
        let text = |column| self.text(row, column);
        let given = |column| self.given(row, column);
        let price = common::price(text(Column::Price), self.currency)?;
        let option_values = given(Column::Values).map(|text| words::split(text, ';'));
        if let (Some(names), Some(values)) = (&product.option_names, &option_values)
            && names.len() != values.len()
        {
            return Err(format!("the product has {} options, but the variant {} values", names.len(), values.len()));
        }
        let sku = common::sku(text(Column::Sku))?;
        if product.variants.iter().any(|variant| variant.option_values.is_some() && variant.option_values == option_values) {
            return Err("the variant has the same options as one above it".to_owned());
        }
        let place = i32::try_from(product.variants.len()).unwrap_or(0) + 1;
        let made = || common::made_sku(&product.slug, option_values.as_deref().unwrap_or_default());
        Ok(VariantInFile {
            row: row.line,
            position: number(text(Column::Position), "position")?.unwrap_or(place),
            sku: if sku.is_empty() { Sku::Made(made()) } else { Sku::Given(sku.to_owned()) },
            option_values,
            price,
            compare_at: given(Column::CompareAt).map(|text| common::compare_at(text, price, self.currency)).transpose()?,
            weight_grams: given(Column::Grams).map(common::grams).transpose()?,
            barcode: given(Column::Barcode).map(str::to_owned),
            stock: match given(Column::Stock) {
                None => StockInFile::Unsaid,
                Some("") => StockInFile::Untracked,
                Some(text) => StockInFile::OnHand(common::quantity(text)?),
            },
            tax_class: given(Column::TaxClass).filter(|class| !class.is_empty()).map(str::to_owned),
            policy: policy_of_cells(POLICY.map(given))?,
            archived: given(Column::Archived).map(common::is_true),
            parts: given(Column::Parts).map(parts).transpose()?,
            download: given(Column::Download).filter(|text| common::is_true(text)).map(|_| words::split(text(Column::Files), ';')),
        })
    }
}

impl<R: Read> Iterator for Reader<R> {
    type Item = Batch;

    fn next(&mut self) -> Option<Batch> {
        while let Some(row) = self.table.next() {
            self.report.rows += 1;
            match row {
                Ok(row) => {
                    if let Some(done) = self.take(&bared(row)) {
                        // The row that ended it belongs to the next.
                        return Some(done);
                    }
                }
                Err((line, message)) => self.report.problem(line, message),
            }
        }
        let rest = self.close();
        rest.or_else(|| (self.report != Report::default()).then(|| Batch { report: std::mem::take(&mut self.report), ..Batch::default() }))
    }
}

/// Without the apostrophes that keep formulas harmless.
fn bared(mut row: TableRow) -> TableRow {
    if row.fields.as_slice().contains('\'') {
        row.fields = row.fields.iter().map(bare_cell).collect();
    }
    row
}

/// How a variant is sold beyond stock: units, whether before it is out, the day, the threshold of low stock, units for each order.
/// `None` where the file has no such column.
///
/// # Errors
/// Tells which of them can't be read.
pub fn policy_of_cells([backorder, preorder, day, low, most]: [Option<&str>; 5]) -> Result<PolicyInFile, String> {
    let of_day = |day: &str| {
        let unread = |_| format!("the day {} can't be read; write it as 2026-12-24", quoted(day));
        if day.is_empty() { Ok(None) } else { day.parse().map(Some).map_err(unread) }
    };
    Ok(PolicyInFile {
        backorder_limit: backorder
            .map(|text| number(text, "number of units sold beyond stock"))
            .transpose()?
            .map(|units| units.unwrap_or(0)),
        preorder: preorder.map(common::is_true),
        available_from: day.map(of_day).transpose()?,
        low_at: low.map(|text| number(text, "threshold of low stock")).transpose()?,
        most_per_order: most.map(|text| number(text, "number for each order")).transpose()?,
    })
}

/// `HAMMER|1;NAIL|100`: what a bundle is made of. Without a number it is one.
fn parts(text: &str) -> Result<Vec<(String, i32)>, String> {
    let part = |text: &String| {
        let wrong = || format!("the part {} is written wrongly: it is SKU|units, with 1 to 1000 units", quoted(text));
        let (sku, units) = match words::split(text, '|').as_slice() {
            [sku] => (sku.trim().to_owned(), 1),
            [sku, units] => (sku.trim().to_owned(), units.trim().parse().map_err(|_| wrong())?),
            _ => return Err(wrong()),
        };
        if sku.is_empty() || !(1..=1000).contains(&units) { Err(wrong()) } else { Ok((sku, units)) }
    };
    words::split(text, ';').iter().map(part).collect()
}

fn number(text: &str, what: &str) -> Result<Option<i32>, String> {
    if text.is_empty() {
        return Ok(None);
    }
    text.parse().map(Some).map_err(|_| format!("the {what} {} is no whole number", quoted(text)))
}

fn moment(text: &str) -> Result<Option<DateTime<Utc>>, String> {
    if text.is_empty() {
        return Ok(None);
    }
    let read = DateTime::parse_from_rfc3339(text)
        .map_err(|_| format!("the time {} can't be read; write it as 2026-12-24T08:00:00Z", quoted(text)))?;
    Ok(Some(read.to_utc()))
}

fn trimmed(list: Vec<String>) -> Vec<String> {
    list.into_iter().map(|text| text.trim().to_owned()).filter(|text| !text.is_empty()).collect()
}

fn attribute(text: &str) -> Result<AttributeInFile, String> {
    let parts = words::split(text, '|');
    let [code, name, kind, unit, filterable, values @ ..] = parts.as_slice() else {
        return Err(format!("the attribute {} is written wrongly: it is code|name|kind|unit|filter|values", quoted(text)));
    };
    let kind: AttributeKind = kind.parse().map_err(|_| format!("the attribute's kind {} is unknown", quoted(kind)))?;
    Ok(AttributeInFile {
        code: code.clone(),
        name: name.clone(),
        kind,
        unit: unit.clone(),
        filterable: common::is_true(filterable),
        values: values.to_vec(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_column_of_the_policy_is_taken_by_itself() {
        let had =
            crate::inventory::Policy { backorder_limit: 3, preorder: true, low_at: Some(2), most_per_order: Some(5), ..Default::default() };
        let only = policy_of_cells([Some("7"), None, None, None, None]).unwrap();
        assert_eq!(only.over(had), crate::inventory::Policy { backorder_limit: 7, ..had });
        let emptied = policy_of_cells([None, Some("no"), Some(""), Some(""), None]).unwrap();
        assert_eq!(emptied.over(had), crate::inventory::Policy { preorder: false, low_at: None, ..had });
        assert!(policy_of_cells([None, None, Some("soon"), None, None]).unwrap_err().contains("2026-12-24"));
    }

    #[test]
    fn parts_of_bundles_are_read_with_their_units() {
        assert_eq!(parts("HAMMER|2;A\\;B"), Ok(vec![("HAMMER".to_owned(), 2), ("A;B".to_owned(), 1)]));
        assert_eq!(parts(""), Ok(vec![]));
        for wrong in ["HAMMER|0", "HAMMER|many", "|2", "A|1|2", "HAMMER|1001"] {
            assert!(parts(wrong).unwrap_err().contains("SKU|units"), "{wrong}");
        }
    }
}
