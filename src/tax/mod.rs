//! Which tax a price contains. Prices are entered and shown with tax; an order keeps rate, label and amount.

mod admin;
mod model;
mod ops;
mod rules;
mod store;

pub use admin::routes;
pub use model::TaxRate;
pub use ops::add_rate;
pub use rules::{Rates, tax_within};
pub use store::rates_for;
