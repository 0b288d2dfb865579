use diesel::{dsl::now, prelude::*, sql_query, sql_types::BigInt};

use super::model::{Attempt, AttemptState, Refund, RefundState, Summary};
use crate::{
    base::{AttemptId, Conn, Money, OrderId, RefundId, Result},
    schema::{payment_attempts, payment_events, refunds},
};

pub fn insert(conn: &mut Conn, order: OrderId, gateway: &str, amount: Money) -> Result<AttemptId> {
    let id = AttemptId::new();
    diesel::insert_into(payment_attempts::table)
        .values((
            payment_attempts::id.eq(id),
            payment_attempts::order_id.eq(order),
            payment_attempts::gateway.eq(gateway),
            payment_attempts::amount.eq(amount.minor),
            payment_attempts::currency.eq(amount.currency),
        ))
        .execute(conn)?;
    Ok(id)
}

pub fn find(conn: &mut Conn, id: AttemptId) -> Result<Attempt> {
    Ok(payment_attempts::table.find(id).select(Attempt::as_select()).first(conn)?)
}

pub fn lock(conn: &mut Conn, id: AttemptId) -> Result<Attempt> {
    Ok(payment_attempts::table.find(id).select(Attempt::as_select()).for_update().first(conn)?)
}

pub fn find_by_reference(conn: &mut Conn, gateway: &str, reference: &str) -> Result<Option<Attempt>> {
    let named =
        payment_attempts::table.filter(payment_attempts::gateway.eq(gateway)).filter(payment_attempts::gateway_reference.eq(reference));
    Ok(named.select(Attempt::as_select()).first(conn).optional()?)
}

/// An order's attempts, the newest first.
pub fn attempts_of(conn: &mut Conn, order: OrderId) -> Result<Vec<Attempt>> {
    let of = payment_attempts::table.filter(payment_attempts::order_id.eq(order));
    Ok(of.order((payment_attempts::created_at.desc(), payment_attempts::id.desc())).limit(100).select(Attempt::as_select()).load(conn)?)
}

pub fn set_started(conn: &mut Conn, id: AttemptId, reference: &str, redirect_url: &str) -> Result<()> {
    let change = (
        payment_attempts::gateway_reference.eq(reference),
        payment_attempts::redirect_url.eq(redirect_url),
        payment_attempts::updated_at.eq(now),
    );
    diesel::update(payment_attempts::table.find(id)).set(change).execute(conn)?;
    Ok(())
}

pub fn set_state(conn: &mut Conn, id: AttemptId, state: AttemptState, captured: i64, failure: Option<&str>) -> Result<()> {
    let change = (
        payment_attempts::state.eq(state),
        payment_attempts::captured.eq(captured),
        payment_attempts::failure.eq(failure),
        payment_attempts::updated_at.eq(now),
    );
    diesel::update(payment_attempts::table.find(id)).set(change).execute(conn)?;
    Ok(())
}

/// `false`: this event is in the ledger already.
pub fn insert_event(conn: &mut Conn, attempt: &Attempt, event_id: &str, kind: &str, amount: i64) -> Result<bool> {
    let row = (
        payment_events::attempt_id.eq(attempt.id),
        payment_events::gateway.eq(&attempt.gateway),
        payment_events::gateway_event_id.eq(event_id),
        payment_events::kind.eq(kind),
        payment_events::amount.eq(amount),
    );
    let inserted = diesel::insert_into(payment_events::table).values(row).on_conflict_do_nothing().execute(conn)?;
    Ok(inserted == 1)
}

pub fn summary(conn: &mut Conn, order: OrderId) -> Result<Summary> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = BigInt)]
        captured: i64,
        #[diesel(sql_type = BigInt)]
        pending: i64,
        #[diesel(sql_type = BigInt)]
        failed: i64,
        #[diesel(sql_type = BigInt)]
        refunded: i64,
        #[diesel(sql_type = BigInt)]
        refunding: i64,
    }
    let row: Row = sql_query(
        "SELECT COALESCE(sum(captured), 0)::bigint AS captured,
                count(*) FILTER (WHERE state IN ('pending', 'authorised')) AS pending,
                count(*) FILTER (WHERE state = 'failed') AS failed,
                (SELECT COALESCE(sum(r.amount), 0)::bigint FROM refunds r JOIN payment_attempts a ON a.id = r.attempt_id
                 WHERE a.order_id = $1 AND r.state = 'succeeded') AS refunded,
                (SELECT COALESCE(sum(r.amount), 0)::bigint FROM refunds r JOIN payment_attempts a ON a.id = r.attempt_id
                 WHERE a.order_id = $1 AND r.state = 'pending') AS refunding
         FROM payment_attempts WHERE order_id = $1",
    )
    .bind::<BigInt, _>(order)
    .get_result(conn)?;
    let Row { captured, pending, failed, refunded, refunding } = row;
    Ok(Summary { captured, refunded, refunding, pending, failed })
}

/// Sets so much aside to be given back. `false`: less than that is left of this payment.
pub fn reserve_refund(conn: &mut Conn, attempt: AttemptId, amount: i64) -> Result<bool> {
    let row = payment_attempts::table.find(attempt).filter((payment_attempts::captured - payment_attempts::refunded).ge(amount));
    let change = (payment_attempts::refunded.eq(payment_attempts::refunded + amount), payment_attempts::updated_at.eq(now));
    Ok(diesel::update(row).set(change).execute(conn)? == 1)
}

/// A refund failed: the money is still here.
pub fn release_refund(conn: &mut Conn, attempt: AttemptId, amount: i64) -> Result<()> {
    let change = payment_attempts::refunded.eq(payment_attempts::refunded - amount);
    diesel::update(payment_attempts::table.find(attempt)).set(change).execute(conn)?;
    Ok(())
}

pub fn insert_refund(conn: &mut Conn, attempt: AttemptId, amount: i64, reason: &str, actor: &str) -> Result<RefundId> {
    let id = RefundId::new();
    let row = (
        refunds::id.eq(id),
        refunds::attempt_id.eq(attempt),
        refunds::amount.eq(amount),
        refunds::reason.eq(reason),
        refunds::actor.eq(actor),
    );
    diesel::insert_into(refunds::table).values(row).execute(conn)?;
    Ok(id)
}

pub fn refund(conn: &mut Conn, id: RefundId) -> Result<Refund> {
    Ok(refunds::table.find(id).select(Refund::as_select()).first(conn)?)
}

/// Ends a pending refund. `false`: it was ended already.
pub fn end_refund(conn: &mut Conn, id: RefundId, state: RefundState, reference: Option<&str>, failure: Option<&str>) -> Result<bool> {
    let pending = refunds::table.find(id).filter(refunds::state.eq(RefundState::Pending));
    let change =
        (refunds::state.eq(state), refunds::gateway_reference.eq(reference), refunds::failure.eq(failure), refunds::settled_at.eq(now));
    Ok(diesel::update(pending).set(change).execute(conn)? == 1)
}

/// An order's refunds, the newest first.
pub fn refunds_of(conn: &mut Conn, order: OrderId) -> Result<Vec<Refund>> {
    let of = refunds::table.inner_join(payment_attempts::table).filter(payment_attempts::order_id.eq(order));
    Ok(of.order((refunds::created_at.desc(), refunds::id.desc())).limit(100).select(Refund::as_select()).load(conn)?)
}
