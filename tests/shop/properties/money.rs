//! 9, 10 and 11: what goes back, what a price is, and stock that is as before.

use ironmonger::{base::OrderId, payments, web::Role};

use super::{Tried, all_is_right, in_parallel, pounds};
use crate::harness::{CARD, Shop, at_once, read_pdf};

/// An order of £100.00 with delivery, paid.
fn hundred(shop: &Shop) -> String {
    let anvil = shop.product("Anvil").price("96.05").put_up();
    let mut annie = shop.shopper();
    annie.adds_to_cart(&anvil, 1);
    let number = annie.buys();
    assert_eq!(shop.count("SELECT captured FROM payment_attempts"), 10_000);
    number
}

/// So many people of the staff give £60.00 of £100.00 back in the same moment.
pub fn one_refund_of_sixty_on_a_hundred(staff: usize) -> Tried {
    let shop = Shop::open();
    let number = hundred(&shop);
    let mut both = [shop.owner(), shop.staff(Role::Staff)];
    let give = |at: usize| {
        let one = &mut both[at % 2];
        one.opens_order(&number);
        one.browser.submit("Refund", &[("amount", "60.00")]);
        one.browser.prepare("Give back", &[])
    };
    let requests = (0..staff).map(give).collect();
    assert!(at_once(requests).iter().all(|page| page.status < 500));
    shop.works_within(30);
    assert_eq!(shop.count("SELECT sum(amount) FROM refunds"), 6_000);
    assert_eq!(shop.count("SELECT refunded FROM sandbox_payments"), 6_000);
    all_is_right(&shop);
    format!("{staff} refunds of £60.00 on £100.00 at once: one")
}

#[test]
fn of_two_refunds_of_sixty_on_a_hundred_there_is_one() {
    one_refund_of_sixty_on_a_hundred(2);
}

/// So many programs ask for £7.00 of £100.00 in the same moment.
pub fn refunds_stay_within_what_was_paid(count: usize) -> Tried {
    let shop = Shop::open();
    hundred(&shop);
    let asked = in_parallel(count, count, |_| {
        shop.block_on(shop.db.write(|conn| payments::request_refund(conn, OrderId(1), pounds(700), "", "test"))).is_ok()
    });
    let granted = asked.iter().filter(|granted| **granted).count();
    assert_eq!(granted, count.min(14), "fourteen times £7.00 fit into £100.00");
    assert_eq!(shop.count("SELECT refunded FROM payment_attempts"), 700 * granted as i64);
    assert_eq!(shop.count("SELECT count(*) FROM payment_attempts WHERE refunded > captured"), 0);
    format!("{count} refunds of £7.00 on £100.00 at once: {granted}, the sum is never beyond what was paid")
}

#[test]
fn refunds_at_the_same_time_never_give_back_more_than_was_paid() {
    refunds_stay_within_what_was_paid(20);
}

/// $24.99 at 10.75 % and 6.44 for delivery.
pub fn an_odd_price_is_the_same_everywhere() -> Tried {
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
    let mails = shop.mails();
    assert!(!mails.is_empty() && mails.iter().all(|mail| mail.text.contains("34.12")));

    let (token, invoice) = (shop.first("SELECT token FROM orders"), shop.first("SELECT formatted FROM invoices"));
    annie.visits(&format!("/orders/{number}?token={token}")).must_say("34.12");
    annie.browser.follow(&invoice).must_say("34.12").must_say("2.69").must_say("6.44").must_say("24.99");
    let pdf = annie.browser.request("GET", &annie.page().link("As PDF")).send().unwrap().bytes().unwrap();
    let printed = read_pdf(&pdf);
    for said in ["34.12", "2.69", "6.44", "24.99", "10.75"] {
        assert!(printed.contains(said), "the PDF does not say {said} but: {printed}");
    }
    let mut owner = shop.owner();
    owner.opens_order(&number).must_say("34.12");
    owner.visits("/admin/orders").must_say("34.12");
    all_is_right(&shop);
    "24.99 at 10.75 % and 6.44: 34.12 at the checkout, the provider, in the charge, mail, order, invoice and its PDF".to_owned()
}

#[test]
fn a_price_with_odd_tax_is_the_same_to_the_cent_everywhere() {
    an_odd_price_is_the_same_everywhere();
}

/// Orders that wait for their payment are cancelled, by several at once.
pub fn cancelling_leaves_the_stock_as_before(rounds: usize) -> Tried {
    let shop = Shop::open();
    let (hammer, saw) = (shop.product("Claw hammer").stock(5).put_up(), shop.product("Hand saw").stock(3).put_up());
    let mut owner = shop.owner();
    for _ in 0..rounds {
        let mut annie = shop.shopper();
        annie.adds_to_cart(&hammer, 5);
        annie.adds_to_cart(&saw, 2);
        annie.reaches_payment();
        annie.orders_by("sandbox");
        assert_eq!((shop.stock("CLAW-HAMMER"), shop.stock("HAND-SAW")), ((5, 5), (3, 2)));
        let number = shop.first("SELECT number FROM orders ORDER BY id DESC");
        owner.visits(&format!("/admin/orders/{number}/cancellation"));
        let pages = at_once((0..4).map(|_| owner.browser.prepare("Cancel the order", &[])).collect());
        assert!(pages.iter().all(|page| page.status < 500));
        shop.pay_time_runs_out();
        assert_eq!((shop.stock("CLAW-HAMMER"), shop.stock("HAND-SAW")), ((5, 0), (3, 0)));
        assert_eq!(shop.count("SELECT sum(allocated) FROM stock_movements"), 0);
    }
    all_is_right(&shop);
    format!("{rounds} orders that waited for payment, each cancelled four times at once and expired: the stock as before")
}

#[test]
fn an_order_that_was_placed_and_cancelled_leaves_the_stock_as_it_was() {
    cancelling_leaves_the_stock_as_before(1);
}

/// A part of the money went back before the rest did.
pub fn a_part_given_back_is_given_back_once(rounds: usize) -> Tried {
    let shop = Shop::open();
    let hammer = shop.product("Claw hammer").stock(5).put_up();
    let mut owner = shop.owner();
    for _ in 0..rounds {
        let mut annie = shop.shopper();
        annie.adds_to_cart(&hammer, 2);
        let number = annie.buys();
        owner.refunds(&number, "10.00");
        owner.cancels(&number, "");
        shop.works_within(30);
        assert_eq!(shop.stock("CLAW-HAMMER"), (5, 0));
        assert_eq!(shop.count("SELECT sum(captured - refunded) FROM sandbox_payments"), 0);
    }
    assert_eq!(shop.count("SELECT count(*) FROM refunds WHERE state = 'succeeded'"), 2 * rounds as i64);
    all_is_right(&shop);
    format!("{rounds} orders given back in part, then cancelled: all the money once, the stock once")
}

#[test]
fn a_part_given_back_before_an_order_is_cancelled_is_given_back_once() {
    a_part_given_back_is_given_back_once(1);
}
