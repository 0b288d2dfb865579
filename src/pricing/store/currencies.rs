use diesel::{dsl::now, prelude::*, sql_query, sql_types::Text};
use rust_decimal::Decimal;

use crate::{
    base::{Conn, Currency, Result},
    schema::{exchange_rates, price_lists},
};

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Text)]
    currency: Currency,
}

/// Currencies in which something is sold to everybody now, by lists; in the order of their codes.
pub fn open(conn: &mut Conn) -> Result<Vec<Currency>> {
    let rows: Vec<Row> = sql_query(
        "SELECT DISTINCT l.currency FROM price_lists l
         WHERE l.active AND l.group_id IS NULL AND (l.starts_at IS NULL OR l.starts_at <= now()) AND (l.ends_at IS NULL OR now() < l.ends_at)
           AND EXISTS (SELECT FROM prices p WHERE p.list_id = l.id) ORDER BY l.currency LIMIT 200",
    )
    .load(conn)?;
    Ok(rows.into_iter().map(|row| row.currency).collect())
}

/// How many of each currency are one of the shop's own, by the owner's word.
pub fn rates(conn: &mut Conn) -> Result<Vec<(Currency, Decimal)>> {
    let all = exchange_rates::table.order(exchange_rates::currency).limit(200);
    Ok(all.select((exchange_rates::currency, exchange_rates::rate)).load(conn)?)
}

pub fn rate(conn: &mut Conn, currency: Currency) -> Result<Option<Decimal>> {
    Ok(exchange_rates::table.find(currency).select(exchange_rates::rate).first(conn).optional()?)
}

/// `None` takes the rate away.
pub fn set_rate(conn: &mut Conn, currency: Currency, rate: Option<Decimal>) -> Result<()> {
    let Some(rate) = rate else {
        diesel::delete(exchange_rates::table.find(currency)).execute(conn)?;
        return Ok(());
    };
    diesel::insert_into(exchange_rates::table)
        .values((exchange_rates::currency.eq(currency), exchange_rates::rate.eq(rate)))
        .on_conflict(exchange_rates::currency)
        .do_update()
        .set((exchange_rates::rate.eq(rate), exchange_rates::updated_at.eq(now)))
        .execute(conn)?;
    Ok(())
}

/// Currencies of any list, the shop's own left out.
pub fn of_lists(conn: &mut Conn, own: Currency) -> Result<Vec<Currency>> {
    let others = price_lists::table.filter(price_lists::currency.ne(own)).select(price_lists::currency);
    Ok(others.distinct().order(price_lists::currency).limit(200).load(conn)?)
}
