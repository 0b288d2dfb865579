//! What is done to orders.

mod again;
mod brought;
mod claims;
mod customers;
mod edits;
mod exchanges;
mod follow;
mod notes;
mod papers;
mod parcels;
mod refunds;
mod returns;

pub use again::again;
pub use brought::bring;
pub use claims::claim;
pub use customers::search;
pub use edits::{edit, edit_shortages, release_pending};
pub use exchanges::{exchange, exchanged_for, refund_exchange};
pub use follow::{follow, renew_download, tell_failure, tell_placed, withdraw_download};
pub use notes::{note, note_on, send_again, vat_number_given};
pub use papers::{issue_papers, packing_slip, picks};
pub use parcels::{deliver, ship, shipped_units};
pub use refunds::{refund, refund_to_credit, settle_refund};
pub use returns::{
    approve_return, check_received, decline_return, open_return, openable, receive_return, request_return, return_detail, returnable,
    settle_return, withdraw_return,
};

use std::time::Duration;

use self::refunds::{refund_all, send_refunds};
use super::{
    jobs::{CapturePayment, FollowOrder, TellFailure, TellPlaced, VoidPayment},
    mails::{self, Links},
    model::{Fulfilment, Lifecycle, NewOrder, Order, OrderDetail, OrderLine, PaymentState},
    rules::{self, Move},
    store::{self, Parts},
};
use crate::{
    base::{AttemptId, CaptureId, Conn, Error, Money, OrderId, Result, failpoint, random_token},
    inventory::{self, Item},
    jobs,
    payments::{self, Gateways, Outcome, Standing},
    promotions,
    settings::Address,
};

/// Writes the order down with its lines, discounts, taxes and addresses. Its sums are checked by the database when the
/// transaction ends.
pub fn create(conn: &mut Conn, new: &NewOrder) -> Result<Order> {
    create_all(conn, std::slice::from_ref(new))?.pop().ok_or(Error::NotFound)
}

/// The same for several orders, in their order.
pub fn create_all(conn: &mut Conn, new: &[NewOrder]) -> Result<Vec<Order>> {
    let orders = insert(conn, new)?;
    let fees =
        orders.iter().zip(new).map(|(order, new)| store::insert_fees(conn, order.id, &new.quote.fees)).collect::<Result<Vec<_>>>()?;
    let mut parts = Parts::default();
    for ((order, new), fees) in orders.iter().zip(new).zip(&fees) {
        parts.add_quote(order.id, &new.quote, &store::Known { lines: &[], fees, last: 0 });
        parts.add_address(order.id, "delivery", &new.delivery_address);
        parts.add_address(order.id, "billing", new.billing_address.as_ref().unwrap_or(&new.delivery_address));
        parts.add_event(order.id, "placed", &new.actor);
    }
    store::insert_parts(conn, &parts)?;
    Ok(orders)
}

/// Inserts the orders alone. One whose number another has gets another number.
fn insert(conn: &mut Conn, new: &[NewOrder]) -> Result<Vec<Order>> {
    let mut inserted: Vec<Option<Order>> = vec![None; new.len()];
    for _ in 0..8 {
        let missing = inserted.iter_mut().zip(new).filter(|(order, _)| order.is_none());
        let (mut places, rows): (Vec<_>, Vec<_>) =
            missing.map(|(place, new)| (place, store::OrderRow::of(new, rules::order_number(rand::random()), random_token(32)))).unzip();
        for order in store::insert_all(conn, &rows)? {
            if let Some(at) = rows.iter().position(|row| row.number == order.number) {
                *places[at] = Some(order);
            }
        }
        if inserted.iter().all(Option::is_some) {
            return Ok(inserted.into_iter().flatten().collect());
        }
    }
    Err(Error::internal("no free order number in eight tries"))
}

