//! What must hold whatever happens, in small figures; `bin/prove` has the large ones. Properties that have tests of their own
//! beside their room are not told again: a race for the last units (`orders`), a coupon that racers want (`promotions`), a
//! provider that misbehaves (`payments`), guessing (`promotions`, `credit`), the books (`doctor`).

use std::sync::Arc;

use diesel::Connection;
use ironmonger::{
    base::{AttemptId, Conn, Currency, Error, Money, OrderId, Result},
    orders,
    payments::{self, Standing},
    promotions::{self, ActionKind, Chosen, NewCoupon, Plan, Shape},
};

use crate::harness::{CARD, DECLINED, Shop, Shopper, at_once};

fn pounds(minor: i64) -> Money {
    Money::new(minor, Currency::parse("GBP").unwrap())
}

/// The books agree, and nobody had to wait for another in a circle.
fn all_is_right(shop: &Shop) {
    let report = shop.examination();
    assert!(report.is_clean() && report.unread.is_empty(), "{report}");
}

/// Ten percent off with this code, for so many orders.
fn coupon(shop: &Shop, code: &str, max_uses: i32) {
    let plan = Plan {
        name: "Ten".into(),
        label: "10% off".into(),
        percent: Some(10.into()),
        by_coupon: true,
        ..Plan::empty(ActionKind::OrderPercent, Currency::parse("GBP").unwrap())
    };
    let everything = Chosen { all: true, ..Chosen::default() };
    let shape = Shape { plan, gift: None, goods: everything.clone(), bought: everything };
    let code = code.to_owned();
    shop.write(move |conn| {
        let id = promotions::save(conn, None, &shape)?;
        promotions::set_active(conn, id, true)?;
        let new = NewCoupon { code, batch: String::new(), starts_at: None, ends_at: None, max_uses: Some(max_uses), max_uses_each: None };
        promotions::make_coupon(conn, id, &new)
    });
}

/// Somebody with this in the cart, and this code, before the button that places the order.
fn before_paying(shop: &Shop, name: &str, product: &str, code: Option<&str>) -> Shopper {
    let mut shopper = shop.shopper();
    shopper.email = format!("{name}@example.com");
    shopper.adds_to_cart(product, 1);
    if let Some(code) = code {
        shopper.browser.get("/cart");
        shopper.browser.submit("Use the code", &[("coupon", code)]);
    }
    shopper.reaches_payment();
    shopper
}

// 1

#[test]
fn buyers_who_race_over_two_servers_get_exactly_what_there_is() {
    let shop = Shop::open();
    let other = Shop::over(&shop);
    // Everybody got ready to pay while there was enough, and the time for which it was held is over.
    let hammer = shop.product("Claw hammer").stock(16).put_up();
    let racers: Vec<_> =
        (0..16).map(|at| before_paying(if at % 2 == 0 { &shop } else { &other }, &format!("racer{at}"), &hammer, None)).collect();

    shop.holds_run_out();
    shop.write(|conn| {
        let found = ironmonger::catalog::variant_by_sku(conn, "CLAW-HAMMER")?.expect("the hammer");
        ironmonger::inventory::count(conn, found.id, 4, ironmonger::inventory::Cause::Adjusted, "test")
    });

    let pages = at_once(racers.iter().map(|racer| racer.browser.prepare("Place the order", &[("gateway", "manual")])).collect());

    assert!(pages.iter().all(|page| page.status == 200), "nobody sees a fault");
    assert_eq!(pages.iter().filter(|page| page.url.path().ends_with("/confirmation")).count(), 4);
    assert_eq!(shop.count("SELECT count(*) FROM orders"), 4);
    assert_eq!(shop.stock("CLAW-HAMMER"), (4, 4));
    all_is_right(&shop);
}

// 2

