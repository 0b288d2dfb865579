//! Orders when several people want the same thing in the same moment, and what staff may still do afterwards.

use ironmonger::{base::Money, orders, payments};

use crate::harness::{CARD, Shop, Shopper, at_once};

/// Each with a cart of these products, standing before the button that places the order.
fn ready_to_pay(shop: &Shop, people: usize, products: impl Fn(usize) -> Vec<String>) -> Vec<Shopper> {
    let ready = |at| {
        let mut shopper = shop.shopper();
        shopper.email = format!("buyer{at}@example.com");
        for product in products(at) {
            shopper.adds_to_cart(&product, 1);
        }
        shopper.reaches_payment();
        shopper
    };
    (0..people).map(ready).collect()
}

#[test]
fn twenty_buyers_race_for_five_units_and_five_get_one() {
    let shop = Shop::open();
    let hammer = shop.product("Claw hammer").stock(5).put_up();
    // Ready to pay while there was enough for all, and their time to check the order is over.
    shop.meddle("UPDATE stock SET on_hand = 20");
    let shoppers = ready_to_pay(&shop, 20, |_| vec![hammer.clone()]);
    shop.holds_run_out();
    shop.meddle("UPDATE stock SET on_hand = 5");
    let clicks = shoppers.iter().map(|shopper| shopper.browser.prepare("Place the order", &[("gateway", "sandbox")])).collect();

    let pages = at_once(clicks);

    let (served, others): (Vec<_>, Vec<_>) = pages.iter().partition(|page| page.url.path().starts_with("/sandbox/pay/"));
    assert_eq!(served.len(), 5);
    for page in others {
        assert_eq!((page.status, page.url.path()), (200, "/cart"));
        page.must_say("sold out");
    }
    assert_eq!(shop.stock("CLAW-HAMMER"), (5, 5));
    assert_eq!(shop.count("SELECT count(*) FROM orders"), 5);
    assert_eq!(shop.count("SELECT count(*) FROM sandbox_payments"), 5);
    assert_eq!(shop.count("SELECT sum(allocated) FROM stock_movements"), 5);
}

#[test]
fn twenty_shoppers_check_their_orders_at_once_and_five_units_are_held_for_five() {
    let shop = Shop::open();
    let hammer = shop.product("Claw hammer").stock(5).put_up();
    let mut shoppers: Vec<_> = (0..20).map(|_| shop.shopper()).collect();
    for shopper in &mut shoppers {
        shopper.adds_to_cart(&hammer, 1);
    }
    for shopper in &mut shoppers {
        shopper.goes_to_checkout();
        shopper.gives_address(&[]);
    }
    let steps = shoppers.iter().map(|shopper| shopper.browser.prepare("Go on to check your order", &[("method", "1")])).collect();
    let pages = at_once(steps);
    let held = pages.iter().filter(|page| page.url.path() == "/checkout/review").count();
    assert_eq!(held, 5);
    assert!(pages.iter().all(|page| page.url.path() == "/checkout/review" || page.text().contains("sold out")));
    assert_eq!(shop.count("SELECT reserved FROM stock"), 5);

    shop.holds_run_out();
    assert_eq!(shop.count("SELECT reserved FROM stock"), 0, "an expiry gives back by itself");
    assert_eq!(shop.stock("CLAW-HAMMER"), (5, 0));
}

