use serde::{Deserialize, Serialize};

use super::{model::Till, ops};
use crate::{
    base::{OrderId, Result},
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
        let order = till.db.read(move |conn| orders::find(conn, id)).await?;
        if order.is_paid() || order.is_cancelled() {
            return Ok(());
        }
        ops::ask_gateways(&till, &order).await?;
        let links = till.links.clone();
        till.db.write(move |conn| ops::expire(conn, &links, id)).await
    }
}
