//! What is written into files, read batch by batch in the order of the keys, so that no number of rows fills the memory.

pub mod runs;

use diesel::{
    connection::SimpleConnection,
    prelude::*,
    sql_query,
    sql_types::{BigInt, Jsonb},
};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::model::{CustomerOut, OrderOut, ProductOut, RedirectOut, StockOut};
use crate::base::{Conn, Result};

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = BigInt)]
    id: i64,
    #[diesel(sql_type = Jsonb)]
    parts: Value,
}

/// Runs a query that takes the last key (`$1`) and how many (`$2`). Gives the rows with the key to go on from.
fn batch<T: DeserializeOwned>(conn: &mut Conn, query: &str, after: i64, most: i64) -> Result<Vec<(i64, T)>> {
    let rows: Vec<Row> = sql_query(query).bind::<BigInt, _>(after).bind::<BigInt, _>(most).load(conn)?;
    rows.into_iter().map(|row| Ok((row.id, serde_json::from_value(row.parts)?))).collect()
}

pub fn products(conn: &mut Conn, after: i64, most: i64) -> Result<Vec<(i64, ProductOut)>> {
    batch(
        conn,
        "SELECT p.id, jsonb_build_object(
            'slug', p.slug, 'title', p.title, 'description', p.description, 'vendor', p.vendor, 'product_type', p.product_type,
            'tags', p.tags, 'option_names', p.option_names, 'status', p.status, 'featured', p.featured, 'is_gift_card', p.is_gift_card,
            'on_sale_from', p.on_sale_from, 'on_sale_until', p.on_sale_until,
            'categories', COALESCE((
                SELECT jsonb_agg((SELECT jsonb_agg(a.name ORDER BY cardinality(a.path)) FROM categories a WHERE a.id = ANY (c.path)) ORDER BY c.path)
                FROM product_categories pc JOIN categories c ON c.id = pc.category_id WHERE pc.product_id = p.id), '[]'),
            'related', COALESCE((
                SELECT jsonb_agg(o.slug ORDER BY r.position) FROM related_products r JOIN products o ON o.id = r.related_id
                WHERE r.product_id = p.id), '[]'),
            'attributes', COALESCE((
                SELECT jsonb_agg(jsonb_build_object('code', a.code, 'name', a.name, 'kind', a.kind, 'unit', a.unit, 'filterable', a.filterable,
                    'values', CASE
                        WHEN v.choices IS NOT NULL THEN (
                            SELECT jsonb_agg(h.value ORDER BY u.at) FROM unnest(v.choices) WITH ORDINALITY AS u(id, at)
                            JOIN attribute_choices h ON h.id = u.id)
                        WHEN v.boolean IS NOT NULL THEN jsonb_build_array(CASE WHEN v.boolean THEN 'yes' ELSE 'no' END)
                        ELSE jsonb_build_array(COALESCE(v.text, trim_scale(v.number)::text)) END) ORDER BY a.position, a.id)
                FROM product_attributes v JOIN attributes a ON a.id = v.attribute_id
                WHERE v.product_id = p.id AND a.product_type_id = p.product_type_id), '[]'),
            'pictures', COALESCE((
                SELECT jsonb_agg(jsonb_build_object('hash', m.content_hash, 'alt', i.alt, 'position', i.position) ORDER BY i.position, m.id)
                FROM product_images i JOIN media m ON m.id = i.media_id WHERE i.product_id = p.id), '[]'),
            'variants', COALESCE((
                SELECT jsonb_agg(jsonb_build_object('sku', v.sku, 'option_values', v.option_values, 'position', v.position, 'price', v.price,
                    'compare_at', v.compare_at, 'tax_class', v.tax_class, 'weight_grams', v.weight_grams, 'barcode', v.barcode,
                    'archived', v.archived_at IS NOT NULL, 'on_hand', CASE WHEN s.tracked THEN s.on_hand END,
                    'backorder_limit', COALESCE(s.backorder_limit, 0), 'preorder', COALESCE(s.preorder, false),
                    'available_from', s.available_from, 'low_at', s.low_at, 'most_per_order', s.most_per_order) ORDER BY v.position, v.id)
                FROM variants v LEFT JOIN stock s ON s.variant_id = v.id WHERE v.product_id = p.id), '[]')) AS parts
         FROM products p WHERE p.id > $1 ORDER BY p.id LIMIT $2",
        after,
        most,
    )
}

