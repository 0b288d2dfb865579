//! How many there are and where: units on hand, units that belong to orders, units held for a while, and a ledger of every change.
//!
//! Available is `on_hand + backorder_limit − allocated − reserved`. A CHECK keeps it from falling below zero, so whatever races,
//! nothing is oversold. One row for each variant holds it all; who has its lock may change the variant's holds and locations.
//!
//! A bundle has no units of its own: the doors here take it apart, and its parts are held, sold, shipped and given back. With what an
//! order took of it (`bundle_takings`) its later steps are measured, so that what is given back is what was taken, whatever became of
//! the bundle. Other rooms know nothing of that.

mod admin;
mod forms;
mod jobs;
mod model;
mod ops;
mod rules;
mod store;

pub use admin::routes;
pub use jobs::SweepHolds;
pub use model::{Allocation, Availability, Cause, Item, Location, LocationKind, NewStock, Policy, Shortage, Stock, TakenPart};
pub use ops::{
    allocate, allocate_all, begin as begin_stock,
    bundles::{put_part, take_out_part},
    count, count_at, count_untracked, give_back, let_go, lock_stock, release, reserve, scrap, set_policy, ship, shortages, take_back,
};
pub use store::{
    bundles::{is_bundled, taken_parts},
    holds::minutes as hold_minutes,
    ledger::{Disagreement, disagreements},
    levels::{Low, available, low, units_left},
    looks::{Look, look},
    places::{all as locations, on_hand as on_hand_at, shelves},
    stock::{lock as lock_rows, of as stock_of, of_holder as stock_for, of_holders as stock_for_each, policy},
};

/// What the pages do, for whoever drives the shop without them: the simulation in `tests/shop`.
pub mod verbs {
    pub use super::{
        ops::goods::{NewReceipt, receive},
        rules::TypedLine,
    };
}