#[test]
fn a_coupon_for_two_orders_discounts_two_of_many_who_order_at_once() {
    let shop = Shop::open();
    let hammer = shop.product("Claw hammer").stock(50).put_up();
    coupon(&shop, "TWO", 2);
    let racers: Vec<_> = (0..8).map(|at| before_paying(&shop, &format!("racer{at}"), &hammer, Some("TWO"))).collect();

    let pages = at_once(racers.iter().map(|racer| racer.browser.prepare("Place the order", &[("gateway", "manual")])).collect());

    assert_eq!(pages.iter().filter(|page| page.url.path().ends_with("/confirmation")).count(), 2);
    assert!(pages.iter().all(|page| page.status == 200), "the others are told");
    assert_eq!(shop.count("SELECT uses FROM coupons"), 2);
    assert_eq!(shop.count("SELECT count(*) FROM orders WHERE discount_total = -100"), 2);
    assert_eq!(shop.count("SELECT count(*) FROM orders"), 2);
    all_is_right(&shop);
}

#[test]
fn a_payment_that_fails_gives_the_coupon_free_and_trying_again_takes_it_up() {
    let shop = Shop::open();
    let hammer = shop.product("Claw hammer").stock(50).put_up();
    coupon(&shop, "ONE", 1);
    let mut annie = before_paying(&shop, "annie", &hammer, Some("ONE"));
    annie.orders_by("sandbox");
    assert_eq!(shop.count("SELECT uses FROM coupons"), 1);
    annie.pays_with(DECLINED).must_say("declined");
    assert_eq!(shop.count("SELECT uses FROM coupons"), 0, "others can use it");
    annie.browser.submit("Pay", &[("gateway", "sandbox")]);
    assert_eq!(shop.count("SELECT uses FROM coupons"), 1);
    annie.pays_with(DECLINED).must_say("declined");
    assert_eq!(shop.count("SELECT uses FROM coupons"), 0, "the second failure, too");
    annie.browser.submit("Pay", &[("gateway", "sandbox")]);
    annie.pays_with(CARD).must_say("Thank you");
    assert_eq!(shop.count("SELECT uses FROM coupons"), 1);
    all_is_right(&shop);
}

#[test]
fn who_tries_to_pay_again_after_others_used_the_coupon_up_is_told() {
    let shop = Shop::open();
    let hammer = shop.product("Claw hammer").stock(50).put_up();
    coupon(&shop, "ONE", 1);
    let mut annie = before_paying(&shop, "annie", &hammer, Some("ONE"));
    annie.orders_by("sandbox");
    annie.pays_with(DECLINED).must_say("declined");
    let mut bert = before_paying(&shop, "bert", &hammer, Some("ONE"));
    bert.orders_by("manual");
    assert!(bert.page().url.path().ends_with("/confirmation"));
    annie.browser.submit("Pay", &[("gateway", "sandbox")]).must_say("ONE has been used up");
    assert_eq!(shop.count("SELECT uses FROM coupons"), 1);
    assert_eq!(shop.count("SELECT sum(captured) FROM payment_attempts"), 0);
    all_is_right(&shop);
}

#[test]
fn an_order_that_is_cancelled_gives_its_coupon_back() {
    let shop = Shop::open();
    let hammer = shop.product("Claw hammer").stock(50).put_up();
    coupon(&shop, "ONE", 1);
    let mut annie = before_paying(&shop, "annie", &hammer, Some("ONE"));
    annie.orders_by("sandbox");
    annie.pays_with(CARD);
    let number = annie.order_number();
    shop.owner().cancels(&number, "");
    let mut bert = before_paying(&shop, "bert", &hammer, Some("ONE"));
    bert.orders_by("sandbox");
    shop.pay_time_runs_out();
    assert_eq!(shop.count("SELECT uses FROM coupons"), 0);
    all_is_right(&shop);
}

// 3

#[test]
fn a_cart_that_is_edited_while_it_is_paid_is_charged_as_it_was_ordered() {
    let shop = Shop::open();
    let (hammer, saw) = (shop.product("Claw hammer").stock(90).put_up(), shop.product("Hand saw").price("7.35").stock(90).put_up());
    for at in 0..6 {
        let mut annie = before_paying(&shop, &format!("annie{at}"), &hammer, None);
        let pay = annie.browser.prepare("Place the order", &[("gateway", "sandbox")]);
        annie.visits(&saw);
        let edit = annie.browser.prepare("Add to cart", &[("quantity", "3")]);
        assert!(at_once(vec![pay, edit]).iter().all(|page| page.status == 200));
    }
    shop.works();
    let lines = "(SELECT sum(l.total) FROM order_lines l WHERE l.order_id = o.id) + o.discount_total + o.delivery_total";
    assert_eq!(shop.count(&format!("SELECT count(*) FROM orders o WHERE o.total <> {lines}")), 0);
    let asked = "SELECT count(*) FROM orders o JOIN payment_attempts a ON a.order_id = o.id
                 JOIN sandbox_payments p ON p.id = a.gateway_reference WHERE p.amount = o.total AND a.amount = o.total";
    assert_eq!(shop.count(asked), shop.count("SELECT count(*) FROM orders"));
    assert_eq!(shop.count("SELECT count(*) FROM sandbox_payments"), shop.count("SELECT count(*) FROM orders"));
    all_is_right(&shop);
}

