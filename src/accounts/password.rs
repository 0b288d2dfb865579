//! Passwords: argon2id, on a blocking thread, a few at a time.

use std::{sync::LazyLock, time::Duration};

use argon2::{Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version, password_hash::phc::PasswordHash};
use tokio::sync::Semaphore;

use crate::base::{Error, Result};

/// Each hash takes 19 MiB; so many at once bound what a flood of sign-ins can take.
static GATE: Semaphore = Semaphore::const_new(4);

/// How long somebody waits for their turn before the page says to try again.
const WAIT: Duration = Duration::from_secs(5);

/// OWASP's Password Storage Cheat Sheet: m = 19456 KiB, t = 2, p = 1.
static ARGON: LazyLock<Argon2<'static>> = LazyLock::new(|| Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::default()));

/// Compared against when an address has no account, so that the answer takes as long as for one that has.
static NOBODY: LazyLock<String> = LazyLock::new(|| hash_now("nobody's password").unwrap_or_default());

/// The PHC string to store.
pub async fn hash(password: String) -> Result<String> {
    blocking(move || hash_now(&password)).await
}

/// Whether `password` is the one behind `stored`. `None` (no account) takes as long and is never right.
pub async fn verify(password: String, stored: Option<String>) -> Result<bool> {
    blocking(move || {
        let known = stored.is_some();
        let text = stored.unwrap_or_else(|| NOBODY.clone());
        let hash = PasswordHash::new(&text).map_err(|error| Error::internal(format!("a stored password hash: {error}")))?;
        Ok(ARGON.verify_password(password.as_bytes(), &hash).is_ok() && known)
    })
    .await
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    let Ok(Ok(_permit)) = tokio::time::timeout(WAIT, GATE.acquire()).await else { return Err(Error::Unavailable) };
    tokio::task::spawn_blocking(work).await.map_err(|error| Error::Internal(error.into()))?
}

fn hash_now(password: &str) -> Result<String> {
    let hash = ARGON.hash_password(password.as_bytes()).map_err(|error| Error::internal(format!("argon2: {error}")))?;
    Ok(hash.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_the_right_password_opens_and_nobody_s_never_does() {
        let stored = hash("correct horse".into()).await.unwrap();
        assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{stored}");
        assert!(verify("correct horse".into(), Some(stored.clone())).await.unwrap());
        assert!(!verify("wrong horse".into(), Some(stored)).await.unwrap());
        assert!(!verify("nobody's password".into(), None).await.unwrap());
    }
}
