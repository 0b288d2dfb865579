//! Many products that are new, each kind of row by one statement. Products go over as JSON, which knows lists within
//! rows; of what there are many rows, they go over by columns.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use diesel::{
    prelude::*,
    sql_query,
    sql_types::{Array, BigInt, Bool, Integer, Nullable, Text},
};
use serde::Serialize;

use crate::{
    base::{AttributeId, BrandId, CategoryId, Conn, Error, OnConstraint, ProductId, ProductTypeId, Result, VariantId, prepared},
    catalog::model::{AttributeValue, NewGoods, References, Status},
    schema::categories,
};

#[derive(QueryableByName)]
struct Named {
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = BigInt)]
    id: i64,
}

/// The products of these slugs.
pub fn products_named(conn: &mut Conn, slugs: &[&str]) -> Result<HashMap<String, ProductId>> {
    let found = sql_query("SELECT slug AS name, id FROM products WHERE slug = ANY($1)").bind::<Array<Text>, _>(slugs);
    Ok(found.load::<Named>(conn)?.into_iter().map(|row| (row.name, ProductId(row.id))).collect())
}

/// The variants of these SKUs.
pub fn variants_named(conn: &mut Conn, skus: &[&str]) -> Result<HashMap<String, VariantId>> {
    let found = sql_query("SELECT sku AS name, id FROM variants WHERE sku = ANY($1)").bind::<Array<Text>, _>(skus);
    Ok(found.load::<Named>(conn)?.into_iter().map(|row| (row.name, VariantId(row.id))).collect())
}

/// Until [`end`], what is inserted is of products that this transaction makes: they come with the brands and types that their names
/// mean, shelves wait, and nobody need be told of parts. Only for this transaction.
pub fn begin(conn: &mut Conn) -> Result<()> {
    sql_query("SELECT set_config('ironmonger.in_step', 'given', true), set_config('ironmonger.shelve', 'later', true)").execute(conn)?;
    Ok(())
}

pub fn end(conn: &mut Conn) -> Result<()> {
    sql_query("SELECT set_config('ironmonger.in_step', '', true), set_config('ironmonger.shelve', '', true)").execute(conn)?;
    Ok(())
}

/// Finds or makes the brands of these names, and holds them: nobody renames one before this transaction ends.
pub fn brands(conn: &mut Conn, names: &[&str]) -> Result<HashMap<String, BrandId>> {
    const FIND: &str = "SELECT w.name, b.id FROM unnest($1) AS w(name) JOIN brands b ON lower(b.name) = lower(btrim(w.name))
        ORDER BY b.id FOR SHARE OF b";
    let found = named(conn, FIND, "SELECT w.name, brand_named(w.name) AS id FROM unnest($1) AS w(name)", names)?;
    Ok(found.into_iter().map(|row| (row.name, BrandId(row.id))).collect())
}

/// The same for product types.
pub fn types(conn: &mut Conn, names: &[&str]) -> Result<HashMap<String, ProductTypeId>> {
    const FIND: &str = "SELECT w.name, t.id FROM unnest($1) AS w(name) JOIN product_types t ON lower(t.name) = lower(btrim(w.name))
        ORDER BY t.id FOR SHARE OF t";
    let found = named(conn, FIND, "SELECT w.name, product_type_named(w.name) AS id FROM unnest($1) AS w(name)", names)?;
    Ok(found.into_iter().map(|row| (row.name, ProductTypeId(row.id))).collect())
}

fn named(conn: &mut Conn, find: &'static str, make: &'static str, names: &[&str]) -> Result<Vec<Named>> {
    if names.is_empty() {
        return Ok(vec![]);
    }
    let found: Vec<Named> = sql_query(find).bind::<Array<Text>, _>(names).load(conn)?;
    let missing: Vec<_> = names.iter().copied().filter(|name| !found.iter().any(|row| row.name == *name)).collect();
    if missing.is_empty() {
        return Ok(found);
    }
    sql_query(make).bind::<Array<Text>, _>(missing).load::<Named>(conn)?;
    Ok(sql_query(find).bind::<Array<Text>, _>(names).load(conn)?)
}

