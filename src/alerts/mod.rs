//! Alerts: customers are told by mail, once, when something can be had again or costs less than they said.
//!
//! Only who has proven to read the account's address is told anything, so nobody can have mails sent to others. Whether it can be
//! had is `inventory`'s answer, and what it costs is what this customer would pay: in their group, with or without tax.

mod forms;
mod jobs;
mod mails;
mod model;
mod ops;
mod pages;
mod store;

pub use jobs::{AlertServices, TellAlerts};
pub use pages::routes;
pub use store::merge;

use crate::{base::Db, jobs::Registry};

/// What this room does from time to time. `site`: the shop's address without a slash at its end.
pub fn works(registry: Registry, db: &Db, site: &str) -> Registry {
    registry.every::<TellAlerts>(TellAlerts::EVERY, AlertServices { db: db.clone(), site: site.to_owned() })
}
