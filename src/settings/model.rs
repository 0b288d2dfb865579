use diesel::prelude::*;

use super::address::{Address, Place};
use crate::{
    base::{Currency, Money},
    schema::store,
};

/// The merchant's settings: the one row of `store`.
#[derive(Queryable, Selectable, AsChangeset, Clone, Debug)]
#[diesel(table_name = store, treat_none_as_null = true)]
pub struct Store {
    pub name: String,
    pub tagline: String,
    pub email: String,
    pub phone: String,
    pub line1: String,
    pub line2: String,
    pub city: String,
    pub postcode: String,
    pub country: String,
    pub currency: Currency,
    pub sender_name: String,
    pub sender_email: String,
    pub bank_details: String,
    pub unpaid_minutes: i32,
    /// How long an order that staff put together waits for its payment by the link.
    pub payment_link_days: i32,
    pub low_stock: i32,
    /// Days after shipping within which a return can be asked for.
    pub return_days: i32,
    /// How long a new gift card can be spent; `None`: for ever.
    pub gift_card_months: Option<i32>,
    /// How long a checkout is left alone before its reminder.
    pub reminder_hours: i32,
    /// Who sells, on invoices; empty: the shop's name.
    pub legal_name: String,
    /// For invoices, e.g. the number in the companies' register.
    pub registration: String,
    /// `{year}` becomes the year of issue, with which a new series begins.
    pub invoice_prefix: String,
    pub credit_note_prefix: String,
    /// Reviews are shown only once staff have published them.
    pub reviews_moderated: bool,
}

impl Store {
    pub fn money(&self, minor: i64) -> Money {
        Money::new(minor, self.currency)
    }

    /// `Name <address>` for the From line of mails.
    pub fn sender(&self) -> String {
        format!("\"{}\" <{}>", self.sender_name.replace(['"', '\\'], ""), self.sender_email)
    }

    /// The postal address on one line; empty parts are left out.
    pub fn address_line(&self) -> String {
        let parts = [&self.line1, &self.line2, &self.city, &self.postcode];
        parts.into_iter().filter(|part| !part.is_empty()).cloned().collect::<Vec<_>>().join(", ")
    }

    /// How many minutes an order waits whose customer was sent a link to pay.
    pub fn link_minutes(&self) -> i32 {
        self.payment_link_days * 24 * 60
    }

    /// Where the shop itself is.
    pub fn place(&self) -> Place {
        self.address().place()
    }

    pub fn address(&self) -> Address {
        Address {
            name: self.name.clone(),
            company: String::new(),
            line1: self.line1.clone(),
            line2: self.line2.clone(),
            city: self.city.clone(),
            region: String::new(),
            postcode: self.postcode.clone(),
            country: self.country.clone(),
        }
    }
}

/// What a new shop must know to open; the rest has defaults.
#[derive(Insertable, Clone, Debug)]
#[diesel(table_name = store)]
pub struct NewStore {
    pub name: String,
    pub tagline: String,
    pub email: String,
    pub phone: String,
    pub line1: String,
    pub city: String,
    pub postcode: String,
    pub country: String,
    pub currency: Currency,
    pub sender_name: String,
    pub sender_email: String,
    pub bank_details: String,
}
