//! Carriers' tokens at rest: AES-256-GCM under a key of their own from the shop's ring.

use aes_gcm::{
    Aes256Gcm, KeyInit, Nonce,
    aead::{Aead, AeadCore, OsRng},
};

use crate::base::{Error, Keys, Result};

const PURPOSE: &str = "carrier token";
const NONCE_BYTES: usize = 12;

fn cipher(keys: &Keys) -> Option<Aes256Gcm> {
    Aes256Gcm::new_from_slice(&keys.derive(PURPOSE)[..32]).ok()
}

/// # Errors
/// The cipher can't be made, which does not happen with keys of the right length.
pub fn seal(keys: &Keys, text: &str) -> Result<String> {
    let nonce = Aes256Gcm::generate_nonce(&mut OsRng);
    let sealed = cipher(keys).and_then(|cipher| cipher.encrypt(&nonce, text.as_bytes()).ok());
    let sealed = sealed.ok_or_else(|| Error::internal("a token could not be encrypted"))?;
    Ok(hex::encode([nonce.as_slice(), &sealed].concat()))
}

/// `None`: sealed with another key, or not at all.
pub fn open(keys: &Keys, sealed: &str) -> Option<String> {
    let bytes = hex::decode(sealed).ok()?;
    let (nonce, text) = bytes.split_at_checked(NONCE_BYTES)?;
    String::from_utf8(cipher(keys)?.decrypt(Nonce::from_slice(nonce), text).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    #[test]
    fn a_token_is_read_again_with_the_same_key_only() {
        let keys = |letter: &str| Keys::load(Some(&letter.repeat(40)), Path::new("/nowhere")).unwrap();
        let sealed = seal(&keys("a"), "secret token").unwrap();
        assert!(!sealed.contains("secret"));
        assert_ne!(sealed, seal(&keys("a"), "secret token").unwrap(), "no two look alike");
        assert_eq!(open(&keys("a"), &sealed).as_deref(), Some("secret token"));
        assert_eq!(open(&keys("b"), &sealed), None);
        assert_eq!(open(&keys("a"), "00"), None);
    }
}
