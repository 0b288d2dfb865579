use proptest::prelude::*;

use super::*;
use crate::base::PriceListId;

const V: VariantId = VariantId(1);
const TRADE: GroupId = GroupId(7);

fn gbp() -> Currency {
    Currency::parse("GBP").unwrap()
}

/// Days after the first of the tests' calendar.
fn day(days: i64) -> DateTime<Utc> {
    "2026-01-01T00:00:00Z".parse::<DateTime<Utc>>().unwrap() + Duration::days(days)
}

fn list(id: i64, kind: PriceKind) -> ListTerms {
    let list = PriceList {
        id: PriceListId(id),
        name: format!("List {id}"),
        kind,
        currency: gbp(),
        group_id: None,
        starts_at: None,
        ends_at: None,
        replaces_base: false,
        active: true,
    };
    ListTerms { list, group: String::new() }
}

fn trade(mut terms: ListTerms) -> ListTerms {
    terms.list.group_id = Some(TRADE);
    terms.group = "Trade".to_owned();
    terms
}

fn instead(mut terms: ListTerms) -> ListTerms {
    terms.list.replaces_base = true;
    terms
}

fn book(base: i64, offers: &[(ListTerms, i32, i64)]) -> PriceBook {
    let mut book = PriceBook::of_base(gbp(), day(0), &[(V, base)]);
    let prices = book.variants.get_mut(&V).unwrap();
    for (terms, min_quantity, amount) in offers {
        book.lists.insert(terms.list.id, terms.clone());
        prices.offers.push(Offer { list: terms.list.id, min_quantity: *min_quantity, amount: *amount, compare_at: None });
    }
    book
}

fn past(history: &[(i64, i64)]) -> Vec<PastPrice> {
    history.iter().map(|(at, amount)| PastPrice { valid_from: day(*at), amount: Some(*amount) }).collect()
}

fn asked(book: &PriceBook, quantity: i32, group: Option<GroupId>, at: i64) -> (i64, PriceReason) {
    let unit = book.unit(V, quantity, group, day(at)).unwrap();
    (unit.amount, unit.reason)
}

#[test]
fn a_sale_holds_from_its_first_moment_up_to_its_end_and_strikes_the_price_without_it() {
    let mut sale = list(1, PriceKind::Sale);
    (sale.list.starts_at, sale.list.ends_at) = (Some(day(10)), Some(day(20)));
    let book = book(1000, &[(sale, 1, 800)]);
    assert_eq!(asked(&book, 1, None, 9), (1000, PriceReason::Base));
    assert_eq!(book.unit(V, 1, None, day(20) - Duration::microseconds(1)).unwrap().compare_at, Some(1000));
    assert_eq!(asked(&book, 1, None, 10), (800, PriceReason::Sale { until: Some(day(20)) }));
    assert_eq!(asked(&book, 1, None, 20), (1000, PriceReason::Base));
}

#[test]
fn a_list_that_is_switched_off_says_nothing() {
    let mut off = list(1, PriceKind::Sale);
    off.list.active = false;
    assert_eq!(asked(&book(1000, &[(off, 1, 800)]), 1, None, 0), (1000, PriceReason::Base));
}

#[test]
fn a_group_s_price_is_for_its_members_only_and_strikes_nothing() {
    let book = book(1000, &[(trade(list(1, PriceKind::Regular)), 1, 850)]);
    assert_eq!(asked(&book, 1, None, 0), (1000, PriceReason::Base));
    assert_eq!(asked(&book, 1, Some(GroupId(8)), 0), (1000, PriceReason::Base));
    let unit = book.unit(V, 1, Some(TRADE), day(0)).unwrap();
    assert_eq!((unit.amount, unit.compare_at, unit.lowest_30), (850, None, None));
    assert_eq!(unit.reason.text().as_deref(), Some("Price for Trade"));
}

#[test]
fn the_lowest_wins_whoever_asks_it_and_a_tie_has_the_plainer_reason() {
    let dear = trade(list(1, PriceKind::Regular));
    assert_eq!(asked(&book(1000, &[(dear, 1, 1200)]), 1, Some(TRADE), 0), (1000, PriceReason::Base), "a dearer list does not count");
    let same = [(list(3, PriceKind::Sale), 1, 900), (trade(list(1, PriceKind::Regular)), 1, 900), (list(2, PriceKind::Regular), 1, 900)];
    assert_eq!(asked(&book(1000, &same), 1, Some(TRADE), 0).1, PriceReason::List { name: "List 2".into() });
    assert_eq!(asked(&book(900, &same), 1, Some(TRADE), 0).1, PriceReason::Base);
}

