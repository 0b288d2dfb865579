//! One product, written inside the caller's transaction. Everything is compared first, so that what is the same stays untouched.

use std::collections::HashSet;

use diesel::result::Error as DieselError;

use super::{attributes, known::Known, pictures::ReadyImage};
use crate::{
    base::{CategoryId, Conn, Error, Problems, ProductId, Result, VariantId},
    catalog::{self, Before, Deed, Editor, Parts, Product, Schedule, Variant},
    exchange::{
        model::{PolicyInFile, ProductInFile, VariantInFile},
        report::Report,
        rules::{self, StockChange},
    },
    inventory::{self, Cause, Stock},
};

/// Who changes stock, in the ledger.
pub const ACTOR: &str = "import";

/// Creates or changes the product, its category, variants, stock and pictures.
///
/// # Errors
/// Where the database refuses; [`refusal`] tells what of it concerns the file.
pub fn write(conn: &mut Conn, file: &ProductInFile, images: &[ReadyImage], by: &Editor) -> Result<Report> {
    let Some(mut before) = catalog::product_by_slug(conn, &file.slug)? else {
        return put(conn, file, images, None).map(|(report, _)| report);
    };
    let was = Before::of(conn, &[before.id], Parts::All)?;
    if was.version(before.id) != Some(before.version) {
        before = catalog::product(conn, before.id)?;
    }
    let (report, has_changed) = put(conn, file, images, Some(&before))?;
    if has_changed {
        was.note(conn, by, Deed::Imported)?;
    }
    Ok(report)
}

/// The same without a history. Whether anything differs.
fn put(conn: &mut Conn, file: &ProductInFile, images: &[ReadyImage], before: Option<&Product>) -> Result<(Report, bool)> {
    let mut report = Report::default();
    let (product, mut differs) = write_head(conn, file, before)?;
    differs |= attributes::write(conn, product, file, &mut report)?;
    let stock = write_variants(conn, product, &file.variants, &mut report)?;
    write_stock(conn, stock, &mut report)?;
    write_images(conn, product, images, &mut report)?;
    for (kind, named) in file.relations() {
        if named.is_empty() && !catalog::relations_of(conn, product, kind)?.is_empty() {
            catalog::set_relation(conn, product, kind, &[])?;
            report.related_changed += 1;
        }
    }
    report.redirects_put += catalog::put_redirects(conn, &former_paths(file).collect::<Vec<_>>())? as u64;
    differs |= report.wrote();
    match before {
        None => report.products_created += 1,
        Some(_) if differs => report.products_changed += 1,
        Some(_) => report.products_unchanged += 1,
    }
    Ok((report, differs))
}

/// The product itself and its category; whether anything was written.
fn write_head(conn: &mut Conn, file: &ProductInFile, before: Option<&Product>) -> Result<(ProductId, bool)> {
    let wanted = rules::wanted_product(file, before);
    let had = before.map(|product| categories_of(conn, product.id)).transpose()?;
    let mut had_categories = had.clone().unwrap_or_default();
    had_categories.sort_unstable();
    // A file that names no category leaves the product where staff put it.
    let categories = match &file.categories {
        Some(paths) => Known::default().categories(conn, paths)?,
        None => had_categories.clone(),
    };
    let id = match before {
        Some(product) if rules::as_change(product) == wanted && had_categories == categories => product.id,
        _ => catalog::save_product(conn, before.map(|product| product.id), &wanted, &categories)?,
    };
    let had_schedule =
        before.map_or_else(Schedule::default, |had| Schedule { on_sale_from: had.on_sale_from, on_sale_until: had.on_sale_until });
    let schedule = file.schedule.unwrap_or(had_schedule);
    if schedule != had_schedule {
        catalog::set_schedule(conn, id, &schedule)?;
    }
    let same = before.is_some_and(|before| rules::as_change(before) == wanted) && had_categories == categories && schedule == had_schedule;
    Ok((id, !same))
}

/// What stood elsewhere under other addresses is found here by them: each with where it leads.
pub fn former_paths(file: &ProductInFile) -> impl Iterator<Item = (&str, String)> {
    let to = format!("/products/{}", file.slug);
    let is_path = |from: &str| from.len() <= 1000 && !from.contains(|c: char| c.is_whitespace() || matches!(c, '?' | '#'));
    let paths = file.former_paths.iter().map(String::as_str).filter(move |from| is_path(from));
    paths.filter_map(move |from| if from == to { None } else { Some((from, to.clone())) })
}

fn categories_of(conn: &mut Conn, product: ProductId) -> Result<Vec<CategoryId>> {
    Ok(catalog::categories_of(conn, product)?.into_iter().map(|category| category.id).collect())
}

/// A variant that is written, with its stock still to be compared.
struct StockToWrite<'a> {
    variant: VariantId,
    is_new: bool,
    file: &'a VariantInFile,
}

