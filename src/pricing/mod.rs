//! What a variant costs: price lists by currency, customer group, quantity and date, and the lowest price of the last 30 days.

mod admin;

pub use admin::routes;
