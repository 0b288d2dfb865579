use proptest::prelude::*;

use super::*;
use crate::{
    accounts::Buyer,
    base::{Currency, ProductId, PromotionId, ShippingMethodId, TaxRateId, TaxZoneId, TextList},
    catalog::Variant,
    promotions::{Action, Left, Offer},
    tax::{Area, Person, Rate, RatedZone, Rounding, TaxSettings, Zone},
};

/// Percent of each class.
const RATES: [(&str, i64); 3] = [("standard", 20), ("reduced", 5), ("zero", 0)];

const METHOD: ShippingMethodId = ShippingMethodId(1);

fn gbp() -> Currency {
    Currency::parse("GBP").unwrap()
}

fn now() -> chrono::DateTime<chrono::Utc> {
    "2026-11-21T12:00:00Z".parse().unwrap()
}

#[derive(Clone, Debug)]
struct Thing {
    price: i64,
    quantity: i32,
    class: usize,
}

/// How a shop is set up, and what it gives away.
#[derive(Clone, Debug)]
struct Setup {
    entered: Basis,
    shown: Basis,
    rounding: Rounding,
    percent: Option<i64>,
    amount: Option<i64>,
    delivery: i64,
}

fn things() -> impl Strategy<Value = Vec<Thing>> {
    let thing = (0..60_000_i64, 1..30_i32, 0..RATES.len()).prop_map(|(price, quantity, class)| Thing { price, quantity, class });
    prop::collection::vec(thing, 1..9)
}

fn setups() -> impl Strategy<Value = Setup> {
    let basis = || prop_oneof![Just(Basis::Gross), Just(Basis::Net)];
    let rounding = prop_oneof![Just(Rounding::Line), Just(Rounding::Order)];
    let parts = (basis(), basis(), rounding, prop::option::of(1..=100_i64), prop::option::of(1..20_000_i64), 0..3_000_i64);
    parts.prop_map(|(entered, shown, rounding, percent, amount, delivery)| Setup { entered, shown, rounding, percent, amount, delivery })
}

fn offer(id: i64, action: Action) -> Offer {
    Offer {
        id: PromotionId(id),
        label: format!("Offer {id}"),
        by_coupon: false,
        exclusive: false,
        priority: id as i32,
        currency: gbp(),
        starts_at: None,
        ends_at: None,
        conditions: vec![],
        action,
        most: None,
        skip_reduced: false,
        left: Left::default(),
    }
}

fn tax_book(setup: &Setup) -> TaxBook {
    let settings = TaxSettings { entered: setup.entered, rounding: setup.rounding, ..TaxSettings::default() };
    let rate = |(class, percent): (&str, i64)| Rate {
        id: TaxRateId(percent),
        zone_id: TaxZoneId(1),
        tax_class: class.to_owned(),
        label: format!("VAT {percent}%"),
        rate: Decimal::from(percent),
        priority: 1,
        compound: false,
        starts_on: None,
        ends_on: None,
    };
    let zone = Zone { id: TaxZoneId(1), name: "United Kingdom".to_owned(), basis: Some(setup.shown), outside: false };
    let zone = RatedZone { zone, areas: vec![Area::parse("GB").unwrap()], rates: RATES.map(rate).to_vec() };
    TaxBook::new(settings, place(), vec![zone])
}

fn place() -> Place {
    Place { country: "GB".to_owned(), region: String::new(), postcode: "SY8 1AE".to_owned() }
}

fn item(at: usize, thing: &Thing) -> VariantForSale {
    let variant = Variant {
        id: VariantId(at as i64),
        product_id: ProductId(at as i64),
        position: 1,
        sku: format!("SKU-{at}"),
        option_values: TextList::default(),
        price: thing.price,
        compare_at: None,
        weight_grams: 100,
        barcode: String::new(),
        tax_class: RATES[thing.class].0.to_owned(),
        archived_at: None,
        is_digital: false,
        is_bundle: false,
    };
    VariantForSale {
        variant,
        slug: "x".into(),
        title: format!("Thing {at}"),
        is_sold: true,
        is_gift_card: false,
        picture: None,
        parts: vec![],
    }
}

