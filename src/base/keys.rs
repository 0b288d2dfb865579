//! The shop's secret keys and what is made from them.
//!
//! Keys stand in a ring: one seals and signs, all open and check, so that a new key can take over while what the former ones made is
//! still about. The ring may turn while the program runs.

mod file;
mod ring;
mod turning;

use std::{
    path::Path,
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicU64, Ordering},
    },
};

use aes_gcm::{
    Aes256Gcm, Nonce,
    aead::{Aead, KeyInit as _, Payload},
};
use anyhow::{Context, bail};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use chrono::{DateTime, TimeDelta, Utc};
use hmac::{Hmac, KeyInit, Mac};
use rand::RngExt;
use sha2::{Digest, Sha256, Sha512};
use subtle::ConstantTimeEq;

use self::ring::Ring;
pub use self::{
    ring::Kept as KeyKept,
    turning::{Resealed, SealedSecret, retire_in_file, retired_setting, rotate_file, rotate_setting},
};

/// The ring of keys. Cheap to clone; clones turn together.
#[derive(Clone)]
pub struct Keys(Arc<Inner>);

struct Inner {
    ring: RwLock<Arc<Ring>>,
    /// How often it turned.
    turns: AtomicU64,
}

impl Inner {
    fn take(&self, ring: Ring) {
        *self.ring.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(ring);
        self.turns.fetch_add(1, Ordering::Release);
    }
}

impl Keys {
    /// From the setting (separated by commas) or else from `secret.keys` in the data directory, which is made when missing and read
    /// again within five seconds when it changes.
    ///
    /// # Errors
    /// A key is too short, or the file can't be read or made.
    pub fn load(setting: Option<&str>, data_dir: &Path) -> anyhow::Result<Self> {
        match setting {
            Some(text) => Self::parse(text).context("SECRET_KEYS is wrong"),
            None => {
                let path = turning::keys_file(data_dir);
                let ring = file::read_or_make(&path);
                let ring = ring.with_context(|| format!("{} can't be used; set SECRET_KEYS or mend the file", path.display()))?;
                let keys = Self::of(ring);
                file::follow(&path, Arc::downgrade(&keys.0));
                Ok(keys)
            }
        }
    }

    fn parse(text: &str) -> anyhow::Result<Self> {
        Ring::parse(text).map(Self::of)
    }

    fn of(ring: Ring) -> Self {
        Self(Arc::new(Inner { ring: RwLock::new(Arc::new(ring)), turns: AtomicU64::new(0) }))
    }