#[test]
fn carts_with_the_same_things_in_opposite_order_never_block_each_other() {
    let shop = Shop::open();
    let (hammer, saw) = (shop.product("Claw hammer").stock(50).put_up(), shop.product("Hand saw").stock(50).put_up());
    let cart = |at: usize| if at.is_multiple_of(2) { vec![hammer.clone(), saw.clone()] } else { vec![saw.clone(), hammer.clone()] };
    let shoppers = ready_to_pay(&shop, 12, cart);

    let pages = at_once(shoppers.iter().map(|shopper| shopper.browser.prepare("Place the order", &[("gateway", "manual")])).collect());
    assert!(pages.iter().all(|page| page.status == 200 && page.url.path().ends_with("/confirmation")));
    assert_eq!((shop.stock("CLAW-HAMMER"), shop.stock("HAND-SAW")), ((50, 12), (50, 12)));

    let mut owner = shop.owner();
    let mut cancels = vec![];
    for page in &pages {
        let number = page.url.path().split('/').nth(2).unwrap();
        owner.visits(&format!("/admin/orders/{number}/cancellation"));
        cancels.push(owner.browser.prepare("Cancel the order", &[]));
    }
    assert!(at_once(cancels).iter().all(|page| page.status == 200));
    assert_eq!((shop.stock("CLAW-HAMMER"), shop.stock("HAND-SAW")), ((50, 0), (50, 0)));
}

#[test]
fn a_double_click_on_a_refund_gives_back_once() {
    let shop = Shop::open();
    let hammer = shop.product("Claw hammer").price("10.00").put_up();
    let mut annie = shop.shopper();
    annie.adds_to_cart(&hammer, 1);
    let number = annie.buys();
    let mut owner = shop.owner();
    owner.opens_order(&number);
    owner.browser.submit("Refund", &[("amount", "4.00")]).must_say("Give £4.00 back?");

    let pages = at_once((0..8).map(|_| owner.browser.prepare("Give back £4.00", &[])).collect());

    assert!(pages.iter().all(|page| page.status == 200));
    shop.works_within(30);
    assert_eq!(shop.count("SELECT sum(amount) FROM refunds WHERE state = 'succeeded'"), 400);
    assert_eq!(shop.count("SELECT refunded FROM sandbox_payments"), 400);
}

#[test]
fn money_becomes_store_credit_once_where_there_is_an_account() {
    let shop = Shop::open();
    let hammer = shop.product("Claw hammer").price("10.00").put_up();
    let mut annie = shop.shopper();
    annie.signs_up();
    annie.adds_to_cart(&hammer, 1);
    let number = annie.buys();
    let mut owner = shop.owner();
    owner.opens_order(&number);
    owner.browser.submit("Refund", &[("amount", "4.00"), ("way", "store_credit")]).must_say("as store credit");

    let pages = at_once((0..4).map(|_| owner.browser.prepare("Give back £4.00", &[])).collect());

    assert!(pages.iter().all(|page| page.status == 200));
    shop.works_within(30);
    assert_eq!(shop.count("SELECT sum(amount) FROM refunds WHERE state = 'succeeded' AND way = 'store_credit'"), 400);
    assert_eq!(shop.count("SELECT refunded FROM sandbox_payments"), 0, "the provider has nothing to do with it");
    assert_eq!(shop.count("SELECT sum(balance) FROM credits WHERE account_id IS NOT NULL"), 400);
    owner.opens_order(&number).must_say("£4.00, as store credit");
    assert_eq!(shop.count("SELECT count(*) FROM mails WHERE body_text LIKE '%store credit now%'"), 1);

    let mut bob = shop.shopper();
    bob.adds_to_cart(&hammer, 1);
    let number = bob.buys();
    assert!(!owner.opens_order(&number).says("As store credit"), "a guest has no account");
}

#[test]
fn refunds_at_the_same_time_never_give_back_more_than_was_paid() {
    let shop = Shop::open();
    let hammer = shop.product("Claw hammer").price("10.00").put_up();
    let mut annie = shop.shopper();
    annie.adds_to_cart(&hammer, 1);
    let number = annie.buys();
    let order = shop.read(move |conn| orders::find_by_number(conn, &number));
    let part = Money::new(400, order.currency);

    let asked = shop.block_on(futures_util::future::join_all(
        (0..8).map(|_| shop.db.write(move |conn| payments::request_refund(conn, order.id, part, "", "test"))),
    ));

    assert_eq!(asked.iter().filter(|asked| asked.is_ok()).count(), 3, "3 × £4.00 fit into £13.95");
    assert_eq!(shop.count("SELECT refunded FROM payment_attempts"), 1200);
}

