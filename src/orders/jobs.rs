use serde::{Deserialize, Serialize};

use super::{mails::Links, ops};
use crate::{
    base::{Db, Error, Money, RefundId, Result},
    jobs::Job,
    payments::{self, Gateways, RefundRequest, RefundState},
};

/// What a refund needs besides its id.
#[derive(Clone)]
pub struct RefundServices {
    pub db: Db,
    pub gateways: Gateways,
    pub links: Links,
}

/// Asks the gateway to give money back. The refund's id is the idempotency key, so asking twice gives back once.
#[derive(Serialize, Deserialize)]
pub struct RefundPayment {
    pub refund: RefundId,
}

impl Job for RefundPayment {
    const KIND: &'static str = "refund_payment";
    type Services = RefundServices;

    async fn run(self, services: RefundServices) -> Result<()> {
        let RefundServices { db, gateways, links } = services;
        let id = self.refund;
        let (refund, attempt) = db
            .read(move |conn| {
                let refund = payments::refund(conn, id)?;
                let attempt = payments::attempt(conn, refund.attempt_id)?;
                Ok((refund, attempt))
            })
            .await?;
        if refund.state != RefundState::Pending {
            return Ok(());
        }
        if attempt.credit_id.is_some() {
            return db.write(move |conn| ops::refund_to_credit(conn, &links, &gateways, id)).await;
        }
        let gateway = gateways.get(&attempt.gateway)?;
        let request = RefundRequest {
            refund: id,
            attempt: attempt.id,
            reference: attempt.gateway_reference,
            refund_reference: refund.gateway_reference,
            amount: Money::new(refund.amount, attempt.currency),
        };
        let outcome = gateway.refund(&request).await.map_err(|error| Error::Internal(error.into()))?;
        let gateways = gateways.clone();
        db.write(move |conn| ops::settle_refund(conn, &links, &gateways, id, &outcome)).await
    }
}
