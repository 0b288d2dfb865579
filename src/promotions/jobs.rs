use serde::{Deserialize, Serialize};

use super::ops;
use crate::{
    base::{Db, Result},
    jobs::Job,
};

/// Forgets codes tried in vain, which are counted for ten minutes only.
#[derive(Serialize, Deserialize)]
pub struct ForgetCouponTries {}

impl Job for ForgetCouponTries {
    const KIND: &'static str = "forget_coupon_tries";
    type Services = Db;

    async fn run(self, db: Db) -> Result<()> {
        db.write(ops::forget_old_tries).await.map(|_| ())
    }
}
