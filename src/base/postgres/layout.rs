//! Where a cluster's parts lie on disk, and which user its server runs as.
//!
//! Below the data folder: `postgres` (the cluster), `postgres-socket`,
//! `postgres.log` and `postgres.lock`. Two things may push parts elsewhere: a
//! server user who cannot reach the data folder, and a path too long for a
//! Unix socket.

use std::ffi::OsString;
use std::fs::{self, DirBuilder, File, Permissions};
use std::io::ErrorKind;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt, fchown, symlink};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{self, Command};

use anyhow::{Context, Result, bail, ensure};
use nix::libc::{O_DIRECTORY, O_NOFOLLOW};
use nix::unistd::{Gid, Uid, User};

/// Where clusters go whose data folder the server's user cannot reach.
const ELSEWHERE: &str = "/var/lib/ironmonger";

/// The longest path of a socket, in bytes: the least any system allows is 103,
/// and PostgreSQL's lock beside the socket wants some room.
const LONGEST_SOCKET: usize = 90;

/// The size past which a log is put aside at the next start, in bytes.
const LOG_LIMIT: u64 = 10 * 1024 * 1024;

/// The user the server runs as.
#[derive(Debug, Clone, Copy)]
pub(super) struct Account {
    uid: Uid,
    gid: Gid,
    /// Whether this process is root and has to become that user.
    switch: bool,
}

impl Account {
    /// Who serves the cluster at `seat`: its owner if it exists, otherwise
    /// this process's own user. PostgreSQL refuses to run as root, so that
    /// root uses `postgres` or else `nobody`.
    fn serving(seat: &Path) -> Result<Account> {
        let me = Account { uid: Uid::effective(), gid: Gid::effective(), switch: Uid::effective().is_root() };
        let owner = fs::metadata(seat).map(|of| (Uid::from_raw(of.uid()), Gid::from_raw(of.gid())));
        match owner {
            Ok((uid, gid)) if me.switch && !uid.is_root() => Ok(Account { uid, gid, ..me }),
            _ if me.switch => Account::unprivileged(),
            Ok((uid, _)) if uid != me.uid => bail!(
                "{} belongs to user {uid}: start the shop as that user, or give the folder and \
                 all in it to this one by chown -R",
                seat.display(),
            ),
            _ => Ok(me),
        }
    }

    /// The user root hands the server to.
    fn unprivileged() -> Result<Account> {
        for name in ["postgres", "nobody"] {
            let user = User::from_name(name).context("could not read the list of users")?;
            if let Some(User { uid, gid, .. }) = user {
                let switch = true;
                return Ok(Account { uid, gid, switch });
            }
        }
        bail!(
            "PostgreSQL does not run as root, and there is no user postgres or nobody to run it \
             as: start the shop as an ordinary user"
        )
    }

    /// Makes `command` run as this user. For root, std drops the supplementary
    /// groups along with the user id.
    pub(super) fn take_on(&self, command: &mut Command) {
        if self.switch {
            command.uid(self.uid.as_raw()).gid(self.gid.as_raw());
        }
    }

    /// Whether this user can pass through `folder`. The kernel is asked, so
    /// that access lists and mounts count too.
    fn can_reach(&self, folder: &Path) -> bool {
        if !self.switch {
            return true;
        }
        let mut test = Command::new("/bin/sh");
        test.args(["-c", "test -x \"$0\""]).arg(folder);
        test.current_dir("/");
        self.take_on(&mut test);
        test.status().is_ok_and(|status| status.success())
    }

    /// Makes `folder`, or takes the one that is there, for this user alone.
    ///
    /// # Errors
    /// Where something else stands at that path: in `/tmp` anyone could have
    /// laid a folder or a link there, to get between the shop and its data.
    pub(super) fn own_private_folder(&self, folder: &Path) -> Result<()> {
        match DirBuilder::new().mode(0o700).create(folder) {
            Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(error),
            _ => Ok(()),
        }
        .with_context(|| format!("could not make {}", folder.display()))?;
        let opened = self.open_own(folder)?;
        opened
            .set_permissions(Permissions::from_mode(0o700))
            .and_then(|()| self.give(&opened))
            .with_context(|| format!("could not make {} private", folder.display()))
    }

    /// Opens `folder`, unless it is a link, a file or another user's. What is
    /// done by the handle cannot be turned on something else meanwhile.
    fn open_own(&self, folder: &Path) -> Result<File> {
        let refusal = || format!("{} is not a folder of user {}: remove it, after finding out who made it", folder.display(), self.uid,);
        let opened = File::options().read(true).custom_flags(O_DIRECTORY | O_NOFOLLOW).open(folder).with_context(refusal)?;
        let owner = Uid::from_raw(opened.metadata().with_context(refusal)?.uid());
        ensure!([self.uid, Uid::effective()].contains(&owner), refusal());
        Ok(opened)
    }

