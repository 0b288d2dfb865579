//! A private PostgreSQL cluster, for a shop that was given no `DATABASE_URL`.
//!
//! [`Cluster::start`] makes the cluster under the shop's data folder, runs its
//! server for as long as the program runs, and says by [`Cluster::url`] where
//! it is. The server listens on one Unix socket and on no network address.
//!
//! What this is not for: a database shared with other programs or machines,
//! backups, and moving a cluster to a newer major version. A shop that needs
//! these sets `DATABASE_URL` and never comes here.
//!
//! Everything here blocks the calling thread; from async code, go through
//! `spawn_blocking`. Unix only.

mod cluster;
mod handshake;
mod initdb;
mod layout;
mod programs;
mod server;

pub use cluster::Cluster;

/// The database superuser, and the only role of a fresh cluster. It makes the shop's tables and owns them.
const USER: &str = "ironmonger";

/// The role by which the shop is served. It owns nothing; what it may do is granted after each migration.
const SERVING: &str = "ironmonger_serving";

/// Names the socket file (`.s.PGSQL.5432`); no TCP port is ever opened. Fixed,
/// so that a `PGPORT` in the environment changes nothing.
const PORT: &str = "5432";
