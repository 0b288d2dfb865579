//! Shops, places and people: what is due, within or on top.

use chrono::{DateTime, NaiveDate, Utc};
use proptest::prelude::*;
use rust_decimal::Decimal;

use super::{Regime, TaxBook};
use crate::{
    base::{TaxRateId, TaxZoneId},
    settings::Place,
    tax::{
        model::{Area, Basis, Person, Rate, RatedZone, Rounding, TaxLine, TaxSettings, Taxable, Treatment, Zone},
        vat::VatNumber,
    },
};

fn place(text: &str) -> Place {
    let area = Area::parse(text).unwrap();
    Place { country: area.country, region: area.region, postcode: area.postcode_from }
}

/// Class, percent, order.
fn zone(id: i64, areas: &[&str], basis: Option<Basis>, rates: &[(&str, &str, i32)]) -> RatedZone {
    let rate = |(class, percent, priority): &(&str, &str, i32)| Rate {
        id: TaxRateId(i64::from(*priority)),
        zone_id: TaxZoneId(id),
        tax_class: (*class).into(),
        label: format!("Tax {percent}%"),
        rate: percent.parse().unwrap(),
        priority: *priority,
        compound: false,
        starts_on: None,
        ends_on: None,
    };
    RatedZone {
        zone: Zone { id: TaxZoneId(id), name: format!("Zone {id}"), basis, outside: false },
        areas: areas.iter().map(|area| Area::parse(area).unwrap()).collect(),
        rates: rates.iter().map(rate).collect(),
    }
}

fn world() -> Vec<RatedZone> {
    vec![
        zone(1, &["GB"], None, &[("standard", "20", 1), ("reduced", "5", 1), ("zero", "0", 1)]),
        zone(2, &["DE"], None, &[("standard", "19", 1), ("reduced", "7", 1)]),
        zone(3, &["IE"], None, &[("standard", "23", 1), ("reduced", "13.5", 1)]),
        zone(4, &["US-CA"], Some(Basis::Net), &[("standard", "7.25", 1), ("reduced", "1", 1)]),
        zone(5, &["US-CA 90001-90899"], Some(Basis::Net), &[("standard", "7.25", 1), ("standard", "2.5", 2)]),
        RatedZone {
            zone: Zone { id: TaxZoneId(6), name: "Canaries".into(), basis: None, outside: true },
            ..zone(6, &["ES 35"], None, &[])
        },
    ]
}

fn shop_in(home: &str, settings: TaxSettings) -> TaxBook {
    TaxBook::new(settings, place(home), world())
}

fn now() -> DateTime<Utc> {
    "2026-11-21T12:00:00Z".parse().unwrap()
}

fn to(book: &TaxBook, there: &str) -> Regime {
    book.regime(Some(&place(there)), &Person::default(), now())
}

fn business(number: &str, country: &str) -> Person {
    Person { vat_number: Some(VatNumber::parse(number, country).unwrap()), exemption: String::new() }
}

fn taxable(class: &str, amount: i64) -> Taxable {
    Taxable { class: class.into(), amount }
}

fn amounts(lines: &[TaxLine]) -> Vec<i64> {
    lines.iter().map(|line| line.amount).collect()
}

#[test]
fn at_home_gross_prices_stay_and_have_the_tax_within() {
    let book = shop_in("GB", TaxSettings::default());
    for regime in [to(&book, "GB"), book.regime(None, &Person::default(), now()), to(&book, "IM")] {
        assert_eq!((regime.treatment(), regime.basis(), regime.unit_price(2495, "standard")), (Treatment::Taxed, Basis::Gross, 2495));
        let lines = regime.tax(&[taxable("standard", 2495), taxable("zero", 999), taxable("reduced", 395)]);
        assert_eq!(amounts(&lines), [416, 0, 19]);
        assert_eq!((lines[0].base, lines[1].base, lines[2].of), (2079, 999, 2));
    }
    assert_eq!(to(&book, "GB").reason(), "Taxed as in United Kingdom: Tax 20% and Tax 5%, within the prices.");
}

#[test]
fn a_gross_price_is_the_same_in_every_taxed_country_and_only_the_tax_within_differs() {
    let regime = to(&shop_in("GB", TaxSettings::default()), "DE");
    assert_eq!(regime.unit_price(1190, "standard"), 1190);
    assert_eq!(amounts(&regime.tax(&[taxable("standard", 1190)])), [190]);
}