#[test]
fn an_order_that_is_not_paid_in_time_is_cancelled_and_its_stock_is_free_again() {
    let shop = Shop::open();
    let hammer = shop.product("Claw hammer").stock(2).put_up();
    let mut annie = shop.shopper();
    annie.adds_to_cart(&hammer, 2);
    annie.reaches_payment();
    annie.orders_by("sandbox");
    shop.works();
    assert_eq!(shop.stock("CLAW-HAMMER"), (2, 2), "there is time left");

    shop.pay_time_runs_out();

    assert_eq!(shop.stock("CLAW-HAMMER"), (2, 0));
    assert_eq!(shop.count("SELECT count(*) FROM orders WHERE lifecycle = 'cancelled'"), 1);
    let mails = shop.mails();
    assert_eq!(mails.len(), 1, "{mails:?}");
    assert!(mails[0].text.contains("No payment arrived in time"), "{}", mails[0].text);
    shop.shopper().visits(&hammer).must_say("Only 2 left");
}

#[test]
fn an_order_that_is_paid_or_waits_for_a_bank_transfer_does_not_expire() {
    let shop = Shop::open();
    let hammer = shop.product("Claw hammer").put_up();
    for gateway in ["sandbox", "manual"] {
        let mut annie = shop.shopper();
        annie.adds_to_cart(&hammer, 1);
        annie.reaches_payment();
        annie.orders_by(gateway);
        if gateway == "sandbox" {
            annie.pays_with(CARD);
        }
    }
    shop.pay_time_runs_out();
    assert_eq!(shop.count("SELECT count(*) FROM orders WHERE lifecycle = 'placed'"), 2);
    assert_eq!(shop.stock("CLAW-HAMMER"), (10, 2));
}

#[test]
fn money_that_comes_after_the_order_expired_goes_back_by_itself() {
    let shop = Shop::open();
    let hammer = shop.product("Claw hammer").stock(1).put_up();
    let mut annie = shop.shopper();
    annie.adds_to_cart(&hammer, 1);
    annie.reaches_payment();
    annie.orders_by("sandbox");
    // The provider does not hear that the payment should be closed.
    shop.meddle("INSERT INTO sandbox_faults (place, kind) SELECT 'void', 'error' FROM generate_series(1, 20)");
    shop.pay_time_runs_out();

    annie.pays_with(CARD).must_say("Cancelled");
    shop.works_within(30);

    assert_eq!(shop.count("SELECT refunded FROM sandbox_payments"), 1395);
    assert_eq!(shop.count("SELECT count(*) FROM refunds"), 1);
    assert_eq!(shop.stock("CLAW-HAMMER"), (1, 0), "the hammer stays for others");
    let mails = shop.mails();
    assert!(mails.iter().any(|mail| mail.text.contains("Your refund for order") && mail.text.contains("£13.95")), "{mails:?}");
    assert!(!mails.iter().any(|mail| mail.text.contains("Subject: Your order") && mail.text.contains("Thank you")), "{mails:?}");
    let page = annie.page().url.path().to_owned();
    annie.visits(&page).must_say("Refunded");
}

#[test]
fn a_refund_that_the_provider_refuses_is_shown_and_not_asked_for_for_ever() {
    let shop = Shop::open();
    let hammer = shop.product("Claw hammer").put_up();
    let mut annie = shop.shopper();
    annie.adds_to_cart(&hammer, 1);
    let number = annie.buys();
    shop.meddle("UPDATE sandbox_payments SET refunded = amount");
    let mut owner = shop.owner();
    owner.cancels(&number, "");
    shop.works_within(20);
    assert_eq!(shop.count("SELECT count(*) FROM refunds"), 1);
    owner.opens_order(&number).must_say("Refused");
    assert!(owner.page().says("Give money back"), "staff can try again once the cause is mended");
}

