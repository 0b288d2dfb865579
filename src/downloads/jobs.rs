use serde::{Deserialize, Serialize};

use super::ops;
use crate::{
    base::{Db, Result},
    jobs::Job,
    media::MediaStore,
};

/// What the jobs work with.
#[derive(Clone)]
pub struct DownloadServices {
    pub db: Db,
    pub media: MediaStore,
}

/// Removes the contents of files that were replaced or that nobody can download any more.
#[derive(Serialize, Deserialize)]
pub struct PurgeDownloads {}

impl PurgeDownloads {
    /// Seconds from one round to the next.
    pub const EVERY: u32 = 3600;
}

impl Job for PurgeDownloads {
    const KIND: &'static str = "purge_downloads";
    type Services = DownloadServices;

    async fn run(self, services: DownloadServices) -> Result<()> {
        ops::purge(&services.db, &services.media).await
    }
}
