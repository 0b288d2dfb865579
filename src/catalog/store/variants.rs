use diesel::{
    dsl::now,
    prelude::*,
    sql_query,
    sql_types::{Array, BigInt, Integer, Nullable, Text, Uuid},
};

use crate::{
    base::{Conn, Error, MediaId, OnConstraint, ProductId, Result, VariantId, prepared},
    catalog::model::{NewVariant, Status, TaxClass, Variant, VariantForSale},
    media::{Media, Picture},
    schema::{products, tax_classes, variants},
};

/// No rate is ever of this class.
const GIFT_CARD_TAX_CLASS: &str = "voucher";

pub fn find(conn: &mut Conn, id: VariantId) -> Result<Variant> {
    Ok(variants::table.find(id).select(Variant::as_select()).first(conn)?)
}

pub fn find_by_sku(conn: &mut Conn, sku: &str) -> Result<Option<Variant>> {
    Ok(variants::table.filter(variants::sku.eq(sku)).select(Variant::as_select()).first(conn).optional()?)
}

/// The tax classes to choose from.
pub fn tax_classes(conn: &mut Conn) -> Result<Vec<TaxClass>> {
    let order = (tax_classes::position, tax_classes::name);
    Ok(tax_classes::table.order(order).limit(1000).select(TaxClass::as_select()).load(conn)?)
}

/// The variants of these products that are not archived, each product's in their order, with their tax class.
pub fn priced_of(conn: &mut Conn, products: &[ProductId]) -> Result<Vec<(ProductId, VariantId, String)>> {
    let listed = variants::table.filter(variants::product_id.eq_any(products)).filter(variants::archived_at.is_null());
    let order = (variants::product_id, variants::position, variants::id);
    Ok(listed.order(order).select((variants::product_id, variants::id, variants::tax_class)).load(conn)?)
}

/// All of a product's variants, archived ones last.
pub fn of_product(conn: &mut Conn, product: ProductId) -> Result<Vec<Variant>> {
    let listed = variants::table.filter(variants::product_id.eq(product));
    let order = (variants::archived_at.asc().nulls_first(), variants::position, variants::id);
    Ok(listed.order(order).limit(2000).select(Variant::as_select()).load(conn)?)
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
    #[diesel(sql_type = Nullable<Text>)]
    alt: Option<String>,
}

/// These variants with title and picture, in no particular order; those that don't exist any more are left out.
pub fn for_sale(conn: &mut Conn, ids: &[VariantId]) -> Result<Vec<VariantForSale>> {
    let wanted = variants::table.inner_join(products::table).filter(variants::id.eq_any(ids));
    let rows: Vec<(Variant, String, String, Status, bool)> =
        wanted.select((Variant::as_select(), products::slug, products::title, products::status, products::is_gift_card)).load(conn)?;
    let of: Vec<i64> = rows.iter().map(|(variant, ..)| variant.product_id.0).collect();
    let first = sql_query(
        "SELECT DISTINCT ON (i.product_id) i.product_id, m.id, m.content_hash, m.width, m.height, i.alt
         FROM product_images i JOIN media m ON m.id = i.media_id WHERE i.product_id = ANY($1) ORDER BY i.product_id, i.position, m.id",
    );
    let pictures: Vec<PictureRow> = prepared(first.bind::<Array<BigInt>, _>(of)).load(conn)?;
    let picture_of = |product: ProductId| pictures.iter().find(|row| row.product_id == product).map(picture);
    let shown = rows.into_iter().map(|(variant, slug, title, status, is_gift_card)| VariantForSale {
        is_sold: status == Status::Active && variant.archived_at.is_none(),
        picture: picture_of(variant.product_id),
        variant: if is_gift_card { weightless(variant) } else { variant },
        slug,
        title,
        is_gift_card,
    });
    Ok(shown.collect())
}

/// A gift card goes by e-mail. As a multi-purpose voucher it bears no VAT when it is sold, since what it will buy, and at which
/// rate, is not known yet (Directive (EU) 2016/1065, article 30b of the VAT Directive): so it is in a class that no rate has.
fn weightless(variant: Variant) -> Variant {
    Variant { weight_grams: 0, tax_class: GIFT_CARD_TAX_CLASS.to_owned(), ..variant }
}

fn picture(row: &PictureRow) -> Picture {
    let media = Media { id: row.id, content_hash: row.content_hash.clone(), width: row.width, height: row.height };
    Picture { media, alt: row.alt.clone().unwrap_or_default() }
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
