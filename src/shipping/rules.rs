use super::model::{Method, Offer, Rate, Zone};

/// The zone that a country is in: the one that names it, else the rest of the world.
pub fn zone_of<'a>(zones: &'a [Zone], country: &str) -> Option<&'a Zone> {
    let named = zones.iter().find(|zone| zone.countries.iter().any(|code| code == country));
    named.or_else(|| zones.iter().find(|zone| zone.rest_of_world))
}

/// What each method asks for the weight in one zone. A method without a step high enough is not offered.
pub fn offers_of(methods: Vec<Method>, rates: &[Rate], weight_grams: i64) -> Vec<Offer> {
    let price_of = |method: &Method| {
        let steps = rates.iter().filter(|rate| rate.method_id == method.id && i64::from(rate.max_weight_grams) >= weight_grams);
        steps.min_by_key(|rate| rate.max_weight_grams).map(|rate| rate.price)
    };
    methods.into_iter().filter_map(|method| price_of(&method).map(|price| Offer { method, price })).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{ShippingMethodId, ShippingZoneId, TextList};

    fn zone(id: i64, countries: &[&str], rest_of_world: bool) -> Zone {
        Zone { id: ShippingZoneId(id), countries: countries.iter().map(|code| (*code).to_owned()).collect::<TextList>(), rest_of_world }
    }

    fn method(id: i64) -> Method {
        Method { id: ShippingMethodId(id), name: format!("Method {id}"), description: String::new() }
    }

    fn rate(method: i64, max_weight_grams: i32, price: i64) -> Rate {
        Rate { method_id: ShippingMethodId(method), zone_id: ShippingZoneId(1), max_weight_grams, price }
    }

    #[test]
    fn a_country_that_nobody_names_is_in_the_rest_of_the_world() {
        let zones = [zone(1, &["GB"], false), zone(2, &["FR", "DE"], false), zone(3, &[], true)];
        assert_eq!(zone_of(&zones, "DE").unwrap().id.0, 2);
        assert_eq!(zone_of(&zones, "NZ").unwrap().id.0, 3);
        assert!(zone_of(&zones[..2], "NZ").is_none());
    }

    #[test]
    fn the_lightest_step_that_bears_the_weight_counts_and_too_heavy_is_not_offered() {
        let rates = [rate(1, 2000, 395), rate(1, 10_000, 695), rate(2, 5000, 990)];
        let prices = |weight| offers_of(vec![method(1), method(2)], &rates, weight).iter().map(|offer| offer.price).collect::<Vec<_>>();
        assert_eq!(prices(2000), [395, 990]);
        assert_eq!(prices(2001), [695, 990]);
        assert_eq!(prices(6000), [695]);
        assert!(prices(10_001).is_empty());
    }
}
