use serde::{Deserialize, Serialize};

use super::ops;
use crate::{
    base::{BulkEditId, Db, Result},
    jobs::Job,
    settings,
};

/// Does a bulk edit, or undoes it, batch by batch. A run that is cut short goes on where it was.
#[derive(Serialize, Deserialize)]
pub struct RunBulkEdit {
    pub id: BulkEditId,
}

impl Job for RunBulkEdit {
    const KIND: &'static str = "run_bulk_edit";
    const MOST_SECONDS: u32 = 3600;
    type Services = Db;

    async fn run(self, db: Db) -> Result<()> {
        let currency = db.read(settings::store).await?.currency;
        while db.write(move |conn| ops::bulk::advance(conn, self.id, currency)).await? {}
        Ok(())
    }
}
