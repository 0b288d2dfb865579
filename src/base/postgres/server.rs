//! The server process of a cluster: starting it, finding one left behind,
//! stopping it. Only ever used by the process that holds the cluster's lock.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io::{ErrorKind, Read, Seek, SeekFrom};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::{Context, Error, Result, anyhow, bail, ensure};
use nix::errno::Errno;
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use super::PORT;
use super::handshake::{self, Answer};
use super::layout::Layout;
use super::programs::Programs;

/// Where a server records its process number, in the cluster.
const RECORD: &str = "postmaster.pid";

/// How often to look again while waiting.
pub(super) const POLL: Duration = Duration::from_millis(20);

/// How long a server may take to open its socket.
const START_PATIENCE: Duration = Duration::from_secs(10);

/// How long a server may take once it says it is starting: after a crash it
/// first repeats what it had not yet written.
const RECOVERY_PATIENCE: Duration = Duration::from_secs(60);

/// How long a server may take to stop, for each of the two ways of asking.
const STOP_PATIENCE: Duration = Duration::from_secs(10);

/// How long the workers of a killed server may take to notice and end.
const LINGER_PATIENCE: Duration = Duration::from_secs(10);

/// How long to leave lingering workers alone before the next try.
const LINGER_PAUSE: Duration = Duration::from_millis(250);

/// How many lines of the log a failure quotes.
const LOG_LINES: usize = 12;

/// A running server that this process is answerable for.
#[derive(Debug)]
pub(super) struct Server {
    pid: Pid,
    /// `None` for an adopted server, which is no child of this process.
    child: Option<Child>,
    data: PathBuf,
    log: PathBuf,
    /// The length of the log before this server wrote to it, in bytes.
    log_start: u64,
}

impl Server {
    /// Adopts the server of an earlier run that was killed, or else starts one,
    /// and waits until it takes connections. `options` are settings for the
    /// command line, such as `("fsync", "off")`.
    ///
    /// # Errors
    /// Where it does not come up; the message quotes the end of its log.
    pub(super) fn start(programs: &Programs, layout: &Layout, options: &[(String, String)]) -> Result<Server> {
        if let Some(orphan) = adopt(layout)? {
            return Ok(orphan);
        }
        let deadline = Instant::now() + LINGER_PATIENCE;
        loop {
            match Server::launch(programs, layout, options) {
                Err(error) if workers_linger(&error) && Instant::now() < deadline => {
                    sleep(LINGER_PAUSE);
                }
                outcome => return outcome,
            }
        }
    }

    /// Starts a server and waits for it; ends it again where it is not ready in
    /// time.
    fn launch(programs: &Programs, layout: &Layout, options: &[(String, String)]) -> Result<Server> {
        let mut server = Server::spawn(programs, layout, options)?;
        let Err(error) = server.await_ready(&layout.socket) else {
            tracing::info!(pid = %server.pid, "started PostgreSQL on {}", layout.data.display());
            return Ok(server);
        };
        if let Err(error) = server.stop() {
            tracing::error!("{error:#}");
        }
        Err(error)
    }

    /// Starts a server, in a process group of its own: Ctrl-C at the terminal
    /// is for the shop, which still needs the database while it winds up.
    fn spawn(programs: &Programs, layout: &Layout, options: &[(String, String)]) -> Result<Server> {
        let log = layout.open_log()?;
        let log_start = log.metadata().map_or(0, |log| log.len());
        let mut postgres = programs.command("postgres");
        postgres.arg("-D").arg(&layout.data);
        set(&mut postgres, layout, options);
        postgres.stdout(log.try_clone().context("could not share the log")?);
        postgres.stderr(log).process_group(0);
        layout.account.take_on(&mut postgres);
        let child = postgres
            .spawn()
            .with_context(|| format!("could not run {}: reinstall PostgreSQL or set PG_BIN", postgres.get_program().display()))?;
        Ok(Server { pid: pid_of(&child)?, child: Some(child), data: layout.data.clone(), log: layout.log.clone(), log_start })
    }

