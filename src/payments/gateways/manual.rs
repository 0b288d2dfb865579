//! Payment outside the shop: by bank transfer, or in cash on delivery. Staff says when the money came.

use async_trait::async_trait;

use crate::payments::gateway::{Gateway, GatewayError, Headers, Notice, RefundOutcome, RefundRequest, Standing, StartPayment, Started};

pub struct ManualGateway;

#[async_trait]
impl Gateway for ManualGateway {
    fn code(&self) -> &'static str {
        "manual"
    }

    fn name(&self) -> &'static str {
        "Bank transfer or payment on delivery"
    }

    fn description(&self) -> &'static str {
        "Pay by bank transfer, or when your order is delivered. We tell you how after you have ordered."
    }

    fn is_manual(&self) -> bool {
        true
    }

    async fn start(&self, _: &StartPayment) -> Result<Started, GatewayError> {
        Ok(Started::Awaited)
    }

    /// Always pending: nobody but staff knows.
    async fn standing(&self, _: &str) -> Result<Standing, GatewayError> {
        Ok(Standing::Pending)
    }

    /// Notes the refund only: staff transfers the money by hand, so there is nobody who could refuse and no reference.
    async fn refund(&self, _: &RefundRequest) -> Result<RefundOutcome, GatewayError> {
        Ok(RefundOutcome::Succeeded { reference: None })
    }

    fn webhook(&self, _: Headers<'_>, _: &[u8]) -> Result<Option<Notice>, GatewayError> {
        Err(GatewayError::NotGenuine("payments by hand have no webhook".to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_can_claim_by_webhook_that_money_came() {
        assert!(matches!(ManualGateway.webhook(&|_| None, b"{}"), Err(GatewayError::NotGenuine(_))));
    }
}
