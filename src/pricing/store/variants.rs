//! One variant's prices in all lists, and what was asked for it.

use diesel::{
    dsl::{IntervalDsl, now},
    prelude::*,
    sql_types::Timestamptz,
};

use crate::{
    base::{Conn, Result, VariantId},
    pricing::model::{HistoryEntry, ListTerms, Offer, PriceList},
    schema::{customer_groups, price_history, price_lists, prices},
};

/// List, group, quantity, amount, former price.
type OfferRow = (PriceList, Option<String>, i32, i64, Option<i64>);

/// Its prices in all lists, whether they apply or not.
pub fn offers(conn: &mut Conn, variant: VariantId) -> Result<Vec<(ListTerms, Offer)>> {
    let rows: Vec<OfferRow> = prices::table
        .inner_join(price_lists::table.left_join(customer_groups::table))
        .filter(prices::variant_id.eq(variant))
        .order((price_lists::id.desc(), prices::min_quantity))
        .limit(500)
        .select((PriceList::as_select(), customer_groups::name.nullable(), prices::min_quantity, prices::amount, prices::compare_at))
        .load(conn)?;
    let offer = |(list, group, min_quantity, amount, compare_at): OfferRow| {
        let offer = Offer { list: list.id, min_quantity, amount, compare_at };
        (ListTerms { list, group: group.unwrap_or_default() }, offer)
    };
    Ok(rows.into_iter().map(offer).collect())
}

/// What everybody was asked in the last 30 days, and what is planned; the latest first.
pub fn history(conn: &mut Conn, variant: VariantId) -> Result<Vec<HistoryEntry>> {
    let later = diesel::alias!(price_history as later);
    // A price held within the 30 days unless another of its currency came before they began.
    let ended = later
        .filter(later.field(price_history::variant_id).eq(price_history::variant_id))
        .filter(later.field(price_history::currency).eq(price_history::currency))
        .filter(later.field(price_history::valid_from).gt(price_history::valid_from))
        .filter(later.field(price_history::valid_from).le(now.into_sql::<Timestamptz>() - 30.days()));
    let rows = price_history::table
        .filter(price_history::variant_id.eq(variant))
        .filter(diesel::dsl::not(diesel::dsl::exists(ended)))
        .order((price_history::valid_from.desc(), price_history::currency))
        .limit(500)
        .select((price_history::currency, price_history::valid_from, price_history::amount))
        .load(conn)?;
    Ok(rows)
}
