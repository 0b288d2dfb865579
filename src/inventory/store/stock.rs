//! The one row that a variant's stock is.

use std::{collections::HashMap, sync::LazyLock};

use diesel::{
    prelude::*,
    sql_query,
    sql_types::{Array, BigInt, Bool, Date, Integer, Nullable, Text, Uuid},
};

use crate::{
    base::{CartId, Conn, Result, VariantId, prepared},
    catalog::{self, BundlePart},
    inventory::model::{Allocation, Item, NewStock, PartStock, Policy, Shortage, Stock},
    schema::stock,
};

/// What a row of `stock` says to everybody, but for `reserved`.
pub(super) const ABOUT: &str = "s.variant_id, s.is_bundle, s.tracked, s.on_hand, s.allocated, s.backorder_limit, s.most_per_order,
           s.preorder AND s.available_from > current_date AS preorder,
           CASE WHEN s.available_from > current_date THEN s.available_from END AS available_from,
           COALESCE(s.low_at, (SELECT low_stock FROM store), 0) AS low";

/// Units that are held no more but not swept yet, to be taken off `reserved`.
///
/// The moment is the statement's: a clock that goes on within it would have each of a variant's holds looked at.
pub(super) const OVER: &str = "CROSS JOIN LATERAL (SELECT COALESCE(sum(r.quantity), 0)::integer AS over FROM reservations r
        WHERE r.variant_id = s.variant_id AND r.reserved_until <= statement_timestamp()) o";

/// `$1` and `$2`: which variants, and whose holds don't count, one beside the other. The holder's own are taken off `reserved` too.
static SELECT: LazyLock<String> = LazyLock::new(|| {
    format!(
        "
    SELECT w.holder, {ABOUT},
           s.reserved - o.over - COALESCE((SELECT r.quantity FROM reservations r
               WHERE r.holder = w.holder AND r.variant_id = s.variant_id AND r.reserved_until > statement_timestamp()), 0) AS reserved
    FROM unnest($1, $2) AS w (variant_id, holder) JOIN stock s ON s.variant_id = w.variant_id {OVER}"
    )
});

/// A variant's stock as one holder finds it.
#[derive(QueryableByName)]
pub(super) struct Held {
    #[diesel(sql_type = Nullable<Uuid>)]
    pub holder: Option<CartId>,
    #[diesel(embed)]
    pub stock: Stock,
}

fn select(conn: &mut Conn, variants: &[VariantId], holders: &[Option<CartId>]) -> Result<Vec<Held>> {
    let rows = select_rows(conn, variants, holders)?;
    of_parts(conn, rows)
}

/// Bundles as their parts make them.
pub(super) fn of_parts(conn: &mut Conn, mut rows: Vec<Held>) -> Result<Vec<Held>> {
    let bundles: Vec<VariantId> = rows.iter().filter(|row| row.stock.is_bundle).map(|row| row.stock.variant_id).collect();
    if bundles.is_empty() {
        return Ok(rows);
    }
    let parts = catalog::bundle_parts(conn, &bundles)?;
    let wanted: Vec<(Option<CartId>, VariantId)> =
        rows.iter().filter(|row| row.stock.is_bundle).flat_map(|row| parts_for(row, &parts)).collect();
    let (holders, variants): (Vec<_>, Vec<_>) = wanted.into_iter().unzip();
    let of_parts = select_rows(conn, &variants, &holders)?;
    for row in rows.iter_mut().filter(|row| row.stock.is_bundle) {
        let found = |part: &BundlePart| {
            let its = of_parts.iter().find(|other| other.holder == row.holder && other.stock.variant_id == part.variant_id);
            let stock = its.map_or(Stock::none(part.variant_id), |found| found.stock);
            PartStock { stock, quantity: part.quantity, is_archived: part.is_archived }
        };
        let its: Vec<PartStock> = parts.iter().filter(|part| part.bundle_id == row.stock.variant_id).map(found).collect();
        row.stock = Stock::of_parts(row.stock, &its);
    }
    Ok(rows)
}

/// The parts that this holder wants to know of.
fn parts_for(row: &Held, parts: &[BundlePart]) -> Vec<(Option<CartId>, VariantId)> {
    parts.iter().filter(|part| part.bundle_id == row.stock.variant_id).map(|part| (row.holder, part.variant_id)).collect()
}

fn select_rows(conn: &mut Conn, variants: &[VariantId], holders: &[Option<CartId>]) -> Result<Vec<Held>> {
    let query = sql_query(&**SELECT).bind::<Array<BigInt>, _>(variants).bind::<Array<Nullable<Uuid>>, _>(holders);
    Ok(prepared(query).load(conn)?)
}

/// The stock of each of these variants, as everybody finds it.
pub fn of(conn: &mut Conn, variants: &[VariantId]) -> Result<HashMap<VariantId, Stock>> {
    of_holder(conn, None, variants)
}

/// The stock of each of these variants, as the holder finds it: one's own holds are no obstacle.
pub fn of_holder(conn: &mut Conn, holder: Option<CartId>, variants: &[VariantId]) -> Result<HashMap<VariantId, Stock>> {
    let mut found: HashMap<_, _> = variants.iter().map(|variant| (*variant, Stock::none(*variant))).collect();
    let rows = select(conn, variants, &vec![holder; variants.len()])?;
    found.extend(rows.into_iter().map(|row| (row.stock.variant_id, row.stock)));
    Ok(found)
}

