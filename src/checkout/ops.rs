//! Paying: what begins a payment, what settles it, what ends an order that is never paid. `answers` has the steps before that,
//! `place` the moment of ordering.

mod answers;
mod draft;
mod edit;
mod exchange;
mod place;
mod reconcile;
mod together;

use std::time::Duration;

pub use answers::{
    bill, check_registered, find, hold, put_credit, remove_credit, save_billing, save_contact, save_method, use_store_credit,
};
pub use draft::{bill_draft_to, draft_account, drafted, save_draft};
pub use edit::{confirm_edit, offers_for, price_edit};
pub use exchange::{confirm_exchange, exchange_methods, exchange_shortages, price_exchange};
pub use place::place;
pub use reconcile::{reconcile, settle_open};

use super::{
    jobs::ExpireOrder,
    model::{Onward, Till},
};
use crate::{
    base::{AttemptId, Conn, Error, OrderId, Result, failpoint},
    jobs,
    orders::{self, Links, Order},
    payments::{self, Attempt, Gateway, Gateways, News, Notice, Standing, StartPayment, Started},
    promotions,
};

/// How long an order waits at least for a payment that is tried again.
const MINUTES_TO_PAY: i32 = 15;

/// An expiry is looked at a moment after its time, so that it finds it over.
const SLACK: Duration = Duration::from_secs(5);

fn changed(words: &str) -> Error {
    Error::Conflict(words.to_owned())
}

/// Asks the gateway to begin, with no lock held, and writes down what it said.
async fn begin(till: &Till, order: Order, attempt: Attempt) -> Result<Onward> {
    let gateway = till.gateways.get(&attempt.gateway)?;
    // A second click comes here with whatever became of the first one's order meanwhile.
    if order.is_cancelled() || attempt.has_failed() {
        return Ok(Onward::GoTo(order.path()));
    }
    if gateway.is_manual() || !attempt.is_pending() {
        return Ok(Onward::GoTo(order.confirmation_path()));
    }
    if let Some(url) = attempt.redirect_url {
        return Ok(Onward::GoTo(url));
    }
    failpoint!("begin.asking");
    let answer = gateway.start(&request_of(till, &order, &attempt)).await;
    failpoint!("begin.asked");
    match answer {
        Ok(started) => write_down(till, order, attempt.id, started).await,
        Err(error) => {
            tracing::warn!(error = %error, order.number = order.number, "a payment could not be begun");
            Ok(Onward::Unknown(order.path()))
        }
    }
}

/// The same for every try of one attempt: its id is the key under which the gateway knows it.
fn request_of(till: &Till, order: &Order, attempt: &Attempt) -> StartPayment {
    StartPayment {
        attempt: attempt.id,
        order_number: order.number.clone(),
        email: order.email.clone(),
        amount: attempt.money(),
        capture: attempt.capture_at,
        // It tells how the payment stands and opens nothing: what the provider knows, it may write down.
        return_url: format!("{}{}", till.base_url, attempt.return_path()),
        webhook_url: format!("{}/webhooks/{}", till.base_url, attempt.gateway),
    }
}

async fn write_down(till: &Till, order: Order, attempt: AttemptId, started: Started) -> Result<Onward> {
    let goes_to = match &started {
        Started::Redirect { url, .. } => url.clone(),
        Started::Awaited => order.confirmation_path(),
        Started::Settled { standing: Standing::Captured { .. } | Standing::Authorised { .. }, .. } => order.confirmation_path(),
        Started::Settled { .. } | Started::Declined { .. } => order.path(),
    };
    let (links, id) = (till.links.clone(), order.id);
    let written = till.db.write(move |conn| {
        orders::lock(conn, id)?;
        payments::begun(conn, attempt, &started)?;
        orders::payment_changed(conn, &links, id, false)?;
        failpoint!("begin.written");
        orders::return_unwanted(conn, &links, id)
    });
    written.await?;
    failpoint!("begin.committed");
    Ok(Onward::GoTo(goes_to))
}

