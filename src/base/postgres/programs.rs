//! Finds PostgreSQL's own programs (`initdb`, `postgres`, `psql`) on this
//! machine, in a version the shop is tested with. Installs nothing.

use std::env;
use std::fmt;
use std::fs;
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf, absolute};
use std::process::{Command, Stdio};

use anyhow::{Context, Error, Result, anyhow};

/// The major versions the shop's SQL is tested with.
const SUPPORTED: RangeInclusive<u32> = 14..=18;

/// The programs without which a folder is of no use.
const NEEDED: [&str; 2] = ["postgres", "initdb"];

/// A folder of PostgreSQL programs, all of one major version.
#[derive(Debug, Clone)]
pub(super) struct Programs {
    folder: PathBuf,
    major: u32,
}

impl fmt::Display for Programs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} in {}", self.major, self.folder.display())
    }
}

impl Programs {
    /// The programs to use: those in `pg_bin` where it is given, otherwise the
    /// first that suit in `PATH` and in the folders packagers use.
    ///
    /// `made_by` is the major version of the cluster they must open, if there
    /// is one: PostgreSQL reads no other major version's files.
    ///
    /// # Errors
    /// Where nothing suits; the message says what was found and the mend.
    pub(super) fn find(pg_bin: Option<&Path>, made_by: Option<u32>) -> Result<Programs> {
        let Some(folder) = pg_bin else {
            return choose(usual_folders(), made_by)?.ok_or_else(not_installed);
        };
        let folder = absolute(folder).context("PG_BIN is empty: unset it, or name a folder")?;
        choose(vec![folder.clone()], made_by)?.ok_or_else(|| wrong_pg_bin(&folder))
    }

    /// A command for one of the programs, deaf to the `PG…` settings of the
    /// environment (they are meant for some other server) and to its language.
    /// It starts in `/`, since the server's user may not enter our own folder;
    /// paths given to it must be absolute.
    pub(super) fn command(&self, program: &str) -> Command {
        let mut command = Command::new(self.folder.join(program));
        command.current_dir("/").stdin(Stdio::null());
        for (name, _) in env::vars_os() {
            if name.as_encoded_bytes().starts_with(b"PG") {
                command.env_remove(name);
            }
        }
        command.env("LC_ALL", "C");
        command
    }

    /// What `folder` holds; `None` where that is no PostgreSQL server.
    fn probe(folder: PathBuf) -> Option<Programs> {
        if !is_complete(&folder) {
            return None;
        }
        let folder = behind_links(folder);
        let asked = Command::new(folder.join("postgres")).arg("--version").output();
        let said = asked.ok()?.stdout;
        let major = parse_major(&String::from_utf8_lossy(&said))?;
        Some(Programs { folder, major })
    }

    /// Whether these can open a cluster of version `made_by`, or make one.
    fn suits(&self, made_by: Option<u32>) -> bool {
        SUPPORTED.contains(&self.major) && made_by.is_none_or(|major| major == self.major)
    }
}

/// The first of `folders` whose programs suit; `None` where none of them holds
/// PostgreSQL at all.
///
/// # Errors
/// Where PostgreSQL is there, but in no version that suits.
fn choose(folders: Vec<PathBuf>, made_by: Option<u32>) -> Result<Option<Programs>> {
    let mut refused = Vec::new();
    for programs in folders.into_iter().filter_map(Programs::probe) {
        if programs.suits(made_by) {
            return Ok(Some(programs));
        }
        refused.push(programs);
    }
    if refused.is_empty() {
        return Ok(None);
    }
    Err(none_suits(&refused, made_by))
}

/// Whether `folder` holds the programs a cluster needs.
fn is_complete(folder: &Path) -> bool {
    NEEDED.iter().all(|name| folder.join(name).is_file())
}

/// The folder that the programs in `folder` are links into, if they are: a
/// folder such as `/usr/local/bin` may have links to some of them only.
fn behind_links(folder: PathBuf) -> PathBuf {
    let real = fs::canonicalize(folder.join("postgres")).ok();
    let home = real.and_then(|program| program.parent().map(Path::to_owned));
    home.filter(|home| is_complete(home)).unwrap_or(folder)
}

/// The folders to look in, in this order: `PATH`, then by packager (Debian,
/// Homebrew on both processors, the PostgreSQL project's own RPMs), the newest
/// version first.
fn usual_folders() -> Vec<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let mut folders: Vec<PathBuf> = env::split_paths(&path).filter(|folder| folder.is_absolute()).collect();
    folders.extend(numbered(|n| format!("/usr/lib/postgresql/{n}/bin")));
    for prefix in ["/opt/homebrew", "/usr/local"] {
        folders.extend(numbered(|n| format!("{prefix}/opt/postgresql@{n}/bin")));
        folders.push(Path::new(prefix).join("bin"));
    }
    folders.extend(numbered(|n| format!("/usr/pgsql-{n}/bin")));
    folders
}

/// One folder per supported version, then one per version just outside, so
/// that a refusal can name what is installed.
fn numbered(folder: impl Fn(u32) -> String) -> impl Iterator<Item = PathBuf> {
    let (oldest, newest) = (*SUPPORTED.start(), *SUPPORTED.end());
    let outside = [newest + 1, newest + 2, oldest - 1, oldest - 2];
    let versions = SUPPORTED.rev().chain(outside);
    versions.map(move |n| PathBuf::from(folder(n)))
}

/// The major version in `postgres (PostgreSQL) 15.14 (Debian …)` or `… 18beta1`.
fn parse_major(version: &str) -> Option<u32> {
    let (_, number) = version.split_once("(PostgreSQL) ")?;
    let end = number.find(|c: char| !c.is_ascii_digit());
    number[..end.unwrap_or(number.len())].parse().ok()
}

