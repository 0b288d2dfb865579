//! Shops, buyers and carts as the dice fall.

use proptest::{collection::vec, option, prelude::*, sample::select};
use rust_decimal::Decimal;

use crate::{
    base::{CategoryId, Currency, GroupId, ProductId, PromotionId, ShippingMethodId, ShippingZoneId, VariantId},
    promotions::{Action, Condition, Goods, Left, Offer},
    shipping::{MethodSettings, Step, Surcharge, Tariff, TariffKind},
    tax::{Basis, Rounding},
};

/// What promotions give away: heavy enough to be felt on the scales.
pub const GIFT: VariantId = VariantId(900);
pub const GIFT_GRAMS: i32 = 250;

pub const CLASSES: [&str; 3] = ["standard", "reduced", "zero"];

/// Class, label, thousandths of a percent, and whether it is due on the ones before it too.
pub type Row = (&'static str, &'static str, i64, bool);

pub const BRITAIN: &[Row] = &[("standard", "VAT 20%", 20_000, false), ("reduced", "VAT 5%", 5_000, false), ("zero", "VAT 0%", 0, false)];
pub const IRELAND: &[Row] = &[("standard", "VAT 23%", 23_000, false), ("reduced", "VAT 13.5%", 13_500, false)];
pub const GERMANY: &[Row] = &[("standard", "MwSt 19%", 19_000, false), ("reduced", "MwSt 7%", 7_000, false)];
pub const CALIFORNIA: &[Row] = &[("standard", "State 7.25%", 7_250, false), ("reduced", "State 3%", 3_000, false)];
pub const COUNTY: &[Row] = &[("standard", "State 7.25%", 7_250, false), ("standard", "County 2.5%", 2_500, false)];
pub const QUEBEC: &[Row] = &[
    ("standard", "GST 5%", 5_000, false),
    ("standard", "QST 9.975%", 9_975, true),
    ("reduced", "GST 5%", 5_000, false),
    ("reduced", "PST 5%", 5_000, false),
];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Home {
    Britain,
    /// In the EU.
    Ireland,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum There {
    Unknown,
    Home,
    Germany,
    /// The shop has entered no rates for it.
    France,
    California,
    /// A county by its postcodes, which names no reduced rate of its own.
    LosAngeles,
    Quebec,
    Switzerland,
    /// In Spain, and outside its tax territory.
    Canaries,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Thing,
    File,
    GiftCard,
}

/// What lies in the cart; the first is the variant 1, the second 2, …
#[derive(Clone, Debug)]
pub struct Good {
    pub price: i64,
    pub was: Option<i64>,
    pub quantity: i32,
    pub class: usize,
    pub kind: Kind,
    pub grams: i32,
    /// 0: in none; the third stands in the first.
    pub category: i64,
}

impl Good {
    pub fn class(&self) -> &'static str {
        if self.kind == Kind::GiftCard { "voucher" } else { CLASSES[self.class] }
    }

    pub fn categories(&self) -> Vec<CategoryId> {
        match self.category {
            0 => vec![],
            3 => vec![CategoryId(3), CategoryId(1)],
            other => vec![CategoryId(other)],
        }
    }
}

/// Two variants are of one product.
pub fn product(at: usize) -> ProductId {
    ProductId(1 + at as i64 / 2)
}

/// Beginnings count, ends do not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    Always,
    FromNow,
    UntilSoon,
    FromSoon,
    UntilNow,
    Off,
}

#[derive(Clone, Debug)]
pub struct List {
    pub sale: bool,
    pub group: Option<i64>,
    pub when: When,
    pub replaces: bool,
    pub prices: Vec<Price>,
}

#[derive(Clone, Debug)]
pub struct Price {
    pub of: usize,
    pub from: i32,
    pub amount: i64,
    pub was: Option<i64>,
}

/// Currency, and how many of its minor units are so many of the shop's pence; `None`: the owner has not said.
#[derive(Clone, Copy, Debug)]
pub struct Coin {
    pub code: &'static str,
    pub rate: Option<(i64, i64)>,
}

impl Coin {
    pub fn is_own(self) -> bool {
        self.code == "GBP"
    }
}

