//! The ring of secret keys as text: which key seals from when on, and which may go.

use anyhow::{Context, bail};
use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};

/// One of the shop's secrets.
#[derive(Clone, PartialEq, Eq)]
pub struct Key {
    pub secret: String,
    /// It seals and signs from then on, and opens before; `None`: it always has.
    pub from: Option<DateTime<Utc>>,
}

/// Keys, the newest first. Never empty.
#[derive(Clone, PartialEq, Eq)]
pub struct Ring(Vec<Key>);

/// Why a former key stays in the ring.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    /// The one that seals now, or one that will.
    Seals,
    /// Cookies that it sealed may still be about.
    Young,
    /// Nothing says when the next one took over from it.
    Unknown,
    /// A secret in the database is sealed with it.
    AtRest,
}

impl Ring {
    /// Keys separated by commas or lines, each with ` @ ` and the moment from which it seals, or without.
    ///
    /// # Errors
    /// A key is too short, or a moment is none.
    pub fn parse(text: &str) -> anyhow::Result<Self> {
        let keys = text.split([',', '\n']).map(str::trim).filter(|key| !key.is_empty()).map(Key::parse);
        let keys = keys.collect::<anyhow::Result<Vec<_>>>()?;
        if keys.is_empty() || keys.iter().any(|key| key.secret.len() < 32) {
            bail!("give keys of 32 characters at least, separated by commas, the newest first (try: openssl rand -hex 32)");
        }
        Ok(Self(keys))
    }

    /// The same keys with a new one in front, which seals from `from` on.
    #[must_use]
    pub fn turned(&self, secret: String, from: DateTime<Utc>) -> Self {
        let newest = Key { secret, from: Some(from) };
        Self(std::iter::once(newest).chain(self.0.iter().cloned()).collect())
    }

    /// The same keys with a new one at the end: it opens, and seals nothing.
    #[must_use]
    pub fn with_spare(&self, secret: String) -> Self {
        Self(self.0.iter().cloned().chain([Key { secret, from: None }]).collect())
    }

    /// The same keys with a new one in front that seals at once.
    #[must_use]
    pub fn with_newest(&self, secret: String) -> Self {
        Self(std::iter::once(Key { secret, from: None }).chain(self.0.iter().cloned()).collect())
    }

    /// Where the key stands that seals now: the newest whose time has come, else the oldest.
    pub fn sealing(&self, now: DateTime<Utc>) -> usize {
        let ready = self.0.iter().position(|key| key.from.is_none_or(|from| from <= now));
        ready.unwrap_or(self.0.len() - 1)
    }

    pub fn iter(&self) -> std::slice::Iter<'_, Key> {
        self.0.iter()
    }

    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// What becomes of each key when those that are of no use are taken away: `None`, it goes. A key is of no use when nothing at rest
    /// is sealed with it and the next one took over longer ago than `life`, for which cookies are kept.
    pub fn fates(&self, now: DateTime<Utc>, life: TimeDelta, at_rest: &[usize]) -> Vec<Option<Kept>> {
        let sealing = self.sealing(now);
        let fate = |place: usize| match place.checked_sub(1).map(|next| self.0[next].from) {
            _ if place <= sealing => Some(Kept::Seals),
            _ if at_rest.contains(&place) => Some(Kept::AtRest),
            None | Some(None) if life > TimeDelta::zero() => Some(Kept::Unknown),
            Some(Some(taken_over)) if taken_over + life > now => Some(Kept::Young),
            _ => None,
        };
        (0..self.0.len()).map(fate).collect()
    }

    /// The keys that stay by these fates.
    #[must_use]
    pub fn kept(&self, fates: &[Option<Kept>]) -> Self {
        Self(self.0.iter().zip(fates).filter(|(_, fate)| fate.is_some()).map(|(key, _)| key.clone()).collect())
    }

    /// As `parse` reads it, with this between the keys.
    pub fn written(&self, between: &str) -> String {
        self.0.iter().map(Key::written).collect::<Vec<_>>().join(between)
    }
}

