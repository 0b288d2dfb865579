//! What is held for people who are about to order.

use chrono::{DateTime, Utc};
use diesel::{
    prelude::*,
    sql_query,
    sql_types::{Array, BigInt, Bool, Integer, Nullable, Timestamptz, Uuid},
};

use super::stock::columns;
use crate::{
    base::{CartId, Conn, Error, Result, VariantId},
    inventory::model::{Item, Shortage},
    schema::store,
};

#[derive(QueryableByName)]
struct Answer {
    #[diesel(sql_type = Nullable<BigInt>)]
    short_of: Option<VariantId>,
    #[diesel(sql_type = Nullable<Integer>)]
    could_be: Option<i32>,
    #[diesel(sql_type = Nullable<Bool>)]
    limited: Option<bool>,
    #[diesel(sql_type = Nullable<Timestamptz>)]
    held_until: Option<DateTime<Utc>>,
}

pub fn reserve(conn: &mut Conn, holder: CartId, items: &[Item], minutes: i32) -> Result<Result<DateTime<Utc>, Vec<Shortage>>> {
    let (variants, quantities) = columns(items);
    let rows: Vec<Answer> = sql_query("SELECT * FROM stock_reserve($1, $2, $3, $4)")
        .bind::<Uuid, _>(holder)
        .bind::<Array<BigInt>, _>(variants)
        .bind::<Array<Integer>, _>(quantities)
        .bind::<Integer, _>(minutes)
        .load(conn)?;
    if let Some(until) = rows.first().and_then(|row| row.held_until) {
        return Ok(Ok(until));
    }
    let shortage = |row: &Answer| {
        Some(Shortage { variant: row.short_of?, available: row.could_be?, is_limit: row.limited.unwrap_or(false), is_shared: false })
    };
    let short: Vec<_> = rows.iter().filter_map(shortage).collect();
    if short.is_empty() { Err(Error::internal("stock_reserve told neither a time nor a shortage")) } else { Ok(Err(short)) }
}

pub fn let_go(conn: &mut Conn, holder: CartId) -> Result<()> {
    sql_query("SELECT stock_let_go($1)").bind::<Uuid, _>(holder).execute(conn)?;
    Ok(())
}

#[derive(QueryableByName)]
struct Over {
    #[diesel(sql_type = BigInt)]
    variant_id: i64,
}

/// Gives back what is over of up to `limit` variants, and tells of how many. Rows that others have locked are left for the
/// next time: the sweep never waits and is never waited for long.
pub fn sweep(conn: &mut Conn, limit: usize) -> Result<usize> {
    let locked: Vec<Over> = sql_query(
        "SELECT s.variant_id FROM stock s
         WHERE s.variant_id IN (SELECT r.variant_id FROM reservations r WHERE r.reserved_until <= clock_timestamp()
                                GROUP BY r.variant_id ORDER BY min(r.reserved_until) LIMIT $1)
         ORDER BY s.variant_id FOR UPDATE SKIP LOCKED",
    )
    .bind::<BigInt, _>(i64::try_from(limit).unwrap_or(i64::MAX))
    .load(conn)?;
    for over in &locked {
        sweep_variant(conn, VariantId(over.variant_id))?;
    }
    Ok(locked.len())
}

/// Gives back what is over of one variant, whose row the caller has locked.
pub fn sweep_variant(conn: &mut Conn, variant: VariantId) -> Result<()> {
    sql_query("SELECT stock_sweep($1, NULL)").bind::<BigInt, _>(variant).execute(conn)?;
    Ok(())
}

/// Takes the youngest holds of a variant away until no more than `most` units are held. The caller has locked the row. A hold
/// that is being turned into an order this moment is left alone: waiting for it here would be waiting in a circle.
pub fn shrink(conn: &mut Conn, variant: VariantId, most: i32) -> Result<()> {
    sql_query(
        "WITH standing AS (
             SELECT holder, quantity, reserved_until FROM reservations WHERE variant_id = $1 FOR UPDATE SKIP LOCKED
         ), sums AS (
             SELECT holder, sum(quantity) OVER (ORDER BY reserved_until, holder) AS so_far FROM standing
         ), gone AS (
             DELETE FROM reservations r USING sums WHERE r.variant_id = $1 AND r.holder = sums.holder AND sums.so_far > $2 RETURNING r.quantity
         )
         UPDATE stock SET reserved = reserved - (SELECT COALESCE(sum(quantity), 0) FROM gone)::integer WHERE variant_id = $1",
    )
    .bind::<BigInt, _>(variant)
    .bind::<Integer, _>(most)
    .execute(conn)?;
    Ok(())
}

pub fn minutes(conn: &mut Conn) -> Result<i32> {
    Ok(store::table.find(1).select(store::hold_minutes).first(conn)?)
}

pub fn set_minutes(conn: &mut Conn, minutes: i32) -> Result<()> {
    diesel::update(store::table.find(1)).set(store::hold_minutes.eq(minutes)).execute(conn)?;
    Ok(())
}
