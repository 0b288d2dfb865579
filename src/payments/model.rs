use chrono::{DateTime, Utc};
use diesel::prelude::*;

use super::gateway::CaptureAt;
use crate::{
    base::{AttemptId, CaptureId, CreditId, Currency, Keys, Money, OrderId, RefundId, ReturnId, text_enum},
    schema::{captures, gateway_settings, payment_attempts, refunds},
};

text_enum! {
    pub enum AttemptState {
        /// Begun; what became of it is not known yet.
        Pending = "pending",
        /// Set aside at the gateway and not taken.
        Authorised = "authorised",
        /// Money came, all of it or a part.
        Captured = "captured",
        Failed = "failed",
        /// Let go of.
        Voided = "voided",
        /// Nobody paid in time, or what was set aside lapsed.
        Expired = "expired",
    }
}

text_enum! {
    pub enum CaptureState {
        Pending = "pending",
        Succeeded = "succeeded",
        Failed = "failed",
    }
}

text_enum! {
    pub enum RefundState {
        Pending = "pending",
        Succeeded = "succeeded",
        Failed = "failed",
    }
}

text_enum! {
    /// How a refund reaches the customer.
    pub enum Way {
        /// The way the money came.
        Gateway = "gateway",
        /// Granted as store credit instead.
        StoreCredit = "store_credit",
        /// It paid the order with the goods that the customer got instead.
        Exchange = "exchange",
    }
}

/// The gateway of payments that are moved from one order to another by an exchange. No provider knows of them.
pub const EXCHANGE: &str = "exchange";

text_enum! {
    /// How an order's payment stands as a whole.
    pub enum PaymentState {
        /// Nothing came yet, or a part of it.
        Due = "due",
        /// Set aside in full, or set aside what is not captured.
        Authorised = "authorised",
        Paid = "paid",
        PartlyRefunded = "partly_refunded",
        Refunded = "refunded",
        /// Every try came to nothing.
        Failed = "failed",
        /// More is here than the order costs.
        Overcharged = "overcharged",
    }
}

impl PaymentState {
    pub fn label(self) -> &'static str {
        match self {
            Self::Due => "Payment due",
            Self::Authorised => "Authorised",
            Self::Paid => "Paid",
            Self::PartlyRefunded => "Partly refunded",
            Self::Refunded => "Refunded",
            Self::Failed => "Payment failed",
            Self::Overcharged => "Overcharged",
        }
    }

    /// How a badge shows it: `good`, `warn`, `bad` or nothing.
    pub fn tone(self) -> &'static str {
        match self {
            Self::Paid | Self::Authorised => "good",
            Self::Due => "warn",
            Self::Failed | Self::Overcharged => "bad",
            Self::PartlyRefunded | Self::Refunded => "",
        }
    }
}

/// One try to pay an order.
#[derive(Queryable, QueryableByName, Selectable, Clone, Debug)]
#[diesel(table_name = payment_attempts)]
pub struct Attempt {
    pub id: AttemptId,
    pub order_id: OrderId,
    pub gateway: String,
    pub gateway_reference: Option<String>,
    /// Minor units, as `captured` and `refunded`.
    pub amount: i64,
    pub currency: Currency,
    pub state: AttemptState,
    pub capture_at: CaptureAt,
    /// The most that the gateway ever said is set aside.
    pub authorised: i64,
    /// The gateway lets go of it then.
    pub authorised_until: Option<DateTime<Utc>>,
    /// Captures asked for and not failed.
    pub capturing: i64,
    pub captured: i64,
    /// Refunds asked for and not failed.
    pub refunded: i64,
    /// Nothing more will be captured.
    pub is_closed: bool,
    pub redirect_url: Option<String>,
    pub failure: Option<String>,
    /// The gift card or store credit that paid; then no gateway has anything to do with it.
    pub credit_id: Option<CreditId>,
    /// What a person must look at.
    pub flag: Option<String>,
    pub created_at: DateTime<Utc>,
}

impl Attempt {
    /// Where the shopper comes back to from the gateway's page. Nobody guesses it, and it shows nobody whose order it is.
    pub fn return_path(&self) -> String {
        format!("/checkout/return/{}", self.id)
    }

    pub fn money(&self) -> Money {
        Money::new(self.amount, self.currency)
    }

    pub fn captured_money(&self) -> Money {
        Money::new(self.captured, self.currency)
    }

    pub fn is_pending(&self) -> bool {
        self.state == AttemptState::Pending
    }

    /// It came to nothing.
    pub fn has_failed(&self) -> bool {
        matches!(self.state, AttemptState::Failed | AttemptState::Voided | AttemptState::Expired)
    }

    /// The gateway may still tell something new by itself.
    pub fn is_open(&self) -> bool {
        matches!(self.state, AttemptState::Pending | AttemptState::Authorised)
    }

    /// What came back of another order paid this.
    pub fn is_exchange(&self) -> bool {
        self.gateway == EXCHANGE
    }

    /// What is set aside and was not asked for yet, in minor units.
    pub fn capturable(&self) -> i64 {
        let stands = matches!(self.state, AttemptState::Authorised | AttemptState::Captured) && !self.is_closed;
        if stands { self.authorised - self.capturing.max(self.captured) } else { 0 }.max(0)
    }
}

