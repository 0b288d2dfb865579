use serde::{Deserialize, Serialize};

use super::ops;
use crate::{
    base::{Db, Result},
    jobs::Job,
};

#[derive(Clone)]
pub struct ReminderServices {
    pub db: Db,
    /// The shop's address without a slash at its end.
    pub site: String,
}

/// Reminds of checkouts that were left.
#[derive(Serialize, Deserialize)]
pub struct RemindAbandoned {}

impl RemindAbandoned {
    /// Seconds from one round to the next.
    pub const EVERY: u32 = 600;

    /// Mails in one round at most, so that it ends within its time.
    const MOST: usize = 200;
}

impl Job for RemindAbandoned {
    const KIND: &'static str = "remind_abandoned";
    type Services = ReminderServices;

    async fn run(self, services: ReminderServices) -> Result<()> {
        for _ in 0..Self::MOST {
            let site = services.site.clone();
            if !services.db.write(move |conn| ops::remind_next(conn, &site)).await? {
                break;
            }
        }
        Ok(())
    }
}
