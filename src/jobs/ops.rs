use std::time::Duration;

use super::{model::Job, store};
use crate::base::{Conn, Result};

/// Enqueues in the caller's transaction.
pub fn enqueue<J: Job>(conn: &mut Conn, job: &J) -> Result<()> {
    enqueue_in(conn, job, Duration::ZERO)
}

/// Enqueues in the caller's transaction, to run after `delay` by the database's clock.
pub fn enqueue_in<J: Job>(conn: &mut Conn, job: &J, delay: Duration) -> Result<()> {
    enqueue_all(conn, &[(job, delay)])
}

/// Several of a kind, each after its delay.
pub fn enqueue_all<J: Job>(conn: &mut Conn, jobs: &[(&J, Duration)]) -> Result<()> {
    let new = jobs.iter().map(|(job, delay)| Ok(store::NewJob { payload: serde_json::to_value(job)?, seconds: delay.as_secs_f64() }));
    store::insert_all(conn, J::KIND, &new.collect::<Result<Vec<_>>>()?)
}