#[test]
fn a_list_instead_of_the_base_may_be_dearer_where_it_has_a_price() {
    let dear = instead(trade(list(1, PriceKind::Regular)));
    let mut book = book(1000, &[(dear, 1, 1200)]);
    assert_eq!(asked(&book, 1, Some(TRADE), 0), (1200, PriceReason::Group { name: "Trade".into() }));
    assert_eq!(asked(&book, 1, None, 0), (1000, PriceReason::Base));
    book.variants.get_mut(&V).unwrap().offers.clear();
    assert_eq!(asked(&book, 1, Some(TRADE), 0), (1000, PriceReason::Base));
}

#[test]
fn a_sale_instead_of_the_base_still_strikes_the_base() {
    let book = book(1000, &[(instead(list(1, PriceKind::Sale)), 1, 700)]);
    assert_eq!(book.unit(V, 1, None, day(0)).unwrap().compare_at, Some(1000));
}

#[test]
fn breaks_are_told_where_they_make_it_cheaper() {
    let trade_list = trade(list(1, PriceKind::Regular));
    let book = book(200, &[(trade_list.clone(), 10, 180), (trade_list.clone(), 25, 180), (trade_list, 100, 150)]);
    assert_eq!(book.breaks(V, None, day(0)), []);
    let told = [QuantityBreak { from: 10, amount: 180 }, QuantityBreak { from: 100, amount: 150 }];
    assert_eq!(book.breaks(V, Some(TRADE), day(0)), told);
    assert_eq!(asked(&book, 99, Some(TRADE), 0), (180, PriceReason::Quantity { from: 10 }));
    assert_eq!(asked(&book, 9, Some(TRADE), 0), (200, PriceReason::Base));
}

#[test]
fn without_a_base_or_a_list_there_is_no_price() {
    let mut book = book(1000, &[]);
    book.variants.get_mut(&V).unwrap().base = None;
    assert_eq!(book.unit(V, 1, None, day(0)), None);
    assert_eq!(book.unit(VariantId(99), 1, None, day(0)), None);
    assert_eq!(book.breaks(V, None, day(0)), []);
}

#[test]
fn beside_a_reduction_stands_the_lowest_price_of_the_30_days_before_it_began() {
    let mut book = book(1000, &[(list(1, PriceKind::Sale), 1, 800)]);
    let mut lowest_30 = |history: &[(i64, i64)], now: i64| {
        book.variants.get_mut(&V).unwrap().history = past(history);
        book.unit(V, 1, None, day(now)).unwrap().lowest_30
    };
    assert_eq!(lowest_30(&[(-90, 1000), (0, 800)], 3), Some(1000));
    assert_eq!(lowest_30(&[(-90, 1000), (-20, 700), (-10, 1000), (0, 800)], 3), Some(700), "an earlier sale counts");
    assert_eq!(lowest_30(&[(-90, 600), (-29, 1000), (0, 800)], 3), Some(600), "it still held within the 30 days");
    assert_eq!(lowest_30(&[(-90, 600), (-30, 1000), (0, 800)], 3), Some(1000), "it ended when they began");
    assert_eq!(lowest_30(&[(-90, 1000), (-5, 900), (0, 800)], 3), Some(900), "a second step down is measured by the first");
    assert_eq!(lowest_30(&[(-90, 1000), (0, 800)], 300), Some(1000), "however long the reduction lasts");
    assert_eq!(lowest_30(&[(-90, 1000), (0, 800), (9, 500)], 3), Some(1000), "what is planned does not count");
    assert_eq!(lowest_30(&[(0, 800)], 3), None, "nothing is known of the time before");
}

#[test]
fn a_price_that_is_not_reduced_has_no_lowest_beside_it() {
    let mut book = book(1000, &[]);
    book.variants.get_mut(&V).unwrap().history = past(&[(-90, 1200), (0, 1000)]);
    assert_eq!(book.unit(V, 1, None, day(3)).unwrap().lowest_30, None);
    book.variants.get_mut(&V).unwrap().base = Some(BasePrice { amount: 1000, compare_at: Some(1500) });
    assert_eq!(book.unit(V, 1, None, day(3)).unwrap().lowest_30, Some(1200), "a struck base price is an announced reduction too");
}

