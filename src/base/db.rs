//! The way to PostgreSQL: blocking Diesel calls on threads of their own, behind a bounded gate.

use std::{sync::Arc, time::Duration};

use anyhow::Context;
use chrono::{DateTime, Utc};
use diesel::{
    Connection, IntoSql, PgConnection, RunQueryDsl,
    connection::SimpleConnection,
    r2d2::{ConnectionManager, CustomizeConnection, Pool, PooledConnection},
    sql_query,
};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};
use tokio::sync::Semaphore;

use super::{Error, Result};

pub type Conn = PgConnection;

pub const MIGRATIONS: EmbeddedMigrations = embed_migrations!("migrations");

/// How long a request waits for a connection before the visitor gets a 503.
const WAIT: Duration = Duration::from_secs(3);

/// "IRONMNGR" in ASCII: the advisory lock under which one program at a time migrates.
const MIGRATION_LOCK: i64 = 0x4952_4f4e_4d4e_4752;

/// A pool of connections. Cheap to clone.
#[derive(Clone)]
pub struct Db {
    pool: Pool<ConnectionManager<Conn>>,
    gate: Arc<Semaphore>,
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
            .build_unchecked(ConnectionManager::new(url));
        Ok(Self { pool, gate: Arc::new(Semaphore::new(connections as usize)) })
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

    /// Runs `work` in one transaction, committed when it returns `Ok`.
    ///
    /// # Errors
    /// As for `read`; whatever the error, nothing of `work` is kept.
    pub async fn write<T: Send + 'static>(&self, work: impl FnOnce(&mut Conn) -> Result<T> + Send + 'static) -> Result<T> {
        self.read(move |conn| conn.transaction(work)).await
    }
}

fn connection(pool: &Pool<ConnectionManager<Conn>>) -> Result<PooledConnection<ConnectionManager<Conn>>> {
    pool.get().map_err(|error| {
        tracing::warn!(error = %error, "no database connection within {} s", WAIT.as_secs());
        Error::Unavailable
    })
}

/// What the database's clock says: servers' own clocks differ, and only one may decide.
pub fn db_now(conn: &mut Conn) -> Result<DateTime<Utc>> {
    Ok(diesel::select(diesel::dsl::now.into_sql::<diesel::sql_types::Timestamptz>()).get_result(conn)?)
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

/// Brings the schema up to date. Several programs may call it at once: one migrates, the others wait.
///
/// # Errors
/// The database can't be reached or a migration fails; nothing of a failed migration is kept.
pub fn migrate(url: &str) -> anyhow::Result<()> {
    let mut conn = Conn::establish(url).context("the database can't be reached; check DATABASE_URL")?;
    sql_query("SELECT pg_advisory_lock($1)").bind::<diesel::sql_types::BigInt, _>(MIGRATION_LOCK).execute(&mut conn)?;
    let done = conn.run_pending_migrations(MIGRATIONS).map_err(|error| anyhow::anyhow!("a migration failed: {error}"))?;
    for version in &done {
        tracing::info!(migration = %version, "migrated");
    }
    Ok(())
}

/// # Errors
/// The database can't be reached.
pub fn migrations_pending(conn: &mut Conn) -> Result<bool> {
    conn.has_pending_migration(MIGRATIONS).map_err(|error| Error::Internal(anyhow::anyhow!("{error}")))
}
