//! How long a sign-in holds, and what a browser is called.

use chrono::{DateTime, TimeDelta, Utc};

use crate::web::Standing;

/// How long sign-ins hold (ASVS 5.0, 7.1.1): so long without use, and so long at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hold {
    pub idle: TimeDelta,
    pub absolute: TimeDelta,
}

/// A customer's carts and orders are worth less than the trouble of signing in at every visit.
const CUSTOMER: Hold = Hold { idle: TimeDelta::days(14), absolute: TimeDelta::days(30) };

/// A day's work, and no longer than a lunch without use.
const STAFF: Hold = Hold { idle: TimeDelta::minutes(60), absolute: TimeDelta::hours(12) };

/// Within this time a second use is not noted.
const NOTED_EVERY: TimeDelta = TimeDelta::minutes(1);

impl Hold {
    pub fn of(is_staff: bool) -> Self {
        if is_staff { STAFF } else { CUSTOMER }
    }

    /// "14 days", "60 minutes".
    fn in_words(time: TimeDelta) -> String {
        match (time.num_days(), time.num_hours(), time.num_minutes()) {
            (2.., _, _) => format!("{} days", time.num_days()),
            (_, 2.., _) => format!("{} hours", time.num_hours()),
            (_, _, minutes) => format!("{minutes} minutes"),
        }
    }

    pub fn idle_in_words(self) -> String {
        Self::in_words(self.idle)
    }

    pub fn absolute_in_words(self) -> String {
        Self::in_words(self.absolute)
    }
}

/// When a sign-in began, was last used and last proved, by the database's clock.
#[derive(Clone, Copy, Debug)]
pub struct Times {
    pub started_at: DateTime<Utc>,
    pub seen_at: DateTime<Utc>,
    pub proved_at: DateTime<Utc>,
}

impl Times {
    /// How it stands; `None`: it is over.
    pub fn standing(self, hold: Hold, now: DateTime<Utc>) -> Option<Standing> {
        let left = (self.started_at + hold.absolute).min(self.seen_at + hold.idle) - now;
        if left <= TimeDelta::zero() {
            return None;
        }
        Some(Standing { proved: now - self.proved_at, left: self.started_at + hold.absolute - now })
    }

    /// Whether this use is worth a write.
    pub fn is_to_be_noted(self, now: DateTime<Utc>) -> bool {
        now - self.seen_at >= NOTED_EVERY
    }
}

/// Programs by what they call themselves, those first that also name others.
const PROGRAMS: [(&str, &str); 13] = [
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("Vivaldi/", "Vivaldi"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("FxiOS/", "Firefox"),
    ("Firefox/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
    ("Lynx/", "Lynx"),
    ("w3m/", "w3m"),
    ("Links", "Links"),
    ("curl/", "curl"),
];

/// Systems likewise: Android calls itself Linux too.
const SYSTEMS: [(&str, &str); 7] = [
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("CrOS", "Chrome OS"),
    ("Windows", "Windows"),
    ("Macintosh", "a Mac"),
    ("Linux", "Linux"),
];

/// What a browser is in words, by its `User-Agent`; empty where that says nothing that we know. Never its own words: they may be long,
/// and may be meant for whoever reads the list.
pub fn device_name(agent: &str) -> String {
    let named = |names: &[(&'static str, &'static str)]| names.iter().find(|(mark, _)| agent.contains(mark)).map(|(_, name)| *name);
    match (named(&PROGRAMS), named(&SYSTEMS)) {
        (Some(program), Some(system)) => format!("{program} on {system}"),
        (Some(program), None) => program.to_owned(),
        (None, Some(system)) => format!("A browser on {system}"),
        (None, None) => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> DateTime<Utc> {
        "2026-11-22T12:00:00Z".parse().unwrap()
    }

    fn times(started: TimeDelta, seen: TimeDelta) -> Times {
        Times { started_at: now() - started, seen_at: now() - seen, proved_at: now() - started }
    }

    #[test]
    fn an_idle_sign_in_ends_and_an_active_one_ends_at_its_age() {
        let holds = |is_staff, started, seen| times(started, seen).standing(Hold::of(is_staff), now()).is_some();
        let (minutes, hours, days) = (TimeDelta::minutes, TimeDelta::hours, TimeDelta::days);
        for (is_staff, started, seen, expected) in [
            (true, hours(11), minutes(59), true),
            (true, hours(11), minutes(60), false),
            (true, hours(12), minutes(0), false),
            (false, days(29), days(13), true),
            (false, days(29), days(14), false),
            (false, days(30), minutes(0), false),
        ] {
            assert_eq!(holds(is_staff, started, seen), expected, "{is_staff} {started} {seen}");
        }
    }

    #[test]
    fn what_is_left_is_told_by_age_and_the_proof_by_its_own_moment() {
        let mut used = times(TimeDelta::hours(11), TimeDelta::minutes(2));
        used.proved_at = now() - TimeDelta::minutes(9);
        let standing = used.standing(Hold::of(true), now()).unwrap();
        assert_eq!((standing.left, standing.proved), (TimeDelta::hours(1), TimeDelta::minutes(9)));
    }

    #[test]
    fn a_use_is_noted_once_a_minute() {
        assert!(!times(TimeDelta::hours(1), TimeDelta::seconds(59)).is_to_be_noted(now()));
        assert!(times(TimeDelta::hours(1), TimeDelta::seconds(60)).is_to_be_noted(now()));
    }

    #[test]
    fn limits_are_said_in_words() {
        let staff = Hold::of(true);
        assert_eq!((staff.idle_in_words(), staff.absolute_in_words()), ("60 minutes".to_owned(), "12 hours".to_owned()));
        assert_eq!(Hold::of(false).idle_in_words(), "14 days");
    }

    #[test]
    fn browsers_are_called_by_their_names() {
        let known = [
            ("Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0", "Firefox on Linux"),
            (
                "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0 Safari/537.36",
                "Chrome on Windows",
            ),
            (
                "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0 Safari/537.36 Edg/142.0",
                "Edge on Windows",
            ),
            (
                "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 Version/18.6 Mobile Safari/604.1",
                "Safari on iPhone",
            ),
            (
                "Mozilla/5.0 (Linux; Android 16) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0 Mobile Safari/537.36",
                "Chrome on Android",
            ),
            ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/18.6 Safari/605.1.15", "Safari on a Mac"),
            ("w3m/0.5.3", "w3m"),
            ("Something (Linux)", "A browser on Linux"),
            ("<b>Your account was closed, call 0900</b>", ""),
            ("", ""),
        ];
        for (agent, name) in known {
            assert_eq!(device_name(agent), name, "{agent}");
        }
    }
}
