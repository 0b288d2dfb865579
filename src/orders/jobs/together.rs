use serde::{Deserialize, Serialize};

use crate::{
    base::{Db, Error, Result},
    jobs::Job,
    orders::store::together,
};

/// Orders at a time.
const SOME: i32 = 500;

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
        let mut some = SOME;
        // A transaction for each some, so that nothing waits for the first round of a shop with a million orders.
        loop {
            match db.write(move |conn| together::count(conn, some)).await {
                Ok(true) => {}
                Ok(false) => return Ok(()),
                // Orders of many lines, and of what is bought with everything, take their time: fewer of them, then.
                Err(Error::Unavailable) if some > 1 => some = (some / 4).max(1),
                Err(error) => return Err(error),
            }
        }
    }
}
