//! The same cases as the shop's own code reads them.

use std::collections::{BTreeMap, HashMap};

use chrono::{DateTime, TimeDelta, Utc};
use rust_decimal::Decimal;

use super::drawn::{
    BRITAIN, CALIFORNIA, CLASSES, COUNTY, Case, GERMANY, GIFT, GIFT_GRAMS, Good, Home, IRELAND, Kind, List, QUEBEC, Row, There, When,
    product,
};
use crate::{
    accounts::Buyer,
    base::{CategoryId, CouponId, Currency, GroupId, PriceListId, ProductId, ShippingMethodId, TaxRateId, TaxZoneId, TextList, VariantId},
    catalog::{Variant, VariantForSale},
    pricing::{self, BasePrice, ListTerms, PriceBook, PriceKind, PriceList, VariantPrices},
    promotions::{Asked, Coupon, Left, PromotionBook},
    quote::{
        AskedFee, Basket, BasketLine, Quote,
        rules::{Facts, price},
    },
    settings::Place,
    shipping::ShippingBook,
    tax::{Area, Basis, Person, Rate, RatedZone, TaxBook, TaxSettings, VatNumber, Zone},
};

pub fn now() -> DateTime<Utc> {
    "2026-11-21T12:00:00Z".parse().unwrap()
}

/// First moment of something, and the first that is not in it any more.
pub fn times(when: When) -> (Option<DateTime<Utc>>, Option<DateTime<Utc>>) {
    let soon = now() + TimeDelta::seconds(1);
    match when {
        When::Always => (None, None),
        When::FromNow => (Some(now()), None),
        When::FromSoon => (Some(soon), None),
        When::UntilSoon => (None, Some(soon)),
        When::UntilNow | When::Off => (None, Some(now())),
    }
}

/// What it costs by the shop's code. `turn`: so many of the cart's first lines stand behind the others.
pub fn ask(case: &Case, turn: usize) -> Quote {
    let (mut basket, facts) = both(case);
    let lines = basket.lines.len();
    basket.lines.rotate_left(turn % lines);
    price(&basket, &facts)
}

pub fn both(case: &Case) -> (Basket, Facts) {
    (basket(case), facts(case))
}

fn basket(case: &Case) -> Basket {
    let line = |(at, good): (usize, &Good)| BasketLine {
        item: item(at, good),
        categories: good.categories(),
        quantity: good.quantity,
        agreed: None,
    };
    let fee =
        |(entered, class): &(i64, usize)| AskedFee { label: "Fee".to_owned(), tax_class: CLASSES[*class].to_owned(), entered: *entered };
    let exemption = if case.person.is_exempt { "charity 12" } else { "" };
    Basket {
        lines: case.goods.iter().enumerate().map(line).collect(),
        place: place(case),
        buyer: Buyer { group: case.person.group.map(GroupId), ..Buyer::default() },
        person: Person { vat_number: vat_number(case), exemption: exemption.to_owned() },
        method: Some(ShippingMethodId(1 + case.way as i64)),
        currency: currency(case),
        fees: case.fees.iter().map(fee).collect(),
        now: now(),
    }
}

fn currency(case: &Case) -> Currency {
    Currency::parse(case.coin.code).unwrap()
}

fn home(case: &Case) -> Place {
    match case.home {
        Home::Britain => at("GB", "", "SY8 1AE"),
        Home::Ireland => at("IE", "", "D02 X285"),
    }
}

fn at(country: &str, region: &str, postcode: &str) -> Place {
    Place { country: country.to_owned(), region: region.to_owned(), postcode: postcode.to_owned() }
}

fn place(case: &Case) -> Option<Place> {
    let place = match case.there {
        There::Unknown => return None,
        There::Home => home(case),
        There::Germany => at("DE", "", "10115"),
        There::France => at("FR", "", "75001"),
        There::California => at("US", "US-CA", "94103"),
        There::LosAngeles => at("US", "US-CA", "90210-1234"),
        There::Quebec => at("CA", "CA-QC", "H2X 1Y4"),
        There::Switzerland => at("CH", "", "8001"),
        There::Canaries => at("ES", "", "35001"),
    };
    Some(place)
}