    /// Gives a folder itself, and nothing in it, to this user.
    fn give(&self, folder: &File) -> std::io::Result<()> {
        if !self.switch {
            return Ok(());
        }
        fchown(folder, Some(self.uid.as_raw()), Some(self.gid.as_raw()))
    }
}

/// The paths of one cluster, all absolute.
#[derive(Debug)]
pub(super) struct Layout {
    /// Where the shop expects the cluster: `postgres` in the data folder.
    seat: PathBuf,
    /// The cluster itself; another path than `seat` where that is a link.
    pub(super) data: PathBuf,
    /// The folder of the server's socket.
    pub(super) socket: PathBuf,
    /// What the server prints.
    pub(super) log: PathBuf,
    /// Whoever holds a lock on this file owns the server.
    pub(super) lock: PathBuf,
    /// The user the server runs as.
    pub(super) account: Account,
}

impl Layout {
    /// Works out the layout for `data_dir`, which is made if missing. Every
    /// process comes to the same result, before and after the first start.
    pub(super) fn of(data_dir: &Path) -> Result<Layout> {
        let unusable = || format!("the data folder {} is not usable", data_dir.display());
        fs::create_dir_all(data_dir).with_context(unusable)?;
        let root = fs::canonicalize(data_dir).with_context(unusable)?;
        let seat = root.join("postgres");
        refuse_dangling(&seat)?;
        let account = Account::serving(&seat)?;
        let data = match fs::canonicalize(&seat) {
            Ok(data) => data,
            Err(_) => home(&root, &account).join("postgres"),
        };
        Ok(Layout {
            socket: socket_folder(&root, &data),
            log: root.join("postgres.log"),
            lock: root.join("postgres.lock"),
            seat,
            data,
            account,
        })
    }

    /// The major version that made the cluster; `None` before there is one.
    pub(super) fn version(&self) -> Result<Option<u32>> {
        let file = self.data.join("PG_VERSION");
        let text = match fs::read_to_string(&file) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            read => read.with_context(|| format!("could not read {}", file.display()))?,
        };
        let major = text.trim().parse();
        major.map(Some).with_context(|| format!("{} holds no version: restore it from a backup", file.display()))
    }

    /// Makes the folders around the cluster, for the process that owns it.
    pub(super) fn prepare(&self) -> Result<()> {
        let home = parent(&self.data);
        make_passable(parent(home))?;
        make_passable(home)?;
        ensure!(
            self.account.can_reach(home),
            "user {} runs the database and cannot reach {}: let it pass through each folder on \
             that path (chmod o+x)",
            self.account.uid,
            home.display(),
        );
        self.account.own_private_folder(&self.socket)
    }

    /// Leaves a link in the data folder to a cluster that lies elsewhere. Done
    /// once the cluster is complete, so that the link never promises one that
    /// is not there.
    pub(super) fn link(&self) -> Result<()> {
        if self.data == self.seat || self.seat.exists() {
            return Ok(());
        }
        tracing::warn!(
            "user {} runs the database and cannot reach {}: it is kept at {}, with a link to it",
            self.account.uid,
            parent(&self.seat).display(),
            self.data.display(),
        );
        symlink(&self.data, &self.seat).with_context(|| format!("could not leave a link at {}", self.seat.display()))
    }

    /// Opens the log to append to, for its owner's eyes alone, since it quotes
    /// statements that failed; one grown large is put aside first, in the
    /// place of the one put aside before.
    pub(super) fn open_log(&self) -> Result<File> {
        if fs::metadata(&self.log).is_ok_and(|log| log.len() > LOG_LIMIT) {
            fs::rename(&self.log, self.log.with_extension("log.old"))
                .with_context(|| format!("could not put {} aside", self.log.display()))?;
        }
        let mut options = File::options();
        options.create(true).append(true).mode(0o600);
        let opened = options.open(&self.log);
        opened.with_context(|| format!("could not write {}", self.log.display()))
    }

    /// Where this process makes a new cluster, before it is moved into place.
    pub(super) fn draft(&self) -> PathBuf {
        let mut name = self.draft_prefix();
        name.push(process::id().to_string());
        self.data.with_file_name(name)
    }

    /// Removes drafts of processes that were killed at it. They may be this
    /// process's to remove only while it holds the lock.
    pub(super) fn sweep_drafts(&self) -> Result<()> {
        let home = parent(&self.data);
        let prefix = self.draft_prefix();
        let entries = fs::read_dir(home).and_then(|all| all.collect::<Result<Vec<_>, _>>());
        for entry in entries.with_context(|| format!("could not list {}", home.display()))? {
            let name = entry.file_name();
            if name.as_bytes().starts_with(prefix.as_bytes()) {
                remove_draft(&entry.path());
            }
        }
        Ok(())
    }

    /// Takes the socket's folder away after a stop, unless something is in it.
    pub(super) fn tidy(&self) {
        if let Err(error) = fs::remove_dir(&self.socket) {
            tracing::debug!(%error, "left {} where it is", self.socket.display());
        }
    }

    /// What the names of drafts begin with.
    fn draft_prefix(&self) -> OsString {
        let mut name = self.data.file_name().unwrap_or_default().to_owned();
        name.push(".initdb-");
        name
    }
}

