//! What a shopper chooses among the variants of a product. Most products come whole with their sheet; of one with many variants no
//! more is read than it takes to decide.

use std::collections::HashMap;

use crate::{
    base::{Conn, Result},
    catalog::{self, Choice, Product, Sheet, Variant},
    inventory::{self, Look, Stock},
};

/// How many variants are looked at, one go after another, for the first of which some are left.
const GOES: [i64; 3] = [20, 200, 2000];

/// The options as they are laid out, and the chosen variant with its stock; `None` when that combination is not made.
pub struct Choosing {
    pub choice: Choice,
    pub chosen: Option<(Variant, Stock)>,
}

/// `look` has the stock of the variants on the sheet where that is whole. `None`: there is nothing to choose, since no variant is sold.
pub fn choosing(conn: &mut Conn, sheet: &Sheet, look: &Look, asked: &[Option<String>]) -> Result<Option<Choosing>> {
    if sheet.variants.is_empty() {
        return Ok(None);
    }
    let (product, values) = (&sheet.product, &sheet.values);
    let wishes = catalog::wishes(values, asked);
    let best = if sheet.is_whole { best_of(sheet, look, &wishes) } else { best(conn, product, &wishes)? };
    let chosen = catalog::chosen(values, &wishes, best.as_ref().map(|(variant, _)| &*variant.option_values));
    let neighbours = catalog::neighbours(values, &chosen);
    let made = if sheet.is_whole { made_of(sheet, look) } else { made(conn, product, &neighbours)? };
    let choice = catalog::lay_out(&product.option_names, values, &chosen, &made);
    let chosen = best.filter(|(variant, _)| *variant.option_values == *chosen);
    Ok(Some(Choosing { choice, chosen }))
}

/// The first variant that fits and of which some are left, or else the first that fits.
fn best_of(sheet: &Sheet, look: &Look, wishes: &[Option<String>]) -> Option<(Variant, Stock)> {
    let has = |variant: &Variant, (at, wish): (usize, &Option<String>)| wish.is_none() || variant.option_values.get(at) == wish.as_ref();
    let fits = |variant: &&Variant| wishes.iter().enumerate().all(|wish| has(variant, wish));
    let fitting: Vec<&Variant> = sheet.variants.iter().filter(fits).collect();
    let left = fitting.iter().find(|variant| look.of(variant.id).covers(1));
    left.or(fitting.first()).map(|variant| ((*variant).clone(), look.of(variant.id)))
}

/// All combinations that are made, and whether some are left of each.
fn made_of(sheet: &Sheet, look: &Look) -> HashMap<Vec<String>, bool> {
    sheet.variants.iter().map(|variant| (variant.option_values.to_vec(), look.of(variant.id).covers(1))).collect()
}

/// As `best_of`, by what is read for it.
fn best(conn: &mut Conn, product: &Product, wishes: &[Option<String>]) -> Result<Option<(Variant, Stock)>> {
    let (mut first, mut after) = (None, 0);
    for most in GOES {
        let fitting = catalog::fitting_variants(conn, product.id, wishes, after, most)?;
        let look = inventory::look(conn, &fitting.iter().map(|variant| variant.id).collect::<Vec<_>>(), &[])?;
        if let Some(left) = fitting.iter().find(|variant| look.of(variant.id).covers(1)) {
            return Ok(Some((left.clone(), look.of(left.id))));
        }
        first = first.or_else(|| fitting.first().map(|variant| (variant.clone(), look.of(variant.id))));
        after += most;
        if (fitting.len() as i64) < most {
            break;
        }
    }
    Ok(first)
}

/// As `made_of`, of these combinations.
fn made(conn: &mut Conn, product: &Product, combinations: &[Vec<String>]) -> Result<HashMap<Vec<String>, bool>> {
    let made = catalog::made_combinations(conn, product.id, combinations)?;
    let look = inventory::look(conn, &made.iter().map(|(variant, _)| *variant).collect::<Vec<_>>(), &[])?;
    Ok(made.into_iter().map(|(variant, values)| (values, look.of(variant).covers(1))).collect())
}
