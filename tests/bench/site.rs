//! The shop that is measured: a PostgreSQL of its own that waits for the disk, and one server process.

use std::{
    fs,
    net::TcpListener,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::{Child, Command},
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use ironmonger::base::{Cluster, Keys};

/// The server's secret, so that this program can make the cookies of thousands of shoppers.
const SECRET: &str = "a secret of the bench and nobody else's";

/// Nobody is refused for being fast.
const NO_LIMITS: [&str; 1] = ["--no-limits"];

pub struct Site {
    pub folder: PathBuf,
    pub cluster: Cluster,
    pub database_url: String,
    pub keys: Keys,
    pub address: String,
    servers: Vec<Child>,
    _swept: Option<tempfile::TempDir>,
}

impl Site {
    /// The cluster runs as the shop runs its own, fsync and all; only a log of statements can be switched on.
    pub fn lay(keep: Option<&Path>) -> Result<Self> {
        let (folder, swept) = match keep {
            Some(folder) => {
                fs::create_dir(folder).with_context(|| format!("{} can't be made", folder.display()))?;
                (folder.canonicalize()?, None)
            }
            None => {
                let made = tempfile::Builder::new().prefix("ironmonger-bench-").tempdir()?;
                (made.path().to_owned(), Some(made))
            }
        };
        fs::set_permissions(&folder, fs::Permissions::from_mode(0o755))?;
        let site = Self::start(folder, swept)?;
        site.cluster.create_database("ironmonger")?;
        Ok(site)
    }

    /// One that a former run kept.
    pub fn again(folder: &Path) -> Result<Self> {
        Self::start(folder.canonicalize()?, None)
    }

    fn start(folder: PathBuf, swept: Option<tempfile::TempDir>) -> Result<Self> {
        let log = [("logging_collector", "on"), ("log_destination", "csvlog"), ("log_filename", "statements.log")];
        let cluster = Cluster::start_with(&folder, None, &log)?;
        let address = format!("127.0.0.1:{}", TcpListener::bind("127.0.0.1:0")?.local_addr()?.port());
        let (database_url, keys) = (cluster.url("ironmonger"), Keys::load(Some(SECRET), &folder)?);
        Ok(Self { folder, cluster, database_url, keys, address, servers: vec![], _swept: swept })
    }

    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Where PostgreSQL writes what is asked of it.
    pub fn statement_log(&self) -> PathBuf {
        self.folder.join("postgres/log/statements.csv")
    }

    /// The process whose children serve the connections.
    pub fn postmaster(&self) -> Result<u32> {
        let record = fs::read_to_string(self.folder.join("postgres/postmaster.pid"))?;
        Ok(record.lines().next().context("an empty postmaster.pid")?.trim().parse()?)
    }

    /// Jobs (mails above all) are another process's work, as where `NO_WORKER` is set.
    pub fn serve(&mut self, program: Option<&Path>) -> Result<u32> {
        let (address, folder) = (self.address.clone(), self.folder.clone());
        self.serve_at(Command::new(program_of(program)), &address, &folder, &NO_LIMITS)
    }

    /// With all limits, as in life, behind a proxy on this machine whose word of who asks is taken: so there can be many visitors.
    pub fn serve_with_limits(&mut self, program: Option<&Path>) -> Result<u32> {
        let (address, folder) = (self.address.clone(), self.folder.clone());
        self.serve_at(Command::new(program_of(program)), &address, &folder, &["--trusted-proxies", "127.0.0.1"])
    }

    /// Without limits and with all of its threads on the first processor. It is begun there, so that it has as many workers as are worth it.
    pub fn serve_on_one(&mut self, program: Option<&Path>) -> Result<u32> {
        let (address, folder) = (self.address.clone(), self.folder.clone());
        let mut server = Command::new("taskset");
        server.args(["-c", "0"]).arg(program_of(program));
        self.serve_at(server, &address, &folder, &NO_LIMITS)
    }

    /// Another server of the same shop, with a folder of its own. Its address.
    pub fn serve_elsewhere(&mut self, program: Option<&Path>) -> Result<String> {
        let address = format!("127.0.0.1:{}", TcpListener::bind("127.0.0.1:0")?.local_addr()?.port());
        let folder = self.folder.join("elsewhere");
        fs::create_dir_all(&folder)?;
        self.serve_at(Command::new(program_of(program)), &address, &folder, &NO_LIMITS)?;
        Ok(format!("http://{address}"))
    }

    fn serve_at(&mut self, mut server: Command, address: &str, folder: &Path, limits: &[&str]) -> Result<u32> {
        let log = fs::File::create(folder.join("server.log"))?;
        server.args(["serve", "--no-worker", "--listen", address]).args(limits).arg("--data-dir").arg(folder);
        server.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
        server.env("DATABASE_URL", &self.database_url).env("SECRET_KEYS", SECRET).stdout(log.try_clone()?).stderr(log);
        let child = server.spawn().context("the server can't be started")?;
        let id = child.id();
        self.servers.push(child);
        let started = Instant::now();
        while std::net::TcpStream::connect(address).is_err() {
            ensure!(started.elapsed() < Duration::from_secs(20), "the server does not open; see {}", folder.join("server.log").display());
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(id)
    }

    /// Ends all servers, as whoever stops them does.
    pub fn stop_serving(&mut self) -> Result<()> {
        for mut server in self.servers.drain(..) {
            let ended = Command::new("kill").args(["-TERM", &server.id().to_string()]).status()?;
            ensure!(ended.success(), "a server is gone already");
            server.wait()?;
        }
        Ok(())
    }
}

fn program_of(given: Option<&Path>) -> &Path {
    given.unwrap_or(Path::new(env!("CARGO_BIN_EXE_ironmonger")))
}

impl Drop for Site {
    fn drop(&mut self) {
        for server in &mut self.servers {
            server.kill().ok();
            server.wait().ok();
        }
        self.cluster.stop().ok();
    }
}
