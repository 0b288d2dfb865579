use serde::{Deserialize, Serialize};

use super::ops;
use crate::{
    base::{AccountId, Db, Result},
    jobs::Job,
};

/// Moves what came to an account while another took it over.
#[derive(Serialize, Deserialize)]
pub struct MoveLate {
    pub from: AccountId,
}

impl Job for MoveLate {
    const KIND: &'static str = "move_late";
    type Services = Db;

    async fn run(self, db: Db) -> Result<()> {
        db.write(move |conn| ops::move_late(conn, self.from)).await
    }
}
