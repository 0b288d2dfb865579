//! A price book in four queries, however many variants it is for.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use diesel::{
    prelude::*,
    sql_query,
    sql_types::{Array, BigInt, Nullable, Text, Timestamptz},
};

use crate::{
    base::{Conn, Currency, Kept, Moment, PriceListId, Result, VariantId, prepared},
    pricing::model::{BasePrice, ListTerms, Offer, PastPrice, PriceBook, PriceList, VariantPrices},
    schema::{customer_groups, price_lists, prices, variants as variants_table},
};

static LISTS: Kept<Vec<ListTerms>> = Kept::new();

/// What is charged for these variants at this moment. `base`: what they cost in the shop's own currency, where that is the one.
pub fn load(
    conn: &mut Conn,
    moment: &Moment,
    currency: Currency,
    variants: &[VariantId],
    base: Vec<(VariantId, BasePrice)>,
) -> Result<PriceBook> {
    let lists = lists(conn, moment, currency)?;
    let prices = |price| VariantPrices { base: Some(price), ..VariantPrices::default() };
    let mut found: HashMap<VariantId, VariantPrices> = base.into_iter().map(|(variant, price)| (variant, prices(price))).collect();
    for (variant, offer) in offers(conn, &lists, variants)? {
        found.entry(variant).or_default().offers.push(offer);
    }
    for (variant, past) in history(conn, currency, variants)? {
        found.entry(variant).or_default().history.push(past);
    }
    Ok(PriceBook { currency, at: moment.now, lists, variants: found })
}

/// Lists that apply now or may soon.
fn lists(conn: &mut Conn, moment: &Moment, currency: Currency) -> Result<HashMap<PriceListId, ListTerms>> {
    let active = LISTS.under(moment.edition, || {
        let rows: Vec<(PriceList, Option<String>)> = price_lists::table
            .left_join(customer_groups::table)
            .filter(price_lists::active)
            .select((PriceList::as_select(), customer_groups::name.nullable()))
            .load(conn)?;
        Ok(rows.into_iter().map(|(list, group)| ListTerms { list, group: group.unwrap_or_default() }).collect())
    })?;
    let not_over = |terms: &&ListTerms| terms.list.currency == currency && terms.list.ends_at.is_none_or(|end| end > moment.now);
    Ok(active.iter().filter(not_over).map(|terms| (terms.list.id, terms.clone())).collect())
}

pub fn base_prices(conn: &mut Conn, variants: &[VariantId]) -> Result<Vec<(VariantId, BasePrice)>> {
    let wanted = variants_table::table.filter(variants_table::id.eq_any(variants));
    let rows: Vec<(VariantId, i64, Option<i64>)> =
        wanted.select((variants_table::id, variants_table::price, variants_table::compare_at)).load(conn)?;
    Ok(rows.into_iter().map(|(id, amount, compare_at)| (id, BasePrice { amount, compare_at })).collect())
}

fn offers(conn: &mut Conn, lists: &HashMap<PriceListId, ListTerms>, variants: &[VariantId]) -> Result<Vec<(VariantId, Offer)>> {
    if lists.is_empty() {
        return Ok(vec![]);
    }
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
    let history = sql_query(
        "SELECT h.variant_id, h.valid_from, h.amount FROM unnest($1) v (id)
         CROSS JOIN LATERAL (SELECT c.valid_from AS began FROM price_history c
             WHERE c.variant_id = v.id AND c.currency = $2 AND c.valid_from <= now() ORDER BY c.valid_from DESC LIMIT 1) c
         JOIN price_history h ON h.variant_id = v.id AND h.currency = $2
         WHERE h.valid_from >= COALESCE((SELECT max(b.valid_from) FROM price_history b
             WHERE b.variant_id = v.id AND b.currency = $2 AND b.valid_from <= c.began - interval '30 days'), '-infinity')
         ORDER BY h.variant_id, h.valid_from",
    )
    .bind::<Array<BigInt>, _>(variants.iter().map(|id| id.0).collect::<Vec<_>>())
    .bind::<Text, _>(currency);
    let rows: Vec<HistoryRow> = prepared(history).load(conn)?;
    Ok(rows.into_iter().map(|row| (row.variant_id, PastPrice { valid_from: row.valid_from, amount: row.amount })).collect())
}
