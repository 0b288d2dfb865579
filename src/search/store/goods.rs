//! Products as the index holds them, read many at a time.

use std::collections::{HashMap, HashSet};

use diesel::{
    dsl::sql,
    prelude::*,
    sql_query,
    sql_types::{Array, BigInt, Bool, Text},
};

use crate::{
    base::{CategoryId, CollectionId, Conn, Currency, ProductId, Result, TextList, VariantId, prepared},
    catalog::{self, Rating},
    inventory,
    pricing::{self, PriceBook},
    schema::{attributes, categories, products, store, variants},
    search::model::{COLLECTION, Goods, RATING},
};

#[derive(Queryable, Selectable)]
#[diesel(table_name = products)]
struct ProductRow {
    id: ProductId,
    title: String,
    description: String,
    vendor: String,
    product_type: String,
    tags: TextList,
    option_names: TextList,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = variants)]
struct VariantRow {
    id: VariantId,
    product_id: ProductId,
    sku: String,
    barcode: String,
    option_values: TextList,
}

/// What is for sale after `after`, in the order of ids, and the last id that was looked at; `None` at the end.
pub fn after(conn: &mut Conn, after: ProductId, limit: i64) -> Result<Option<(ProductId, Vec<Goods>)>> {
    let listed = products::table.filter(products::id.gt(after)).order(products::id).limit(limit);
    let ids: Vec<ProductId> = listed.select(products::id).load(conn)?;
    let Some(last) = ids.last().copied() else { return Ok(None) };
    Ok(Some((last, of(conn, &ids)?)))
}

/// Those of these products that are for sale.
pub fn of(conn: &mut Conn, ids: &[ProductId]) -> Result<Vec<Goods>> {
    let shown = products::table.filter(products::id.eq_any(ids)).filter(sql::<Bool>("product_is_shown(products)"));
    let rows: Vec<ProductRow> = shown.order(products::id).select(ProductRow::as_select()).load(conn)?;
    let ids: Vec<ProductId> = rows.iter().map(|row| row.id).collect();
    let sold = variants::table.filter(variants::product_id.eq_any(&ids)).filter(variants::archived_at.is_null());
    let order = (variants::product_id, variants::position, variants::id);
    let of_products: Vec<VariantRow> = sold.order(order).select(VariantRow::as_select()).load(conn)?;
    let variant_ids: Vec<VariantId> = of_products.iter().map(|variant| variant.id).collect();
    let currency: Currency = store::table.select(store::currency).first(conn)?;
    let beside = Beside {
        book: pricing::book(conn, currency, &variant_ids)?,
        available: inventory::available(conn, &ids)?,
        standing: catalog::categories_with_ancestors(conn, &ids)?,
        collections: catalog::collections_of(conn, &ids)?,
        names: category_names(conn)?,
        attributes: attributes(conn, &ids)?,
        ratings: catalog::ratings_of(conn, &ids)?,
        currency,
    };
    let mut variants_of: HashMap<ProductId, Vec<VariantRow>> = HashMap::new();
    for variant in of_products {
        variants_of.entry(variant.product_id).or_default().push(variant);
    }
    // A product without a variant is not shown.
    Ok(rows.into_iter().filter_map(|row| variants_of.remove(&row.id).map(|variants| beside.goods(row, &variants))).collect())
}

fn category_names(conn: &mut Conn) -> Result<HashMap<CategoryId, String>> {
    let named: Vec<(CategoryId, String)> = categories::table.select((categories::id, categories::name)).load(conn)?;
    Ok(named.into_iter().collect())
}

/// A value of an attribute, in words.
#[derive(QueryableByName)]
struct AttributeRow {
    #[diesel(sql_type = BigInt)]
    product_id: ProductId,
    #[diesel(sql_type = Text)]
    code: String,
    #[diesel(sql_type = Bool)]
    filterable: bool,
    #[diesel(sql_type = Text)]
    value: String,
}

/// Numbers with their unit, choices one by one. What is not so is no word.
const ATTRIBUTES: &str = "
    SELECT v.product_id, a.code, a.filterable, t.value FROM product_attributes v JOIN attributes a ON a.id = v.attribute_id,
    LATERAL (
        SELECT v.text AS value WHERE v.kind = 'text' UNION ALL
        SELECT trim_scale(v.number)::text || CASE WHEN a.unit = '' THEN '' ELSE ' ' || a.unit END WHERE v.kind = 'number' UNION ALL
        SELECT 'Yes' WHERE v.kind = 'boolean' AND v.boolean UNION ALL
        SELECT c.value FROM attribute_choices c WHERE c.id = ANY (v.choices)
    ) t WHERE v.product_id = ANY ($1)";

fn attributes(conn: &mut Conn, ids: &[ProductId]) -> Result<HashMap<ProductId, Vec<AttributeRow>>> {
    let rows: Vec<AttributeRow> = prepared(sql_query(ATTRIBUTES).bind::<Array<BigInt>, _>(ids)).load(conn)?;
    let mut found: HashMap<ProductId, Vec<AttributeRow>> = HashMap::new();
    for row in rows {
        found.entry(row.product_id).or_default().push(row);
    }
    Ok(found)
}

