//! The one row that a variant's stock is.

use std::collections::HashMap;

use diesel::{
    prelude::*,
    sql_query,
    sql_types::{Array, BigInt, Bool, Date, Integer, Nullable, Text, Uuid},
};

use crate::{
    base::{CartId, Conn, OrderId, Result, VariantId, prepared},
    inventory::model::{Item, Policy, Shortage, Stock},
    schema::stock,
};

/// `$1`: whose holds don't count. What is over but not swept yet is taken off `reserved`, and so are the holder's own.
const SELECT: &str = "
    SELECT s.variant_id, s.tracked, s.on_hand, s.allocated, s.backorder_limit, s.most_per_order,
           s.reserved - COALESCE((SELECT sum(r.quantity) FROM reservations r
               WHERE r.variant_id = s.variant_id AND (r.reserved_until <= clock_timestamp() OR r.holder = $1)), 0)::integer AS reserved,
           s.preorder AND s.available_from > current_date AS preorder,
           CASE WHEN s.available_from > current_date THEN s.available_from END AS available_from,
           COALESCE(s.low_at, (SELECT low_stock FROM store), 0) AS low
    FROM stock s WHERE s.variant_id = ANY($2)";

/// The stock of each of these variants, as everybody finds it.
pub fn of(conn: &mut Conn, variants: &[VariantId]) -> Result<HashMap<VariantId, Stock>> {
    of_holder(conn, None, variants)
}

/// The stock of each of these variants, as the holder finds it: one's own holds are no obstacle.
pub fn of_holder(conn: &mut Conn, holder: Option<CartId>, variants: &[VariantId]) -> Result<HashMap<VariantId, Stock>> {
    let mut found: HashMap<_, _> = variants.iter().map(|variant| (*variant, Stock::none(*variant))).collect();
    let query = sql_query(SELECT).bind::<Nullable<Uuid>, _>(holder).bind::<Array<BigInt>, _>(variants);
    found.extend(prepared(query).load::<Stock>(conn)?.into_iter().map(|row| (row.variant_id, row)));
    Ok(found)
}

pub fn find(conn: &mut Conn, variant: VariantId) -> Result<Stock> {
    Ok(of(conn, &[variant])?.remove(&variant).unwrap_or(Stock::none(variant)))
}

/// Makes sure that there is a row to change.
pub fn ensure(conn: &mut Conn, variant: VariantId) -> Result<()> {
    diesel::insert_into(stock::table).values(stock::variant_id.eq(variant)).on_conflict_do_nothing().execute(conn)?;
    Ok(())
}

/// Locks the rows in the order of their keys, then reads them. Who holds the lock may change holds and locations as well.
pub fn lock(conn: &mut Conn, variants: &[VariantId]) -> Result<HashMap<VariantId, Stock>> {
    let rows = stock::table.filter(stock::variant_id.eq_any(variants)).order(stock::variant_id).for_update();
    rows.select(stock::variant_id).load::<VariantId>(conn)?;
    of(conn, variants)
}

pub fn set(conn: &mut Conn, variant: VariantId, tracked: bool, on_hand: i32) -> QueryResult<usize> {
    diesel::update(stock::table.find(variant)).set((stock::tracked.eq(tracked), stock::on_hand.eq(on_hand))).execute(conn)
}

/// Whether the units of a changed row are counted.
#[derive(QueryableByName)]
pub struct Changed {
    #[diesel(sql_type = Bool)]
    pub tracked: bool,
}

/// Adds to both columns at once. `None` when the row's CHECKs would not hold; the caller's transaction goes on.
pub fn add(conn: &mut Conn, item: Item, on_hand: i32, allocated: i32) -> Result<Option<Changed>> {
    let changed = sql_query(
        "UPDATE stock SET on_hand = on_hand + CASE WHEN tracked THEN $2 ELSE 0 END, allocated = allocated + $3
         WHERE variant_id = $1 AND allocated + $3 >= 0
           AND (NOT tracked OR (on_hand + $2 >= 0 AND on_hand::bigint + $2 + backorder_limit >= allocated::bigint + $3 + reserved))
         RETURNING tracked",
    )
    .bind::<BigInt, _>(item.variant)
    .bind::<Integer, _>(on_hand)
    .bind::<Integer, _>(allocated)
    .get_result(conn)
    .optional()?;
    Ok(changed)
}

#[derive(QueryableByName)]
struct Short {
    #[diesel(sql_type = BigInt)]
    short_of: VariantId,
    #[diesel(sql_type = Integer)]
    could_be: i32,
    #[diesel(sql_type = Bool)]
    limited: bool,
}

/// Turns what the holder holds, and what is free, into units of the order: all of it in one statement, or nothing and what is
/// short.
pub fn allocate(conn: &mut Conn, order: OrderId, holder: Option<CartId>, items: &[Item], actor: &str) -> Result<Vec<Shortage>> {
    let (variants, quantities) = columns(items);
    let allocated = sql_query("SELECT short_of, could_be, limited FROM stock_allocate($1, $2, $3, $4, $5)")
        .bind::<BigInt, _>(order)
        .bind::<Nullable<Uuid>, _>(holder)
        .bind::<Array<BigInt>, _>(variants)
        .bind::<Array<Integer>, _>(quantities)
        .bind::<Text, _>(actor);
    let rows: Vec<Short> = prepared(allocated).load(conn)?;
    Ok(rows.into_iter().map(|row| Shortage { variant: row.short_of, available: row.could_be, is_limit: row.limited }).collect())
}

pub fn columns(items: &[Item]) -> (Vec<VariantId>, Vec<i32>) {
    items.iter().map(|item| (item.variant, item.quantity)).unzip()
}

pub fn policy(conn: &mut Conn, variant: VariantId) -> Result<Policy> {
    let found = sql_query("SELECT backorder_limit, preorder, available_from, low_at, most_per_order FROM stock WHERE variant_id = $1");
    Ok(found.bind::<BigInt, _>(variant).get_result(conn).optional()?.unwrap_or_default())
}

pub fn set_policy(conn: &mut Conn, variant: VariantId, policy: &Policy) -> QueryResult<usize> {
    sql_query(
        "UPDATE stock SET backorder_limit = $2, preorder = $3, available_from = $4, low_at = $5, most_per_order = $6 WHERE variant_id = $1",
    )
    .bind::<BigInt, _>(variant)
    .bind::<Integer, _>(policy.backorder_limit)
    .bind::<Bool, _>(policy.preorder)
    .bind::<Nullable<Date>, _>(policy.available_from)
    .bind::<Nullable<Integer>, _>(policy.low_at)
    .bind::<Nullable<Integer>, _>(policy.most_per_order)
    .execute(conn)
}
