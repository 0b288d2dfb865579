use chrono::{DateTime, Duration, Utc};
use proptest::prelude::*;
use rust_decimal::Decimal;

use super::*;
use crate::{
    accounts::Buyer,
    base::{CategoryId, Currency, GroupId, ProductId, VariantId},
    settings::Place,
};

fn pounds() -> Currency {
    Currency::parse("GBP").unwrap()
}

/// A line of one variant, which is the only one of its product; odd ones stand in category 1, even ones in category 2.
fn line(variant: i64, unit_price: i64, quantity: i32) -> BasketLine {
    let category = CategoryId(if variant % 2 == 1 { 1 } else { 2 });
    BasketLine {
        variant: VariantId(variant),
        product: ProductId(variant),
        categories: vec![category, CategoryId(9)],
        unit_price,
        quantity,
        is_reduced: false,
        is_gift_card: false,
    }
}

fn offer(id: i64, action: Action) -> Offer {
    Offer {
        id: PromotionId(id),
        label: format!("Offer {id}"),
        by_coupon: false,
        exclusive: false,
        priority: 100,
        currency: pounds(),
        starts_at: None,
        ends_at: None,
        conditions: vec![],
        action,
        most: None,
        skip_reduced: false,
        left: Left::default(),
    }
}

fn percent(id: i64, percent: i64) -> Offer {
    offer(id, Action::OrderPercent(Decimal::from(percent)))
}

fn category(id: i64) -> Goods {
    Goods::These { products: vec![], categories: vec![CategoryId(id)], words: format!("Category {id}") }
}

fn by_coupon(offer: Offer) -> Offer {
    Offer { by_coupon: true, ..offer }
}

fn coupon(id: i64, promotion: i64) -> Coupon {
    Coupon { id: CouponId(id), promotion: PromotionId(promotion), starts_at: None, ends_at: None, left: Left::default() }
}

fn asked(code: &str, coupon: Option<Coupon>) -> Asked {
    Asked { code: code.to_owned(), coupon }
}

/// Decides for a guest without an address.
fn decide(offers: Vec<Offer>, lines: &[BasketLine]) -> Outcome {
    with(PromotionBook { offers, asked: vec![], orders_before: None }, lines)
}

fn with(book: PromotionBook, lines: &[BasketLine]) -> Outcome {
    at(book, lines, &Buyer::default(), None)
}

fn at(book: PromotionBook, lines: &[BasketLine], buyer: &Buyer, place: Option<&Place>) -> Outcome {
    book.decide(&Situation { lines, currency: pounds(), place, buyer, now: now() })
}

fn now() -> DateTime<Utc> {
    "2026-11-21T12:00:00Z".parse().unwrap()
}

fn off(outcome: &Outcome) -> i64 {
    outcome.discounts.iter().map(|discount| discount.amount).sum()
}

fn off_line(outcome: &Outcome, line: usize) -> i64 {
    outcome.discounts.iter().filter(|discount| discount.line == line).map(|discount| discount.amount).sum()
}

/// What a code for this offer is told.
fn told(offer: Offer, lines: &[BasketLine]) -> String {
    let promotion = offer.id.0;
    let book =
        PromotionBook { offers: vec![by_coupon(offer)], asked: vec![asked("CODE", Some(coupon(1, promotion)))], orders_before: None };
    with(book, lines).coupons.remove(0).reason
}

#[test]
fn percent_off_the_order_is_spread_over_its_lines_and_adds_up() {
    let outcome = decide(vec![percent(1, 10)], &[line(1, 333, 1), line(2, 333, 1), line(3, 333, 1)]);
    assert_eq!(off(&outcome), -100);
    assert_eq!((off_line(&outcome, 0), off_line(&outcome, 1), off_line(&outcome, 2)), (-34, -33, -33));
}

#[test]
fn percentages_stack_one_after_the_other_by_priority() {
    let late = Offer { priority: 200, ..percent(1, 50) };
    let outcome = decide(vec![late, percent(2, 10)], &[line(1, 1000, 1)]);
    let order: Vec<_> = outcome.discounts.iter().map(|discount| (discount.promotion.0, discount.amount)).collect();
    assert_eq!(order, [(2, -100), (1, -450)]);
}

