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
