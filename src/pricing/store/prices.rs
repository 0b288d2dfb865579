use diesel::{
    prelude::*,
    sql_query,
    sql_types::{Array, BigInt, Integer},
};

use crate::{
    base::{CategoryId, Conn, Error, OnConstraint, Page, PageRequest, PriceListId, Result, VariantId, typed},
    pricing::model::{NewPrice, PriceRow, ReducedPrice},
    schema::{categories, prices, product_categories, products, variants},
};

/// Minor units that a price can have; the database checks it too.
pub const MOST: i64 = 100_000_000_000;

/// Prices of the list whose SKU begins with `text` or whose product's title holds it, by SKU and quantity.
pub fn of_list(conn: &mut Conn, list: PriceListId, text: &str, page: PageRequest) -> Result<Page<PriceRow>> {
    let narrowed = || {
        let held = prices::table.inner_join(variants::table.inner_join(products::table)).filter(prices::list_id.eq(list));
        let text = typed::like(text);
        held.filter(variants::sku.ilike(format!("{text}%")).or(products::title.ilike(format!("%{text}%"))))
    };
    let rows = narrowed()
        .order((variants::sku, prices::min_quantity))
        .limit(page.limit())
        .offset(page.offset())
        .select((
            variants::id,
            products::id,
            products::title,
            variants::sku,
            variants::option_values,
            variants::price,
            prices::min_quantity,
            prices::amount,
            prices::compare_at,
        ))
        .load(conn)?;
    Ok(page.of(rows, narrowed().count().get_result(conn)?))
}

/// # Errors
/// `Invalid` on `amount` or `compare_at` where the database refuses, `NotFound` when the list is gone.
pub fn put(conn: &mut Conn, list: PriceListId, variant: VariantId, price: &NewPrice) -> Result<()> {
    let terms = (prices::amount.eq(price.amount), prices::compare_at.eq(price.compare_at));
    let put = diesel::insert_into(prices::table)
        .values((prices::list_id.eq(list), prices::variant_id.eq(variant), prices::min_quantity.eq(price.min_quantity), terms))
        .on_conflict((prices::list_id, prices::variant_id, prices::min_quantity))
        .do_update()
        .set(terms)
        .execute(conn);
    put.on_constraint("prices_amount_range", || Error::invalid("amount", "Enter a smaller amount"))
        .on_constraint("prices_compare_at_range", || Error::invalid("compare_at", "Enter a smaller amount"))
        .on_constraint("prices_compare_at_above", || {
            Error::invalid("compare_at", "The former price must be higher than the price. Leave it empty if there is none")
        })
        .on_constraint("prices_list_id_fkey", || Error::NotFound)?;
    Ok(())
}

pub fn remove(conn: &mut Conn, list: PriceListId, variant: VariantId, min_quantity: i32) -> Result<()> {
    let removed = diesel::delete(prices::table.find((list, variant, min_quantity))).execute(conn)?;
    if removed == 0 { Err(Error::NotFound) } else { Ok(()) }
}

/// Id, product, SKU and own price of what is not archived, in the category or one below it, or everywhere; by SKU.
pub fn in_category(conn: &mut Conn, category: Option<CategoryId>) -> Result<Vec<(VariantId, String, String, i64)>> {
    let mut wanted = variants::table.inner_join(products::table).filter(variants::archived_at.is_null()).into_boxed();
    if let Some(id) = category {
        let within = categories::table.filter(categories::id.eq(id).or(categories::parent_id.eq(id))).select(categories::id);
        let standing = product_categories::table.filter(product_categories::category_id.eq_any(within));
        wanted = wanted.filter(variants::product_id.eq_any(standing.select(product_categories::product_id)));
    }
    Ok(wanted.order(variants::sku).select((variants::id, products::title, variants::sku, variants::price)).load(conn)?)
}

/// How many of these variants have a price in the list for this quantity.
pub fn count_of(conn: &mut Conn, list: PriceListId, min_quantity: i32, variants: &[VariantId]) -> Result<i64> {
    let held = prices::table.filter(prices::list_id.eq(list)).filter(prices::min_quantity.eq(min_quantity));
    Ok(held.filter(prices::variant_id.eq_any(variants)).count().get_result(conn)?)
}

/// Gives all of them their price, in one statement: the history is then written once.
pub fn put_all(conn: &mut Conn, list: PriceListId, min_quantity: i32, reduced: &[ReducedPrice]) -> Result<()> {
    let (ids, amounts): (Vec<i64>, Vec<i64>) = reduced.iter().map(|price| (price.variant.0, price.amount)).unzip();
    sql_query(
        "INSERT INTO prices (list_id, variant_id, min_quantity, amount)
         SELECT $1, v.id, $2, v.amount FROM unnest($3, $4) v (id, amount) ORDER BY v.id
         ON CONFLICT (list_id, variant_id, min_quantity) DO UPDATE SET amount = excluded.amount, compare_at = NULL",
    )
    .bind::<BigInt, _>(list)
    .bind::<Integer, _>(min_quantity)
    .bind::<Array<BigInt>, _>(ids)
    .bind::<Array<BigInt>, _>(amounts)
    .execute(conn)?;
    Ok(())
}
