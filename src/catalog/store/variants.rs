use diesel::{
    dsl::now,
    prelude::*,
    sql_query,
    sql_types::{Array, BigInt, Bool, Integer, Nullable, Text, Uuid},
};

use crate::{
    base::{Conn, Error, MediaId, OnConstraint, Page, PageRequest, ProductId, Result, TextList, VariantId, prepared, typed},
    catalog::model::{BundlePart, NewVariant, Priced, TaxClass, Variant, VariantForSale},
    media::{Media, Picture},
    schema::{products, tax_classes, variants},
};

/// No rate is ever of this class.
const GIFT_CARD_TAX_CLASS: &str = "voucher";

pub fn find(conn: &mut Conn, id: VariantId) -> Result<Variant> {
    Ok(variants::table.find(id).select(Variant::as_select()).first(conn)?)
}

/// The same, changed by nobody else before this transaction ends.
pub fn lock(conn: &mut Conn, id: VariantId) -> Result<Variant> {
    Ok(variants::table.find(id).for_update().select(Variant::as_select()).first(conn)?)
}

pub fn find_by_sku(conn: &mut Conn, sku: &str) -> Result<Option<Variant>> {
    Ok(variants::table.filter(variants::sku.eq(sku)).select(Variant::as_select()).first(conn).optional()?)
}

/// The tax classes to choose from.
pub fn tax_classes(conn: &mut Conn) -> Result<Vec<TaxClass>> {
    let order = (tax_classes::position, tax_classes::name);
    Ok(tax_classes::table.order(order).limit(1000).select(TaxClass::as_select()).load(conn)?)
}

/// As JSON, the cheapest variants of the product `p`, fifty at most, and the dearest: enough to tell the lowest price, and whether
/// there are others. NULL where none is sold.
pub const PRICED: &str = "(SELECT json_agg(v ORDER BY v.id) FROM (
        (SELECT id, tax_class, price, compare_at FROM variants WHERE product_id = p.id AND archived_at IS NULL ORDER BY price, position, id LIMIT 50)
        UNION
        (SELECT id, tax_class, price, compare_at FROM variants WHERE product_id = p.id AND archived_at IS NULL ORDER BY price DESC LIMIT 1)) v)";

#[derive(QueryableByName)]
struct PricedRow {
    #[diesel(sql_type = Nullable<Text>)]
    priced: Option<String>,
}

/// The cheapest variants of a product, and the dearest.
pub fn priced_of(conn: &mut Conn, product: ProductId) -> Result<Vec<Priced>> {
    let priced = sql_query(format!("SELECT {PRICED}::text AS priced FROM (SELECT $1 AS id) p"));
    let PricedRow { priced } = prepared(priced.bind::<BigInt, _>(product.0)).get_result(conn)?;
    Ok(priced.map_or(Ok(vec![]), |priced| serde_json::from_str(&priced))?)
}

/// What a page of a product's variants is narrowed to.
#[derive(Clone, Debug, Default)]
pub struct VariantFilter {
    /// A part of the SKU, the barcode or an option's value.
    pub text: String,
    pub archived: bool,
}

/// A page of a product's variants, in their order.
pub fn page_of(conn: &mut Conn, product: ProductId, filter: &VariantFilter, page: PageRequest) -> Result<Page<Variant>> {
    use diesel::dsl::sql;
    let like = format!("%{}%", typed::like(&filter.text));
    let narrowed = || {
        let mut query = variants::table.filter(variants::product_id.eq(product)).into_boxed();
        query =
            if filter.archived { query.filter(variants::archived_at.is_not_null()) } else { query.filter(variants::archived_at.is_null()) };
        if !filter.text.is_empty() {
            let in_options = sql::<diesel::sql_types::Bool>("array_to_string(option_values, ' ') ILIKE ").bind::<Text, _>(like.clone());
            query = query.filter(variants::sku.ilike(like.clone()).or(variants::barcode.ilike(like.clone())).or(in_options));
        }
        query
    };
    let listed = narrowed().order((variants::position, variants::id)).limit(page.limit()).offset(page.offset());
    let rows = listed.select(Variant::as_select()).load(conn)?;
    Ok(page.of(rows, narrowed().count().get_result(conn)?))
}

