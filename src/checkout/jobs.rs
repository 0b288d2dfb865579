use serde::{Deserialize, Serialize};

use super::{model::Till, ops};
use crate::{
    base::{Error, OrderId, Result, failpoint},
    jobs::Job,
    orders,
};

/// Cancels an order that was not paid in time; the gateway is asked one last time before.
#[derive(Serialize, Deserialize)]
pub struct ExpireOrder {
    pub order: OrderId,
}

impl Job for ExpireOrder {
    const KIND: &'static str = "expire_order";
    type Services = Till;

    async fn run(self, till: Till) -> Result<()> {
        let id = self.order;
        let (order, is_overdue) = till.db.read(move |conn| Ok((orders::find(conn, id)?, orders::is_overdue(conn, id)?))).await?;
        if order.is_paid() || order.is_cancelled() || !is_overdue {
            return Ok(());
        }
        // Unknown is not unpaid: the order stays until the gateway can be asked.
        if !ops::ask_gateways(&till, id).await? {
            return Err(Error::Unavailable);
        }
        failpoint!("expire.asked");
        let links = till.links.clone();
        till.db.write(move |conn| ops::expire(conn, &links, id)).await?;
        failpoint!("expire.committed");
        Ok(())
    }
}

/// Comes round every minute and settles what is not final: see [`ops::reconcile`].
#[derive(Serialize, Deserialize)]
pub struct ReconcilePayments {}

impl ReconcilePayments {
    pub const SECONDS: u32 = 60;
}

impl Job for ReconcilePayments {
    const KIND: &'static str = "reconcile_payments";
    const MOST_SECONDS: u32 = 300;
    type Services = Till;

    async fn run(self, till: Till) -> Result<()> {
        ops::reconcile(&till).await
    }
}