#[test]
fn a_fixed_amount_is_never_more_than_the_goods_cost() {
    assert_eq!(off(&decide(vec![offer(1, Action::OrderAmount(500))], &[line(1, 300, 2)])), -500);
    assert_eq!(off(&decide(vec![offer(1, Action::OrderAmount(5000))], &[line(1, 300, 2), line(2, 1, 1)])), -601);
}

#[test]
fn matching_goods_alone_are_discounted() {
    let basket = [line(1, 1000, 2), line(2, 1000, 2)];
    let outcome = decide(vec![offer(1, Action::GoodsPercent { percent: Decimal::from(25), goods: category(2) })], &basket);
    assert_eq!((off_line(&outcome, 0), off_line(&outcome, 1)), (0, -500));
    let each = decide(vec![offer(1, Action::GoodsAmount { amount: 150, goods: category(1) })], &basket);
    assert_eq!((off_line(&each, 0), off_line(&each, 1)), (-300, 0));
}

#[test]
fn goods_are_found_through_the_category_above_and_by_product() {
    let above = offer(1, Action::GoodsPercent { percent: Decimal::TEN, goods: category(9) });
    assert_eq!(off(&decide(vec![above], &[line(1, 100, 1), line(2, 100, 1)])), -20);
    let goods = Goods::These { products: vec![ProductId(2)], categories: vec![], words: "Two".into() };
    let one = offer(1, Action::GoodsPercent { percent: Decimal::TEN, goods });
    assert_eq!(off(&decide(vec![one], &[line(1, 100, 1), line(2, 100, 1)])), -10);
}

#[test]
fn targets_that_are_all_gone_match_nothing_rather_than_everything() {
    let goods = Goods::These { products: vec![], categories: vec![], words: String::new() };
    assert_eq!(off(&decide(vec![offer(1, Action::GoodsPercent { percent: Decimal::TEN, goods })], &[line(1, 100, 1)])), 0);
}

#[test]
fn the_cheapest_of_three_is_free_in_each_full_group_from_the_dearest_down() {
    let three = |times| offer(1, Action::CheapestFree { of: 3, times, goods: Goods::All });
    // Dearest first: 900 900 500 | 500 200 200 | 200
    let basket = [line(1, 200, 3), line(2, 900, 2), line(3, 500, 2)];
    let outcome = decide(vec![three(None)], &basket);
    assert_eq!((off_line(&outcome, 0), off_line(&outcome, 1), off_line(&outcome, 2)), (-200, 0, -500));
    assert_eq!(off(&decide(vec![three(Some(1))], &basket)), -500);
    assert_eq!(off(&decide(vec![three(None)], &[line(1, 200, 2)])), 0);
}

#[test]
fn buy_two_get_one_of_the_same() {
    let deal = |times| {
        let (bought, goods) = (Goods::All, Goods::All);
        offer(1, Action::BuyGet { buy: 2, bought, gets: 1, goods, percent: Decimal::ONE_HUNDRED, times })
    };
    assert_eq!(off(&decide(vec![deal(None)], &[line(1, 500, 2)])), 0);
    assert_eq!(off(&decide(vec![deal(None)], &[line(1, 500, 3)])), -500);
    assert_eq!(off(&decide(vec![deal(None)], &[line(1, 500, 7)])), -1000);
    assert_eq!(off(&decide(vec![deal(Some(1))], &[line(1, 500, 7)])), -500);
}

#[test]
fn buy_one_kind_get_another_at_half_price() {
    let half = Decimal::from(50);
    let deal = offer(1, Action::BuyGet { buy: 2, bought: category(1), gets: 1, goods: category(2), percent: half, times: None });
    let outcome = decide(vec![deal.clone()], &[line(1, 1000, 4), line(2, 300, 1), line(4, 200, 3)]);
    assert_eq!((off_line(&outcome, 0), off_line(&outcome, 1), off_line(&outcome, 2)), (0, 0, -200));
    assert_eq!(off(&decide(vec![deal], &[line(1, 1000, 4)])), 0, "nothing to get");
}

