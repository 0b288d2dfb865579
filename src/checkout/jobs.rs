use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::{model::Till, ops};
use crate::{
    base::{AttemptId, Error, OrderId, Result},
    jobs::{self, Job},
    orders, payments,
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
        // Unknown is not unpaid: the order stays until the gateway can be asked.
        if !ops::ask_gateways(&till, id).await? {
            return Err(Error::Unavailable);
        }
        let links = till.links.clone();
        till.db.write(move |conn| ops::expire(conn, &links, id)).await
    }
}

/// Asks what became of a payment whose shopper and whose webhook both stayed away. Goes on after the order is cancelled, so
/// that money which came late is found and goes back.
#[derive(Serialize, Deserialize)]
pub struct CheckPayment {
    pub attempt: AttemptId,
    pub round: usize,
}

impl CheckPayment {
    /// Minutes after which it is asked again; afterwards never.
    const MINUTES: [u64; 6] = [3, 12, 60, 240, 720, 1440];

    pub fn delay(round: usize) -> Duration {
        let last = Self::MINUTES[Self::MINUTES.len() - 1];
        Duration::from_secs(Self::MINUTES.get(round).copied().unwrap_or(last) * 60)
    }
}

impl Job for CheckPayment {
    const KIND: &'static str = "check_payment";
    type Services = Till;

    async fn run(self, till: Till) -> Result<()> {
        let Self { attempt, round } = self;
        let found = till.db.read(move |conn| payments::attempt(conn, attempt)).await?;
        if !found.is_pending() {
            return Ok(());
        }
        ops::ask_gateways(&till, found.order_id).await?;
        let next = round + 1;
        if next == Self::MINUTES.len() {
            return Ok(());
        }
        till.db.write(move |conn| jobs::enqueue_in(conn, &Self { attempt, round: next }, Self::delay(next))).await
    }
}
