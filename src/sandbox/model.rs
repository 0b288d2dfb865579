use std::{fmt, str::FromStr};

use chrono::{DateTime, Utc};
use diesel::{
    deserialize::{self, FromSql, FromSqlRow},
    expression::AsExpression,
    pg::{Pg, PgValue},
    prelude::*,
    serialize::{self, Output, ToSql},
    sql_types::Text,
};
use serde::{Deserialize, Serialize};

use crate::{
    base::{Currency, Error, Money, random_token, text_enum},
    schema::{sandbox_captures, sandbox_payments, sandbox_refunds},
};

/// `pay_` and 24 random characters (about 143 bits): whoever knows it may open the payment's page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, AsExpression, FromSqlRow)]
#[diesel(sql_type = Text)]
#[serde(transparent)]
pub struct PaymentId(String);

impl PaymentId {
    pub fn random() -> Self {
        Self(format!("pay_{}", random_token(24)))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for PaymentId {
    type Err = Error;

    /// `NotFound` for what can't be an id, so that no odd text reaches the database.
    fn from_str(text: &str) -> Result<Self, Error> {
        let token = text.strip_prefix("pay_").ok_or(Error::NotFound)?;
        let whole = token.len() == 24 && token.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if whole { Ok(Self(text.to_owned())) } else { Err(Error::NotFound) }
    }
}

impl fmt::Display for PaymentId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromSql<Text, Pg> for PaymentId {
    fn from_sql(bytes: PgValue<'_>) -> deserialize::Result<Self> {
        <String as FromSql<Text, Pg>>::from_sql(bytes).map(Self)
    }
}

impl ToSql<Text, Pg> for PaymentId {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        <str as ToSql<Text, Pg>>::to_sql(&self.0, out)
    }
}

text_enum! {
    /// Where a payment stands.
    pub enum PaymentState {
        /// Waits for the shopper.
        Open = "open",
        /// The card is known; its bank asks the shopper to confirm.
        Verifying = "verifying",
        /// The bank takes its time; a job decides later.
        Processing = "processing",
        /// Set aside until the merchant takes it.
        Authorised = "authorised",
        Captured = "captured",
        Declined = "declined",
        Cancelled = "cancelled",
        /// The merchant let go of it.
        Voided = "voided",
        /// Nobody took in time what was set aside.
        Expired = "expired",
    }
}

text_enum! {
    /// When money is taken.
    #[derive(Default)]
    pub enum CaptureMethod {
        #[default]
        Automatic = "automatic",
        /// The merchant takes it later.
        Manual = "manual",
    }
}

text_enum! {
    /// What becomes of refunds of a payment.
    pub enum RefundBehaviour {
        Succeeds = "succeeds",
        Fails = "fails",
        /// They are decided later, by a job.
        Waits = "waits",
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
    /// Where a fault strikes.
    pub enum Place {
        Start = "start",
        Standing = "standing",
        Capture = "capture",
        Void = "void",
        Refund = "refund",
        Webhook = "webhook",
    }
}

impl Place {
    pub fn label(self) -> &'static str {
        match self {
            Self::Start => "Beginning a payment",
            Self::Standing => "Asking where a payment stands",
            Self::Capture => "Taking what was set aside",
            Self::Void => "Letting go of what was set aside",
            Self::Refund => "Giving money back",
            Self::Webhook => "Telling the shop by webhook",
        }
    }
}

text_enum! {
    /// What goes wrong.
    pub enum FaultKind {
        Refuse = "refuse",
        Reset = "reset",
        Hang = "hang",
        AnswerLost = "answer_lost",
        Error = "error",
        Garbage = "garbage",
        SlowDrip = "slow_drip",
        Lost = "lost",
        Late = "late",
        Twice = "twice",
        OutOfOrder = "out_of_order",
        Early = "early",
    }
}

impl FaultKind {
    pub fn label(self) -> &'static str {
        match self {
            Self::Refuse => "Refuse: 503, nothing is done",
            Self::Reset => "Reset: the connection breaks off, nothing is done",
            Self::Hang => "Hang: no answer for 30 seconds, nothing is done",
            Self::AnswerLost => "Answer lost: it is done, and no answer comes for 30 seconds",
            Self::Error => "Error: 500, nothing is done",
            Self::Garbage => "Garbage: an answer that can’t be read, nothing is done",
            Self::SlowDrip => "Slow drip: it is done, and the answer comes a byte a second",
            Self::Lost => "Webhook lost",
            Self::Late => "Webhook a minute late",
            Self::Twice => "Webhook twice",
            Self::OutOfOrder => "Webhook out of order: after the next one",
            Self::Early => "Webhook before the shopper is sent back",
        }
    }

