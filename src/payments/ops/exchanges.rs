//! Money that stays in the shop when it is given back: as store credit, or as the payment of an order with other goods.

use super::{record, settle_refund};
use crate::{
    base::{AttemptId, Conn, Error, Money, OrderId, RefundId, Result, ReturnId},
    payments::{
        gateway::{Outcome, Standing},
        model::{Refund, RefundState, Way},
        store,
    },
};

/// Writes down what refunds are for: a return, if any, and what the credit note shall say.
pub fn note_refunds(conn: &mut Conn, refunds: &[RefundId], of: Option<ReturnId>, told: &str) -> Result<()> {
    store::set_cause(conn, refunds, of, told)
}

/// These refunds are granted as store credit, which has a ledger of its own: no gateway has anything to do.
pub fn refund_as_credit(conn: &mut Conn, refunds: &[RefundId]) -> Result<()> {
    store::set_way(conn, refunds, Way::StoreCredit)?;
    settle_at_once(conn, refunds)
}

fn settle_at_once(conn: &mut Conn, refunds: &[RefundId]) -> Result<()> {
    for refund in refunds {
        if !settle_refund(conn, *refund, &Outcome::done())? {
            return Err(Error::internal("a refund that was just asked for is settled already"));
        }
    }
    Ok(())
}

/// These refunds of another order pay this one. Together they come to `amount`.
pub fn paid_by_exchange(conn: &mut Conn, order: OrderId, refunds: &[RefundId], amount: Money) -> Result<AttemptId> {
    store::set_way(conn, refunds, Way::Exchange)?;
    settle_at_once(conn, refunds)?;
    let attempt = store::insert_by_exchange(conn, order, amount)?;
    store::insert_moved(conn, refunds, attempt)?;
    record(conn, attempt, &format!("exchanged-{attempt}"), &Standing::Captured { amount })?;
    Ok(attempt)
}

/// A payment by exchange goes back: so much of what it was made of is asked for anew as refunds of the first order, the way that
/// was paid. What is told to the gateway is the caller's to enqueue. The caller has locked both orders.
///
/// # Errors
/// `Internal` when less than that was moved.
pub fn undo_exchange(conn: &mut Conn, attempt: AttemptId, amount: i64, reason: &str, actor: &str) -> Result<Vec<RefundId>> {
    let (mut left, mut asked) = (amount, vec![]);
    for source in store::moved_into(conn, attempt)? {
        let part = left.min(source.amount);
        if part > 0 {
            asked.push(give_back_part(conn, &source, attempt, part, reason, actor)?);
            left -= part;
        }
    }
    if left == 0 { Ok(asked) } else { Err(Error::internal("less was moved by the exchange than goes back")) }
}

/// Ends what was moved and writes down anew what stays moved of it, so that history keeps both.
fn give_back_part(conn: &mut Conn, source: &Refund, attempt: AttemptId, part: i64, reason: &str, actor: &str) -> Result<RefundId> {
    store::end_refund(conn, source.id, RefundState::Failed, None, Some("The exchange was undone, or a part of it"))?;
    store::release_refund(conn, source.attempt_id, source.amount)?;
    if source.amount > part {
        let rest = ask_again(conn, source, source.amount - part, &source.reason, &source.actor)?;
        store::set_way(conn, &[rest], Way::Exchange)?;
        store::insert_moved(conn, &[rest], attempt)?;
        settle_at_once(conn, &[rest])?;
    }
    ask_again(conn, source, part, reason, actor)
}

fn ask_again(conn: &mut Conn, source: &Refund, amount: i64, reason: &str, actor: &str) -> Result<RefundId> {
    if !store::reserve_refund(conn, source.attempt_id, amount)? {
        return Err(Error::internal("what was just released can't be given back"));
    }
    let refund = store::insert_refund(conn, source.attempt_id, amount, reason, actor)?;
    store::set_cause(conn, &[refund], source.return_id, &source.told)?;
    Ok(refund)
}
