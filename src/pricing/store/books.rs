//! A price book in four queries, however many variants it is for.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use diesel::{
    dsl::now,
    prelude::*,
    select, sql_query,
    sql_types::{Array, BigInt, Nullable, Text, Timestamptz},
};

use crate::{
    base::{Conn, Currency, PriceListId, Result, VariantId},
    pricing::model::{BasePrice, ListTerms, Offer, PastPrice, PriceBook, PriceList, VariantPrices},
    schema::{customer_groups, price_lists, prices, store, variants as variants_table},
};

pub fn load(conn: &mut Conn, currency: Currency, variants: &[VariantId]) -> Result<PriceBook> {
    let at = clock(conn)?;
    let lists = lists(conn, currency)?;
    let mut found: HashMap<VariantId, VariantPrices> = base_prices(conn, currency, variants)?;
    for (variant, offer) in offers(conn, &lists, variants)? {
        found.entry(variant).or_default().offers.push(offer);
    }
    for (variant, past) in history(conn, currency, variants)? {
        found.entry(variant).or_default().history.push(past);
    }
    Ok(PriceBook { currency, at, lists, variants: found })
}

/// The database's clock, which decides when sales begin and end.
pub fn clock(conn: &mut Conn) -> Result<DateTime<Utc>> {
    Ok(select(now.into_sql::<Timestamptz>()).get_result(conn)?)
}

/// Lists that apply now or may soon.
fn lists(conn: &mut Conn, currency: Currency) -> Result<HashMap<PriceListId, ListTerms>> {
    let not_over = price_lists::ends_at.is_null().or(price_lists::ends_at.gt(now.into_sql::<Nullable<Timestamptz>>()));
    let rows: Vec<(PriceList, Option<String>)> = price_lists::table
        .left_join(customer_groups::table)
        .filter(price_lists::active.and(price_lists::currency.eq(currency)))
        .filter(not_over)
        .select((PriceList::as_select(), customer_groups::name.nullable()))
        .load(conn)?;
    Ok(rows.into_iter().map(|(list, group)| (list.id, ListTerms { list, group: group.unwrap_or_default() })).collect())
}

fn base_prices(conn: &mut Conn, currency: Currency, variants: &[VariantId]) -> Result<HashMap<VariantId, VariantPrices>> {
    let own: Currency = store::table.find(1).select(store::currency).first(conn)?;
    if own != currency {
        return Ok(HashMap::new());
    }
    let wanted = variants_table::table.filter(variants_table::id.eq_any(variants));
    let rows: Vec<(VariantId, i64, Option<i64>)> =
        wanted.select((variants_table::id, variants_table::price, variants_table::compare_at)).load(conn)?;
    let prices = |amount, compare_at| VariantPrices { base: Some(BasePrice { amount, compare_at }), ..VariantPrices::default() };
    Ok(rows.into_iter().map(|(id, amount, compare_at)| (id, prices(amount, compare_at))).collect())
}

fn offers(conn: &mut Conn, lists: &HashMap<PriceListId, ListTerms>, variants: &[VariantId]) -> Result<Vec<(VariantId, Offer)>> {
    let wanted = prices::table.filter(prices::variant_id.eq_any(variants)).filter(prices::list_id.eq_any(lists.keys()));
    let rows: Vec<(VariantId, PriceListId, i32, i64, Option<i64>)> = wanted
        .order((prices::variant_id, prices::list_id, prices::min_quantity))
        .select((prices::variant_id, prices::list_id, prices::min_quantity, prices::amount, prices::compare_at))
        .load(conn)?;
    let offer = |(variant, list, min_quantity, amount, compare_at)| (variant, Offer { list, min_quantity, amount, compare_at });
    Ok(rows.into_iter().map(offer).collect())
}

#[derive(QueryableByName)]
struct HistoryRow {
    #[diesel(sql_type = BigInt)]
    variant_id: VariantId,
    #[diesel(sql_type = Timestamptz)]
    valid_from: DateTime<Utc>,
    #[diesel(sql_type = Nullable<BigInt>)]
    amount: Option<i64>,
}

/// Today's price, what comes, and the prices of the 30 days before today's began: also the one that held when they began.
fn history(conn: &mut Conn, currency: Currency, variants: &[VariantId]) -> Result<Vec<(VariantId, PastPrice)>> {
    let rows: Vec<HistoryRow> = sql_query(
        "SELECT h.variant_id, h.valid_from, h.amount FROM unnest($1) v (id)
         CROSS JOIN LATERAL (SELECT c.valid_from AS began FROM price_history c
             WHERE c.variant_id = v.id AND c.currency = $2 AND c.valid_from <= now() ORDER BY c.valid_from DESC LIMIT 1) c
         JOIN price_history h ON h.variant_id = v.id AND h.currency = $2
         WHERE h.valid_from >= COALESCE((SELECT max(b.valid_from) FROM price_history b
             WHERE b.variant_id = v.id AND b.currency = $2 AND b.valid_from <= c.began - interval '30 days'), '-infinity')
         ORDER BY h.variant_id, h.valid_from",
    )
    .bind::<Array<BigInt>, _>(variants.iter().map(|id| id.0).collect::<Vec<_>>())
    .bind::<Text, _>(currency)
    .load(conn)?;
    Ok(rows.into_iter().map(|row| (row.variant_id, PastPrice { valid_from: row.valid_from, amount: row.amount })).collect())
}
