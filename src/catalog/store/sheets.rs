//! A product's page in one statement. PostgreSQL puts lists together as JSON, since rows of many kinds don't fit into one result.

use std::sync::LazyLock;

use chrono::{DateTime, Utc};
use diesel::{
    dsl::sql,
    prelude::*,
    sql_types::{Bool, Text, Timestamptz},
};
use serde::Deserialize;
use uuid::Uuid;

use super::attributes::{SAID, SaidRow, gathered};
use crate::{
    base::{Conn, MediaId, Moment, ProductId, Result, prepared},
    catalog::model::{Beside, BrandName, Category, Product, ProductImage, Rating, Sheet, Variant},
    media::Media,
    schema::products,
};

/// Variants that come with the sheet. Products with more are asked for what is needed of them.
const VARIANTS: usize = 24;

/// Products of one relation, at most, and of those that were bought together.
const RELATED: usize = 24;
const TOGETHER: usize = 4;

/// What goes with a row of `products`.
static PARTS: LazyLock<String> = LazyLock::new(|| {
    format!(
        "json_build_object(
    'brand', (SELECT json_build_object('slug', b.slug, 'name', b.name) FROM brands b WHERE b.id = products.brand_id),
    'values', CASE WHEN cardinality(products.option_names) > 0 THEN (
        SELECT json_agg(json_build_array(o.option, o.value) ORDER BY o.option, o.position, o.value)
        FROM option_values o WHERE o.product_id = products.id AND o.used) END,
    'variants', (SELECT json_agg(v) FROM (
        SELECT id, product_id, position, sku, option_values, price, compare_at, weight_grams, barcode, tax_class, archived_at, is_digital,
            is_bundle
        FROM variants WHERE product_id = products.id AND archived_at IS NULL ORDER BY position, id LIMIT {VARIANTS} + 1) v),
    'images', (SELECT json_agg(i) FROM (
        SELECT m.id, m.content_hash, m.width, m.height, m.alt, m.avif, i.alt AS said, i.position
        FROM product_images i JOIN media m ON m.id = i.media_id WHERE i.product_id = products.id
        ORDER BY i.position, i.media_id LIMIT 100) i),
    'crumbs', (SELECT json_agg(c) FROM (
        SELECT c.id, c.parent_id, c.slug, c.name, c.description, c.position, c.media_id
        FROM (SELECT c.path FROM product_categories s JOIN categories c ON c.id = s.category_id
              WHERE s.product_id = products.id ORDER BY c.position, c.name LIMIT 1) first
        JOIN categories c ON c.id = ANY (first.path) ORDER BY cardinality(c.path)) c),
    'said', {SAID},
    'beside', (SELECT json_agg(json_build_array(b.kind, b.id)) FROM (
        (SELECT kind, related_id AS id, position FROM related_products WHERE product_id = products.id
         ORDER BY position, related_id LIMIT {RELATED})
        UNION ALL
        (SELECT 'together', other_id, position FROM bought_together b WHERE product_id = products.id
            AND NOT EXISTS (SELECT FROM related_products r WHERE r.product_id = products.id AND r.related_id = b.other_id)
         ORDER BY position, other_id LIMIT {TOGETHER})
        ORDER BY position, id) b),
    'rating', (SELECT r FROM (SELECT reviews, stars FROM product_ratings WHERE product_id = products.id AND reviews > 0) r)
    )::text"
    )
});

#[derive(Deserialize)]
struct Parts {
    brand: Option<BrandName>,
    values: Option<Vec<(usize, String)>>,
    variants: Option<Vec<Variant>>,
    images: Option<Vec<Image>>,
    crumbs: Option<Vec<Category>>,
    said: Option<Vec<SaidRow>>,
    beside: Option<Vec<(String, ProductId)>>,
    rating: Option<Rating>,
}

#[derive(Deserialize)]
struct Image {
    id: MediaId,
    content_hash: String,
    width: i32,
    height: i32,
    alt: String,
    avif: bool,
    /// The words that stand with it at this product.
    said: String,
    position: i32,
}

impl From<Image> for ProductImage {
    fn from(row: Image) -> Self {
        let Image { id, content_hash, width, height, alt, avif, said, position } = row;
        Self { media: Media { id, content_hash, width, height, alt, avif }, alt: said, position }
    }
}

/// The product at this address with all that the catalogue has for its page.
pub fn find(conn: &mut Conn, slug: &str) -> Result<Option<Sheet>> {
    let columns = (
        Product::as_select(),
        sql::<Bool>("product_is_shown(products)"),
        sql::<Timestamptz>("now()"),
        sql::<diesel::sql_types::Uuid>("(SELECT edition FROM editions)"),
        sql::<Text>(&PARTS),
    );
    let wanted = prepared(products::table.filter(products::slug.eq(slug)).select(columns));
    let found: Option<(Product, bool, DateTime<Utc>, Uuid, String)> = wanted.get_result(conn).optional()?;
    let Some((product, is_shown, now, edition, parts)) = found else { return Ok(None) };
    let Parts { brand, values, variants, images, crumbs, said, beside, rating } = serde_json::from_str(&parts)?;
    let mut variants = variants.unwrap_or_default();
    let is_whole = variants.len() <= VARIANTS;
    variants.truncate(VARIANTS);
    Ok(Some(Sheet {
        is_shown,
        moment: Moment::told(now, edition),
        brand,
        values: by_option(product.option_names.len(), values.unwrap_or_default()),
        variants,
        is_whole,
        images: images.unwrap_or_default().into_iter().map(ProductImage::from).collect(),
        crumbs: crumbs.unwrap_or_default(),
        said: gathered(said.unwrap_or_default()),
        beside: told_apart(&beside.unwrap_or_default()),
        rating,
        product,
    }))
}

/// Values with the number of their option, from 1.
fn by_option(options: usize, values: Vec<(usize, String)>) -> Vec<Vec<String>> {
    let mut by_option = vec![vec![]; options];
    for (option, value) in values {
        if let Some(of) = option.checked_sub(1).and_then(|at| by_option.get_mut(at)) {
            of.push(value);
        }
    }
    by_option
}

fn told_apart(all: &[(String, ProductId)]) -> Beside {
    let of = |kind: &str| all.iter().filter(|(of, _)| of == kind).map(|(_, id)| *id).collect();
    Beside { accessories: of("accessory"), together: of("together"), related: of("related") }
}
