//! The way to PostgreSQL: blocking Diesel calls on threads of their own, behind a bounded gate.

use std::{sync::Arc, time::Duration};

use chrono::{DateTime, Utc};
use diesel::{
    Connection, IntoSql, PgConnection, RunQueryDsl,
    connection::{AnsiTransactionManager, SimpleConnection, TransactionManager},
    r2d2::{ConnectionManager, CustomizeConnection, ManageConnection, Pool, PooledConnection},
    sql_query,
};
use tokio::sync::Semaphore;

use super::{Act, Error, Result, failpoint};

pub type Conn = PgConnection;

/// How long a request waits for a connection before the visitor gets a 503.
const WAIT: Duration = Duration::from_secs(3);

/// A pool of connections. Cheap to clone.
#[derive(Clone)]
pub struct Db {
    pool: Pool<Connections>,
    gate: Arc<Semaphore>,
    url: Arc<str>,
}

impl Db {
    /// Opens lazily: the first connection is made by the first query.
    ///
    /// # Errors
    /// The URL is no PostgreSQL URL.
    pub fn new(url: &str, connections: u32) -> anyhow::Result<Self> {
        let pool = Pool::builder()
            .max_size(connections)
            .min_idle(Some(0))
            .connection_timeout(WAIT)
            .test_on_check_out(true)
            .connection_customizer(Box::new(Limits))
            .build_unchecked(Connections(ConnectionManager::new(url)));
        Ok(Self { pool, gate: Arc::new(Semaphore::new(connections as usize)), url: url.into() })
    }

    /// A connection of one's own beside the pool, for whoever listens to the database for long. It has none of the pool's limits.
    ///
    /// # Errors
    /// The database can't be reached.
    pub fn own(&self) -> Result<Conn> {
        let mut conn = Conn::establish(&self.url).map_err(|error| {
            tracing::debug!(error = %error, "no connection of one's own to the database");
            Error::Unavailable
        })?;
        conn.batch_execute("SET timezone = 'UTC'")?;
        Ok(conn)
    }

    /// Runs queries without a transaction.
    ///
    /// # Errors
    /// What `work` says; `Unavailable` when no connection came free within three seconds.
    pub async fn read<T: Send + 'static>(&self, work: impl FnOnce(&mut Conn) -> Result<T> + Send + 'static) -> Result<T> {
        let wait = tokio::time::timeout(WAIT, self.gate.clone().acquire_owned());
        let Ok(Ok(permit)) = wait.await else { return Err(Error::Unavailable) };
        let (pool, span) = (self.pool.clone(), tracing::Span::current());
        let done = tokio::task::spawn_blocking(move || {
            let _permit = permit;
            span.in_scope(|| work(&mut *connection(&pool)?))
        });
        done.await.map_err(|fault| Error::Internal(anyhow::Error::new(fault).context("a database thread broke")))?
    }

    /// Runs `work` in one transaction, committed when it returns `Ok`. Where somebody of the staff acts, the database is told who.
    ///
    /// # Errors
    /// As for `read`; whatever the error, nothing of `work` is kept.
    pub async fn write<T: Send + 'static>(&self, work: impl FnOnce(&mut Conn) -> Result<T> + Send + 'static) -> Result<T> {
        let act = Act::current();
        let committed = move |conn: &mut Conn| {
            let done = conn.transaction(|conn| {
                tell_act(conn, act.as_ref())?;
                let done = work(conn)?;
                failpoint!("commit.before");
                Ok::<_, Error>(done)
            })?;
            failpoint!("commit.after");
            Ok(done)
        };
        self.read(committed).await
    }

    /// Runs `work` in a transaction of which nothing is kept, to tell what would become of it.
    ///
    /// # Errors
    /// As for `read`.
    pub async fn rehearse<T: Send + 'static>(&self, work: impl FnOnce(&mut Conn) -> Result<T> + Send + 'static) -> Result<T> {
        let undone = |conn: &mut Conn| {
            AnsiTransactionManager::begin_transaction_sql(conn, "BEGIN")?;
            // What is checked only at a commit is checked here, since none comes.
            let done = work(conn).and_then(|done| Ok(conn.batch_execute("SET CONSTRAINTS ALL IMMEDIATE").map(|()| done)?));
            AnsiTransactionManager::rollback_transaction(conn)?;
            done
        };
        self.read(undone).await
    }

    /// As `write`, for work that ends with a row which many want at once. Its locks are free as soon as the commit is written,
    /// not only when the disk has it; then this waits for the disk, together with everybody else who waits. `Ok` promises what
    /// it does with `write`: what was done survives a crash.
    ///
    /// Why that is right: the log of PostgreSQL has one order. Whoever saw this transaction's rows and commits later has a later
    /// place in the log, so a crash that loses this one loses that one too, and neither has been told of success. Only who
    /// reads without writing may for some milliseconds see what a crash could still undo. Let what must not be done twice
    /// follow the answer (a gateway is asked afterwards) or begin with a write (a job is claimed).
    ///
    /// Let the statement that takes the wanted row be the last of `work`.
    ///
    /// Measured with pgbench, before `bin/bench orders` measured the shop itself (PostgreSQL 15, fsync and synchronous_commit on,
    /// 2 busy cores, 8 buyers of one article, the shop's own tables; orders a second in three rounds of 3 s):
    ///
    /// | way | orders a second |
    /// |---|---|
    /// | orders without stock, the most that this machine writes | 1582, 1514, 1877 |
    /// | nothing but the UPDATE of the one row, each committed: what PostgreSQL's own hot row allows | 613, 565, 505 |
    /// | the row first, then the order (naive) | 305, 349, 280 |
    /// | the row last, `write` | 408, 277, 342 |
    /// | **the row last, `write_swiftly`** | **1147, 786, 915** |
    /// | one leader places 8 orders in one transaction, with savepoints | 1008, 680, 728 |
    /// | the units spread over 16 rows | 1650, 1107, 1433 |
    ///
    /// With `write`, each buyer holds the row until the disk has the commit, and no two commits can share a write to it. Spread
    /// units are faster still, but then the last units lie about in rows that each are too few, and CHECK can't see the sum.
    ///
    /// A leader for all was no faster here, since its orders were written one by one. [`super::Batches`] lead orders that come at the
    /// same time into one transaction like this one, and there each statement serves them all; what came of that stands in
    /// docs/bench.md. Buyers are not bound to each other's faults: a batch that meets one is undone, and each goes on alone.
    ///
    /// # Errors
    /// As for `write`. When the wait for the disk fails, it is unknown whether `work` is kept, as when a COMMIT's answer is lost.
    pub async fn write_swiftly<T: Send + 'static>(&self, work: impl FnOnce(&mut Conn) -> Result<T> + Send + 'static) -> Result<T> {
        let act = Act::current();
        let swiftly = move |conn: &mut Conn| {
            let done = commit_swiftly(conn, |conn| tell_act(conn, act.as_ref()).and_then(|()| work(conn)))?;
            wait_for_disk(conn)?;
            Ok(done)
        };
        self.read(swiftly).await
    }
}

