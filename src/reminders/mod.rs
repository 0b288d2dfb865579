//! One reminder of a checkout that was left: to those who asked for it, with a link that brings their things back.
//!
//! Whether somebody wants it is asked at the checkout's address step, by a box that nobody ticks but the shopper. The mail is
//! sent once, whatever happens afterwards, and says how to get no more of them.

mod jobs;
mod mails;
mod model;
mod ops;
mod pages;
mod store;

pub use jobs::{RemindAbandoned, ReminderServices};
pub use pages::routes;
