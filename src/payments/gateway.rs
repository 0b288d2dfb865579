//! The contract between the shop and whoever moves the money.
//!
//! A gateway is asked with no database connection and no lock held. Its answer counts only once it is in the ledger. An answer
//! that never came is *pending*, never *failed*: money may have moved. What every gateway promises:
//!
//! 1. **One key, one effect.** [`Gateway::start`], [`Gateway::capture`], [`Gateway::void`] and [`Gateway::refund`] may be called
//!    again with the same request after an answer was lost; money moves once, and the answer tells of that once.
//! 2. **Its own word counts, not the browser's.** [`Gateway::standing`] and [`Gateway::webhook`] tell what the provider says; sums
//!    are all that was captured so far, so that hearing of it twice adds nothing.
//! 3. **No is an answer, silence is none.** A refusal is `Declined` or `Refused` with words; `Err` means that nobody knows, and
//!    that the same will be asked again.
//! 4. **Nothing unsigned is believed.** [`Gateway::webhook`] answers `NotGenuine` for a wrong, missing or stale signature.
//! 5. **The currency is the attempt's.** Amounts are in ISO minor units, whatever the provider writes on the wire.
//!
//! `tests/shop/gateways.rs` runs one list of behaviours against every gateway.

use std::collections::HashMap;

use async_trait::async_trait;
use chrono::{DateTime, Utc};

use crate::base::{AttemptId, CaptureId, Money, RefundId, text_enum};

text_enum! {
    /// When the money is taken.
    #[derive(Default)]
    pub enum CaptureAt {
        /// As soon as the shopper pays.
        #[default]
        Placing = "placing",
        /// Only set aside when the shopper pays, and taken as the parcel leaves.
        Shipping = "shipping",
    }
}

/// What a gateway is told when an attempt to pay begins.
#[derive(Clone, Debug)]
pub struct StartPayment {
    /// Idempotency key: asked twice with the same, a gateway gives the same payment.
    pub attempt: AttemptId,
    pub order_number: String,
    /// Where the receipt of the provider goes, if it sends one.
    pub email: String,
    pub amount: Money,
    pub capture: CaptureAt,
    /// Where the shopper's browser goes afterwards. Coming there proves nothing.
    pub return_url: String,
    pub webhook_url: String,
}

/// How a payment began.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Started {
    /// The shopper pays on the gateway's own page at `url`.
    Redirect { reference: String, url: String },
    /// Decided at once, without the shopper.
    Settled { reference: String, standing: Standing },
    /// The money comes by another way (bank, cash), and staff says when.
    Awaited,
    /// The gateway said no; the reason is for the shopper.
    Declined { reason: String },
}

/// Where a payment stands by the gateway's own word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// The shopper or a bank has not decided yet.
    Pending,
    /// Set aside and not taken. `until`: the provider lets go of it then.
    Authorised { amount: Money, until: Option<DateTime<Utc>> },
    /// All that was taken so far, refunds not subtracted.
    Captured { amount: Money },
    /// It will not be paid; the reason is for the shopper.
    Failed { reason: String },
    /// What was set aside was let go of, or the payment was called off.
    Voided,
    /// Nobody paid in time, or what was set aside lapsed.
    Expired,
}

impl Standing {
    /// Names what is told, so that being told the same twice is one event of the ledger: `captured-1395-GBP`.
    pub fn fingerprint(&self) -> String {
        let sum = |word: &str, amount: &Money| format!("{word}-{}-{}", amount.minor, amount.currency.code());
        match self {
            Self::Pending => "pending".to_owned(),
            Self::Authorised { amount, .. } => sum("authorised", amount),
            Self::Captured { amount } => sum("captured", amount),
            Self::Failed { .. } => "failed".to_owned(),
            Self::Voided => "voided".to_owned(),
            Self::Expired => "expired".to_owned(),
        }
    }
}

/// A verified message from a gateway.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// The gateway's id of the event; one event counts once, however often it is told.
    pub event_id: String,
    pub news: News,
}

/// What a message tells of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum News {
    Payment {
        /// The gateway's id of the payment, where the message has it.
        reference: Option<String>,
        /// Ours, where the gateway sends it along. So a message is understood that comes before the answer to `start`.
        attempt: Option<AttemptId>,
        /// `Pending`: something changed, and asking tells what.
        standing: Standing,
    },
    Refund {
        refund: RefundId,
        outcome: Outcome,
    },
}

/// Take what was set aside, or a part of it.
#[derive(Clone, Debug)]
pub struct CaptureRequest {
    /// Idempotency key.
    pub capture: CaptureId,
    pub attempt: AttemptId,
    /// The gateway's id of the payment.
    pub reference: String,
    pub amount: Money,
    /// Nothing more will be taken; the rest is let go of.
    pub is_final: bool,
}

/// Let go of what was set aside, or close a payment that nobody has made yet.
#[derive(Clone, Debug)]
pub struct VoidRequest {
    /// Idempotency key.
    pub attempt: AttemptId,
    /// The gateway's id of the payment.
    pub reference: String,
}

#[derive(Clone, Debug)]
pub struct RefundRequest {
    /// Idempotency key.
    pub refund: RefundId,
    pub attempt: AttemptId,
    /// The gateway's id of the payment.
    pub reference: Option<String>,
    /// The gateway's id of this refund, once it has told one.
    pub refund_reference: Option<String>,
    pub amount: Money,
}