#[test]
fn a_unit_is_bought_or_got_but_never_both() {
    let (bought, goods) = (category(9), category(2));
    let deal = offer(1, Action::BuyGet { buy: 1, bought, gets: 1, goods, percent: Decimal::ONE_HUNDRED, times: None });
    // Category 2 alone is both: of three units one is bought and one is got.
    assert_eq!(off(&decide(vec![deal.clone()], &[line(2, 100, 3)])), -100);
    // With units that can only be bought, all of category 2 can be got.
    assert_eq!(off(&decide(vec![deal], &[line(2, 100, 3), line(1, 500, 3)])), -300);
}

#[test]
fn a_cap_bounds_what_comes_off_one_order() {
    let capped = Offer { most: Some(150), ..percent(1, 50) };
    let outcome = decide(vec![capped], &[line(1, 1000, 1), line(2, 500, 1)]);
    assert_eq!((off_line(&outcome, 0), off_line(&outcome, 1)), (-100, -50));
}

#[test]
fn gift_cards_are_never_discounted_and_count_for_nothing() {
    let card = BasketLine { is_gift_card: true, ..line(1, 10_000, 1) };
    let outcome = decide(vec![percent(1, 10), offer(2, Action::OrderAmount(50_000))], &[card.clone(), line(2, 100, 1)]);
    assert_eq!((off_line(&outcome, 0), off_line(&outcome, 1)), (0, -100));
    let spend = Offer { conditions: vec![Condition::TotalFrom { amount: 5000, goods: Goods::All }], ..percent(1, 10) };
    assert_eq!(decide(vec![spend], &[card]), Outcome::default());
}

#[test]
fn goods_on_sale_can_be_left_out_of_discount_and_condition() {
    let reduced = BasketLine { is_reduced: true, ..line(1, 1000, 1) };
    let careful =
        |amount| Offer { skip_reduced: true, conditions: vec![Condition::TotalFrom { amount, goods: Goods::All }], ..percent(1, 10) };
    let basket = [reduced, line(2, 500, 1)];
    assert_eq!(off(&decide(vec![careful(500)], &basket)), -50);
    assert_eq!(off(&decide(vec![careful(501)], &basket)), 0);
}

#[test]
fn delivery_has_one_discount_which_is_the_best() {
    let half = offer(1, Action::Delivery(Decimal::from(50)));
    let free = offer(2, Action::Delivery(Decimal::ONE_HUNDRED));
    let capped = Offer { most: Some(300), ..offer(3, Action::Delivery(Decimal::ONE_HUNDRED)) };
    let outcome = decide(vec![half, free, capped], &[line(1, 100, 1)]);
    let delivery = outcome.delivery.clone().unwrap();
    assert_eq!((delivery.promotion.0, delivery.percent, delivery.most), (2, Decimal::ONE_HUNDRED, None));
    assert_eq!(outcome.applied(), [(PromotionId(2), None)], "what was given up is not counted");
}

#[test]
fn a_gift_comes_with_goods_but_not_with_a_gift_card_alone() {
    let gift = offer(1, Action::Gift { variant: VariantId(7), quantity: 1, name: "Pencil".into() });
    let outcome = decide(vec![gift.clone()], &[line(1, 100, 1)]);
    assert_eq!((outcome.gifts[0].variant, outcome.gifts[0].quantity), (VariantId(7), 1));
    assert!(decide(vec![gift], &[BasketLine { is_gift_card: true, ..line(1, 100, 1) }]).gifts.is_empty());
}

#[test]
fn an_exclusive_promotion_stands_alone_or_not_at_all() {
    let exclusive = |id, priority| Offer { exclusive: true, priority, ..percent(id, 20) };
    let first = decide(vec![exclusive(1, 10), percent(2, 10)], &[line(1, 1000, 1)]);
    assert_eq!(first.applied(), [(PromotionId(1), None)]);
    let late = decide(vec![exclusive(1, 300), percent(2, 10), percent(3, 10)], &[line(1, 1000, 1)]);
    assert_eq!(late.applied(), [(PromotionId(2), None), (PromotionId(3), None)]);
}

