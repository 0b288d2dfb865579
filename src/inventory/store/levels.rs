//! How much there is, across variants.

use std::collections::HashMap;

use diesel::{
    prelude::*,
    sql_query,
    sql_types::{Array, BigInt, Bool, Integer, Text},
};

use crate::base::{Conn, ProductId, Result, VariantId};

#[derive(QueryableByName)]
struct ProductAvailable {
    #[diesel(sql_type = BigInt)]
    product_id: ProductId,
    #[diesel(sql_type = Bool)]
    available: bool,
}

/// Whether at least one variant of each of these products can be bought, by back-order if need be.
pub fn available(conn: &mut Conn, products: &[ProductId]) -> Result<HashMap<ProductId, bool>> {
    let rows: Vec<ProductAvailable> = sql_query(
        "SELECT v.product_id, bool_or(COALESCE(NOT s.tracked OR s.on_hand + s.backorder_limit - s.allocated - s.reserved + COALESCE(
             (SELECT sum(r.quantity) FROM reservations r WHERE r.variant_id = s.variant_id AND r.reserved_until <= clock_timestamp()), 0) > 0,
             false)) AS available
         FROM variants v LEFT JOIN stock s ON s.variant_id = v.id
         WHERE v.product_id = ANY($1) AND v.archived_at IS NULL GROUP BY v.product_id",
    )
    .bind::<Array<BigInt>, _>(products)
    .load(conn)?;
    Ok(rows.into_iter().map(|row| (row.product_id, row.available)).collect())
}

/// A variant that is running out.
#[derive(QueryableByName, Clone, Debug)]
pub struct Low {
    #[diesel(sql_type = BigInt)]
    pub variant_id: VariantId,
    #[diesel(sql_type = BigInt)]
    pub product_id: ProductId,
    #[diesel(sql_type = Text)]
    pub title: String,
    #[diesel(sql_type = Array<Text>)]
    pub option_values: Vec<String>,
    #[diesel(sql_type = Text)]
    pub sku: String,
    #[diesel(sql_type = Integer)]
    pub available: i32,
}

/// Variants for sale with no more units than their own threshold, or else the shop's, the scarcest first. What is held counts
/// as there: it comes back or becomes an order within minutes.
pub fn low(conn: &mut Conn, threshold: i32, limit: i64) -> Result<Vec<Low>> {
    Ok(sql_query(
        "SELECT v.id AS variant_id, p.id AS product_id, p.title, v.option_values, v.sku, s.on_hand - s.allocated AS available
         FROM stock s JOIN variants v ON v.id = s.variant_id JOIN products p ON p.id = v.product_id
         WHERE (s.scarcity <= LEAST($1, 100) OR s.low_at IS NOT NULL) AND s.tracked AND s.on_hand - s.allocated <= COALESCE(s.low_at, $1)
           AND v.archived_at IS NULL AND p.status = 'active'
         ORDER BY available, p.title, v.position LIMIT $2",
    )
    .bind::<Integer, _>(threshold)
    .bind::<BigInt, _>(limit)
    .load(conn)?)
}
