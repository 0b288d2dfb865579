use std::collections::HashMap;

use diesel::{
    prelude::*,
    sql_query,
    sql_types::{Array, BigInt, Bool, Integer, Text},
};

use super::model::{Cause, Item, Movement, Stock};
use crate::{
    base::{Conn, OrderId, Page, PageRequest, Result, VariantId},
    schema::{orders, stock, stock_movements},
};

pub fn find(conn: &mut Conn, variant: VariantId) -> Result<Stock> {
    let found = stock::table.find(variant).select(Stock::as_select()).first(conn).optional()?;
    Ok(found.unwrap_or_else(|| Stock::none(variant)))
}

/// The stock of each of these variants.
pub fn of(conn: &mut Conn, variants: &[VariantId]) -> Result<HashMap<VariantId, Stock>> {
    let rows: Vec<Stock> = stock::table.filter(stock::variant_id.eq_any(variants)).select(Stock::as_select()).load(conn)?;
    let mut found: HashMap<_, _> = rows.into_iter().map(|row| (row.variant_id, row)).collect();
    for variant in variants {
        found.entry(*variant).or_insert_with(|| Stock::none(*variant));
    }
    Ok(found)
}

#[derive(QueryableByName)]
struct ProductAvailable {
    #[diesel(sql_type = BigInt)]
    product_id: i64,
    #[diesel(sql_type = Bool)]
    available: bool,
}

/// Whether at least one variant of each of these products can be bought.
pub fn available(conn: &mut Conn, products: &[crate::base::ProductId]) -> Result<HashMap<crate::base::ProductId, bool>> {
    let rows: Vec<ProductAvailable> = sql_query(
        "SELECT v.product_id, bool_or(COALESCE(NOT s.tracked OR s.on_hand > s.allocated, false)) AS available
         FROM variants v LEFT JOIN stock s ON s.variant_id = v.id
         WHERE v.product_id = ANY($1) AND v.archived_at IS NULL GROUP BY v.product_id",
    )
    .bind::<Array<BigInt>, _>(products.iter().map(|id| id.0).collect::<Vec<_>>())
    .load(conn)?;
    Ok(rows.into_iter().map(|row| (crate::base::ProductId(row.product_id), row.available)).collect())
}

/// Makes sure that there is a row to change.
pub fn ensure(conn: &mut Conn, variant: VariantId) -> Result<()> {
    diesel::insert_into(stock::table).values(Stock::none(variant)).on_conflict_do_nothing().execute(conn)?;
    Ok(())
}

/// Locks the row, so that a count and what it is compared with are of one moment.
pub fn lock(conn: &mut Conn, variant: VariantId) -> Result<Stock> {
    Ok(stock::table.find(variant).select(Stock::as_select()).for_update().first(conn)?)
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
           AND (NOT tracked OR on_hand + $2 >= GREATEST(allocated + $3, 0))
         RETURNING tracked",
    )
    .bind::<BigInt, _>(item.variant)
    .bind::<Integer, _>(on_hand)
    .bind::<Integer, _>(allocated)
    .get_result(conn)
    .optional()?;
    Ok(changed)
}

pub fn note(conn: &mut Conn, variant: VariantId, cause: Cause, change: (i32, i32), order: Option<OrderId>, actor: &str) -> Result<()> {
    let (on_hand, allocated) = change;
    if on_hand == 0 && allocated == 0 {
        return Ok(());
    }
    diesel::insert_into(stock_movements::table)
        .values((
            stock_movements::variant_id.eq(variant),
            stock_movements::cause.eq(cause),
            stock_movements::on_hand.eq(on_hand),
            stock_movements::allocated.eq(allocated),
            stock_movements::order_id.eq(order),
            stock_movements::actor.eq(actor),
        ))
        .execute(conn)?;
    Ok(())
}

pub fn movements(conn: &mut Conn, variant: VariantId, page: PageRequest) -> Result<Page<Movement>> {
    let of = || stock_movements::table.filter(stock_movements::variant_id.eq(variant));
    let listed = of().left_join(orders::table).order(stock_movements::id.desc()).limit(page.limit()).offset(page.offset());
    let columns = (
        stock_movements::cause,
        stock_movements::on_hand,
        stock_movements::allocated,
        orders::number.nullable(),
        stock_movements::actor,
        stock_movements::created_at,
    );
    let rows = listed.select(columns).load(conn)?;
    Ok(page.of(rows, of().count().get_result(conn)?))
}

/// A variant that is running out.
#[derive(QueryableByName, Clone, Debug)]
pub struct Low {
    #[diesel(sql_type = BigInt)]
    pub variant_id: VariantId,
    #[diesel(sql_type = BigInt)]
    pub product_id: crate::base::ProductId,
    #[diesel(sql_type = Text)]
    pub title: String,
    #[diesel(sql_type = Array<Text>)]
    pub option_values: Vec<String>,
    #[diesel(sql_type = Text)]
    pub sku: String,
    #[diesel(sql_type = Integer)]
    pub available: i32,
}

/// Variants for sale with `threshold` units or fewer, the scarcest first.
pub fn low(conn: &mut Conn, threshold: i32, limit: i64) -> Result<Vec<Low>> {
    Ok(sql_query(
        "SELECT v.id AS variant_id, p.id AS product_id, p.title, v.option_values, v.sku, s.on_hand - s.allocated AS available
         FROM stock s JOIN variants v ON v.id = s.variant_id JOIN products p ON p.id = v.product_id
         WHERE s.tracked AND s.on_hand - s.allocated <= $1 AND v.archived_at IS NULL AND p.status = 'active'
         ORDER BY available, p.title, v.position LIMIT $2",
    )
    .bind::<Integer, _>(threshold)
    .bind::<BigInt, _>(limit)
    .load(conn)?)
}