#[derive(Clone, Debug)]
pub struct Taxes {
    pub entered: Basis,
    pub shown: Option<Basis>,
    pub shown_at_home: Option<Basis>,
    pub rounding: Rounding,
    pub delivery_class: Option<usize>,
    pub untaxed_at_net: bool,
}

#[derive(Clone, Debug)]
pub struct Person {
    /// Gives a VAT number of the place the goods go to, if it has any.
    pub is_business: bool,
    pub is_exempt: bool,
    pub group: Option<i64>,
    pub orders_before: Option<i64>,
}

#[derive(Clone, Debug)]
pub struct Way {
    pub settings: MethodSettings,
    pub tariff: Tariff,
    pub steps: Vec<Step>,
    pub surcharges: Vec<Surcharge>,
}

#[derive(Clone, Debug)]
pub struct Promotion {
    pub offer: Offer,
    /// Where it wants a code: whether that was typed.
    pub code_given: bool,
}

#[derive(Clone, Debug)]
pub struct Case {
    pub goods: Vec<Good>,
    pub lists: Vec<List>,
    pub coin: Coin,
    pub home: Home,
    pub there: There,
    pub taxes: Taxes,
    pub person: Person,
    pub ways: Vec<Way>,
    /// Of the ways, the one that was chosen.
    pub way: usize,
    /// Amount and class.
    pub fees: Vec<(i64, usize)>,
    pub promotions: Vec<Promotion>,
    pub has_gifts: bool,
}

pub fn cases() -> impl Strategy<Value = Case> {
    let money = (vec(list(), 0..4), coin(), vec((0..2_000_i64, 0..3_usize), 0..3));
    let place = (select(vec![Home::Britain, Home::Ireland]), there(), taxes(), person());
    let delivery = (vec(way(), 0..4), 0..4_usize);
    let gifts = prop::bool::weighted(0.7);
    (vec(good(), 1..7), money, place, delivery, vec(promotion(), 0..5), gifts).prop_map(
        |(goods, (lists, coin, fees), (home, there, taxes, person), (ways, way), promotions, has_gifts)| {
            let mut case = Case { goods, lists, coin, home, there, taxes, person, ways, way, fees, promotions, has_gifts };
            number(&mut case);
            case
        },
    )
}

/// Gives everything the ids by which it is known, and the promotions the currency that most of them are for.
fn number(case: &mut Case) {
    for (at, way) in (1..).zip(&mut case.ways) {
        way.tariff.method_id = ShippingMethodId(at);
        way.steps.iter_mut().for_each(|step| step.method_id = ShippingMethodId(at));
        way.surcharges.iter_mut().for_each(|surcharge| surcharge.method_id = ShippingMethodId(at));
    }
    let currency = Currency::parse(case.coin.code).unwrap();
    for (at, promotion) in (1..).zip(&mut case.promotions) {
        promotion.offer.id = PromotionId(at);
        promotion.offer.label = format!("Offer {at}");
        if promotion.offer.currency.code() == "GBP" {
            promotion.offer.currency = currency;
        }
    }
    for list in &mut case.lists {
        list.prices.iter_mut().for_each(|price| price.of %= case.goods.len());
        list.prices.sort_by_key(|price| (price.of, price.from));
        list.prices.dedup_by_key(|price| (price.of, price.from));
    }
}

fn good() -> impl Strategy<Value = Good> {
    let kind = prop_oneof![8 => Just(Kind::Thing), 1 => Just(Kind::File), 1 => Just(Kind::GiftCard)];
    let parts = (0..40_000_i64, option::weighted(0.2, 0..60_000_i64), 1..25_i32, 0..3_usize, kind, 0..4_000, 0..4_i64);
    parts.prop_map(|(price, was, quantity, class, kind, grams, category)| Good { price, was, quantity, class, kind, grams, category })
}

fn when() -> impl Strategy<Value = When> {
    use When::{Always, FromNow, FromSoon, Off, UntilNow, UntilSoon};
    select(vec![Always, Always, Always, FromNow, UntilSoon, FromSoon, UntilNow, Off])
}

