//! [`Cluster`]: one process owns the server of a cluster, any others join it.

use std::fmt::Write as _;
use std::fs::{File, TryLockError};
use std::io::Write as _;
use std::mem;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};

use super::handshake::{self, Answer};
use super::initdb;
use super::layout::Layout;
use super::programs::Programs;
use super::server::{POLL, Server};
use super::{PORT, SERVING, USER};

/// How long the process that owns the server may take to bring it up.
const JOIN_PATIENCE: Duration = Duration::from_secs(15);

/// Creates the database `:name` where missing, and the role `:serving`, which
/// may not even make temporary tables. The lock makes processes
/// that start together take turns; it goes with the connection.
const CREATE_DATABASE: &[u8] = b"\
SELECT pg_advisory_lock(hashtext('create database'));
SELECT format('CREATE DATABASE %I', :'name')
WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = :'name')
\\gexec
SELECT format('CREATE ROLE %I LOGIN', :'serving')
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'serving')
\\gexec
SELECT format('REVOKE TEMPORARY ON DATABASE %I FROM PUBLIC', :'name')
WHERE has_database_privilege(:'serving', :'name', 'TEMPORARY')
\\gexec
";

/// The shop's own PostgreSQL cluster. Stopped on drop, if this process owns it.
#[derive(Debug)]
pub struct Cluster {
    pg_bin: Option<PathBuf>,
    options: Vec<(String, String)>,
    layout: Layout,
    programs: Programs,
    /// Locked while this process owns the server. A kill -9 releases it too.
    lock: File,
    state: State,
}

/// What this process has to do with the server.
#[derive(Debug)]
enum State {
    /// It holds the lock, runs the server and stops it; `None` until the
    /// server is up.
    Owner(Option<Server>),
    /// Another process does that.
    Joined,
    /// Nothing, or nothing any more.
    Stopped,
}

impl Cluster {
    /// Starts the cluster kept under `data_dir/postgres`, which is made where
    /// missing; or joins it, where another process runs it already.
    ///
    /// `pg_bin` (the setting `PG_BIN`) is the folder of PostgreSQL's programs;
    /// without it they are looked for. As root, the server runs as the user
    /// `postgres` or `nobody`, or whoever owns the cluster.
    ///
    /// # Errors
    /// Where no supported PostgreSQL (14 to 18) is installed, the folder is not
    /// usable, or the server does not come up (10 s; 60 s after a crash).
    pub fn start(data_dir: &Path, pg_bin: Option<&Path>) -> Result<Cluster> {
        Cluster::start_with(data_dir, pg_bin, &[])
    }

    /// As [`start`](Cluster::start), with server settings on top, such as
    /// `("max_connections", "200")`. They apply to a server this process
    /// starts, not to one it joins or adopts.
    ///
    /// `("fsync", "off")` is for throw-away clusters: it also makes the cluster
    /// without waiting for the disk.
    ///
    /// # Errors
    /// As [`start`](Cluster::start).
    pub fn start_with(data_dir: &Path, pg_bin: Option<&Path>, options: &[(&str, &str)]) -> Result<Cluster> {
        let layout = Layout::of(data_dir)?;
        let owned = |(name, value): &(&str, &str)| (name.to_string(), value.to_string());
        let mut cluster = Cluster {
            programs: Programs::find(pg_bin, layout.version()?)?,
            pg_bin: pg_bin.map(Path::to_owned),
            options: options.iter().map(owned).collect(),
            lock: open_lock(&layout.lock)?,
            layout,
            state: State::Stopped,
        };
        cluster.own_or_join()?;
        Ok(cluster)
    }

    /// The URL of `database` for libpq: `postgresql://ironmonger@…`, its host
    /// the percent-encoded folder of the socket. Holds no password. This role
    /// may do anything: it is for making and changing tables.
    pub fn url(&self, database: &str) -> String {
        self.url_of(USER, database)
    }

    /// The same for the role that serves, which is there from
    /// [`create_database`](Cluster::create_database) on.
    pub fn serving_url(&self, database: &str) -> String {
        self.url_of(SERVING, database)
    }

