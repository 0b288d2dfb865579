//! From a cart to a paid order: the steps and their answers, the quote, placing and settling.
//!
//! Placing goes in three steps: one transaction opens the order and sets its stock aside; the gateway is asked with no lock
//! held; one transaction writes down what it said. Whatever comes later (the shopper's return, a webhook, the expiry) ends in
//! the same `settle`, which counts each of a gateway's events once.

use crate::web::Doors;
mod admin;
mod forms;
mod jobs;
mod model;
mod ops;
mod pages;
mod rules;
mod store;
mod webhooks;

pub use jobs::{ExpireOrder, ReconcilePayments};
pub use model::{Settled, Till};
pub use ops::settle_open;

pub fn routes(doors: &mut Doors) {
    pages::routes(doors);
    admin::routes(doors);
    webhooks::routes(doors);
}

/// What the pages do, for whoever drives the shop without them: the simulation in `tests/shop`.
pub mod verbs {
    pub use super::{
        forms::{ContactForm, EditInput, NewArticle},
        model::{Bill, Checkout, Onward, Placed, Wish},
        ops::{ask_gateways, bill, confirm_edit, find, heed, hold, pay_again, place, price_edit, put_credit, save_contact, save_method},
    };
}