fn list() -> impl Strategy<Value = List> {
    let price = (0..6_usize, select(vec![1, 1, 1, 2, 5, 12]), 0..40_000_i64, option::weighted(0.2, 0..60_000_i64));
    let price = price.prop_map(|(of, from, amount, was)| Price { of, from, amount, was });
    let parts = (any::<bool>(), option::weighted(0.4, 1..3_i64), when(), prop::bool::weighted(0.2), vec(price, 0..8));
    parts.prop_map(|(sale, group, when, replaces, prices)| List { sale, group, when, replaces, prices })
}

fn coin() -> impl Strategy<Value = Coin> {
    let coins = [("GBP", Some((1, 1))), ("GBP", Some((1, 1))), ("EUR", Some((117, 100))), ("EUR", Some((6, 5))), ("JPY", Some((19, 10)))];
    select(coins.into_iter().chain([("EUR", None)]).map(|(code, rate)| Coin { code, rate }).collect::<Vec<_>>())
}

fn there() -> impl Strategy<Value = There> {
    use There::{California, Canaries, France, Germany, Home, LosAngeles, Quebec, Switzerland, Unknown};
    select(vec![Unknown, Home, Home, Germany, Germany, France, California, LosAngeles, Quebec, Switzerland, Canaries])
}

fn taxes() -> impl Strategy<Value = Taxes> {
    let basis = || select(vec![Basis::Gross, Basis::Net]);
    let rounding = select(vec![Rounding::Line, Rounding::Order]);
    let parts = (basis(), option::of(basis()), option::of(basis()), rounding, option::of(0..2_usize), any::<bool>());
    parts.prop_map(|(entered, shown, shown_at_home, rounding, delivery_class, untaxed_at_net)| Taxes {
        entered,
        shown,
        shown_at_home,
        rounding,
        delivery_class,
        untaxed_at_net,
    })
}

fn person() -> impl Strategy<Value = Person> {
    let parts = (any::<bool>(), prop::bool::weighted(0.2), option::of(1..3_i64), option::of(0..3_i64));
    parts.prop_map(|(is_business, is_exempt, group, orders_before)| Person { is_business, is_exempt, group, orders_before })
}

fn way() -> impl Strategy<Value = Way> {
    use TariffKind::{ByItems, ByTotal, ByWeight, Flat, PerKg};
    let kind = select(vec![Flat, PerKg, PerKg, ByWeight, ByTotal, ByItems]);
    let limits = (option::of(0..400_000_i64), option::weighted(0.3, 5_000..200_000_i64), option::weighted(0.2, 0..50_000_i64));
    let table = (vec((1..100_i64, 0..3_000_i64), 0..4), option::of(0..3_000_i64));
    let surcharge = (1..4_i64, 1..900_i64, any::<bool>());
    let parts = (kind, 0..2_000_i64, 0..500_i64, any::<bool>(), limits, table, vec(surcharge, 0..3));
    let settings = (prop::bool::weighted(0.2), option::weighted(0.3, 0..3_usize));
    (parts, settings).prop_map(|((kind, price, price_per_kg, whole_kg, limits, table, surcharges), (is_pickup, class))| {
        let (method, zone) = (ShippingMethodId(0), ShippingZoneId(1));
        let (free_above, max_weight_grams, min_total) = limits;
        let tariff = Tariff { price, price_per_kg, whole_kg, free_above, max_weight_grams, min_total, ..Tariff::new(method, zone, kind) };
        let scale = match kind {
            ByWeight => 500,
            ByTotal => 1_000,
            _ => 1,
        };
        let mut bound = 0;
        let mut rows: Vec<(Option<i64>, i64)> = vec![];
        for (more, price) in table.0 {
            bound += more * scale;
            rows.push((Some(bound), price));
        }
        rows.extend(table.1.map(|price| (None, price)));
        let surcharge = |(category, price, per_unit)| Surcharge { method_id: method, category_id: CategoryId(category), price, per_unit };
        let surcharges = surcharges.into_iter().map(surcharge).collect();
        let tax_class = class.map(|class| CLASSES[class].to_owned());
        let settings = MethodSettings { name: "Way".to_owned(), active: true, is_pickup, tax_class, ..MethodSettings::default() };
        let steps = rows.into_iter().map(|(bound, price)| Step::new(method, zone, kind, bound, price)).collect();
        Way { settings, tariff, steps, surcharges }
    })
}