// 4

#[test]
fn ten_clicks_on_placing_an_order_reach_one_confirmation() {
    let shop = Shop::open();
    let hammer = shop.product("Claw hammer").stock(10).put_up();
    let annie = before_paying(&shop, "annie", &hammer, None);
    let pages = at_once((0..10).map(|_| annie.browser.prepare("Place the order", &[("gateway", "manual")])).collect());
    assert!(pages.iter().all(|page| page.url == pages[0].url && page.url.path().ends_with("/confirmation")));
    assert_eq!(shop.count("SELECT count(*) FROM orders"), 1);
    assert_eq!(shop.count("SELECT count(*) FROM payment_attempts"), 1);
    assert_eq!(shop.stock("CLAW-HAMMER"), (10, 1));
    all_is_right(&shop);
}

#[test]
fn a_second_click_that_comes_late_changes_nothing_of_what_the_first_one_did() {
    let shop = Shop::open();
    let hammer = shop.product("Claw hammer").stock(1).put_up();
    let mut annie = before_paying(&shop, "annie", &hammer, None);
    let late = || annie.browser.prepare("Place the order", &[("gateway", "sandbox")]);
    let (second, third) = (late(), late());
    annie.orders_by("sandbox");
    annie.pays_with(CARD).must_say("Thank you");
    shop.meddle("UPDATE variants SET price = price * 2");
    let pages = at_once(vec![second, third]);
    assert!(pages.iter().all(|page| page.status == 200 && page.url.path().contains("/orders/")), "{:?}", pages[0].url);
    assert_eq!(shop.count("SELECT count(*) FROM orders WHERE payment_state = 'paid' AND total = 1395"), 1);
    assert_eq!(shop.count("SELECT count(*) FROM sandbox_payments"), 1);
    assert_eq!(shop.stock("CLAW-HAMMER"), (1, 1));
    all_is_right(&shop);
}

// 7

/// An order that waits for its payment at the provider.
fn awaiting(shop: &Shop) -> (OrderId, AttemptId) {
    let hammer = shop.product("Claw hammer").put_up();
    let mut annie = before_paying(shop, "annie", &hammer, None);
    annie.orders_by("sandbox");
    let order = OrderId(shop.count("SELECT id FROM orders"));
    let attempt = shop.read(move |conn| Ok(payments::attempts_of(conn, order)?[0].id));
    (order, attempt)
}

fn orders_of<T: Clone>(all: &[T]) -> Vec<Vec<T>> {
    if all.is_empty() {
        return vec![vec![]];
    }
    let first = |at: usize| {
        let rest: Vec<T> = all.iter().enumerate().filter(|(other, _)| *other != at).map(|(_, item)| item.clone()).collect();
        orders_of(&rest).into_iter().map(move |order| [vec![all[at].clone()], order].concat()).collect::<Vec<_>>()
    };
    (0..all.len()).flat_map(first).collect()
}

/// Tells these in turn, each of them twice, and gives the states of payment and order; then forgets it all.
fn told(
    conn: &mut Conn,
    links: &orders::Links,
    order: OrderId,
    attempt: AttemptId,
    events: &[(&str, Standing)],
) -> Result<(String, String)> {
    let mut seen = None;
    let undone = conn.transaction::<(), Error, _>(|conn| {
        for (id, standing) in events.iter().flat_map(|event| [event, event]) {
            payments::record(conn, attempt, id, standing)?;
            orders::payment_changed(conn, links, order, false)?;
        }
        let state = orders::find(conn, order)?.payment_state.to_string();
        seen = Some((payments::attempt(conn, attempt)?.state.to_string(), state));
        Err(Error::NotFound)
    });
    assert!(matches!(undone, Err(Error::NotFound)), "{undone:?}");
    Ok(seen.unwrap())
}

