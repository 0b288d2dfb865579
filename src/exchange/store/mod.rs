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
                WHERE r.product_id = p.id AND r.kind = 'related'), '[]'),
            'accessories', COALESCE((
                SELECT jsonb_agg(o.slug ORDER BY r.position) FROM related_products r JOIN products o ON o.id = r.related_id
                WHERE r.product_id = p.id AND r.kind = 'accessory'), '[]'),
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
                    'available_from', s.available_from, 'low_at', s.low_at, 'most_per_order', s.most_per_order,
                    'parts', COALESCE((
                        SELECT jsonb_agg(jsonb_build_array(o.sku, b.quantity) ORDER BY b.position, b.part_id)
                        FROM bundle_parts b JOIN variants o ON o.id = b.part_id WHERE b.bundle_id = v.id AND v.is_bundle), '[]'),
                    'is_digital', v.is_digital, 'files', COALESCE((
                        SELECT jsonb_agg(f.name ORDER BY lower(f.name)) FROM download_files f
                        WHERE f.variant_id = v.id AND f.removed_at IS NULL AND v.is_digital), '[]')) ORDER BY v.position, v.id)
                FROM variants v LEFT JOIN stock s ON s.variant_id = v.id WHERE v.product_id = p.id), '[]')) AS parts
         FROM products p WHERE p.id > $1 ORDER BY p.id LIMIT $2",
        after,
        most,
    )
}

/// Lets PostgreSQL see how the tables of goods have grown. They are not ours to measure: a function of their owner does it.
pub fn look(conn: &mut Conn) -> Result<()> {
    Ok(conn.batch_execute("SELECT look_at_goods()")?)
}

pub fn stock(conn: &mut Conn, after: i64, most: i64) -> Result<Vec<(i64, StockOut)>> {
    batch(
        conn,
        "SELECT v.id, jsonb_build_object('sku', v.sku, 'product', p.title, 'options', array_to_string(v.option_values, ' · '),
            'tracked', COALESCE(s.tracked, false), 'places', COALESCE((
                SELECT jsonb_agg(jsonb_build_array(o.name, l.on_hand) ORDER BY o.is_default DESC, o.name)
                FROM location_stock l JOIN locations o ON o.id = l.location_id WHERE l.variant_id = v.id AND l.on_hand > 0),
                jsonb_build_array(jsonb_build_array((SELECT name FROM locations WHERE is_default), 0))),
            'allocated', COALESCE(s.allocated, 0),
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
            'since', a.created_at, 'offers_agreed_at', a.offers_agreed_at) AS parts
         FROM accounts a LEFT JOIN customer_groups g ON g.id = a.group_id
         WHERE a.id > $1 AND a.role IS NULL ORDER BY a.id LIMIT $2",
        after,
        most,
    )
}

pub fn orders(conn: &mut Conn, after: i64, most: i64) -> Result<Vec<(i64, OrderOut)>> {
    const ADDRESS: &str = "(SELECT jsonb_build_array(a.name, a.company, a.line1, a.line2, a.city, a.region, a.postcode, a.country)
        FROM order_addresses a WHERE a.order_id = o.id AND a.kind = ";
    const LINE: &str = "(SELECT l.position FROM order_lines l WHERE l.id = c.order_line_id)";
    let query = format!(
        "SELECT o.id, jsonb_build_object('number', o.number, 'placed_at', o.placed_at, 'email', o.email, 'phone', o.phone,
            'currency', o.currency, 'lifecycle', o.lifecycle, 'payment', o.payment_state, 'fulfilment', o.fulfilment_state,
            'items_total', o.items_total, 'discount_total', o.discount_total, 'delivery_total', o.delivery_total, 'fee_total', o.fee_total,
            'tax_total', o.tax_total, 'total', o.total, 'tax_included', o.tax_included, 'tax_treatment', o.tax_treatment,
            'tax_reason', o.tax_reason, 'vat_number', o.vat_number, 'delivery_method', o.delivery_method, 'is_pickup', o.is_pickup)
         || jsonb_build_object(
            'delivery_address', {ADDRESS} 'delivery'), 'billing_address', {ADDRESS} 'billing'),
            'discounts', COALESCE((
                SELECT jsonb_agg(jsonb_build_object('line', {LINE}, 'label', c.label, 'amount', c.amount) ORDER BY c.id)
                FROM order_discounts c WHERE c.order_id = o.id), '[]'),
            'fees', COALESCE((
                SELECT jsonb_agg(jsonb_build_object('label', c.label, 'tax_class', c.tax_class, 'amount', c.amount) ORDER BY c.id)
                FROM order_fees c WHERE c.order_id = o.id), '[]'),
            'taxes', COALESCE((
                SELECT jsonb_agg(jsonb_build_object('line', {LINE}, 'label', c.label, 'rate', c.rate::text, 'base', c.base,
                    'amount', c.amount) ORDER BY c.id)
                FROM order_tax_lines c WHERE c.order_id = o.id), '[]'),
            'lines', COALESCE((
                SELECT jsonb_agg(jsonb_build_object('position', l.position, 'sku', l.sku, 'title', l.title, 'options', l.options,
                    'unit_price', l.unit_price, 'quantity', l.quantity, 'total', l.total, 'shipped', l.shipped,
                    'weight_grams', l.weight_grams, 'tax_class', l.tax_class, 'is_gift_card', l.is_gift_card, 'note', l.note)
                    ORDER BY l.position)
                FROM order_lines l WHERE l.order_id = o.id), '[]')) AS parts
         FROM orders o WHERE o.id > $1 ORDER BY o.id LIMIT $2"
    );
    batch(conn, &query, after, most)
}
