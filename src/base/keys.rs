//! The shop's secret keys and what is made from them.

use std::{fs, io::Write, os::unix::fs::OpenOptionsExt, path::Path};

use anyhow::{Context, bail};
use hmac::{Hmac, KeyInit, Mac};
use rand::RngExt;
use sha2::{Digest, Sha256, Sha512};

/// A ring of keys, newest first. The newest signs and encrypts.
#[derive(Clone)]
pub struct Keys(Vec<String>);

impl Keys {
    /// From the setting (separated by commas) or else from `secret.keys` in the data directory, which is made when missing.
    ///
    /// # Errors
    /// A key is too short, or the file can't be read or made.
    pub fn load(setting: Option<&str>, data_dir: &Path) -> anyhow::Result<Self> {
        match setting {
            Some(text) => Self::parse(text).context("SECRET_KEYS is wrong"),
            None => {
                let path = data_dir.join("secret.keys");
                Self::from_file(&path).with_context(|| format!("{} can't be used; set SECRET_KEYS or mend the file", path.display()))
            }
        }
    }

    fn parse(text: &str) -> anyhow::Result<Self> {
        let ring: Vec<_> = text.split([',', '\n']).map(str::trim).filter(|key| !key.is_empty()).map(str::to_owned).collect();
        if ring.is_empty() || ring.iter().any(|key| key.len() < 32) {
            bail!("give keys of 32 characters at least, separated by commas, the newest first (try: openssl rand -hex 32)");
        }
        Ok(Self(ring))
    }

    fn from_file(path: &Path) -> anyhow::Result<Self> {
        if !path.exists() {
            let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
            writeln!(file, "{}", random_token(48))?;
            file.sync_all()?;
        }
        Self::parse(&fs::read_to_string(path)?)
    }

    /// 64 bytes for one purpose, so that no two uses share a key.
    pub fn derive(&self, purpose: &str) -> [u8; 64] {
        let mut bytes = [0; 64];
        // The ring is never empty and HMAC takes keys of any length, so neither arm can fail in practice.
        if let Some(Ok(mut mac)) = self.0.first().map(|key| Hmac::<Sha512>::new_from_slice(key.as_bytes())) {
            mac.update(purpose.as_bytes());
            bytes.copy_from_slice(&mac.finalize().into_bytes());
        }
        bytes
    }

    /// HMAC-SHA256 of `message` in hex, under the key for `purpose`.
    pub fn sign(&self, purpose: &str, message: &[u8]) -> String {
        Self::sign_with(&self.derive(purpose), message)
    }

    /// HMAC-SHA256 of `message` in hex.
    pub fn sign_with(key: &[u8], message: &[u8]) -> String {
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else { return String::new() };
        mac.update(message);
        hex::encode(mac.finalize().into_bytes())
    }
}

/// Unguessable text of letters and digits (about 5.9 bits each) from the system's random source.
pub fn random_token(length: usize) -> String {
    let mut rng = rand::rng();
    (0..length).map(|_| char::from(rng.sample(rand::distr::Alphanumeric))).collect()
}

/// SHA-256 in hex.
pub fn sha256_hex(bytes: &[u8]) -> String {
    hex::encode(Sha256::digest(bytes))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn keys_are_made_once_and_only_their_owner_may_read_them() {
        let dir = tempfile::tempdir().unwrap();
        let first = Keys::load(None, dir.path()).unwrap();
        let again = Keys::load(None, dir.path()).unwrap();
        assert_eq!(first.derive("x"), again.derive("x"));
        let mode = fs::metadata(dir.path().join("secret.keys")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }

    #[test]
    fn each_purpose_has_a_key_of_its_own() {
        let keys = Keys::parse(&"k".repeat(32)).unwrap();
        assert_ne!(keys.derive("session"), keys.derive("csrf"));
    }

    #[test]
    fn a_short_key_is_refused_with_the_mend() {
        let refusal = Keys::load(Some("short"), Path::new("/nowhere")).err().unwrap();
        assert!(format!("{refusal:#}").contains("openssl rand"));
    }
}