/// Lets PostgreSQL see how the tables of goods have grown.
pub fn look(conn: &mut Conn) -> Result<()> {
    conn.batch_execute(
        "ANALYZE products, variants, stock, location_stock, product_categories, product_attributes, option_values, shelves, price_history",
    )?;
    Ok(())
}

pub fn stock(conn: &mut Conn, after: i64, most: i64) -> Result<Vec<(i64, StockOut)>> {
    batch(
        conn,
        "SELECT v.id, jsonb_build_object('sku', v.sku, 'product', p.title, 'options', array_to_string(v.option_values, ' · '),
            'on_hand', CASE WHEN s.tracked THEN s.on_hand END, 'allocated', COALESCE(s.allocated, 0),
            'backorder_limit', COALESCE(s.backorder_limit, 0), 'preorder', COALESCE(s.preorder, false),
            'available_from', s.available_from, 'low_at', s.low_at, 'most_per_order', s.most_per_order) AS parts
         FROM variants v JOIN products p ON p.id = v.product_id LEFT JOIN stock s ON s.variant_id = v.id
         WHERE v.id > $1 AND v.archived_at IS NULL ORDER BY v.id LIMIT $2",
        after,
        most,
    )
}

pub fn redirects(conn: &mut Conn, after: i64, most: i64) -> Result<Vec<(i64, RedirectOut)>> {
    batch(
        conn,
        "SELECT r.id, jsonb_build_object('from', r.from_path, 'to', redirect_target(r)) AS parts
         FROM redirects r WHERE r.id > $1 ORDER BY r.id LIMIT $2",
        after,
        most,
    )
}

/// Without passwords.
pub fn customers(conn: &mut Conn, after: i64, most: i64) -> Result<Vec<(i64, CustomerOut)>> {
    batch(
        conn,
        "SELECT a.id, jsonb_build_object('email', a.email, 'name', a.name, 'group', COALESCE(g.name, ''), 'tax_exemption', a.tax_exemption,
            'since', a.created_at) AS parts
         FROM accounts a LEFT JOIN customer_groups g ON g.id = a.group_id
         WHERE a.id > $1 AND a.role IS NULL ORDER BY a.id LIMIT $2",
        after,
        most,
    )
}

pub fn orders(conn: &mut Conn, after: i64, most: i64) -> Result<Vec<(i64, OrderOut)>> {
    batch(
        conn,
        "SELECT o.id, jsonb_build_object('number', o.number, 'placed_at', o.placed_at, 'email', o.email, 'phone', o.phone,
            'currency', o.currency, 'lifecycle', o.lifecycle, 'payment', o.payment_state, 'fulfilment', o.fulfilment_state,
            'items_total', o.items_total, 'delivery_total', o.delivery_total, 'tax_total', o.tax_total, 'total', o.total,
            'delivery_method', o.delivery_method,
            'lines', COALESCE((
                SELECT jsonb_agg(jsonb_build_object('sku', l.sku, 'title', l.title, 'options', l.options, 'unit_price', l.unit_price,
                    'quantity', l.quantity, 'total', l.total, 'shipped', l.shipped) ORDER BY l.position)
                FROM order_lines l WHERE l.order_id = o.id), '[]')) AS parts
         FROM orders o WHERE o.id > $1 ORDER BY o.id LIMIT $2",
        after,
        most,
    )
}