pub fn detail(conn: &mut Conn, order: Order) -> Result<OrderDetail> {
    let id = order.id;
    let (mut delivery_address, mut billing_address) = (Address::default(), Address::default());
    for row in store::addresses(conn, id)? {
        let place = if row.kind == "delivery" { &mut delivery_address } else { &mut billing_address };
        *place = row.into();
    }
    Ok(OrderDetail {
        lines: store::lines(conn, id)?,
        discounts: store::discounts(conn, id)?,
        fees: store::fees(conn, id)?,
        taxes: store::taxes(conn, id)?,
        delivery_address,
        billing_address,
        parts: inventory::taken_parts(conn, id)?,
        shipments: store::shipments(conn, id)?,
        events: store::events(conn, id)?,
        attempts: payments::attempts_of(conn, id)?,
        refunds: payments::refunds_of(conn, id)?,
        money: payments::summary(conn, id)?,
        order,
    })
}

/// The orders stand and their payment comes later by another way: the customers are told how, in a moment.
pub fn placed(conn: &mut Conn, orders: &[OrderId]) -> Result<()> {
    let telling: Vec<TellPlaced> = orders.iter().map(|order| TellPlaced { order: *order }).collect();
    jobs::enqueue_all(conn, &telling.iter().map(|job| (job, Duration::ZERO)).collect::<Vec<_>>())
}

/// Sends the customer a link to pay an order that staff put together.
pub fn ask_to_pay(conn: &mut Conn, links: &Links, order: Order) -> Result<()> {
    let detail = detail(conn, order)?;
    mails::payment_link(conn, links, &detail)
}

/// Derives the order's states anew after its money changed, and does what follows: the confirmation goes out when it is
/// paid for the first time.
pub fn payment_changed(conn: &mut Conn, links: &Links, id: OrderId, is_manual: bool) -> Result<Order> {
    payment_changed_by(conn, links, id, is_manual, "payment provider")
}

fn payment_changed_by(conn: &mut Conn, links: &Links, id: OrderId, is_manual: bool, actor: &str) -> Result<Order> {
    let before = store::lock(conn, id)?;
    let money = payments::summary(conn, id)?;
    let payment = payments::payment_state(before.total, &money);
    count_promotions(conn, &before, payment)?;
    if payment == before.payment_state {
        return Ok(before);
    }
    derive(conn, &before, payment, before.fulfilment_state)?;
    note_payment(conn, &before, payment, actor)?;
    let order = store::find(conn, id)?;
    let is_secured = matches!(payment, PaymentState::Paid | PaymentState::Authorised | PaymentState::Overcharged);
    if is_secured && !before.is_secured() && !is_manual && !order.is_cancelled() {
        let detail = detail(conn, order.clone())?;
        mails::order_placed(conn, links, &detail, false)?;
    }
    if payment == PaymentState::Failed && !is_manual && !order.is_cancelled() {
        jobs::enqueue_in(conn, &TellFailure { order: id }, TellFailure::PATIENCE)?;
    }
    if is_secured || before.is_secured() {
        follow_up(conn, id)?;
    }
    Ok(order)
}

/// A payment that failed gives the order's coupons free for others; money that comes all the same takes them again. Where that
/// is not possible any more the order keeps its price, which was agreed, and the coupon's count stays within its limit.
///
/// A second failure finds the state as the first one left it, and coupons that the second try took again.
fn count_promotions(conn: &mut Conn, before: &Order, payment: PaymentState) -> Result<()> {
    if payment == PaymentState::Failed {
        return promotions::release_uses(conn, before.id);
    }
    if before.payment_state == PaymentState::Failed && !before.is_cancelled() && promotions::retake_uses(conn, before.id)?.is_err() {
        tracing::info!(order.number = before.number, "a paid order has a discount whose coupon is used up meanwhile");
    }
    Ok(())
}

/// Gift cards, invoices and credit notes follow from what has just become a fact.
fn follow_up(conn: &mut Conn, order: OrderId) -> Result<()> {
    jobs::enqueue(conn, &FollowOrder { order }).map(|_| ())
}

