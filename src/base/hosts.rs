//! The list of hosts that the operator lets the shop ask, beside those that are built in (payment providers, VIES) and those that
//! other settings name (mail, pictures' bucket, database).

use std::{convert::Infallible, str::FromStr, sync::OnceLock};

/// Hosts of other people's that may be asked; `None`: nobody made a list, so any on the public internet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hosts(Option<Vec<String>>);

static LISTED: OnceLock<Hosts> = OnceLock::new();

impl Hosts {
    /// Whether this host is on the list, by itself or below a name that is.
    fn allow(&self, host: &str) -> bool {
        let Some(listed) = &self.0 else { return true };
        let host = host.trim_end_matches('.').to_ascii_lowercase();
        let is_below = |name: &String| host.strip_suffix(name.as_str()).is_some_and(|left| left.is_empty() || left.ends_with('.'));
        listed.iter().any(is_below)
    }

    /// Holds for all that this process asks from now on. Said once, at the start; a second time changes nothing.
    pub fn hold(self) {
        let _ = LISTED.set(self);
    }
}

/// Whether the operator lets the shop ask this host.
pub(super) fn may_be_asked(host: &str) -> bool {
    LISTED.get().is_none_or(|listed| listed.allow(host))
}

impl FromStr for Hosts {
    type Err = Infallible;

    /// `a.example, b.example`; nothing: no list.
    fn from_str(text: &str) -> Result<Self, Infallible> {
        let names = text.split(',').map(|name| name.trim().trim_matches('.').to_ascii_lowercase());
        let names: Vec<_> = names.filter(|name| !name.is_empty()).collect();
        Ok(Self((!names.is_empty()).then_some(names)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_asked_when_it_or_what_it_belongs_to_is_listed() {
        let listed: Hosts = "rates.example.com, .Pictures.Example ,203.0.113.7".parse().unwrap();
        for host in
            ["rates.example.com", "RATES.example.com", "pictures.example", "cdn.pictures.example", "rates.example.com.", "203.0.113.7"]
        {
            assert!(listed.allow(host), "{host}");
        }
        for host in ["example.com", "evilpictures.example", "rates.example.com.evil.example", "203.0.113.70", ""] {
            assert!(!listed.allow(host), "{host}");
        }
        let none: Hosts = " ".parse().unwrap();
        assert!(none.allow("anywhere.example"), "nobody made a list");
    }
}