#[test]
fn conditions_must_all_hold() {
    let both = |amount, number| Offer {
        conditions: vec![Condition::TotalFrom { amount, goods: Goods::All }, Condition::QuantityFrom { number, goods: category(1) }],
        ..percent(1, 10)
    };
    let basket = [line(1, 1000, 2), line(2, 1000, 1)];
    for (amount, number, applies) in [(3000, 2, true), (3001, 2, false), (3000, 3, false)] {
        assert_eq!(off(&decide(vec![both(amount, number)], &basket)) != 0, applies, "{amount} {number}");
    }
}

#[test]
fn totals_have_bounds_below_and_above() {
    let up_to = |amount| Offer { conditions: vec![Condition::TotalUpTo { amount, goods: Goods::All }], ..percent(1, 10) };
    assert_eq!(off(&decide(vec![up_to(1000)], &[line(1, 1000, 1)])), -100);
    assert_eq!(off(&decide(vec![up_to(999)], &[line(1, 1000, 1)])), 0);
    assert_eq!(told(up_to(999), &[line(1, 1000, 1)]), "CODE is for orders up to £9.99.");
}

#[test]
fn orders_are_counted_first_exactly_from_and_more_than() {
    let applies = |condition: &Condition, orders_before| {
        let offers = vec![Offer { conditions: vec![condition.clone()], ..percent(1, 10) }];
        off(&with(PromotionBook { offers, asked: vec![], orders_before }, &[line(1, 1000, 1)])) != 0
    };
    let cases = [
        (Condition::FirstOrder, [0_i64].as_slice(), [1, 5].as_slice()),
        (Condition::OrderExactly(5), &[4], &[0, 3, 5]),
        (Condition::OrderFrom(5), &[4, 5, 50], &[0, 3]),
        (Condition::OrdersMoreThan(50), &[51, 99], &[0, 49, 50]),
    ];
    for (condition, yes, no) in cases {
        assert!(yes.iter().all(|before| applies(&condition, Some(*before))), "{condition:?}");
        assert!(!no.iter().any(|before| applies(&condition, Some(*before))), "{condition:?}");
        assert!(!applies(&condition, None), "nobody knows yet: {condition:?}");
    }
}

#[test]
fn a_group_s_promotion_is_for_its_members_and_tells_others_nothing() {
    let of_group = Offer { conditions: vec![Condition::Group { groups: vec![GroupId(3)], words: "Trade".into() }], ..percent(1, 10) };
    let book = || PromotionBook { offers: vec![of_group.clone()], ..PromotionBook::default() };
    let member = Buyer { group: Some(GroupId(3)), ..Buyer::default() };
    assert_eq!(off(&at(book(), &[line(1, 1000, 1)], &member, None)), -100);
    assert_eq!(off(&at(book(), &[line(1, 1000, 1)], &Buyer::default(), None)), 0);
    assert_eq!(told(of_group, &[line(1, 1000, 1)]), "CODE is not valid.");
}

#[test]
fn a_destination_must_be_known_and_right() {
    let abroad = || Offer { conditions: vec![Condition::Destination(vec!["FR".into(), "DE".into()])], ..percent(1, 10) };
    let book = || PromotionBook { offers: vec![abroad()], ..PromotionBook::default() };
    let place = |country: &str| Place { country: country.into(), ..Place::default() };
    assert_eq!(off(&at(book(), &[line(1, 1000, 1)], &Buyer::default(), Some(&place("DE")))), -100);
    assert_eq!(off(&at(book(), &[line(1, 1000, 1)], &Buyer::default(), Some(&place("GB")))), 0);
    let unknown = told(abroad(), &[line(1, 1000, 1)]);
    assert!(unknown.contains("France or Germany") && unknown.contains("once we know"), "{unknown}");
}

#[test]
fn dates_count_to_the_moment() {
    let hour = Duration::hours(1);
    for (starts, ends, applies) in [
        (Some(now()), None, true),
        (Some(now() + hour), None, false),
        (None, Some(now()), false),
        (Some(now() - hour), Some(now() + hour), true),
    ] {
        let dated = Offer { starts_at: starts, ends_at: ends, ..percent(1, 10) };
        assert_eq!(off(&decide(vec![dated], &[line(1, 1000, 1)])) != 0, applies, "{starts:?} {ends:?}");
    }
}

