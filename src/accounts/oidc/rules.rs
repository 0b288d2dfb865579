//! What of a provider's answer is believed (OpenID Connect Core 1.0, 3.1.3.7).

use chrono::{DateTime, TimeDelta, Utc};
use openidconnect::{
    ClaimsVerificationError, Nonce, SignatureVerificationError,
    core::{CoreIdToken, CoreIdTokenClaims, CoreIdTokenVerifier, CoreJwsSigningAlgorithm},
};

use super::model::Told;

/// By so much the provider's clock and ours may differ.
const SKEW: TimeDelta = TimeDelta::seconds(60);

/// So long after somebody was sent to the provider its answer is waited for.
const PATIENCE: TimeDelta = TimeDelta::minutes(10);

/// Signatures with a provider's public key, at 2048 bits of RSA or on P-256. None at all, and those with the shop's own password as
/// the key, are not among them (RFC 8725, 3.1).
const ALGORITHMS: [CoreJwsSigningAlgorithm; 3] =
    [CoreJwsSigningAlgorithm::RsaSsaPkcs1V15Sha256, CoreJwsSigningAlgorithm::RsaSsaPssSha256, CoreJwsSigningAlgorithm::EcdsaP256Sha256];

/// Values of `amr` that stand for more than a password (RFC 8176, 2).
const STRONG: [&str; 2] = ["mfa", "otp"];

/// Longest name that an account may have.
const NAME: usize = 100;

/// Why an answer is not believed.
#[derive(Debug, PartialEq, Eq)]
pub enum Untrusted {
    /// It is signed with a key that was not known when the provider was last looked up.
    NewKey,
    /// In words, for the log.
    Wrong(String),
}

/// What an answer must fit.
#[derive(Clone, Copy, Debug)]
pub struct Expected<'a> {
    pub client_id: &'a str,
    pub nonce: &'a str,
    /// By the database's clock.
    pub now: DateTime<Utc>,
}

/// Whether the answer came while it was waited for. `sent_at`: Unix seconds.
pub fn is_answer_in_time(sent_at: i64, now: DateTime<Utc>) -> bool {
    (0..=PATIENCE.num_seconds()).contains(&(now.timestamp() - sent_at))
}

/// Whether somebody has shown at the provider, after they were sent there for that, who they are. `sent_at`: Unix seconds.
pub fn is_proof(told: &Told, sent_at: i64) -> bool {
    told.shown_at.is_some_and(|shown| shown.timestamp() >= sent_at - SKEW.num_seconds())
}

/// What the token tells, once its signature, issuer, audience, times and nonce are right. `verifier`: of the provider's issuer and keys.
///
/// # Errors
/// Why it is not believed.
pub fn believe(token: &CoreIdToken, verifier: CoreIdTokenVerifier<'_>, expected: Expected<'_>) -> Result<Told, Untrusted> {
    let now = expected.now;
    let verifier = verifier
        .set_allowed_algs(ALGORITHMS)
        .set_time_fn(move || now - SKEW)
        .set_issue_time_verifier_fn(move |issued| is_of_now(issued, now));
    let claims = token.claims(&verifier, &Nonce::new(expected.nonce.to_owned())).map_err(untrusted)?;
    // The crate leaves this one to its callers: with one audience only, a token for somebody else must not pass for ours.
    if claims.authorized_party().is_some_and(|party| party.as_str() != expected.client_id) {
        return Err(Untrusted::Wrong("it was issued to another party".to_owned()));
    }
    told(claims)
}

fn is_of_now(issued: DateTime<Utc>, now: DateTime<Utc>) -> Result<(), String> {
    if issued > now + SKEW {
        return Err("it is from the future".to_owned());
    }
    if issued < now - PATIENCE - SKEW { Err("it is old".to_owned()) } else { Ok(()) }
}

fn untrusted(error: ClaimsVerificationError) -> Untrusted {
    match error {
        ClaimsVerificationError::SignatureVerification(SignatureVerificationError::NoMatchingKey) => Untrusted::NewKey,
        ClaimsVerificationError::SignatureVerification(cause) => Untrusted::Wrong(cause.to_string()),
        other => Untrusted::Wrong(other.to_string()),
    }
}

