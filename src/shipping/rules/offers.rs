use super::{
    prices::{self, Priced, Refused, kg, weight_class},
    zones,
};
use crate::{
    settings::{Place, country_name},
    shipping::model::{Method, Offer, Parcel, SavedMethod, ShippingBook, Step, Tariff, TariffKind, Zone},
};

impl ShippingBook {
    /// The ways to bring the parcel there, in the merchant's order. What needs no delivery has exactly one, free and by e-mail.
    pub fn offers(&self, place: &Place, parcel: &Parcel) -> Vec<Offer> {
        if !parcel.needs_delivery {
            return vec![by_email()];
        }
        self.in_order().filter_map(|method| self.ask(method, place, parcel).ok()).collect()
    }

    /// Why there is no way to bring the parcel there, in words for the shopper beside the address. `None`: there is one.
    pub fn refusal(&self, place: &Place, parcel: &Parcel) -> Option<String> {
        if !parcel.needs_delivery {
            return None;
        }
        let asked: Vec<_> = self.methods.iter().map(|method| self.ask(method, place, parcel)).collect();
        let refused = asked.into_iter().map(|answer| answer.err()).collect::<Option<Vec<_>>>()?;
        Some(self.in_words(&refused, place, parcel))
    }

    /// The methods whose carriers are worth asking: they go there and would take the parcel.
    pub fn to_ask(&self, place: &Place, parcel: &Parcel) -> Vec<&SavedMethod> {
        let takes = |method: &SavedMethod| self.tariff(method, place).is_some_and(|tariff| prices::admitted(tariff, parcel).is_ok());
        self.methods.iter().filter(|method| !method.settings.carrier.is_empty() && takes(method)).collect()
    }

    fn in_order(&self) -> impl Iterator<Item = &SavedMethod> {
        let mut methods: Vec<_> = self.methods.iter().collect();
        methods.sort_by_key(|method| (method.settings.position, method.id));
        methods.into_iter()
    }

    fn ask(&self, method: &SavedMethod, place: &Place, parcel: &Parcel) -> Result<Offer, Refused> {
        let tariff = self.tariff(method, place).ok_or(Refused::NotThere)?;
        prices::admitted(tariff, parcel)?;
        let priced = self.base_price(method, tariff, parcel)?;
        let priced = prices::free_if_enough(tariff, parcel, priced, self.currency);
        let (price, reason) = self.with_surcharges(method, parcel, priced);
        Ok(Offer { method: shown(method), price, reason })
    }

    /// The tariff of the narrowest of the method's zones; none where that one says that the method does not go there.
    fn tariff(&self, method: &SavedMethod, place: &Place) -> Option<&Tariff> {
        let tariffs = || self.tariffs.iter().filter(|tariff| tariff.method_id == method.id);
        let of_method = |zone: &&Zone| tariffs().any(|tariff| tariff.zone_id == zone.id);
        let zone = zones::narrowest(self.zones.iter().filter(of_method), place)?;
        tariffs().find(|tariff| tariff.zone_id == zone.id && tariff.kind != TariffKind::None)
    }

    /// The carrier's price where it gave one lately, else the method's own.
    fn base_price(&self, method: &SavedMethod, tariff: &Tariff, parcel: &Parcel) -> Result<Priced, Refused> {
        let class = weight_class(parcel.weight_grams);
        let answer = self.carrier_prices.iter().find(|answer| answer.method_id == method.id && answer.weight_class == class);
        match answer {
            Some(answer) => Ok((answer.price.ok_or(Refused::Otherwise)?, format!("The carrier’s price up to {}", kg(class)))),
            None => {
                let (price, reason) = prices::price(tariff, &self.steps_of(tariff), parcel, self.currency)?;
                let own = !method.settings.carrier.is_empty();
                Ok((price, if own { format!("{reason} (our own price, since the carrier gave none)") } else { reason }))
            }
        }
    }

    fn steps_of(&self, tariff: &Tariff) -> Vec<&Step> {
        self.steps.iter().filter(|step| step.method_id == tariff.method_id && step.zone_id == tariff.zone_id).collect()
    }

    fn with_surcharges(&self, method: &SavedMethod, parcel: &Parcel, (mut price, mut reason): Priced) -> Priced {
        for surcharge in self.surcharges.iter().filter(|surcharge| surcharge.method_id == method.id) {
            let more = prices::surcharge(surcharge, parcel);
            if more > 0 {
                let category = self.categories.get(&surcharge.category_id).map_or("these goods", String::as_str);
                price = price.saturating_add(more);
                reason = format!("{reason}, and {} for {category}", self.money(more));
            }
        }
        (price, reason)
    }

