//! Compares the ledgers of stock, money and gateways and tells every difference.
//!
//! Each of them can be worked out from another: what belongs to orders from the orders' lines, what came in from what gateways
//! told, what is owed on gift cards from their entries. The shop keeps both sides in step with locks and CHECKs; this room looks
//! whether they are, every night and whenever `ironmonger doctor` is called. Comparing changes nothing. Before, the gateways are
//! asked about whatever is not final, and what they say is written down by `checkout`, as its own job does every minute.

mod admin;
mod jobs;
mod mails;
mod model;
mod ops;
mod rules;
mod store;

pub use admin::routes;
pub use jobs::{ExamineBooks, TellBursts};
pub use model::{Book, Doctor, Finding, Report};
pub use ops::{examine, examine_books, settle_and_examine};
