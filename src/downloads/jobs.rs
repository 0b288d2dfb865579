use serde::{Deserialize, Serialize};

use super::{model::Intake, ops};
use crate::{base::Result, jobs::Job};

/// Removes the contents of files that were replaced or that nobody can download any more, and what uploads left behind that were cut
/// off.
#[derive(Serialize, Deserialize)]
pub struct PurgeDownloads {}

impl PurgeDownloads {
    /// Seconds from one round to the next.
    pub const EVERY: u32 = 3600;
}

impl Job for PurgeDownloads {
    const KIND: &'static str = "purge_downloads";
    type Services = Intake;

    async fn run(self, Intake { db, media, folder }: Intake) -> Result<()> {
        ops::sweep(&folder).await?;
        ops::purge(&db, &media).await
    }
}