#[test]
fn a_sale_that_ends_at_midnight_has_its_last_day_the_day_before() {
    assert_eq!(PriceReason::Sale { until: Some(day(1)) }.text().as_deref(), Some("Sale price until 1 January"));
    let noon = PriceReason::Sale { until: Some(day(1) + Duration::hours(12)) };
    assert_eq!(noon.text().as_deref(), Some("Sale price until 2 January, 12:00 UTC"));
}

#[test]
fn percents_off_are_rounded_half_up_in_the_list_s_currency() {
    let into = |code: &str| Currency::parse(code).unwrap();
    let off = |minor, percent, rate: &str, code| reduced(Money::new(minor, gbp()), percent, rate.parse().unwrap(), into(code));
    assert_eq!(off(2495, Decimal::from(10), "1", "GBP"), Some(2246), "2245.5");
    assert_eq!(off(2495, Decimal::ZERO, "1.17", "EUR"), Some(2919));
    assert_eq!(off(2495, Decimal::ZERO, "190.5", "JPY"), Some(4753));
    assert_eq!(off(100, Decimal::ZERO, "0.4", "KWD"), Some(400));
    assert_eq!(off(100, Decimal::ONE_HUNDRED, "1", "GBP"), Some(0));
    assert_eq!(off(i64::MAX, Decimal::ZERO, "1000000", "KWD"), None);
}

#[derive(Clone, Debug)]
struct Any {
    kind: bool,
    grouped: bool,
    replaces: bool,
    min: i32,
    amount: i64,
}

fn any_offers() -> impl Strategy<Value = Vec<Any>> {
    let one = (any::<bool>(), any::<bool>(), any::<bool>(), 1..6_i32, 1..20_i64);
    prop::collection::vec(one.prop_map(|(kind, grouped, replaces, min, amount)| Any { kind, grouped, replaces, min, amount }), 0..8)
}

fn of(offers: &[Any], may_replace: bool) -> Vec<(ListTerms, i32, i64)> {
    let terms = |(id, any): (i64, &Any)| {
        let terms = list(id, if any.kind { PriceKind::Sale } else { PriceKind::Regular });
        let terms = if any.grouped { trade(terms) } else { terms };
        (if any.replaces && may_replace { instead(terms) } else { terms }, any.min, any.amount)
    };
    (1..).zip(offers).map(terms).collect()
}

proptest! {
    #[test]
    fn the_order_in_which_lists_are_read_never_matters(offers in any_offers(), quantity in 1..8_i32, member: bool) {
        let (group, mut turned) = (member.then_some(TRADE), of(&offers, true));
        let before = book(10, &turned).unit(V, quantity, group, day(0));
        turned.reverse();
        prop_assert_eq!(before, book(10, &turned).unit(V, quantity, group, day(0)));
    }

    #[test]
    fn more_units_are_never_dearer_each_unless_a_list_stands_instead_of_the_base(offers in any_offers(), quantity in 1..8_i32, member: bool) {
        let (group, book) = (member.then_some(TRADE), book(10, &of(&offers, false)));
        let each = |quantity| book.unit(V, quantity, group, day(0)).unwrap().amount;
        prop_assert!(each(quantity + 1) <= each(quantity));
        prop_assert!(each(quantity) <= 10);
    }

    #[test]
    fn a_struck_price_is_always_above_the_one_asked(offers in any_offers(), quantity in 1..8_i32, member: bool) {
        let unit = book(10, &of(&offers, true)).unit(V, quantity, member.then_some(TRADE), day(0)).unwrap();
        prop_assert!(unit.compare_at.is_none_or(|former| former > unit.amount));
    }

    #[test]
    fn breaks_say_what_is_asked_at_their_quantity(offers in any_offers(), member: bool) {
        let (group, book) = (member.then_some(TRADE), book(10, &of(&offers, true)));
        for QuantityBreak { from, amount } in book.breaks(V, group, day(0)) {
            prop_assert_eq!(book.unit(V, from, group, day(0)).unwrap().amount, amount);
        }
    }
}

#[test]
fn a_rate_as_people_say_it_is_turned_for_currencies_without_pence() {
    let currency = |code| Currency::parse(code).unwrap();
    let of =
        |rate: &str, own, other| of_minor_units(rate.parse().unwrap(), currency(own), currency(other)).unwrap().normalize().to_string();
    assert_eq!(of("1.17", "GBP", "EUR"), "1.17");
    assert_eq!(of("190", "GBP", "JPY"), "1.9", "a pound is 100 pence, and a yen is a yen");
    assert_eq!(of("0.005", "JPY", "GBP"), "0.5");
    assert_eq!(of("0.39", "GBP", "BHD"), "3.9", "a dinar is 1000 fils");
}
