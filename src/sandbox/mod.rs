//! Sandbox Pay: a stand-in payment provider in the same program, for trying the shop out and for its tests.
//!
//! It behaves as a stranger's service would: a JSON API behind a key, a hosted payment page, signed webhooks and books of its
//! own. The shop speaks to it over HTTP only, and nothing here knows an order. No money moves, and no real card belongs here.

use crate::web::Doors;
mod api;
mod control;
mod faults;
mod forms;
mod jobs;
mod model;
mod ops;
mod pages;
mod rules;
mod store;

pub use jobs::{DecideSandbox, DeliverSandboxWebhook};
pub use ops::SandboxProvider;

/// The API under `/sandbox/api/v1`, the hosted pages under `/sandbox/pay`, and the page at `/sandbox/control` on which the shop's
/// owner arms faults. All need `web::Data<SandboxProvider>`.
pub fn routes(doors: &mut Doors) {
    api::routes(doors);
    pages::routes(doors);
    control::routes(doors);
}