fn write_variants<'a>(
    conn: &mut Conn,
    product: ProductId,
    file: &'a [VariantInFile],
    report: &mut Report,
) -> Result<Vec<StockToWrite<'a>>> {
    let shop = catalog::variants_of(conn, product)?;
    let mut written = vec![];
    let classes = if file.iter().any(|variant| variant.tax_class.is_some()) { catalog::tax_classes(conn)? } else { vec![] };
    let classes: Vec<_> = classes.into_iter().map(|class| class.code).collect();
    for (file, before) in file.iter().zip(rules::matching(file, &shop)) {
        let mut wanted = rules::wanted_variant(file, before);
        if let Some(unknown) = rules::known_class(&mut wanted, &classes) {
            report.problem(file.row, unknown);
        }
        let variant = match before {
            Some(before) if rules::as_new(before) == wanted => {
                report.variants_unchanged += 1;
                before.id
            }
            _ => {
                let saved = catalog::save_variant(conn, product, before.map(|before| before.id), &wanted);
                *if before.is_some() { &mut report.variants_changed } else { &mut report.variants_created } += 1;
                saved.map_err(|error| of_variant(error, file.row, &wanted.sku))?
            }
        };
        let was_archived = before.is_some_and(|before| before.archived_at.is_some());
        if let Some(archived) = file.archived.filter(|archived| *archived != was_archived) {
            catalog::set_variant_archived(conn, variant, archived)?;
            report.variants_archived += 1;
        }
        if let Some(bundle) = before.filter(|before| before.is_bundle && file.parts.as_ref().is_some_and(Vec::is_empty)) {
            take_apart(conn, bundle)?;
            report.bundles_changed += 1;
        }
        written.push(StockToWrite { variant, is_new: before.is_none(), file });
    }
    Ok(written)
}

/// It is no bundle any more.
fn take_apart(conn: &mut Conn, bundle: &Variant) -> Result<()> {
    catalog::bundle_parts(conn, &[bundle.id])?.iter().try_for_each(|part| inventory::take_out_part(conn, bundle.id, part.variant_id))
}

/// In the order of the variants' keys, as orders take them, so that an import and an order never wait for each other.
fn write_stock(conn: &mut Conn, mut stock: Vec<StockToWrite<'_>>, report: &mut Report) -> Result<()> {
    stock.sort_by_key(|stock| stock.variant);
    let ids: Vec<_> = stock.iter().map(|stock| stock.variant).collect();
    let before = inventory::stock_of(conn, &ids)?;
    for StockToWrite { variant, is_new, file } in stock {
        let before: Option<&Stock> = if is_new { None } else { before.get(&variant) };
        if file.policy != PolicyInFile::default() {
            let had = inventory::policy(conn, variant)?;
            let wanted = file.policy.over(had);
            if wanted != had {
                inventory::set_policy(conn, variant, &wanted)?;
                report.policies_set += 1;
            }
        }
        // A bundle has no units of its own: those of its parts count.
        if before.is_some_and(|before| before.is_bundle) {
            continue;
        }
        match rules::stock_change(file.stock, before) {
            None => continue,
            Some(StockChange::Count(on_hand)) => inventory::count(conn, variant, on_hand, Cause::Imported, ACTOR)?,
            Some(StockChange::Untrack) => inventory::count_untracked(conn, variant, ACTOR)?,
            Some(StockChange::TooFew { on_hand, allocated }) => {
                let message = format!("the stock stays: {on_hand} in the file, but {allocated} belong to orders that are not shipped yet");
                report.problem(file.row, message);
                continue;
            }
        }
        report.stock_counted += 1;
    }
    Ok(())
}

fn write_images(conn: &mut Conn, product: ProductId, images: &[ReadyImage], report: &mut Report) -> Result<()> {
    let before = if images.is_empty() { vec![] } else { catalog::images_of(conn, product)? };
    let mut seen = HashSet::new();
    for ready in images {
        let media = ready.media(conn)?;
        // The same picture under two names counts once, or each import would move it to and fro.
        if !seen.insert(media.id) {
            report.note(ready.image.row, "the product has this picture already, under another name");
            continue;
        }
        let shown = before.iter().find(|shown| shown.media.id == media.id);
        let (position, alt) = (ready.image.position, ready.image.alt.as_str());
        let alt = if alt.is_empty() { shown.map_or("", |shown| &shown.alt) } else { alt };
        match shown {
            Some(shown) if shown.position == position && shown.alt == alt => {
                report.images_unchanged += 1;
                continue;
            }
            Some(_) => report.images_changed += 1,
            None => report.images_added += 1,
        }
        catalog::add_image(conn, product, &media, alt, Some(position))?;
    }
    Ok(())
}

/// A refused variant: its row stands in for the name of a field.
fn of_variant(error: Error, row: u64, sku: &str) -> Error {
    let Error::Invalid(problems) = error else { return error };
    let mut told = Problems::default();
    problems.iter().for_each(|problem| told.add(&row.to_string(), format!("{sku}: {}", problem.message)));
    Error::Invalid(told)
}

/// What the database refused, by rows; problems that name none belong to the product's first.
///
/// # Errors
/// What is no refusal of this product: the import can't go on.
pub fn refusal(error: Error, first_row: u64) -> Result<Vec<(u64, String)>> {
    let problems = match error {
        Error::Internal(fault) => match fault.downcast() {
            Ok(DieselError::DatabaseError(_, told)) => Problems::of("", format!("the database refused it: {}", told.message())),
            Ok(other) => return Err(other.into()),
            Err(fault) => return Err(Error::Internal(fault)),
        },
        Error::NotFound => Problems::of("", "the product was changed meanwhile; import it again"),
        other => other.into_problems()?,
    };
    Ok(problems.iter().map(|problem| (problem.field.parse().unwrap_or(first_row), problem.message.clone())).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refused_variant_is_told_at_its_own_row_and_other_refusals_at_the_first() {
        let taken = of_variant(Error::invalid("sku", "Taken"), 7, "A-1");
        assert_eq!(refusal(taken, 5).unwrap(), [(7, "A-1: Taken".to_owned())]);
        assert_eq!(refusal(Error::Conflict("Later".into()), 5).unwrap(), [(5, "Later".to_owned())]);
    }

    #[test]
    fn a_lost_database_ends_the_import() {
        assert!(matches!(refusal(Error::Unavailable, 5), Err(Error::Unavailable)));
        assert!(matches!(refusal(Error::internal("broken"), 5), Err(Error::Internal(_))));
    }
}