/// What the attributes with these codes are called. Types that share a code share a filter, under one of their names.
pub fn attribute_names(conn: &mut Conn, codes: &[String]) -> Result<HashMap<String, String>> {
    let named = attributes::table.filter(attributes::code.eq_any(codes)).select((attributes::code, attributes::name));
    let rows: Vec<(String, String)> = named.distinct_on(attributes::code).order((attributes::code, attributes::id)).load(conn)?;
    Ok(rows.into_iter().collect())
}

/// What other rooms know of the products.
struct Beside {
    book: PriceBook,
    available: HashSet<ProductId>,
    standing: HashMap<ProductId, Vec<CategoryId>>,
    collections: HashMap<ProductId, Vec<CollectionId>>,
    names: HashMap<CategoryId, String>,
    attributes: HashMap<ProductId, Vec<AttributeRow>>,
    ratings: HashMap<ProductId, Rating>,
    currency: Currency,
}

impl Beside {
    fn goods(&self, row: ProductRow, variants: &[VariantRow]) -> Goods {
        let prices = variants.iter().filter_map(|variant| self.book.unit(variant.id, 1, None, self.book.at));
        let prices: Vec<_> = prices.collect();
        let price = prices.iter().map(|price| price.amount).min();
        let standing = self.standing.get(&row.id).map(Vec::as_slice).unwrap_or_default();
        let mut facets: Vec<(String, String)> = standing.iter().map(|id| ("category".to_owned(), id.to_string())).collect();
        let collections = self.collections.get(&row.id).map(Vec::as_slice).unwrap_or_default();
        facets.extend(collections.iter().map(|id| (COLLECTION.to_owned(), id.to_string())));
        let mut has = |name: &str, value: &str| facets.push((name.to_owned(), tidy(value)));
        has("brand", &row.vendor);
        for (variant, (at, name)) in
            variants.iter().flat_map(|variant| row.option_names.iter().enumerate().map(move |named| (variant, named)))
        {
            has(&format!("o.{}", tidy(name)), variant.option_values.get(at).map_or("", String::as_str));
        }
        let attributes = self.attributes.get(&row.id).map(Vec::as_slice).unwrap_or_default();
        for attribute in attributes.iter().filter(|attribute| attribute.filterable) {
            has(&format!("a.{}", attribute.code), &attribute.value);
        }
        for stars in 1..=self.ratings.get(&row.id).map_or(0, |rating| rating.level()) {
            has(RATING, &stars.to_string());
        }
        if self.available.contains(&row.id) {
            has("stock", "yes");
        }
        if prices.iter().any(|price| price.compare_at.is_some()) {
            has("sale", "yes");
        }
        if let Some(bucket) = price.and_then(|price| bucket(price, self.currency)) {
            has("price", &bucket);
        }
        facets.retain(|(_, value)| !value.is_empty());
        facets.sort();
        facets.dedup();
        let categories = standing.iter().filter_map(|id| self.names.get(id).cloned());
        let options = variants.iter().flat_map(|variant| variant.option_values.iter().cloned());
        let said = attributes.iter().map(|attribute| attribute.value.clone());
        let mut words: Vec<String> =
            [row.vendor, row.product_type].into_iter().chain(row.tags.0).chain(categories).chain(options).chain(said).collect();
        words.sort();
        words.dedup();
        let codes = variants.iter().flat_map(|variant| [variant.sku.clone(), variant.barcode.clone()]);
        Goods {
            id: row.id,
            codes: codes.collect(),
            description: catalog::plain_text(&row.description),
            title: row.title,
            words,
            facets,
            price,
        }
    }
}

/// As it comes back in an address.
fn tidy(text: &str) -> String {
    let plain: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).take(120).collect();
    plain.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Where price ranges begin, in major units; for currencies without minor ones a hundred times that.
const STEPS: &[i64] = &[0, 5, 10, 25, 50, 100, 250, 500, 1000];

/// The range that a price is in, as it stands in addresses: `10-24.99`.
fn bucket(price: i64, currency: Currency) -> Option<String> {
    let unit = 10_i64.pow(currency.exponent());
    let scale = if currency.exponent() == 0 { 100 } else { unit };
    let at = STEPS.iter().rposition(|step| step * scale <= price)?;
    let from = STEPS.get(at)? * scale / unit;
    let Some(next) = STEPS.get(at + 1) else { return Some(format!("{from}-")) };
    let last = crate::base::Money::new(next * scale - 1, currency).plain();
    Some(format!("{from}-{last}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prices_fall_into_ranges_that_do_not_overlap() {
        let (pound, yen) = (Currency::parse("GBP").unwrap(), Currency::parse("JPY").unwrap());
        assert_eq!(bucket(0, pound).as_deref(), Some("0-4.99"));
        assert_eq!(bucket(499, pound).as_deref(), Some("0-4.99"));
        assert_eq!(bucket(500, pound).as_deref(), Some("5-9.99"));
        assert_eq!(bucket(10_000_000, pound).as_deref(), Some("1000-"));
        assert_eq!(bucket(1200, yen).as_deref(), Some("1000-2499"));
    }
}
