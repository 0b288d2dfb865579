use super::{
    gateway::Standing,
    model::{AttemptState, Summary},
};

/// What an attempt becomes when its gateway tells where it stands; `None`: nothing new. Money that came is a fact, so a
/// capture counts even after a failure was told, and nothing takes a capture back but a refund.
pub fn next(state: AttemptState, standing: &Standing) -> Option<AttemptState> {
    match (state, standing) {
        (AttemptState::Captured, _) | (_, Standing::Pending) => None,
        (_, Standing::Captured { .. }) => Some(AttemptState::Captured),
        (AttemptState::Pending | AttemptState::Authorised, Standing::Failed { .. }) => Some(AttemptState::Failed),
        (AttemptState::Failed | AttemptState::Voided, Standing::Failed { .. }) => None,
    }
}

/// How an order's payment stands as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Overall {
    Due,
    Failed,
    Paid,
    Overcharged,
    PartlyRefunded,
    Refunded,
}

/// `total` in minor units, like the summary.
pub fn overall(total: i64, money: &Summary) -> Overall {
    let kept = money.captured - money.refunded;
    match () {
        () if money.captured == 0 && total > 0 && money.failed > 0 && money.pending == 0 => Overall::Failed,
        () if money.captured < total => Overall::Due,
        () if money.refunded > 0 && kept == 0 => Overall::Refunded,
        () if kept > total => Overall::Overcharged,
        () if money.refunded > 0 && kept < total => Overall::PartlyRefunded,
        () => Overall::Paid,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{Currency, Money};

    fn captured() -> Standing {
        Standing::Captured { amount: Money::new(100, Currency::parse("GBP").unwrap()) }
    }

    fn failed() -> Standing {
        Standing::Failed { reason: "declined".into() }
    }

    #[test]
    fn a_capture_counts_whenever_it_is_told_and_nothing_takes_it_back() {
        for before in [AttemptState::Pending, AttemptState::Authorised, AttemptState::Failed, AttemptState::Voided] {
            assert_eq!(next(before, &captured()), Some(AttemptState::Captured), "{before}");
        }
        for told in [captured(), failed(), Standing::Pending] {
            assert_eq!(next(AttemptState::Captured, &told), None);
        }
    }

    #[test]
    fn a_failure_ends_an_attempt_and_pending_says_nothing_new() {
        assert_eq!(next(AttemptState::Pending, &failed()), Some(AttemptState::Failed));
        assert_eq!(next(AttemptState::Failed, &failed()), None);
        assert_eq!(next(AttemptState::Pending, &Standing::Pending), None);
    }

    #[test]
    fn an_order_s_payment_follows_from_its_sums() {
        let money = |captured, refunded, pending, failed| Summary { captured, refunded, refunding: 0, pending, failed };
        assert_eq!(overall(100, &money(0, 0, 0, 0)), Overall::Due);
        assert_eq!(overall(100, &money(0, 0, 0, 1)), Overall::Failed);
        assert_eq!(overall(100, &money(0, 0, 1, 1)), Overall::Due);
        assert_eq!(overall(100, &money(60, 0, 0, 0)), Overall::Due);
        assert_eq!(overall(100, &money(100, 0, 0, 1)), Overall::Paid);
        assert_eq!(overall(100, &money(200, 0, 0, 0)), Overall::Overcharged);
        assert_eq!(overall(100, &money(200, 100, 0, 0)), Overall::Paid);
        assert_eq!(overall(100, &money(100, 40, 0, 0)), Overall::PartlyRefunded);
        assert_eq!(overall(100, &money(100, 100, 0, 0)), Overall::Refunded);
        assert_eq!(overall(0, &money(0, 0, 0, 0)), Overall::Paid);
    }
}
