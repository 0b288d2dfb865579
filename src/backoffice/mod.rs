//! Pages of the back office that look across rooms: products with their stock, customers with their orders.

mod admin;
mod model;
mod store;

pub use admin::routes;
