use serde::{Deserialize, Serialize};

use crate::{
    base::{Db, Result},
    jobs::Job,
    orders::store::together,
};

/// Counts what is bought together, in the orders that have come to count or have ceased to since the last time.
#[derive(Serialize, Deserialize)]
pub struct CountTogether {}

impl CountTogether {
    /// Seconds from one round to the next.
    pub const EVERY: u32 = 600;
}

impl Job for CountTogether {
    const KIND: &'static str = "count_together";
    const MOST_SECONDS: u32 = 3600;
    type Services = Db;

    async fn run(self, db: Db) -> Result<()> {
        // A transaction for each some, so that nothing waits for the first round of a shop with a million orders.
        while db.write(together::count).await? {}
        Ok(())
    }
}