    pub fn is_of_webhook(self) -> bool {
        matches!(self, Self::Lost | Self::Late | Self::Twice | Self::OutOfOrder | Self::Early)
    }

    /// Whether the thing is done before it goes wrong.
    pub fn strikes_after(self) -> bool {
        matches!(self, Self::AnswerLost | Self::SlowDrip)
    }
}

#[derive(Queryable, Selectable, Clone, Debug)]
#[diesel(table_name = sandbox_payments)]
pub struct PaymentRow {
    pub id: PaymentId,
    pub amount: i64,
    pub currency: Currency,
    pub description: String,
    pub return_url: String,
    pub webhook_url: String,
    pub state: PaymentState,
    pub capture: CaptureMethod,
    /// The merchant's own word for it, sent back with each event.
    pub metadata: String,
    pub authorised: i64,
    pub authorised_until: Option<DateTime<Utc>>,
    pub captured: i64,
    pub refunded: i64,
    pub refund_behaviour: RefundBehaviour,
    /// Why there was no payment, in words for the shopper.
    pub failure: Option<String>,
    /// The last four digits.
    pub card: Option<String>,
}

impl PaymentRow {
    pub fn money(&self) -> Money {
        Money::new(self.amount, self.currency)
    }
}

#[derive(Insertable, Clone, Debug)]
#[diesel(table_name = sandbox_payments)]
pub struct NewPayment {
    pub id: PaymentId,
    pub idempotency_key: String,
    pub amount: i64,
    pub currency: Currency,
    pub description: String,
    pub return_url: String,
    pub webhook_url: String,
    pub capture: CaptureMethod,
    pub metadata: String,
}

/// A step of a payment. `None` leaves a column as it is.
#[derive(AsChangeset, Clone, Copy, Debug)]
#[diesel(table_name = sandbox_payments)]
pub struct Step<'a> {
    pub state: PaymentState,
    pub failure: Option<&'a str>,
    pub card: Option<&'a str>,
    pub refund_behaviour: Option<RefundBehaviour>,
}

impl<'a> Step<'a> {
    pub fn to(state: PaymentState) -> Self {
        Self { state, failure: None, card: None, refund_behaviour: None }
    }

    pub fn because(state: PaymentState, failure: &'a str) -> Self {
        Self { failure: Some(failure), ..Self::to(state) }
    }
}

#[derive(Queryable, Selectable, Insertable, Clone, Debug)]
#[diesel(table_name = sandbox_refunds)]
pub struct Refund {
    pub id: String,
    pub payment_id: PaymentId,
    pub idempotency_key: String,
    pub amount: i64,
    pub state: RefundState,
    pub metadata: String,
}

#[derive(Queryable, Selectable, Insertable, Clone, Debug)]
#[diesel(table_name = sandbox_captures)]
pub struct Capture {
    pub id: String,
    pub payment_id: PaymentId,
    pub idempotency_key: String,
    pub amount: i64,
    /// The rest is let go of.
    pub is_final: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_made_as_an_id_is_read_as_one() {
        let id = PaymentId::random();
        assert_eq!(id.as_str().parse::<PaymentId>().unwrap(), id);
        for text in ["", "pay_", "pay_short", "re_AAAAAAAAAAAAAAAAAAAAAAAA", "pay_AAAAAAAAAAAAAAAAAAAAAAA\0"] {
            assert!(matches!(text.parse::<PaymentId>(), Err(Error::NotFound)), "{text:?}");
        }
    }
}