/// Tries to pay an order that stands and is not paid.
///
/// # Errors
/// `Conflict` when it is paid, cancelled or too late.
pub async fn pay_again(till: &Till, order: Order, gateway: String) -> Result<Onward> {
    let by_hand = till.gateways.offered(&gateway)?.is_manual();
    let (gateways, links) = (till.gateways.clone(), till.links.clone());
    let opened = till.db.write(move |conn| {
        let order = orders::lock(conn, order.id)?;
        if !orders::can_pay(&order, gateways.is_manual(&order.gateway)) {
            return Err(changed("This order can't be paid any more. Look at its page for how it stands."));
        }
        if payments::attempts_of(conn, order.id)?.iter().any(|attempt| attempt.is_pending() && attempt.gateway != gateway) {
            // Whoever goes on elsewhere shall not pay twice. What is set aside already stays: only the rest is due.
            orders::release_pending(conn, &order)?;
        }
        if by_hand {
            orders::take_by_hand(conn, order.id, &gateway)?;
            orders::placed(conn, &[order.id])?;
        } else if order.pay_before.is_some() {
            // An old attempt's expiry must not cancel this one. An order of which an edit left a part to be paid does not expire.
            orders::prolong(conn, order.id, MINUTES_TO_PAY)?;
            jobs::enqueue_in(
                conn,
                &ExpireOrder { order: order.id },
                Duration::from_secs(MINUTES_TO_PAY.unsigned_abs().into()) * 60 + SLACK,
            )?;
        }
        promotions::retake_uses(conn, order.id)?.map_err(|words| changed(&words.join(" ")))?;
        let due = payments::summary(conn, order.id)?.due(order.total);
        let attempt = payments::open_attempt(conn, order.id, &gateway, order.money(&due))?;
        // From now on it is not failed but unknown, also where the gateway never answers.
        let order = orders::payment_changed(conn, &links, order.id, by_hand)?;
        Ok((order, attempt))
    });
    let (order, attempt) = opened.await?;
    failpoint!("again.committed");
    begin(till, order, attempt).await
}

/// Writes down what a gateway told of an attempt, with all that follows for its order. Telling it twice changes nothing.
pub fn settle(conn: &mut Conn, links: &Links, gateways: &Gateways, attempt: AttemptId, event_id: &str, standing: &Standing) -> Result<()> {
    let order = payments::attempt(conn, attempt)?.order_id;
    // The order is locked before the attempt everywhere, so that two of these never wait for each other in a circle.
    let gateway = orders::lock(conn, order)?.gateway;
    if payments::record(conn, attempt, event_id, standing)? {
        failpoint!("settle.recorded");
        let is_manual = gateways.is_manual(&gateway);
        orders::payment_changed(conn, links, order, is_manual)?;
        if matches!(standing, Standing::Captured { .. } | Standing::Authorised { .. }) {
            orders::return_unwanted(conn, links, order)?;
        }
        failpoint!("settle.settled");
    }
    Ok(())
}

/// Takes in what a gateway told by itself.
///
/// # Errors
/// `NotFound` for a payment that is not ours, or not yet: it can arrive before we have written down which payment it is. Told
/// again, it will find it.
pub async fn heed(till: &Till, gateway: &'static str, notice: Notice) -> Result<()> {
    failpoint!("webhook.received");
    let (links, gateways) = (till.links.clone(), till.gateways.clone());
    let to_ask = till.db.write(move |conn| match notice.news {
        News::Payment { reference, attempt, standing } => {
            let attempt = payment_named(conn, gateway, reference.as_deref(), attempt)?;
            settle(conn, &links, &gateways, attempt.id, &notice.event_id, &standing)?;
            Ok((standing == Standing::Pending).then_some(attempt.order_id))
        }
        News::Refund { refund, outcome } => orders::settle_refund(conn, &links, &gateways, refund, &outcome).map(|()| None),
    });
    let to_ask = to_ask.await?;
    failpoint!("webhook.committed");
    match to_ask {
        Some(order) => ask_gateways(till, order).await.map(|_| ()),
        None => Ok(()),
    }
}

