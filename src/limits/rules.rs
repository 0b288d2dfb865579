//! The doors' limits, all in one table, and what counts as a burst.

use super::model::{Door, Limit};
use crate::base::WATCHED;

const MINUTE: u32 = 60;
const HOUR: u32 = 60 * MINUTE;
const DAY: u32 = 24 * HOUR;

impl Door {
    /// For one address, whoever stands behind it. A wide one where a whole office may share it, since each of its people has a
    /// limit of their own besides.
    pub fn by_address(self) -> Limit {
        let (most, within) = match self {
            Self::SignIn | Self::Code | Self::Proof => (20, 10 * MINUTE),
            Self::SignUp | Self::Reset | Self::SignInLink => (10, HOUR),
            Self::Coupon | Self::GiftCard | Self::OrderLookup => (10, 10 * MINUTE),
            Self::Place => (60, 10 * MINUTE),
            Self::Review | Self::Alert | Self::Wishlist | Self::Newsletter | Self::Export => (30, HOUR),
        };
        Limit { door: self, most, within }
    }

    /// For one account, e-mail address or order's number, wherever it is tried from.
    pub fn by_person(self) -> Limit {
        let (most, within) = match self {
            Self::SignIn | Self::Coupon | Self::GiftCard => (10, 10 * MINUTE),
            Self::SignUp | Self::Reset | Self::SignInLink => (3, HOUR),
            Self::Code | Self::Proof => (5, 10 * MINUTE),
            Self::OrderLookup => (5, HOUR),
            Self::Place => (20, 10 * MINUTE),
            Self::Review => (5, DAY),
            Self::Alert => (50, DAY),
            Self::Wishlist => (200, DAY),
            Self::Newsletter => (3, DAY),
            Self::Export => (2, DAY),
        };
        Limit { door: self, most, within }
    }

    /// For all together, where somebody with many addresses could guess money.
    pub fn by_all(self) -> Option<Limit> {
        (self == Self::GiftCard).then_some(Limit { door: self, most: 3000, within: 10 * MINUTE })
    }
}

/// Events that may be an attack, how many within ten minutes are a burst, and what the owners read. What a forgetful customer or a
/// curious robot does in passing stays below.
pub const BURSTS: [(&str, i64, &str); WATCHED.len()] = [
    ("sign_in_failed", 100, "Sign-ins with a wrong password"),
    ("throttled", 200, "Requests that were refused because they came too often"),
    ("refused", 100, "Pages and buttons refused to people who may not use them"),
    ("proof_failed", 20, "Wrong passwords at a page that asked again who it is"),
    ("second_factor_failed", 20, "Wrong codes of a second factor"),
    ("webhook_refused", 20, "Messages to the shop that no payment provider had signed"),
    ("csrf_refused", 50, "Forms that did not come from a page of the shop"),
    ("host_refused", 1000, "Requests for the shop by a name that is not its own"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_door_has_a_limit_by_address_and_by_person() {
        for door in Door::ALL {
            for limit in [door.by_address(), door.by_person()].into_iter().chain(door.by_all()) {
                assert!(limit.door == *door && limit.most > 0 && limit.within >= 600, "{limit:?}");
            }
        }
    }

    #[test]
    fn what_is_written_of_limits_and_events_is_what_the_program_does() {
        let written = include_str!("../../docs/walls.md");
        let said = |limit: Limit| format!("{} in {} s", limit.most, limit.within);
        for door in Door::ALL {
            let row = format!("| {door} | {} | {} |", said(door.by_address()), said(door.by_person()));
            assert!(written.contains(&row), "{row}");
        }
        assert!(Door::GiftCard.by_all().is_some_and(|all| written.contains(&said(all))));
        for (event, most, words) in BURSTS {
            let row = format!("| {event} | {most} | {words} |");
            assert!(written.contains(&row), "{row}");
        }
    }

    #[test]
    fn each_event_that_is_counted_can_become_a_burst() {
        assert_eq!(BURSTS.map(|(event, ..)| event), WATCHED);
    }

    #[test]
    fn who_shares_an_address_has_more_tries_together_than_one_alone() {
        for door in [Door::SignIn, Door::Code, Door::Proof, Door::SignUp, Door::Reset, Door::Place] {
            assert!(door.by_address().most >= 2 * door.by_person().most, "{door}");
        }
    }
}
