use serde::{Deserialize, Serialize};

use super::ops::sign_ins;
use crate::{
    base::{Db, Result},
    jobs::Job,
};

/// Deletes sign-ins that are long over.
#[derive(Serialize, Deserialize)]
pub struct SweepSignIns {}

impl SweepSignIns {
    /// Seconds.
    pub const EVERY: u32 = 3600;
}

impl Job for SweepSignIns {
    const KIND: &'static str = "sweep_sign_ins";
    type Services = Db;

    async fn run(self, db: Db) -> Result<()> {
        db.write(sign_ins::sweep).await.map(|_| ())
    }
}
