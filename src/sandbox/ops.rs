use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::Serialize;
use url::Url;

use super::{
    jobs::{DecideSandbox, DeliverSandboxWebhook},
    model::{
        Capture, CaptureMethod, FaultKind, NewPayment, PaymentId, PaymentRow, PaymentState, Place, Refund, RefundBehaviour, RefundState,
        Step,
    },
    rules::{CardNumber, Outcome, signature},
    store,
};
use crate::{
    base::{Conn, Db, Error, Keys, Money, Result},
    jobs,
};

/// How long a merchant may take over a webhook, answer included.
const WEBHOOK_TIME: Duration = Duration::from_secs(10);

/// How long a bank takes that takes a moment.
const MOMENT: Duration = Duration::from_secs(10);

/// How late a late webhook is.
const LATE: Duration = Duration::from_secs(60);

/// Long enough for the next webhook to be faster.
const AFTER_THE_NEXT: Duration = Duration::from_secs(15);

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
        // Of the oldest key: a ring that turns leaves webhooks on their way, and servers that start then, with the same two texts.
        let api_key = keys.sign_lasting("sandbox api key", b"v1");
        let webhook_secret = keys.sign_lasting("sandbox webhook secret", b"v1");
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

/// What a step of the shopper led to, and a webhook that has to be told before the shopper is sent on.
pub struct Stepped {
    pub payment: PaymentRow,
    pub early: Option<DeliverSandboxWebhook>,
}

/// Pays an open payment with a card. A second try, as by a double click, changes nothing and gets what became of the first.
pub fn pay(conn: &mut Conn, id: &PaymentId, card: &CardNumber) -> Result<Stepped> {
    let step = match card.outcome() {
        Outcome::Approved => Step::to(approved(&store::payment(conn, id)?)),
        Outcome::Declined(reason) => Step::because(PaymentState::Declined, reason),
        Outcome::Verify => Step::to(PaymentState::Verifying),
        Outcome::Processing { .. } => Step::to(PaymentState::Processing),
    };
    let step = Step { card: Some(card.last_four()), refund_behaviour: Some(card.refund_behaviour()), ..step };
    let stepped = take(conn, id, &[PaymentState::Open], step)?;
    if let (Outcome::Processing { approves }, PaymentState::Processing) = (card.outcome(), stepped.payment.state) {
        jobs::enqueue_in(conn, &DecideSandbox { payment: id.clone(), refund: None, approves }, MOMENT)?;
    }
    Ok(stepped)
}

/// Taken, or set aside where the merchant takes it later.
fn approved(payment: &PaymentRow) -> PaymentState {
    if payment.capture == CaptureMethod::Manual { PaymentState::Authorised } else { PaymentState::Captured }
}

/// Ends the further step with the shopper's answer to their bank.
pub fn verify(conn: &mut Conn, id: &PaymentId, confirmed: bool) -> Result<Stepped> {
    let step = if confirmed {
        Step::to(approved(&store::payment(conn, id)?))
    } else {
        Step::because(PaymentState::Declined, "The payment was not confirmed with your bank")
    };
    take(conn, id, &[PaymentState::Verifying], step)
}

/// The shopper goes back without paying. A payment that is final stays as it is.
pub fn cancel(conn: &mut Conn, id: &PaymentId) -> Result<Stepped> {
    let step = Step::because(PaymentState::Cancelled, "The payment was cancelled");
    take(conn, id, &[PaymentState::Open, PaymentState::Verifying], step)
}

/// The bank has decided about a payment that took a moment.
pub fn decide(conn: &mut Conn, id: &PaymentId, approves: bool) -> Result<()> {
    let step = if approves {
        Step::to(approved(&store::payment(conn, id)?))
    } else {
        Step::because(PaymentState::Declined, "Your bank declined the payment")
    };
    let Stepped { early, .. } = take(conn, id, &[PaymentState::Processing], step)?;
    early.map_or(Ok(()), |job| jobs::enqueue(conn, &job))
}

