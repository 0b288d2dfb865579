use serde::{Deserialize, Serialize};

use super::ops;
use crate::{
    base::{AlertId, Db, Result},
    jobs::{self, Job},
};

#[derive(Clone)]
pub struct AlertServices {
    pub db: Db,
    /// The shop's address without a slash at its end.
    pub site: String,
}

/// Tells who waits for something that has come.
#[derive(Serialize, Deserialize)]
pub struct TellAlerts {
    /// Goes on after this alert.
    #[serde(default = "first")]
    pub after: AlertId,
}

fn first() -> AlertId {
    AlertId(0)
}

impl TellAlerts {
    /// Seconds from one round to the next.
    pub const EVERY: u32 = 60;

    /// Batches in one run at most, so that it ends within its time; another goes on where it ended.
    const MOST: usize = 25;
}

impl Job for TellAlerts {
    const KIND: &'static str = "tell_alerts";
    type Services = AlertServices;

    async fn run(self, AlertServices { db, site }: AlertServices) -> Result<()> {
        let mut after = self.after;
        for _ in 0..Self::MOST {
            let site = site.clone();
            match db.write(move |conn| ops::tell_next(conn, &site, after)).await? {
                Some(last) => after = last,
                None => return Ok(()),
            }
        }
        db.write(move |conn| jobs::enqueue(conn, &Self { after })).await
    }
}
