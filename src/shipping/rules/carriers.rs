use crate::shipping::{carrier::CarrierRate, model::MethodSettings};

/// The price, in minor units, of the service of this name, whatever its case; of the cheapest when none is named. `None`: the
/// carrier does not take the parcel so.
pub fn chosen(rates: &[CarrierRate], service: &str) -> Option<i64> {
    let wanted = rates.iter().filter(|rate| service.is_empty() || rate.service.eq_ignore_ascii_case(service));
    wanted.map(|rate| rate.price.minor).min()
}

/// Whether a carrier's former answers mean nothing any more.
pub fn asks_otherwise(former: &MethodSettings, new: &MethodSettings) -> bool {
    let asks = |settings: &MethodSettings| (settings.carrier.clone(), settings.carrier_url.clone(), settings.carrier_service.clone());
    asks(former) != asks(new)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{Currency, Money};

    #[test]
    fn the_named_service_counts_or_else_the_cheapest() {
        let rate =
            |service: &str, minor| CarrierRate { service: service.into(), price: Money::new(minor, Currency::parse("GBP").unwrap()) };
        let rates = [rate("Express", 1895), rate("Parcel", 695), rate("Pallet", 4500)];
        assert_eq!(chosen(&rates, "express"), Some(1895));
        assert_eq!(chosen(&rates, ""), Some(695));
        assert_eq!(chosen(&rates, "Drone"), None);
        assert_eq!(chosen(&[], ""), None);
    }
}
