use serde::{Deserialize, Serialize};

use super::ops;
use crate::{
    base::{Db, Result},
    jobs::Job,
};

/// Clears away carriers' answers that hold no more.
#[derive(Serialize, Deserialize)]
pub struct SweepCarrierRates {}

impl Job for SweepCarrierRates {
    const KIND: &'static str = "sweep_carrier_rates";
    type Services = Db;

    async fn run(self, db: Db) -> Result<()> {
        db.write(ops::forget_old_answers).await
    }
}
