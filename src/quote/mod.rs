//! The price of a cart: one pure function over what pricing, promotions, shipping and tax know.
//!
//! `ops` gathers the facts once; `rules::quote` decides with no clock and no database: the same basket under the same facts
//! always costs the same. Every part says why it is what it is, in words for the person who pays.
//!
//! Before anything is in a cart, `shown` tells what one unit costs a visitor.

mod model;
mod ops;
mod rules;
mod shown;

pub use model::{
    Agreed, AskedFee, Basket, BasketLine, Delivery, DeliveryOffer, Discount, Fee, Line, Quote, Request, RequestLine, Tax, Totals,
    sums_by_label,
};
pub use ops::{facts, facts_all, quote};
pub use rules::{Facts, price, reprice};
pub use shown::{Looker, ShownPrice, TaxNote, Terms};
