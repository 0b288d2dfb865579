//! Money that goes from one order to another, and what a refund is for.

use diesel::prelude::*;

use crate::{
    base::{AttemptId, Conn, Money, OrderId, RefundId, Result, ReturnId},
    payments::model::{EXCHANGE, Refund, RefundState, Way},
    schema::{moved_refunds, payment_attempts, refunds},
};

/// A payment by what came back of another order. Its reference is its own id, since no provider has one.
pub fn insert_by_exchange(conn: &mut Conn, order: OrderId, amount: Money) -> Result<AttemptId> {
    let id = AttemptId::new();
    let row = (
        payment_attempts::id.eq(id),
        payment_attempts::order_id.eq(order),
        payment_attempts::gateway.eq(EXCHANGE),
        payment_attempts::gateway_reference.eq(id.to_string()),
        payment_attempts::amount.eq(amount.minor),
        payment_attempts::currency.eq(amount.currency),
    );
    diesel::insert_into(payment_attempts::table).values(row).execute(conn)?;
    Ok(id)
}

pub fn set_way(conn: &mut Conn, ids: &[RefundId], way: Way) -> Result<()> {
    diesel::update(refunds::table.filter(refunds::id.eq_any(ids))).set(refunds::way.eq(way)).execute(conn)?;
    Ok(())
}

/// What they are for: a return, and the words for the credit note.
pub fn set_cause(conn: &mut Conn, ids: &[RefundId], of: Option<ReturnId>, told: &str) -> Result<()> {
    let change = (refunds::return_id.eq(of), refunds::told.eq(told));
    diesel::update(refunds::table.filter(refunds::id.eq_any(ids))).set(change).execute(conn)?;
    Ok(())
}

/// These refunds became this payment.
pub fn insert_moved(conn: &mut Conn, ids: &[RefundId], attempt: AttemptId) -> Result<()> {
    let rows: Vec<_> = ids.iter().map(|id| (moved_refunds::refund_id.eq(*id), moved_refunds::attempt_id.eq(attempt))).collect();
    diesel::insert_into(moved_refunds::table).values(rows).execute(conn)?;
    Ok(())
}

/// The refunds that are this payment, in a fixed order. Those that were undone are none any more.
pub fn moved_into(conn: &mut Conn, attempt: AttemptId) -> Result<Vec<Refund>> {
    let moved = refunds::table.inner_join(moved_refunds::table).filter(moved_refunds::attempt_id.eq(attempt));
    let standing = moved.filter(refunds::state.eq(RefundState::Succeeded)).order((refunds::created_at, refunds::id));
    Ok(standing.limit(1000).select(Refund::as_select()).load(conn)?)
}

/// The order whose money this payment is.
pub fn exchanged_from(conn: &mut Conn, attempt: AttemptId) -> Result<OrderId> {
    let moved = moved_refunds::table.inner_join(refunds::table.inner_join(payment_attempts::table));
    Ok(moved.filter(moved_refunds::attempt_id.eq(attempt)).select(payment_attempts::order_id).first(conn)?)
}
