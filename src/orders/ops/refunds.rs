//! Money that goes back.

use super::{changed, detail, follow_up, payment_changed, payment_changed_by};
use crate::{
    base::{Conn, Error, Money, RefundId, Result, ReturnId, failpoint},
    credit, jobs,
    orders::{
        forms::RefundInput,
        jobs::RefundPayment,
        mails::{self, Links},
        model::Order,
        store,
    },
    payments::{self, Gateways, Outcome, RefundState},
};

/// Sets all that was paid aside to go back. `None`: nothing was.
pub fn refund_all(conn: &mut Conn, order: &Order, reason: &str, actor: &str) -> Result<Option<Money>> {
    let refunds = payments::refund_remaining(conn, order.id, reason, actor)?;
    payments::note_refunds(conn, &refunds, None, reason)?;
    let mut sum = 0;
    for id in &refunds {
        sum += payments::refund(conn, *id)?.amount;
    }
    send_refunds(conn, order, &refunds, sum, actor)?;
    Ok((sum > 0).then(|| Money::new(sum, order.currency)))
}

pub fn send_refunds(conn: &mut Conn, order: &Order, refunds: &[RefundId], sum: i64, actor: &str) -> Result<()> {
    for refund in refunds {
        jobs::enqueue(conn, &RefundPayment { refund: *refund })?;
    }
    if !refunds.is_empty() {
        store::insert_event(conn, order.id, "refund_requested", &Money::new(sum, order.currency).to_string(), actor)?;
    }
    Ok(())
}

/// Gives a part of the money back, through the gateway by which it came or as store credit.
///
/// # Errors
/// `Conflict` when something else was given back since the confirmation was shown: a double click gives back once. `Invalid`
/// on `amount` when less than that is left; on `way` when there is no account for store credit.
pub fn refund(conn: &mut Conn, links: &Links, number: &str, input: &RefundInput, actor: &str) -> Result<()> {
    let order = store::find_by_number(conn, number)?;
    let order = store::lock(conn, order.id)?;
    if payments::summary(conn, order.id)?.refundable() != input.seen_refundable {
        return Err(changed());
    }
    check_cards(conn, &order, input)?;
    if input.as_credit {
        return refund_as_credit(conn, links, &order, input, actor);
    }
    let refunds = payments::request_refund(conn, order.id, input.amount, &input.reason, actor)?;
    payments::note_refunds(conn, &refunds, None, &input.told)?;
    failpoint!("refund.requested");
    send_refunds(conn, &order, &refunds, input.amount.minor, actor)
}

fn refund_as_credit(conn: &mut Conn, links: &Links, order: &Order, input: &RefundInput, actor: &str) -> Result<()> {
    let reason = if input.reason.is_empty() { format!("Order {}", order.number) } else { input.reason.clone() };
    give_credit(conn, order, input.amount, &Told { of: None, reason: &reason, on_paper: &input.told }, actor)?;
    let order = payment_changed_by(conn, links, order.id, false, actor)?;
    store::insert_event(conn, order.id, "refunded", &format!("{}, as store credit", input.amount), actor)?;
    follow_up(conn, order.id)?;
    let detail = detail(conn, order)?;
    mails::order_refunded(conn, links, &detail, input.amount, true)
}

/// Why money goes back, for staff and for the credit note.
pub struct Told<'a> {
    pub of: Option<ReturnId>,
    pub reason: &'a str,
    pub on_paper: &'a str,
}

/// Turns money that was paid into store credit: it counts as given back, so that it can't be given back a second time, and
/// no gateway has anything to do.
///
/// # Errors
/// `Invalid` on `way` when there is no account that could have it; on `amount` when less than that is left.
pub fn give_credit(conn: &mut Conn, order: &Order, amount: Money, told: &Told<'_>, actor: &str) -> Result<()> {
    let account = order.account_id.ok_or_else(|| Error::invalid("way", "The order has no account that could have store credit"))?;
    let refunds = payments::request_refund(conn, order.id, amount, &format!("{}, as store credit", told.reason), actor)?;
    payments::note_refunds(conn, &refunds, told.of, told.on_paper)?;
    payments::refund_as_credit(conn, &refunds)?;
    credit::grant(conn, account, order.currency, amount.minor, Some(order.id), told.reason, actor).map(|_| ())
}

/// What gift cards were bought for stays paid while they can be spent, or their worth would be given away twice.
fn check_cards(conn: &mut Conn, order: &Order, input: &RefundInput) -> Result<()> {
    let open: i64 = credit::cards_of_order(conn, order.id)?.iter().filter(|card| card.disabled_at.is_none()).map(|card| card.issued).sum();
    let most = order.money(&(input.seen_refundable - open).max(0));
    if open == 0 || input.amount.minor <= most.minor {
        return Ok(());
    }
    let worth = order.money(&open);
    let words = format!("{worth} of it was paid for gift cards that can be spent, so give {most} back at most. Disable the cards first");
    Err(Error::invalid("amount", words))
}

/// What a gift card or store credit paid goes back onto it.
pub fn refund_to_credit(conn: &mut Conn, links: &Links, gateways: &Gateways, id: RefundId) -> Result<()> {
    let refund = payments::refund(conn, id)?;
    let attempt = payments::attempt(conn, refund.attempt_id)?;
    store::lock(conn, attempt.order_id)?;
    let credit = attempt.credit_id.ok_or_else(|| Error::internal("no credit paid this"))?;
    credit::give_back_once(conn, credit, attempt.order_id, id, refund.amount, &refund.actor)?;
    failpoint!("refund.credited");
    settle_refund(conn, links, gateways, id, &Outcome::done())
}

/// Notes what the gateway said to a refund, with its effect on the order.
pub fn settle_refund(conn: &mut Conn, links: &Links, gateways: &Gateways, id: RefundId, outcome: &Outcome) -> Result<()> {
    let attempt = payments::refund(conn, id)?.attempt_id;
    let attempt = payments::attempt(conn, attempt)?;
    // The order is locked before its payments everywhere, so that two of these never wait for each other in a circle.
    store::lock(conn, attempt.order_id)?;
    if !payments::settle_refund(conn, id, outcome)? {
        return Ok(());
    }
    let refund = payments::refund(conn, id)?;
    let is_manual = gateways.is_manual(&attempt.gateway);
    let order = payment_changed(conn, links, attempt.order_id, is_manual)?;
    let amount = Money::new(refund.amount, attempt.currency);
    if refund.state != RefundState::Succeeded {
        let words = format!("{amount}: {}", refund.failure.unwrap_or_default());
        return store::insert_event(conn, order.id, "refund_failed", &words, "payment provider");
    }
    store::insert_event(conn, order.id, "refunded", &amount.to_string(), "payment provider")?;
    follow_up(conn, order.id)?;
    let detail = detail(conn, order)?;
    mails::order_refunded(conn, links, &detail, amount, false)
}
