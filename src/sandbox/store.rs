use chrono::{DateTime, Utc};
use diesel::prelude::*;

use super::model::{Capture, FaultKind, NewPayment, PaymentId, PaymentRow, PaymentState, Place, Refund, RefundState, Step};
use crate::{
    base::{Conn, Result},
    schema::{sandbox_captures, sandbox_faults, sandbox_payments, sandbox_refunds},
};

/// `None` when there is a payment of this key already. Waits for a rival with the same key to commit.
pub fn insert_payment(conn: &mut Conn, payment: &NewPayment) -> Result<Option<PaymentRow>> {
    let inserted = diesel::insert_into(sandbox_payments::table)
        .values(payment)
        .on_conflict(sandbox_payments::idempotency_key)
        .do_nothing()
        .returning(PaymentRow::as_returning())
        .get_result(conn)
        .optional()?;
    Ok(inserted)
}

pub fn payment(conn: &mut Conn, id: &PaymentId) -> Result<PaymentRow> {
    Ok(sandbox_payments::table.find(id).select(PaymentRow::as_select()).first(conn)?)
}

pub fn payment_of_key(conn: &mut Conn, key: &str) -> Result<PaymentRow> {
    let found = sandbox_payments::table.filter(sandbox_payments::idempotency_key.eq(key));
    Ok(found.select(PaymentRow::as_select()).first(conn)?)
}

/// `false` when the payment is in none of the states `from` any more.
pub fn take(conn: &mut Conn, id: &PaymentId, from: &[PaymentState], step: &Step<'_>) -> Result<bool> {
    let payment = sandbox_payments::table.find(id).filter(sandbox_payments::state.eq_any(from));
    Ok(diesel::update(payment).set(step).execute(conn)? == 1)
}

/// `None` when there is a refund of this key already.
pub fn insert_refund(conn: &mut Conn, refund: &Refund) -> Result<Option<Refund>> {
    let inserted = diesel::insert_into(sandbox_refunds::table)
        .values(refund)
        .on_conflict(sandbox_refunds::idempotency_key)
        .do_nothing()
        .returning(Refund::as_returning())
        .get_result(conn)
        .optional()?;
    Ok(inserted)
}

pub fn refund_of_key(conn: &mut Conn, key: &str) -> Result<Refund> {
    let found = sandbox_refunds::table.filter(sandbox_refunds::idempotency_key.eq(key));
    Ok(found.select(Refund::as_select()).first(conn)?)
}

pub fn refund(conn: &mut Conn, id: &str) -> Result<Refund> {
    Ok(sandbox_refunds::table.find(id).select(Refund::as_select()).first(conn)?)
}

/// Ends a refund that took its time.
pub fn end_refund(conn: &mut Conn, id: &str, state: RefundState) -> Result<()> {
    diesel::update(sandbox_refunds::table.find(id)).set(sandbox_refunds::state.eq(state)).execute(conn)?;
    Ok(())
}

/// `false` when less than `amount` is captured and not refunded.
pub fn add_refunded(conn: &mut Conn, id: &PaymentId, amount: i64) -> Result<bool> {
    let left = sandbox_payments::captured - sandbox_payments::refunded;
    let payment = sandbox_payments::table.find(id).filter(left.ge(amount));
    let refunded = sandbox_payments::refunded.eq(sandbox_payments::refunded + amount);
    Ok(diesel::update(payment).set(refunded).execute(conn)? == 1)
}

/// The shopper's money: taken, or set aside for a week.
pub fn approve(conn: &mut Conn, id: &PaymentId, from: &[PaymentState], step: &Step<'_>) -> Result<bool> {
    if !take(conn, id, from, step)? {
        return Ok(false);
    }
    if step.state == PaymentState::Captured {
        let payment = sandbox_payments::table.find(id);
        diesel::update(payment).set(sandbox_payments::captured.eq(sandbox_payments::amount)).execute(conn)?;
    } else {
        let week = diesel::sql_query(
            "UPDATE sandbox_payments SET authorised = amount, authorised_until = now() + interval '7 days' WHERE id = $1",
        );
        week.bind::<diesel::sql_types::Text, _>(id).execute(conn)?;
    }
    Ok(true)
}

