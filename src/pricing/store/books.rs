//! A price book in one query, however many variants it is for; in none where no list and no reduction is.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use diesel::{
    prelude::*,
    sql_query,
    sql_types::{Array, BigInt, Integer, Nullable, Text, Timestamptz},
};

use crate::{
    base::{Conn, Currency, Kept, Moment, PriceListId, Result, VariantId, prepared},
    pricing::model::{BasePrice, ListTerms, Offer, PastPrice, PriceBook, PriceList, VariantPrices},
    schema::{customer_groups, price_lists, variants as variants_table},
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
    let reduced: Vec<VariantId> = base.iter().filter(|(_, price)| price.compare_at.is_some()).map(|(variant, _)| *variant).collect();
    let prices = |price| VariantPrices { base: Some(price), ..VariantPrices::default() };
    let mut found: HashMap<VariantId, VariantPrices> = base.into_iter().map(|(variant, price)| (variant, prices(price))).collect();
    for row in listed(conn, currency, &lists, variants, &reduced)? {
        let of = found.entry(row.variant_id).or_default();
        of.offers.extend(row.offer());
        of.history.extend(row.past());
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

/// A list's price, or one of the past.
#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = BigInt)]
    variant_id: VariantId,
    #[diesel(sql_type = Nullable<BigInt>)]
    list_id: Option<PriceListId>,
    #[diesel(sql_type = Nullable<Integer>)]
    min_quantity: Option<i32>,
    #[diesel(sql_type = Nullable<BigInt>)]
    amount: Option<i64>,
    #[diesel(sql_type = Nullable<BigInt>)]
    compare_at: Option<i64>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    valid_from: Option<DateTime<Utc>>,
}

impl Row {
    fn offer(&self) -> Option<Offer> {
        Some(Offer { list: self.list_id?, min_quantity: self.min_quantity?, amount: self.amount?, compare_at: self.compare_at })
    }

    fn past(&self) -> Option<PastPrice> {
        Some(PastPrice { valid_from: self.valid_from?, amount: self.amount })
    }
}

/// `$1` and `$2`: variants and lists, `$3`: variants that are reduced without a list, `$4`: the currency. What was asked before is told
/// of what is reduced, or may be by a list: today's price, what comes, and the prices of the 30 days before today's began, also the
/// one that held when they began. PostgreSQL can't look into the lists: it would plan anew for each length.
const LISTED: &str = "
    WITH offers AS (SELECT variant_id, list_id, min_quantity, amount, compare_at FROM prices
        WHERE variant_id = ANY (ARRAY(SELECT unnest($1))) AND list_id = ANY (ARRAY(SELECT unnest($2))))
    SELECT variant_id, list_id, min_quantity, amount, compare_at, NULL::timestamptz AS valid_from FROM offers
    UNION ALL
    SELECT h.variant_id, NULL, NULL, h.amount, NULL, h.valid_from
    FROM (SELECT unnest(ARRAY(SELECT unnest($3))) UNION SELECT variant_id FROM offers) v (id)
    CROSS JOIN LATERAL (SELECT c.valid_from AS began FROM price_history c
        WHERE c.variant_id = v.id AND c.currency = $4 AND c.valid_from <= now() ORDER BY c.valid_from DESC LIMIT 1) c
    JOIN price_history h ON h.variant_id = v.id AND h.currency = $4
    WHERE h.valid_from >= COALESCE((SELECT max(b.valid_from) FROM price_history b
        WHERE b.variant_id = v.id AND b.currency = $4 AND b.valid_from <= c.began - interval '30 days'), '-infinity')
    ORDER BY variant_id, valid_from NULLS FIRST, list_id, min_quantity";

fn listed(
    conn: &mut Conn,
    currency: Currency,
    lists: &HashMap<PriceListId, ListTerms>,
    variants: &[VariantId],
    reduced: &[VariantId],
) -> Result<Vec<Row>> {
    if reduced.is_empty() && (lists.is_empty() || variants.is_empty()) {
        return Ok(vec![]);
    }
    let query = sql_query(LISTED)
        .bind::<Array<BigInt>, _>(variants)
        .bind::<Array<BigInt>, _>(lists.keys().copied().collect::<Vec<_>>())
        .bind::<Array<BigInt>, _>(reduced)
        .bind::<Text, _>(currency);
    Ok(prepared(query).load(conn)?)
}
