use super::{
    gateway::Standing,
    model::{AttemptState, LedgerEntry, PaymentState, Position, Summary},
};
use crate::base::{Currency, Money};

/// What an attempt becomes when its gateway tells where it stands; `None`: nothing new.
///
/// Messages come late, twice and in any order, so this only ever climbs: the state of the highest rank that was told stays, and
/// sums are the highest that were told. Money that came is a fact, so a capture counts even after a failure was told, and
/// nothing takes a capture back but a refund. Authorised after failed or voided stays failed: what is set aside and not taken
/// lapses by itself, so nobody loses money by it.
pub fn next(before: Position, standing: &Standing) -> Option<Position> {
    let mut after = before;
    match standing {
        Standing::Pending => {}
        Standing::Authorised { amount, until } => {
            after = climb(before, AttemptState::Authorised);
            after.authorised = before.authorised.max(amount.minor);
            after.until = before.until.max(*until);
        }
        Standing::Captured { amount } if amount.minor > 0 => {
            after = climb(before, AttemptState::Captured);
            after.captured = before.captured.max(amount.minor);
        }
        Standing::Captured { .. } => {}
        Standing::Failed { .. } => after = ended(before, AttemptState::Failed),
        Standing::Voided => after = ended(before, AttemptState::Voided),
        Standing::Expired => after = ended(before, AttemptState::Expired),
    }
    (after != before).then_some(after)
}

fn climb(before: Position, to: AttemptState) -> Position {
    let state = if rank(to) > rank(before.state) { to } else { before.state };
    Position { state, ..before }
}

/// Nothing more will be captured, whatever came before.
fn ended(before: Position, to: AttemptState) -> Position {
    Position { is_closed: true, ..climb(before, to) }
}

fn rank(state: AttemptState) -> u8 {
    match state {
        AttemptState::Pending => 0,
        AttemptState::Authorised => 1,
        AttemptState::Failed => 2,
        AttemptState::Expired => 3,
        AttemptState::Voided => 4,
        AttemptState::Captured => 5,
    }
}

/// How the ledger notes what was told of a payment in `currency`.
pub fn entry(standing: &Standing, currency: Currency) -> LedgerEntry<'_> {
    let (kind, money, detail) = match standing {
        Standing::Pending => ("pending", None, ""),
        Standing::Authorised { amount, .. } if amount.currency != currency => ("foreign_currency", Some(*amount), "authorised"),
        Standing::Captured { amount } if amount.currency != currency => ("foreign_currency", Some(*amount), "captured"),
        Standing::Authorised { amount, .. } => ("authorised", Some(*amount), ""),
        Standing::Captured { amount } => ("captured", Some(*amount), ""),
        Standing::Failed { reason } => ("failed", None, reason.as_str()),
        Standing::Voided => ("voided", None, ""),
        Standing::Expired => ("expired", None, ""),
    };
    LedgerEntry { kind, money, detail }
}

/// Money in another currency than was asked for. It is noted and shown to staff, and never counted.
pub fn foreign(standing: &Standing, currency: Currency) -> Option<Money> {
    match standing {
        Standing::Authorised { amount, .. } | Standing::Captured { amount } if amount.currency != currency => Some(*amount),
        _ => None,
    }
}

/// Why an attempt came to nothing, for the shopper.
pub fn failure(standing: &Standing) -> Option<&str> {
    match standing {
        Standing::Failed { reason } => Some(reason),
        Standing::Expired => Some("The payment was not made in time"),
        Standing::Voided => Some("The payment was called off"),
        _ => None,
    }
}

/// How an order's payment stands as a whole. `total` in minor units, like the summary.
///
/// An order of which a part was paid through a gateway is never failed but due: it is kept, whatever becomes of further tries.
pub fn payment_state(total: i64, money: &Summary) -> PaymentState {
    // Money that went back since it was not owed any more has nothing to say.
    let (owed, refunded) = (money.owed(), money.refunded - money.corrected);
    let kept = owed - refunded;
    let has_part = owed > money.by_credit || money.authorised > 0;
    match () {
        () if owed < total && owed + money.authorised >= total => PaymentState::Authorised,
        () if owed < total && money.failed > 0 && money.pending == 0 && !has_part => PaymentState::Failed,
        () if owed < total => PaymentState::Due,
        () if refunded > 0 && kept == 0 => PaymentState::Refunded,
        () if kept > total => PaymentState::Overcharged,
        () if refunded > 0 && kept < total => PaymentState::PartlyRefunded,
        () => PaymentState::Paid,
    }
}

