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

/// Parked jobs that are looked through for one.
const PARKED: i64 = 500;

/// Tells that a job gets on from one attempt to the next: those before count no more, so that work of hours that is often broken
/// off is not given up.
pub fn gets_on<J: Job>(conn: &mut Conn, job: &J) -> Result<()> {
    store::begin_anew(conn, J::KIND, &serde_json::to_value(job)?)
}

/// The jobs of a kind that were tried in vain so often that they wait for a person, each with what it failed of last.
pub fn parked<J: Job>(conn: &mut Conn) -> Result<Vec<(J, String)>> {
    let read =
        |(payload, error): (serde_json::Value, Option<String>)| Some((serde_json::from_value(payload).ok()?, error.unwrap_or_default()));
    Ok(store::parked_of(conn, J::KIND, PARKED)?.into_iter().filter_map(read).collect())
}

/// Lets a parked job be tried again. `false` when it is not parked any more.
pub fn retry<J: Job>(conn: &mut Conn, job: &J) -> Result<bool> {
    store::unpark_of(conn, J::KIND, &serde_json::to_value(job)?)
}