fn ask(things: &[(usize, Thing)], setup: &Setup) -> Quote {
    let prices: Vec<_> = things.iter().map(|(at, thing)| (VariantId(*at as i64), thing.price)).collect();
    let percent = setup.percent.map(|percent| offer(1, Action::OrderPercent(Decimal::from(percent))));
    let amount = setup.amount.map(|amount| offer(2, Action::OrderAmount(amount)));
    let facts = Facts {
        prices: PriceBook::of_base(gbp(), now(), &prices),
        promotions: PromotionBook { offers: percent.into_iter().chain(amount).collect(), asked: vec![], orders_before: None },
        tax: tax_book(setup),
        shipping: Some(ShippingBook::flat(gbp(), METHOD, setup.delivery)),
        rate: Some(Decimal::ONE),
        gifts: HashMap::new(),
    };
    let line =
        |(at, thing): &(usize, Thing)| BasketLine { item: item(*at, thing), categories: vec![], quantity: thing.quantity, agreed: None };
    let basket = Basket {
        lines: things.iter().map(line).collect(),
        place: Some(place()),
        buyer: Buyer::default(),
        person: Person::default(),
        method: Some(METHOD),
        currency: gbp(),
        fees: vec![],
        now: now(),
    };
    price(&basket, &facts)
}

#[test]
fn a_variant_that_stands_on_two_lines_keeps_both_in_their_places() {
    let thing = |quantity| Thing { price: 1000, quantity, class: 0 };
    let setup = Setup { entered: Basis::Gross, shown: Basis::Gross, rounding: Rounding::Line, percent: None, amount: None, delivery: 0 };
    let quote = ask(&[(5, thing(1)), (2, thing(2)), (5, thing(3))], &setup);
    let lines: Vec<_> = quote.lines.iter().map(|line| (line.item.variant.id.0, line.quantity)).collect();
    assert_eq!(lines, [(5, 1), (2, 2), (5, 3)]);
}

fn half_up(exact: Decimal) -> i64 {
    exact.round_dp_with_strategy(0, RoundingStrategy::MidpointAwayFromZero).to_i64().unwrap()
}

/// The same once more, plainly: one line after the other, as one would with pencil and paper.
struct Plain {
    units: Vec<i64>,
    items: i64,
    discount: i64,
    delivery: i64,
}

fn plainly(things: &[(usize, Thing)], setup: &Setup) -> Plain {
    let unit = |thing: &Thing| {
        let (price, percent) = (Decimal::from(thing.price), Decimal::from(RATES[thing.class].1));
        match (setup.entered, setup.shown) {
            (Basis::Gross, Basis::Net) => thing.price - half_up(price * percent / (Decimal::from(100) + percent)),
            (Basis::Net, Basis::Gross) => thing.price + half_up(price * percent / Decimal::from(100)),
            _ => thing.price,
        }
    };
    let units: Vec<i64> = things.iter().map(|(_, thing)| unit(thing)).collect();
    let items = units.iter().zip(things).map(|(unit, (_, thing))| unit * i64::from(thing.quantity)).sum::<i64>();
    let mut left = items;
    left -= setup.percent.map_or(0, |percent| half_up(Decimal::from(left * percent) / Decimal::from(100)));
    left -= setup.amount.map_or(0, |amount| amount.min(left));
    let delivery = match (setup.entered, setup.shown) {
        (Basis::Net, Basis::Gross) => setup.delivery + half_up(Decimal::from(setup.delivery) / Decimal::from(5)),
        _ => setup.delivery,
    };
    Plain { units, items, discount: left - items, delivery }
}