#[test]
fn another_currency_gets_nothing() {
    let euros = Offer { currency: Currency::parse("EUR").unwrap(), ..percent(1, 10) };
    assert_eq!(off(&decide(vec![euros.clone()], &[line(1, 1000, 1)])), 0);
    assert_eq!(told(euros, &[line(1, 1000, 1)]), "CODE is for orders in EUR.");
}

#[test]
fn a_coupon_s_promotion_applies_with_its_code_only_and_says_so() {
    let offers = || vec![by_coupon(percent(1, 10))];
    assert_eq!(decide(offers(), &[line(1, 1000, 1)]), Outcome::default());
    let book = PromotionBook { offers: offers(), asked: vec![asked("SPRING10", Some(coupon(4, 1)))], orders_before: None };
    let outcome = with(book, &[line(1, 1000, 1)]);
    assert_eq!(outcome.discounts[0].label, "Offer 1 (SPRING10)");
    assert_eq!(outcome.applied(), [(PromotionId(1), Some(CouponId(4)))]);
    assert_eq!(outcome.coupons, [Verdict { code: "SPRING10".into(), applied: true, reason: "SPRING10: Offer 1.".into() }]);
}

#[test]
fn unknown_future_and_past_codes_are_told_the_same() {
    let future = Coupon { starts_at: Some(now() + Duration::hours(1)), ..coupon(2, 1) };
    let past = Coupon { ends_at: Some(now()), ..coupon(3, 1) };
    let codes = vec![asked("CODE", None), asked("CODE", Some(future)), asked("CODE", Some(past)), asked("CODE", Some(coupon(4, 77)))];
    let book = PromotionBook { offers: vec![by_coupon(percent(1, 10))], asked: codes, orders_before: None };
    let outcome = with(book, &[line(1, 1000, 1)]);
    assert!(outcome.coupons.iter().all(|verdict| !verdict.applied && verdict.reason == "CODE is not valid."), "{:?}", outcome.coupons);
    assert_eq!(outcome.coupons.len(), 4);
}

#[test]
fn the_cart_says_why_a_coupon_does_not_apply() {
    let basket = [line(1, 3760, 1)];
    let spend = Offer { conditions: vec![Condition::TotalFrom { amount: 5000, goods: Goods::All }], ..percent(1, 10) };
    assert_eq!(told(spend, &basket), "CODE needs £50.00 of goods; £12.40 are missing.");
    let three = Offer { conditions: vec![Condition::QuantityFrom { number: 3, goods: category(1) }], ..percent(1, 10) };
    assert_eq!(told(three, &basket), "CODE needs 3 of Category 1; 2 are missing.");
    let other = offer(1, Action::GoodsPercent { percent: Decimal::TEN, goods: category(2) });
    assert_eq!(told(other, &basket), "Nothing in the cart fits CODE: 10% off Category 2.");
    let first = Offer { conditions: vec![Condition::FirstOrder], ..percent(1, 10) };
    assert!(told(first, &basket).contains("once we know your e-mail"));
    let used = Offer { left: Left { overall: Some(0), each: None }, ..percent(1, 10) };
    assert_eq!(told(used, &basket), "CODE has been used up.");
    let mine = Offer { left: Left { overall: Some(5), each: Some(0) }, ..percent(1, 10) };
    assert_eq!(told(mine, &basket), "You have used CODE as often as one can.");
}

#[test]
fn a_coupon_that_can_t_be_combined_names_what_is_in_its_way() {
    let exclusive = Offer { exclusive: true, priority: 1, ..percent(1, 20) };
    let book = PromotionBook {
        offers: vec![exclusive, by_coupon(percent(2, 10))],
        asked: vec![asked("CODE", Some(coupon(1, 2)))],
        orders_before: None,
    };
    assert_eq!(with(book, &[line(1, 1000, 1)]).coupons[0].reason, "CODE can’t be combined with “Offer 1”.");
}