fn vat_number(case: &Case) -> Option<VatNumber> {
    let number = match case.there {
        There::Germany => ("DE136695976", "DE"),
        There::France => ("FR83404833048", "FR"),
        _ => return None,
    };
    case.person.is_business.then(|| VatNumber::parse(number.0, number.1).unwrap())
}

fn variant(id: VariantId, product_id: ProductId, class: &str) -> Variant {
    Variant {
        id,
        product_id,
        position: 1,
        sku: format!("SKU-{id}"),
        option_values: TextList::default(),
        price: 0,
        compare_at: None,
        weight_grams: 0,
        barcode: String::new(),
        tax_class: class.to_owned(),
        archived_at: None,
        is_digital: false,
        is_bundle: false,
    }
}

fn for_sale(variant: Variant, is_gift_card: bool) -> VariantForSale {
    VariantForSale { title: variant.sku.clone(), variant, slug: "x".to_owned(), is_sold: true, is_gift_card, picture: None, parts: vec![] }
}

/// As the catalogue gives it: what goes by mail weighs nothing.
fn item(at: usize, good: &Good) -> VariantForSale {
    let weight_grams = if good.kind == Kind::Thing { good.grams } else { 0 };
    let plain = variant(VariantId(1 + at as i64), product(at), good.class());
    for_sale(Variant { weight_grams, is_digital: good.kind == Kind::File, ..plain }, good.kind == Kind::GiftCard)
}

fn facts(case: &Case) -> Facts {
    let gift = Variant { weight_grams: GIFT_GRAMS, ..variant(GIFT, ProductId(900), "standard") };
    let rate = case.coin.rate.map(|(these, own)| Decimal::from(these) / Decimal::from(own));
    Facts {
        prices: prices(case),
        promotions: promotions(case),
        tax: TaxBook::new(tax_settings(case), home(case), zones(case)),
        shipping: place(case).map(|_| shipping(case)),
        rate,
        gifts: if case.has_gifts { HashMap::from([(GIFT, for_sale(gift, false))]) } else { HashMap::new() },
    }
}

/// In another currency there are no prices but those of lists: the first is for everybody, and lacks some goods.
fn prices(case: &Case) -> PriceBook {
    let mut variants: HashMap<VariantId, VariantPrices> = HashMap::new();
    let own = List { sale: false, group: None, when: When::Always, replaces: false, prices: vec![] };
    let mut lists = HashMap::from([(PriceListId(1), terms(1, &own, case))]);
    for (at, good) in case.goods.iter().enumerate() {
        let prices = variants.entry(VariantId(1 + at as i64)).or_default();
        if case.coin.is_own() {
            prices.base = Some(BasePrice { amount: good.price, compare_at: good.was });
        } else if at % 5 != 4 {
            prices.offers.push(pricing::Offer { list: PriceListId(1), min_quantity: 1, amount: good.price, compare_at: good.was });
        }
    }
    for (id, list) in (2..).zip(&case.lists) {
        lists.insert(PriceListId(id), terms(id, list, case));
        for price in &list.prices {
            let offer = pricing::Offer { list: PriceListId(id), min_quantity: price.from, amount: price.amount, compare_at: price.was };
            variants.entry(VariantId(1 + price.of as i64)).or_default().offers.push(offer);
        }
    }
    PriceBook { currency: currency(case), at: now(), lists, variants }
}

fn terms(id: i64, list: &List, case: &Case) -> ListTerms {
    let (starts_at, ends_at) = if list.when == When::Off { (None, None) } else { times(list.when) };
    let list = PriceList {
        id: PriceListId(id),
        name: format!("List {id}"),
        kind: if list.sale { PriceKind::Sale } else { PriceKind::Regular },
        currency: currency(case),
        group_id: list.group.map(GroupId),
        starts_at,
        ends_at,
        replaces_base: list.replaces,
        active: list.when != When::Off,
    };
    ListTerms { list, group: "Trade".to_owned() }
}

