use serde::{Deserialize, Serialize};

use super::ops;
use crate::{
    base::{Db, Result},
    jobs::Job,
};

/// Gives back what was held for people who did not order in time. Comes round; nobody waits for it, since whoever finds too few
/// sweeps for himself.
#[derive(Serialize, Deserialize)]
pub struct SweepHolds {}

impl SweepHolds {
    /// Seconds from one round to the next.
    pub const ROUND: u32 = 30;

    /// Variants in one transaction, so that none is locked for long.
    const AT_ONCE: usize = 100;
}

impl Job for SweepHolds {
    const KIND: &'static str = "sweep_holds";
    type Services = Db;

    async fn run(self, db: Db) -> Result<()> {
        // What is left over in the end is locked just now; the next round sees to it.
        while db.write(|conn| ops::sweep(conn, Self::AT_ONCE)).await? >= Self::AT_ONCE {}
        Ok(())
    }
}