#[test]
fn one_code_of_a_promotion_is_enough() {
    let codes = vec![
        asked("USED", Some(Coupon { left: Left { overall: Some(0), each: None }, ..coupon(1, 1) })),
        asked("ONE", Some(coupon(2, 1))),
        asked("TWO", Some(coupon(3, 1))),
    ];
    let book = PromotionBook { offers: vec![by_coupon(percent(1, 10))], asked: codes, orders_before: None };
    let outcome = with(book, &[line(1, 1000, 1)]);
    assert_eq!(off(&outcome), -100);
    let applied: Vec<_> = outcome.coupons.iter().map(|verdict| verdict.applied).collect();
    assert_eq!(applied, [false, true, false]);
    assert!(outcome.coupons[2].reason.contains("ONE"));
}

#[test]
fn what_is_nearly_reached_is_offered_once_half_of_it_is() {
    let free = Offer {
        conditions: vec![Condition::TotalFrom { amount: 5000, goods: Goods::All }],
        ..offer(1, Action::Delivery(Decimal::ONE_HUNDRED))
    };
    assert_eq!(decide(vec![free.clone()], &[line(1, 4590, 1)]).nearly, ["Add £4.10 to get free delivery."]);
    assert!(decide(vec![free.clone()], &[line(1, 2499, 1)]).nearly.is_empty());
    assert!(decide(vec![free], &[line(1, 5000, 1)]).nearly.is_empty());
    let two = Offer { conditions: vec![Condition::QuantityFrom { number: 2, goods: category(1) }], ..percent(2, 10) };
    assert_eq!(decide(vec![two], &[line(1, 10, 1)]).nearly, ["Add 1 more of Category 1 to get 10% off the order."]);
}

#[test]
fn nothing_is_said_to_be_near_for_people_who_can_t_have_it() {
    let conditions = vec![
        Condition::TotalFrom { amount: 5000, goods: Goods::All },
        Condition::Group { groups: vec![GroupId(1)], words: "Trade".into() },
    ];
    assert!(decide(vec![Offer { conditions, ..percent(1, 10) }], &[line(1, 4590, 1)]).nearly.is_empty());
}

#[test]
fn a_summary_says_all_of_it_in_plain_words() {
    let conditions = vec![
        Condition::TotalFrom { amount: 5000, goods: Goods::All },
        Condition::OrderExactly(3),
        Condition::Destination(vec!["GB".into()]),
    ];
    let whole = Offer { conditions, most: Some(2000), exclusive: true, ..by_coupon(percent(1, 10)) };
    assert_eq!(
        summary(&whole),
        "10% off the order, £20.00 at most, if there is £50.00 or more of goods and it is a customer’s 3rd order and it is delivered \
         to United Kingdom. Only with a coupon, and never together with another promotion."
    );
}

fn any_line() -> impl Strategy<Value = (i64, i32, bool, bool)> {
    (0_i64..20_000, 1_i32..12, prop::bool::weighted(0.2), prop::bool::weighted(0.1))
}

fn any_goods() -> impl Strategy<Value = Goods> {
    prop_oneof![Just(Goods::All), (1_i64..3).prop_map(category)]
}

fn any_percent() -> impl Strategy<Value = Decimal> {
    (1_i64..=10_000).prop_map(|hundredths| Decimal::new(hundredths, 2))
}

fn any_times() -> impl Strategy<Value = Option<i64>> {
    prop::option::of(1_i64..4)
}

fn any_action() -> impl Strategy<Value = Action> {
    let buy_get = (1_i64..4, any_goods(), 1_i64..4, any_goods(), any_percent(), any_times());
    prop_oneof![
        any_percent().prop_map(Action::OrderPercent),
        (1_i64..30_000).prop_map(Action::OrderAmount),
        (any_percent(), any_goods()).prop_map(|(percent, goods)| Action::GoodsPercent { percent, goods }),
        (1_i64..3_000, any_goods()).prop_map(|(amount, goods)| Action::GoodsAmount { amount, goods }),
        (2_i64..5, any_times(), any_goods()).prop_map(|(of, times, goods)| Action::CheapestFree { of, times, goods }),
        buy_get.prop_map(|(buy, bought, gets, goods, percent, times)| Action::BuyGet { buy, bought, gets, goods, percent, times }),
        any_percent().prop_map(Action::Delivery),
    ]
}

