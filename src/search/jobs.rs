use serde::{Deserialize, Serialize};

use super::ops;
use crate::{
    base::{Db, Result},
    jobs::Job,
};

/// Forgets changes that every server has long followed, and searches of long ago.
#[derive(Serialize, Deserialize)]
pub struct PruneSearch {}

impl PruneSearch {
    /// Seconds from one round to the next: six hours.
    pub const EVERY: u32 = 21_600;
}

impl Job for PruneSearch {
    const KIND: &'static str = "prune_search";
    type Services = Db;

    async fn run(self, db: Db) -> Result<()> {
        db.write(ops::prune).await
    }
}