/// Puts these products, which are new, on their shelves.
pub fn shelve(conn: &mut Conn, ids: &[ProductId]) -> Result<()> {
    sql_query("SELECT shelve_new($1)").bind::<Array<BigInt>, _>(ids.iter().map(|id| id.0).collect::<Vec<_>>()).execute(conn)?;
    Ok(())
}

#[derive(Serialize)]
struct ProductRow<'a> {
    slug: &'a str,
    title: &'a str,
    description: &'a str,
    vendor: &'a str,
    product_type: &'a str,
    tags: &'a [String],
    option_names: &'a [String],
    status: Status,
    featured: bool,
    is_gift_card: bool,
    brand_id: Option<BrandId>,
    product_type_id: Option<ProductTypeId>,
    on_sale_from: Option<DateTime<Utc>>,
    on_sale_until: Option<DateTime<Utc>>,
}

/// Their ids, in the order of the goods.
pub fn products(conn: &mut Conn, references: &References, goods: &[NewGoods]) -> Result<Vec<ProductId>> {
    let rows = goods.iter().map(|NewGoods { change, schedule, .. }| ProductRow {
        slug: &change.slug,
        title: &change.title,
        description: &change.description,
        vendor: &change.vendor,
        product_type: &change.product_type,
        tags: &change.tags,
        option_names: &change.option_names,
        status: change.status,
        featured: change.featured,
        is_gift_card: change.is_gift_card,
        brand_id: references.brands.get(&change.vendor).copied(),
        product_type_id: references.types.get(&change.product_type).copied(),
        on_sale_from: schedule.on_sale_from,
        on_sale_until: schedule.on_sale_until,
    });
    let rows: Vec<_> = rows.collect();
    let insert = "INSERT INTO products (slug, title, description, vendor, product_type, tags, option_names, status, featured, is_gift_card,
            brand_id, product_type_id, on_sale_from, on_sale_until)
        SELECT slug, title, description, vendor, product_type, tags, option_names, status, featured, is_gift_card,
            brand_id, product_type_id, on_sale_from, on_sale_until
        FROM json_to_recordset($1::json) AS p (slug text, title text, description text, vendor text, product_type text, tags text[],
            option_names text[], status text, featured boolean, is_gift_card boolean, brand_id bigint, product_type_id bigint,
            on_sale_from timestamptz, on_sale_until timestamptz)
        RETURNING slug AS name, id";
    let made: Vec<Named> = prepared(sql_query(insert).bind::<Text, _>(serde_json::to_string(&rows)?)).load(conn)?;
    let made: HashMap<_, _> = made.into_iter().map(|row| (row.name, row.id)).collect();
    goods.iter().map(|goods| made.get(&goods.change.slug).copied().map(ProductId).ok_or_else(lost)).collect()
}

