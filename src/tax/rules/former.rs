//! The rules of the first checkout, which knows one rate for each class and prices with tax within them.

use rust_decimal::{Decimal, RoundingStrategy, prelude::ToPrimitive};

use crate::tax::model::TaxRate;

/// The rates that hold at one destination.
#[derive(Clone, Debug, Default)]
pub struct Rates(pub Vec<TaxRate>);

impl Rates {
    /// The rate of a class. `None`: no tax there, as for goods that are exported.
    pub fn of_class(&self, class: &str) -> Option<&TaxRate> {
        self.0.iter().find(|rate| rate.tax_class == class)
    }
}

/// The tax contained in an amount that includes it, both in minor units: `gross − gross ÷ (1 + rate)`, rounded half up,
/// away from zero, once for each line.
pub fn tax_within(gross: i64, rate_percent: Decimal) -> i64 {
    let tax = Decimal::from(gross) * rate_percent / (Decimal::ONE_HUNDRED + rate_percent);
    tax.round_dp_with_strategy(0, RoundingStrategy::MidpointAwayFromZero).to_i64().unwrap_or(0)
}
