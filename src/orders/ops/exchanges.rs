//! Other goods in place of those that came back: a new order, paid with what the return is worth.
//!
//! Money stays in the shop and the books of both orders stay right: on the first order it counts as given back, on the new one
//! as paid by exchange. When a part of that payment goes back later, it goes back the way the first order was paid.

use super::{create, detail_of, follow_up, payment_changed_by, returns};
use crate::{
    base::{Conn, Error, OrderId, RefundId, Result},
    jobs,
    orders::{
        jobs::RefundPayment,
        mails::{self, Links},
        model::{Exchange, Order, Return, ReturnState},
        store::{self, returns as rows},
    },
    payments::{self, Outcome},
};

/// Closes the return with an order of its own. Its stock is the caller's to set aside, last of all, and so is what happens when
/// the rest is not paid.
///
/// # Errors
/// `Conflict` when the return is settled already. `Invalid` when less is left of what was paid than the exchange counts on.
pub fn exchange(conn: &mut Conn, links: &Links, number: &str, exchange: &Exchange, actor: &str) -> Result<Order> {
    let (order, rma) = returns::lock(conn, number, &[ReturnState::Received])?;
    let made = create(conn, &exchange.order)?;
    let means = exchange.means;
    move_money(conn, &order, &rma, made.id, means.paid, actor)?;
    returns::make_good(conn, &order, &rma, order.money(&means.surplus), exchange.surplus_as_credit, actor)?;
    rows::close_exchanged(conn, rma.id, means.paid + means.surplus, means.paid, made.id)?;
    payment_changed_by(conn, links, order.id, true, actor)?;
    follow_up(conn, order.id)?;
    // The mail below tells what a confirmation would.
    payment_changed_by(conn, links, made.id, true, actor)?;
    let words = format!("{number}: {}, as order {}", order.money(&means.paid), made.number);
    store::insert_event(conn, order.id, "return_closed", &words, actor)?;
    store::insert_event(conn, made.id, "exchanged", &format!("{number} of order {}", order.number), actor)?;
    let detail = detail_of(conn, made.id)?;
    let rma = rows::find_by_number(conn, number)?;
    mails::exchange_made(conn, links, &detail, &rma, order.money(&means.surplus), exchange.surplus_as_credit)?;
    Ok(detail.order)
}

fn move_money(conn: &mut Conn, order: &Order, rma: &Return, made: OrderId, paid: i64, actor: &str) -> Result<()> {
    if paid == 0 {
        return Ok(());
    }
    let amount = order.money(&paid);
    let reason = format!("Return {}", rma.number);
    let refunds = payments::request_refund(conn, order.id, amount, &format!("{reason}, as an exchange"), actor)?;
    payments::note_refunds(conn, &refunds, Some(rma.id), &reason)?;
    payments::paid_by_exchange(conn, made, &refunds, amount).map(|_| ())
}

/// What an exchange paid goes back: on the new order it is given back at once, on the first one it is asked for.
pub fn refund_exchange(conn: &mut Conn, links: &Links, id: RefundId) -> Result<()> {
    let refund = payments::refund(conn, id)?;
    let attempt = payments::attempt(conn, refund.attempt_id)?;
    // The first order is the older one, so both are locked in the order of their keys.
    let first = payments::exchanged_from(conn, attempt.id)?;
    let first = store::lock(conn, first)?;
    let made = store::lock(conn, attempt.order_id)?;
    if first.id >= made.id {
        return Err(Error::internal("an exchange is older than the order of which goods came back"));
    }
    if !payments::settle_refund(conn, id, &Outcome::done())? {
        return Ok(());
    }
    let amount = made.money(&refund.amount);
    for refund in payments::undo_exchange(conn, attempt.id, refund.amount, &refund.reason, &refund.actor)? {
        jobs::enqueue(conn, &RefundPayment { refund })?;
    }
    let words = format!("{amount}, which an exchange paid: it goes back the way order {} was paid", first.number);
    store::insert_event(conn, made.id, "refunded", &words, "shop")?;
    store::insert_event(conn, first.id, "refund_requested", &format!("{amount}, since order {} gives it back", made.number), "shop")?;
    for order in [first.id, made.id] {
        payment_changed_by(conn, links, order, true, "shop")?;
        follow_up(conn, order)?;
    }
    Ok(())
}

/// The return in whose place an order's goods are.
pub fn exchanged_for(conn: &mut Conn, order: OrderId) -> Result<Option<(Return, Order)>> {
    rows::exchanged_for(conn, order)
}
