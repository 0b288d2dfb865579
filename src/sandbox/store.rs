use diesel::prelude::*;

use super::model::{NewPayment, PaymentId, PaymentRow, PaymentState, Refund, Step};
use crate::{
    base::{Conn, Result},
    schema::{sandbox_payments, sandbox_refunds},
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

/// `false` when the payment is not captured, or less of it is left than `amount`.
pub fn add_refunded(conn: &mut Conn, id: &PaymentId, amount: i64) -> Result<bool> {
    let left = sandbox_payments::amount - sandbox_payments::refunded;
    let payment = sandbox_payments::table.find(id).filter(sandbox_payments::state.eq(PaymentState::Captured)).filter(left.ge(amount));
    let refunded = sandbox_payments::refunded.eq(sandbox_payments::refunded + amount);
    Ok(diesel::update(payment).set(refunded).execute(conn)? == 1)
}