fn any_offer() -> impl Strategy<Value = Offer> {
    let flags = (prop::bool::weighted(0.1), prop::bool::weighted(0.2), 0_i32..3);
    (any_action(), prop::option::of(1_i64..20_000), flags).prop_map(|(action, most, (exclusive, skip_reduced, priority))| Offer {
        most,
        exclusive,
        skip_reduced,
        priority,
        ..offer(0, action)
    })
}

fn any_case() -> impl Strategy<Value = (Vec<Offer>, Vec<BasketLine>)> {
    let offers = prop::collection::vec(any_offer(), 0..6);
    let lines = prop::collection::vec(any_line(), 0..8);
    (offers, lines).prop_map(|(offers, lines)| {
        let offers = (1..).zip(offers).map(|(id, offer)| Offer { id: PromotionId(id), label: format!("Offer {id}"), ..offer }).collect();
        let made = |(at, (price, quantity, is_reduced, is_gift_card))| BasketLine { is_reduced, is_gift_card, ..line(at, price, quantity) };
        (offers, (1..).zip(lines).map(made).collect())
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn no_line_is_ever_discounted_below_nothing_and_no_discount_adds((offers, lines) in any_case()) {
        let outcome = decide(offers, &lines);
        prop_assert!(outcome.discounts.iter().all(|discount| discount.amount < 0));
        for (at, line) in lines.iter().enumerate() {
            let total = if line.is_gift_card { 0 } else { line.total() };
            prop_assert!(-off_line(&outcome, at) <= total, "line {at}");
        }
    }

    #[test]
    fn no_promotion_takes_off_more_than_its_cap((offers, lines) in any_case()) {
        let outcome = decide(offers.clone(), &lines);
        for offer in offers {
            let taken: i64 = outcome.discounts.iter().filter(|discount| discount.promotion == offer.id).map(|discount| -discount.amount).sum();
            prop_assert!(offer.most.is_none_or(|most| taken <= most));
        }
    }

    #[test]
    fn a_fixed_amount_adds_up_exactly(amount in 1_i64..50_000, prices in prop::collection::vec(any_line(), 1..10)) {
        let lines: Vec<_> = (1..).zip(prices).map(|(at, (price, quantity, ..))| line(at, price, quantity)).collect();
        let all: i64 = lines.iter().map(BasketLine::total).sum();
        prop_assert_eq!(-off(&decide(vec![offer(1, Action::OrderAmount(amount))], &lines)), amount.min(all));
    }

    #[test]
    fn the_order_in_which_things_lie_in_the_cart_decides_nothing((offers, lines) in any_case(), turn in 0_usize..8) {
        let mut turned = lines.clone();
        turned.rotate_left(turn % lines.len().max(1));
        turned.reverse();
        let (one, other) = (decide(offers.clone(), &lines), decide(offers, &turned));
        prop_assert_eq!(off(&one), off(&other));
        prop_assert_eq!(&one.delivery, &other.delivery);
        for (at, line) in lines.iter().enumerate() {
            let there = turned.iter().position(|same| same.variant == line.variant).unwrap();
            prop_assert_eq!(off_line(&one, at), off_line(&other, there));
        }
    }

    #[test]
    fn the_same_question_has_the_same_answer((offers, lines) in any_case()) {
        let mut shuffled = offers.clone();
        shuffled.reverse();
        prop_assert_eq!(decide(offers, &lines), decide(shuffled, &lines));
    }

    #[test]
    fn an_exclusive_promotion_is_never_combined((offers, lines) in any_case()) {
        let applied = decide(offers.clone(), &lines).applied();
        let has_exclusive = offers.iter().any(|offer| offer.exclusive && applied.iter().any(|(id, _)| *id == offer.id));
        prop_assert!(!has_exclusive || applied.len() == 1);
    }
}