/// Of each of the goods the ids of its variants, in their order.
pub fn variants(conn: &mut Conn, goods: &[NewGoods], of: &[ProductId]) -> Result<Vec<Vec<VariantId>>> {
    let each = || goods.iter().zip(of).flat_map(|(goods, id)| goods.variants.iter().map(move |(new, archived)| (id.0, new, *archived)));
    let insert = sql_query(
        "INSERT INTO variants (product_id, position, sku, option_values, price, compare_at, weight_grams, barcode, tax_class, archived_at)
        SELECT product_id, position, sku, option_values::text[], price, compare_at, weight_grams, barcode, COALESCE(tax_class, 'standard'),
            CASE WHEN archived THEN now() END
        FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) AS v (product_id, position, sku, option_values, price, compare_at,
            weight_grams, barcode, tax_class, archived)
        RETURNING sku AS name, id",
    )
    .bind::<Array<BigInt>, _>(each().map(|(product, ..)| product).collect::<Vec<_>>())
    .bind::<Array<Integer>, _>(each().map(|(_, new, _)| new.position).collect::<Vec<_>>())
    .bind::<Array<Text>, _>(each().map(|(_, new, _)| new.sku.as_str()).collect::<Vec<_>>())
    .bind::<Array<Text>, _>(each().map(|(_, new, _)| in_braces(&new.option_values)).collect::<Vec<_>>())
    .bind::<Array<BigInt>, _>(each().map(|(_, new, _)| new.price).collect::<Vec<_>>())
    .bind::<Array<Nullable<BigInt>>, _>(each().map(|(_, new, _)| new.compare_at).collect::<Vec<_>>())
    .bind::<Array<Integer>, _>(each().map(|(_, new, _)| new.weight_grams).collect::<Vec<_>>())
    .bind::<Array<Text>, _>(each().map(|(_, new, _)| new.barcode.as_str()).collect::<Vec<_>>())
    .bind::<Array<Nullable<Text>>, _>(each().map(|(_, new, _)| new.tax_class.as_deref()).collect::<Vec<_>>())
    .bind::<Array<Bool>, _>(each().map(|(.., archived)| archived).collect::<Vec<_>>());
    let made: Vec<Named> = prepared(insert).load(conn)?;
    let made: HashMap<_, _> = made.into_iter().map(|row| (row.name, row.id)).collect();
    let id = |sku: &str| made.get(sku).copied().map(VariantId).ok_or_else(lost);
    goods.iter().map(|goods| goods.variants.iter().map(|(new, _)| id(&new.sku)).collect()).collect()
}

/// A list as PostgreSQL writes one (8.15.6): columns go over as lists of texts and numbers, and a list of lists has rows of one length.
fn in_braces(values: &[String]) -> String {
    let mut written = String::from("{");
    for value in values {
        written.push_str(if written.len() == 1 { "\"" } else { ",\"" });
        for letter in value.chars() {
            if matches!(letter, '"' | '\\') {
                written.push('\\');
            }
            written.push(letter);
        }
        written.push('"');
    }
    written + "}"
}

fn lost() -> Error {
    Error::invalid("row", "the database keeps its name or SKU in another form than the file has it")
}

pub fn stand_in(conn: &mut Conn, places: &[(ProductId, CategoryId)]) -> Result<()> {
    if places.is_empty() {
        return Ok(());
    }
    // Where a category stands decides on which shelves these are put: it must not move meanwhile.
    let held = categories::table.filter(categories::id.eq_any(places.iter().map(|(_, category)| *category))).order(categories::id);
    held.for_share().select(categories::id).load::<CategoryId>(conn)?;
    let (products, categories): (Vec<i64>, Vec<i64>) = places.iter().map(|(product, category)| (product.0, category.0)).unzip();
    let insert = sql_query("INSERT INTO product_categories (product_id, category_id) SELECT * FROM unnest($1, $2)");
    let inserted = insert.bind::<Array<BigInt>, _>(products).bind::<Array<BigInt>, _>(categories).execute(conn);
    let gone = || Error::invalid("categories", "One of these categories has been deleted meanwhile. Choose again");
    inserted.on_constraint("product_categories_category_id_fkey", gone)?;
    Ok(())
}

