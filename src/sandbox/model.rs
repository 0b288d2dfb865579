use std::{fmt, str::FromStr};

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
    schema::{sandbox_payments, sandbox_refunds},
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
    /// Where a payment stands. The last three are final.
    pub enum PaymentState {
        /// Waits for the shopper.
        Open = "open",
        /// The card is known; its bank asks the shopper to confirm.
        Verifying = "verifying",
        Captured = "captured",
        Declined = "declined",
        Cancelled = "cancelled",
    }
}

impl PaymentState {
    pub fn is_final(self) -> bool {
        matches!(self, Self::Captured | Self::Declined | Self::Cancelled)
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
    pub refunded: i64,
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
}

/// A step of a payment. `None` leaves a column as it is.
#[derive(AsChangeset, Clone, Copy, Debug)]
#[diesel(table_name = sandbox_payments)]
pub struct Step<'a> {
    pub state: PaymentState,
    pub failure: Option<&'a str>,
    pub card: Option<&'a str>,
}

#[derive(Queryable, Selectable, Insertable, Clone, Debug)]
#[diesel(table_name = sandbox_refunds)]
pub struct Refund {
    pub id: String,
    pub payment_id: PaymentId,
    pub idempotency_key: String,
    pub amount: i64,
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
