use serde::{Deserialize, Serialize};

use crate::{
    base::{Db, Result},
    jobs::Job,
};

/// Does nothing: tries are counted and swept in `limits` now. It stays for one version, since a former program may have left one
/// of these in the queue.
#[derive(Serialize, Deserialize)]
pub struct ForgetCouponTries {}

impl Job for ForgetCouponTries {
    const KIND: &'static str = "forget_coupon_tries";
    type Services = Db;

    async fn run(self, _db: Db) -> Result<()> {
        Ok(())
    }
}
