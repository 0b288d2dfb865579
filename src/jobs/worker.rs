//! Takes jobs and runs them, several at once, until it is told to stop.

use std::{collections::HashMap, convert::Infallible, future::Future, pin::Pin, sync::Arc, time::Duration};

use tokio::{sync::watch, task::JoinSet};
use tracing::Instrument;

use super::{
    model::{Job, JobRow},
    store,
};
use crate::base::{Conn, Db, Error, JobId, Result, failpoint};

/// How often an idle worker looks for work.
const POLL: Duration = Duration::from_millis(250);

/// How often a worker says that it still works on a job: a few times within a lease, so that one word that is lost ends nothing.
const BEAT: Duration = Duration::from_secs(5);

/// How long a job may go on once the worker is told to stop.
const GRACE: Duration = Duration::from_secs(10);

/// A job that failed so often is parked for a person to look at.
const MOST_ATTEMPTS: i32 = 12;

type Run = Arc<dyn Fn(serde_json::Value) -> Pin<Box<dyn Future<Output = Result<()>> + Send>> + Send + Sync>;

/// Which kinds of job there are, how each is run, how many seconds it may take, and how often it comes round.
#[derive(Clone, Default)]
pub struct Registry {
    kinds: HashMap<&'static str, (Run, u32)>,
    /// Seconds from one round to the next.
    rounds: HashMap<&'static str, u32>,
}

impl Registry {
    #[must_use]
    pub fn with<J: Job>(mut self, services: J::Services) -> Self {
        let run: Run = Arc::new(move |payload| {
            let services = services.clone();
            Box::pin(async move { serde_json::from_value::<J>(payload)?.run(services).await })
        });
        self.kinds.insert(J::KIND, (run, J::MOST_SECONDS));
        self
    }

    /// The same for a job without a payload that comes round every so many seconds, however many workers there are.
    #[must_use]
    pub fn every<J: Job>(mut self, seconds: u32, services: J::Services) -> Self {
        self.rounds.insert(J::KIND, seconds);
        self.with::<J>(services)
    }
}

/// A worker. Any number may run on one database.
#[derive(Clone)]
pub struct Worker {
    db: Db,
    registry: Registry,
}

impl Worker {
    pub fn new(db: Db, registry: Registry) -> Self {
        Self { db, registry }
    }

    /// Works with `lanes` jobs at once until `stop` becomes true. What runs then gets ten seconds to finish; a job that takes
    /// longer is dropped and runs again when its lease is over.
    pub async fn run(self, lanes: usize, mut stop: watch::Receiver<bool>) {
        if let Err(error) = self.schedule().await {
            tracing::warn!(error = %error, "what comes round could not be scheduled; the next start tries again");
        }
        let mut running = JoinSet::new();
        for _ in 0..lanes {
            running.spawn(self.clone().lane(stop.clone()));
        }
        // A closed channel counts as told to stop.
        let _ = stop.wait_for(|stop| *stop).await;
        let finished = async { while running.join_next().await.is_some() {} };
        if tokio::time::timeout(GRACE, finished).await.is_err() {
            tracing::warn!("a job was left unfinished and will run again");
        }
    }

    /// Makes sure that all that comes round waits for its round.
    ///
    /// # Errors
    /// The database can't be reached.
    pub async fn schedule(&self) -> Result<()> {
        let rounds = self.registry.rounds.clone();
        self.db.write(move |conn| rounds.into_iter().try_for_each(|(kind, seconds)| store::ensure_scheduled(conn, kind, seconds))).await
    }