    fn url_of(&self, role: &str, database: &str) -> String {
        let host = percent_encode(self.layout.socket.as_os_str().as_bytes());
        let database = percent_encode(database.as_bytes());
        format!("postgresql://{role}@{host}:{PORT}/{database}")
    }

    /// Creates the database `name` and the role that serves, each where
    /// missing. Processes may do so at once.
    ///
    /// # Errors
    /// Where `psql` is missing or fails, with what it said.
    pub fn create_database(&self, name: &str) -> Result<()> {
        let mut psql = self.psql("postgres");
        psql.args(["--set", "ON_ERROR_STOP=1", "--set", &format!("name={name}"), "--set", &format!("serving={SERVING}")]);
        psql.stdin(Stdio::piped());
        psql.stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child =
            psql.spawn().with_context(|| format!("could not run {}: install the PostgreSQL client", psql.get_program().display()))?;
        // A psql that ends before it has read all says itself why, below.
        if let Some(mut input) = child.stdin.take()
            && let Err(error) = input.write_all(CREATE_DATABASE)
        {
            tracing::debug!(%error, "psql took no input");
        }
        let output = child.wait_with_output().context("lost psql while it ran")?;
        ensure!(output.status.success(), "could not create the database {name}: {}", String::from_utf8_lossy(&output.stderr).trim(),);
        Ok(())
    }

    /// A `psql` on `database`, free of the user's own settings.
    fn psql(&self, database: &str) -> Command {
        let mut psql = self.programs.command("psql");
        psql.args(["--no-psqlrc", "--quiet", "--no-password", "--dbname"]);
        psql.arg(self.url(database));
        psql
    }

    /// Whether another process owns the server.
    pub fn joined(&self) -> bool {
        matches!(self.state, State::Joined)
    }

    /// Starts the server again if it died, and takes it over if the process
    /// that owned it is gone; `true` if it did either. To be called every few
    /// seconds. After [`stop`](Cluster::stop) it does nothing.
    ///
    /// # Errors
    /// As [`start`](Cluster::start). The next call tries again.
    pub fn ensure_running(&mut self) -> Result<bool> {
        let settled = match &mut self.state {
            State::Owner(server) => server.as_mut().is_some_and(Server::is_alive),
            State::Joined => !self.try_lock()?,
            State::Stopped => true,
        };
        if !settled {
            self.own()?;
        }
        Ok(!settled)
    }

    /// Stops the server if this process owns it: cleanly within 10 s, or else
    /// at once. Does nothing the second time.
    ///
    /// # Errors
    /// Where the server outlives both, with its process number.
    pub fn stop(&mut self) -> Result<()> {
        let State::Owner(server) = mem::replace(&mut self.state, State::Stopped) else {
            return Ok(());
        };
        if let Some(mut server) = server {
            server.stop()?;
            self.layout.tidy();
        }
        self.lock.unlock().context("could not release the lock")
    }

    /// Takes the lock and brings the server up, or waits for the process that
    /// holds it to do so. Where that one gives up, this one steps in.
    fn own_or_join(&mut self) -> Result<()> {
        let deadline = Instant::now() + JOIN_PATIENCE;
        loop {
            if self.try_lock()? {
                return self.own();
            }
            if handshake::ask(&self.layout.socket) == Answer::Ready {
                tracing::info!("joined the PostgreSQL that another process runs");
                self.state = State::Joined;
                return Ok(());
            }
            if Instant::now() >= deadline {
                bail!(
                    "another process holds {} and its PostgreSQL does not answer: look in {}, or \
                     end that process",
                    self.layout.lock.display(),
                    self.layout.log.display(),
                );
            }
            sleep(POLL);
        }
    }

    /// Tries for the lock; `false` where another process holds it.
    fn try_lock(&self) -> Result<bool> {
        match self.lock.try_lock() {
            Ok(()) => Ok(true),
            Err(TryLockError::WouldBlock) => Ok(false),
            Err(TryLockError::Error(error)) => {
                Err(error).with_context(|| format!("could not lock {}: keep the data folder on a local disk", self.layout.lock.display(),))
            }
        }
    }

