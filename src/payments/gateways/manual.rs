//! Payment outside the shop: by bank transfer, or in cash on delivery. Staff says when the money came.

use async_trait::async_trait;

use crate::payments::gateway::{Gateway, GatewayError, Headers, Notice, Outcome, RefundRequest, Standing, StartPayment, Started};

/// One way of paying by hand.
pub struct ManualGateway {
    code: &'static str,
    name: &'static str,
    description: &'static str,
    ships_unpaid: bool,
    by_transfer: bool,
}

impl ManualGateway {
    /// Both ways in one, as shops had it at first: parcels may leave unpaid.
    pub const EITHER: Self = Self {
        code: "manual",
        name: "Bank transfer or payment on delivery",
        description: "Pay by bank transfer, or when your order is delivered. We tell you how after you have ordered.",
        ships_unpaid: true,
        by_transfer: true,
    };

    /// The parcel waits for the money.
    pub const BANK_TRANSFER: Self = Self {
        code: "bank_transfer",
        name: "Bank transfer",
        description: "We tell you our bank details after you have ordered, and send your parcel once the money is here.",
        ships_unpaid: false,
        by_transfer: true,
    };

    /// The parcel leaves first.
    pub const ON_DELIVERY: Self = Self {
        code: "on_delivery",
        name: "Payment on delivery",
        description: "Pay when your order is delivered.",
        ships_unpaid: true,
        by_transfer: false,
    };

    /// Paid at the counter, before the order is written down. Staff alone take orders so.
    pub const IN_SHOP: Self = Self {
        code: IN_SHOP,
        name: "Cash or card in the shop",
        description: "You have paid in the shop.",
        ships_unpaid: false,
        by_transfer: false,
    };

    const ALL: [Self; 4] = [Self::EITHER, Self::BANK_TRANSFER, Self::ON_DELIVERY, Self::IN_SHOP];
}

/// The code of what is paid at the counter.
pub const IN_SHOP: &str = "in_shop";

/// The codes by which parcels leave before the money is here.
pub fn shipped_unpaid() -> Vec<&'static str> {
    ManualGateway::ALL.iter().filter(|gateway| gateway.ships_unpaid).map(|gateway| gateway.code).collect()
}

/// Whether what is due may come to the shop's bank account, so that papers name it.
pub fn by_transfer(code: &str) -> bool {
    ManualGateway::ALL.iter().any(|gateway| gateway.code == code && gateway.by_transfer)
}

#[async_trait]
impl Gateway for ManualGateway {
    fn code(&self) -> &'static str {
        self.code
    }

    fn name(&self) -> &str {
        self.name
    }

    fn description(&self) -> &str {
        self.description
    }

    fn is_manual(&self) -> bool {
        true
    }

    fn ships_unpaid(&self) -> bool {
        self.ships_unpaid
    }

    async fn start(&self, _: &StartPayment) -> Result<Started, GatewayError> {
        Ok(Started::Awaited)
    }

    /// Always pending: nobody but staff knows.
    async fn standing(&self, _: &str) -> Result<Standing, GatewayError> {
        Ok(Standing::Pending)
    }

    /// Notes the refund only: staff transfers the money by hand, so there is nobody who could refuse and no reference.
    async fn refund(&self, _: &RefundRequest) -> Result<Outcome, GatewayError> {
        Ok(Outcome::done())
    }

    async fn webhook(&self, _: &Headers, _: &[u8]) -> Result<Option<Notice>, GatewayError> {
        Err(GatewayError::NotGenuine("payments by hand have no webhook".to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn nobody_can_claim_by_webhook_that_money_came() {
        let told = ManualGateway::EITHER.webhook(&Headers::default(), b"{}").await;
        assert!(matches!(told, Err(GatewayError::NotGenuine(_))));
    }

    #[test]
    fn only_what_is_paid_on_delivery_leaves_unpaid() {
        assert!(ManualGateway::ON_DELIVERY.ships_unpaid() && ManualGateway::EITHER.ships_unpaid());
        assert!(!ManualGateway::BANK_TRANSFER.ships_unpaid());
        assert_eq!(shipped_unpaid(), ["manual", "on_delivery"]);
    }
}
