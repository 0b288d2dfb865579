//! What a shopper chooses among the variants of a product, reading no more of them than it takes to decide.

use std::collections::HashMap;

use crate::{
    base::{Conn, Result},
    catalog::{self, Choice, Product, Variant},
    inventory::{self, Stock},
};

/// How many variants are looked at, one go after another, for the first of which some are left.
const GOES: [i64; 3] = [20, 200, 2000];

/// The options as they are laid out, and the chosen variant with its stock; `None` when that combination is not made.
pub struct Choosing {
    pub choice: Choice,
    pub chosen: Option<(Variant, Stock)>,
}

/// `None`: there is nothing to choose, since no variant is sold.
pub fn choosing(conn: &mut Conn, product: &Product, asked: &[Option<String>]) -> Result<Option<Choosing>> {
    let values = catalog::choosable_values(conn, product.id, product.option_names.len())?;
    let wishes = catalog::wishes(&values, asked);
    let best = best(conn, product, &wishes)?;
    if best.is_none() && catalog::fitting_variants(conn, product.id, &[], 0, 1)?.is_empty() {
        return Ok(None);
    }
    let chosen = catalog::chosen(&values, &wishes, best.as_ref().map(|(variant, _)| &*variant.option_values));
    let made = made(conn, product, &catalog::neighbours(&values, &chosen))?;
    let choice = catalog::lay_out(&product.option_names, &values, &chosen, &made);
    let chosen = best.filter(|(variant, _)| *variant.option_values == *chosen);
    Ok(Some(Choosing { choice, chosen }))
}

/// The first variant that fits and of which some are left, or else the first that fits.
fn best(conn: &mut Conn, product: &Product, wishes: &[Option<String>]) -> Result<Option<(Variant, Stock)>> {
    let (mut first, mut after) = (None, 0);
    for most in GOES {
        let fitting = catalog::fitting_variants(conn, product.id, wishes, after, most)?;
        let stock = inventory::stock_of(conn, &fitting.iter().map(|variant| variant.id).collect::<Vec<_>>())?;
        let of = |variant: &Variant| stock.get(&variant.id).copied().unwrap_or(Stock::none(variant.id));
        if let Some(left) = fitting.iter().find(|variant| of(variant).covers(1)) {
            return Ok(Some((left.clone(), of(left))));
        }
        first = first.or_else(|| fitting.first().map(|variant| (variant.clone(), of(variant))));
        after += most;
        if (fitting.len() as i64) < most {
            break;
        }
    }
    Ok(first)
}

/// Which of these combinations are made, and whether some are left of each.
fn made(conn: &mut Conn, product: &Product, combinations: &[Vec<String>]) -> Result<HashMap<Vec<String>, bool>> {
    let made = catalog::made_combinations(conn, product.id, combinations)?;
    let stock = inventory::stock_of(conn, &made.iter().map(|(variant, _)| *variant).collect::<Vec<_>>())?;
    let left = |variant| stock.get(&variant).is_some_and(|stock| stock.covers(1));
    Ok(made.into_iter().map(|(variant, values)| (values, left(variant))).collect())
}
