//! Makes a new cluster, whole or not at all.

use std::fs::{self, File};
use std::io::Write;
use std::path::Path;

use anyhow::{Context, Result, ensure};

use super::USER;
use super::layout::{Layout, remove_draft};
use super::programs::Programs;

/// The same sorting on every machine, by code point; no ICU library takes part.
/// macOS has no `C.UTF-8`, and its `C` sorts the same way.
const LOCALE: &str = if cfg!(target_os = "macos") { "C" } else { "C.UTF-8" };

/// Makes the cluster in a draft folder beside its place and moves it there when
/// it is complete: whoever kills the shop in between leaves a draft that the
/// next start sweeps away, and never half a cluster.
///
/// `sync` forces it to the disk; tests do without. The caller holds the lock.
///
/// # Errors
/// Where `initdb` fails, with the end of what it said.
pub(super) fn make(programs: &Programs, layout: &Layout, sync: bool) -> Result<()> {
    layout.sweep_drafts()?;
    let draft = layout.draft();
    layout.account.own_private_folder(&draft)?;
    let made =
        run(programs, layout, &draft, sync).and_then(|()| if sync { suit(&draft) } else { Ok(()) }).and_then(|()| settle(&draft, layout));
    if made.is_err() {
        remove_draft(&draft);
    }
    made
}

/// Runs `initdb` on the empty folder `draft`.
///
/// Every connection is trusted, since only the server's own user and root can
/// come as far as asking: there is no TCP port, and the socket and its folder
/// are closed to everyone else.
fn run(programs: &Programs, layout: &Layout, draft: &Path, sync: bool) -> Result<()> {
    let mut initdb = programs.command("initdb");
    initdb.arg("-D").arg(draft);
    initdb.args(["--encoding=UTF8", "--auth=trust", "--no-instructions"]);
    initdb.arg(format!("--locale={LOCALE}"));
    initdb.arg(format!("--username={USER}"));
    if !sync {
        initdb.arg("--no-sync");
    }
    layout.account.take_on(&mut initdb);
    let output = initdb
        .output()
        .with_context(|| format!("could not run {}: reinstall PostgreSQL or set PG_BIN", initdb.get_program().display(),))?;
    ensure!(
        output.status.success(),
        "initdb could not make the database ({}): {}",
        output.status,
        String::from_utf8_lossy(&output.stderr).trim(),
    );
    Ok(())
}

/// Gives the database more memory than the 128 MB that it takes of itself: an eighth of this machine's, 1 GB at most. Where indexes
/// don't fit, each new row drives pages out that the next one needs again. After each checkpoint pages are written whole to the
/// log, so it comes more seldom. Together places on shelves took a fifth less time, at a million products, and half the log. Whoever
/// runs the shop may change it: it stands in the cluster's own file.
fn suit(draft: &Path) -> Result<()> {
    let file = draft.join("postgresql.conf");
    let Some(memory) = memory().filter(|_| file.exists()) else { return Ok(()) };
    let buffers = ((memory / 8) >> 20).clamp(128, 1024);
    let words = format!(
        "\n# Written by Ironmonger when it made this database; change it as you like.\nshared_buffers = {buffers}MB\nmax_wal_size = 2GB\n"
    );
    let append = || File::options().append(true).open(&file)?.write_all(words.as_bytes());
    append().with_context(|| format!("could not write to {}", file.display()))
}

/// Bytes of memory that this machine has; `None` where Linux does not tell.
fn memory() -> Option<u64> {
    let told = fs::read_to_string("/proc/meminfo").ok()?;
    let line = told.lines().find_map(|line| line.strip_prefix("MemTotal:"))?;
    line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok().map(|kilobytes| kilobytes * 1024)
}

/// Moves the finished `draft` into place, in a way that outlasts a power cut.
fn settle(draft: &Path, layout: &Layout) -> Result<()> {
    let place = &layout.data;
    fs::rename(draft, place).with_context(|| {
        format!(
            "could not move the new database to {}: if a folder is there that holds no database, \
             move it away",
            place.display(),
        )
    })?;
    let home = place.parent().unwrap_or(place);
    File::open(home).and_then(|home| home.sync_all()).with_context(|| format!("could not sync {}", home.display()))
}