/// Takes the step where the payment still allows it, and tells the merchant in the same transaction.
fn take(conn: &mut Conn, id: &PaymentId, from: &[PaymentState], step: Step<'_>) -> Result<Stepped> {
    let taken = match step.state {
        PaymentState::Captured | PaymentState::Authorised => store::approve(conn, id, from, &step)?,
        _ => store::take(conn, id, from, &step)?,
    };
    let is_news = !matches!(step.state, PaymentState::Verifying | PaymentState::Processing);
    let early =
        if taken && is_news { tell(conn, DeliverSandboxWebhook::new(id.clone(), None, format!("payment.{}", step.state)))? } else { None };
    Ok(Stepped { payment: store::payment(conn, id)?, early })
}

/// Enqueues a webhook, with whatever fault is armed for it. One that must come early is given back to be told at once.
fn tell(conn: &mut Conn, job: DeliverSandboxWebhook) -> Result<Option<DeliverSandboxWebhook>> {
    match store::next_fault(conn, Place::Webhook)? {
        Some(FaultKind::Early) => return Ok(Some(job)),
        Some(FaultKind::Lost) => {}
        Some(FaultKind::Late) => jobs::enqueue_in(conn, &job, LATE)?,
        Some(FaultKind::OutOfOrder) => jobs::enqueue_in(conn, &job, AFTER_THE_NEXT)?,
        Some(FaultKind::Twice) => {
            jobs::enqueue(conn, &job)?;
            jobs::enqueue(conn, &job)?;
        }
        _ => jobs::enqueue(conn, &job)?,
    }
    Ok(None)
}

/// Takes a part of what is set aside, or finds the capture of the same key.
///
/// # Errors
/// `NotFound` for an unknown payment, `Invalid` when less is set aside, `Conflict` when the key was used for another capture.
pub fn capture(conn: &mut Conn, new: &Capture) -> Result<Capture> {
    store::payment(conn, &new.payment_id)?;
    let Some(capture) = store::insert_capture(conn, new)? else {
        let earlier = store::capture_of_key(conn, &new.idempotency_key)?;
        let same = earlier.payment_id == new.payment_id && earlier.amount == new.amount && earlier.is_final == new.is_final;
        return if same { Ok(earlier) } else { Err(key_used()) };
    };
    if !store::add_captured(conn, &new.payment_id, new.amount, new.is_final)? {
        return Err(Error::invalid("amount", "Less than that is set aside and not taken"));
    }
    let early = tell(conn, DeliverSandboxWebhook::new(new.payment_id.clone(), None, "payment.captured".to_owned()))?;
    early.map_or(Ok(()), |job| jobs::enqueue(conn, &job))?;
    Ok(capture)
}

/// Lets go of what is set aside and not taken, or closes a payment that nobody has made. A second time changes nothing.
///
/// # Errors
/// `Invalid` when all was taken already.
pub fn void(conn: &mut Conn, id: &PaymentId) -> Result<PaymentRow> {
    let open = [PaymentState::Open, PaymentState::Verifying, PaymentState::Processing, PaymentState::Authorised];
    if store::take(conn, id, &open, &Step::to(PaymentState::Voided))? {
        tell(conn, DeliverSandboxWebhook::new(id.clone(), None, "payment.voided".to_owned()))?;
        return store::payment(conn, id);
    }
    let payment = store::payment(conn, id)?;
    if payment.state == PaymentState::Captured {
        if payment.authorised <= payment.captured {
            return Err(Error::invalid("state", "The payment was taken already"));
        }
        store::release_rest(conn, id)?;
    }
    Ok(payment)
}

/// Gives back a part of a captured payment, or finds the refund of the same key.
///
/// # Errors
/// `NotFound` for an unknown payment, `Invalid` when less is left to refund, `Conflict` when the key was used for another refund.
pub fn refund(conn: &mut Conn, new: &Refund) -> Result<Refund> {
    let behaviour = store::payment(conn, &new.payment_id)?.refund_behaviour;
    let state = if behaviour == RefundBehaviour::Succeeds { RefundState::Succeeded } else { RefundState::Pending };
    let Some(refund) = store::insert_refund(conn, &Refund { state, ..new.clone() })? else {
        let earlier = store::refund_of_key(conn, &new.idempotency_key)?;
        let same = earlier.payment_id == new.payment_id && earlier.amount == new.amount;
        return if same { Ok(earlier) } else { Err(key_used()) };
    };
    if !store::add_refunded(conn, &new.payment_id, new.amount)? {
        // The error undoes the insert above, so the key stays free.
        return Err(Error::invalid("amount", "The amount is greater than what was captured and is not refunded yet"));
    }
    if state == RefundState::Pending {
        let approves = behaviour == RefundBehaviour::Waits;
        let decision = DecideSandbox { payment: new.payment_id.clone(), refund: Some(refund.id.clone()), approves };
        jobs::enqueue_in(conn, &decision, MOMENT)?;
    }
    Ok(refund)
}