#[test]
fn where_prices_are_shown_net_the_home_tax_is_taken_out_and_the_place_s_comes_on_top() {
    let regime = to(&shop_in("GB", TaxSettings::default()), "US-CA");
    assert_eq!((regime.basis(), regime.unit_price(1200, "standard")), (Basis::Net, 1000));
    assert_eq!(amounts(&regime.tax(&[taxable("standard", 1000)])), [73]);
    assert!(regime.reason().ends_with("added to the prices."), "{}", regime.reason());
}

#[test]
fn net_prices_get_the_place_s_tax_where_prices_are_shown_gross() {
    let net = TaxSettings { entered: Basis::Net, ..Default::default() };
    let mut zones = world();
    zones[1].zone.basis = Some(Basis::Gross);
    let book = TaxBook::new(net, place("GB"), zones);
    let regime = to(&book, "DE");
    assert_eq!((regime.basis(), regime.unit_price(1000, "standard"), regime.unit_price(1000, "reduced")), (Basis::Gross, 1190, 1070));
    assert_eq!((to(&book, "GB").basis(), to(&book, "GB").unit_price(1000, "standard")), (Basis::Net, 1000));
}

#[test]
fn abroad_without_rates_is_an_export_at_the_price_without_the_home_tax() {
    let regime = to(&shop_in("GB", TaxSettings::default()), "NO");
    assert_eq!((regime.treatment(), regime.unit_price(1200, "standard")), (Treatment::Export, 1000));
    assert!(regime.tax(&[taxable("standard", 1000)]).is_empty());
    assert!(regime.reason().starts_with("No tax: export to Norway."));
    let same_price = TaxSettings { untaxed_at_net: false, ..Default::default() };
    assert_eq!(to(&shop_in("GB", same_price), "NO").unit_price(1200, "standard"), 1200);
}

#[test]
fn outside_the_tax_territory_of_its_country_it_is_an_export_too() {
    let book = shop_in("DE", TaxSettings::default());
    assert_eq!(to(&book, "ES 35").treatment(), Treatment::Export);
    assert_eq!(to(&book, "ES 28").treatment(), Treatment::Taxed);
}

#[test]
fn within_the_union_a_state_without_rates_is_taxed_as_at_home() {
    let regime = to(&shop_in("IE", TaxSettings::default()), "FR");
    assert_eq!(amounts(&regime.tax(&[taxable("standard", 1230)])), [230]);
    assert_eq!(regime.reason(), "Taxed as in Ireland: Tax 23% and Tax 13.5%, within the prices.");
}

#[test]
fn a_business_in_another_state_of_the_union_accounts_for_the_tax_itself() {
    let book = shop_in("IE", TaxSettings::default());
    let german = business("DE136695976", "DE");
    let regime = book.regime(Some(&place("DE")), &german, now());
    assert_eq!((regime.treatment(), regime.unit_price(1230, "standard")), (Treatment::ReverseCharge, 1000));
    assert_eq!(regime.reason(), "No VAT: reverse charge, your VAT number DE136695976 is noted on the invoice.");
    // Another state's number, at home, from outside the Union: no.
    assert_eq!(book.regime(Some(&place("FR")), &german, now()).treatment(), Treatment::Taxed);
    assert_eq!(book.regime(Some(&place("IE")), &business("IE6433435F", "IE"), now()).treatment(), Treatment::Taxed);
    let british = shop_in("GB", TaxSettings::default());
    assert_eq!(british.regime(Some(&place("DE")), &german, now()).treatment(), Treatment::Taxed);
}

#[test]
fn northern_ireland_is_of_the_union_for_goods() {
    let northern = business("XI980780684", "GB");
    let book = shop_in("IE", TaxSettings::default());
    assert_eq!(book.regime(Some(&place("GB BT1")), &northern, now()).treatment(), Treatment::ReverseCharge);
    assert_eq!(book.regime(Some(&place("GB SY8")), &northern, now()).treatment(), Treatment::Taxed);
    let belfast = shop_in("GB BT1", TaxSettings::default());
    assert_eq!(belfast.regime(Some(&place("DE")), &business("DE136695976", "DE"), now()).treatment(), Treatment::ReverseCharge);
    assert_eq!(to(&belfast, "GB SY8").treatment(), Treatment::Taxed);
}

