//! The open cart: what a shopper means to buy. It holds no stock and promises no price.
//!
//! A guest's cart is known by the session cookie, a customer's by the account. Who signs in with things in a guest's cart
//! finds both together at the next look at it.

mod forms;
mod model;
mod ops;
mod pages;
mod rules;
mod store;

pub use model::{Again, CartView, Line, Notice, Terms};
pub use ops::{Whose, accept_prices, add, close_all, current, draft, put_again, restore, view, views};
pub use pages::{current as current_for, routes};
pub use store::{count_for, is_draft_of, lock_open, lock_plain, merge, was_drafted_by};

/// What the pages do, for whoever drives the shop without them: the simulation in `tests/shop`.
pub mod verbs {
    pub use super::ops::{Whose, add, add_coupon, remove_coupon, set_quantity};
}