/// How many variants a product has, archived or not.
pub fn count(conn: &mut Conn, product: ProductId) -> Result<i64> {
    Ok(variants::table.filter(variants::product_id.eq(product)).count().get_result(conn)?)
}

/// The combinations that exist, archived or not.
pub fn combinations(conn: &mut Conn, product: ProductId) -> Result<Vec<TextList>> {
    Ok(variants::table.filter(variants::product_id.eq(product)).select(variants::option_values).limit(5000).load(conn)?)
}

/// These variants, in their order.
pub fn find_all(conn: &mut Conn, ids: &[VariantId]) -> Result<Vec<Variant>> {
    let found = variants::table.filter(variants::id.eq_any(ids)).order((variants::position, variants::id));
    Ok(found.select(Variant::as_select()).load(conn)?)
}

/// Of each of these products: how many variants are not archived, and the lowest price of them.
pub fn summaries(conn: &mut Conn, products: &[ProductId]) -> Result<Vec<(ProductId, i64, Option<i64>)>> {
    use diesel::dsl::{count_star, min};
    let of = variants::table.filter(variants::product_id.eq_any(products)).filter(variants::archived_at.is_null());
    Ok(of.group_by(variants::product_id).select((variants::product_id, count_star(), min(variants::price))).load(conn)?)
}

/// The SKUs that are in use among these, whatever the case.
pub fn taken_skus(conn: &mut Conn, skus: &[String]) -> Result<Vec<String>> {
    Ok(variants::table.filter(variants::sku.eq_any(skus)).select(variants::sku).load(conn)?)
}

/// All of a product's variants, archived ones last.
pub fn of_product(conn: &mut Conn, product: ProductId) -> Result<Vec<Variant>> {
    let listed = variants::table.filter(variants::product_id.eq(product));
    let order = (variants::archived_at.asc().nulls_first(), variants::position, variants::id);
    Ok(listed.order(order).limit(5000).select(Variant::as_select()).load(conn)?)
}

#[derive(QueryableByName)]
struct PictureRow {
    #[diesel(sql_type = BigInt)]
    product_id: ProductId,
    #[diesel(sql_type = Uuid)]
    id: MediaId,
    #[diesel(sql_type = Text)]
    content_hash: String,
    #[diesel(sql_type = Integer)]
    width: i32,
    #[diesel(sql_type = Integer)]
    height: i32,
    #[diesel(sql_type = Text)]
    alt: String,
    #[diesel(sql_type = Bool)]
    avif: bool,
    /// The words that stand with it at this product.
    #[diesel(sql_type = Text)]
    said: String,
}

/// These variants with title and picture, in no particular order; those that don't exist any more are left out.
pub fn for_sale(conn: &mut Conn, ids: &[VariantId]) -> Result<Vec<VariantForSale>> {
    let wanted = variants::table.inner_join(products::table).filter(variants::id.eq_any(ids));
    let shown = diesel::dsl::sql::<diesel::sql_types::Bool>("product_is_shown(products)");
    let rows: Vec<(Variant, String, String, bool, bool)> =
        wanted.select((Variant::as_select(), products::slug, products::title, shown, products::is_gift_card)).load(conn)?;
    let of: Vec<i64> = rows.iter().map(|(variant, ..)| variant.product_id.0).collect();
    let first = sql_query(
        "SELECT DISTINCT ON (i.product_id) i.product_id, m.id, m.content_hash, m.width, m.height, m.alt, m.avif, i.alt AS said
         FROM product_images i JOIN media m ON m.id = i.media_id WHERE i.product_id = ANY($1) ORDER BY i.product_id, i.position, m.id",
    );
    let pictures: Vec<PictureRow> = prepared(first.bind::<Array<BigInt>, _>(of)).load(conn)?;
    let picture_of = |product: ProductId| pictures.iter().find(|row| row.product_id == product).map(picture);
    let bundles: Vec<VariantId> = rows.iter().filter(|(variant, ..)| variant.is_bundle).map(|(variant, ..)| variant.id).collect();
    let parts = if bundles.is_empty() { vec![] } else { super::bundles::parts_of(conn, &bundles)? };
    let parts_of = |bundle: VariantId| parts.iter().filter(|part| part.bundle_id == bundle).cloned().collect::<Vec<_>>();
    let shown = rows.into_iter().map(|(variant, slug, title, is_shown, is_gift_card)| VariantForSale {
        parts: parts_of(variant.id),
        is_sold: is_shown && variant.archived_at.is_none(),
        picture: picture_of(variant.product_id),
        variant: match (is_gift_card, variant.is_digital) {
            (true, _) => as_voucher(variant),
            (false, true) => Variant { weight_grams: 0, ..variant },
            (false, false) => with_parts(variant, &parts),
        },
        slug,
        title,
        is_gift_card,
    });
    Ok(shown.collect())
}