#[test]
fn an_exempt_customer_pays_none_and_the_three_zeros_are_kept_apart() {
    let book = shop_in("IE", TaxSettings::default());
    let exempt = Person { vat_number: None, exemption: "certificate 12".into() };
    let at = |there| book.regime(Some(&place(there)), &exempt, now());
    assert_eq!((at("IE").treatment(), at("IE").unit_price(1230, "standard")), (Treatment::Exempt, 1000));
    assert_eq!(at("IE").reason(), "No tax: you are exempt (certificate 12).");
    assert_eq!((at("DE").treatment(), at("NO").treatment()), (Treatment::Exempt, Treatment::Export));
}

#[test]
fn state_and_county_are_two_lines_that_add_up_to_what_both_rates_take() {
    let net = TaxSettings { entered: Basis::Net, ..Default::default() };
    let regime = to(&shop_in("US", net), "US-CA 90210");
    let lines = regime.tax(&[taxable("standard", 333)]);
    // 9.75 % of 3.33 are 32.4675 cents.
    assert_eq!(amounts(&lines), [24, 8]);
    assert_eq!(lines.iter().map(|line| line.rate.to_string()).collect::<Vec<_>>(), ["7.25", "2.5"]);
    assert_eq!(regime.reason(), "Taxed as in Zone 5: Tax 7.25%, Tax 2.5% and Tax 1%, added to the prices.");
}

#[test]
fn a_county_takes_a_class_that_it_does_not_name_from_its_state() {
    let regime = to(&shop_in("US", TaxSettings::default()), "US-CA 90210");
    assert_eq!(amounts(&regime.tax(&[taxable("reduced", 1000)])), [10]);
}

#[test]
fn the_shop_s_own_country_without_rates_is_taxed_with_no_lines() {
    let regime = to(&shop_in("US", TaxSettings::default()), "US-NV");
    assert_eq!((regime.treatment(), regime.unit_price(999, "standard")), (Treatment::Taxed, 999));
    assert!(regime.tax(&[taxable("standard", 999)]).is_empty());
    assert_eq!(regime.reason(), "No tax is due in Nevada, United States.");
}

#[test]
fn a_rate_holds_from_its_first_day_to_its_last() {
    let mut zones = world();
    let day = |text: &str| Some(text.parse::<NaiveDate>().unwrap());
    zones[0].rates[0].ends_on = day("2026-12-31");
    let later = Rate { starts_on: day("2027-01-01"), ends_on: None, rate: Decimal::from(25), ..zones[0].rates[0].clone() };
    zones[0].rates.push(later);
    let book = TaxBook::new(TaxSettings::default(), place("GB"), zones);
    let tax_at = |moment: &str| amounts(&book.regime(None, &Person::default(), moment.parse().unwrap()).tax(&[taxable("standard", 1500)]));
    assert_eq!(tax_at("2026-12-31T23:59:59Z"), [250]);
    assert_eq!(tax_at("2027-01-01T00:00:00Z"), [300]);
}

#[test]
fn a_net_price_of_24_99_at_10_75_percent_and_untaxed_delivery_are_34_12() {
    let net = TaxSettings { entered: Basis::Net, delivery_class: Some("delivery".into()), ..Default::default() };
    let book = TaxBook::new(net, place("US-CA"), vec![zone(1, &["US-CA"], None, &[("standard", "10.75", 1)])]);
    let regime = to(&book, "US-CA");
    let delivery = taxable(&regime.delivery_class(&[("standard", 2499)]), 644);
    let item = taxable("standard", regime.unit_price(2499, "standard"));
    let tax: i64 = amounts(&regime.tax(&[item.clone(), delivery.clone()])).iter().sum();
    assert!(!regime.includes_tax());
    assert_eq!(item.amount + delivery.amount + tax, 3412);
}

#[test]
fn delivery_is_taxed_by_its_class_or_as_the_dearest_in_the_cart() {
    let dearest = TaxSettings { delivery_class: None, ..Default::default() };
    let regime = to(&shop_in("GB", dearest), "GB");
    assert_eq!(regime.delivery_class(&[("zero", 90_000), ("reduced", 500)]), "reduced");
    assert_eq!(regime.delivery_class(&[]), "standard");
    assert_eq!(to(&shop_in("GB", TaxSettings::default()), "GB").delivery_class(&[("zero", 500)]), "standard");
}

