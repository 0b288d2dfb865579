//! How the ring turns: a new key comes in, an old one goes.

use std::{
    fmt,
    ops::AddAssign,
    path::{Path, PathBuf},
};

use anyhow::{Context, ensure};
use chrono::{DateTime, TimeDelta, Utc};

use super::{
    Keys, file, random_token,
    ring::{Kept, Ring},
};

/// How long after `rotate` the new key begins to seal: every server has read it by then, whatever its clock says.
const NOTICE: TimeDelta = TimeDelta::minutes(10);

/// The file of keys in this folder.
pub fn keys_file(data_dir: &Path) -> PathBuf {
    data_dir.join("secret.keys")
}

/// Puts a new key into the file of this folder, and tells from when on it seals: servers read the file within five seconds, and meet
/// nothing that they can't read when the key opens some minutes before it seals. `now`: it seals at once.
///
/// # Errors
/// There is no file, or it can't be written.
pub fn rotate_file(data_dir: &Path, now: bool) -> anyhow::Result<DateTime<Utc>> {
    let from = Utc::now() + if now { TimeDelta::zero() } else { NOTICE };
    file::replace(&keys_file(data_dir), |ring| Ok(ring.turned(random_token(file::LENGTH), from)))?;
    Ok(from)
}

/// The two settings by which a new key comes in where the ring is a setting: the first lets all servers open with it, the second has
/// them seal with it.
///
/// # Errors
/// The setting is wrong.
pub fn rotate_setting(setting: &str) -> anyhow::Result<[String; 2]> {
    let (ring, secret) = (Ring::parse(setting).context("SECRET_KEYS is wrong")?, random_token(file::LENGTH));
    Ok([ring.with_spare(secret.clone()).written(","), ring.with_newest(secret).written(",")])
}

/// Takes the keys away that `fates` gave up.
///
/// # Errors
/// The file can't be written, or it turned meanwhile.
pub fn retire_in_file(data_dir: &Path, fates: &[Option<Kept>]) -> anyhow::Result<()> {
    file::replace(&keys_file(data_dir), |ring| {
        ensure!(ring.len() == fates.len(), "the ring turned meanwhile; try again");
        Ok(ring.kept(fates))
    })
}

/// The setting without the keys that `fates` gave up.
///
/// # Errors
/// The setting is wrong.
pub fn retired_setting(setting: &str, fates: &[Option<Kept>]) -> anyhow::Result<String> {
    Ok(Ring::parse(setting)?.kept(fates).written(","))
}

/// A secret as it stands in the database, with what it was sealed for.
#[derive(Clone, Debug)]
pub struct SealedSecret {
    pub purpose: &'static str,
    pub sealed: String,
}

/// What became of secrets that stand in the database.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Resealed {
    /// Sealed anew with the newest key.
    pub anew: usize,
    /// Left as they were: their key is not in the ring any more.
    pub unreadable: usize,
}

impl AddAssign for Resealed {
    fn add_assign(&mut self, more: Self) {
        self.anew += more.anew;
        self.unreadable += more.unreadable;
    }
}

impl fmt::Display for Resealed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sealed anew: {}.", self.anew)?;
        match self.unreadable {
            0 => Ok(()),
            left => write!(f, " Left as they were, since their key is not in the ring: {left}."),
        }
    }
}

impl Resealed {
    /// The secret under the newest key, counted; `None`: nothing is to be written.
    pub fn renew(&mut self, keys: &Keys, purpose: &str, context: &str, sealed: &str) -> Option<String> {
        if sealed.is_empty() || keys.is_newest(purpose, sealed) {
            return None;
        }
        let renewed = keys.open(purpose, context, sealed).and_then(|secret| keys.seal(purpose, context, &secret)).ok();
        match renewed {
            Some(_) => self.anew += 1,
            None => self.unreadable += 1,
        }
        renewed
    }
}

#[cfg(test)]
mod tests {
    use std::{
        fs,
        os::unix::fs::PermissionsExt,
        thread,
        time::{Duration, Instant},
    };

