use chrono::NaiveDate;
use diesel::{
    prelude::*,
    sql_query,
    sql_types::{BigInt, Date, Integer},
};

use super::model::Day;
use crate::{
    base::{Conn, Currency, Money, Result},
    orders::{Fulfilment, Lifecycle, Order, PaymentState},
    schema::orders,
};

#[derive(QueryableByName)]
struct DayRow {
    #[diesel(sql_type = Date)]
    date: NaiveDate,
    #[diesel(sql_type = BigInt)]
    orders: i64,
    #[diesel(sql_type = BigInt)]
    total: i64,
}

/// Orders placed and not cancelled on each of the last days, today last. Days are UTC's.
pub fn sales(conn: &mut Conn, days: i32, currency: Currency) -> Result<Vec<Day>> {
    let rows: Vec<DayRow> = sql_query(
        "SELECT d::date AS date, count(o.id) AS orders, COALESCE(sum(o.total), 0)::bigint AS total
         FROM generate_series((now() AT TIME ZONE 'UTC')::date - ($1 - 1), (now() AT TIME ZONE 'UTC')::date, interval '1 day') d
         LEFT JOIN orders o ON o.placed_at >= d AT TIME ZONE 'UTC' AND o.placed_at < (d + interval '1 day') AT TIME ZONE 'UTC'
             AND o.lifecycle <> 'cancelled' AND o.payment_state NOT IN ('failed')
         GROUP BY d ORDER BY d",
    )
    .bind::<Integer, _>(days)
    .load(conn)?;
    Ok(rows.into_iter().map(|row| Day { date: row.date, orders: row.orders, total: Money::new(row.total, currency) }).collect())
}

/// How many orders are paid and wait to be shipped, and the oldest of them.
pub fn to_ship(conn: &mut Conn, limit: i64) -> Result<(i64, Vec<Order>)> {
    let waiting = || {
        orders::table
            .filter(orders::lifecycle.eq(Lifecycle::Placed))
            .filter(orders::fulfilment_state.eq_any([Fulfilment::Unfulfilled, Fulfilment::Partial]))
            .filter(orders::payment_state.eq_any([PaymentState::Paid, PaymentState::Overcharged, PaymentState::PartlyRefunded]))
    };
    let oldest = waiting().order((orders::placed_at, orders::id)).limit(limit).select(Order::as_select()).load(conn)?;
    Ok((waiting().count().get_result(conn)?, oldest))
}

/// How many orders wait for their payment.
pub fn unpaid(conn: &mut Conn) -> Result<i64> {
    let due = orders::table.filter(orders::lifecycle.eq(Lifecycle::Placed)).filter(orders::payment_state.eq(PaymentState::Due));
    Ok(due.count().get_result(conn)?)
}