    /// Whether the process is still there. A child that ended is reaped here.
    pub(super) fn is_alive(&mut self) -> bool {
        match &mut self.child {
            Some(child) => matches!(child.try_wait(), Ok(None)),
            None => serves(self.pid, &self.data),
        }
    }

    /// Stops the server: first by breaking off connections (a "fast" shutdown,
    /// with a clean end), then at once (which the next start recovers from).
    /// Does nothing where it has ended already.
    ///
    /// # Errors
    /// Where it outlives both.
    pub(super) fn stop(&mut self) -> Result<()> {
        for signal in [Signal::SIGINT, Signal::SIGQUIT] {
            if !self.is_alive() {
                return Ok(());
            }
            self.signal(signal)?;
            if self.await_exit() {
                tracing::info!(pid = %self.pid, "stopped PostgreSQL");
                return Ok(());
            }
        }
        bail!("PostgreSQL does not stop: end it with kill -QUIT {}", self.pid)
    }

    /// Sends `signal`; that the process has ended meanwhile is no error.
    fn signal(&self, signal: Signal) -> Result<()> {
        match kill(self.pid, signal) {
            Ok(()) | Err(Errno::ESRCH) => Ok(()),
            Err(error) => Err(error).with_context(|| format!("could not stop PostgreSQL: end it with kill -INT {}", self.pid)),
        }
    }

    /// Waits for the process to end; `false` when it is still there.
    fn await_exit(&mut self) -> bool {
        let deadline = Instant::now() + STOP_PATIENCE;
        while self.is_alive() {
            if Instant::now() >= deadline {
                return false;
            }
            sleep(POLL);
        }
        true
    }

    /// Waits until the server takes connections in the folder `socket`.
    fn await_ready(&mut self, socket: &Path) -> Result<()> {
        let begun = Instant::now();
        loop {
            let patience = match handshake::ask(socket) {
                Answer::Ready => return Ok(()),
                Answer::NotNow => RECOVERY_PATIENCE,
                Answer::Silence => START_PATIENCE,
            };
            if !self.is_alive() {
                return Err(self.failure("PostgreSQL ended while starting"));
            }
            if begun.elapsed() > patience {
                return Err(self.failure("PostgreSQL takes too long to start"));
            }
            sleep(POLL);
        }
    }

    /// An error that quotes the end of what this server has logged.
    fn failure(&self, what: &str) -> Error {
        let log = self.log.display();
        let text = read_from(&self.log, self.log_start);
        let lines: Vec<&str> = text.lines().collect();
        let last = lines[lines.len().saturating_sub(LOG_LINES)..].join("\n");
        anyhow!("{what}; mend what its log {log} says and start again:\n{last}")
    }
}

/// Puts the settings on the command line, where they outrank the cluster's own
/// configuration files. Of two with one name the last counts, so that `options`
/// may change any.
fn set(postgres: &mut Command, layout: &Layout, options: &[(String, String)]) {
    // Quoted as an entry of a list; a layout's path has no quote in it.
    let mut folder = OsString::from("unix_socket_directories=\"");
    folder.push(&layout.socket);
    folder.push("\"");
    postgres.arg("-c").arg(folder);
    postgres.args(["-c", "unix_socket_permissions=0700"]);
    postgres.args(["-c", "listen_addresses="]);
    postgres.args(["-c", &format!("port={PORT}")]);
    for (name, value) in options {
        postgres.arg("-c").arg(format!("{name}={value}"));
    }
}