/// A part of what was set aside, on its way to the shop.
#[derive(Queryable, Selectable, Clone, Debug)]
#[diesel(table_name = captures)]
pub struct Capture {
    pub id: CaptureId,
    pub attempt_id: AttemptId,
    /// Minor units.
    pub amount: i64,
    /// The rest of what was set aside is let go of.
    pub is_final: bool,
    pub state: CaptureState,
    pub failure: Option<String>,
    pub created_at: DateTime<Utc>,
}

#[derive(Queryable, Selectable, Clone, Debug)]
#[diesel(table_name = refunds)]
pub struct Refund {
    pub id: RefundId,
    pub attempt_id: AttemptId,
    /// Minor units.
    pub amount: i64,
    pub state: RefundState,
    /// For staff only.
    pub reason: String,
    pub way: Way,
    pub return_id: Option<ReturnId>,
    /// What its credit note says of it; empty: nothing in particular.
    pub told: String,
    /// The order's total fell, so that this was not owed any more.
    pub corrects: bool,
    pub gateway_reference: Option<String>,
    pub failure: Option<String>,
    pub actor: String,
    pub created_at: DateTime<Utc>,
}

/// The money of one order, in minor units.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    pub captured: i64,
    /// Of that, what gift cards and store credit paid.
    pub by_credit: i64,
    /// Set aside at gateways and not captured.
    pub authorised: i64,
    /// Given back for certain, `corrected` included.
    pub refunded: i64,
    /// Of that, what went back since the order's total fell.
    pub corrected: i64,
    /// Asked for and not yet known, `correcting` included.
    pub refunding: i64,
    /// Of that, what goes back since the order's total fell, or since more came than it costs.
    pub correcting: i64,
    /// Attempts whose end is not known.
    pub pending: i64,
    /// Attempts that came to nothing. One that the shop let go of before anything was set aside is none of them.
    pub failed: i64,
}

impl Summary {
    /// What is still to be paid of this total.
    pub fn due(&self, total: i64) -> i64 {
        (total - self.owed() - self.authorised).max(0)
    }

    /// What came and was not sent back as never owed. A correction counts from the moment it is asked for; one that fails counts
    /// no more.
    pub fn owed(&self) -> i64 {
        self.captured - self.corrected - self.correcting
    }

    /// What is here beyond this total and not on its way back.
    pub fn surplus(&self, total: i64) -> i64 {
        (self.refundable() - total).max(0)
    }

    /// What can still be given back.
    pub fn refundable(&self) -> i64 {
        self.captured - self.refunded - self.refunding
    }
}

/// Where an attempt stands by all that was told of it. Amounts in minor units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    pub state: AttemptState,
    pub authorised: i64,
    pub until: Option<DateTime<Utc>>,
    pub captured: i64,
    pub is_closed: bool,
}

impl Attempt {
    pub fn position(&self) -> Position {
        let Self { state, authorised, authorised_until, captured, is_closed, .. } = *self;
        Position { state, authorised, until: authorised_until, captured, is_closed }
    }
}

/// A line of the money ledger.
#[derive(Clone, Copy, Debug)]
pub struct LedgerEntry<'a> {
    pub kind: &'static str,
    pub money: Option<Money>,
    pub detail: &'a str,
}

text_enum! {
    pub enum Mode {
        /// With the provider's keys for trying out: no money moves.
        Test = "test",
        Live = "live",
    }
}

/// How the shop uses one gateway. Its secrets are ciphertexts.
#[derive(Queryable, Selectable, Clone)]
#[diesel(table_name = gateway_settings)]
pub struct GatewaySettings {
    pub code: String,
    pub active: bool,
    pub position: i32,
    pub mode: Mode,
    /// For shoppers; empty: the gateway's own.
    pub name: String,
    pub description: String,
    pub capture_at: CaptureAt,
    pub public: serde_json::Value,
    pub secrets: serde_json::Value,
    pub last_success_at: Option<DateTime<Utc>>,
    pub last_failure_at: Option<DateTime<Utc>>,
    pub last_failure: Option<String>,
}

/// Settings to be stored, with secrets sealed already.
#[derive(AsChangeset)]
#[diesel(table_name = gateway_settings)]
pub struct SettingsChange {
    pub active: bool,
    pub position: i32,
    pub mode: Mode,
    pub name: String,
    pub description: String,
    pub capture_at: CaptureAt,
    pub public: serde_json::Value,
    pub secrets: serde_json::Value,
}

/// What gateways' secrets are sealed for.
pub const SECRETS: &str = "payment gateways";

impl GatewaySettings {
    /// A key that is no secret.
    pub fn open(&self, field: &str) -> Option<String> {
        self.public.get(field)?.as_str().filter(|value| !value.is_empty()).map(str::to_owned)
    }

    /// `None`: it is not set.
    ///
    /// # Errors
    /// It can't be opened: the key that sealed it is gone, or somebody changed it.
    pub fn secret(&self, keys: &Keys, field: &str) -> anyhow::Result<Option<String>> {
        let sealed = self.secrets.get(field).and_then(serde_json::Value::as_str);
        sealed.map(|sealed| keys.open(SECRETS, &secret_context(&self.code, field), sealed)).transpose()
    }
}

/// Binds a ciphertext to its gateway and field.
pub fn secret_context(code: &str, field: &str) -> String {
    format!("{code}/{field}")
}