#[cfg(test)]
mod tests {
    use chrono::{TimeZone, Utc};
    use proptest::prelude::*;

    use super::*;

    const START: Position = Position { state: AttemptState::Pending, authorised: 0, until: None, captured: 0, is_closed: false };

    fn pounds(minor: i64) -> Money {
        Money::new(minor, Currency::parse("GBP").unwrap())
    }

    fn captured(minor: i64) -> Standing {
        Standing::Captured { amount: pounds(minor) }
    }

    fn authorised(minor: i64) -> Standing {
        Standing::Authorised { amount: pounds(minor), until: None }
    }

    fn failed() -> Standing {
        Standing::Failed { reason: "declined".into() }
    }

    fn after(told: &[Standing]) -> Position {
        told.iter().fold(START, |position, standing| next(position, standing).unwrap_or(position))
    }

    #[test]
    fn a_capture_counts_whenever_it_is_told_and_nothing_takes_it_back() {
        for before in [Standing::Pending, authorised(100), failed(), Standing::Voided, Standing::Expired] {
            let position = after(&[before.clone(), captured(100)]);
            assert_eq!((position.state, position.captured), (AttemptState::Captured, 100), "{before:?}");
            let position = after(&[captured(100), before.clone()]);
            assert_eq!((position.state, position.captured), (AttemptState::Captured, 100), "{before:?}");
        }
    }

    #[test]
    fn a_failure_ends_an_attempt_and_pending_says_nothing_new() {
        assert_eq!(after(&[failed()]).state, AttemptState::Failed);
        assert_eq!(next(after(&[failed()]), &failed()), None);
        assert_eq!(next(START, &Standing::Pending), None);
        assert_eq!(next(START, &captured(0)), None, "nothing captured is nothing");
    }

    #[test]
    fn captures_in_parts_add_up_to_the_highest_truth_told() {
        let parts = after(&[authorised(100), captured(40), captured(100), captured(40)]);
        assert_eq!((parts.authorised, parts.captured), (100, 100));
    }

    #[test]
    fn what_is_let_go_of_after_a_part_leaves_the_part() {
        let position = after(&[authorised(100), captured(40), Standing::Voided]);
        assert_eq!(position, Position { state: AttemptState::Captured, authorised: 100, until: None, captured: 40, is_closed: true });
    }

    fn any_standing() -> impl Strategy<Value = Standing> {
        let until = proptest::option::of(0_i64..3).prop_map(|days| days.map(|days| Utc.timestamp_opt(days * 86_400, 0).unwrap()));
        prop_oneof![
            Just(Standing::Pending),
            (1_i64..4, until).prop_map(|(part, until)| Standing::Authorised { amount: pounds(part * 50), until }),
            (0_i64..4).prop_map(|part| captured(part * 50)),
            Just(failed()),
            Just(Standing::Voided),
            Just(Standing::Expired),
        ]
    }

    proptest! {
        #[test]
        fn every_order_of_events_with_duplicates_has_one_end(
            (told, shuffled) in proptest::collection::vec(any_standing(), 1..7).prop_flat_map(|told| {
                let twice: Vec<_> = told.iter().chain(&told).cloned().collect();
                (Just(told), Just(twice).prop_shuffle())
            })
        ) {
            prop_assert_eq!(after(&told), after(&shuffled));
        }

        #[test]
        fn no_event_takes_an_attempt_back(told in proptest::collection::vec(any_standing(), 1..9)) {
            let mut before = START;
            for standing in &told {
                let after = next(before, standing).unwrap_or(before);
                prop_assert!(rank(after.state) >= rank(before.state) && after.captured >= before.captured);
                prop_assert!(after.authorised >= before.authorised && after.is_closed >= before.is_closed);
                before = after;
            }
        }

        #[test]
        fn never_more_is_captured_than_the_gateway_says(told in proptest::collection::vec(any_standing(), 1..9)) {
            let most = told.iter().map(|standing| if let Standing::Captured { amount } = standing { amount.minor } else { 0 }).max();
            prop_assert_eq!(Some(after(&told).captured), most);
        }
    }