#[test]
fn whatever_the_order_of_messages_there_is_one_end() {
    let shop = Shop::open();
    let (order, attempt) = awaiting(&shop);
    let links = Arc::new(shop.wired.till.links.clone());
    let all = [
        ("pending", Standing::Pending),
        ("authorised", Standing::Authorised { amount: pounds(1395), until: None }),
        ("failed", Standing::Failed { reason: "declined".into() }),
        ("expired", Standing::Expired),
        ("captured", Standing::Captured { amount: pounds(1395) }),
    ];
    for (events, end) in [(&all[..], ("captured", "paid")), (&all[..4], ("expired", "failed")), (&all[..2], ("authorised", "authorised"))] {
        let (events, links) = (events.to_vec(), links.clone());
        let ends = shop.write(move |conn| {
            orders_of(&events).iter().map(|events| told(conn, &links, order, attempt, events)).collect::<Result<Vec<_>>>()
        });
        assert!(ends.iter().all(|(payment, of_order)| (payment.as_str(), of_order.as_str()) == end), "{end:?}: {ends:?}");
    }
}

#[test]
fn late_words_leave_what_was_paid_or_given_back_alone() {
    let shop = Shop::open();
    let (order, attempt) = awaiting(&shop);
    let links = shop.wired.till.links.clone();
    let says = |event: &'static str, standing: Standing| {
        let links = links.clone();
        shop.write(move |conn| {
            payments::record(conn, attempt, event, &standing)?;
            orders::payment_changed(conn, &links, order, false).map(|order| order.payment_state.to_string())
        })
    };
    assert_eq!(says("1", Standing::Captured { amount: pounds(1395) }), "paid");
    shop.meddle("UPDATE sandbox_payments SET state = 'captured', authorised = amount, captured = amount");
    assert_eq!(says("2", Standing::Expired), "paid");
    let number = shop.first("SELECT number FROM orders");
    shop.owner().refunds(&number, "13.95");
    shop.works_within(30);
    for (event, late) in
        [("3", Standing::Failed { reason: "late".into() }), ("4", Standing::Expired), ("5", Standing::Captured { amount: pounds(1395) })]
    {
        assert_eq!(says(event, late), "refunded");
    }
    shop.pay_time_runs_out();
    assert_eq!(shop.first("SELECT lifecycle FROM orders"), "placed");
    all_is_right(&shop);
}

#[test]
fn the_end_of_an_old_try_does_not_cancel_a_new_one() {
    let shop = Shop::open();
    let hammer = shop.product("Claw hammer").put_up();
    let mut annie = before_paying(&shop, "annie", &hammer, None);
    annie.orders_by("sandbox");
    annie.pays_with(DECLINED).must_say("declined");
    let old = shop.read(|conn| Ok(payments::attempts_of(conn, OrderId(1))?[0].id));
    annie.browser.submit("Pay", &[("gateway", "sandbox")]);
    let links = shop.wired.till.links.clone();
    shop.write(move |conn| {
        payments::record(conn, old, "late expiry", &Standing::Expired)?;
        orders::payment_changed(conn, &links, OrderId(1), false)
    });
    // The job that would have ended the first try comes now; the order has more time since.
    shop.jobs_become_due();
    shop.works_within(30);
    assert_eq!(shop.first("SELECT lifecycle FROM orders"), "placed");
    annie.pays_with(CARD).must_say("Thank you");
    assert_eq!(shop.count("SELECT sum(captured) FROM payment_attempts"), 1395);
    all_is_right(&shop);
}

// 9

