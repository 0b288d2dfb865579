use std::time::Duration;

use chrono::Utc;
use serde::Serialize;
use url::Url;

use super::{
    jobs::DeliverSandboxWebhook,
    model::{NewPayment, PaymentId, PaymentRow, PaymentState, Refund, Step},
    rules::{CardNumber, Outcome, signature},
    store,
};
use crate::{
    base::{Conn, Db, Error, Keys, Money, Result},
    jobs,
};

/// How long a merchant may take over a webhook, answer included.
const WEBHOOK_TIME: Duration = Duration::from_secs(10);

/// The provider's own means. Handlers get it as `web::Data<SandboxProvider>`, the webhook job as its services.
#[derive(Clone)]
pub struct SandboxProvider {
    pub db: Db,
    /// What the merchant shows as its bearer token.
    pub api_key: String,
    /// Signs webhooks.
    pub webhook_secret: String,
    /// Where shoppers' browsers reach the hosted page, without the path.
    pub base_url: Url,
    pub http: reqwest::Client,
}

impl SandboxProvider {
    /// With credentials made from the shop's keys. The shop's gateway is given the same two texts.
    pub fn new(db: Db, keys: &Keys, base_url: Url, http: reqwest::Client) -> Self {
        let api_key = keys.sign("sandbox api key", b"v1");
        let webhook_secret = keys.sign("sandbox webhook secret", b"v1");
        Self { db, api_key, webhook_secret, base_url, http }
    }

    /// The hosted page of a payment, absolute.
    pub fn checkout_url(&self, id: &PaymentId) -> String {
        format!("{}/sandbox/pay/{id}", self.base_url.as_str().trim_end_matches('/'))
    }
}

/// Opens a payment, or finds the one of the same key.
///
/// # Errors
/// `Conflict` when the key was used for another amount.
pub fn open(conn: &mut Conn, new: &NewPayment) -> Result<PaymentRow> {
    if let Some(payment) = store::insert_payment(conn, new)? {
        return Ok(payment);
    }
    let payment = store::payment_of_key(conn, &new.idempotency_key)?;
    if payment.money() == Money::new(new.amount, new.currency) { Ok(payment) } else { Err(key_used()) }
}

fn key_used() -> Error {
    Error::Conflict("This Idempotency-Key was used before with another request".to_owned())
}

/// Pays an open payment with a card. A second try, as by a double click, changes nothing and gets what became of the first.
pub fn pay(conn: &mut Conn, id: &PaymentId, card: &CardNumber) -> Result<PaymentRow> {
    let (state, failure) = match card.outcome() {
        Outcome::Captured => (PaymentState::Captured, None),
        Outcome::Declined(reason) => (PaymentState::Declined, Some(reason)),
        Outcome::Verify => (PaymentState::Verifying, None),
    };
    take(conn, id, &[PaymentState::Open], Step { state, failure, card: Some(card.last_four()) })
}

/// Ends the further step with the shopper's answer to their bank.
pub fn verify(conn: &mut Conn, id: &PaymentId, confirmed: bool) -> Result<PaymentRow> {
    let step = if confirmed {
        Step { state: PaymentState::Captured, failure: None, card: None }
    } else {
        Step { state: PaymentState::Declined, failure: Some("The payment was not confirmed with your bank"), card: None }
    };
    take(conn, id, &[PaymentState::Verifying], step)
}

/// The shopper goes back without paying. A payment that is final stays as it is.
pub fn cancel(conn: &mut Conn, id: &PaymentId) -> Result<PaymentRow> {
    let step = Step { state: PaymentState::Cancelled, failure: Some("The payment was cancelled"), card: None };
    take(conn, id, &[PaymentState::Open, PaymentState::Verifying], step)
}

/// Takes the step where the payment still allows it, and tells the merchant in the same transaction when it was the last.
fn take(conn: &mut Conn, id: &PaymentId, from: &[PaymentState], step: Step<'_>) -> Result<PaymentRow> {
    if store::take(conn, id, from, &step)? && step.state.is_final() {
        jobs::enqueue(conn, &DeliverSandboxWebhook::new(id.clone(), step.state))?;
    }
    store::payment(conn, id)
}

/// Gives back a part of a captured payment, or finds the refund of the same key.
///
/// # Errors
/// `NotFound` for an unknown payment, `Invalid` when less is left to refund, `Conflict` when the key was used for another refund.
pub fn refund(conn: &mut Conn, new: &Refund) -> Result<Refund> {
    store::payment(conn, &new.payment_id)?;
    let Some(refund) = store::insert_refund(conn, new)? else {
        let earlier = store::refund_of_key(conn, &new.idempotency_key)?;
        let same = earlier.payment_id == new.payment_id && earlier.amount == new.amount;
        return if same { Ok(earlier) } else { Err(key_used()) };
    };
    if store::add_refunded(conn, &new.payment_id, new.amount)? {
        Ok(refund)
    } else {
        // The error undoes the insert above, so the key stays free.
        Err(Error::invalid("amount", "The amount is greater than what was captured and is not refunded yet"))
    }
}

/// What a webhook says.
#[derive(Serialize)]
struct Event<'a> {
    id: &'a str,
    r#type: &'a str,
    payment: EventPayment<'a>,
}

#[derive(Serialize)]
struct EventPayment<'a> {
    id: &'a PaymentId,
    state: PaymentState,
    amount: i64,
    currency: &'static str,
    failure: Option<&'a str>,
}

impl<'a> Event<'a> {
    fn of(job: &'a DeliverSandboxWebhook, payment: &'a PaymentRow) -> Self {
        let PaymentRow { id, state, amount, failure, .. } = payment;
        let payment = EventPayment { id, state: *state, amount: *amount, currency: payment.currency.code(), failure: failure.as_deref() };
        Self { id: &job.event_id, r#type: &job.event_type, payment }
    }
}

impl SandboxProvider {
    /// Tells the merchant what became of a payment. The event keeps its id over all tries.
    ///
    /// # Errors
    /// The merchant was not reached or did not answer with 2xx within ten seconds; then the job tries again later.
    pub async fn deliver(&self, job: DeliverSandboxWebhook) -> Result<()> {
        let id = job.payment.clone();
        let payment = self.db.read(move |conn| store::payment(conn, &id)).await?;
        let body = serde_json::to_vec(&Event::of(&job, &payment))?;
        let signed = signature(&self.webhook_secret, Utc::now().timestamp(), &body);
        let request = self.http.post(&payment.webhook_url).timeout(WEBHOOK_TIME);
        let request = request.header("content-type", "application/json").header("sandbox-signature", signed).body(body);
        let answer =
            request.send().await.map_err(|error| Error::Internal(anyhow::Error::new(error).context("the webhook was not delivered")))?;
        if answer.status().is_success() {
            Ok(())
        } else {
            Err(Error::internal(format!("the webhook was answered with {}", answer.status())))
        }
    }
}
