//! What customers mean to buy one day: lists of their own, private until they make a link of one, which they can end.
//!
//! A list holds products and, where somebody chose, a variant. What it costs and whether it can be had is asked when it is shown.

mod forms;
mod model;
mod ops;
mod pages;
mod store;

pub use pages::routes;
pub use store::merge;