    fn in_words(&self, refused: &[Refused], place: &Place, parcel: &Parcel) -> String {
        let country = in_a_sentence(&place.country);
        let most = refused.iter().filter_map(|why| if let Refused::TooHeavy { most } = why { Some(*most) } else { None }).max();
        let from = refused.iter().filter_map(|why| if let Refused::TooLittle { from } = why { Some(*from) } else { None }).min();
        match (most, from) {
            _ if refused.iter().all(|why| *why == Refused::NotThere) => self.nowhere_near(place, &country),
            (Some(most), _) if most > 0 => format!(
                "What is in your cart is too heavy for us to deliver to {country}: it weighs {}, and we send {} at most. Take something out, or ask us for an offer",
                kg(parcel.weight_grams),
                kg(most),
            ),
            (_, Some(from)) => {
                format!("We deliver to {country} from {} on. Add something to your cart, or choose another address", self.money(from))
            }
            _ => format!("We can't deliver what is in your cart to {country}. Choose another address, or ask us for an offer"),
        }
    }

    fn nowhere_near(&self, place: &Place, country: &str) -> String {
        let goes_to = |zone: &Zone| {
            let known = |tariff: &&Tariff| self.methods.iter().any(|method| method.id == tariff.method_id);
            self.tariffs.iter().filter(known).any(|tariff| tariff.zone_id == zone.id && tariff.kind != TariffKind::None)
        };
        let near = self.zones.iter().any(|zone| !zone.settings.rest_of_world && zones::touches(zone, &place.country) && goes_to(zone));
        if near {
            format!("We don't deliver to this part of {country}. Choose another address, or ask us for an offer")
        } else {
            format!("We don't deliver to {country}. Choose another address, or ask us for an offer")
        }
    }
}

fn by_email() -> Offer {
    let method = Method { id: None, name: "By e-mail".to_owned(), description: String::new(), is_pickup: false, tax_class: None };
    Offer { method, price: 0, reason: "Nothing has to be sent".to_owned() }
}

fn shown(method: &SavedMethod) -> Method {
    let SavedMethod { id, settings } = method;
    let pickup = if settings.is_pickup { settings.pickup_address.as_str() } else { "" };
    let parts = [&settings.delivery_time, &settings.description, pickup];
    let description = parts.into_iter().map(str::trim).filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · ");
    Method { id: Some(*id), name: settings.name.clone(), description, is_pickup: settings.is_pickup, tax_class: settings.tax_class.clone() }
}

/// Countries whose names take an article in English.
const WITH_ARTICLE: [&str; 17] = ["AE", "BS", "CD", "CF", "CG", "DO", "FK", "FO", "GB", "GM", "KY", "MH", "MV", "NL", "PH", "SB", "US"];

