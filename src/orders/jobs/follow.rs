use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::RefundServices;
use crate::{
    base::{OrderId, Result},
    jobs::Job,
    orders::ops,
};

/// Makes what an order's money or parcels call for: gift cards and links to files, then the invoice and credit notes. Looks at how the order stands
/// when it runs, so it can run at any time and twice.
#[derive(Serialize, Deserialize)]
pub struct FollowOrder {
    pub order: OrderId,
}

impl Job for FollowOrder {
    const KIND: &'static str = "follow_order";
    type Services = RefundServices;

    async fn run(self, services: RefundServices) -> Result<()> {
        let RefundServices { db, gateways, links } = services;
        let id = self.order;
        db.write(move |conn| ops::follow(conn, &links, id)).await?;
        db.write(move |conn| ops::issue_papers(conn, &|code| gateways.name_of(code), id)).await
    }
}

/// Confirms an order that stands and is paid by another way than a gateway. A job, so that whoever places an order does not wait
/// for its mail to be written.
#[derive(Serialize, Deserialize)]
pub struct TellPlaced {
    pub order: OrderId,
}

impl Job for TellPlaced {
    const KIND: &'static str = "tell_placed";
    type Services = RefundServices;

    async fn run(self, services: RefundServices) -> Result<()> {
        let RefundServices { db, links, .. } = services;
        let id = self.order;
        db.write(move |conn| ops::tell_placed(conn, &links, id)).await
    }
}

/// Tells of a payment that failed, unless the shopper, who stood before the answer, has tried again meanwhile.
#[derive(Serialize, Deserialize)]
pub struct TellFailure {
    pub order: OrderId,
}

impl TellFailure {
    /// So long is waited for another try.
    pub const PATIENCE: Duration = Duration::from_secs(10 * 60);
}

impl Job for TellFailure {
    const KIND: &'static str = "tell_failure";
    type Services = RefundServices;

    async fn run(self, services: RefundServices) -> Result<()> {
        let RefundServices { db, links, .. } = services;
        let id = self.order;
        db.write(move |conn| ops::tell_failure(conn, &links, id)).await
    }
}