    fn ring(&self) -> Arc<Ring> {
        self.0.ring.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Rises when the ring turns, for those who keep what they opened.
    pub fn turns(&self) -> u64 {
        self.0.turns.load(Ordering::Acquire)
    }

    /// The key that seals and signs now.
    fn newest(&self) -> String {
        let ring = self.ring();
        ring.iter().nth(ring.sealing(Utc::now())).map(|key| key.secret.clone()).unwrap_or_default()
    }

    /// 64 bytes for one purpose, so that no two uses share a key.
    fn derive(&self, purpose: &str) -> [u8; 64] {
        derive_from(&self.newest(), purpose)
    }

    /// Encrypts a secret that has to be read again later, with the newest key. `context` says what the secret is of; it is not
    /// kept, and opening with another context fails, so that one secret can't be put in another's place.
    ///
    /// The text is `v1.<key id>.<nonce and ciphertext in hex>`, AES-256-GCM (NIST SP 800-38D) with a random nonce of 96 bits.
    ///
    /// # Errors
    /// The secret is longer than the cipher takes (64 GB).
    pub fn seal(&self, purpose: &str, context: &str, secret: &str) -> anyhow::Result<String> {
        let (id, sealed) = self.encrypted(purpose, context, secret)?;
        Ok(format!("v1.{id}.{}", hex::encode(sealed)))
    }

    /// As `seal`, a third shorter, for what travels: base64url (RFC 4648, 5) in place of hex.
    ///
    /// # Errors
    /// As for `seal`.
    pub fn seal_short(&self, purpose: &str, context: &str, secret: &str) -> anyhow::Result<String> {
        let (id, sealed) = self.encrypted(purpose, context, secret)?;
        Ok(format!("v1.{id}.{}", BASE64_URL_SAFE_NO_PAD.encode(sealed)))
    }

    fn encrypted(&self, purpose: &str, context: &str, secret: &str) -> anyhow::Result<(String, Vec<u8>)> {
        let (id, cipher) = cipher_of(&self.newest(), purpose)?;
        let nonce: [u8; NONCE] = rand::rng().random();
        let payload = Payload { msg: secret.as_bytes(), aad: context.as_bytes() };
        let sealed = cipher.encrypt(Nonce::from_slice(&nonce), payload).map_err(|_| anyhow::anyhow!("the secret can't be sealed"))?;
        Ok((id, [&nonce[..], &sealed].concat()))
    }

    /// Reads what `seal` made, with whichever key of the ring it was sealed.
    ///
    /// # Errors
    /// Its key is not in the ring any more, or it was changed or is of another purpose or context.
    pub fn open(&self, purpose: &str, context: &str, sealed: &str) -> anyhow::Result<String> {
        let (id, text) = parts(sealed)?;
        self.decrypted(purpose, context, id, &hex::decode(text).context("a sealed secret is damaged")?)
    }

    /// Reads what `seal_short` made.
    ///
    /// # Errors
    /// As for `open`.
    pub fn open_short(&self, purpose: &str, context: &str, sealed: &str) -> anyhow::Result<String> {
        let (id, text) = parts(sealed)?;
        self.decrypted(purpose, context, id, &BASE64_URL_SAFE_NO_PAD.decode(text).context("a sealed secret is damaged")?)
    }

    fn decrypted(&self, purpose: &str, context: &str, id: &str, bytes: &[u8]) -> anyhow::Result<String> {
        let Some((nonce, ciphertext)) = bytes.split_at_checked(NONCE) else { bail!("a sealed secret is damaged") };
        for key in self.ring().iter() {
            let (known, cipher) = cipher_of(&key.secret, purpose)?;
            if known == id {
                let opened = cipher.decrypt(Nonce::from_slice(nonce), Payload { msg: ciphertext, aad: context.as_bytes() });
                return Ok(String::from_utf8(opened.map_err(|_| anyhow::anyhow!("a sealed secret was changed"))?)?);
            }
        }
        bail!(
            "a secret was sealed with a key that is not in the ring any more; put that key back at the end of SECRET_KEYS, or enter the secret anew"
        )
    }

    /// Whether this was sealed with the key that seals now. Says nothing about whether it can be opened.
    pub fn is_newest(&self, purpose: &str, sealed: &str) -> bool {
        let newest = cipher_of(&self.newest(), purpose).map(|(id, _)| id);
        parts(sealed).is_ok_and(|(id, _)| newest.is_ok_and(|newest| newest == id))
    }

    /// Where in the ring the key stands that sealed this.
    fn place_of(&self, purpose: &str, sealed: &str) -> Option<usize> {
        let (id, _) = parts(sealed).ok()?;
        self.ring().iter().position(|key| cipher_of(&key.secret, purpose).is_ok_and(|(known, _)| known == id))
    }

    /// HMAC-SHA256 of `message` in hex, under the newest key for `purpose`.
    pub fn sign(&self, purpose: &str, message: &[u8]) -> String {
        Self::sign_with(&self.derive(purpose), message)
    }

    /// Whether `given` is what `sign` made of this with any key of the ring. Takes as long whichever it is.
    pub fn signs(&self, purpose: &str, message: &[u8], given: &str) -> bool {
        let ring = self.ring();
        let right = |secret: &str| Self::sign_with(&derive_from(secret, purpose), message);
        ring.iter().fold(false, |known, key| known | bool::from(right(&key.secret).as_bytes().ct_eq(given.as_bytes())))
    }

    /// As `sign` with the oldest key, which a new one does not change.
    pub fn sign_lasting(&self, purpose: &str, message: &[u8]) -> String {
        let oldest = self.ring().iter().last().map(|key| key.secret.clone()).unwrap_or_default();
        Self::sign_with(&derive_from(&oldest, purpose), message)
    }

    /// HMAC-SHA256 of `message` in hex.
    pub fn sign_with(key: &[u8], message: &[u8]) -> String {
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else { return String::new() };
        mac.update(message);
        hex::encode(mac.finalize().into_bytes())
    }

    /// What becomes of each key, the newest first, when those of no use are taken away; `None`: it goes. `life`: how long cookies are
    /// kept; zero takes all former keys away. `at_rest`: purposes and texts that are sealed in the database.
    pub fn fates<'a>(
        &self,
        now: DateTime<Utc>,
        life: TimeDelta,
        at_rest: impl Iterator<Item = (&'a str, &'a str)>,
    ) -> Vec<Option<KeyKept>> {
        let places: Vec<_> = at_rest.filter_map(|(purpose, sealed)| self.place_of(purpose, sealed)).collect();
        self.ring().fates(now, life, &places)
    }
}

/// The id of the key and the text that it sealed.
fn parts(sealed: &str) -> anyhow::Result<(&str, &str)> {
    let mut parts = sealed.splitn(3, '.');
    let (Some("v1"), Some(id), Some(text)) = (parts.next(), parts.next(), parts.next()) else { bail!("this was not sealed by the shop") };
    Ok((id, text))
}

/// Bytes of a nonce.
const NONCE: usize = 12;