#[test]
fn two_clicks_on_shipping_send_one_parcel() {
    let shop = Shop::open();
    let hammer = shop.product("Claw hammer").put_up();
    let mut annie = shop.shopper();
    annie.adds_to_cart(&hammer, 3);
    let number = annie.buys();
    let mut owner = shop.owner();
    owner.opens_order(&number);

    owner.browser.submit("Mark as shipped", &[("tracking_number", "AB1")]);
    let pages = at_once((0..4).map(|_| owner.browser.prepare("Yes, it is shipped", &[])).collect());

    assert!(pages.iter().all(|page| page.status == 200));
    assert_eq!(shop.count("SELECT count(*) FROM shipments"), 1);
    assert_eq!(shop.stock("CLAW-HAMMER"), (7, 0));
    assert_eq!(shop.mails().len(), 2, "the confirmation and one about the parcel");
}

#[test]
fn an_order_that_has_left_can_not_be_cancelled() {
    let shop = Shop::open();
    let hammer = shop.product("Claw hammer").put_up();
    let mut annie = shop.shopper();
    annie.adds_to_cart(&hammer, 1);
    let number = annie.buys();
    let (mut owner, mut helper) = (shop.owner(), shop.staff(ironmonger::web::Role::Staff));
    helper.visits(&format!("/admin/orders/{number}/cancellation"));
    owner.ships(&number, "AB1");

    helper.browser.submit("Cancel the order", &[("reason", "too late")]).must_say("The order has changed meanwhile");

    shop.works();
    owner.opens_order(&number).must_say("Completed").must_say("Paid");
    assert_eq!(shop.stock("CLAW-HAMMER"), (9, 0));
    assert_eq!(shop.count("SELECT count(*) FROM refunds"), 0);
    owner.visits(&format!("/admin/orders/{number}/cancellation")).must_say("can't be cancelled any more");
}

#[test]
fn shipping_and_cancelling_at_the_same_time_do_one_of_the_two() {
    let shop = Shop::open();
    let hammer = shop.product("Claw hammer").put_up();
    let mut annie = shop.shopper();
    annie.adds_to_cart(&hammer, 1);
    let number = annie.buys();
    let (mut owner, mut helper) = (shop.owner(), shop.staff(ironmonger::web::Role::Staff));
    owner.opens_order(&number);
    helper.visits(&format!("/admin/orders/{number}/cancellation"));
    owner.browser.submit("Mark as shipped", &[]);
    let (ship, cancel) = (owner.browser.prepare("Yes, it is shipped", &[]), helper.browser.prepare("Cancel the order", &[]));
    assert!(at_once(vec![ship, cancel]).iter().all(|page| page.status == 200));
    shop.works_within(30);
    let shipped = shop.count("SELECT count(*) FROM shipments");
    let expected = if shipped == 1 { ((9, 0), 0) } else { ((10, 0), 1395) };
    assert_eq!((shop.stock("CLAW-HAMMER"), shop.count("SELECT sum(refunded) FROM sandbox_payments")), expected);
}

#[test]
fn a_whole_long_cart_that_sold_out_at_once_is_told_all_the_same() {
    let shop = Shop::open();
    let name = |at| format!("Coach bolt number {at} {}", "with a very long name that the maker gave it ".repeat(3));
    let products: Vec<_> = (0..30).map(|at| shop.product(&name(at)).weighs(1).stock(1).put_up()).collect();
    let mut annie = ready_to_pay(&shop, 1, |_| products.clone()).remove(0);
    shop.holds_run_out();
    shop.meddle("UPDATE stock SET on_hand = 0");
    let request = annie.browser.prepare("Place the order", &[("gateway", "manual")]);
    let page = annie.browser.sends(request);
    assert_eq!(page.status, 200);
    page.must_say("sold out");
    assert_eq!(shop.count("SELECT count(*) FROM orders"), 0);
}
