//! Paying: what begins a payment, what settles it, what ends an order that is never paid. `answers` has the steps before that,
//! `place` the moment of ordering.

mod answers;
mod place;

use std::time::Duration;

pub use answers::{bill, find, hold, put_credit, remove_credit, save_billing, save_contact, save_method, use_store_credit};
pub use place::place;

use super::{
    jobs::{CheckPayment, ExpireOrder},
    model::{Placed, Till},
};
use crate::{
    base::{AttemptId, Conn, Error, OrderId, Result},
    jobs,
    orders::{self, Links, Order},
    payments::{self, Attempt, Gateways, News, Notice, Standing, StartPayment, Started},
};

/// How long an order waits at least for a payment that is tried again.
const MINUTES_TO_PAY: i32 = 15;

/// An expiry is looked at a moment after its time, so that it finds it over.
const SLACK: Duration = Duration::from_secs(5);

fn changed(words: &str) -> Error {
    Error::Conflict(words.to_owned())
}

/// Asks the gateway to begin, with no lock held, and writes down what it said.
async fn begin(till: &Till, order: Order, attempt: Attempt) -> Result<Placed> {
    let gateway = till.gateways.get(&attempt.gateway)?;
    // A second click comes here with whatever became of the first one's order meanwhile.
    if order.is_cancelled() || attempt.has_failed() {
        return Ok(Placed::GoTo(order.path()));
    }
    if gateway.is_manual() || !attempt.is_pending() {
        return Ok(Placed::GoTo(confirmation(&order)));
    }
    if let Some(url) = attempt.redirect_url {
        return Ok(Placed::GoTo(url));
    }
    let request = StartPayment {
        attempt: attempt.id,
        order_number: order.number.clone(),
        email: order.email.clone(),
        amount: attempt.money(),
        capture: attempt.capture_at,
        return_url: format!("{}/checkout/return/{}?token={}", till.base_url, order.number, order.token),
        webhook_url: format!("{}/webhooks/{}", till.base_url, gateway.code()),
    };
    match gateway.start(&request).await {
        Ok(started) => write_down(till, order, attempt.id, started).await,
        Err(error) => {
            tracing::warn!(error = %error, order.number = order.number, "a payment could not be begun");
            Ok(Placed::Unknown(order.path()))
        }
    }
}

async fn write_down(till: &Till, order: Order, attempt: AttemptId, started: Started) -> Result<Placed> {
    let goes_to = match &started {
        Started::Redirect { url, .. } => url.clone(),
        Started::Awaited => confirmation(&order),
        Started::Settled { standing: Standing::Captured { .. } | Standing::Authorised { .. }, .. } => confirmation(&order),
        Started::Settled { .. } | Started::Declined { .. } => order.path(),
    };
    let (links, id) = (till.links.clone(), order.id);
    let written = till.db.write(move |conn| {
        orders::lock(conn, id)?;
        payments::begun(conn, attempt, &started)?;
        if matches!(started, Started::Redirect { .. }) {
            jobs::enqueue_in(conn, &CheckPayment { attempt, round: 0 }, CheckPayment::delay(0))?;
        }
        orders::payment_changed(conn, &links, id, false).map(|_| ())
    });
    written.await?;
    Ok(Placed::GoTo(goes_to))
}

fn confirmation(order: &Order) -> String {
    format!("/orders/{}/confirmation?token={}", order.number, order.token)
}

/// Tries to pay an order that stands and is not paid.
///
/// # Errors
/// `Conflict` when it is paid, cancelled or too late.
pub async fn pay_again(till: &Till, order: Order, gateway: String) -> Result<Placed> {
    if till.gateways.get(&gateway)?.is_manual() {
        return Err(changed("Choose a way to pay online."));
    }
    let gateways = till.gateways.clone();
    let opened = till.db.write(move |conn| {
        let order = orders::lock(conn, order.id)?;
        if !orders::can_pay(&order, gateways.is_manual(&order.gateway)) {
            return Err(changed("This order can't be paid any more. Look at its page for how it stands."));
        }
        // An old attempt's expiry must not cancel this one.
        orders::prolong(conn, order.id, MINUTES_TO_PAY)?;
        jobs::enqueue_in(conn, &ExpireOrder { order: order.id }, Duration::from_secs(MINUTES_TO_PAY.unsigned_abs().into()) * 60 + SLACK)?;
        let attempt = payments::open_attempt(conn, order.id, &gateway, order.total_money())?;
        Ok((order, attempt))
    });
    let (order, attempt) = opened.await?;
    begin(till, order, attempt).await
}

