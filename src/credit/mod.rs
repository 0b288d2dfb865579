//! Gift cards and store credit: money that the shop owes, in a ledger.
//!
//! Both are means of payment and no discounts: a gift card is a multi-purpose voucher, whose sale bears no VAT; what is bought
//! with it does (Directive (EU) 2016/1065, articles 30a and 30b of the VAT Directive). Triggers keep each balance the sum of its
//! ledger, and a CHECK keeps it from falling below zero.

use crate::web::Doors;
mod admin;
mod forms;
mod jobs;
mod mails;
mod model;
mod ops;
mod pages;
mod rules;
mod store;

pub use forms::RecipientForm;
pub use jobs::WriteOffExpired;
pub use model::{AlreadySpent, BoughtCard, Cause, Credit, Entry, Kind, Liability, Recipient, store_credit_path};
pub use ops::{find_card, give_back, give_back_once, grant, issue_for, merge, send_on, send_to, spend, void_of_order, write_off_expired};
pub use store::{cards_of_order, find, find_all, liability, store_credit_of, store_credits_of};

pub fn routes(doors: &mut Doors) {
    pages::routes(doors);
    admin::routes(doors);
}

/// What the pages do, for whoever drives the shop without them: the simulation in `tests/shop`.
pub mod verbs {
    pub use super::{model::NewCard, ops::issue};
}
