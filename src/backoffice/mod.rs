//! Pages of the back office that look across rooms: products with their stock, customers with their orders, and what joins two accounts
//! of one customer.

mod admin;
mod forms;
mod jobs;
mod model;
mod ops;
mod store;

pub use admin::routes;
pub use jobs::MoveLate;
