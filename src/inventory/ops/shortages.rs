//! What could not be had, asked without a lock: for pages that show a change before it is made. Whoever makes it is told anew.

use super::{merged, variants_of};
use crate::{
    base::{Conn, OrderId, Result, VariantId},
    inventory::{
        model::{Item, Recipe, Shortage},
        rules, store,
    },
};

/// What of these items can't be set aside now. `freed`: what is given up for them. `order`: the one that gets more, whose bundles are
/// what it took before; `None`: one that is not made yet.
pub fn shortages(conn: &mut Conn, order: Option<OrderId>, items: &[Item], freed: &[Item]) -> Result<Vec<Shortage>> {
    let recipes = recipes(conn, order, &[variants_of(items), variants_of(freed)].concat())?;
    let wanted = merged(&rules::taken_apart(items, &recipes));
    let back = merged(&rules::taken_apart(freed, &recipes));
    let stocks = store::stock::of(conn, &[variants_of(&wanted), variants_of(items)].concat())?;
    let of_parts = wanted.iter().filter_map(|item| {
        let freed = back.iter().find(|freed| freed.variant == item.variant).map_or(0, |freed| freed.quantity);
        rules::short_of(stocks.get(&item.variant)?, item, freed)
    });
    let bundles = merged(items).into_iter().filter(|item| recipes.iter().any(|recipe| recipe.bundle == item.variant));
    let of_bundles = bundles.filter_map(|item| rules::beyond_limit(stocks.get(&item.variant)?, &item));
    let short: Vec<Shortage> = of_parts.chain(of_bundles).collect();
    Ok(if short.is_empty() { short } else { rules::as_asked(&short, items, &recipes) })
}

fn recipes(conn: &mut Conn, order: Option<OrderId>, variants: &[VariantId]) -> Result<Vec<Recipe>> {
    let mut recipes = store::bundles::taken_by(conn, order.as_slice())?;
    let today = store::bundles::recipes(conn, variants)?;
    let new: Vec<Recipe> = today.into_iter().filter(|new| recipes.iter().all(|known| known.bundle != new.bundle)).collect();
    recipes.extend(new);
    Ok(recipes)
}
