//! Orders: what was agreed, what has been paid, what has left the building.
//!
//! An order copies names, prices and addresses and shares nothing with cart and catalogue. Its three states have one writer:
//! `ops`, which derives them from the money ledger and the shipped units.

use crate::web::Doors;
mod admin;
mod forms;
mod jobs;
mod mails;
mod model;
mod ops;
mod pages;
mod papers;
mod rules;
mod store;

pub use forms::opens;
pub use jobs::{CapturePayment, CountTogether, FollowOrder, RefundPayment, RefundServices, TellFailure, TellPlaced, VoidPayment};
pub use mails::Links;
pub use model::{
    BroughtDiscount, BroughtFee, BroughtLine, BroughtOrder, BroughtTax, Edit, Exchange, Fulfilment, Lifecycle, Means, NewOrder, Order,
    OrderDetail, OrderLine, PaymentState, ReturnDetail, ReturnState, Source, Tab,
};
pub use ops::{
    ask_to_pay, bring, cancel, capture, claim, create, create_all, detail, edit, edit_shortages, exchange, note_on, paid_in_shop,
    payment_changed, placed, release, release_pending, return_detail, return_unwanted, search, settle_refund, vat_number_given,
};
pub use pages::{Viewer, find_for};
pub use rules::returns::means;
pub use rules::{can_edit, can_pay, correction, words as edit_words};
pub use store::{by_emails, check_sums, count, find, find_by_cart, find_by_number, is_overdue, lock, merge, oldest, prolong, take_by_hand};

pub fn routes(doors: &mut Doors) {
    pages::routes(doors);
    admin::routes(doors);
}

/// What the pages do, for whoever drives the shop without them: the simulation in `tests/shop`.
pub mod verbs {
    pub use super::{
        forms::{RefundInput, ShipmentInput},
        model::{NewReturn, ReceivedLine, ReceivedReturn, ReturnReason, ReturnWish, Units},
        ops::{approve_return, mark_paid, receive_return, refund, request_return, return_detail, returnable, settle_return, ship},
    };
}
