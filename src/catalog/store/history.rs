//! Snapshots of products, and their revisions.

use std::collections::BTreeMap;

use diesel::{
    prelude::*,
    sql_query,
    sql_types::{Array, BigInt, Bool, Jsonb},
};
use serde_json::Value;

use crate::{
    base::{BulkEditId, Conn, Page, PageRequest, ProductId, Result, RevisionId},
    catalog::model::{Deed, Editor, Parts, Revision},
    schema::product_revisions,
};

/// `$2`: with variants; `$3`: with pictures. Times as RFC 3339 in UTC, as serde reads and writes them.
const SNAPSHOTS: &str = r#"
    SELECT p.id AS product_id, p.version, jsonb_build_object(
        'slug', p.slug, 'title', p.title, 'description', p.description, 'vendor', p.vendor, 'product_type', p.product_type,
        'tags', to_jsonb(p.tags), 'option_names', to_jsonb(p.option_names), 'status', p.status, 'featured', p.featured,
        'is_gift_card', p.is_gift_card,
        'on_sale_from', to_char(p.on_sale_from AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
        'on_sale_until', to_char(p.on_sale_until AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
        'categories', (SELECT COALESCE(jsonb_agg(category_id ORDER BY category_id), '[]') FROM product_categories WHERE product_id = p.id),
        'attributes', (SELECT COALESCE(jsonb_object_agg(attribute_id, CASE kind
            WHEN 'text' THEN jsonb_build_object('text', text) WHEN 'number' THEN jsonb_build_object('number', trim_scale(number)::text)
            WHEN 'boolean' THEN jsonb_build_object('boolean', boolean) ELSE jsonb_build_object('choices', to_jsonb(choices)) END), '{}')
            FROM product_attributes WHERE product_id = p.id),
        'variants', CASE WHEN $2 THEN (SELECT COALESCE(jsonb_object_agg(v.id, jsonb_build_object('sku', v.sku,
            'option_values', to_jsonb(v.option_values), 'price', v.price, 'compare_at', v.compare_at, 'weight_grams', v.weight_grams,
            'barcode', v.barcode, 'tax_class', v.tax_class, 'position', v.position, 'archived', v.archived_at IS NOT NULL)), '{}')
            FROM variants v WHERE v.product_id = p.id) ELSE '{}' END,
        'pictures', CASE WHEN $3 THEN (SELECT COALESCE(jsonb_object_agg(i.media_id, jsonb_build_object('position', i.position, 'alt', i.alt)),
            '{}') FROM product_images i WHERE i.product_id = p.id) ELSE '{}' END) AS snapshot
    FROM products p WHERE p.id = ANY($1) ORDER BY p.id"#;

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = BigInt)]
    product_id: ProductId,
    #[diesel(sql_type = diesel::sql_types::Integer)]
    version: i32,
    #[diesel(sql_type = Jsonb)]
    snapshot: Value,
}

/// These products as they are now, with their versions.
pub fn snapshots(conn: &mut Conn, ids: &[ProductId], parts: Parts) -> Result<BTreeMap<ProductId, (i32, Value)>> {
    let rows: Vec<Row> = sql_query(SNAPSHOTS)
        .bind::<Array<BigInt>, _>(ids.iter().map(|id| id.0).collect::<Vec<_>>())
        .bind::<Bool, _>(matches!(parts, Parts::Variants | Parts::All))
        .bind::<Bool, _>(matches!(parts, Parts::Pictures | Parts::All))
        .load(conn)?;
    Ok(rows.into_iter().map(|row| (row.product_id, (row.version, row.snapshot))).collect())
}

/// What is known of a revision before it has an id.
pub struct NewRevision {
    pub product: ProductId,
    pub version: i32,
    pub before: Value,
    pub after: Value,
}

pub fn insert(conn: &mut Conn, by: &Editor, what: Deed, bulk: Option<BulkEditId>, revisions: Vec<NewRevision>) -> Result<()> {
    let row = |revision: NewRevision| {
        (
            product_revisions::product_id.eq(revision.product),
            product_revisions::version.eq(revision.version),
            product_revisions::account_id.eq(by.account),
            product_revisions::by_name.eq(by.name.clone()),
            product_revisions::what.eq(what),
            product_revisions::bulk_edit_id.eq(bulk),
            product_revisions::before.eq(revision.before),
            product_revisions::after.eq(revision.after),
        )
    };
    let rows: Vec<_> = revisions.into_iter().map(row).collect();
    diesel::insert_into(product_revisions::table).values(rows).execute(conn)?;
    Ok(())
}

/// A product's revisions, the latest first.
pub fn of_product(conn: &mut Conn, product: ProductId, page: PageRequest) -> Result<Page<Revision>> {
    let of = || product_revisions::table.filter(product_revisions::product_id.eq(product));
    let listed = of().order(product_revisions::id.desc()).limit(page.limit()).offset(page.offset());
    Ok(page.of(listed.select(Revision::as_select()).load(conn)?, of().count().get_result(conn)?))
}

pub fn find(conn: &mut Conn, id: RevisionId) -> Result<Revision> {
    Ok(product_revisions::table.find(id).select(Revision::as_select()).first(conn)?)
}

/// The revisions from this one on, the latest first.
pub fn since(conn: &mut Conn, product: ProductId, first: RevisionId) -> Result<Vec<Revision>> {
    let later = product_revisions::table.filter(product_revisions::product_id.eq(product)).filter(product_revisions::id.ge(first));
    Ok(later.order(product_revisions::id.desc()).limit(5000).select(Revision::as_select()).load(conn)?)
}

/// The revisions by which a product left the version behind, the earliest first.
pub fn above(conn: &mut Conn, product: ProductId, version: i32) -> Result<Vec<Revision>> {
    let later = product_revisions::table.filter(product_revisions::product_id.eq(product)).filter(product_revisions::version.gt(version));
    Ok(later.order(product_revisions::id).limit(500).select(Revision::as_select()).load(conn)?)
}

/// The next revisions of a bulk edit, above a product.
pub fn of_bulk_edit(conn: &mut Conn, bulk: BulkEditId, after: i64, most: i64) -> Result<Vec<Revision>> {
    let of = product_revisions::table
        .filter(product_revisions::bulk_edit_id.eq(bulk))
        .filter(product_revisions::what.eq(Deed::Bulk))
        .filter(product_revisions::product_id.gt(ProductId(after)));
    Ok(of.order(product_revisions::product_id).limit(most).select(Revision::as_select()).load(conn)?)
}
