mod drawn;
mod plain;
mod plain_promotions;
mod set_up;

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;

use self::{
    drawn::{Case, Coin, Good, Home, Kind, Person, Taxes, There, Way, cases},
    plain::{Answer, plainly},
    set_up::{ask, now, times},
};
use super::*;
use crate::{
    base::{ShippingMethodId, ShippingZoneId},
    shipping::{MethodSettings, Tariff, TariffKind},
    tax::Rounding,
};

/// What the shop's code says, in the words of pencil and paper.
fn answer(case: &Case, quote: &Quote) -> Answer {
    let offered = |offer: &DeliveryOffer| (offer.method.id.map_or(0, |id| id.0), offer.price, -offer.discount());
    let line = |line: &Line| (line.item.variant.id.0, line.unit_price, line.compare_at.is_some(), -line.discount());
    let gift = |line: &Line| (line.discounts[0].promotion.0, line.quantity);
    let taxed: Vec<&Vec<Tax>> = quote
        .lines
        .iter()
        .map(|line| &line.taxes)
        .chain(quote.delivery.iter().map(|delivery| &delivery.taxes))
        .chain(quote.fees.iter().map(|fee| &fee.taxes))
        .collect();
    let labels = ["VAT 20%", "VAT 5%", "VAT 23%", "VAT 13.5%", "MwSt 19%", "MwSt 7%", "State 7.25%", "State 3%", "County 2.5%", "GST 5%"];
    let labels = labels.into_iter().chain(["QST 9.975%", "PST 5%"]);
    let sum = |label: &str| quote.taxes().filter(|tax| tax.label == label).map(|tax| tax.amount).sum::<i64>();
    let taxes: BTreeMap<&'static str, i64> = labels.map(|label| (label, sum(label))).filter(|(_, sum)| *sum != 0).collect();
    assert_eq!(taxes.values().sum::<i64>(), quote.tax_total(), "every tax is one of these");
    let of_each = || taxed.iter().map(|taxes| taxes.iter().map(|tax| tax.amount).collect()).collect();
    Answer {
        treatment: quote.treatment,
        lines: quote.lines.iter().filter(|line| !line.is_gift).map(line).collect(),
        gifts: quote.lines.iter().filter(|line| line.is_gift).map(gift).collect(),
        ways: quote.offers.iter().map(offered).collect(),
        fees: quote.fees.iter().map(|fee| fee.amount).collect(),
        taxes,
        taxes_of_each: (case.taxes.rounding == Rounding::Line).then(of_each),
        total: quote.total(),
        used: quote.applied().into_iter().map(|(promotion, _)| promotion.0).collect(),
    }
}

/// A British shop with one thing at ten pounds, one way that costs six, and nothing else that is said.
fn plain_case(there: There) -> Case {
    let thing = Good { price: 1000, was: None, quantity: 1, class: 0, kind: Kind::Thing, grams: 100, category: 0 };
    let tariff = Tariff { price: 600, ..Tariff::new(ShippingMethodId(1), ShippingZoneId(1), TariffKind::Flat) };
    let settings = MethodSettings { name: "Post".to_owned(), active: true, ..MethodSettings::default() };
    Case {
        goods: vec![thing],
        lists: vec![],
        coin: Coin { code: "GBP", rate: Some((1, 1)) },
        home: Home::Britain,
        there,
        taxes: Taxes {
            entered: Basis::Gross,
            shown: Some(Basis::Net),
            shown_at_home: None,
            rounding: Rounding::Line,
            delivery_class: Some(0),
            untaxed_at_net: true,
        },
        person: Person { is_business: false, is_exempt: false, group: None, orders_before: None },
        ways: vec![Way { settings, tariff, steps: vec![], surcharges: vec![] }],
        way: 0,
        fees: vec![],
        promotions: vec![],
        has_gifts: true,
    }
}

