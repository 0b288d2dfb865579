//! How much there is, across variants.

use std::collections::{HashMap, HashSet};

use diesel::{
    prelude::*,
    sql_query,
    sql_types::{Array, BigInt, Bool, Integer, Text},
};

use crate::base::{Conn, LocationId, Page, PageRequest, ProductId, Result, VariantId, prepared, text_enum, typed};

/// Of these products (a SQL list of ids) those of which a variant can be bought, by back-order if need be.
pub(super) fn bought_of(products: &str) -> String {
    format!(
        "SELECT v.product_id FROM variants v JOIN stock s ON s.variant_id = v.id
         WHERE v.product_id = ANY ({products}) AND v.archived_at IS NULL GROUP BY v.product_id
         HAVING bool_or(CASE WHEN s.is_bundle THEN COALESCE(bundle_available(v.id), 1) > 0
             ELSE NOT s.tracked OR s.on_hand + s.backorder_limit - s.allocated - s.reserved + COALESCE(
                (SELECT sum(r.quantity) FROM reservations r WHERE r.variant_id = s.variant_id AND r.reserved_until <= statement_timestamp()), 0) > 0
             END)"
    )
}

#[derive(QueryableByName)]
struct Bought {
    #[diesel(sql_type = BigInt)]
    product_id: ProductId,
}

/// Those of these products of which at least one variant can be bought, by back-order if need be.
pub fn available(conn: &mut Conn, products: &[ProductId]) -> Result<HashSet<ProductId>> {
    if products.is_empty() {
        return Ok(HashSet::new());
    }
    // A list that PostgreSQL can't look into: it would plan anew for each length.
    let wanted = sql_query(bought_of("ARRAY(SELECT unnest($1))"));
    let rows: Vec<Bought> = prepared(wanted.bind::<Array<BigInt>, _>(products)).load(conn)?;
    Ok(rows.into_iter().map(|row| row.product_id).collect())
}

#[derive(QueryableByName)]
struct UnitsLeft {
    #[diesel(sql_type = BigInt)]
    product_id: ProductId,
    #[diesel(sql_type = diesel::sql_types::Nullable<BigInt>)]
    units: Option<i64>,
}

/// Units of all variants of each of these products that can still be sold; `None`: one of them is sold without counting.
pub fn units_left(conn: &mut Conn, products: &[ProductId]) -> Result<HashMap<ProductId, Option<i64>>> {
    let rows: Vec<UnitsLeft> = sql_query(
        "SELECT v.product_id, CASE WHEN bool_and(s.tracked AND (NOT s.is_bundle OR bundle_available(v.id) IS NOT NULL))
             THEN sum(CASE WHEN s.is_bundle THEN bundle_available(v.id) ELSE s.on_hand + s.backorder_limit - s.allocated - s.reserved END)::bigint END AS units
         FROM variants v JOIN stock s ON s.variant_id = v.id WHERE v.product_id = ANY($1) AND v.archived_at IS NULL GROUP BY v.product_id",
    )
    .bind::<Array<BigInt>, _>(products)
    .load(conn)?;
    Ok(rows.into_iter().map(|row| (row.product_id, row.units)).collect())
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
           AND v.archived_at IS NULL AND p.status = 'active' AND NOT s.is_bundle
         ORDER BY available, p.title, v.position LIMIT $2",
    )
    .bind::<Integer, _>(threshold)
    .bind::<BigInt, _>(limit)
    .load(conn)?)
}

text_enum! {
    /// What a list of stock is narrowed to.
    pub enum Level {
        /// At or below the threshold, but not out.
        Low = "low",
        /// None that belong to nobody.
        Out = "out",
    }
}

#[derive(Clone, Debug, Default)]
pub struct StockFilter {
    pub level: Option<Level>,
    /// A word of the title, or the beginning of a SKU.
    pub text: String,
    /// Only what is there.
    pub location: Option<LocationId>,
}

/// A variant in the list of stock.
#[derive(QueryableByName, Clone, Debug)]
pub struct Listed {
    #[diesel(sql_type = BigInt)]
    pub variant_id: VariantId,
    #[diesel(sql_type = Text)]
    pub title: String,
    #[diesel(sql_type = Array<Text>)]
    pub option_values: Vec<String>,
    #[diesel(sql_type = Text)]
    pub sku: String,
    #[diesel(sql_type = Bool)]
    pub tracked: bool,
    #[diesel(sql_type = Integer)]
    pub on_hand: i32,
    #[diesel(sql_type = Integer)]
    pub allocated: i32,
    #[diesel(sql_type = Integer)]
    pub reserved: i32,
    #[diesel(sql_type = Integer)]
    pub backorder_limit: i32,
    #[diesel(sql_type = Bool)]
    pub is_low: bool,
    /// Names of the locations where some are.
    #[diesel(sql_type = Array<Text>)]
    pub places: Vec<String>,
}

