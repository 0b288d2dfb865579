//! What a variant costs: price lists by currency, customer group, quantity and date, and the lowest price of the last 30 days.
//!
//! `variants.price` is the base list in the shop's currency; lists stand beside it. A [`PriceBook`] is loaded once for all the
//! variants of a page or a cart and then decides purely. Prices are as entered; with or without tax is `tax`'s business.

use crate::web::Doors;
mod admin;
mod forms;
mod model;
mod ops;
mod pages;
mod rules;
mod store;

pub use model::{
    BasePrice, ListTerms, NewPrice, Offer, PastPrice, PriceBook, PriceKind, PriceList, PriceListChange, PriceReason, QuantityBreak,
    Reduction, UnitPrice, VariantPrices,
};
pub use ops::{book, book_at, book_of, currencies, currency_of, currency_under, put_price, rate_under, reduce, save_list, set_rate};
pub use store::lists::any as has_lists;

pub fn routes(doors: &mut Doors) {
    admin::routes(doors);
    pages::routes(doors);
}