    #[test]
    fn money_in_a_foreign_currency_is_noted_as_such() {
        let pounds = Currency::parse("GBP").unwrap();
        let yen = Standing::Captured { amount: Money::new(100, Currency::parse("JPY").unwrap()) };
        assert_eq!(entry(&yen, pounds).kind, "foreign_currency");
        assert_eq!(foreign(&yen, pounds).map(|money| money.minor), Some(100));
        assert_eq!((entry(&captured(100), pounds).kind, foreign(&captured(100), pounds)), ("captured", None));
    }

    #[test]
    fn an_order_s_payment_follows_from_its_sums() {
        let money = |captured, refunded, pending, failed| Summary { captured, refunded, pending, failed, ..Summary::default() };
        for (summary, state) in [
            (money(0, 0, 0, 0), PaymentState::Due),
            (money(0, 0, 0, 1), PaymentState::Failed),
            (money(0, 0, 1, 1), PaymentState::Due),
            (money(60, 0, 0, 0), PaymentState::Due),
            (money(100, 0, 0, 1), PaymentState::Paid),
            (money(200, 0, 0, 0), PaymentState::Overcharged),
            (money(200, 100, 0, 0), PaymentState::Paid),
            (money(100, 40, 0, 0), PaymentState::PartlyRefunded),
            (money(100, 100, 0, 0), PaymentState::Refunded),
        ] {
            assert_eq!(payment_state(100, &summary), state, "{summary:?}");
        }
        assert_eq!(payment_state(0, &money(0, 0, 0, 0)), PaymentState::Paid);
    }

    #[test]
    fn an_order_is_authorised_when_what_is_set_aside_covers_what_is_not_captured() {
        let money = |captured, authorised| Summary { captured, authorised, pending: 1, ..Summary::default() };
        assert_eq!(payment_state(100, &money(0, 100)), PaymentState::Authorised);
        assert_eq!(payment_state(100, &money(40, 60)), PaymentState::Authorised);
        assert_eq!(payment_state(100, &money(0, 60)), PaymentState::Due);
        assert_eq!(payment_state(100, &money(100, 0)), PaymentState::Paid);
    }

    #[test]
    fn an_order_that_is_partly_paid_is_due_and_not_failed_whatever_tries_came_to_nothing() {
        let failed = Summary { failed: 2, ..Summary::default() };
        for (summary, state) in [
            (Summary { captured: 60, ..failed }, PaymentState::Due),
            (Summary { authorised: 60, ..failed }, PaymentState::Due),
            (Summary { captured: 60, by_credit: 20, ..failed }, PaymentState::Due),
            // A gift card alone keeps no order: the rest was tried and refused.
            (Summary { captured: 60, by_credit: 60, ..failed }, PaymentState::Failed),
            (Summary { captured: 60, by_credit: 60, pending: 1, ..failed }, PaymentState::Due),
            // All that came by the gateway was sent back since the total fell.
            (Summary { captured: 60, by_credit: 20, refunded: 40, corrected: 40, ..failed }, PaymentState::Failed),
        ] {
            assert_eq!(payment_state(100, &summary), state, "{summary:?}");
        }
    }

    #[test]
    fn what_goes_back_as_never_owed_counts_from_the_moment_it_is_asked_for() {
        let asked = Summary { captured: 130, refunding: 30, correcting: 30, ..Summary::default() };
        assert_eq!((payment_state(100, &asked), asked.due(110), asked.surplus(100)), (PaymentState::Paid, 10, 0));
        let done = Summary { captured: 130, refunded: 30, corrected: 30, ..Summary::default() };
        assert_eq!((payment_state(100, &done), done.due(110), done.surplus(100)), (PaymentState::Paid, 10, 0));
        let refused = Summary { captured: 130, ..Summary::default() };
        assert_eq!((payment_state(100, &refused), refused.surplus(100)), (PaymentState::Overcharged, 30));
    }
}
