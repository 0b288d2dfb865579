use std::collections::HashMap;

use diesel::{
    dsl::{now, sql},
    prelude::*,
    sql_query,
    sql_types::{BigInt, Bool, Text},
};

use crate::{
    base::{Conn, Error, OnConstraint, Page, PageRequest, ProductId, Result, typed},
    catalog::model::{Product, ProductChange, ProductFilter, Schedule, Status},
    schema::{products, variants},
};

/// Products are counted up to here; beyond, it is "more than".
const COUNTED: i64 = 10_000;

pub fn find(conn: &mut Conn, id: ProductId) -> Result<Product> {
    Ok(products::table.find(id).select(Product::as_select()).first(conn)?)
}

/// The same, and nobody else changes it before this transaction ends.
pub fn lock(conn: &mut Conn, id: ProductId) -> Result<Product> {
    Ok(products::table.find(id).for_no_key_update().select(Product::as_select()).first(conn)?)
}

/// Locks several, in the order of their keys.
pub fn lock_all(conn: &mut Conn, ids: &[ProductId]) -> Result<()> {
    let locked = products::table.filter(products::id.eq_any(ids)).order(products::id).for_no_key_update();
    locked.select(products::id).load::<ProductId>(conn)?;
    Ok(())
}

pub fn find_by_slug(conn: &mut Conn, slug: &str) -> Result<Option<Product>> {
    Ok(products::table.filter(products::slug.eq(slug)).select(Product::as_select()).first(conn).optional()?)
}

/// The same with whether shoppers may see it now, by the database's clock.
pub fn find_in_shop(conn: &mut Conn, slug: &str) -> Result<Option<(Product, bool)>> {
    let found = products::table.filter(products::slug.eq(slug));
    Ok(found.select((Product::as_select(), sql::<Bool>("product_is_shown(products)"))).first(conn).optional()?)
}

/// Takes `$1` to `$8`, bound by `narrow!`. Whatever is not asked for folds away when the query is planned.
const NARROWED: &str = "
    ($1 = '' OR p.status = $1)
    AND ($2 = '' OR p.id IN (SELECT d.id FROM products d WHERE d.document @@ to_tsquery('english', $2)
                             UNION SELECT v.product_id FROM variants v WHERE upper(v.sku) LIKE $3))
    AND ($4 = 0 OR p.id IN (SELECT pc.product_id FROM product_categories pc JOIN categories c ON c.id = pc.category_id
                            WHERE c.path @> ARRAY[$4]))
    AND ($5 = 0 OR p.brand_id = $5)
    AND ($6 = 0 OR p.product_type_id = $6)
    AND ($7 = '' OR p.tags @> ARRAY[$7])
    AND ($8 = '' OR ($8 = 'in') = EXISTS (
        SELECT FROM variants v JOIN stock s ON s.variant_id = v.id WHERE v.product_id = p.id AND v.archived_at IS NULL
            AND CASE WHEN s.is_bundle THEN COALESCE(bundle_available(v.id), 1) > 0
                     ELSE NOT s.tracked OR s.on_hand + s.backorder_limit - s.allocated - s.reserved > 0 END))";

macro_rules! narrow {
    ($query:expr, $filter:expr) => {
        $query
            .bind::<Text, _>($filter.status.map_or("", Status::as_str).to_owned())
            .bind::<Text, _>(words($filter))
            .bind::<Text, _>(format!("{}%", typed::like(&$filter.text.to_uppercase())))
            .bind::<BigInt, _>($filter.category.map_or(0, |id| id.0))
            .bind::<BigInt, _>($filter.brand.map_or(0, |id| id.0))
            .bind::<BigInt, _>($filter.product_type.map_or(0, |id| id.0))
            .bind::<Text, _>($filter.tag.clone())
            .bind::<Text, _>($filter.stock.map_or("", |stock| stock.as_str()).to_owned())
    };
}

/// Each word, or its beginning. What has neither letter nor digit can only be (part of) a SKU.
fn words(filter: &ProductFilter) -> String {
    let words = filter.text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    let joined = words.map(|word| format!("{word}:*")).collect::<Vec<_>>().join(" & ");
    if joined.is_empty() && !filter.text.is_empty() { "nothing:*".to_owned() } else { joined }
}