/// `None` when there is a capture of this key already.
pub fn insert_capture(conn: &mut Conn, capture: &Capture) -> Result<Option<Capture>> {
    let inserted = diesel::insert_into(sandbox_captures::table)
        .values(capture)
        .on_conflict(sandbox_captures::idempotency_key)
        .do_nothing()
        .returning(Capture::as_returning())
        .get_result(conn)
        .optional()?;
    Ok(inserted)
}

pub fn capture_of_key(conn: &mut Conn, key: &str) -> Result<Capture> {
    let found = sandbox_captures::table.filter(sandbox_captures::idempotency_key.eq(key));
    Ok(found.select(Capture::as_select()).first(conn)?)
}

/// `false` when less than that is set aside and not taken. A final one lets go of the rest.
pub fn add_captured(conn: &mut Conn, id: &PaymentId, amount: i64, is_final: bool) -> Result<bool> {
    let left = sandbox_payments::authorised - sandbox_payments::captured;
    let states = [PaymentState::Authorised, PaymentState::Captured];
    let payment = sandbox_payments::table.find(id).filter(left.ge(amount)).filter(sandbox_payments::state.eq_any(states));
    let change = (sandbox_payments::captured.eq(sandbox_payments::captured + amount), sandbox_payments::state.eq(PaymentState::Captured));
    let added = diesel::update(payment).set(change).execute(conn)? == 1;
    if added && is_final {
        release_rest(conn, id)?;
    }
    Ok(added)
}

/// Nothing is set aside any more but what was taken.
pub fn release_rest(conn: &mut Conn, id: &PaymentId) -> Result<()> {
    diesel::update(sandbox_payments::table.find(id)).set(sandbox_payments::authorised.eq(sandbox_payments::captured)).execute(conn)?;
    Ok(())
}

/// Payments since then, after the one named, in the order of their ids.
pub fn list(conn: &mut Conn, since: DateTime<Utc>, after: &str, most: i64) -> Result<Vec<PaymentRow>> {
    let found = sandbox_payments::table.filter(sandbox_payments::created_at.ge(since)).filter(sandbox_payments::id.gt(after));
    Ok(found.order(sandbox_payments::id).limit(most).select(PaymentRow::as_select()).load(conn)?)
}

pub fn arm(conn: &mut Conn, place: Place, kind: FaultKind, times: i32) -> Result<()> {
    let rows: Vec<_> = (0..times).map(|_| (sandbox_faults::place.eq(place), sandbox_faults::kind.eq(kind))).collect();
    diesel::insert_into(sandbox_faults::table).values(rows).execute(conn)?;
    Ok(())
}

/// Takes the oldest fault that is armed for this place; it strikes once.
pub fn next_fault(conn: &mut Conn, place: Place) -> Result<Option<FaultKind>> {
    let oldest = sandbox_faults::table.filter(sandbox_faults::place.eq(place)).order(sandbox_faults::id).select(sandbox_faults::id);
    let Some(id) = oldest.for_update().skip_locked().first::<i64>(conn).optional()? else { return Ok(None) };
    Ok(diesel::delete(sandbox_faults::table.find(id)).returning(sandbox_faults::kind).get_result(conn).optional()?)
}

/// How many of each are armed.
pub fn armed(conn: &mut Conn) -> Result<Vec<(Place, FaultKind, i64)>> {
    let groups = sandbox_faults::table.group_by((sandbox_faults::place, sandbox_faults::kind));
    let counted = groups.select((sandbox_faults::place, sandbox_faults::kind, diesel::dsl::count_star()));
    Ok(counted.order((sandbox_faults::place, sandbox_faults::kind)).limit(100).load(conn)?)
}

pub fn disarm(conn: &mut Conn) -> Result<()> {
    diesel::delete(sandbox_faults::table).execute(conn)?;
    Ok(())
}