/// The same for several holders, each with what it wants. What is not stored at all is left out.
pub fn of_holders(conn: &mut Conn, wanted: &[(CartId, VariantId)]) -> Result<HashMap<(CartId, VariantId), Stock>> {
    let (holders, variants): (Vec<_>, Vec<_>) = wanted.iter().map(|(holder, variant)| (Some(*holder), *variant)).unzip();
    let rows = select(conn, &variants, &holders)?;
    Ok(rows.into_iter().filter_map(|row| Some(((row.holder?, row.stock.variant_id), row.stock))).collect())
}

pub fn find(conn: &mut Conn, variant: VariantId) -> Result<Stock> {
    Ok(of(conn, &[variant])?.remove(&variant).unwrap_or(Stock::none(variant)))
}

/// Makes sure that there is a row to change.
pub fn ensure(conn: &mut Conn, variant: VariantId) -> Result<()> {
    diesel::insert_into(stock::table).values(stock::variant_id.eq(variant)).on_conflict_do_nothing().execute(conn)?;
    Ok(())
}

/// Makes the rows of variants that have none, with what lies at the default location.
pub fn begin(conn: &mut Conn, new: &[NewStock]) -> Result<()> {
    sql_query("SELECT set_config('ironmonger.places', 'given', true)").execute(conn)?;
    let column = |of: fn(&Policy) -> Option<i32>| new.iter().map(|new| of(&new.policy)).collect::<Vec<_>>();
    let insert = sql_query(
        "WITH new AS (
            SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7) AS n (variant_id, on_hand, backorder_limit, preorder, available_from, low_at, most)
        ), placed AS (
            INSERT INTO location_stock (variant_id, location_id, on_hand)
            SELECT variant_id, (SELECT id FROM locations WHERE is_default), on_hand FROM new WHERE on_hand > 0
        )
        INSERT INTO stock (variant_id, tracked, on_hand, backorder_limit, preorder, available_from, low_at, most_per_order)
        SELECT variant_id, on_hand IS NOT NULL, COALESCE(on_hand, 0), backorder_limit, preorder, available_from, low_at, most FROM new
        ORDER BY variant_id",
    );
    insert
        .bind::<Array<BigInt>, _>(new.iter().map(|new| new.variant.0).collect::<Vec<_>>())
        .bind::<Array<Nullable<Integer>>, _>(new.iter().map(|new| new.on_hand).collect::<Vec<_>>())
        .bind::<Array<Nullable<Integer>>, _>(column(|policy| Some(policy.backorder_limit)))
        .bind::<Array<Bool>, _>(new.iter().map(|new| new.policy.preorder).collect::<Vec<_>>())
        .bind::<Array<Nullable<Date>>, _>(new.iter().map(|new| new.policy.available_from).collect::<Vec<_>>())
        .bind::<Array<Nullable<Integer>>, _>(column(|policy| policy.low_at))
        .bind::<Array<Nullable<Integer>>, _>(column(|policy| policy.most_per_order))
        .execute(conn)?;
    Ok(())
}

/// Locks the rows in the order of their keys, then reads them, a bundle's own too. Who holds the lock may change holds and locations as well.
pub fn lock(conn: &mut Conn, variants: &[VariantId]) -> Result<HashMap<VariantId, Stock>> {
    let rows = stock::table.filter(stock::variant_id.eq_any(variants)).order(stock::variant_id).for_update();
    rows.select(stock::variant_id).load::<VariantId>(conn)?;
    let mut found: HashMap<_, _> = variants.iter().map(|variant| (*variant, Stock::none(*variant))).collect();
    let rows = select_rows(conn, variants, &vec![None; variants.len()])?;
    found.extend(rows.into_iter().map(|row| (row.stock.variant_id, row.stock)));
    Ok(found)
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

/// Turns what the holders hold, and what is free, into units of their orders: all of it in one statement, or nothing and what is
/// short.
pub fn allocate(conn: &mut Conn, wanted: &[Allocation], actor: &str) -> Result<Vec<Shortage>> {
    let each = || wanted.iter().flat_map(|of| of.items.iter().map(move |item| (of, item)));
    let allocated = sql_query("SELECT short_of, could_be, limited FROM stock_allocate_all($1, $2, $3, $4, $5)")
        .bind::<Array<BigInt>, _>(each().map(|(of, _)| of.order).collect::<Vec<_>>())
        .bind::<Array<Nullable<Uuid>>, _>(each().map(|(of, _)| of.holder).collect::<Vec<_>>())
        .bind::<Array<BigInt>, _>(each().map(|(_, item)| item.variant).collect::<Vec<_>>())
        .bind::<Array<Integer>, _>(each().map(|(_, item)| item.quantity).collect::<Vec<_>>())
        .bind::<Text, _>(actor);
    let rows: Vec<Short> = prepared(allocated).load(conn)?;
    let told = |row: Short| Shortage { variant: row.short_of, available: row.could_be, is_limit: row.limited, is_shared: false };
    Ok(rows.into_iter().map(told).collect())
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
