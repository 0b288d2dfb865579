//! Amounts taken apart so that the parts always add up.

use rust_decimal::{Decimal, RoundingStrategy, prelude::ToPrimitive};

/// So many percent of an amount, half up; never more than the amount.
pub fn percent_of(amount: i64, percent: Decimal) -> i64 {
    let exact = Decimal::from(amount) * percent / Decimal::ONE_HUNDRED;
    exact.round_dp_with_strategy(0, RoundingStrategy::MidpointAwayFromZero).to_i64().unwrap_or(amount).clamp(0, amount)
}

/// The share of `some` of `all` units in an amount, half up.
pub fn share_of(amount: i64, some: i64, all: i64) -> i64 {
    let (amount, some, all) = (i128::from(amount), i128::from(some), i128::from(all.max(1)));
    i64::try_from((2 * amount * some + all) / (2 * all)).unwrap_or_default()
}

/// Spreads `total` over the weights by largest remainder: the parts add up to it, and none is more than its weight as long as
/// `total` is not more than all of them. Among equal remainders the greater weight comes first and then the smaller key, so
/// that the order in which things lie in a cart decides nothing.
pub fn spread(total: i64, weights: &[i64], keys: &[i64]) -> Vec<i64> {
    let all: i128 = weights.iter().map(|weight| i128::from(*weight)).sum();
    if all <= 0 {
        return vec![0; weights.len()];
    }
    let exact = |weight: i64| i128::from(total) * i128::from(weight);
    let mut parts: Vec<i64> = weights.iter().map(|weight| i64::try_from(exact(*weight) / all).unwrap_or_default()).collect();
    let missing = usize::try_from(total - parts.iter().sum::<i64>()).unwrap_or_default();
    let mut by_remainder: Vec<usize> = (0..weights.len()).collect();
    by_remainder.sort_by_key(|at| (-(exact(weights[*at]) % all), -weights[*at], keys.get(*at).copied()));
    for at in by_remainder.into_iter().take(missing) {
        parts[at] += 1;
    }
    parts
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_hundred_over_three_is_thirty_four_and_twice_thirty_three() {
        assert_eq!(spread(100, &[5, 5, 5], &[3, 1, 2]), [33, 34, 33]);
        assert_eq!(spread(100, &[0, 0], &[1, 2]), [0, 0]);
        assert_eq!(percent_of(2499, Decimal::new(1075, 2)), 269);
        assert_eq!(percent_of(5, Decimal::TEN), 1, "half up");
        assert_eq!((share_of(100, 1, 3), share_of(100, 3, 3), share_of(1, 1, 2)), (33, 100, 1));
    }

    proptest! {
        #[test]
        fn parts_add_up_and_none_is_more_than_its_weight(weights in prop::collection::vec(0_i64..100_000_000, 1..20), permille in 0_i64..=1000) {
            let total = weights.iter().sum::<i64>() * permille / 1000;
            let keys: Vec<i64> = (0..).take(weights.len()).collect();
            let parts = spread(total, &weights, &keys);
            prop_assert_eq!(parts.iter().sum::<i64>(), total);
            prop_assert!(parts.iter().zip(&weights).all(|(part, weight)| (0..=*weight).contains(part)));
        }
    }
}
