//! Money in and out: attempts to pay, a ledger of what gateways told, refunds.
//!
//! What a payment means for an order is decided above, in `orders` and `checkout`.

mod admin;
mod forms;
mod gateway;
mod gateways;
mod model;
mod ops;
mod registry;
mod rules;
mod store;

pub use admin::routes;
pub use gateway::{
    CaptureAt, CaptureRequest, Gateway, GatewayError, GatewayPayment, Headers, News, Notice, Outcome, RefundRequest, Standing,
    StartPayment, Started, Told, VoidRequest,
};
pub use gateways::{GatewayParts, IN_SHOP, PROVIDERS_PAGES, by_transfer, http_client, outside_client, shipped_unpaid, told_by};
pub use model::{Attempt, AttemptState, Capture, CaptureState, EXCHANGE, PaymentState, Refund, RefundState, Summary, Way};
pub use ops::{
    begun, first_attempts, learn_reference, note_refunds, open_attempt, paid_by_credit, paid_by_exchange, record, refund_as_credit,
    refund_remaining, request_capture, request_correction, request_refund, request_surplus, request_void, reseal, sealed_secrets,
    settle_capture, settle_refund, settle_void, undo_exchange, widen_capture,
};
pub use registry::Gateways;
pub use rules::payment_state;
pub use store::{
    attempts_of, attempts_to_check, capture, captures_to_check, exchanged_from, find as attempt, find_by_reference, offer, refund,
    refunds_of, refunds_to_check, summary,
};