/// What products say of their attributes.
///
/// # Errors
/// `Invalid` on `attributes` when an attribute or a choice is gone.
pub fn say(conn: &mut Conn, said: &[(ProductId, AttributeId, &AttributeValue)]) -> Result<()> {
    if said.is_empty() {
        return Ok(());
    }
    let gone = || Error::invalid("attributes", "An attribute or one of its choices was deleted meanwhile. Look at them again");
    // In the order of the keys: what comes after all others has its place in the index at once.
    let insert = sql_query(
        "INSERT INTO product_attributes (product_id, attribute_id, kind, text, number, boolean, choices)
         SELECT v.product_id, a.id, a.kind, v.text, v.number::numeric, v.boolean, v.choices::bigint[]
         FROM unnest($1, $2, $3, $4, $5, $6) AS v (product_id, attribute_id, text, number, boolean, choices)
         JOIN attributes a ON a.id = v.attribute_id ORDER BY v.product_id, a.id",
    )
    .bind::<Array<BigInt>, _>(said.iter().map(|(product, ..)| product.0).collect::<Vec<_>>())
    .bind::<Array<BigInt>, _>(said.iter().map(|(_, attribute, _)| attribute.0).collect::<Vec<_>>())
    .bind::<Array<Nullable<Text>>, _>(column(said, |value| match value {
        AttributeValue::Text(text) => Some(text.as_str()),
        _ => None,
    }))
    .bind::<Array<Nullable<Text>>, _>(column(said, |value| match value {
        AttributeValue::Number(number) => Some(number.to_string()),
        _ => None,
    }))
    .bind::<Array<Nullable<Bool>>, _>(column(said, |value| match value {
        AttributeValue::Boolean(boolean) => Some(*boolean),
        _ => None,
    }))
    .bind::<Array<Nullable<Text>>, _>(column(said, |value| match value {
        AttributeValue::Choices(choices) => Some(in_braces(&choices.iter().map(ToString::to_string).collect::<Vec<_>>())),
        _ => None,
    }));
    let written =
        insert.execute(conn).on_constraint("product_attributes_choices_fkey", gone).on_constraint("product_attributes_typed", gone)?;
    if written == said.len() { Ok(()) } else { Err(gone()) }
}

/// Of all values what is of one kind.
fn column<'a, T>(said: &[(ProductId, AttributeId, &'a AttributeValue)], of: fn(&'a AttributeValue) -> Option<T>) -> Vec<Option<T>> {
    said.iter().map(|&(.., value)| of(value)).collect()
}

/// Of these former addresses, leads to what is given beside each. What led away from them before ends.
///
/// # Errors
/// `Invalid` where the database refuses one.
pub fn lead(conn: &mut Conn, redirects: &[(&str, String)]) -> Result<()> {
    if redirects.is_empty() {
        return Ok(());
    }
    let (from, to): (Vec<&str>, Vec<&str>) = redirects.iter().map(|(from, to)| (*from, to.as_str())).unzip();
    super::redirects::lock(conn)?;
    sql_query("DELETE FROM redirects WHERE from_path = ANY($1)").bind::<Array<Text>, _>(&from).execute(conn)?;
    let insert = sql_query("INSERT INTO redirects (from_path, to_path, by_hand) SELECT f, t, true FROM unnest($1, $2) AS r (f, t)");
    insert.bind::<Array<Text>, _>(&from).bind::<Array<Text>, _>(to).execute(conn)?;
    Ok(())
}

/// Of these addresses those that lead there already.
pub fn leading(conn: &mut Conn, redirects: &[(&str, String)]) -> Result<Vec<String>> {
    let (from, to): (Vec<&str>, Vec<&str>) = redirects.iter().map(|(from, to)| (*from, to.as_str())).unzip();
    let found = sql_query(
        "SELECT r.from_path AS name, r.id FROM unnest($1, $2) AS w (f, t) JOIN redirects r ON r.from_path = w.f WHERE redirect_target(r) = w.t",
    );
    let rows: Vec<Named> = found.bind::<Array<Text>, _>(from).bind::<Array<Text>, _>(to).load(conn)?;
    Ok(rows.into_iter().map(|row| row.name).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_written_so_that_no_text_ends_it() {
        let texts = |texts: &[&str]| in_braces(&texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>());
        assert_eq!(texts(&[]), "{}");
        assert_eq!(texts(&["S", "a,b}", "3\" nail", "c:\\d", "", "NULL"]), r#"{"S","a,b}","3\" nail","c:\\d","","NULL"}"#);
    }
}
