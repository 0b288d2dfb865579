//! What products say of others, once all are there: a product may be related to one further down.

use crate::{
    base::{Conn, Result},
    catalog::{self, Relation},
    exchange::{model::ProductInFile, report::Report},
};

/// Products of a relation that the catalogue shows at most.
const MOST: usize = 12;

/// Sets related products and accessories where they differ. Unknown ones are noted: the file may be a part of a catalogue.
pub fn write(conn: &mut Conn, files: &[ProductInFile]) -> Result<Report> {
    let mut report = Report::default();
    let said = || files.iter().flat_map(|file| file.relations().filter(|(_, named)| !named.is_empty()).map(move |said| (file, said)));
    let named: Vec<_> = said().flat_map(|(file, (_, slugs))| slugs.iter().chain([&file.slug])).map(String::as_str).collect();
    let known = catalog::products_named(conn, &named)?;
    for (file, (kind, slugs)) in said() {
        let Some(product) = known.get(&file.slug) else { continue };
        let mut wanted = vec![];
        for slug in slugs {
            match known.get(slug) {
                Some(found) => wanted.push(*found),
                None => report.note(file.row, format!("the {} {slug:?} is unknown", words(kind))),
            }
        }
        wanted.truncate(MOST);
        if catalog::relations_of(conn, *product, kind)? != wanted {
            catalog::set_relation(conn, *product, kind, &wanted)?;
            report.related_changed += 1;
        }
    }
    Ok(report)
}

fn words(kind: Relation) -> &'static str {
    match kind {
        Relation::Related => "related product",
        Relation::Accessory => "accessory",
    }
}