impl Key {
    fn parse(text: &str) -> anyhow::Result<Self> {
        let Some((secret, from)) = text.split_once(" @ ") else { return Ok(Self { secret: text.to_owned(), from: None }) };
        let from =
            DateTime::parse_from_rfc3339(from.trim()).context("what follows a key's @ must be a moment such as 2026-11-22T04:10:00Z")?;
        Ok(Self { secret: secret.trim().to_owned(), from: Some(from.to_utc()) })
    }

    fn written(&self) -> String {
        let Some(from) = self.from else { return self.secret.clone() };
        format!("{} @ {}", self.secret, from.to_rfc3339_opts(SecondsFormat::Secs, true))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIFE: TimeDelta = TimeDelta::days(60);

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    fn secret(letter: &str) -> String {
        letter.repeat(32)
    }

    #[test]
    fn what_is_written_is_read_again() {
        let text = format!("{} @ 2026-11-22T04:10:00Z\n{}", secret("b"), secret("a"));
        let ring = Ring::parse(&text).unwrap();
        assert_eq!(ring.written("\n"), text);
        assert!(Ring::parse(&ring.written(", ")).unwrap() == ring);
    }

    #[test]
    fn a_new_key_seals_from_its_moment_on() {
        let ring = Ring::parse(&secret("a")).unwrap().turned(secret("b"), at("2026-11-22T04:10:00Z"));
        assert_eq!(ring.sealing(at("2026-11-22T04:09:59Z")), 1);
        assert_eq!(ring.sealing(at("2026-11-22T04:10:00Z")), 0);
        let early = Ring::parse(&format!("{} @ 2026-11-22T04:10:00Z", secret("b"))).unwrap();
        assert_eq!(early.sealing(at("2020-01-01T00:00:00Z")), 0, "one key seals whatever the clock says");
    }

    #[test]
    fn a_moment_that_is_none_is_refused_with_an_example() {
        let refusal = Ring::parse(&format!("{} @ tomorrow", secret("a"))).err().unwrap();
        assert!(format!("{refusal:#}").contains("2026-11-22T04:10:00Z"));
    }

    #[test]
    fn a_key_goes_when_its_cookies_are_over_and_nothing_at_rest_needs_it() {
        let ring = Ring::parse(&secret("a")).unwrap().turned(secret("b"), at("2026-01-01T00:00:00Z"));
        let ring = ring.turned(secret("c"), at("2026-03-01T00:00:00Z")).turned(secret("d"), at("2026-05-01T00:00:00Z"));
        let now = at("2026-04-01T00:00:00Z");
        assert_eq!(ring.fates(now, LIFE, &[]), [Some(Kept::Seals), Some(Kept::Seals), Some(Kept::Young), None]);
        assert_eq!(ring.fates(now, LIFE, &[3])[3], Some(Kept::AtRest));
        assert_eq!(ring.fates(now, TimeDelta::zero(), &[]), [Some(Kept::Seals), Some(Kept::Seals), None, None], "at once");
        let left = ring.kept(&ring.fates(now, LIFE, &[]));
        assert_eq!(left.iter().map(|key| key.secret.clone()).collect::<Vec<_>>(), [secret("d"), secret("c"), secret("b")]);
    }

    #[test]
    fn a_key_of_which_nobody_knows_when_it_was_followed_stays() {
        let ring = Ring::parse(&format!("{},{}", secret("b"), secret("a"))).unwrap();
        assert_eq!(ring.fates(at("2030-01-01T00:00:00Z"), LIFE, &[]), [Some(Kept::Seals), Some(Kept::Unknown)]);
        assert_eq!(ring.fates(at("2030-01-01T00:00:00Z"), TimeDelta::zero(), &[]), [Some(Kept::Seals), None]);
    }
}