    use super::*;

    #[test]
    fn a_new_key_in_the_file_opens_within_five_seconds_and_seals_from_its_moment_on() {
        let dir = tempfile::tempdir().unwrap();
        let keys = Keys::load(None, dir.path()).unwrap();
        let before = keys.sign("x", b"y");
        let from = rotate_file(dir.path(), false).unwrap();
        assert!(from > Utc::now() + TimeDelta::minutes(9));
        let began = Instant::now();
        while keys.turns() == 0 {
            assert!(began.elapsed() < Duration::from_secs(5), "the file is not read again");
            thread::sleep(Duration::from_millis(50));
        }
        assert_eq!((keys.ring().len(), keys.sign("x", b"y")), (2, before.clone()));
        rotate_file(dir.path(), true).unwrap();
        let other = Keys::load(None, dir.path()).unwrap();
        assert!(other.sign("x", b"y") != before && other.signs("x", b"y", &before));
        let mode = fs::metadata(keys_file(dir.path())).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        assert!(!dir.path().join("secret.keys.new").exists());
    }

    #[test]
    fn two_who_turn_the_ring_at_once_do_not_undo_each_other() {
        let dir = tempfile::tempdir().unwrap();
        Keys::load(None, dir.path()).unwrap();
        let turned = thread::scope(|scope| {
            let turning: Vec<_> = (0..8).map(|_| scope.spawn(|| rotate_file(dir.path(), true).is_ok())).collect();
            turning.into_iter().filter_map(|turning| turning.join().unwrap().then_some(())).count()
        });
        assert_eq!(Keys::load(None, dir.path()).unwrap().ring().len(), 1 + turned);
    }

    #[test]
    fn a_file_that_can_not_be_read_is_left_as_it_was() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(keys_file(dir.path()), "short").unwrap();
        assert!(rotate_file(dir.path(), true).is_err());
        assert_eq!(fs::read_to_string(keys_file(dir.path())).unwrap(), "short");
        assert!(!dir.path().join("secret.keys.new").exists());
    }

    #[test]
    fn a_ring_that_is_a_setting_turns_in_two_steps_whose_servers_read_each_other() {
        let was = "a".repeat(32);
        let [first, second] = rotate_setting(&was).unwrap();
        let rings = [was.as_str(), &first, &second].map(|setting| Keys::parse(setting).unwrap());
        for (one, other) in [(0, 1), (1, 0), (1, 2), (2, 1)] {
            let sealed = rings[one].seal("x", "y", "z").unwrap();
            assert_eq!(rings[other].open("x", "y", &sealed).unwrap(), "z", "{one} and {other}");
        }
        assert!(rings[0].open("x", "y", &rings[2].seal("x", "y", "z").unwrap()).is_err(), "hence two steps");
        let fates = rings[2].fates(Utc::now(), TimeDelta::zero(), std::iter::empty());
        assert_eq!(Keys::parse(&retired_setting(&second, &fates).unwrap()).unwrap().ring().len(), 1);
    }

    #[test]
    fn what_a_former_key_sealed_is_sealed_anew_once_and_what_nobody_can_read_is_left() {
        let ring = |setting: &str| Keys::parse(setting).unwrap();
        let (former, turned) = (ring(&"a".repeat(32)), ring(&format!("{},{}", "b".repeat(32), "a".repeat(32))));
        let (sealed, mut done) = (former.seal("x", "y", "secret").unwrap(), Resealed::default());
        let anew = done.renew(&turned, "x", "y", &sealed).unwrap();
        assert_eq!(ring(&"b".repeat(32)).open("x", "y", &anew).unwrap(), "secret");
        assert_eq!(done.renew(&turned, "x", "y", &anew), None);
        assert_eq!(done.renew(&turned, "x", "y", ""), None, "there is none");
        assert_eq!(done, Resealed { anew: 1, unreadable: 0 });
        assert_eq!(done.renew(&ring(&"c".repeat(32)), "x", "y", &sealed), None);
        assert_eq!(done.unreadable, 1);
    }
}