/// The refusal where PostgreSQL is nowhere.
fn not_installed() -> Error {
    anyhow!(
        "PostgreSQL is not installed: install it (`apt-get install postgresql` or \
         `brew install postgresql@17`), or set DATABASE_URL to a server of your own, or set \
         PG_BIN to the folder that holds initdb and postgres"
    )
}

/// The refusal where `PG_BIN` names a folder without PostgreSQL.
fn wrong_pg_bin(folder: &Path) -> Error {
    anyhow!(
        "PG_BIN is {}, which holds no working {}: correct it, or unset it to have them looked for",
        folder.display(),
        NEEDED.join(" and "),
    )
}

/// The refusal where only other versions than the needed one are installed.
fn none_suits(refused: &[Programs], made_by: Option<u32>) -> Error {
    let (oldest, newest) = (SUPPORTED.start(), SUPPORTED.end());
    let found: Vec<String> = refused.iter().map(Programs::to_string).collect();
    let found = found.join(", ");
    match made_by {
        Some(major) if SUPPORTED.contains(&major) => anyhow!(
            "the shop's database was made by PostgreSQL {major}, and there is only {found}: \
             install PostgreSQL {major} again, or set PG_BIN to its folder of programs"
        ),
        Some(major) => anyhow!(
            "the shop's database was made by PostgreSQL {major}, which is not one of \
             {oldest} to {newest}: move it to one of these by pg_upgrade"
        ),
        None => anyhow!(
            "PostgreSQL {oldest} to {newest} is needed, and there is only {found}: install a \
             supported version (`apt-get install postgresql` or `brew install postgresql@17`), or \
             set DATABASE_URL or PG_BIN"
        ),
    }
}

#[cfg(test)]
pub(super) mod tests {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    /// Fills `folder` with a `postgres` that says `version`, and an `initdb`
    /// that is the shell script `initdb`.
    pub(crate) fn pretend(folder: &Path, version: &str, initdb: &str) {
        let says = format!("echo 'postgres (PostgreSQL) {version}'");
        for (name, script) in [("postgres", says.as_str()), ("initdb", initdb)] {
            let file = folder.join(name);
            fs::write(&file, format!("#!/bin/sh\n{script}\n")).unwrap();
            fs::set_permissions(&file, fs::Permissions::from_mode(0o755)).unwrap();
        }
        fs::set_permissions(folder, fs::Permissions::from_mode(0o755)).unwrap();
    }

    /// The refusal on meeting only `version`, for a cluster by `made_by`.
    fn refusal(version: &str, made_by: Option<u32>) -> String {
        let folder = tempfile::tempdir().unwrap();
        pretend(folder.path(), version, "exit 1");
        let refused = Programs::find(Some(folder.path()), made_by);
        refused.unwrap_err().to_string()
    }

    #[test]
    fn versions_are_read_as_packagers_write_them() {
        let debian = "postgres (PostgreSQL) 15.14 (Debian 15.14-0+deb12u1)\n";
        assert_eq!(parse_major(debian), Some(15));
        assert_eq!(parse_major("postgres (PostgreSQL) 18beta1"), Some(18));
        assert_eq!(parse_major("postgres (PostgreSQL) 17"), Some(17));
        assert_eq!(parse_major("mysqld 8"), None);
    }

    #[test]
    fn a_too_old_or_too_new_version_is_refused_with_the_mend() {
        for version in ["13.4", "19beta1"] {
            let message = refusal(version, None);
            assert!(message.contains("14 to 18 is needed"), "{message}");
            assert!(message.contains("DATABASE_URL"), "{message}");
        }
    }

    #[test]
    fn a_cluster_of_another_version_is_named_plainly() {
        let message = refusal("17.2", Some(15));
        assert!(message.contains("made by PostgreSQL 15"), "{message}");
        assert!(message.contains("only 17 in"), "{message}");
        assert!(refusal("17.2", Some(12)).contains("pg_upgrade"));
    }

    #[test]
    fn the_folder_of_the_clusters_own_version_is_chosen() {
        let [old, new] = [(); 2].map(|()| tempfile::tempdir().unwrap());
        pretend(old.path(), "15.1", "exit 1");
        pretend(new.path(), "17.1", "exit 1");
        let both = || vec![new.path().to_owned(), old.path().to_owned()];
        assert_eq!(choose(both(), None).unwrap().unwrap().major, 17);
        assert_eq!(choose(both(), Some(15)).unwrap().unwrap().major, 15);
    }

    #[test]
    fn links_to_the_programs_lead_to_their_folder() {
        let [real, links] = [(); 2].map(|()| tempfile::tempdir().unwrap());
        pretend(real.path(), "15.1", "exit 1");
        for name in NEEDED {
            symlink(real.path().join(name), links.path().join(name)).unwrap();
        }
        let found = Programs::find(Some(links.path()), None).unwrap();
        assert_eq!(found.folder, fs::canonicalize(real.path()).unwrap());
    }

    #[test]
    fn a_pg_bin_without_postgresql_is_refused_rather_than_passed_over() {
        let empty = tempfile::tempdir().unwrap();
        let refused = Programs::find(Some(empty.path()), None).unwrap_err();
        assert!(refused.to_string().starts_with("PG_BIN is"), "{refused}");
    }

    #[test]
    fn a_machine_without_postgresql_is_told_how_to_install_it() {
        assert!(choose(Vec::new(), None).unwrap().is_none());
        let message = not_installed().to_string();
        assert!(message.contains("apt-get install postgresql"));
        assert_eq!(message.lines().count(), 1);
    }
}
