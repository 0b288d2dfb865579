//! Which methods go where, and what they cost: pure decisions over a [`ShippingBook`](super::model::ShippingBook).

mod carriers;
mod offers;
mod prices;
mod zones;

pub use carriers::{asks_otherwise, chosen};
pub use prices::{summary, weight_class};
pub use zones::{in_words, normal_postcode, pattern};
