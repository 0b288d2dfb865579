//! Which program a file comes from, and its products one by one.

use std::{
    fs::File,
    io::{BufRead, BufReader},
    path::Path,
};

use chrono::{DateTime, Utc};

use crate::{
    base::{Currency, Error, Result},
    exchange::{
        model::{Batch, Format, Mapping, Subject},
        own::{self, tables},
        report::Report,
        shopify,
        table::{Table, as_text},
        woocommerce,
    },
};

pub type Batches = Box<dyn Iterator<Item = Batch> + Send>;

pub fn text_of(path: &Path) -> Result<Box<dyn BufRead + Send>> {
    let file = File::open(path).map_err(|error| Error::invalid("file", format!("{} can't be opened: {error}", path.display())))?;
    as_text(Box::new(BufReader::new(file)))
}

/// Tells by the header whose file it is and what of, and what becomes of its columns.
///
/// # Errors
/// `Invalid` on `file` when it is nobody's that is known.
pub fn mapping(path: &Path) -> Result<Mapping> {
    let header = Table::new(text_of(path)?)?.header;
    let (format, subject) = match format_of(&header) {
        // What is neither of the others would be taken for Shopify's.
        Format::Shopify => tables::subject_of(header.iter()).map_or((Format::Shopify, Subject::Products), |subject| (Format::Own, subject)),
        format => (format, Subject::Products),
    };
    let meaning = |name: &str| match (subject, format) {
        (Subject::Products, Format::Shopify) => shopify::Column::of(name).map(shopify::Column::meaning),
        (Subject::Products, Format::WooCommerce) => woocommerce::Column::of(name).map(woocommerce::Column::meaning),
        (Subject::Products, Format::Own) => own::Column::of(name).map(own::Column::meaning),
        _ => tables::columns(subject).iter().find(|column| tables::is_named(name, column)).and_then(|column| column.meaning),
    };
    let columns = header.iter().map(|name| (name.trim_start_matches('\u{feff}').trim().to_owned(), meaning(name).map(str::to_owned)));
    Ok(Mapping { format, subject, columns: columns.collect() })
}

/// What is neither of the others is taken for Shopify's, whose reader tells which columns are missing.
fn format_of(header: &csv::StringRecord) -> Format {
    let own = [own::Column::Handle, own::Column::Values];
    let theirs = [woocommerce::Column::Type, woocommerce::Column::Name, woocommerce::Column::RegularPrice];
    match () {
        () if own.iter().all(|column| header.iter().any(|name| own::Column::of(name) == Some(*column))) => Format::Own,
        () if theirs.iter().all(|column| header.iter().any(|name| woocommerce::Column::of(name) == Some(*column))) => Format::WooCommerce,
        () => Format::Shopify,
    }
}

/// # Errors
/// `Invalid` on `file` when it is not there or no list of products.
pub fn open(path: &Path, currency: Currency, now: DateTime<Utc>) -> Result<Batches> {
    let mapping = mapping(path)?;
    if mapping.subject != Subject::Products {
        return Err(Error::invalid("file", format!("This is a list of {}, not of products", mapping.subject)));
    }
    Ok(match mapping.format {
        Format::Shopify => Box::new(shopify::Reader::new(text_of(path)?, currency)?),
        Format::Own => Box::new(own::Reader::new(text_of(path)?, currency)?),
        Format::WooCommerce => Box::new(woocommerce::Reader::open(path, currency, now)?),
    })
}

/// What is wrong with a file of goods as such, before anything of it is held against the shop. For `fuzz/`.
///
/// # Errors
/// As for `open`.
pub fn look_through(path: &Path, currency: Currency) -> Result<Report> {
    let mut report = Report::default();
    open(path, currency, Utc::now())?.for_each(|batch| report.absorb(batch.report));
    Ok(report)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const HEADERS: [&str; 3] = [
        "Handle,Title,Body (HTML),Tags,Published,Option1 Name,Option1 Value,Variant SKU,Variant Grams,Variant Inventory Qty,Variant Price,\
Variant Compare At Price,Image Src,Image Position,Status\n",
        "ID,Type,SKU,Name,Published,Description,Tax status,Stock,Backorders allowed?,Weight (kg),Sale price,Regular price,Categories,Images,\
Parent,Upsells,Position,Attribute 1 name,Attribute 1 value(s)\n",
        "Address,Title,Description (HTML),Categories,Related products,Attributes,Pictures,Options,SKU,Option values,Position,Price,\
Former price,Weight (g),Units on hand,Available from,Bundle parts\n",
    ];

    /// Cells that are right, wrong or dangerous in one column or another.
    const CELLS: &[&str] = &[
        "",
        "hammer",
        "Claw hammer",
        "nail",
        "1",
        "2",
        "-1",
        "0",
        "24.95",
        "1e9",
        "99999999999999999999",
        "9.999",
        "NaN",
        "TRUE",
        "no",
        "simple",
        "variable",
        "variation",
        "id:1",
        "id:2, hammer",
        "active",
        "HP-A1",
        "Hand tools > Hammers",
        "a;b|c\\",
        "2026-12-24",
        "javascript:alert(1)",
        "../../secret.keys",
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "=1+1",
        "'",
        "\u{202e}",
        "S, M",
        "https://x.example/a.jpg",
    ];

    fn rows() -> impl Strategy<Value = String> {
        let cell = prop_oneof![9 => prop::sample::select(CELLS).prop_map(str::to_owned), 1 => "\\PC{0,12}"];
        let row = prop::collection::vec(cell.prop_map(|cell| format!("\"{}\"", cell.replace('"', "\"\""))), 12..20);
        prop::collection::vec(row.prop_map(|cells| cells.join(",") + "\n"), 0..12).prop_map(|rows| rows.concat())
    }

    /// As many cells as the header has: rows of other lengths are `table`'s.
    fn fitted(rows: &str, columns: usize) -> String {
        let mut reader = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(rows.as_bytes());
        let mut writer = csv::Writer::from_writer(vec![]);
        for row in reader.records().flatten() {
            let cells: Vec<&str> = row.iter().chain(std::iter::repeat("")).take(columns).collect();
            writer.write_record(cells).unwrap();
        }
        String::from_utf8(writer.into_inner().unwrap()).unwrap()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(400))]
        #[test]
        fn any_cells_make_products_that_can_be_or_problems_of_their_row(rows in rows()) {
            for header in HEADERS {
                let file = tempfile::NamedTempFile::new().unwrap();
                let rows = fitted(&rows, header.split(',').count());
                std::fs::write(file.path(), format!("{header}{rows}")).unwrap();
                let lines = rows.matches('\n').count() as u64 + 1;
                let mut report = Report::default();
                for batch in open(file.path(), Currency::parse("GBP").unwrap(), Utc::now()).unwrap() {
                    report.absorb(batch.report);
                    let Some(product) = batch.product else { continue };
                    prop_assert!(!product.slug.is_empty() && product.slug.chars().all(|c| c.is_alphanumeric() || c == '-'), "{}", product.slug);
                    let described = product.description.unwrap_or_default();
                    prop_assert!(!described.contains("<script") && !described.contains("onerror"), "{}", described);
                    for variant in product.variants {
                        prop_assert!(variant.price >= 0 && variant.compare_at.flatten().is_none_or(|former| former >= 0), "{}", variant.price);
                        prop_assert!(variant.weight_grams.is_none_or(|grams| grams >= 0));
                    }
                }
                for problem in &report.problems {
                    prop_assert!(problem.row <= lines && !problem.message.is_empty(), "{} of {lines}: {}", problem.row, problem.message);
                }
            }
        }
    }
}