/// What became of a capture, a void or a refund.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Done; the gateway's id of it where it has one.
    Succeeded { reference: Option<String> },
    /// Taken on and not done yet. It is asked about again.
    Pending { reference: Option<String> },
    /// The gateway will not do it, however often it is asked. The reason is for staff.
    Refused { reason: String },
}

impl Outcome {
    pub fn done() -> Self {
        Self::Succeeded { reference: None }
    }

    pub fn refused(reason: impl Into<String>) -> Self {
        Self::Refused { reason: reason.into() }
    }
}

/// A payment as the gateway's own books have it, for comparing them with ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GatewayPayment {
    pub reference: String,
    pub captured: Money,
    /// In minor units, like `captured`.
    pub refunded: i64,
}

/// What a gateway says of one payment when it is asked for it by its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Told {
    Payment(GatewayPayment),
    /// It knows none of this name with any money moved.
    NoSuchPayment,
    /// It does not tell.
    Nothing,
}

#[derive(Clone, Debug, thiserror::Error)]
pub enum GatewayError {
    /// Not reached, not answered in time, or answered with nonsense: what happened is unknown.
    #[error("the payment provider gave no usable answer: {0}")]
    Unknown(String),
    /// It does not know us: the keys are wrong, or may not do this. Asking again does not help.
    #[error("the payment provider refuses our keys: {0}")]
    Misconfigured(String),
    /// A message that the gateway did not sign, or that is too old.
    #[error("not a message of this gateway: {0}")]
    NotGenuine(String),
}

impl GatewayError {
    pub fn unknown(why: impl Into<String>) -> Self {
        Self::Unknown(why.into())
    }
}

/// The headers of a webhook, by their names in lower case.
#[derive(Clone, Debug, Default)]
pub struct Headers(HashMap<String, String>);

impl Headers {
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }
}

impl<N: AsRef<str>, V: Into<String>> FromIterator<(N, V)> for Headers {
    fn from_iter<T: IntoIterator<Item = (N, V)>>(headers: T) -> Self {
        Self(headers.into_iter().map(|(name, value)| (name.as_ref().to_ascii_lowercase(), value.into())).collect())
    }
}

#[async_trait]
pub trait Gateway: Send + Sync {
    /// Stored with attempts and used in URLs: `sandbox`.
    fn code(&self) -> &'static str;

    /// For the shopper: `Card`.
    fn name(&self) -> &str;

    /// One sentence for the shopper about how this works.
    fn description(&self) -> &str;

    /// Whether the order waits for staff rather than for the gateway. Such an order does not expire by itself.
    fn is_manual(&self) -> bool {
        false
    }

    /// Whether parcels leave before the money is here, as with payment on delivery.
    fn ships_unpaid(&self) -> bool {
        false
    }

    /// Whether one authorisation can be captured several times, parcel by parcel. Where not, the first capture takes all.
    fn captures_in_parts(&self) -> bool {
        true
    }

    /// Begins a payment.
    ///
    /// # Errors
    /// `Unknown` or `Misconfigured`; then the attempt stays pending.
    async fn start(&self, request: &StartPayment) -> Result<Started, GatewayError>;

    /// Asks where a payment stands, and does what is left to do where the shopper has agreed already.
    ///
    /// # Errors
    /// `Unknown` or `Misconfigured`.
    async fn standing(&self, reference: &str) -> Result<Standing, GatewayError>;

    /// Takes what was set aside, or a part of it.
    ///
    /// # Errors
    /// `Unknown` or `Misconfigured`; then it is asked again later with the same key.
    async fn capture(&self, _: &CaptureRequest) -> Result<Outcome, GatewayError> {
        Ok(Outcome::refused("Nothing is set aside by this way of paying"))
    }

    /// Lets go of what was set aside.
    ///
    /// # Errors
    /// As for `capture`.
    async fn void(&self, _: &VoidRequest) -> Result<Outcome, GatewayError> {
        Ok(Outcome::done())
    }

    /// Gives money back. Asked twice with the same key, it gives back once. With `refund_reference` it is only asked what became
    /// of it.
    ///
    /// # Errors
    /// As for `capture`.
    async fn refund(&self, request: &RefundRequest) -> Result<Outcome, GatewayError>;

    /// Checks and reads a webhook. `None`: genuine, but nothing that concerns us.
    ///
    /// # Errors
    /// `NotGenuine` for a wrong or stale signature, `Unknown` for a body that can't be read.
    async fn webhook(&self, headers: &Headers, body: &[u8]) -> Result<Option<Notice>, GatewayError>;

    /// The gateway's own list of payments since then, captured or refunded. `None`: it gives none.
    ///
    /// # Errors
    /// As for `standing`.
    async fn list(&self, _since: DateTime<Utc>) -> Result<Option<Vec<GatewayPayment>>, GatewayError> {
        Ok(None)
    }

    /// One payment as the gateway's own books have it, for those that give no list.
    ///
    /// # Errors
    /// As for `standing`.
    async fn tell(&self, _reference: &str) -> Result<Told, GatewayError> {
        Ok(Told::Nothing)
    }

    /// Whether the keys are right: a word for staff, such as the account's name.
    ///
    /// # Errors
    /// As for `standing`.
    async fn test(&self) -> Result<String, GatewayError> {
        Ok("There is nothing to connect to.".to_owned())
    }
}
