use chrono::NaiveDate;
use diesel::{
    prelude::*,
    sql_query,
    sql_types::{BigInt, Date, Integer},
};

use super::model::Day;
use crate::base::{Conn, Currency, Money, Result};

#[derive(QueryableByName)]
struct DayRow {
    #[diesel(sql_type = Date)]
    date: NaiveDate,
    #[diesel(sql_type = BigInt)]
    orders: i64,
    #[diesel(sql_type = BigInt)]
    total: i64,
}

/// Orders placed, paid and not cancelled on each of the last days, today last. Days are UTC's.
pub fn sales(conn: &mut Conn, days: i32, currency: Currency) -> Result<Vec<Day>> {
    let rows: Vec<DayRow> = sql_query(
        "SELECT d::date AS date, count(o.id) AS orders, COALESCE(sum(o.total), 0)::bigint AS total
         FROM generate_series((now() AT TIME ZONE 'UTC')::date - ($1 - 1), (now() AT TIME ZONE 'UTC')::date, interval '1 day') d
         LEFT JOIN orders o ON o.placed_at >= d AT TIME ZONE 'UTC' AND o.placed_at < (d + interval '1 day') AT TIME ZONE 'UTC'
             AND o.lifecycle <> 'cancelled' AND o.payment_state NOT IN ('due', 'failed', 'refunded')
         GROUP BY d ORDER BY d",
    )
    .bind::<Integer, _>(days)
    .load(conn)?;
    Ok(rows.into_iter().map(|row| Day { date: row.date, orders: row.orders, total: Money::new(row.total, currency) }).collect())
}
