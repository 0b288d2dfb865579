mod follow;
mod together;

pub use follow::{FollowOrder, TellFailure, TellPlaced};
use serde::{Deserialize, Serialize};
pub use together::CountTogether;

use super::{mails::Links, ops};
use crate::{
    base::{AttemptId, CaptureId, Db, Error, Money, RefundId, Result, failpoint},
    jobs::Job,
    payments::{self, CaptureRequest, CaptureState, Gateways, RefundRequest, RefundState, VoidRequest},
};

/// What moving an order's money needs besides its id.
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
        gateways.refresh().await;
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
        if attempt.is_exchange() {
            return db.write(move |conn| ops::refund_exchange(conn, &links, id)).await;
        }
        let gateway = gateways.get(&attempt.gateway)?;
        let request = RefundRequest {
            refund: id,
            attempt: attempt.id,
            reference: attempt.gateway_reference,
            refund_reference: refund.gateway_reference,
            amount: Money::new(refund.amount, attempt.currency),
        };
        failpoint!("refund.asking");
        let outcome = gateway.refund(&request).await.map_err(|error| Error::Internal(error.into()))?;
        failpoint!("refund.asked");
        db.write(move |conn| ops::settle_refund(conn, &links, &gateways, id, &outcome)).await?;
        failpoint!("refund.committed");
        Ok(())
    }
}

/// Asks the gateway to take what is set aside, or a part of it. The capture's id is the idempotency key.
#[derive(Serialize, Deserialize)]
pub struct CapturePayment {
    pub capture: CaptureId,
}

impl Job for CapturePayment {
    const KIND: &'static str = "capture_payment";
    type Services = RefundServices;

    async fn run(self, services: RefundServices) -> Result<()> {
        let RefundServices { db, gateways, links } = services;
        gateways.refresh().await;
        let (id, known) = (self.capture, gateways.clone());
        let (capture, attempt) = db
            .write(move |conn| {
                let mut capture = payments::capture(conn, id)?;
                let attempt = payments::attempt(conn, capture.attempt_id)?;
                if !known.get(&attempt.gateway)?.captures_in_parts() {
                    capture = payments::widen_capture(conn, id)?;
                }
                Ok((capture, attempt))
            })
            .await?;
        let (CaptureState::Pending, Some(reference)) = (capture.state, attempt.gateway_reference) else { return Ok(()) };
        let amount = Money::new(capture.amount, attempt.currency);
        let request = CaptureRequest { capture: id, attempt: attempt.id, reference, amount, is_final: capture.is_final };
        failpoint!("capture.asking");
        let outcome = gateways.get(&attempt.gateway)?.capture(&request).await.map_err(|error| Error::Internal(error.into()))?;
        failpoint!("capture.asked");
        db.write(move |conn| ops::settle_capture(conn, &links, &gateways, id, &outcome)).await?;
        failpoint!("capture.committed");
        Ok(())
    }
}

/// Asks the gateway to let go of what is set aside, or to close a payment that nobody has made.
#[derive(Serialize, Deserialize)]
pub struct VoidPayment {
    pub attempt: AttemptId,
}

impl Job for VoidPayment {
    const KIND: &'static str = "void_payment";
    type Services = RefundServices;

    async fn run(self, services: RefundServices) -> Result<()> {
        let RefundServices { db, gateways, links } = services;
        gateways.refresh().await;
        let id = self.attempt;
        let attempt = db.read(move |conn| payments::attempt(conn, id)).await?;
        let gateway = gateways.get(&attempt.gateway)?;
        let outcome = match attempt.gateway_reference.clone() {
            _ if !(attempt.is_open() || attempt.capturable() > 0) => return Ok(()),
            Some(reference) => {
                gateway.void(&VoidRequest { attempt: id, reference }).await.map_err(|error| Error::Internal(error.into()))?
            }
            None if gateway.is_manual() => payments::Outcome::done(),
            // Whether it was begun is not known yet. The reconciler finds out, and lets go of it then.
            None => return Ok(()),
        };
        failpoint!("void.asked");
        db.write(move |conn| ops::settle_void(conn, &links, &gateways, id, &outcome)).await
    }
}
