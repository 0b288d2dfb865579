//! What products say of others, once all are there: a product may be related to one further down.

use crate::{
    base::{Conn, Result},
    catalog,
    exchange::{model::ProductInFile, report::Report},
};

/// Related products that the catalogue shows at most.
const MOST: usize = 12;

/// Sets the related products where they differ. Unknown ones are noted: the file may be a part of a catalogue.
pub fn write(conn: &mut Conn, files: &[ProductInFile]) -> Result<Report> {
    let mut report = Report::default();
    let said = || files.iter().filter_map(|file| Some((file, file.related.as_ref().filter(|slugs| !slugs.is_empty())?)));
    let named: Vec<_> = said().flat_map(|(file, slugs)| slugs.iter().chain([&file.slug])).map(String::as_str).collect();
    let known = catalog::products_named(conn, &named)?;
    for (file, slugs) in said() {
        let Some(product) = known.get(&file.slug) else { continue };
        let mut wanted = vec![];
        for slug in slugs {
            match known.get(slug) {
                Some(found) => wanted.push(*found),
                None => report.note(file.row, format!("the related product {slug:?} is unknown")),
            }
        }
        wanted.truncate(MOST);
        if catalog::related_ids(conn, *product)? != wanted {
            catalog::set_related(conn, *product, &wanted)?;
            report.related_changed += 1;
        }
    }
    Ok(report)
}
