use serde::{Deserialize, Serialize};

use super::{
    model::PaymentId,
    ops::{self, SandboxProvider},
};
use crate::{
    base::{Result, random_token},
    jobs::Job,
};

/// Posts to the merchant what became of a payment or a refund, until it is taken.
#[derive(Serialize, Deserialize)]
pub struct DeliverSandboxWebhook {
    pub(super) payment: PaymentId,
    /// The refund that it tells of, if any.
    #[serde(default)]
    pub(super) refund: Option<String>,
    /// Made once with the job, so that the merchant recognises a second delivery.
    pub(super) event_id: String,
    /// `payment.captured`, `refund.failed`.
    pub(super) event_type: String,
}

impl DeliverSandboxWebhook {
    pub(super) fn new(payment: PaymentId, refund: Option<String>, event_type: String) -> Self {
        Self { payment, refund, event_id: format!("evt_{}", random_token(24)), event_type }
    }
}

impl Job for DeliverSandboxWebhook {
    const KIND: &'static str = "deliver_sandbox_webhook";
    type Services = SandboxProvider;

    async fn run(self, provider: SandboxProvider) -> Result<()> {
        provider.deliver(self).await
    }
}

/// The bank has made up its mind about a payment or a refund that took a moment.
#[derive(Serialize, Deserialize)]
pub struct DecideSandbox {
    pub(super) payment: PaymentId,
    pub(super) refund: Option<String>,
    pub(super) approves: bool,
}

impl Job for DecideSandbox {
    const KIND: &'static str = "decide_sandbox";
    type Services = SandboxProvider;

    async fn run(self, provider: SandboxProvider) -> Result<()> {
        let Self { payment, refund, approves } = self;
        provider
            .db
            .write(move |conn| match refund {
                Some(refund) => ops::decide_refund(conn, &payment, &refund, approves),
                None => ops::decide(conn, &payment, approves),
            })
            .await
    }
}