/// Removes a draft. One that resists, such as by an `initdb` that is still
/// writing to it, is no obstacle; the next sweep takes it.
pub(super) fn remove_draft(draft: &Path) {
    if let Err(error) = fs::remove_dir_all(draft) {
        tracing::warn!(%error, "could not remove {}", draft.display());
    }
}

/// Refuses a link at `seat` whose cluster is gone: to begin an empty one there
/// would look as if the shop had lost everything.
fn refuse_dangling(seat: &Path) -> Result<()> {
    if let Ok(target) = fs::read_link(seat) {
        ensure!(
            seat.exists(),
            "{} is a link to {}, which is missing: bring that folder back, or remove the link to \
             begin with an empty database",
            seat.display(),
            target.display(),
        );
    }
    Ok(())
}

/// The folder a new cluster goes in: the data folder, or for a user who cannot
/// reach that, one named after it below [`ELSEWHERE`].
fn home(root: &Path, account: &Account) -> PathBuf {
    if account.can_reach(root) {
        return root.to_owned();
    }
    Path::new(ELSEWHERE).join(fingerprint(root))
}

/// Makes `folder` where missing, open to pass through whatever the umask; what
/// is private lies inside. One that is there is left as it is.
fn make_passable(folder: &Path) -> Result<()> {
    match fs::create_dir(folder) {
        Ok(()) => fs::set_permissions(folder, Permissions::from_mode(0o755)),
        Err(_) if folder.is_dir() => Ok(()),
        Err(error) => Err(error),
    }
    .with_context(|| format!("could not make {}", folder.display()))
}

/// The socket's folder: beside the cluster, or in `/tmp` where that path does
/// not do for a socket or for libpq, to which a comma begins another host.
fn socket_folder(root: &Path, data: &Path) -> PathBuf {
    let beside = parent(data).join("postgres-socket");
    let bytes = beside.as_os_str().as_bytes();
    let fits = bytes.len() + "/.s.PGSQL.5432".len() <= LONGEST_SOCKET;
    let plain = !bytes.iter().any(|byte| b",\"".contains(byte));
    if fits && plain {
        return beside;
    }
    PathBuf::from(format!("/tmp/ironmonger-{}", fingerprint(root)))
}

/// The folder `path` is in; the paths here all are in one.
fn parent(path: &Path) -> &Path {
    path.parent().unwrap_or(path)
}

/// A name for `path` that is the same in every run and every release (64-bit
/// FNV-1a; std's hasher promises neither). Tells folders apart, secures
/// nothing.
fn fingerprint(path: &Path) -> String {
    let mix = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
    let bytes = path.as_os_str().as_bytes();
    format!("{:016x}", bytes.iter().fold(0xcbf2_9ce4_8422_2325, mix))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fingerprints_never_change() {
        assert_eq!(fingerprint(Path::new("")), "cbf29ce484222325");
        assert_eq!(fingerprint(Path::new("a")), "af63dc4c8601ec8c");
    }

    #[test]
    fn a_link_to_a_missing_cluster_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        symlink("/nonexistent/postgres", dir.path().join("postgres")).unwrap();
        let message = Layout::of(dir.path()).unwrap_err().to_string();
        assert!(message.contains("bring that folder back"), "{message}");
    }

    #[test]
    fn a_link_in_place_of_the_socket_folder_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let layout = Layout::of(dir.path()).unwrap();
        let trap = dir.path().join("trap");
        symlink("/tmp", &trap).unwrap();
        let message = layout.account.own_private_folder(&trap).unwrap_err();
        assert!(message.to_string().contains("remove it"), "{message}");
    }

    #[test]
    fn a_path_with_a_comma_falls_back_to_tmp() {
        let dir = tempfile::tempdir().unwrap();
        fs::set_permissions(dir.path(), Permissions::from_mode(0o755)).unwrap();
        let layout = Layout::of(&dir.path().join("Nuts, bolts")).unwrap();
        assert!(layout.socket.starts_with("/tmp"));
        assert!(!layout.socket.starts_with(dir.path()));
    }

    #[test]
    fn a_large_log_is_put_aside() {
        let dir = tempfile::tempdir().unwrap();
        let layout = Layout::of(dir.path()).unwrap();
        layout.open_log().unwrap().set_len(LOG_LIMIT + 1).unwrap();
        assert_eq!(layout.open_log().unwrap().metadata().unwrap().len(), 0);
        assert!(dir.path().join("postgres.log.old").exists());
    }
}