fn told(claims: &CoreIdTokenClaims) -> Result<Told, Untrusted> {
    let subject = claims.subject().as_str().to_owned();
    let is_plain = subject.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic());
    if subject.is_empty() || subject.len() > 255 || !is_plain {
        return Err(Untrusted::Wrong("its subject is none".to_owned()));
    }
    let methods = claims.auth_method_refs().map(Vec::as_slice).unwrap_or_default();
    Ok(Told {
        subject,
        email: claims.email().map(|email| email.as_str().to_owned()),
        is_email_verified: claims.email_verified() == Some(true),
        name: claims.name().and_then(|name| name.get(None)).map(|name| shortened(name.as_str())).unwrap_or_default(),
        is_strong: methods.iter().any(|method| STRONG.contains(&method.as_str())),
        shown_at: claims.auth_time(),
    })
}

/// A name as an account may have it: on one line, and not longer.
pub fn shortened(name: &str) -> String {
    let words: Vec<&str> = name.split(|c: char| c.is_control() || c.is_whitespace()).filter(|word| !word.is_empty()).collect();
    words.join(" ").chars().take(NAME).collect::<String>().trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use openidconnect::{
        Audience, ClientId, EmptyAdditionalClaims, IssuerUrl, JsonWebKeyId, JsonWebKeySet, PrivateSigningKey, StandardClaims,
        SubjectIdentifier,
        core::{CoreEdDsaPrivateSigningKey, CoreIdTokenVerifier},
    };

    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn now() -> DateTime<Utc> {
        at("2026-11-22T09:00:00Z")
    }

    fn told_at(shown_at: Option<DateTime<Utc>>) -> Told {
        Told { subject: "7".into(), email: None, is_email_verified: false, name: String::new(), is_strong: false, shown_at }
    }

    #[test]
    fn an_answer_is_waited_for_ten_minutes() {
        let sent = now().timestamp();
        for (seconds, is_in_time) in [(0, true), (600, true), (601, false), (-1, false)] {
            assert_eq!(is_answer_in_time(sent, now() + TimeDelta::seconds(seconds)), is_in_time, "{seconds}");
        }
    }

    #[test]
    fn who_showed_who_they_are_before_they_were_asked_has_proved_nothing() {
        let sent = now().timestamp();
        assert!(is_proof(&told_at(Some(now())), sent));
        assert!(is_proof(&told_at(Some(now() - SKEW)), sent), "clocks differ");
        assert!(!is_proof(&told_at(Some(now() - SKEW - TimeDelta::seconds(1))), sent));
        assert!(!is_proof(&told_at(None), sent), "the provider did not say when");
    }

    #[test]
    fn a_token_is_neither_of_the_future_nor_old() {
        for (seconds, is_right) in [(0, true), (60, true), (61, false), (-660, true), (-661, false)] {
            assert_eq!(is_of_now(now() + TimeDelta::seconds(seconds), now()).is_ok(), is_right, "{seconds}");
        }
    }

    #[test]
    fn a_name_is_one_line_of_a_hundred_characters() {
        assert_eq!(shortened("  Annie\n\tPreece "), "Annie Preece");
        assert_eq!(shortened(&"é".repeat(200)).chars().count(), 100);
        assert_eq!(shortened("\u{7}\r\n"), "");
    }

    /// Signed rightly, by an algorithm that is not among ours.
    #[test]
    fn a_signature_of_another_algorithm_is_not_looked_at() {
        // The example of RFC 8410, 10.3.
        let pem =
            "-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEINTuctv5E1hK1bbY8fdp+K06/nwoy/HU++CXqI9EdVhC\n-----END PRIVATE KEY-----";
        let key = CoreEdDsaPrivateSigningKey::from_ed25519_pem(pem, Some(JsonWebKeyId::new("1".into()))).unwrap();
        let (client, issuer) = (ClientId::new("shop".into()), IssuerUrl::new("https://id.example".into()).unwrap());
        let claims = CoreIdTokenClaims::new(
            issuer.clone(),
            vec![Audience::new("shop".into())],
            now() + TimeDelta::minutes(5),
            now(),
            StandardClaims::new(SubjectIdentifier::new("7".into())),
            EmptyAdditionalClaims {},
        );
        let token =
            CoreIdToken::new(claims.set_nonce(Some(Nonce::new("n".into()))), &key, CoreJwsSigningAlgorithm::EdDsa, None, None).unwrap();
        let verifier = CoreIdTokenVerifier::new_public_client(client, issuer, JsonWebKeySet::new(vec![key.as_verification_key()]));
        let refusal = believe(&token, verifier, Expected { client_id: "shop", nonce: "n", now: now() }).unwrap_err();
        assert!(matches!(refusal, Untrusted::Wrong(words) if words.contains("EdDSA")));
    }
}