#[derive(QueryableByName)]
struct Id {
    #[diesel(sql_type = BigInt)]
    id: ProductId,
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

/// A page of what the filter leaves, what changed last first.
pub fn list(conn: &mut Conn, filter: &ProductFilter, page: PageRequest) -> Result<Page<Product>> {
    let listed = format!("SELECT p.id FROM products p WHERE {NARROWED} ORDER BY p.updated_at DESC, p.id DESC LIMIT $9 OFFSET $10");
    let query = narrow!(sql_query(listed), filter).bind::<BigInt, _>(page.limit()).bind::<BigInt, _>(page.offset());
    let ids: Vec<ProductId> = query.load::<Id>(conn)?.into_iter().map(|row| row.id).collect();
    let found = products::table.filter(products::id.eq_any(&ids)).select(Product::as_select());
    let mut rows: Vec<Product> = found.load(conn)?;
    rows.sort_by_key(|product| ids.iter().position(|id| *id == product.id));
    let counted = count(conn, filter, COUNTED + 1)?;
    Ok(page.of_counted(rows, counted, COUNTED))
}

/// How many the filter leaves, counted up to `most`.
pub fn count(conn: &mut Conn, filter: &ProductFilter, most: i64) -> Result<i64> {
    let counted = format!("SELECT count(*) AS count FROM (SELECT FROM products p WHERE {NARROWED} LIMIT $9) bounded");
    let Count { count } = narrow!(sql_query(counted), filter).bind::<BigInt, _>(most).get_result(conn)?;
    Ok(count)
}

/// The next ids that the filter leaves, above `after` and up to `up_to`.
pub fn ids(conn: &mut Conn, filter: &ProductFilter, after: i64, up_to: i64, most: i64) -> Result<Vec<ProductId>> {
    let listed = format!("SELECT p.id FROM products p WHERE {NARROWED} AND p.id > $9 AND p.id <= $10 ORDER BY p.id LIMIT $11");
    let query = narrow!(sql_query(listed), filter);
    let rows: Vec<Id> = query.bind::<BigInt, _>(after).bind::<BigInt, _>(up_to).bind::<BigInt, _>(most).load(conn)?;
    Ok(rows.into_iter().map(|row| row.id).collect())
}

/// The highest id there is.
pub fn last_id(conn: &mut Conn) -> Result<i64> {
    let last: Option<ProductId> = products::table.order(products::id.desc()).select(products::id).first(conn).optional()?;
    Ok(last.map_or(0, |id| id.0))
}

/// How many products each status has, counted up to a bound.
pub fn count_by_status(conn: &mut Conn) -> Result<Vec<(Status, i64)>> {
    let of = |conn: &mut Conn, status| {
        let filter = ProductFilter { status: Some(status), ..ProductFilter::default() };
        Ok((status, count(conn, &filter, COUNTED)?))
    };
    Status::ALL.iter().map(|status| of(conn, *status)).collect()
}

/// # Errors
/// `Invalid` on `slug` when another product has it.
pub fn insert(conn: &mut Conn, new: &ProductChange) -> Result<ProductId> {
    diesel::insert_into(products::table).values(new).returning(products::id).get_result(conn).on_constraint("products_slug_key", slug_taken)
}

/// # Errors
/// `Invalid` on `slug` when another product has it.
pub fn update(conn: &mut Conn, id: ProductId, change: &ProductChange) -> Result<()> {
    let changed = diesel::update(products::table.find(id)).set((change, products::updated_at.eq(now))).execute(conn);
    if changed.on_constraint("products_slug_key", slug_taken)? == 0 { Err(Error::NotFound) } else { Ok(()) }
}

fn slug_taken() -> Error {
    Error::invalid("slug", "Another product has this address. Choose another")
}

/// # Errors
/// `Invalid` on `on_sale_until` when it is not after the beginning.
pub fn set_schedule(conn: &mut Conn, id: ProductId, schedule: &Schedule) -> Result<()> {
    let changed = diesel::update(products::table.find(id)).set(schedule).execute(conn);
    let backwards = || Error::invalid("on_sale_until", "The end must be after the beginning");
    changed.on_constraint("products_sale_ends_after_it_begins", backwards)?;
    Ok(())
}

pub fn set_status(conn: &mut Conn, id: ProductId, status: Status) -> Result<()> {
    let changed =
        diesel::update(products::table.find(id)).set((products::status.eq(status), products::updated_at.eq(now))).execute(conn)?;
    if changed == 0 { Err(Error::NotFound) } else { Ok(()) }
}

/// Whether another product has this address.
pub fn slug_is_taken(conn: &mut Conn, slug: &str, but: ProductId) -> Result<bool> {
    let other = products::table.filter(products::slug.eq(slug)).filter(products::id.ne(but));
    Ok(diesel::select(diesel::dsl::exists(other)).get_result(conn)?)
}

/// Products by SKUs of theirs, or by the ends of their addresses: all that were asked for and found.
pub fn by_names(conn: &mut Conn, names: &[String]) -> Result<HashMap<String, ProductId>> {
    let by_slug = products::table.filter(products::slug.eq_any(names)).select((products::slug, products::id));
    let mut found: HashMap<String, ProductId> = by_slug.load::<(String, ProductId)>(conn)?.into_iter().collect();
    let by_sku = variants::table.filter(variants::sku.eq_any(names)).select((variants::sku, variants::product_id));
    found.extend(by_sku.load::<(String, ProductId)>(conn)?);
    Ok(found)
}

/// The ends of these products' addresses, with their titles, in this order.
pub fn names_of(conn: &mut Conn, ids: &[ProductId]) -> Result<Vec<(ProductId, String, String)>> {
    let of = products::table.filter(products::id.eq_any(ids)).select((products::id, products::slug, products::title));
    let mut rows: Vec<(ProductId, String, String)> = of.load(conn)?;
    rows.sort_by_key(|(id, ..)| ids.iter().position(|wanted| wanted == id));
    Ok(rows)
}