/// Money came. For a cancelled order it goes back by itself, all or part of the price; for one that stands, what is more than it
/// costs does.
///
/// # Errors
/// As for a refund.
pub fn return_unwanted(conn: &mut Conn, links: &Links, id: OrderId) -> Result<()> {
    let order = store::lock(conn, id)?;
    if order.is_cancelled() {
        refund_all(conn, &order, "The order was cancelled before the payment came", "shop")?;
        return release(conn, &order);
    }
    return_surplus(conn, links, &order)?;
    let (money, attempts) = (payments::summary(conn, id)?, payments::attempts_of(conn, id)?);
    for attempt in rules::spare(order.total, &money, &attempts) {
        jobs::enqueue(conn, &VoidPayment { attempt })?;
    }
    Ok(())
}

/// An old try was paid beside a new one, or after an edit had made the order cheaper: the rest goes back and the customer is told.
fn return_surplus(conn: &mut Conn, links: &Links, order: &Order) -> Result<()> {
    let surplus = payments::summary(conn, order.id)?.surplus(order.total);
    if surplus == 0 {
        return Ok(());
    }
    let amount = order.money(&surplus);
    store::insert_event(conn, order.id, "overpaid", &amount.to_string(), "payment provider")?;
    let refunds = payments::request_surplus(conn, order.id, amount, "More was paid than the order costs", "shop")?;
    send_refunds(conn, order, &refunds, surplus, "shop")?;
    let order = payment_changed(conn, links, order.id, false)?;
    let detail = detail(conn, order)?;
    mails::order_overpaid(conn, links, &detail, amount)
}

/// A parcel leaves: so much of what is set aside for the order is taken. Nothing happens where nothing is set aside.
pub fn capture(conn: &mut Conn, order: &Order, amount: Money) -> Result<()> {
    for capture in payments::request_capture(conn, order.id, amount)? {
        jobs::enqueue(conn, &CapturePayment { capture })?;
    }
    Ok(())
}

/// The order will not be delivered: what is set aside for it is let go of, and nobody can pay it any more.
pub fn release(conn: &mut Conn, order: &Order) -> Result<()> {
    for attempt in payments::request_void(conn, order.id)? {
        jobs::enqueue(conn, &VoidPayment { attempt })?;
    }
    Ok(())
}

/// Notes what the gateway said to a capture, with its effect on the order.
pub fn settle_capture(conn: &mut Conn, links: &Links, gateways: &Gateways, id: CaptureId, outcome: &Outcome) -> Result<()> {
    let capture = payments::capture(conn, id)?;
    let attempt = payments::attempt(conn, capture.attempt_id)?;
    store::lock(conn, attempt.order_id)?;
    if !payments::settle_capture(conn, id, outcome)? {
        return Ok(());
    }
    if let Outcome::Refused { reason } = outcome {
        let words = format!("{}: {reason}", Money::new(capture.amount, attempt.currency));
        store::insert_event(conn, attempt.order_id, "capture_failed", &words, "payment provider")?;
    }
    let is_manual = gateways.is_manual(&attempt.gateway);
    payment_changed(conn, links, attempt.order_id, is_manual)?;
    follow_up(conn, attempt.order_id)?;
    return_unwanted(conn, links, attempt.order_id)
}

/// Notes that a gateway let go of a payment, with its effect on the order.
pub fn settle_void(conn: &mut Conn, links: &Links, gateways: &Gateways, id: AttemptId, outcome: &Outcome) -> Result<()> {
    let attempt = payments::attempt(conn, id)?;
    store::lock(conn, attempt.order_id)?;
    if payments::settle_void(conn, id, outcome)? {
        payment_changed(conn, links, attempt.order_id, gateways.is_manual(&attempt.gateway))?;
    }
    Ok(())
}

/// The one writer of an order's states.
fn derive(conn: &mut Conn, before: &Order, payment: PaymentState, fulfilment: Fulfilment) -> Result<()> {
    let paid = rules::moved(before.into(), Move::Money(payment));
    let after = paid.and_then(|states| rules::moved(states, Move::Goods(fulfilment))).ok_or_else(changed)?;
    store::set_states(conn, before.id, after.lifecycle, after.payment, after.fulfilment)
}