#[test]
fn of_two_refunds_of_sixty_on_a_hundred_there_is_one() {
    let shop = Shop::open();
    let hammer = shop.product("Anvil").price("96.05").put_up();
    let mut annie = shop.shopper();
    annie.adds_to_cart(&hammer, 1);
    let number = annie.buys();
    assert_eq!(shop.count("SELECT captured FROM payment_attempts"), 10_000);
    let mut both = vec![];
    for mut staff in [shop.owner(), shop.staff(ironmonger::web::Role::Staff)] {
        staff.opens_order(&number);
        staff.browser.submit("Refund", &[("amount", "60.00")]);
        both.push(staff.browser.prepare("Give back", &[]));
    }
    assert!(at_once(both).iter().all(|page| page.status < 500));
    shop.works_within(30);
    assert_eq!(shop.count("SELECT sum(amount) FROM refunds"), 6_000);
    assert_eq!(shop.count("SELECT refunded FROM sandbox_payments"), 6_000);
    all_is_right(&shop);
}

// 10

#[test]
fn a_price_with_odd_tax_is_the_same_to_the_cent_everywhere() {
    let shop = Shop::open();
    let shears = shop.product("Hedge shears").price("24.99").put_up();
    shop.meddle(
        "UPDATE tax_settings SET entered = 'net', delivery_class = 'zero';
         UPDATE tax_zone_rates SET rate = 10.75 WHERE label = 'California sales tax 7.25%';
         UPDATE shipping_rates SET price = 644",
    );
    let mut annie = shop.shopper();
    annie.adds_to_cart(&shears, 1);
    annie.goes_to_checkout();
    // The states are asked for once the country is known.
    annie.gives_address(&[("country", "US"), ("city", "San Francisco"), ("postcode", "94103")]);
    annie.gives_address(&[("country", "US"), ("city", "San Francisco"), ("postcode", "94103"), ("region", "US-CA")]);
    annie.chooses_delivery().must_say("34.12");
    annie.checks_the_order().must_say("34.12");
    annie.orders_by("sandbox").must_say("34.12");
    annie.pays_with(CARD).must_say("34.12");
    let number = annie.order_number();
    assert_eq!(shop.count("SELECT total FROM orders"), 3412);
    assert_eq!(shop.count("SELECT tax_total FROM orders"), 269);
    assert_eq!(shop.count("SELECT captured FROM sandbox_payments"), 3412);
    assert!(shop.mails().iter().all(|mail| mail.text.contains("34.12")));
    shop.owner().opens_order(&number).must_say("34.12");
    all_is_right(&shop);
}

// 11

#[test]
fn an_order_that_was_placed_and_cancelled_leaves_the_stock_as_it_was() {
    let shop = Shop::open();
    let (hammer, saw) = (shop.product("Claw hammer").stock(5).put_up(), shop.product("Hand saw").stock(3).put_up());
    let mut annie = shop.shopper();
    annie.adds_to_cart(&hammer, 5);
    annie.adds_to_cart(&saw, 2);
    annie.reaches_payment();
    annie.orders_by("sandbox");
    assert_eq!((shop.stock("CLAW-HAMMER"), shop.stock("HAND-SAW")), ((5, 5), (3, 2)));
    let number = shop.first("SELECT number FROM orders");
    let mut owner = shop.owner();
    owner.visits(&format!("/admin/orders/{number}/cancellation"));
    let pages = at_once((0..4).map(|_| owner.browser.prepare("Cancel the order", &[])).collect());
    assert!(pages.iter().all(|page| page.status < 500));
    shop.pay_time_runs_out();
    assert_eq!((shop.stock("CLAW-HAMMER"), shop.stock("HAND-SAW")), ((5, 0), (3, 0)));
    assert_eq!(shop.count("SELECT sum(allocated) FROM stock_movements"), 0);
    all_is_right(&shop);
}

#[test]
fn a_part_given_back_before_an_order_is_cancelled_is_given_back_once() {
    let shop = Shop::open();
    let hammer = shop.product("Claw hammer").stock(5).put_up();
    let mut annie = shop.shopper();
    annie.adds_to_cart(&hammer, 2);
    let number = annie.buys();
    let mut owner = shop.owner();
    owner.refunds(&number, "10.00");
    owner.cancels(&number, "");
    shop.works_within(30);
    assert_eq!(shop.stock("CLAW-HAMMER"), (5, 0));
    assert_eq!(shop.count("SELECT sum(captured - refunded) FROM sandbox_payments"), 0);
    assert_eq!(shop.count("SELECT count(*) FROM refunds WHERE state = 'succeeded'"), 2);
    all_is_right(&shop);
}