fn promotions(case: &Case) -> PromotionBook {
    let given = case.promotions.iter().filter(|promotion| promotion.offer.by_coupon && promotion.code_given);
    let asked = given.map(|promotion| {
        let (id, none) = (promotion.offer.id, Left::default());
        let coupon = Coupon { id: CouponId(id.0), promotion: id, starts_at: None, ends_at: None, left: none };
        Asked { code: format!("CODE{id}"), coupon: Some(coupon) }
    });
    let asked = asked.collect();
    let offers = case.promotions.iter().map(|promotion| promotion.offer.clone()).collect();
    PromotionBook { offers, asked, orders_before: case.person.orders_before }
}

fn tax_settings(case: &Case) -> TaxSettings {
    TaxSettings {
        entered: case.taxes.entered,
        rounding: case.taxes.rounding,
        delivery_class: case.taxes.delivery_class.map(|class| CLASSES[class].to_owned()),
        untaxed_at_net: case.taxes.untaxed_at_net,
        ..TaxSettings::default()
    }
}

fn zones(case: &Case) -> Vec<RatedZone> {
    let (shown, at_home) = (case.taxes.shown, case.taxes.shown_at_home);
    let outside = |zone: RatedZone| RatedZone { zone: Zone { outside: true, ..zone.zone }, ..zone };
    vec![
        zone(1, ("GB", "", ""), at_home, BRITAIN),
        zone(2, ("IE", "", ""), at_home, IRELAND),
        zone(3, ("DE", "", ""), shown, GERMANY),
        zone(4, ("US", "US-CA", ""), shown, CALIFORNIA),
        zone(5, ("US", "US-CA", "90001-90899"), shown, COUNTY),
        zone(6, ("CA", "CA-QC", ""), shown, QUEBEC),
        outside(zone(7, ("ES", "", "35-38"), shown, &[])),
    ]
}

/// With a rate besides that ended yesterday and one that begins tomorrow.
fn zone(id: i64, (country, region, postcodes): (&str, &str, &str), basis: Option<Basis>, rows: &[Row]) -> RatedZone {
    let (postcode_from, postcode_to) = postcodes.split_once('-').unwrap_or_default();
    let area = Area {
        country: country.to_owned(),
        region: region.to_owned(),
        postcode_from: postcode_from.to_owned(),
        postcode_to: postcode_to.to_owned(),
    };
    let rate = |(at, (class, label, milli, compound)): (i64, &Row)| Rate {
        id: TaxRateId(100 * id + at),
        zone_id: TaxZoneId(id),
        tax_class: (*class).to_owned(),
        label: (*label).to_owned(),
        rate: Decimal::new(*milli, 3),
        priority: at as i32,
        compound: *compound,
        starts_on: None,
        ends_on: None,
    };
    let mut rates: Vec<Rate> = (1..).zip(rows).map(rate).collect();
    if let Some(first) = rates.first().cloned() {
        let today = now().date_naive();
        let other = Rate { rate: Decimal::from(50), label: "Another day's".to_owned(), ..first };
        rates.push(Rate { id: TaxRateId(100 * id), ends_on: today.pred_opt(), ..other.clone() });
        rates.push(Rate { id: TaxRateId(100 * id + 50), starts_on: today.succ_opt(), ..other });
    }
    let zone = Zone { id: TaxZoneId(id), name: format!("Zone {id}"), basis, outside: false };
    RatedZone { zone, areas: vec![area], rates }
}

fn shipping(case: &Case) -> ShippingBook {
    let own = Currency::parse("GBP").unwrap();
    let names = (1..4).map(|id| (CategoryId(id), format!("Category {id}"))).collect::<BTreeMap<_, _>>();
    let ways = case.ways.iter().map(|way| (way.settings.clone(), way.tariff.clone(), way.steps.clone(), way.surcharges.clone()));
    ShippingBook::everywhere(own, names, ways.collect())
}