fn note_payment(conn: &mut Conn, before: &Order, payment: PaymentState, actor: &str) -> Result<()> {
    let kind = match payment {
        PaymentState::Paid | PaymentState::Overcharged if !before.is_paid() => "paid",
        PaymentState::Authorised if !before.is_secured() => "authorised",
        PaymentState::Failed => "payment_failed",
        _ => return Ok(()),
    };
    let attempts = payments::attempts_of(conn, before.id)?;
    let detail = match kind {
        "payment_failed" => attempts.first().and_then(|attempt| attempt.failure.clone()).unwrap_or_default(),
        "paid" => before.money(&rules::came_in(&attempts)).to_string(),
        _ => before.total_money().to_string(),
    };
    store::insert_event(conn, before.id, kind, &detail, actor)
}

/// Staff has the money.
///
/// # Errors
/// `Conflict` when it is paid or cancelled already, or is paid through a gateway (`is_manual` is false).
pub fn mark_paid(conn: &mut Conn, links: &Links, number: &str, is_manual: bool, actor: &str) -> Result<()> {
    let order = store::find_by_number(conn, number)?;
    let order = store::lock(conn, order.id)?;
    if !rules::can_mark_paid(&order, is_manual) {
        return Err(changed());
    }
    receive_by_hand(conn, &order)?;
    tracing::info!(order.number = number, event = "marked_paid", "staff noted a payment");
    payment_changed_by(conn, links, order.id, true, actor)?;
    Ok(())
}

/// What is due has come by hand. An edit, or a gift card, may have left less than the total to be paid.
fn receive_by_hand(conn: &mut Conn, order: &Order) -> Result<()> {
    let due = order.money(&payments::summary(conn, order.id)?.due(order.total));
    let attempt = payments::open_attempt(conn, order.id, &order.gateway, due)?;
    let standing = Standing::Captured { amount: due };
    payments::record(conn, attempt.id, &format!("manual-{}", attempt.id), &standing).map(|_| ())
}

/// A new order was paid at the counter: the customer gets the confirmation of an order that is paid.
pub fn paid_in_shop(conn: &mut Conn, links: &Links, id: OrderId, actor: &str) -> Result<()> {
    let order = store::lock(conn, id)?;
    receive_by_hand(conn, &order)?;
    payment_changed_by(conn, links, id, false, actor).map(|_| ())
}

fn detail_of(conn: &mut Conn, id: OrderId) -> Result<OrderDetail> {
    let order = store::find(conn, id)?;
    detail(conn, order)
}

/// The order will not be delivered: its stock is free again, what was paid goes back, the customer is told.
///
/// # Errors
/// `Conflict` when something has been shipped or it is cancelled already.
pub fn cancel(conn: &mut Conn, links: &Links, id: OrderId, reason: &str, actor: &str) -> Result<()> {
    let order = store::lock(conn, id)?;
    let lines = store::lines(conn, id)?;
    if !rules::can_cancel(&order, &lines) {
        return Err(changed());
    }
    follow::void_cards(conn, &order, &lines, actor)?;
    // Before the stock, as in placing, so that the two never wait for each other in a circle.
    promotions::release_uses(conn, id)?;
    inventory::lock_stock(conn, id, &lines.iter().filter_map(|line| line.variant_id).collect::<Vec<_>>())?;
    follow::take_mailed_back(conn, &order, &lines, actor)?;
    let items: Vec<Item> = lines.iter().filter_map(OrderLine::unshipped).collect();
    inventory::release(conn, id, &items, actor)?;
    failpoint!("cancel.released");
    store::set_states(conn, id, Lifecycle::Cancelled, order.payment_state, order.fulfilment_state)?;
    store::insert_event(conn, id, "cancelled", reason, actor)?;
    let refund = refund_all(conn, &order, "The order was cancelled", actor)?;
    release(conn, &order)?;
    failpoint!("cancel.written");
    let detail = detail_of(conn, id)?;
    mails::order_cancelled(conn, links, &detail, refund, reason)
}

fn changed() -> Error {
    Error::Conflict("The order has changed meanwhile. Look at it again; what you wanted may be done, or not possible any more.".to_owned())
}
