//! Money in and out: attempts to pay, a ledger of what gateways told, refunds.
//!
//! What a payment means for an order is decided above, in `orders` and `checkout`.

mod admin;
mod gateway;
mod gateways;
mod model;
mod ops;
mod rules;
mod store;

pub use admin::routes;
pub use gateway::{Gateway, GatewayError, Headers, Notice, RefundOutcome, RefundRequest, Standing, StartPayment, Started};
pub use gateways::{Gateways, ManualGateway, SandboxGateway, http_client};
pub use model::{Attempt, AttemptState, Refund, RefundState, Summary};
pub use ops::{begun, open_attempt, record, refund_remaining, request_refund, settle_refund};
pub use rules::{Overall, overall};
pub use store::{attempts_of, find as attempt, find_by_reference, refund, refunds_of, summary};