/// The server an earlier, killed run of the shop left behind, once it takes
/// connections; `None` where there is none, or only the traces of one.
///
/// # Errors
/// Where a server runs on the cluster that this process cannot take charge of.
fn adopt(layout: &Layout) -> Result<Option<Server>> {
    let Some(pid) = recorded_pid(&layout.data)? else {
        return Ok(None);
    };
    if !serves(pid, &layout.data) {
        clear_traces(pid, layout)?;
        return Ok(None);
    }
    let mut orphan = Server {
        pid,
        child: None,
        data: layout.data.clone(),
        log: layout.log.clone(),
        log_start: fs::metadata(&layout.log).map_or(0, |log| log.len()),
    };
    match orphan.await_ready(&layout.socket) {
        Ok(()) => tracing::info!(%pid, "adopted the PostgreSQL of an earlier run"),
        // It was on its way out.
        Err(_) if !orphan.is_alive() => return Ok(None),
        Err(error) => {
            return Err(
                error.context(format!("process {pid} serves {} and does not answer: end it with kill -INT {pid}", layout.data.display(),))
            );
        }
    }
    Ok(Some(orphan))
}

/// Clears the way for a new server where the recorded one, `pid`, is gone.
///
/// Records of a dead process are left alone: PostgreSQL sees through them. Those
/// whose number now belongs to a stranger would stop it, and are removed. That
/// workers of the dead server still write, PostgreSQL finds out in another way.
///
/// # Errors
/// Where a server answers that this process cannot see, as in another
/// container: a second one would destroy the data.
fn clear_traces(pid: Pid, layout: &Layout) -> Result<()> {
    ensure!(
        handshake::ask(&layout.socket) == Answer::Silence,
        "a PostgreSQL that is out of sight here, perhaps in another container, serves {}: stop \
         it first",
        layout.data.display(),
    );
    if kill(pid, None) == Err(Errno::ESRCH) {
        return Ok(());
    }
    tracing::info!(%pid, "the record of the last PostgreSQL names another process; removed");
    remove_if_there(&layout.data.join(RECORD))?;
    remove_if_there(&layout.socket.join(format!(".s.PGSQL.{PORT}.lock")))
}

/// Removes `file`; that there is none is no error.
fn remove_if_there(file: &Path) -> Result<()> {
    match fs::remove_file(file) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        removed => removed.with_context(|| format!("could not remove {}", file.display())),
    }
}

/// The process that the cluster's `postmaster.pid` names, if there is one.
fn recorded_pid(data: &Path) -> Result<Option<Pid>> {
    let record = data.join(RECORD);
    let text = match fs::read_to_string(&record) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        read => read.with_context(|| format!("could not read {}", record.display()))?,
    };
    let pid = text.lines().next().and_then(|line| line.trim().parse().ok());
    Ok(pid.filter(|pid| *pid > 1).map(Pid::from_raw))
}

/// Whether `pid` is a living server on `data`: on Linux by its working folder,
/// which a server's is its data and a zombie has none; elsewhere by its command
/// line.
fn serves(pid: Pid, data: &Path) -> bool {
    if cfg!(target_os = "linux") {
        return fs::read_link(format!("/proc/{pid}/cwd")).is_ok_and(|folder| folder == data);
    }
    let mut ps = Command::new("ps");
    ps.args(["-o", "command=", "-p", &pid.to_string()]);
    ps.output().is_ok_and(|output| {
        let line = String::from_utf8_lossy(&output.stdout);
        line.contains(&*data.to_string_lossy())
    })
}

/// Whether a start failed because workers of a killed server still write; they
/// end by themselves, as soon as they notice. The words are PostgreSQL's.
fn workers_linger(error: &Error) -> bool {
    error.to_string().contains("is still in use")
}

/// The number of a child as signals want it.
fn pid_of(child: &Child) -> Result<Pid> {
    let pid = i32::try_from(child.id()).context("the system numbers processes oddly")?;
    Ok(Pid::from_raw(pid))
}

/// What `file` holds from byte `start` on; empty where it cannot be read.
fn read_from(file: &Path, start: u64) -> String {
    let mut bytes = Vec::new();
    let read = File::open(file).and_then(|mut file| {
        file.seek(SeekFrom::Start(start))?;
        file.read_to_end(&mut bytes)
    });
    if let Err(error) = read {
        tracing::debug!(%error, "could not read {}", file.display());
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
impl Server {
    /// The server's process.
    pub(super) fn pid(&self) -> Pid {
        self.pid
    }
}