/// The tax on or in an amount, plainly.
fn tax_of(amount: i64, percent: i64, shown: Basis) -> Decimal {
    let (amount, percent) = (Decimal::from(amount), Decimal::from(percent));
    match shown {
        Basis::Gross => amount * percent / (Decimal::from(100) + percent),
        Basis::Net => amount * percent / Decimal::from(100),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn a_thousand_carts_cost_what_pencil_and_paper_say(things in things(), setup in setups()) {
        let things: Vec<_> = things.into_iter().enumerate().collect();
        let (quote, plain) = (ask(&things, &setup), plainly(&things, &setup));
        prop_assert_eq!(quote.lines.iter().map(|line| line.unit_price).collect::<Vec<_>>(), plain.units);
        prop_assert_eq!(quote.items_total(), plain.items);
        prop_assert_eq!(quote.discount_total(), plain.discount);
        prop_assert_eq!(quote.delivery_total(), plain.delivery);
        let mut taxed_at: HashMap<i64, i64> = HashMap::new();
        let mut by_line: HashMap<i64, i64> = HashMap::new();
        let taxed = quote.lines.iter().zip(&things).map(|(line, (_, thing))| (line.after_discounts(), RATES[thing.class].1));
        for (amount, percent) in taxed.chain([(quote.delivery_total(), 20)]) {
            *taxed_at.entry(percent).or_default() += amount;
            *by_line.entry(percent).or_default() += half_up(tax_of(amount, percent, setup.shown));
        }
        let tax: i64 = match setup.rounding {
            Rounding::Line => by_line.values().sum(),
            Rounding::Order => taxed_at.iter().map(|(percent, sum)| half_up(tax_of(*sum, *percent, setup.shown))).sum(),
        };
        prop_assert_eq!(quote.tax_total(), tax);
        let on_top = if setup.shown == Basis::Net { tax } else { 0 };
        prop_assert_eq!(quote.total(), plain.items + plain.discount + plain.delivery + on_top);
    }

    #[test]
    fn parts_add_up_nothing_is_negative_and_asking_twice_gives_the_same(things in things(), setup in setups()) {
        let things: Vec<_> = things.into_iter().enumerate().collect();
        let quote = ask(&things, &setup);
        prop_assert!(quote.total() >= 0);
        prop_assert!(quote.lines.iter().all(|line| line.after_discounts() >= 0 && line.discounts.iter().all(|discount| discount.amount <= 0)));
        prop_assert!(quote.taxes().all(|tax| tax.amount >= 0));
        prop_assert_eq!(quote.discount_sums().iter().chain(&quote.delivery_discount_sums()).map(|(_, sum)| sum.minor).sum::<i64>(), quote.discount_total());
        prop_assert_eq!(quote.tax_sums().iter().map(|(_, sum)| sum.minor).sum::<i64>(), quote.tax_total());
        let totals = quote.totals();
        let on_top: i64 = if totals.tax_included { 0 } else { totals.taxes.iter().map(|(_, sum)| sum.minor).sum() };
        let discounts: i64 = totals.discounts.iter().map(|(_, sum)| sum.minor).sum();
        let delivery = totals.delivery.as_ref().map_or(0, |(_, price)| price.minor);
        prop_assert_eq!(totals.items.minor + discounts + delivery + on_top, totals.total.minor);
        prop_assert_eq!(format!("{:?}", ask(&things, &setup)), format!("{quote:?}"));
    }

    #[test]
    fn the_order_of_lines_does_not_matter(things in things(), setup in setups(), turn in 0..9_usize) {
        let things: Vec<_> = things.into_iter().enumerate().collect();
        let mut turned = things.clone();
        turned.rotate_left(turn % things.len());
        let (one, other) = (ask(&things, &setup), ask(&turned, &setup));
        prop_assert_eq!(one.items_total(), other.items_total());
        prop_assert_eq!(one.discount_total(), other.discount_total());
        prop_assert_eq!(one.tax_total(), other.tax_total());
        prop_assert_eq!(one.total(), other.total());
    }
}
