use serde::{Deserialize, Serialize};

use super::{
    model::{PaymentId, PaymentState},
    ops::SandboxProvider,
};
use crate::{
    base::{Result, random_token},
    jobs::Job,
};

/// Posts to the merchant what became of a payment, until it is taken.
#[derive(Serialize, Deserialize)]
pub struct DeliverSandboxWebhook {
    pub(super) payment: PaymentId,
    /// Made once with the job, so that the merchant recognises a second delivery.
    pub(super) event_id: String,
    /// `payment.captured`, `payment.declined` or `payment.cancelled`.
    pub(super) event_type: String,
}

impl DeliverSandboxWebhook {
    pub(super) fn new(payment: PaymentId, state: PaymentState) -> Self {
        Self { payment, event_id: format!("evt_{}", random_token(24)), event_type: format!("payment.{state}") }
    }
}

impl Job for DeliverSandboxWebhook {
    const KIND: &'static str = "deliver_sandbox_webhook";
    type Services = SandboxProvider;

    async fn run(self, provider: SandboxProvider) -> Result<()> {
        provider.deliver(self).await
    }
}