/// Writes down what a gateway told of an attempt, with all that follows for its order. Telling it twice changes nothing.
pub fn settle(conn: &mut Conn, links: &Links, gateways: &Gateways, attempt: AttemptId, event_id: &str, standing: &Standing) -> Result<()> {
    let order = payments::attempt(conn, attempt)?.order_id;
    // The order is locked before the attempt everywhere, so that two of these never wait for each other in a circle.
    let gateway = orders::lock(conn, order)?.gateway;
    if payments::record(conn, attempt, event_id, standing)? {
        let is_manual = gateways.is_manual(&gateway);
        orders::payment_changed(conn, links, order, is_manual)?;
        if matches!(standing, Standing::Captured { .. }) {
            orders::return_unwanted(conn, order)?;
        }
    }
    Ok(())
}

/// Takes in what a gateway told by itself.
///
/// # Errors
/// `NotFound` for a payment that is not ours, or not yet: it can arrive before we have written down which payment it is. Told
/// again, it will find it.
pub async fn heed(till: &Till, gateway: &'static str, notice: Notice) -> Result<()> {
    let (links, gateways) = (till.links.clone(), till.gateways.clone());
    let heeded = till.db.write(move |conn| match notice.news {
        News::Payment { reference, attempt, standing } => {
            let attempt = payment_named(conn, gateway, &reference, attempt)?;
            settle(conn, &links, &gateways, attempt, &notice.event_id, &standing)
        }
        News::Refund { refund, outcome } => orders::settle_refund(conn, &links, &gateways, refund, &outcome),
    });
    heeded.await
}

/// The payment that a gateway names by its own id, or by ours while we don't know its.
fn payment_named(conn: &mut Conn, gateway: &str, reference: &str, ours: Option<AttemptId>) -> Result<AttemptId> {
    if let Some(found) = payments::find_by_reference(conn, gateway, reference)? {
        return Ok(found.id);
    }
    let attempt = payments::attempt(conn, ours.ok_or(Error::NotFound)?)?;
    if attempt.gateway != gateway {
        return Err(Error::NotFound);
    }
    payments::learn_reference(conn, attempt.id, reference)?;
    Ok(attempt.id)
}

/// Asks the gateways about an order's open attempts and settles what they say. An answer that does not come changes nothing;
/// then `false` is returned, since what happened is unknown.
pub async fn ask_gateways(till: &Till, id: OrderId) -> Result<bool> {
    let mut known = true;
    let open = till.db.read(move |conn| payments::attempts_of(conn, id)).await?;
    for attempt in open.into_iter().filter(Attempt::is_open) {
        let Some(reference) = attempt.gateway_reference else { continue };
        let Ok(gateway) = till.gateways.get(&attempt.gateway) else { continue };
        match gateway.standing(&reference).await {
            Ok(Standing::Pending) => {}
            Ok(standing) => {
                let (links, gateways) = (till.links.clone(), till.gateways.clone());
                let told = format!("asked-{}-{}", attempt.id, standing.fingerprint());
                till.db.write(move |conn| settle(conn, &links, &gateways, attempt.id, &told, &standing)).await?;
            }
            Err(error) => {
                tracing::warn!(error = %error, payment.attempt = %attempt.id, "a gateway could not be asked");
                known = false;
            }
        }
    }
    Ok(known)
}

/// Cancels an order whose time to pay has run out. Paid or cancelled ones are left alone.
pub fn expire(conn: &mut Conn, links: &Links, order: OrderId) -> Result<()> {
    let order = orders::lock(conn, order)?;
    if order.is_cancelled() || order.is_paid() || !orders::is_overdue(conn, order.id)? {
        return Ok(());
    }
    orders::cancel(conn, links, order.id, "No payment arrived in time", "shop")
}
