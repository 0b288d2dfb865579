//! What a bundle is made of. Its parts' stock is its stock; what an order took of it stays known with the order.

use crate::{
    base::{Conn, Error, Result, VariantId},
    catalog,
    inventory::{
        model::Policy,
        store::{self, bundles},
    },
};

/// Puts so many units of the article with this SKU into the bundle, or changes how many they are. With its first part a variant
/// becomes a bundle.
///
/// # Errors
/// `Invalid` on `sku` when nothing has it or it can't be a part; when the variant was sold by itself before.
pub fn put_part(conn: &mut Conn, bundle: VariantId, sku: &str, quantity: i32) -> Result<()> {
    let refuse = |words: String| Err(Error::invalid("sku", words));
    let skus = [sku.to_owned()];
    let known = store::levels::by_skus(conn, &skus)?;
    let Some(part) = known.iter().find(|known| known.sku == sku).or(known.first()) else {
        return refuse(format!("Nothing has the SKU {sku}. Look for it below"));
    };
    if catalog::variant(conn, part.variant_id)?.archived_at.is_some() {
        return refuse(format!("{sku} is archived. Restore it first, or enter another"));
    }
    take_turn(conn, &[bundle, part.variant_id])?;
    let parts = catalog::bundle_parts(conn, &[bundle])?;
    if parts.is_empty() {
        begin(conn, bundle)?;
    }
    let most = usize::try_from(bundles::MOST).unwrap_or(0);
    if parts.len() >= most && parts.iter().all(|known| known.variant_id != part.variant_id) {
        return refuse(format!("A bundle has {most} different parts at most"));
    }
    bundles::put(conn, bundle, part.variant_id, quantity)
}

/// Bundles are changed by one at a time, and only with all that it is about: first the variants, then their stock, each in the order
/// of the keys, as whoever saves or sells them does.
fn take_turn(conn: &mut Conn, variants: &[VariantId]) -> Result<()> {
    bundles::take_turn(conn, variants)?;
    for variant in variants {
        store::stock::ensure(conn, *variant)?;
    }
    store::stock::lock(conn, variants).map(|_| ())
}

/// Its own row says nothing from now on. The caller has locked it.
fn begin(conn: &mut Conn, bundle: VariantId) -> Result<()> {
    if bundles::was_sold(conn, bundle)? {
        let words = "This variant was sold by itself before, so units of it can come back. Make a new variant for the bundle";
        return Err(Error::invalid("sku", words));
    }
    bundles::empty(conn, bundle)?;
    let policy = store::stock::policy(conn, bundle)?;
    let own = Policy { backorder_limit: 0, preorder: false, available_from: None, ..policy };
    store::stock::set_policy(conn, bundle, &own)?;
    store::holds::sweep_variant(conn, bundle)?;
    store::holds::shrink(conn, bundle, 0)
}

/// Takes a part out. Without its last one the variant is no bundle any more, and sold out until somebody counts it.
pub fn take_out_part(conn: &mut Conn, bundle: VariantId, part: VariantId) -> Result<()> {
    take_turn(conn, &[bundle, part])?;
    bundles::take_out(conn, bundle, part)
}
