use chrono::{DateTime, Utc};
use diesel::prelude::*;

use crate::{
    base::{AttemptId, Currency, Money, OrderId, RefundId, text_enum},
    schema::{payment_attempts, refunds},
};

text_enum! {
    pub enum AttemptState {
        /// Begun; what became of it is not known yet.
        Pending = "pending",
        Authorised = "authorised",
        Captured = "captured",
        Failed = "failed",
        Voided = "voided",
    }
}

text_enum! {
    pub enum RefundState {
        Pending = "pending",
        Succeeded = "succeeded",
        Failed = "failed",
    }
}

/// One try to pay an order.
#[derive(Queryable, Selectable, Clone, Debug)]
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
    pub captured: i64,
    /// Refunds asked for and not failed.
    pub refunded: i64,
    pub redirect_url: Option<String>,
    pub failure: Option<String>,
    pub created_at: DateTime<Utc>,
}

impl Attempt {
    pub fn money(&self) -> Money {
        Money::new(self.amount, self.currency)
    }

    pub fn captured_money(&self) -> Money {
        Money::new(self.captured, self.currency)
    }

    pub fn is_pending(&self) -> bool {
        self.state == AttemptState::Pending
    }
}

#[derive(Queryable, Selectable, Clone, Debug)]
#[diesel(table_name = refunds)]
pub struct Refund {
    pub id: RefundId,
    pub attempt_id: AttemptId,
    /// Minor units.
    pub amount: i64,
    pub state: RefundState,
    pub reason: String,
    pub failure: Option<String>,
    pub actor: String,
    pub created_at: DateTime<Utc>,
}

/// The money of one order, in minor units.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    pub captured: i64,
    /// Given back for certain.
    pub refunded: i64,
    /// Asked for and not yet known.
    pub refunding: i64,
    /// Attempts whose end is not known.
    pub pending: i64,
    pub failed: i64,
}

impl Summary {
    /// What can still be given back.
    pub fn refundable(&self) -> i64 {
        self.captured - self.refunded - self.refunding
    }
}
