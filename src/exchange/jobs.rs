use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::ops::runs;
use crate::{
    base::{Db, ExchangeId, Result},
    jobs::Job,
    media::MediaStore,
};

/// What files are exchanged with.
#[derive(Clone)]
pub struct Exchange {
    pub db: Db,
    pub media: MediaStore,
    /// Where a file is while this server works with it. Between times it is in the store beside the pictures, where every server
    /// finds it until it expires.
    pub folder: PathBuf,
}

/// Looks a file through, does it, or writes one, as its run says. A run that is cut short goes on where it was.
#[derive(Serialize, Deserialize)]
pub struct RunExchange {
    pub id: ExchangeId,
}

impl Job for RunExchange {
    const KIND: &'static str = "run_exchange";
    /// A million products with their pictures take hours.
    const MOST_SECONDS: u32 = 24 * 3600;
    type Services = Exchange;

    async fn run(self, services: Exchange) -> Result<()> {
        runs::work(&services, self.id).await
    }
}

/// Deletes the files of runs that have expired.
#[derive(Serialize, Deserialize)]
pub struct PurgeExchange {}

impl PurgeExchange {
    /// Seconds from one round to the next.
    pub const EVERY: u32 = 3600;
}

impl Job for PurgeExchange {
    const KIND: &'static str = "purge_exchange";
    type Services = Exchange;

    async fn run(self, services: Exchange) -> Result<()> {
        runs::purge(&services).await
    }
}