#[test]
fn rounded_for_the_order_halves_don_t_add_up_to_a_penny_for_each_line() {
    let net = |rounding| TaxSettings { entered: Basis::Net, rounding, ..Default::default() };
    let taxables: Vec<_> = (0..4).map(|_| taxable("standard", 3)).collect();
    // 0.6 pence each, 2.4 together.
    assert_eq!(amounts(&to(&shop_in("GB", net(Rounding::Line)), "GB").tax(&taxables)), [1, 1, 1, 1]);
    assert_eq!(amounts(&to(&shop_in("GB", net(Rounding::Order)), "GB").tax(&taxables)), [1, 1, 0, 0]);
}

const CLASSES: [&str; 3] = ["standard", "reduced", "other"];
const PLACES: [&str; 6] = ["GB", "DE", "FR", "US-CA", "US-CA 90210", "NO"];

prop_compose! {
    fn any_regime()(
        home in 0..4_usize, there in 0..PLACES.len(), entered in prop::bool::ANY, order in prop::bool::ANY, at_net in prop::bool::ANY,
    ) -> Regime {
        let settings = TaxSettings {
            entered: if entered { Basis::Gross } else { Basis::Net },
            rounding: if order { Rounding::Order } else { Rounding::Line },
            untaxed_at_net: at_net,
            ..Default::default()
        };
        to(&shop_in(["GB", "DE", "IE", "US-CA"][home], settings), PLACES[there])
    }
}

fn any_taxables() -> impl Strategy<Value = Vec<Taxable>> {
    prop::collection::vec((0..CLASSES.len(), 0_i64..10_000_000).prop_map(|(class, amount)| taxable(CLASSES[class], amount)), 0..12)
}

proptest! {
    #[test]
    fn tax_is_never_negative_and_gross_lines_add_up(regime in any_regime(), taxables in any_taxables()) {
        let lines = regime.tax(&taxables);
        prop_assert!(lines.iter().all(|line| line.amount >= 0 && line.base >= 0));
        for (at, taxable) in taxables.iter().enumerate() {
            let of: Vec<_> = lines.iter().filter(|line| line.of == at).collect();
            let tax: i64 = of.iter().map(|line| line.amount).sum();
            let base = if regime.includes_tax() { taxable.amount - tax } else { taxable.amount };
            prop_assert!(of.iter().all(|line| line.base == base));
        }
    }

    #[test]
    fn rounded_for_the_order_the_lines_sum_to_the_rounding_of_their_sum(taxables in any_taxables(), there in 0..PLACES.len()) {
        let settings = TaxSettings { rounding: Rounding::Order, ..Default::default() };
        let regime = to(&shop_in("GB", settings), PLACES[there]);
        for class in CLASSES {
            let of_class: Vec<_> = taxables.iter().filter(|taxable| taxable.class == class).cloned().collect();
            let together = taxable(class, of_class.iter().map(|taxable| taxable.amount).sum());
            let sum = |lines: Vec<TaxLine>| amounts(&lines).iter().sum::<i64>();
            prop_assert_eq!(sum(regime.tax(&of_class)), sum(regime.tax(&[together])));
        }
    }

    #[test]
    fn a_dearer_entry_never_gets_cheaper(regime in any_regime(), cheap in 0_i64..10_000_000, more in 0_i64..1000, class in 0..CLASSES.len()) {
        let price = |entered| regime.unit_price(entered, CLASSES[class]);
        prop_assert!(price(cheap) <= price(cheap + more));
        prop_assert!(price(cheap) >= 0);
    }

    #[test]
    fn the_order_of_lines_does_not_matter(regime in any_regime(), taxables in any_taxables()) {
        let told = |taxables: &[Taxable]| {
            let mut told: Vec<_> = regime.tax(taxables).into_iter()
                .map(|line| (taxables[line.of].class.clone(), taxables[line.of].amount, line.label, line.amount))
                .collect();
            told.sort();
            told
        };
        let backwards: Vec<_> = taxables.iter().rev().cloned().collect();
        prop_assert_eq!(told(&taxables), told(&backwards));
    }
}