    async fn lane(self, mut stop: watch::Receiver<bool>) {
        while !*stop.borrow() {
            let pause = match self.step().await {
                Ok(true) => continue,
                Ok(false) => POLL,
                Err(error) => {
                    tracing::warn!(error = %error, "the worker can't reach its jobs");
                    POLL * 8
                }
            };
            // A closed channel means that whoever could stop us is gone, so we stop.
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                changed = stop.changed() => if changed.is_err() { return },
            }
        }
    }

    /// Runs what is due now and what that enqueues, then returns how many jobs ran. For the command line and tests.
    pub async fn drain(&self) -> Result<usize> {
        let mut ran = 0;
        while self.step().await? {
            ran += 1;
        }
        Ok(ran)
    }

    /// Runs one job. `false` when none is due.
    async fn step(&self) -> Result<bool> {
        let Some(job) = self.db.write(|conn| store::claim(conn, MOST_ATTEMPTS)).await? else { return Ok(false) };
        failpoint!("job.claimed");
        let span = tracing::info_span!("job", job.id = job.id.0, job.kind = job.kind, job.attempt = job.attempts);
        let (id, done) = (job.id, self.attempt(&job).instrument(span.clone()).await);
        failpoint!("job.done");
        match done {
            Ok(()) => match self.registry.rounds.get(job.kind.as_str()).copied() {
                Some(seconds) if job.schedule_key.is_some() => self.db.write(move |conn| store::reschedule(conn, id, seconds)).await?,
                _ => self.db.write(move |conn| store::delete(conn, id)).await?,
            },
            Err(error) => self.failed(job, error).instrument(span).await?,
        }
        Ok(true)
    }

    async fn attempt(&self, job: &JobRow) -> Result<()> {
        let known = self.registry.kinds.get(job.kind.as_str());
        let (run, seconds) = known.ok_or_else(|| Error::internal(format!("no job of kind {:?}", job.kind)))?;
        // In a task of its own, so that a panic is this job's failure and not the worker's end.
        let mut task = JoinSet::new();
        task.spawn(run(job.payload.clone()).in_current_span());
        let done = tokio::select! {
            done = tokio::time::timeout(Duration::from_secs(u64::from(*seconds)), task.join_next()) => done,
            never = self.beats(job.id) => match never {},
        };
        match done {
            Ok(Some(Ok(result))) => result,
            Ok(Some(Err(fault))) => Err(Error::internal(format!("the job broke: {fault}"))),
            Ok(None) => Err(Error::internal("the job was never begun")),
            Err(_) => Err(Error::internal(format!("not done after {seconds} s"))),
        }
    }

    /// Keeps a job's lease from ending while it runs. So leases can be short, and what a dead worker had in hand is soon taken
    /// over, however long it might have taken.
    async fn beats(&self, id: JobId) -> Infallible {
        loop {
            tokio::time::sleep(BEAT).await;
            if let Err(error) = self.db.write(move |conn| store::prolong(conn, id)).await {
                tracing::warn!(error = %error, "a job's lease could not be prolonged");
            }
        }
    }

    async fn failed(&self, job: JobRow, error: Error) -> Result<()> {
        // What comes round again is tried for ever: its next round would do the same work.
        let round = self.registry.rounds.get(job.kind.as_str()).filter(|_| job.schedule_key.is_some());
        let (round, told) = (round.map(|seconds| f64::from(*seconds)), error.to_string());
        let note = move |conn: &mut Conn| {
            // A job that gets on has its attempts counted anew meanwhile.
            let attempts = store::attempts(conn, job.id)?.unwrap_or(job.attempts);
            let retry_in = match round {
                Some(seconds) => Some(backoff(attempts).min(seconds)),
                None => (attempts < MOST_ATTEMPTS).then(|| backoff(attempts)),
            };
            store::failed(conn, job.id, &told, retry_in).map(|()| retry_in)
        };
        let retry_in = self.db.write(note).await?;
        tracing::warn!(error = %error, retry_in, "a job failed");
        Ok(())
    }
}

/// Seconds before the next try: 2, 4, 8 … up to an hour.
fn backoff(attempts: i32) -> f64 {
    2_f64.powi(attempts.clamp(1, 12)).min(3600.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tries_come_further_and_further_apart_up_to_an_hour() {
        assert!((backoff(1) - 2.0).abs() < f64::EPSILON);
        assert!((backoff(5) - 32.0).abs() < f64::EPSILON);
        assert!((backoff(100) - 3600.0).abs() < f64::EPSILON);
    }
}
