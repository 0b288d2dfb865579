//! Many products that are new and have no pictures: a few statements for all of them, inside the caller's transaction.
//!
//! What the database refuses here it refuses as a whole. The caller then parts the products, down to one that is written by
//! itself and whose refusal can be told.

use super::{
    attributes,
    known::Known,
    product::{ACTOR, former_paths},
};
use crate::{
    base::{Conn, Result},
    catalog::{self, MadeGoods, NewGoods, References},
    exchange::{
        model::{ProductInFile, VariantInFile},
        report::Report,
        rules::{self, StockChange},
    },
    inventory::{self, Cause, NewStock},
};

/// # Errors
/// What the database refuses of any of them.
pub fn write(conn: &mut Conn, files: &[&ProductInFile], known: &mut Known) -> Result<Report> {
    let mut report = Report::default();
    let brands = files.iter().filter_map(|file| file.vendor.as_deref());
    let references = catalog::references(conn, brands, files.iter().filter_map(|file| file.product_type.as_deref()))?;
    let classes: Vec<_> = catalog::tax_classes(conn)?.into_iter().map(|class| class.code).collect();
    let mut goods = vec![];
    for file in files {
        goods.push(read(conn, file, &references, &classes, known, &mut report)?);
    }
    catalog::insert_goods(conn, &references, &goods, |conn, made| write_stock(conn, files, made, &mut report))?;
    let redirects: Vec<_> = files.iter().flat_map(|file| former_paths(file)).collect();
    report.redirects_put += catalog::put_redirects(conn, &redirects)? as u64;
    report.products_created += files.len() as u64;
    Ok(report)
}

/// What the file means. What it does not say is as for any new product.
fn read(
    conn: &mut Conn,
    file: &ProductInFile,
    references: &References,
    classes: &[String],
    known: &mut Known,
    report: &mut Report,
) -> Result<NewGoods> {
    let change = rules::wanted_product(file, None);
    let of = references.types.get(&change.product_type).copied();
    Ok(NewGoods {
        schedule: file.schedule.unwrap_or_default(),
        categories: known.categories(conn, file.categories.as_deref().unwrap_or_default())?,
        attributes: attributes::said(conn, known, of, file, report)?,
        variants: file.variants.iter().map(|variant| variant_of(variant, classes, report)).collect(),
        change,
    })
}

fn variant_of(file: &VariantInFile, classes: &[String], report: &mut Report) -> (catalog::NewVariant, bool) {
    let mut wanted = rules::wanted_variant(file, None);
    if let Some(unknown) = rules::known_class(&mut wanted, classes) {
        report.problem(file.row, unknown);
    }
    let archived = file.archived == Some(true);
    report.variants_created += 1;
    report.variants_archived += u64::from(archived);
    (wanted, archived)
}

fn write_stock(conn: &mut Conn, files: &[&ProductInFile], made: &[MadeGoods], report: &mut Report) -> Result<()> {
    let each = files.iter().zip(made).flat_map(|(file, made)| file.variants.iter().zip(&made.variants));
    let stock: Vec<_> = each
        .map(|(file, variant)| {
            let on_hand = match rules::stock_change(file.stock, None) {
                Some(StockChange::Count(on_hand)) => Some(on_hand),
                _ => None,
            };
            NewStock { variant: *variant, on_hand, policy: file.policy.over(inventory::Policy::default()) }
        })
        .collect();
    report.stock_counted += stock.len() as u64;
    report.policies_set += stock.iter().filter(|stock| stock.policy != inventory::Policy::default()).count() as u64;
    inventory::begin_stock(conn, &stock, Cause::Imported, ACTOR)
}