/// The bank has decided about a refund that took a moment.
pub fn decide_refund(conn: &mut Conn, payment: &PaymentId, id: &str, approves: bool) -> Result<()> {
    let refund = store::refund(conn, id)?;
    if refund.state != RefundState::Pending {
        return Ok(());
    }
    let state = if approves { RefundState::Succeeded } else { RefundState::Failed };
    store::end_refund(conn, id, state)?;
    if !approves {
        store::add_refunded(conn, payment, -refund.amount)?;
    }
    let early = tell(conn, DeliverSandboxWebhook::new(payment.clone(), Some(id.to_owned()), format!("refund.{state}")))?;
    early.map_or(Ok(()), |job| jobs::enqueue(conn, &job))
}

/// Arms faults; each strikes once.
pub fn arm(conn: &mut Conn, place: Place, kind: FaultKind, times: i32) -> Result<()> {
    store::arm(conn, place, kind, times)
}

pub fn disarm(conn: &mut Conn) -> Result<()> {
    store::disarm(conn)
}

/// Takes the next fault armed for a place, if there is one.
pub fn next_fault(conn: &mut Conn, place: Place) -> Result<Option<FaultKind>> {
    store::next_fault(conn, place)
}

/// What a webhook says.
#[derive(Serialize)]
struct Event<'a> {
    id: &'a str,
    r#type: &'a str,
    payment: EventPayment<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    refund: Option<EventRefund>,
}

#[derive(Serialize)]
struct EventPayment<'a> {
    id: &'a PaymentId,
    state: PaymentState,
    amount: i64,
    authorised: i64,
    authorised_until: Option<DateTime<Utc>>,
    captured: i64,
    currency: &'static str,
    failure: Option<&'a str>,
    metadata: &'a str,
}

#[derive(Serialize)]
struct EventRefund {
    id: String,
    amount: i64,
    state: RefundState,
    metadata: String,
}

impl<'a> Event<'a> {
    /// An event tells of its own moment, however late it is told.
    fn of(job: &'a DeliverSandboxWebhook, payment: &'a PaymentRow, refund: Option<Refund>) -> Self {
        let told = job.event_type.strip_prefix("payment.").and_then(|state| state.parse().ok());
        let payment = EventPayment {
            id: &payment.id,
            state: told.unwrap_or(payment.state),
            amount: payment.amount,
            authorised: payment.authorised,
            authorised_until: payment.authorised_until,
            captured: payment.captured,
            currency: payment.currency.code(),
            failure: payment.failure.as_deref(),
            metadata: &payment.metadata,
        };
        let refund = refund.map(|Refund { id, amount, state, metadata, .. }| EventRefund { id, amount, state, metadata });
        Self { id: &job.event_id, r#type: &job.event_type, payment, refund }
    }
}

impl SandboxProvider {
    /// Tells the merchant what became of a payment. The event keeps its id over all tries.
    ///
    /// # Errors
    /// The merchant was not reached or did not answer with 2xx within ten seconds; then the job tries again later.
    pub async fn deliver(&self, job: DeliverSandboxWebhook) -> Result<()> {
        let (id, refund) = (job.payment.clone(), job.refund.clone());
        let found = self.db.read(move |conn| {
            let refund = refund.map(|id| store::refund(conn, &id)).transpose()?;
            Ok((store::payment(conn, &id)?, refund))
        });
        let (payment, refund) = found.await?;
        let body = serde_json::to_vec(&Event::of(&job, &payment, refund))?;
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
