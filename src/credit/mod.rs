//! Gift cards and store credit: money that the shop owes, in a ledger.

mod admin;

pub use admin::routes;