    /// Brings the server up as its owner, with the lock held.
    fn own(&mut self) -> Result<()> {
        self.state = State::Owner(None);
        let made_by = self.layout.version()?;
        self.programs = Programs::find(self.pg_bin.as_deref(), made_by)?;
        self.layout.prepare()?;
        if made_by.is_none() {
            initdb::make(&self.programs, &self.layout, self.syncs())?;
        }
        self.layout.link()?;
        let server = Server::start(&self.programs, &self.layout, &self.options)?;
        self.state = State::Owner(Some(server));
        Ok(())
    }

    /// Whether a cluster is to be forced to the disk; not a throw-away one.
    fn syncs(&self) -> bool {
        !self.options.iter().any(|(name, value)| name == "fsync" && value == "off")
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        if let Err(error) = self.stop() {
            tracing::error!("{error:#}");
        }
    }
}

/// Opens the lock file, made where missing. What it holds does not matter.
fn open_lock(path: &Path) -> Result<File> {
    let opened = File::options().create(true).append(true).open(path);
    opened.with_context(|| format!("could not open {}: start the shop as the user who owns it", path.display()))
}

/// Percent-encodes all but the characters that mean nothing in any URL.
fn percent_encode(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for &byte in bytes {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            text.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(text, "%{byte:02X}");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use std::fs::{self, Permissions};
    use std::os::unix::fs::PermissionsExt;

    use nix::errno::Errno;
    use nix::sys::signal::{Signal, kill};
    use nix::unistd::{Pid, Uid};
    use tempfile::TempDir;

    use super::super::programs::tests::pretend;
    use super::*;

    /// Settings of a cluster whose data nobody will miss.
    const FAST: [(&str, &str); 4] =
        [("fsync", "off"), ("synchronous_commit", "off"), ("full_page_writes", "off"), ("max_connections", "200")];

    /// A folder of the given mode.
    fn folder(mode: u32) -> TempDir {
        let folder = tempfile::tempdir().unwrap();
        fs::set_permissions(folder.path(), Permissions::from_mode(mode)).unwrap();
        folder
    }

    /// A folder that the server's user can reach, also when we are root.
    fn open_folder() -> TempDir {
        folder(0o755)
    }

    fn start(folder: &Path) -> Cluster {
        Cluster::start_with(folder, None, &FAST).unwrap()
    }

    /// What `sql` gives in the database `name`.
    fn query(cluster: &Cluster, name: &str, sql: &str) -> String {
        let mut psql = cluster.psql(name);
        let output = psql.args(["-At", "-c", sql]).output().unwrap();
        let trouble = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{trouble}");
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    /// The process of the server this process owns.
    fn pid(cluster: &Cluster) -> Pid {
        match &cluster.state {
            State::Owner(Some(server)) => server.pid(),
            other => panic!("owns no server: {other:?}"),
        }
    }

    /// Kills the server and waits until the system has let go of it.
    fn kill_server(cluster: &mut Cluster) {
        kill(pid(cluster), Signal::SIGKILL).unwrap();
        while let State::Owner(Some(server)) = &mut cluster.state
            && server.is_alive()
        {
            sleep(POLL);
        }
    }

    /// Leaves things as a kill -9 of the shop does: the server runs on, and
    /// nobody holds the lock.
    fn abandon(cluster: Cluster) {
        cluster.lock.unlock().unwrap();
        mem::forget(cluster);
    }

    /// What lies in `folder` of a cluster, whole or half.
    fn remains(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap();
        let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
        let beside = ["postgres.log", "postgres.lock", "postgres-socket"];
        names.filter(|name| !beside.contains(&name.as_str())).collect()
    }

    #[test]
    fn a_fresh_cluster_starts_and_answers_a_query() {
        let folder = open_folder();
        let cluster = start(folder.path());
        assert!(!cluster.joined());
        assert_eq!(query(&cluster, "postgres", "select 1"), "1");
        assert_eq!(query(&cluster, "postgres", "show fsync"), "off");
        assert_eq!(query(&cluster, "postgres", "show listen_addresses"), "");
        assert_eq!(query(&cluster, "postgres", "show server_encoding"), "UTF8");
    }

    #[test]
    fn a_database_is_created_once_whatever_its_name() {
        let folder = open_folder();
        let cluster = start(folder.path());
        let name = r#"Nuts & "bolts", Peter's"#;
        cluster.create_database(name).unwrap();
        cluster.create_database(name).unwrap();
        assert_eq!(query(&cluster, name, "select current_database()"), name);
    }

    #[test]
    fn with_a_database_comes_a_role_that_may_do_nothing_by_itself() {
        let folder = open_folder();
        let cluster = start(folder.path());
        cluster.create_database("shop").unwrap();
        cluster.create_database("shop").unwrap();
        let may = "select rolsuper or rolcreatedb or rolcreaterole or rolreplication or rolbypassrls from pg_roles where rolname = ";
        assert_eq!(query(&cluster, "shop", &format!("{may} '{SERVING}'")), "f");
        assert_eq!(query(&cluster, "shop", &format!("select has_database_privilege('{SERVING}', 'shop', 'TEMP, CREATE')")), "f");
        let mut psql = cluster.programs.command("psql");
        psql.args(["--no-psqlrc", "-At", "-c", "select current_user", "--dbname"]).arg(cluster.serving_url("shop"));
        assert_eq!(String::from_utf8(psql.output().unwrap().stdout).unwrap().trim(), SERVING);
    }

    #[test]
    fn databases_created_at_once_do_not_collide() {
        let folder = open_folder();
        let cluster = start(folder.path());
        std::thread::scope(|scope| {
            let create = || cluster.create_database("shop").unwrap();
            (0..4).for_each(|_| drop(scope.spawn(create)));
        });
    }

    #[test]
    fn a_second_start_finds_the_data_of_the_first() {
        let folder = open_folder();
        let mut first = start(folder.path());
        query(&first, "postgres", "create table kept as select 7 as n");
        first.stop().unwrap();
        first.stop().unwrap();
        assert!(!first.ensure_running().unwrap());
        let second = start(folder.path());
        assert_eq!(query(&second, "postgres", "select n from kept"), "7");
    }

    #[test]
    fn a_killed_server_is_started_again() {
        let folder = open_folder();
        let mut cluster = start(folder.path());
        assert!(!cluster.ensure_running().unwrap());
        kill_server(&mut cluster);
        assert!(cluster.ensure_running().unwrap());
        assert_eq!(query(&cluster, "postgres", "select 1"), "1");
        kill_server(&mut cluster);
        abandon(cluster);
        let next = start(folder.path());
        assert_eq!(query(&next, "postgres", "select 1"), "1");
    }

    #[test]
    fn an_orphaned_server_is_adopted_and_later_stopped() {
        let folder = open_folder();
        let first = start(folder.path());
        let orphan = pid(&first);
        abandon(first);
        let mut second = start(folder.path());
        assert!(!second.joined());
        assert_eq!(pid(&second), orphan);
        assert!(!second.ensure_running().unwrap());
        second.stop().unwrap();
        assert_eq!(handshake::ask(&second.layout.socket), Answer::Silence);
        assert!(!folder.path().join("postgres/postmaster.pid").exists());
    }

    #[test]
    fn an_adopted_server_that_dies_is_replaced() {
        let folder = open_folder();
        abandon(start(folder.path()));
        let mut cluster = start(folder.path());
        kill_server(&mut cluster);
        assert!(cluster.ensure_running().unwrap());
        assert_eq!(query(&cluster, "postgres", "select 1"), "1");
    }

    #[test]
    fn a_record_that_names_a_stranger_is_no_obstacle() {
        let folder = open_folder();
        drop(start(folder.path()));
        let record = folder.path().join("postgres/postmaster.pid");
        fs::write(&record, format!("{}\n", std::process::id())).unwrap();
        let cluster = start(folder.path());
        assert_eq!(query(&cluster, "postgres", "select 1"), "1");
    }

    #[test]
    fn whoever_joins_does_not_stop_the_server_and_can_take_it_over() {
        let folder = open_folder();
        let mut owner = start(folder.path());
        let mut guest = start(folder.path());
        assert!(guest.joined());
        drop(start(folder.path()));
        assert!(!guest.ensure_running().unwrap());
        assert_eq!(query(&owner, "postgres", "select 1"), "1");
        owner.stop().unwrap();
        assert!(guest.ensure_running().unwrap());
        assert!(!guest.joined());
        assert_eq!(query(&guest, "postgres", "select 1"), "1");
    }

    #[test]
    fn an_interrupted_initdb_leaves_no_half_cluster() {
        let (folder, programs) = (open_folder(), open_folder());
        let half = "for last; do [ \"$flag\" = -D ] && break; flag=$last; done\n\
                    mkdir \"$last/base\"; echo 15 > \"$last/PG_VERSION\"; kill -9 $$";
        pretend(programs.path(), "15.1", half);
        let refused = Cluster::start(folder.path(), Some(programs.path())).unwrap_err();
        assert!(refused.to_string().contains("initdb"), "{refused:#}");
        assert_eq!(remains(folder.path()), Vec::<String>::new());
    }

    #[test]
    fn the_draft_of_a_killed_shop_is_swept_away() {
        let folder = open_folder();
        let draft = folder.path().join("postgres.initdb-4");
        fs::create_dir_all(draft.join("base")).unwrap();
        fs::write(draft.join("PG_VERSION"), "15").unwrap();
        let cluster = start(folder.path());
        assert!(!draft.exists());
        assert_eq!(query(&cluster, "postgres", "select 1"), "1");
    }

    #[test]
    fn a_long_path_puts_the_socket_in_tmp() {
        let folder = open_folder();
        let deep = folder.path().join("a".repeat(60)).join("b".repeat(60));
        let mut cluster = start(&deep);
        assert!(cluster.url("shop").contains("@%2Ftmp%2Fironmonger-"));
        assert_eq!(query(&cluster, "postgres", "select 1"), "1");
        cluster.stop().unwrap();
        assert!(!cluster.layout.socket.exists());
    }

    #[test]
    fn a_path_with_spaces_serves() {
        let folder = open_folder();
        let cluster = start(&folder.path().join("my shop"));
        assert!(cluster.url("shop").contains("my%20shop"));
        assert_eq!(query(&cluster, "postgres", "select 1"), "1");
    }

    #[test]
    fn a_folder_closed_to_the_servers_user_gets_a_link_to_a_cluster_elsewhere() {
        let closed = folder(0o700);
        let mut cluster = start(closed.path());
        query(&cluster, "postgres", "create table kept as select 7 as n");
        cluster.stop().unwrap();
        let mut again = start(closed.path());
        assert_eq!(query(&again, "postgres", "select n from kept"), "7");
        again.stop().unwrap();
        let link = fs::read_link(closed.path().join("postgres"));
        assert_eq!(link.is_ok(), Uid::effective().is_root());
        if let Ok(target) = link {
            assert!(target.starts_with("/var/lib/ironmonger"));
            let home = target.parent().unwrap();
            fs::remove_dir_all(home).unwrap();
            // Stays where other clusters are in it.
            let _ = fs::remove_dir(home.parent().unwrap());
        }
    }

    #[test]
    fn a_server_that_cannot_start_quotes_its_log() {
        let folder = open_folder();
        let refused = Cluster::start_with(folder.path(), None, &[("max_connections", "many")]);
        let message = refused.unwrap_err().to_string();
        assert!(message.contains("max_connections"), "{message}");
        assert!(message.contains("postgres.log"), "{message}");
    }

    #[test]
    fn dropping_a_cluster_ends_its_server() {
        let folder = open_folder();
        let cluster = start(folder.path());
        let server = pid(&cluster);
        drop(cluster);
        assert_eq!(kill(server, None), Err(Errno::ESRCH));
    }
}