/// A bundle weighs what its parts do, unless somebody has weighed it.
fn with_parts(variant: Variant, parts: &[BundlePart]) -> Variant {
    if !variant.is_bundle || variant.weight_grams > 0 {
        return variant;
    }
    let own = parts.iter().filter(|part| part.bundle_id == variant.id);
    let weight = own.map(|part| part.weight_grams.saturating_mul(part.quantity)).fold(0, i32::saturating_add);
    Variant { weight_grams: weight, ..variant }
}

/// A gift card goes by e-mail. As a multi-purpose voucher it bears no VAT when it is sold, since what it will buy, and at which
/// rate, is not known yet (Directive (EU) 2016/1065, article 30b of the VAT Directive): so it is in a class that no rate has.
fn as_voucher(variant: Variant) -> Variant {
    Variant { weight_grams: 0, tax_class: GIFT_CARD_TAX_CLASS.to_owned(), ..variant }
}

fn picture(row: &PictureRow) -> Picture {
    let (content_hash, alt) = (row.content_hash.clone(), row.alt.clone());
    let media = Media { id: row.id, content_hash, width: row.width, height: row.height, alt, avif: row.avif };
    Picture::of(media, &row.said)
}

/// # Errors
/// `Invalid` on `sku`, `compare_at` or the options, where the database refuses.
pub fn insert(conn: &mut Conn, product: ProductId, new: &NewVariant) -> Result<VariantId> {
    let inserted =
        diesel::insert_into(variants::table).values((variants::product_id.eq(product), new)).returning(variants::id).get_result(conn);
    refused(inserted)
}

/// # Errors
/// As for `insert`.
pub fn update(conn: &mut Conn, id: VariantId, change: &NewVariant) -> Result<()> {
    let changed = diesel::update(variants::table.find(id)).set((change, variants::updated_at.eq(now))).execute(conn);
    refused(changed)?;
    Ok(())
}

fn refused<T>(result: QueryResult<T>) -> Result<T> {
    result
        .on_constraint("variants_sku_key", || Error::invalid("sku", "Another variant has this SKU. Each needs its own"))
        .on_constraint("variants_options_key", || Error::invalid("option1", "The product has a variant with these options already"))
        .on_constraint("variants_tax_class_fkey", || Error::invalid("tax_class", "Choose a tax class from the list"))
        .on_constraint("variants_price_range", || Error::invalid("price", "Enter a smaller amount"))
        .on_constraint("variants_compare_at_above", || {
            Error::invalid("compare_at", "The former price must be higher than the price. Leave it empty if there is none")
        })
}

pub fn set_archived(conn: &mut Conn, id: VariantId, archived: bool) -> Result<()> {
    let row = variants::table.find(id);
    let changed = if archived {
        diesel::update(row).set(variants::archived_at.eq(now)).execute(conn)?
    } else {
        diesel::update(row).set(variants::archived_at.eq(None::<chrono::DateTime<chrono::Utc>>)).execute(conn)?
    };
    if changed == 0 { Err(Error::NotFound) } else { Ok(()) }
}