fn in_a_sentence(country: &str) -> String {
    let article = if WITH_ARTICLE.contains(&country) { "the " } else { "" };
    format!("{article}{}", country_name(country))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;
    use crate::{
        base::{CategoryId, Currency, ShippingMethodId, ShippingZoneId, TextList},
        shipping::model::{CarrierPrice, MethodSettings, Surcharge, ZoneSettings},
    };

    fn zone(id: i64, countries: &[&str], postcodes: &[&str]) -> Zone {
        let list = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
        let rest_of_world = countries.is_empty();
        let settings = ZoneSettings {
            name: id.to_string(),
            countries: list(countries),
            regions: TextList::default(),
            postcodes: list(postcodes),
            rest_of_world,
        };
        Zone { id: ShippingZoneId(id), settings }
    }

    fn method(id: i64) -> SavedMethod {
        let settings = MethodSettings { name: format!("Method {id}"), position: 10, active: true, ..MethodSettings::default() };
        SavedMethod { id: ShippingMethodId(id), settings }
    }

    fn tariff(method: i64, zone: i64, kind: TariffKind) -> Tariff {
        Tariff::new(ShippingMethodId(method), ShippingZoneId(zone), kind)
    }

    fn flat(method: i64, zone: i64, price: i64) -> Tariff {
        Tariff { price, ..tariff(method, zone, TariffKind::Flat) }
    }

    /// The United Kingdom, its Highlands, the European Union and the rest.
    fn book(methods: Vec<SavedMethod>, tariffs: Vec<Tariff>) -> ShippingBook {
        ShippingBook {
            currency: Currency::parse("GBP").unwrap(),
            methods,
            zones: vec![zone(1, &["GB"], &[]), zone(2, &["GB"], &["IV*", "HS*"]), zone(3, &["DE", "FR"], &[]), zone(4, &[], &[])],
            tariffs,
            steps: vec![],
            surcharges: vec![],
            categories: BTreeMap::from([(CategoryId(7), "Anvils".to_owned())]),
            carrier_prices: vec![],
        }
    }

    fn place(country: &str, postcode: &str) -> Place {
        Place { country: country.into(), region: String::new(), postcode: postcode.into() }
    }

    fn parcel(weight_grams: i64, total: i64) -> Parcel {
        Parcel { weight_grams, items: 1, total, needs_delivery: true, ..Parcel::default() }
    }

    fn prices(book: &ShippingBook, place: &Place, parcel: &Parcel) -> Vec<i64> {
        book.offers(place, parcel).iter().map(|offer| offer.price).collect()
    }

    #[test]
    fn so_much_a_kg_to_one_country_more_to_others_and_most_elsewhere() {
        let per_kg = |zone, price_per_kg| Tariff { price_per_kg, ..tariff(1, zone, TariffKind::PerKg) };
        let book = book(vec![method(1)], vec![per_kg(1, 250), per_kg(3, 300), per_kg(4, 400)]);
        let cost = |country| prices(&book, &place(country, ""), &parcel(2400, 0))[0];
        assert_eq!([cost("GB"), cost("DE"), cost("NZ")], [600, 720, 960]);
        assert_eq!(book.offers(&place("GB", ""), &parcel(2400, 0))[0].reason, "2.4 kg at £2.50 per kg");
    }

    #[test]
    fn each_method_takes_the_narrowest_of_its_own_zones_and_may_leave_one_out() {
        let tariffs = vec![flat(1, 1, 395), flat(1, 2, 995), flat(2, 4, 1500), flat(3, 1, 800), tariff(3, 2, TariffKind::None)];
        let book = book(vec![method(1), method(2), method(3)], tariffs);
        assert_eq!(prices(&book, &place("GB", "SY8 1AE"), &parcel(1, 0)), [395, 1500, 800]);
        assert_eq!(prices(&book, &place("GB", "IV27 4EG"), &parcel(1, 0)), [995, 1500], "the third does not go to the Highlands");
    }

    #[test]
    fn offers_stand_in_the_merchant_s_order() {
        let mut first = method(2);
        first.settings.position = 1;
        let book = book(vec![method(3), method(1), first], vec![flat(1, 1, 1), flat(2, 1, 2), flat(3, 1, 3)]);
        assert_eq!(prices(&book, &place("GB", ""), &parcel(1, 0)), [2, 1, 3]);
    }

    #[test]
    fn what_needs_no_delivery_comes_by_e_mail_for_nothing_and_anywhere() {
        let book = book(vec![], vec![]);
        let digital = Parcel { needs_delivery: false, ..Parcel::default() };
        let offers = book.offers(&place("NZ", ""), &digital);
        assert_eq!((offers.len(), offers[0].method.id, offers[0].price), (1, None, 0));
        assert_eq!(offers[0].method.name, "By e-mail");
        assert_eq!(book.refusal(&place("NZ", ""), &digital), None);
    }

    #[test]
    fn surcharges_are_added_even_to_what_is_free_and_told() {
        let mut book = book(vec![method(1)], vec![Tariff { free_above: Some(5000), ..flat(1, 1, 395) }]);
        book.surcharges = vec![Surcharge { method_id: ShippingMethodId(1), category_id: CategoryId(7), price: 1500, per_unit: true }];
        let heavy = Parcel { categories: BTreeMap::from([(CategoryId(7), 2)]), ..parcel(1, 6000) };
        let offer = &book.offers(&place("GB", ""), &heavy)[0];
        assert_eq!((offer.price, offer.reason.as_str()), (3000, "Free from £50.00, and £30.00 for Anvils"));
        assert_eq!(prices(&book, &place("GB", ""), &parcel(1, 6000)), [0]);
    }

    #[test]
    fn a_carrier_s_fresh_price_counts_and_without_one_our_own_does_and_says_so() {
        let mut carried = method(1);
        carried.settings.carrier = "rates".to_owned();
        let mut book = book(vec![carried], vec![flat(1, 1, 395)]);
        let own = &book.offers(&place("GB", ""), &parcel(800, 0))[0];
        assert_eq!(own.price, 395);
        assert!(own.reason.contains("our own price"), "{}", own.reason);
        book.carrier_prices = vec![CarrierPrice { method_id: ShippingMethodId(1), weight_class: 1000, price: Some(512) }];
        let asked = &book.offers(&place("GB", ""), &parcel(800, 0))[0];
        assert_eq!((asked.price, asked.reason.as_str()), (512, "The carrier’s price up to 1 kg"));
        assert_eq!(prices(&book, &place("GB", ""), &parcel(1200, 0)), [395], "another weight was not asked for");
        book.carrier_prices[0].price = None;
        assert!(prices(&book, &place("GB", ""), &parcel(800, 0)).is_empty(), "the carrier does not take it");
    }

    #[test]
    fn where_nothing_goes_the_shopper_is_told_why() {
        let by_weight = Tariff { max_weight_grams: Some(30_000), ..flat(1, 1, 395) };
        let lighter = Tariff { max_weight_grams: Some(20_000), ..flat(2, 1, 295) };
        let from_fifty = Tariff { min_total: Some(5000), ..flat(3, 3, 995) };
        let book = book(vec![method(1), method(2), method(3)], vec![by_weight, lighter, from_fifty]);
        let told = |country, weight, total| book.refusal(&place(country, ""), &parcel(weight, total));
        assert_eq!(told("GB", 30_000, 0), None);
        let heavy = told("GB", 34_500, 0).unwrap();
        assert!(heavy.contains("the United Kingdom: it weighs 34.5 kg, and we send 30 kg at most"), "{heavy}");
        assert!(told("DE", 1, 4999).unwrap().starts_with("We deliver to Germany from £50.00 on"));
        assert!(told("US", 1, 0).unwrap().starts_with("We don't deliver to the United States. "));
    }

    #[test]
    fn a_part_of_a_country_is_told_from_the_whole() {
        let highlands_only = book(vec![method(1)], vec![flat(1, 2, 395)]);
        assert!(highlands_only.refusal(&place("GB", "SY8 1AE"), &parcel(1, 0)).unwrap().contains("this part of the United Kingdom"));
        let nothing = book(vec![], vec![]);
        assert!(nothing.refusal(&place("GB", "SY8 1AE"), &parcel(1, 0)).unwrap().contains("We don't deliver to the United Kingdom"));
    }

    #[test]
    fn a_method_s_words_time_and_place_are_one_line() {
        let mut pickup = method(1);
        pickup.settings = MethodSettings {
            delivery_time: "After an hour".into(),
            is_pickup: true,
            pickup_address: "12 Market Row".into(),
            ..pickup.settings
        };
        let book = book(vec![pickup], vec![flat(1, 1, 0)]);
        let offer = &book.offers(&place("GB", ""), &parcel(1, 0))[0];
        assert_eq!(offer.method.description, "After an hour · 12 Market Row");
        assert!(offer.method.is_pickup);
    }

    proptest! {
        #[test]
        fn prices_are_never_negative_and_there_is_an_offer_or_a_reason(
            kinds in prop::collection::vec((0_i64..4, 0_usize..6, 0_i64..100_000), 0..8),
            weight in 0_i64..100_000, total in 0_i64..1_000_000, country in prop::sample::select(vec!["GB", "DE", "NZ"]),
        ) {
            let made = |(at, (zone, kind, price)): (usize, (i64, usize, i64))| {
                let kind = TariffKind::ALL[kind];
                let (flat, per_kg) = (if kind == TariffKind::Flat { price } else { 0 }, if kind == TariffKind::PerKg { price } else { 0 });
                Tariff { price: flat, price_per_kg: per_kg, max_weight_grams: Some(50_000), ..tariff(at as i64, zone + 1, kind) }
            };
            let tariffs: Vec<_> = kinds.iter().copied().enumerate().map(made).collect();
            let book = book((0..kinds.len() as i64).map(method).collect(), tariffs);
            let (place, parcel) = (place(country, ""), parcel(weight, total));
            let offers = book.offers(&place, &parcel);
            prop_assert!(offers.iter().all(|offer| offer.price >= 0));
            prop_assert_eq!(offers.is_empty(), book.refusal(&place, &parcel).is_some());
            let mut turned = book.clone();
            turned.tariffs.reverse();
            turned.zones.reverse();
            turned.methods.reverse();
            prop_assert_eq!(turned.offers(&place, &parcel), offers);
        }
    }
}
