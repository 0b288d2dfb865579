//! Codes of an authenticator app (RFC 6238) and recovery codes.

use anyhow::Context;
use chrono::{DateTime, Utc};
use totp_rs::{Builder, Secret, Totp};

/// Characters of a recovery code, without its hyphens.
const LENGTH: usize = 24;

/// Letters and digits that nobody mistakes for each other: 32, so that 24 of them hold 120 bits.
const LETTERS: &[u8; 32] = b"ABCDEFGHJKLMNPQRSTUVWXYZ23456789";

/// A new secret for an app, 160 bits as RFC 4226 recommends, in Base32.
pub fn new_seed() -> String {
    Secret::generate().to_base32()
}

/// What an app reads from the picture. `account` and `shop` are shown in the app.
///
/// # Errors
/// The seed is no Base32 of 128 bits at least.
pub fn enrolment(seed: &str, account: &str, shop: &str) -> anyhow::Result<String> {
    // A colon divides the two in the address (Key URI Format), so none may stand in them.
    let (account, shop) = (account.replace(':', " "), shop.replace(':', " "));
    let totp = builder(seed)?.with_account_name(account).with_issuer(Some(shop)).build().context("the seed of a second factor")?;
    totp.to_url().context("the address of a second factor")
}

/// The step of 30 seconds whose code this is, when it is one of now, of the step before or of the one after: clocks differ.
///
/// # Errors
/// The seed is no Base32 of 128 bits at least.
pub fn matched_step(seed: &str, code: &str, now: DateTime<Utc>) -> anyhow::Result<Option<i64>> {
    let totp: Totp = builder(seed)?.build().context("the seed of a second factor")?;
    let seconds = u64::try_from(now.timestamp()).unwrap_or_default();
    Ok(totp.check(code, seconds).and_then(|step| i64::try_from(step).ok()))
}

/// SHA-1, six digits, 30 seconds: what all apps can.
fn builder(seed: &str) -> anyhow::Result<Builder> {
    let secret = Secret::try_from_base32(seed).map_err(|_| anyhow::anyhow!("the seed of a second factor is damaged"))?;
    Ok(Builder::new().with_secret(secret).with_skew(1))
}

/// A code as it was typed, without the blanks by which apps show it in groups; `None` when it is no six digits.
pub fn plain_code(typed: &str) -> Option<String> {
    let digits: String = typed.chars().filter(|letter| !letter.is_whitespace()).collect();
    (digits.len() == 6 && digits.bytes().all(|digit| digit.is_ascii_digit())).then_some(digits)
}

/// Shown in groups of six. `random`: as many bytes as a code has letters, from the system's source.
pub fn new_recovery_code(random: [u8; LENGTH]) -> String {
    let letters = random.map(|byte| char::from(LETTERS[usize::from(byte) % LETTERS.len()]));
    letters.chunks(6).map(|group| group.iter().collect::<String>()).collect::<Vec<_>>().join("-")
}

/// As its hash is made: capitals, no hyphens, no blanks.
pub fn tidy_recovery_code(typed: &str) -> String {
    typed.chars().filter(char::is_ascii_alphanumeric).map(|letter| letter.to_ascii_uppercase()).collect()
}

pub fn is_recovery_code(tidy: &str) -> bool {
    tidy.len() == LENGTH && tidy.bytes().all(|letter| LETTERS.contains(&letter))
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    /// "12345678901234567890", of RFC 6238, appendix B, whose codes have eight digits: the last six are those of six.
    const SEED: &str = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(seconds, 0).unwrap()
    }

    #[test]
    fn codes_are_those_of_the_standard_s_table() {
        for (seconds, code) in [(59, "287082"), (1_111_111_109, "081804"), (1_234_567_890, "005924"), (2_000_000_000, "279037")] {
            assert_eq!(matched_step(SEED, code, at(seconds)).unwrap(), Some(seconds / 30), "{code}");
        }
    }

    #[test]
    fn a_code_holds_for_its_step_and_the_ones_beside_it() {
        let made = 1_111_111_109;
        for (late, right) in [(-60, false), (-30, true), (0, true), (30, true), (60, false)] {
            assert_eq!(matched_step(SEED, "081804", at(made + late)).unwrap().is_some(), right, "{late}");
        }
        assert_eq!(matched_step(SEED, "081805", at(made)).unwrap(), None);
    }

    #[test]
    fn a_code_is_typed_with_blanks_or_without() {
        assert_eq!(plain_code(" 123 456 ").as_deref(), Some("123456"));
        for wrong in ["", "12345", "1234567", "12345a", "１２３４５６"] {
            assert_eq!(plain_code(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn an_app_is_told_whose_seed_it_is() {
        let address = enrolment(&new_seed(), "annie@example.com", "Harrow & Pike: tools").unwrap();
        assert!(address.starts_with("otpauth://totp/") && address.contains("annie%40example.com"), "{address}");
        assert!(address.contains("issuer=Harrow"), "{address}");
    }

    #[test]
    fn recovery_codes_are_readable_and_differ() {
        let codes: HashSet<_> = (0..100).map(|_| new_recovery_code(rand::random())).collect();
        assert_eq!(codes.len(), 100);
        for code in codes {
            assert_eq!(code.len(), 27, "{code}");
            assert!(is_recovery_code(&tidy_recovery_code(&code.to_lowercase())), "{code}");
        }
        assert!(!is_recovery_code("ABC") && !is_recovery_code(&"0".repeat(24)));
    }
}