impl Listed {
    pub fn available(&self) -> Option<i32> {
        self.tracked.then_some(self.on_hand + self.backorder_limit - self.allocated - self.reserved)
    }

    pub fn is_out(&self) -> bool {
        self.tracked && self.on_hand <= self.allocated
    }
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

const LISTED: &str = "
    SELECT v.id AS variant_id, p.title, v.option_values, v.sku, COALESCE(s.tracked, true) AS tracked, COALESCE(s.on_hand, 0) AS on_hand,
           COALESCE(s.allocated, 0) AS allocated, COALESCE(s.backorder_limit, 0) AS backorder_limit,
           COALESCE(s.reserved - COALESCE((SELECT sum(r.quantity) FROM reservations r
               WHERE r.variant_id = s.variant_id AND r.reserved_until <= clock_timestamp()), 0), 0)::integer AS reserved,
           COALESCE(s.tracked AND s.on_hand - s.allocated <= COALESCE(s.low_at, $1), s.variant_id IS NULL) AS is_low,
           ARRAY(SELECT l.name FROM location_stock x JOIN locations l ON l.id = x.location_id
                 WHERE x.variant_id = v.id AND x.on_hand > 0 ORDER BY l.is_default DESC, l.name) AS places";

/// What is wanted of the list. A title is looked for by its words, through the index that the shop's search has as well.
fn from(filter: &StockFilter) -> &'static str {
    match filter.level {
        None => " FROM variants v JOIN products p ON p.id = v.product_id LEFT JOIN stock s ON s.variant_id = v.id WHERE true",
        Some(Level::Out) => {
            " FROM stock s JOIN variants v ON v.id = s.variant_id JOIN products p ON p.id = v.product_id WHERE s.scarcity <= 0"
        }
        Some(Level::Low) => {
            " FROM stock s JOIN variants v ON v.id = s.variant_id JOIN products p ON p.id = v.product_id
              WHERE (s.scarcity <= LEAST($1, 100) OR s.low_at IS NOT NULL) AND s.tracked
                AND s.on_hand - s.allocated BETWEEN 1 AND COALESCE(s.low_at, $1)"
        }
    }
}

/// A bundle has no stock but its parts'.
const NARROWED: &str = " AND v.archived_at IS NULL AND p.status <> 'archived' AND NOT v.is_bundle
    AND ($2 = '' OR upper(v.sku) LIKE upper($3) || '%' OR p.document @@ plainto_tsquery('english', $2))
    AND ($4 = 0 OR EXISTS (SELECT FROM location_stock x WHERE x.variant_id = v.id AND x.location_id = $4 AND x.on_hand > 0))";

/// A page of the variants that are not archived, by their SKUs. `threshold` is the shop's own.
pub fn list(conn: &mut Conn, filter: &StockFilter, threshold: i32, page: PageRequest) -> Result<Page<Listed>> {
    let (from, location) = (from(filter), filter.location.map_or(0, |location| location.0));
    let rows: Vec<Listed> = sql_query(format!("{LISTED}{from}{NARROWED} ORDER BY v.sku LIMIT $5 OFFSET $6"))
        .bind::<Integer, _>(threshold)
        .bind::<Text, _>(&filter.text)
        .bind::<Text, _>(typed::like(&filter.text))
        .bind::<BigInt, _>(location)
        .bind::<BigInt, _>(page.limit())
        .bind::<BigInt, _>(page.offset())
        .load(conn)?;
    let Count { count } = sql_query(format!("SELECT count(*) AS count, $1 AS threshold{from}{NARROWED}"))
        .bind::<Integer, _>(threshold)
        .bind::<Text, _>(&filter.text)
        .bind::<Text, _>(typed::like(&filter.text))
        .bind::<BigInt, _>(location)
        .get_result(conn)?;
    Ok(page.of(rows, count))
}

/// A variant as it is known by its SKU.
#[derive(QueryableByName, Clone, Debug)]
pub struct Known {
    #[diesel(sql_type = BigInt)]
    pub variant_id: VariantId,
    #[diesel(sql_type = Text)]
    pub sku: String,
    #[diesel(sql_type = Bool)]
    pub tracked: bool,
    #[diesel(sql_type = Bool)]
    pub is_bundle: bool,
}

/// The variants that have these SKUs, whatever the case.
pub fn by_skus(conn: &mut Conn, skus: &[String]) -> Result<Vec<Known>> {
    let wanted: Vec<_> = skus.iter().map(|sku| sku.to_uppercase()).collect();
    Ok(sql_query(
        "SELECT v.id AS variant_id, v.sku, COALESCE(s.tracked, true) AS tracked, v.is_bundle FROM variants v LEFT JOIN stock s ON s.variant_id = v.id
         WHERE upper(v.sku) = ANY($1)",
    )
    .bind::<Array<Text>, _>(wanted)
    .load(conn)?)
}
