//! The file of keys: made when missing, replaced whole, read again when it changes.

use std::{
    fs,
    io::Write,
    os::unix::fs::{MetadataExt, OpenOptionsExt, chown},
    path::Path,
    sync::Weak,
    thread,
    time::{Duration, SystemTime},
};

use anyhow::{Context, Result};

use super::{Inner, random_token, ring::Ring};

/// How often the file is looked at.
const LOOK: Duration = Duration::from_secs(2);

/// Characters of a key that is made here.
pub const LENGTH: usize = 48;

/// Reads the file, or makes one with one key.
pub fn read_or_make(path: &Path) -> Result<Ring> {
    if !path.exists() {
        let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
        writeln!(file, "{}", random_token(LENGTH))?;
        file.sync_all()?;
    }
    read(path)
}

fn read(path: &Path) -> Result<Ring> {
    Ring::parse(&fs::read_to_string(path)?)
}

/// Writes the file anew from what stands in it: whole or not at all, readable for its owner alone, one who writes at a time.
///
/// # Errors
/// The file can't be read or written, somebody else is writing it, or what `change` says.
pub fn replace(path: &Path, change: impl FnOnce(Ring) -> Result<Ring>) -> Result<()> {
    let new = path.with_extension("keys.new");
    let opened = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&new);
    let file = opened.with_context(|| format!("{} can't be made; if no other command is at work on the keys, remove it", new.display()))?;
    let replaced = write(path, file, change).and_then(|()| Ok(fs::rename(&new, path)?));
    if replaced.is_err() {
        let _ = fs::remove_file(&new);
    }
    replaced.with_context(|| format!("{} was left as it was", path.display()))
}

fn write(path: &Path, mut file: fs::File, change: impl FnOnce(Ring) -> Result<Ring>) -> Result<()> {
    let ring = change(read(path)?)?;
    writeln!(file, "{}", ring.written("\n"))?;
    // The one who runs this may be another than the one who serves.
    let (was, is) = (fs::metadata(path)?, file.metadata()?);
    if (was.uid(), was.gid()) != (is.uid(), is.gid()) {
        chown(path.with_extension("keys.new"), Some(was.uid()), Some(was.gid()))?;
    }
    Ok(file.sync_all()?)
}

/// When and what was written, as far as it tells two files apart; `None`: it is not there.
type Written = Option<(SystemTime, u64, u64)>;

fn written(path: &Path) -> Written {
    let about = fs::metadata(path).ok()?;
    Some((about.modified().ok()?, about.len(), about.ino()))
}

/// Looks at the file until nobody uses the keys any more.
pub fn follow(path: &Path, keys: Weak<Inner>) {
    let (path, mut seen) = (path.to_owned(), written(path));
    thread::spawn(move || {
        loop {
            thread::sleep(LOOK);
            let Some(keys) = keys.upgrade() else { return };
            let now = written(&path);
            if now == seen {
                continue;
            }
            seen = now;
            match read(&path) {
                Ok(ring) => {
                    keys.take(ring);
                    tracing::info!("the secret keys were read anew");
                }
                Err(error) => tracing::warn!(error = format!("{error:#}"), "the former secret keys are kept"),
            }
        }
    });
}
