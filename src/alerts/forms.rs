use serde::Deserialize;

use super::model::Kind;
use crate::base::{Money, Problems, VariantId};

/// What somebody asks for, as it was typed.
#[derive(Clone, Debug, Deserialize)]
pub struct AlertForm {
    pub variant: VariantId,
    pub kind: Kind,
    /// Only where they wait for a price.
    #[serde(default)]
    pub below: String,
}

impl AlertForm {
    /// Below which price; `None`: they wait for stock. `price`: what they would pay today.
    ///
    /// # Errors
    /// A problem on `below` when it is no amount, nothing, or more than it costs, so that they would be told at once.
    pub fn parse(&self, price: Option<Money>) -> Result<Option<Money>, Problems> {
        let price = match (self.kind, price) {
            (Kind::Stock, _) => return Ok(None),
            (Kind::Price, Some(price)) => price,
            (Kind::Price, None) => return Err(Problems::of("below", "This is not sold in your currency just now")),
        };
        let below = Money::parse(&self.below, price.currency).map_err(|message| Problems::of("below", message))?;
        if below.is_zero() || below.minor > price.minor {
            return Err(Problems::of("below", format!("It costs {price} today. Enter that or less, but more than nothing")));
        }
        Ok(Some(below))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Currency;

    #[test]
    fn one_waits_for_a_price_above_nothing_that_is_not_asked_already() {
        let today = Money::new(2495, Currency::parse("GBP").unwrap());
        let form = |below: &str| AlertForm { variant: VariantId(1), kind: Kind::Price, below: below.into() };
        assert_eq!(form("24.95").parse(Some(today)).ok().flatten(), Some(today));
        assert_eq!(form("£20").parse(Some(today)).ok().flatten().map(|below| below.minor), Some(2000));
        for wrong in ["", "0", "25", "cheap", "-3", "1.999"] {
            assert!(form(wrong).parse(Some(today)).is_err(), "{wrong}");
        }
        assert!(form("20").parse(None).is_err());
        assert_eq!(AlertForm { kind: Kind::Stock, ..form("x") }.parse(None).ok(), Some(None));
    }
}