#[test]
fn a_variant_that_stands_on_two_lines_keeps_both_in_their_places() {
    let case = plain_case(There::Home);
    let (mut basket, facts) = set_up::both(&Case { goods: vec![case.goods[0].clone(); 5], ..case });
    let line = |at: usize, quantity| BasketLine { quantity, ..basket.lines[at].clone() };
    basket.lines = vec![line(4, 1), line(1, 2), line(4, 3)];
    let quote = price(&basket, &facts);
    let lines: Vec<_> = quote.lines.iter().map(|line| (line.item.variant.id.0, line.quantity)).collect();
    assert_eq!(lines, [(5, 1), (2, 2), (5, 3)]);
}

#[test]
fn delivery_to_where_prices_are_shown_without_tax_costs_the_exempt_what_it_costs_others() {
    let consumer = plain_case(There::California);
    let exempt = Case { person: Person { is_exempt: true, ..consumer.person.clone() }, ..consumer.clone() };
    for case in [consumer, exempt] {
        let quote = ask(&case, 0);
        assert_eq!((quote.items_total(), quote.delivery_total()), (833, 600), "{}", quote.tax_reason);
    }
}

#[test]
fn what_pays_no_tax_is_delivered_as_the_dearest_in_the_cart_would_be_at_home() {
    let mut case = plain_case(There::Germany);
    let book = Good { price: 9000, class: 2, ..case.goods[0].clone() };
    case.goods.push(book);
    case.taxes = Taxes { shown: Some(Basis::Gross), delivery_class: None, ..case.taxes };
    case.person.is_exempt = true;
    assert_eq!(ask(&case, 0).delivery_total(), 500, "six pounds without a fifth of tax, though there is more of what has none");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn a_thousand_carts_cost_what_pencil_and_paper_say(case in cases()) {
        let quote = ask(&case, 0);
        prop_assert_eq!(answer(&case, &quote), plainly(&case));
        let good: BTreeSet<String> = quote.coupons.iter().filter(|verdict| verdict.applied).map(|verdict| verdict.code.clone()).collect();
        prop_assert_eq!(good, plain::good_codes(&case));
    }

    #[test]
    fn parts_add_up_nothing_is_negative_and_asking_twice_gives_the_same(case in cases()) {
        let quote = ask(&case, 0);
        prop_assert!(quote.total() >= 0);
        prop_assert!(quote.lines.iter().all(|line| line.after_discounts() >= 0 && line.discounts.iter().all(|discount| discount.amount <= 0)));
        prop_assert!(quote.offers.iter().all(|offer| offer.after_discounts() >= 0));
        prop_assert!(quote.taxes().all(|tax| tax.amount >= 0));
        prop_assert_eq!(quote.discount_sums().iter().chain(&quote.delivery_discount_sums()).map(|(_, sum)| sum.minor).sum::<i64>(), quote.discount_total());
        prop_assert_eq!(quote.tax_sums().iter().map(|(_, sum)| sum.minor).sum::<i64>(), quote.tax_total());
        let sum = |sums: &[(String, crate::base::Money)]| sums.iter().map(|(_, sum)| sum.minor).sum::<i64>();
        let totals = quote.totals();
        let on_top: i64 = if totals.tax_included { 0 } else { sum(&totals.taxes) };
        let delivery = totals.delivery.as_ref().map_or(0, |(_, price)| price.minor);
        let discounts = sum(&totals.discounts) + sum(&totals.delivery_discounts);
        prop_assert_eq!(totals.items.minor + discounts + delivery + sum(&totals.fees) + on_top, totals.total.minor);
        prop_assert_eq!(format!("{:?}", ask(&case, 0)), format!("{quote:?}"));
    }

    #[test]
    fn the_order_of_lines_does_not_matter(case in cases(), turn in 0..9_usize) {
        let (one, other) = (ask(&case, 0), ask(&case, turn));
        prop_assert_eq!(one.items_total(), other.items_total());
        prop_assert_eq!(one.discount_total(), other.discount_total());
        let taxes = |quote: &Quote| quote.tax_sums().into_iter().map(|(label, sum)| (label, sum.minor)).collect::<BTreeMap<_, _>>();
        prop_assert_eq!(taxes(&one), taxes(&other));
        prop_assert_eq!(one.applied(), other.applied());
        prop_assert_eq!(one.total(), other.total());
    }
}
