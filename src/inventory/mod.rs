//! How many there are: units on hand, units that belong to orders, and a ledger of every change.
//!
//! Available is `on_hand − allocated`. A CHECK keeps it from falling below zero, so whatever races, nothing is oversold.

mod admin;
mod forms;
mod model;
mod ops;
mod store;

pub use admin::routes;
pub use model::{Cause, Item, Stock};
pub use ops::{Shortage, allocate, count, count_untracked, give_back, release, ship};
pub use store::{Low, available, low, of as stock_of};
