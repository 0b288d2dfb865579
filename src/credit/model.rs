use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use diesel::{prelude::*, sql_types};
use uuid::Uuid;

use crate::{
    base::{AccountId, CreditId, Currency, Money, OrderId, OrderLineId, text_enum},
    schema::credits,
};

text_enum! {
    pub enum Kind {
        /// Whoever knows the code may spend it.
        GiftCard = "gift_card",
        /// A customer's own.
        StoreCredit = "store_credit",
    }
}

text_enum! {
    /// Why a balance changed.
    pub enum Cause {
        /// By staff's hand.
        Issued = "issued",
        Bought = "bought",
        Spent = "spent",
        GivenBack = "given_back",
        Granted = "granted",
        Adjusted = "adjusted",
        Expired = "expired",
        /// The order that it was bought with is cancelled.
        Voided = "voided",
        /// A gift card's code was sent anew. It is in the history only: no entry of the ledger has it.
        Sent = "sent",
    }
}

impl Cause {
    pub fn label(self) -> &'static str {
        match self {
            Self::Issued => "Issued",
            Self::Bought => "Bought",
            Self::Spent => "Paid with",
            Self::GivenBack => "Given back",
            Self::Granted => "Credited",
            Self::Adjusted => "Adjusted",
            Self::Expired => "Expired",
            Self::Voided => "Taken back",
            Self::Sent => "Sent",
        }
    }
}

/// A gift card, or the store credit of one customer in one currency.
#[derive(Queryable, Selectable, Clone, Debug)]
#[diesel(table_name = credits)]
pub struct Credit {
    pub id: CreditId,
    pub kind: Kind,
    /// The end of a gift card's code; empty for store credit.
    #[diesel(column_name = code_last4)]
    pub last4: String,
    #[diesel(column_name = account_id)]
    pub account: Option<AccountId>,
    pub currency: Currency,
    /// Minor units.
    pub balance: i64,
    /// What a gift card was worth at first, in minor units.
    pub issued: i64,
    /// `None`: never.
    pub expires_at: Option<DateTime<Utc>>,
    pub disabled_at: Option<DateTime<Utc>>,
    /// The order that a gift card was bought with.
    #[diesel(column_name = order_id)]
    pub order: Option<OrderId>,
    pub recipient_email: String,
    pub recipient_name: String,
    pub message: String,
    /// How often its code was sent anew, after the first mail.
    pub sent: i32,
    pub created_at: DateTime<Utc>,
}

impl Credit {
    /// A gift card for tests of rooms that pay with it.
    #[cfg(test)]
    pub fn example(id: CreditId, balance: i64, currency: Currency, created_at: DateTime<Utc>) -> Self {
        Self {
            id,
            kind: Kind::GiftCard,
            last4: "7Q2M".to_owned(),
            account: None,
            currency,
            balance,
            issued: balance,
            expires_at: None,
            disabled_at: None,
            order: None,
            recipient_email: String::new(),
            recipient_name: String::new(),
            message: String::new(),
            sent: 0,
            created_at,
        }
    }

    /// Whether it can pay for anything.
    pub fn is_usable(&self, now: DateTime<Utc>) -> bool {
        self.balance > 0 && self.disabled_at.is_none() && !self.is_expired(now)
    }

    pub fn is_expired(&self, now: DateTime<Utc>) -> bool {
        self.expires_at.is_some_and(|at| at <= now)
    }

    /// The last moment at which it can be spent, for people, who take a date as including its day.
    pub fn last_day(&self) -> Option<DateTime<Utc>> {
        self.expires_at.map(|end| end - TimeDelta::seconds(1))
    }

    pub fn is_gift_card(&self) -> bool {
        self.kind == Kind::GiftCard
    }

    pub fn is_disabled(&self) -> bool {
        self.disabled_at.is_some()
    }

    pub fn money(&self, minor: i64) -> Money {
        Money::new(minor, self.currency)
    }

    pub fn balance_money(&self) -> Money {
        self.money(self.balance)
    }

    pub fn issued_money(&self) -> Money {
        self.money(self.issued)
    }

    /// As people tell theirs apart: `Gift card …7Q2M`, `Store credit`.
    pub fn label(&self) -> String {
        match self.kind {
            Kind::GiftCard => format!("Gift card …{}", self.last4),
            Kind::StoreCredit => "Store credit".to_owned(),
        }
    }

    pub fn admin_path(&self) -> String {
        match self.kind {
            Kind::GiftCard => format!("/admin/gift-cards/{}", self.id),
            Kind::StoreCredit => self.account.map_or_else(|| "/admin/customers".to_owned(), store_credit_path),
        }
    }
}

/// The back office's page of a customer's store credit.
pub fn store_credit_path(account: AccountId) -> String {
    format!("/admin/credits/{account}")
}

/// A row of the history: of the ledger, or a sending.
#[derive(QueryableByName, Clone, Debug)]
pub struct Entry {
    /// Change in minor units; 0 for a sending.
    #[diesel(sql_type = sql_types::BigInt)]
    pub amount: i64,
    #[diesel(sql_type = sql_types::Text)]
    pub currency: Currency,
    #[diesel(sql_type = sql_types::Text)]
    pub cause: Cause,
    #[diesel(sql_type = sql_types::Nullable<sql_types::Text>)]
    pub order_number: Option<String>,
    #[diesel(sql_type = sql_types::Text)]
    pub note: String,
    #[diesel(sql_type = sql_types::Text)]
    pub actor: String,
    #[diesel(sql_type = sql_types::Timestamptz)]
    pub created_at: DateTime<Utc>,
}

impl Entry {
    pub fn money(&self) -> Money {
        Money::new(self.amount, self.currency)
    }

    /// `+£5.00` or `−£5.00`; nothing where nothing moved.
    pub fn signed(&self) -> String {
        if self.amount == 0 {
            return String::new();
        }
        let sign = if self.amount < 0 { '−' } else { '+' };
        format!("{sign}{}", Money::new(self.amount.abs(), self.currency))
    }
}

/// A line of an order by which gift cards were bought: one card for each unit.
#[derive(Clone, Copy, Debug)]
pub struct BoughtCard {
    pub order_line: OrderLineId,
    /// What one card is worth, in minor units of `currency`.
    pub unit_amount: i64,
    pub quantity: i32,
    pub currency: Currency,
}

/// Some of these cards were spent already, so that they can't be taken back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AlreadySpent {
    pub amount: Money,
}

/// Who a gift card is for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recipient {
    pub email: String,
    pub name: String,
    pub message: String,
}

/// A gift card by staff's hand.
#[derive(Clone, Debug)]
pub struct NewCard {
    pub request: Uuid,
    pub amount: Money,
    pub to: Recipient,
    /// The last day on which it can be spent, in UTC; `None`: never.
    pub expires: Option<NaiveDate>,
}

/// What staff look for among the gift cards.
#[derive(Clone, Debug, Default)]
pub struct CardFilter {
    /// Of a code that was typed in full, or the end of one.
    pub code_hash: Option<String>,
    pub last4: Option<String>,
    /// An order's number, or the beginning of an e-mail address; empty: all cards.
    pub text: String,
}

/// What the shop owes of one kind in one currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Liability {
    pub kind: Kind,
    pub owed: Money,
    pub count: i64,
}
