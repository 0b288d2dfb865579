//! `ironmonger keys`: how the ring of secret keys turns.

use std::fmt;

use anyhow::Result;
use chrono::{SecondsFormat, TimeDelta};

use super::start::{Foundation, data_dir};
use crate::{
    accounts,
    base::{Conn, KeyKept, Resealed, SealedSecret, Settings, db_now, retire_in_file, retired_setting, rotate_file, rotate_setting},
    payments, shipping,
    web::SESSION_DAYS,
};

/// Puts a new key into the ring, and tells what is left to do. `now`: it seals at once, for a shop with one server.
///
/// # Errors
/// There is no file of keys, or it can't be written; the setting is wrong.
pub fn rotate(settings: &Settings, now: bool) -> Result<String> {
    let settings = settings.clone().without_empty();
    if let Some(setting) = &settings.secret_keys {
        let [first, second] = rotate_setting(setting)?;
        return Ok(format!(
            "SECRET_KEYS is a setting, so give it to the servers yourself, in two steps.\n\n\
             1. Restart all of them with this; they can then read what the new key seals:\nSECRET_KEYS={first}\n\n\
             2. When all run with it, restart them with this; they then seal with the new key:\nSECRET_KEYS={second}\n\n\
             Afterwards run: ironmonger keys reseal"
        ));
    }
    let from = rotate_file(&data_dir(&settings.data_dir)?, now)?.to_rfc3339_opts(SecondsFormat::Secs, true);
    Ok(format!("The ring has a new key. Servers read it within five seconds; it seals from {from} on.\nThen run: ironmonger keys reseal"))
}

/// Seals anew, with the newest key, what is stored in the database.
///
/// # Errors
/// The database can't be read or written.
pub async fn reseal(foundation: &Foundation) -> Result<Resealed> {
    let mut all = Resealed::default();
    for reseal in [payments::reseal, shipping::reseal, accounts::reseal] {
        let keys = foundation.keys.clone();
        all += foundation.db.write(move |conn| reseal(conn, &keys)).await?;
    }
    Ok(all)
}

/// What became of the ring.
pub struct Retired {
    fates: Vec<Option<KeyKept>>,
    /// To be given to the servers, where the ring is a setting.
    setting: Option<String>,
}

/// Takes keys away that seal nothing any more: no cookie that is still kept, and nothing in the database. `now`: also those whose
/// cookies are still about, which ends these sessions.
///
/// # Errors
/// The database can't be read, or the file of keys not be written.
pub async fn retire(foundation: &Foundation, now: bool) -> Result<Retired> {
    let (secrets, at) = foundation.db.read(|conn| Ok((at_rest(conn)?, db_now(conn)?))).await?;
    let life = if now { TimeDelta::zero() } else { TimeDelta::days(SESSION_DAYS) };
    let fates = foundation.keys.fates(at, life, secrets.iter().map(|secret| (secret.purpose, secret.sealed.as_str())));
    let goes = fates.contains(&None);
    let setting = match &foundation.settings.secret_keys {
        Some(setting) if goes => Some(retired_setting(setting, &fates)?),
        None if goes => retire_in_file(&foundation.data_dir, &fates).map(|()| None)?,
        _ => None,
    };
    Ok(Retired { fates, setting })
}

fn at_rest(conn: &mut Conn) -> crate::base::Result<Vec<SealedSecret>> {
    Ok([payments::sealed_secrets(conn)?, shipping::sealed_secrets(conn)?, accounts::sealed_secrets(conn)?].concat())
}

impl fmt::Display for Retired {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let gone = self.fates.iter().filter(|fate| fate.is_none()).count();
        for (place, fate) in self.fates.iter().enumerate() {
            let words = match fate {
                Some(KeyKept::Seals) => "stays: it seals, or will",
                Some(KeyKept::Young) => "stays: cookies that it sealed may still be about",
                Some(KeyKept::Unknown) => "stays: nothing says when the next one took over",
                Some(KeyKept::AtRest) => "stays: secrets in the database are sealed with it (ironmonger keys reseal)",
                None => "goes",
            };
            writeln!(f, "key {} of {}: {words}", place + 1, self.fates.len())?;
        }
        match &self.setting {
            Some(setting) => write!(f, "Restart the servers with this:\nSECRET_KEYS={setting}"),
            None if gone == 0 => write!(f, "Nothing to take away."),
            None => write!(f, "Taken away: {gone}."),
        }
    }
}
