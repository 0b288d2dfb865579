//! The contract between the shop and whoever moves the money.
//!
//! A gateway is asked with no database connection and no lock held. Its answer counts only once it is in the ledger, and an
//! answer that never came is *pending*, never *failed*: money may have moved.

use async_trait::async_trait;

use crate::base::{AttemptId, Money, RefundId};

/// What a gateway is told when an attempt to pay begins.
#[derive(Clone, Debug)]
pub struct StartPayment {
    /// Idempotency key: asked twice with the same, a gateway gives the same payment.
    pub attempt: AttemptId,
    pub order_number: String,
    pub amount: Money,
    /// Where the shopper's browser goes afterwards. Coming there proves nothing.
    pub return_url: String,
    pub webhook_url: String,
}

/// How a payment began.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Started {
    /// The shopper pays on the gateway's own page at `url`.
    Redirect { reference: String, url: String },
    /// The money comes by another way (bank, cash), and staff says when.
    Awaited,
    /// The gateway said no; the reason is for the shopper.
    Declined { reason: String },
}

/// Where a payment stands by the gateway's own word. Amounts are in minor units of the attempt's currency.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    Pending,
    Captured { amount: Money },
    Failed { reason: String },
}

/// A verified message from a gateway.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// The gateway's id of the event; one event counts once, however often it is told.
    pub event_id: String,
    /// The gateway's id of the payment.
    pub reference: String,
    pub standing: Standing,
}

#[derive(Clone, Debug)]
pub struct RefundRequest {
    /// Idempotency key.
    pub refund: RefundId,
    pub attempt: AttemptId,
    /// The gateway's id of the payment.
    pub reference: Option<String>,
    pub amount: Money,
}

/// What became of a refund.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RefundOutcome {
    /// Given back; the gateway's id of the refund where it has one.
    Succeeded { reference: Option<String> },
    /// The gateway will not do it, however often it is asked.
    Refused { reason: String },
}

#[derive(Debug, thiserror::Error)]
pub enum GatewayError {
    /// Not reached, not answered in time, or answered with nonsense: what happened is unknown.
    #[error("the payment provider gave no usable answer: {0}")]
    Unknown(String),
    /// A message that the gateway did not sign, or that is too old.
    #[error("not a message of this gateway: {0}")]
    NotGenuine(String),
}

/// A header of a webhook, by its name in lower case.
pub type Headers<'a> = &'a dyn Fn(&str) -> Option<&'a str>;

#[async_trait]
pub trait Gateway: Send + Sync {
    /// Stored with attempts and used in URLs: `sandbox`.
    fn code(&self) -> &'static str;

    /// For the shopper: `Card`.
    fn name(&self) -> &'static str;

    /// One sentence for the shopper about how this works.
    fn description(&self) -> &'static str;

    /// Whether the order waits for staff rather than for the gateway. Such an order does not expire by itself.
    fn is_manual(&self) -> bool {
        false
    }

    /// Begins a payment.
    ///
    /// # Errors
    /// `Unknown`; then the attempt stays pending.
    async fn start(&self, request: &StartPayment) -> Result<Started, GatewayError>;

    /// Asks where a payment stands.
    ///
    /// # Errors
    /// `Unknown`.
    async fn standing(&self, reference: &str) -> Result<Standing, GatewayError>;

    /// Gives money back. Asked twice with the same key, it gives back once.
    ///
    /// # Errors
    /// `Unknown`; then it is asked again later with the same key.
    async fn refund(&self, request: &RefundRequest) -> Result<RefundOutcome, GatewayError>;

    /// Checks and reads a webhook. `None`: genuine, but nothing that concerns a payment's standing.
    ///
    /// # Errors
    /// `NotGenuine` for a wrong or stale signature, `Unknown` for a body that can't be read.
    fn webhook(&self, headers: Headers<'_>, body: &[u8]) -> Result<Option<Notice>, GatewayError>;
}
