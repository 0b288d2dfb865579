//! Addresses of what can be found in the shop, for those who read them all: many at a time, in the order of ids.

use chrono::{DateTime, Utc};
use diesel::{
    prelude::*,
    sql_query,
    sql_types::{BigInt, Nullable, Text, Timestamptz},
};

use crate::base::{Conn, ProductId, Result, prepared};

/// Ids of products in one part. A sitemap holds 50,000 addresses at most (sitemaps.org).
pub const PART: i64 = 40_000;

/// Categories and brands at most: as many as one sitemap holds.
const MOST: i64 = 50_000;

/// A page of the shop, and when it last changed.
#[derive(QueryableByName, Clone, Debug)]
pub struct Address {
    #[diesel(sql_type = Text)]
    pub path: String,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    pub changed: Option<DateTime<Utc>>,
}

/// A product that has come into the shop.
#[derive(QueryableByName, Clone, Debug)]
pub struct Newcomer {
    #[diesel(sql_type = BigInt)]
    pub id: ProductId,
    #[diesel(sql_type = Text)]
    pub slug: String,
    #[diesel(sql_type = Text)]
    pub title: String,
    /// Sanitised HTML.
    #[diesel(sql_type = Text)]
    pub description: String,
    #[diesel(sql_type = Timestamptz)]
    pub created_at: DateTime<Utc>,
}

impl Newcomer {
    pub fn url(&self) -> String {
        format!("/products/{}", self.slug)
    }
}

#[derive(QueryableByName)]
struct Part {
    #[diesel(sql_type = BigInt)]
    part: i64,
}

/// Numbers of the parts in which there are products for sale.
pub fn parts(conn: &mut Conn) -> Result<Vec<i64>> {
    let parts = sql_query(
        "SELECT part FROM generate_series(0, (SELECT COALESCE(max(id), 0) / $1 FROM products)) part
         WHERE EXISTS (SELECT FROM products WHERE id >= part * $1 AND id < (part + 1) * $1 AND status = 'active') ORDER BY part",
    );
    let found: Vec<Part> = prepared(parts.bind::<BigInt, _>(PART)).load(conn)?;
    Ok(found.into_iter().map(|found| found.part).collect())
}

/// Products of one part that are shown now and of which something is sold.
pub fn products(conn: &mut Conn, part: i64) -> Result<Vec<Address>> {
    let shown = sql_query(
        "SELECT '/products/' || p.slug AS path, p.updated_at AS changed FROM products p
         WHERE p.id >= $1 * $2 AND p.id < ($1 + 1) * $2 AND product_is_shown(p)
           AND EXISTS (SELECT FROM variants v WHERE v.product_id = p.id AND v.archived_at IS NULL) ORDER BY p.id",
    );
    Ok(prepared(shown.bind::<BigInt, _>(part).bind::<BigInt, _>(PART)).load(conn)?)
}

pub fn categories(conn: &mut Conn) -> Result<Vec<Address>> {
    let all = sql_query("SELECT '/categories/' || slug AS path, NULL::timestamptz AS changed FROM categories ORDER BY id LIMIT $1");
    Ok(prepared(all.bind::<BigInt, _>(MOST)).load(conn)?)
}

/// Brands of which something is sold.
pub fn brands(conn: &mut Conn) -> Result<Vec<Address>> {
    let sold = sql_query(
        "SELECT '/brands/' || b.slug AS path, NULL::timestamptz AS changed FROM brands b
         WHERE EXISTS (SELECT FROM shelves s WHERE s.kind = 'b' AND s.of_id = b.id) ORDER BY b.id LIMIT $1",
    );
    Ok(prepared(sold.bind::<BigInt, _>(MOST)).load(conn)?)
}

/// Collections that shoppers see.
pub fn collections(conn: &mut Conn) -> Result<Vec<Address>> {
    let shown =
        sql_query("SELECT '/collections/' || slug AS path, NULL::timestamptz AS changed FROM collections WHERE shown ORDER BY id LIMIT $1");
    Ok(prepared(shown.bind::<BigInt, _>(MOST)).load(conn)?)
}

/// What came last, the newest first.
pub fn newest(conn: &mut Conn, limit: i64) -> Result<Vec<Newcomer>> {
    let newest = sql_query(
        "SELECT p.id, p.slug, p.title, p.description, COALESCE(p.on_sale_from, p.created_at) AS created_at FROM products p
         WHERE product_is_shown(p) AND EXISTS (SELECT FROM variants v WHERE v.product_id = p.id AND v.archived_at IS NULL)
         ORDER BY p.id DESC LIMIT $1",
    );
    Ok(prepared(newest.bind::<BigInt, _>(limit)).load(conn)?)
}
