use rust_decimal::{Decimal, RoundingStrategy, prelude::ToPrimitive};

use super::model::TaxRate;

/// The rates that hold at one destination.
#[derive(Clone, Debug, Default)]
pub struct Rates(pub Vec<TaxRate>);

impl Rates {
    /// The rate of a class; a state's own goes before its country's. `None`: no tax there, as for goods that are exported.
    pub fn of_class(&self, class: &str) -> Option<&TaxRate> {
        let mut of_class: Vec<_> = self.0.iter().filter(|rate| rate.tax_class == class).collect();
        of_class.sort_by_key(|rate| rate.region.is_empty());
        of_class.first().copied()
    }
}

/// The tax contained in an amount that includes it, both in minor units: `gross − gross ÷ (1 + rate)`, rounded half up,
/// away from zero, once for each line.
pub fn tax_within(gross: i64, rate_percent: Decimal) -> i64 {
    let gross_exact = Decimal::from(gross);
    let hundred = Decimal::ONE_HUNDRED;
    let tax = gross_exact * rate_percent / (hundred + rate_percent);
    tax.round_dp_with_strategy(0, RoundingStrategy::MidpointAwayFromZero).to_i64().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rate(class: &str, region: &str, percent: &str) -> TaxRate {
        let text = |text: &str| text.to_owned();
        TaxRate { tax_class: text(class), country: text("US"), region: text(region), label: text("Tax"), rate: percent.parse().unwrap() }
    }

    #[test]
    fn the_tax_within_a_price_is_rounded_half_up_to_the_minor_unit() {
        assert_eq!(tax_within(2495, "20".parse().unwrap()), 416);
        assert_eq!(tax_within(3, "20".parse().unwrap()), 1);
        assert_eq!(tax_within(3412, "10.75".parse().unwrap()), 331);
        assert_eq!(tax_within(1000, "8.875".parse().unwrap()), 82);
        assert_eq!(tax_within(999, Decimal::ZERO), 0);
    }

    #[test]
    fn a_state_s_own_rate_goes_before_its_country_s() {
        let rates = Rates(vec![rate("standard", "", "5"), rate("standard", "US-CA", "7.25"), rate("books", "", "0")]);
        assert_eq!(rates.of_class("standard").unwrap().rate, "7.25".parse().unwrap());
        assert_eq!(rates.of_class("books").unwrap().rate, Decimal::ZERO);
        assert!(rates.of_class("food").is_none());
    }
}
