//! What bundles are made of, and what orders took of them.

use diesel::{
    dsl::{exists, max},
    prelude::*,
    sql_query,
    sql_types::{BigInt, Bool},
};

use crate::{
    base::{Conn, Error, OnConstraint, OrderId, Result, VariantId},
    inventory::model::{Recipe, TakenPart},
    schema::{bundle_parts, bundle_takings, stock, variants},
};

/// Parts of one bundle at most.
pub const MOST: i64 = 50;

/// What these bundles are made of now.
pub fn recipes(conn: &mut Conn, bundles: &[VariantId]) -> Result<Vec<Recipe>> {
    let columns = (bundle_parts::bundle_id, bundle_parts::part_id, bundle_parts::quantity);
    let of = bundle_parts::table.filter(bundle_parts::bundle_id.eq_any(bundles)).order((bundle_parts::bundle_id, bundle_parts::part_id));
    Ok(of.select(columns).load(conn)?)
}

/// What these orders took of their bundles.
pub fn taken_by(conn: &mut Conn, orders: &[OrderId]) -> Result<Vec<Recipe>> {
    let columns = (bundle_takings::bundle_id, bundle_takings::part_id, bundle_takings::quantity);
    let of = bundle_takings::table.filter(bundle_takings::order_id.eq_any(orders));
    Ok(of.order((bundle_takings::bundle_id, bundle_takings::part_id)).select(columns).load(conn)?)
}

/// The same with words, in their order.
pub fn taken_parts(conn: &mut Conn, order: OrderId) -> Result<Vec<TakenPart>> {
    let columns = (
        bundle_takings::bundle_id,
        bundle_takings::part_id,
        bundle_takings::quantity,
        bundle_takings::title,
        bundle_takings::options,
        bundle_takings::sku,
    );
    let of = bundle_takings::table.filter(bundle_takings::order_id.eq(order));
    Ok(of.order((bundle_takings::bundle_id, bundle_takings::position)).limit(1000).select(columns).load(conn)?)
}

#[derive(QueryableByName)]
struct Found {
    #[diesel(sql_type = Bool)]
    found: bool,
}

/// Whether it was ever sold by itself, and so can come back by itself.
pub fn was_sold(conn: &mut Conn, variant: VariantId) -> Result<bool> {
    let asked = sql_query("SELECT EXISTS (SELECT FROM stock_movements WHERE variant_id = $1 AND order_id IS NOT NULL) AS found");
    Ok(asked.bind::<BigInt, _>(variant).get_result::<Found>(conn)?.found)
}

/// Whether it is a bundle, or a bundle is made of it.
pub fn is_bundled(conn: &mut Conn, variant: VariantId) -> Result<bool> {
    let either = bundle_parts::part_id.eq(variant).or(bundle_parts::bundle_id.eq(variant));
    Ok(diesel::select(exists(bundle_parts::table.filter(either))).get_result(conn)?)
}

/// Waits until nobody else changes a bundle, with the same lock as the trigger takes (003710_bundles), and then until nobody else
/// changes these variants, in the order of their keys. Orders may have them meanwhile.
pub fn take_turn(conn: &mut Conn, about: &[VariantId]) -> Result<()> {
    sql_query("SELECT pg_advisory_xact_lock(hashtextextended('bundle_parts', 0))").execute(conn)?;
    let rows = variants::table.filter(variants::id.eq_any(about)).order(variants::id).for_no_key_update();
    rows.select(variants::id).load::<VariantId>(conn)?;
    Ok(())
}

/// An empty row of stock, counted: whatever it was sold like before.
pub fn empty(conn: &mut Conn, variant: VariantId) -> Result<()> {
    diesel::update(stock::table.find(variant).filter(stock::on_hand.eq(0))).set(stock::tracked.eq(true)).execute(conn)?;
    Ok(())
}

/// Puts so many units of a part into the bundle.
///
/// # Errors
/// `Invalid` on `sku` where the database refuses: a part of itself, a bundle in a bundle, files and gift cards.
pub fn put(conn: &mut Conn, bundle: VariantId, part: VariantId, quantity: i32) -> Result<()> {
    let of = bundle_parts::table.filter(bundle_parts::bundle_id.eq(bundle));
    let last: Option<i32> = of.select(max(bundle_parts::position)).first(conn)?;
    let row = (
        bundle_parts::bundle_id.eq(bundle),
        bundle_parts::part_id.eq(part),
        bundle_parts::quantity.eq(quantity),
        bundle_parts::position.eq(last.unwrap_or(0) + 1),
    );
    let put = diesel::insert_into(bundle_parts::table)
        .values(row)
        .on_conflict((bundle_parts::bundle_id, bundle_parts::part_id))
        .do_update()
        .set(bundle_parts::quantity.eq(quantity))
        .execute(conn);
    let refuse = |words: &'static str| move || Error::invalid("sku", words);
    put.on_constraint("bundle_parts_of_others", refuse("A bundle can't be a part of itself. Enter another SKU"))
        .on_constraint("bundle_parts_do_not_nest", refuse("Bundles can't be put into each other. Enter the SKUs of single articles"))
        .on_constraint("bundle_parts_are_goods", refuse("Downloads and gift cards can't be bundled. Enter the SKU of goods"))
        .on_constraint(
            "stock_bundle_empty",
            refuse("There are units of it in stock, or held by somebody. Count it to 0 before it becomes a bundle"),
        )?;
    Ok(())
}

pub fn take_out(conn: &mut Conn, bundle: VariantId, part: VariantId) -> Result<()> {
    diesel::delete(bundle_parts::table.find((bundle, part))).execute(conn)?;
    Ok(())
}