/// Tells the database who acts, until the transaction ends: its triggers put what is changed on record.
fn tell_act(conn: &mut Conn, act: Option<&Act>) -> Result<()> {
    let Some(act) = act else { return Ok(()) };
    sql_query("SELECT set_config('ironmonger.act', $1, true)")
        .bind::<diesel::sql_types::Text, _>(serde_json::to_string(act)?)
        .execute(conn)?;
    Ok(())
}

/// The first half of [`Db::write_swiftly`]: the transaction, whose commit the disk does not have yet.
pub(super) fn commit_swiftly<T>(conn: &mut Conn, work: impl FnOnce(&mut Conn) -> Result<T>) -> Result<T> {
    // As `transaction` does it, but with the settings in the same round trip.
    AnsiTransactionManager::begin_transaction_sql(conn, BEGIN_SWIFTLY)?;
    let done = match work(conn) {
        Ok(done) => done,
        Err(error) => {
            AnsiTransactionManager::rollback_transaction(conn)?;
            return Err(error);
        }
    };
    failpoint!("commit.before");
    AnsiTransactionManager::commit_transaction(conn)?;
    failpoint!("commit.swift");
    Ok(done)
}

/// Plans are made once, also those that find rows by a list: PostgreSQL would plan these anew each time, since it takes a list for
/// longer than ours are.
const BEGIN_SWIFTLY: &str = "BEGIN; SET LOCAL synchronous_commit = off; SET LOCAL plan_cache_mode = force_generic_plan";

/// The other half: returns when the disk has all that was committed before, on whatever connection.
pub(super) fn wait_for_disk(conn: &mut Conn) -> Result<()> {
    // A message in the log that nobody reads. Its own commit waits until the log is on disk up to there.
    Ok(conn.batch_execute("SELECT pg_logical_emit_message(true, 'ironmonger', '')")?)
}

fn connection(pool: &Pool<Connections>) -> Result<PooledConnection<Connections>> {
    pool.get().map_err(|error| {
        tracing::warn!(error = %error, "no database connection within {} s", WAIT.as_secs());
        Error::Unavailable
    })
}

/// What the database's clock says: servers' own clocks differ, and only one may decide.
pub fn db_now(conn: &mut Conn) -> Result<DateTime<Utc>> {
    Ok(diesel::select(diesel::dsl::now.into_sql::<diesel::sql_types::Timestamptz>()).get_result(conn)?)
}

/// Makes connections, and sees without asking the database whether one still lives.
#[derive(Debug)]
struct Connections(ConnectionManager<Conn>);

impl ManageConnection for Connections {
    type Connection = Conn;
    type Error = diesel::r2d2::Error;

    fn connect(&self) -> std::result::Result<Conn, Self::Error> {
        self.0.connect()
    }

    /// Looks at what has come in, which takes no round trip: a database that ends a connection says so before it closes it. Hence
    /// two looks, one for its last words and one for the end.
    fn is_valid(&self, conn: &mut Conn) -> std::result::Result<(), Self::Error> {
        for _ in 0..2 {
            if let Some(Err(error)) = conn.notifications_iter().next() {
                return Err(diesel::r2d2::Error::QueryError(error));
            }
        }
        Ok(())
    }

    fn has_broken(&self, conn: &mut Conn) -> bool {
        self.0.has_broken(conn)
    }
}

/// What every connection promises: no statement and no idle transaction holds others up for long.
#[derive(Debug)]
struct Limits;

impl CustomizeConnection<Conn, diesel::r2d2::Error> for Limits {
    fn on_acquire(&self, conn: &mut Conn) -> std::result::Result<(), diesel::r2d2::Error> {
        conn.batch_execute(
            "SET statement_timeout = '15s'; SET lock_timeout = '8s'; SET idle_in_transaction_session_timeout = '30s'; SET timezone = 'UTC'",
        )
        .map_err(diesel::r2d2::Error::QueryError)
    }
}