fn goods() -> impl Strategy<Value = Goods> {
    let these = |products, categories| Goods::These { products, categories, words: "these".to_owned() };
    prop_oneof![
        Just(Goods::All),
        (1..4_i64).prop_map(move |category| these(vec![], vec![CategoryId(category)])),
        (1..4_i64, 1..4_i64).prop_map(move |(product, category)| these(vec![ProductId(product)], vec![CategoryId(category)])),
    ]
}

/// Hundredths of a percent.
fn percent() -> impl Strategy<Value = Decimal> {
    prop_oneof![Just(10_000), Just(5_000), Just(3_333), 1..10_000_i64].prop_map(|hundredths| Decimal::new(hundredths, 2))
}

fn action() -> impl Strategy<Value = Action> {
    let times = || option::of(1..4_i64);
    prop_oneof![
        percent().prop_map(Action::OrderPercent),
        (1..20_000_i64).prop_map(Action::OrderAmount),
        (percent(), goods()).prop_map(|(percent, goods)| Action::GoodsPercent { percent, goods }),
        (1..3_000_i64, goods()).prop_map(|(amount, goods)| Action::GoodsAmount { amount, goods }),
        (2..5_i64, times(), goods()).prop_map(|(of, times, goods)| Action::CheapestFree { of, times, goods }),
        (1..4_i64, goods(), 1..3_i64, goods(), percent(), times()).prop_map(|(buy, bought, gets, goods, percent, times)| Action::BuyGet {
            buy,
            bought,
            gets,
            goods,
            percent,
            times
        }),
        percent().prop_map(Action::Delivery),
        (1..3_i32).prop_map(|quantity| Action::Gift { variant: GIFT, quantity, name: "Pencil".to_owned() }),
    ]
}

fn condition() -> impl Strategy<Value = Condition> {
    prop_oneof![
        (0..200_000_i64, goods()).prop_map(|(amount, goods)| Condition::TotalFrom { amount, goods }),
        (0..400_000_i64, goods()).prop_map(|(amount, goods)| Condition::TotalUpTo { amount, goods }),
        (1..30_i64, goods()).prop_map(|(number, goods)| Condition::QuantityFrom { number, goods }),
        (1..3_i64).prop_map(|group| Condition::Group { groups: vec![GroupId(group)], words: "Trade".to_owned() }),
        Just(Condition::FirstOrder),
        (1..4_i64).prop_map(Condition::OrderExactly),
        (1..4_i64).prop_map(Condition::OrderFrom),
        (0..3_i64).prop_map(Condition::OrdersMoreThan),
        select(vec!["GB", "IE", "DE", "US"]).prop_map(|country| Condition::Destination(vec![country.to_owned(), "FR".to_owned()])),
    ]
}

fn promotion() -> impl Strategy<Value = Promotion> {
    let left = prop_oneof![6 => Just(None), 1 => Just(Some(0)), 1 => Just(Some(1))];
    let currency = prop_oneof![9 => Just("GBP"), 1 => Just("CHF")];
    let terms = (when(), left.clone(), left, currency, 0..3_i32, prop::bool::weighted(0.2));
    let code = (prop::bool::weighted(0.3), prop::bool::weighted(0.7));
    let rest = (option::weighted(0.3, 1..9_000_i64), prop::bool::weighted(0.3), vec(condition(), 0..2));
    (action(), terms, code, rest).prop_map(
        |(action, (when, overall, each, currency, priority, exclusive), (by_coupon, code_given), (most, skip_reduced, conditions))| {
            let (starts_at, ends_at) = super::times(when);
            let offer = Offer {
                id: PromotionId(0),
                label: String::new(),
                by_coupon,
                exclusive,
                priority,
                currency: Currency::parse(currency).unwrap(),
                starts_at,
                ends_at,
                conditions,
                action,
                most,
                skip_reduced,
                left: Left { overall, each },
            };
            Promotion { offer, code_given }
        },
    )
}
