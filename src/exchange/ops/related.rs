//! What products say of others, once all are there: a product may be related to one further down, and a bundle made of it.

use crate::{
    base::{Conn, Error, Result},
    catalog::{self, Relation, Variant},
    downloads,
    exchange::{
        model::{ProductInFile, VariantInFile},
        ops::product::ACTOR,
        report::{Report, quoted},
    },
    inventory,
};

/// Products of a relation that the catalogue shows at most.
const MOST: usize = 12;

/// Products of a relation that are looked for, so that unknown ones don't crowd known ones out.
const LOOKED_FOR: usize = 100;

/// A product that names others, with what it says of them.
pub struct Referring {
    row: u64,
    slug: String,
    relations: Vec<(Relation, Vec<String>)>,
    pub variants: Vec<ReferringVariant>,
}

/// A variant that is a bundle, or a download.
pub struct ReferringVariant {
    pub row: u64,
    product: String,
    sku: String,
    parts: Vec<(String, i32)>,
    download: Option<Vec<String>>,
}

impl Referring {
    /// `None`: it names none.
    pub fn of(file: ProductInFile) -> Option<Self> {
        if !file.refers() {
            return None;
        }
        let few = |named: &Vec<String>| named.iter().take(LOOKED_FOR).cloned().collect();
        let relations = file.relations().filter(|(_, named)| !named.is_empty()).map(|(kind, named)| (kind, few(named))).collect();
        let variants = file.variants.into_iter().filter(VariantInFile::refers).map(|variant| ReferringVariant {
            row: variant.row,
            product: file.slug.clone(),
            sku: variant.sku.as_str().to_owned(),
            parts: variant.parts.unwrap_or_default(),
            download: variant.download,
        });
        let variants = variants.collect();
        Some(Self { row: file.row, slug: file.slug, relations, variants })
    }
}

/// Sets related products and accessories where they differ. Unknown ones are noted: the file may be a part of a catalogue.
pub fn write(conn: &mut Conn, files: &[Referring]) -> Result<Report> {
    let mut report = Report::default();
    let said = || files.iter().flat_map(|file| file.relations.iter().map(move |(kind, slugs)| (file, *kind, slugs)));
    let named: Vec<_> = said().flat_map(|(file, _, slugs)| slugs.iter().chain([&file.slug])).map(String::as_str).collect();
    let known = catalog::products_named(conn, &named)?;
    for (file, kind, slugs) in said() {
        let Some(product) = known.get(&file.slug) else { continue };
        let mut wanted = vec![];
        for slug in slugs {
            match known.get(slug) {
                Some(found) => wanted.push(*found),
                None => report.note(file.row, format!("the {} {} is unknown", words(kind), quoted(slug))),
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

/// Makes a bundle of the parts that the file names, and says of a download which files it lacks.
///
/// # Errors
/// `Invalid` when it can't be a bundle of these: then it stays what it is.
pub fn complete(conn: &mut Conn, file: &ReferringVariant) -> Result<Report> {
    let mut report = Report::default();
    let product = catalog::products_named(conn, &[file.product.as_str()])?.remove(&file.product);
    let variant = catalog::variant_by_sku(conn, &file.sku)?.filter(|variant| Some(variant.product_id) == product);
    // One that was refused, which is told already, is nobody's or another product's.
    let Some(variant) = variant else { return Ok(report) };
    if !file.parts.is_empty() {
        report.bundles_changed += u64::from(bundle(conn, &variant, &file.parts)?);
    }
    if let Some(files) = &file.download {
        let has_files = downloads::without_files(conn, &[variant.id])?.is_empty();
        if !has_files {
            downloads::expect(conn, variant.id, ACTOR)?;
            let named = if files.is_empty() { String::new() } else { format!(" ({})", files.join(", ")) };
            let sku = quoted(&file.sku);
            report.note(
                file.row,
                format!("{sku} is a download, whose files{named} are not in here: add them to the variant before it is sold"),
            );
        }
    }
    Ok(report)
}

/// Whether anything was written.
fn bundle(conn: &mut Conn, bundle: &Variant, wanted: &[(String, i32)]) -> Result<bool> {
    let had = catalog::bundle_parts(conn, &[bundle.id])?;
    let is_there = |sku: &str, units: i32| had.iter().any(|part| part.sku.eq_ignore_ascii_case(sku) && part.quantity == units);
    if had.len() == wanted.len() && wanted.iter().all(|(sku, units)| is_there(sku, *units)) {
        return Ok(false);
    }
    for (sku, units) in wanted.iter().filter(|(sku, units)| !is_there(sku, *units)) {
        let told = |problem: &str| Error::invalid("", format!("the bundle's part {} can't be put in: {problem}", quoted(sku)));
        let put = inventory::put_part(conn, bundle.id, sku, *units);
        put.map_err(|error| match error {
            Error::Invalid(problems) => told(&problems.iter().map(|problem| problem.message.as_str()).collect::<Vec<_>>().join(" ")),
            other => other,
        })?;
    }
    for gone in had.iter().filter(|part| !wanted.iter().any(|(sku, _)| part.sku.eq_ignore_ascii_case(sku))) {
        inventory::take_out_part(conn, bundle.id, gone.variant_id)?;
    }
    Ok(true)
}
