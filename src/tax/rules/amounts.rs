//! Tax of amounts: exact until it is rounded, once, half up and away from zero; then split so that the parts add up.

use rust_decimal::{Decimal, RoundingStrategy, prelude::ToPrimitive};

use crate::tax::model::{Basis, Rate};

/// The rates due on one class at one place and time, the first to be reckoned first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Due(Vec<Part>);

/// One rate among them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    pub label: String,
    /// Percent, as entered.
    pub rate: Decimal,
    /// The part of a net amount that it takes; a compound rate takes some of the others' too.
    pub share: Decimal,
}

impl Due {
    /// Rates with their priorities in order.
    pub fn new<'a>(rates: impl IntoIterator<Item = &'a Rate>) -> Self {
        let mut parts: Vec<Part> = vec![];
        for rate in rates {
            let before: Decimal = parts.iter().map(|part| part.share).sum();
            let share = rate.rate / Decimal::ONE_HUNDRED;
            let share = if rate.compound { share * (Decimal::ONE + before) } else { share };
            parts.push(Part { label: rate.label.clone(), rate: rate.rate.normalize(), share });
        }
        Self(parts)
    }

    pub fn parts(&self) -> &[Part] {
        &self.0
    }

    /// All rates together, as a part of the net amount.
    pub fn share(&self) -> Decimal {
        self.0.iter().map(|part| part.share).sum()
    }

    /// What an amount's tax is to be divided by: within a gross amount is `gross × share ÷ (1 + all shares)`, on top of a net one
    /// `net × share`.
    pub fn divisor(&self, basis: Basis) -> Decimal {
        match basis {
            Basis::Net => Decimal::ONE,
            Basis::Gross => Decimal::ONE + self.share(),
        }
    }

    /// Minor units of tax within or on top of an amount.
    pub fn of(&self, amount: i64, basis: Basis) -> i64 {
        rounded(Decimal::from(amount) * self.share() / self.divisor(basis))
    }
}

/// Whole minor units, half up, away from zero.
pub fn rounded(exact: Decimal) -> i64 {
    exact.round_dp_with_strategy(0, RoundingStrategy::MidpointAwayFromZero).to_i64().unwrap_or(0)
}

/// Splits `total` near these exact parts, each still to be divided by `divisor`, by largest remainder, so that the whole parts add
/// up to it. Of equal remainders the larger part comes first, then the earlier one. `total` must be the parts' sum, rounded up or
/// down at most once each.
pub fn split(total: i64, exact: &[Decimal], divisor: Decimal) -> Vec<i64> {
    let mut parts: Vec<i64> = exact.iter().map(|part| (part / divisor).floor().to_i64().unwrap_or(0)).collect();
    let mut order: Vec<usize> = (0..exact.len()).collect();
    // Not of the quotients: thirds have an end there, and a later one the larger the part is.
    let remainders: Vec<Decimal> = exact.iter().zip(&parts).map(|(part, whole)| part - Decimal::from(*whole) * divisor).collect();
    order.sort_by(|a, b| remainders[*b].cmp(&remainders[*a]).then(exact[*b].cmp(&exact[*a])));
    let left = total - parts.iter().sum::<i64>();
    for at in order.into_iter().take(usize::try_from(left).unwrap_or(0)) {
        parts[at] += 1;
    }
    parts
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::base::{TaxRateId, TaxZoneId};

    pub fn rate(percent: &str, priority: i32, compound: bool) -> Rate {
        Rate {
            id: TaxRateId(0),
            zone_id: TaxZoneId(0),
            tax_class: "standard".into(),
            label: format!("Tax {percent}%"),
            rate: percent.parse().unwrap(),
            priority,
            compound,
            starts_on: None,
            ends_on: None,
        }
    }

    fn due(percents: &[&str]) -> Due {
        Due::new(&percents.iter().map(|percent| rate(percent, 1, false)).collect::<Vec<_>>())
    }

    #[test]
    fn the_tax_within_a_price_is_rounded_half_up_to_the_minor_unit() {
        assert_eq!(due(&["20"]).of(2495, Basis::Gross), 416);
        assert_eq!(due(&["20"]).of(3, Basis::Gross), 1);
        assert_eq!(due(&["10.75"]).of(3412, Basis::Gross), 331);
        assert_eq!(due(&["8.875"]).of(1000, Basis::Gross), 82);
        assert_eq!(due(&["0"]).of(999, Basis::Gross), 0);
        assert_eq!(due(&[]).of(999, Basis::Net), 0);
    }

    #[test]
    fn a_compound_rate_is_due_on_the_rates_before_it_too() {
        let both = Due::new(&[rate("5", 1, false), rate("10", 2, true)]);
        assert_eq!(both.of(10_000, Basis::Net), 1550);
        let added = Due::new(&[rate("5", 1, false), rate("10", 2, false)]);
        assert_eq!(added.of(10_000, Basis::Net), 1500);
    }

    #[test]
    fn of_equal_remainders_the_larger_part_comes_first_also_where_no_decimal_holds_them() {
        let thirds = [Decimal::from(4), Decimal::from(31), Decimal::from(1)];
        assert_eq!(split(12, &thirds, Decimal::from(3)), [1, 11, 0], "one and a third, ten and a third, a third");
    }

    proptest! {
        #[test]
        fn tax_is_never_negative_nor_more_than_a_gross_amount(amount in 0_i64..1_000_000_000_000, percent in 0_i64..1_000_000) {
            let due = due(&[&Decimal::new(percent, 4).to_string()]);
            let within = due.of(amount, Basis::Gross);
            prop_assert!((0..=amount).contains(&within));
            prop_assert!(within <= due.of(amount, Basis::Net));
        }

        #[test]
        fn parts_add_up_and_are_within_one_unit_of_the_exact(cents in prop::collection::vec(0_i64..10_000_000, 1..20)) {
            let exact: Vec<_> = cents.iter().map(|part| Decimal::new(*part, 2)).collect();
            let total = rounded(exact.iter().sum());
            let parts = split(total, &exact, Decimal::ONE);
            prop_assert_eq!(parts.iter().sum::<i64>(), total);
            for (part, exact) in parts.iter().zip(&exact) {
                prop_assert!((Decimal::from(*part) - exact).abs() < Decimal::ONE);
            }
        }
    }
}
