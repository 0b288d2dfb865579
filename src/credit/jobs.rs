use serde::{Deserialize, Serialize};

use super::ops;
use crate::{
    base::{Db, Result},
    jobs::Job,
};

/// Writes off what is left on gift cards that have expired.
#[derive(Serialize, Deserialize)]
pub struct WriteOffExpired {}

impl WriteOffExpired {
    /// Seconds from one round to the next: a day.
    pub const EVERY: u32 = 86_400;
}

impl Job for WriteOffExpired {
    const KIND: &'static str = "write_off_expired_credit";
    type Services = Db;

    async fn run(self, db: Db) -> Result<()> {
        while db.write(ops::write_off_expired).await? > 0 {}
        Ok(())
    }
}
