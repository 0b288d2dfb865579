//! One PostgreSQL for all tests of this process, and a cheap clone of a migrated database for each.

use std::{
    fs,
    os::unix::fs::PermissionsExt,
    process::{Child, Command, Stdio},
    sync::{
        Mutex, OnceLock,
        atomic::{AtomicU32, Ordering},
    },
};

use diesel::{Connection, PgConnection, RunQueryDsl, sql_query};
use ironmonger::base::{Cluster, Db, migrate_as_owner};

struct Databases {
    cluster: Cluster,
    maintenance: Mutex<PgConnection>,
    count: AtomicU32,
    _undertaker: Child,
}

static DATABASES: OnceLock<Databases> = OnceLock::new();

/// The URL of a fresh database with a furnished shop without goods, for the account that serves a shop.
pub fn fresh() -> String {
    let databases = DATABASES.get_or_init(start);
    let name = format!("shop_{}", databases.count.fetch_add(1, Ordering::Relaxed));
    let mut maintenance = databases.maintenance.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    sql_query(format!("CREATE DATABASE {name} TEMPLATE furnished STRATEGY WAL_LOG")).execute(&mut *maintenance).unwrap();
    // A copy of a database has its tables' rights, but not its own.
    sql_query(format!("REVOKE TEMPORARY ON DATABASE {name} FROM PUBLIC")).execute(&mut *maintenance).unwrap();
    databases.cluster.serving_url(&name)
}

/// The same database for the account that owns its tables and may do anything. No program of a test has it, only its own hand.
pub fn as_owner(url: &str) -> String {
    url.replacen("ironmonger_serving@", "ironmonger@", 1)
}

fn start() -> Databases {
    super::statements::listen();
    rustls::crypto::ring::default_provider().install_default().ok();
    let dir = tempfile::Builder::new().prefix("ironmonger-tests-").tempdir().unwrap().keep();
    fs::set_permissions(&dir, fs::Permissions::from_mode(0o755)).unwrap();
    let swift = [("fsync", "off"), ("synchronous_commit", "off"), ("full_page_writes", "off")];
    let mut options = vec![("max_connections", "400")];
    // bin/prove wants commits to wait for the disk, as in a shop that sells.
    if std::env::var_os("TESTS_KEEP_ON_DISK").is_none() {
        options.extend(swift);
    }
    let cluster = Cluster::start_with(&dir, None, &options).unwrap();
    let undertaker = bury(&dir);
    cluster.create_database("furnished").unwrap();
    furnish(&cluster.url("furnished"), &cluster.serving_url("furnished"));
    let maintenance = Mutex::new(PgConnection::establish(&cluster.url("postgres")).unwrap());
    Databases { cluster, maintenance, count: AtomicU32::new(0), _undertaker: undertaker }
}

/// A shop with delivery, tax and pages, as the demo has them, but nothing to sell.
fn furnish(owner: &str, url: &str) {
    migrate_as_owner(owner, url).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let db = Db::new(url, 2).unwrap();
    runtime.block_on(ironmonger::app::open_shop(&db, true)).unwrap();
    drop(db);
    let mut conn = PgConnection::establish(url).unwrap();
    sql_query("DELETE FROM jobs").execute(&mut conn).unwrap();
}

/// Ends the server and removes its files once this process is gone, however it goes: then the pipe to the child closes.
fn bury(dir: &std::path::Path) -> Child {
    let script = "cat >/dev/null; kill -INT \"$(head -n 1 \"$0/postgres/postmaster.pid\")\" 2>/dev/null; sleep 1; rm -rf \"$0\"";
    let mut command = Command::new("sh");
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    command.args(["-c", script]).arg(dir).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}