fn derive_from(key: &str, purpose: &str) -> [u8; 64] {
    let mut bytes = [0; 64];
    // HMAC takes keys of any length, so this can't fail in practice.
    if let Ok(mut mac) = Hmac::<Sha512>::new_from_slice(key.as_bytes()) {
        mac.update(purpose.as_bytes());
        bytes.copy_from_slice(&mac.finalize().into_bytes());
    }
    bytes
}

/// A cipher for one purpose, and a name of its key that tells nothing about the key.
fn cipher_of(key: &str, purpose: &str) -> anyhow::Result<(String, Aes256Gcm)> {
    let bytes = derive_from(key, &format!("seal: {purpose}"));
    let id = sha256_hex(&bytes[32..])[..8].to_owned();
    Ok((id, Aes256Gcm::new_from_slice(&bytes[..32]).map_err(|_| anyhow::anyhow!("the key has a wrong length"))?))
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
    use std::{fs, os::unix::fs::PermissionsExt};

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

    fn ring(keys: &[char]) -> Keys {
        Keys::parse(&keys.iter().map(|key| key.to_string().repeat(32)).collect::<Vec<_>>().join(",")).unwrap()
    }

    #[test]
    fn a_sealed_secret_opens_for_its_own_purpose_and_context_only() {
        let keys = ring(&['k']);
        let sealed = keys.seal("payments", "stripe/secret_key", "sk_test_1").unwrap();
        assert!(!sealed.contains("sk_test") && !sealed.contains(&hex::encode("sk_test")));
        assert_eq!(keys.open("payments", "stripe/secret_key", &sealed).unwrap(), "sk_test_1");
        assert!(keys.open("payments", "paypal/secret_key", &sealed).is_err());
        assert!(keys.open("mail", "stripe/secret_key", &sealed).is_err());
        assert_ne!(sealed, keys.seal("payments", "stripe/secret_key", "sk_test_1").unwrap(), "a new nonce each time");
    }

    #[test]
    fn a_new_key_keeps_older_secrets_readable_until_the_older_key_goes() {
        let sealed = ring(&['a']).seal("payments", "x", "secret").unwrap();
        assert_eq!(ring(&['b', 'a']).open("payments", "x", &sealed).unwrap(), "secret");
        assert!(ring(&['b']).open("payments", "x", &sealed).unwrap_err().to_string().contains("not in the ring"));
    }

    #[test]
    fn a_secret_that_was_changed_or_is_none_does_not_open() {
        let keys = ring(&['k']);
        let sealed = keys.seal("payments", "x", "secret").unwrap();
        let last = if sealed.ends_with('0') { "1" } else { "0" };
        let changed = format!("{}{last}", &sealed[..sealed.len() - 1]);
        for text in [changed.as_str(), "", "v1", "v1.abc", "v2.abc.00", "v1.abc.zz", "v1.abc.00"] {
            assert!(keys.open("payments", "x", text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_short_key_is_refused_with_the_mend() {
        let refusal = Keys::load(Some("short"), Path::new("/nowhere")).err().unwrap();
        assert!(format!("{refusal:#}").contains("openssl rand"));
    }

    #[test]
    fn what_was_sealed_short_opens_short_and_no_other_way() {
        let keys = ring(&['k']);
        let sealed = keys.seal_short("cookie", "session", "{}").unwrap();
        assert_eq!(keys.open_short("cookie", "session", &sealed).unwrap(), "{}");
        assert!(keys.open_short("cookie", "__Host-session", &sealed).is_err() && keys.open("cookie", "session", &sealed).is_err());
        assert!(sealed.len() < keys.seal("cookie", "session", "{}").unwrap().len());
    }

    #[test]
    fn every_key_of_the_ring_checks_and_only_the_newest_signs() {
        let (former, turned) = (ring(&['a']), ring(&['b', 'a']));
        let signed = former.sign("form", b"x");
        assert!(turned.signs("form", b"x", &signed) && turned.signs("form", b"x", &turned.sign("form", b"x")));
        assert_ne!(turned.sign("form", b"x"), signed);
        assert!(!ring(&['b']).signs("form", b"x", &signed), "its key has gone");
        assert!(!turned.signs("form", b"y", &signed) && !turned.signs("other", b"x", &signed) && !turned.signs("form", b"x", ""));
        assert_eq!(turned.sign_lasting("form", b"x"), signed, "the oldest stays the same");
    }

    #[test]
    fn a_turned_ring_knows_what_is_not_sealed_with_its_newest_key() {
        let (former, turned) = (ring(&['a']), ring(&['b', 'a']));
        let sealed = former.seal("payments", "x", "secret").unwrap();
        assert!(former.is_newest("payments", &sealed) && !turned.is_newest("payments", &sealed));
        assert!(!former.is_newest("mail", &sealed), "of another purpose");
        let fate = |at_rest: &str| turned.fates(Utc::now(), TimeDelta::zero(), [("payments", at_rest)].into_iter())[1];
        assert_eq!((fate(&sealed), fate("")), (Some(KeyKept::AtRest), None));
    }
}
