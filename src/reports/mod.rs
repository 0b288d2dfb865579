//! What the owner looks at first: orders to ship, sales, low stock.

mod admin;
mod model;
mod store;

pub use admin::routes;
