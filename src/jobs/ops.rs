use std::time::Duration;

use super::{model::Job, store};
use crate::base::{Conn, Result};

/// Enqueues in the caller's transaction.
pub fn enqueue<J: Job>(conn: &mut Conn, job: &J) -> Result<()> {
    store::insert(conn, J::KIND, serde_json::to_value(job)?)
}

/// Enqueues in the caller's transaction, to run after `delay` by the database's clock.
pub fn enqueue_in<J: Job>(conn: &mut Conn, job: &J, delay: Duration) -> Result<()> {
    store::insert_in(conn, J::KIND, serde_json::to_value(job)?, delay.as_secs_f64())
}
