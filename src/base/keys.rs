//! The shop's secret keys and what is made from them.

use std::{fs, io::Write, os::unix::fs::OpenOptionsExt, path::Path};

use aes_gcm::{
    Aes256Gcm, Nonce,
    aead::{Aead, KeyInit as _, Payload},
};
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
        // The ring is never empty.
        self.0.first().map_or([0; 64], |key| derive_from(key, purpose))
    }

    /// Encrypts a secret that has to be read again later, with the newest key. `context` says what the secret is of; it is not
    /// kept, and opening with another context fails, so that one secret can't be put in another's place.
    ///
    /// The text is `v1.<key id>.<nonce and ciphertext in hex>`, AES-256-GCM (NIST SP 800-38D) with a random nonce of 96 bits.
    ///
    /// # Errors
    /// The secret is longer than the cipher takes (64 GB).
    pub fn seal(&self, purpose: &str, context: &str, secret: &str) -> anyhow::Result<String> {
        let key = self.0.first().context("the ring is empty")?;
        let (id, cipher) = cipher_of(key, purpose)?;
        let nonce: [u8; NONCE] = rand::rng().random();
        let payload = Payload { msg: secret.as_bytes(), aad: context.as_bytes() };
        let sealed = cipher.encrypt(Nonce::from_slice(&nonce), payload).map_err(|_| anyhow::anyhow!("the secret can't be sealed"))?;
        Ok(format!("v1.{id}.{}{}", hex::encode(nonce), hex::encode(sealed)))
    }

    /// Reads what `seal` made, with whichever key of the ring it was sealed.
    ///
    /// # Errors
    /// Its key is not in the ring any more, or it was changed or is of another purpose or context.
    pub fn open(&self, purpose: &str, context: &str, sealed: &str) -> anyhow::Result<String> {
        let mut parts = sealed.splitn(3, '.');
        let (Some("v1"), Some(id), Some(text)) = (parts.next(), parts.next(), parts.next()) else {
            bail!("this was not sealed by the shop")
        };
        let bytes = hex::decode(text).context("a sealed secret is damaged")?;
        let Some((nonce, ciphertext)) = bytes.split_at_checked(NONCE) else { bail!("a sealed secret is damaged") };
        for key in &self.0 {
            let (known, cipher) = cipher_of(key, purpose)?;
            if known == id {
                let opened = cipher.decrypt(Nonce::from_slice(nonce), Payload { msg: ciphertext, aad: context.as_bytes() });
                return Ok(String::from_utf8(opened.map_err(|_| anyhow::anyhow!("a sealed secret was changed"))?)?);
            }
        }
        bail!(
            "a secret was sealed with a key that is not in the ring any more; put that key back at the end of SECRET_KEYS, or enter the secret anew"
        )
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
}