/// The payment that a gateway names by its own id, or by ours while we don't know its.
fn payment_named(conn: &mut Conn, gateway: &str, reference: Option<&str>, ours: Option<AttemptId>) -> Result<Attempt> {
    let known = reference.map(|reference| payments::find_by_reference(conn, gateway, reference)).transpose()?.flatten();
    if let Some(known) = known {
        return Ok(known);
    }
    let attempt = payments::attempt(conn, ours.ok_or(Error::NotFound)?)?;
    if attempt.gateway != gateway {
        return Err(Error::NotFound);
    }
    if let Some(reference) = reference {
        payments::learn_reference(conn, attempt.id, reference)?;
    }
    Ok(attempt)
}

/// Asks the gateways about an order's open attempts and settles what they say. An answer that does not come changes nothing;
/// then `false` is returned, since what happened is unknown.
pub async fn ask_gateways(till: &Till, id: OrderId) -> Result<bool> {
    let mut known = true;
    let open = till.db.read(move |conn| payments::attempts_of(conn, id)).await?;
    for attempt in open.into_iter().filter(Attempt::is_open) {
        known &= ask_about(till, &attempt).await?;
    }
    Ok(known)
}

/// `false`: no answer came.
async fn ask_about(till: &Till, attempt: &Attempt) -> Result<bool> {
    let Ok(gateway) = till.gateways.get(&attempt.gateway) else { return Ok(true) };
    if gateway.is_manual() {
        return Ok(true);
    }
    let reference = match attempt.gateway_reference.clone() {
        Some(reference) => Some(reference),
        None => match begin_again(till, gateway.as_ref(), attempt).await? {
            Some(Started::Redirect { reference, .. }) => Some(reference),
            Some(_) => None,
            None => return Ok(false),
        },
    };
    let Some(reference) = reference else { return Ok(true) };
    match gateway.standing(&reference).await {
        Ok(Standing::Pending) => Ok(true),
        Ok(standing) => {
            let (id, links, gateways) = (attempt.id, till.links.clone(), till.gateways.clone());
            failpoint!("ask.answered");
            let told = format!("asked-{id}-{}", standing.fingerprint());
            till.db.write(move |conn| settle(conn, &links, &gateways, id, &told, &standing)).await?;
            failpoint!("ask.committed");
            Ok(true)
        }
        Err(error) => {
            tracing::warn!(error = %error, payment.attempt = %attempt.id, "a gateway could not be asked");
            Ok(false)
        }
    }
}

/// A payment whose beginning got no answer may have been made all the same. Asked again with the same key, the gateway tells of
/// the payment that there is, or begins it now, and then we know its name. `None`: no answer again, so nobody knows.
async fn begin_again(till: &Till, gateway: &dyn Gateway, attempt: &Attempt) -> Result<Option<Started>> {
    let id = attempt.order_id;
    let order = till.db.read(move |conn| orders::find(conn, id)).await?;
    match gateway.start(&request_of(till, &order, attempt)).await {
        Ok(started) => {
            failpoint!("reconcile.begun");
            write_down(till, order, attempt.id, started.clone()).await?;
            Ok(Some(started))
        }
        Err(error) => {
            tracing::warn!(error = %error, payment.attempt = %attempt.id, "whether a payment was begun is still unknown");
            Ok(None)
        }
    }
}

/// Cancels an order whose time to pay has run out. Paid or cancelled ones are left alone.
pub fn expire(conn: &mut Conn, links: &Links, order: OrderId) -> Result<()> {
    let order = orders::lock(conn, order)?;
    if order.is_cancelled() || order.is_paid() || !orders::is_overdue(conn, order.id)? {
        return Ok(());
    }
    orders::cancel(conn, links, order.id, "No payment arrived in time", "shop")
}
