//! Many variants of one product: what there is to choose, all combinations of it, and several variants changed at once.

use std::collections::HashSet;

use super::history::recorded;
use crate::{
    base::{Conn, Error, OnConstraint, Problems, ProductId, Result, TextList, VariantId},
    catalog::{
        model::{Deed, Editor, NewVariant, Parts, Pattern, Product, ValueChange},
        rules,
        store::{options, shelves, variants},
    },
};

/// Renames values and puts them in order.
///
/// # Errors
/// `Invalid` when two variants would have the same options.
pub fn change_values(conn: &mut Conn, by: &Editor, product: &Product, changes: &[ValueChange]) -> Result<()> {
    recorded(conn, by, Deed::Variants, &[product.id], Parts::Variants, |conn| {
        for ValueChange { option, was, is, position } in changes {
            if is != was {
                let clash = || Error::invalid("values", format!("There is a value {is} already, and a variant can't be there twice"));
                options::rename(conn, product.id, *option, was, is).on_constraint("variants_options_key", clash)?;
            }
            options::set_position(conn, product.id, *option, is, *position)?;
        }
        options::forget_unused(conn, product.id)
    })
}

/// Makes the variants for the combinations of these values that are missing. Gives the new ones.
///
/// # Errors
/// `Invalid` on `values` when there would be too many.
pub fn generate(conn: &mut Conn, by: &Editor, product: &Product, values: &[Vec<String>], pattern: &Pattern) -> Result<Vec<VariantId>> {
    recorded(conn, by, Deed::Variants, &[product.id], Parts::Variants, |conn| {
        let made: HashSet<Vec<String>> = variants::combinations(conn, product.id)?.into_iter().map(|values| values.0).collect();
        let last = i32::try_from(made.len()).unwrap_or(i32::MAX);
        let missing = rules::missing(values, &made).map_err(|message| Error::invalid("values", message))?;
        let skus: Vec<_> = missing.iter().map(|values| rules::sku(&pattern.sku, values)).collect();
        let mut taken: HashSet<String> = variants::taken_skus(conn, &skus)?.into_iter().collect();
        shelves::later(conn)?;
        let mut new = vec![];
        for ((position, values), sku) in (last + 1..).zip(missing).zip(skus) {
            let sku = free(sku, &mut taken);
            let variant = NewVariant {
                position,
                sku,
                option_values: TextList(values),
                price: pattern.price,
                compare_at: None,
                weight_grams: pattern.weight_grams,
                barcode: String::new(),
                tax_class: pattern.tax_class.clone(),
            };
            new.push(variants::insert(conn, product.id, &variant)?);
        }
        shelves::now(conn, &[product.id])?;
        Ok(new)
    })
}

/// The SKU itself, or the first that is free with a number behind it.
fn free(sku: String, taken: &mut HashSet<String>) -> String {
    let mut tried = sku.clone();
    let mut at = 2;
    while !taken.insert(tried.clone()) {
        let short: String = sku.chars().take(58).collect();
        tried = format!("{short}-{at}");
        at += 1;
    }
    tried
}

/// Saves several variants of a product at once: all of them, or none and what is wrong with which.
///
/// # Errors
/// `Invalid`; a problem's field has the variant's id behind it: `sku-12`.
pub fn save_page(conn: &mut Conn, by: &Editor, product: ProductId, changes: &[(VariantId, NewVariant)]) -> Result<()> {
    recorded(conn, by, Deed::Variants, &[product], Parts::Variants, |conn| {
        shelves::later(conn)?;
        for (id, change) in changes {
            if variants::find(conn, *id)?.product_id != product {
                return Err(Error::NotFound);
            }
            variants::update(conn, *id, change).map_err(|error| of_row(error, *id))?;
        }
        shelves::now(conn, &[product])
    })
}

fn of_row(error: Error, id: VariantId) -> Error {
    let Error::Invalid(problems) = error else { return error };
    let mut told = Problems::default();
    problems.iter().for_each(|problem| told.add(&format!("{}-{id}", problem.field), problem.message.clone()));
    Error::Invalid(told)
}
