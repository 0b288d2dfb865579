use crate::{
    base::{Conn, Result},
    catalog,
    exchange::report::Report,
};

/// Related products that the catalogue shows at most.
const MOST: usize = 12;

/// What a product's row says of others, kept until all are there.
pub struct Related {
    pub row: u64,
    /// Whose they are.
    pub product: String,
    pub slugs: Vec<String>,
}

/// Sets the related products where they differ. Unknown ones are noted: the file may be a part of a catalogue.
pub fn write(conn: &mut Conn, related: &Related) -> Result<Report> {
    let mut report = Report::default();
    let Some(product) = catalog::product_by_slug(conn, &related.product)? else { return Ok(report) };
    let mut wanted = vec![];
    for slug in &related.slugs {
        match catalog::product_by_slug(conn, slug)? {
            Some(found) => wanted.push(found.id),
            None => report.note(related.row, format!("the related product {slug:?} is unknown")),
        }
    }
    wanted.truncate(MOST);
    if catalog::related_ids(conn, product.id)? != wanted {
        catalog::set_related(conn, product.id, &wanted)?;
        report.related_changed += 1;
    }
    Ok(report)
}
