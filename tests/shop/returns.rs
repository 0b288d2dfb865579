//! Things that come back: asked for by the customer, decided and unpacked by staff, made good once and to the cent.

use crate::harness::{Shop, Shopper, Staff};

/// A paid and shipped order of three units; gives its number.
fn shipped(shop: &Shop, annie: &mut Shopper, owner: &mut Staff) -> String {
    let hammer = shop.product("Claw hammer").price("10.00").stock(10).put_up();
    annie.adds_to_cart(&hammer, 3);
    let number = annie.buys();
    owner.ships(&number, "AB1");
    number
}

/// Asks for so many units to go back; gives the return's number.
fn asks(annie: &mut Shopper, shop: &Shop, quantity: &str, wish: &str) -> String {
    annie.browser.follow("Send something back");
    annie.browser.submit("Ask to return", &[("quantity", quantity), ("reason", "damaged"), ("wish", wish)]);
    shop.first("SELECT number FROM returns ORDER BY id DESC")
}

fn opens(shop: &Shop, annie: &mut Shopper, number: &str) {
    let token = shop.first(&format!("SELECT token FROM orders WHERE number = '{number}'"));
    annie.visits(&format!("/orders/{number}?token={token}"));
}

fn receives(owner: &mut Staff, rma: &str, restocked: &str, scrapped: &str) {
    owner.visits(&format!("/admin/returns/{rma}"));
    owner.browser.submit("Approve the return", &[]);
    owner.browser.submit("Note what came back", &[("restocked", restocked), ("scrapped", scrapped)]);
}

#[test]
fn what_comes_back_is_restocked_or_scrapped_and_paid_back_once() {
    let shop = Shop::open();
    let (mut annie, mut owner) = (shop.shopper(), shop.owner());
    let number = shipped(&shop, &mut annie, &mut owner);
    opens(&shop, &mut annie, &number);
    let rma = asks(&mut annie, &shop, "2", "refund");
    annie.page().must_say("Asked for");
    receives(&mut owner, &rma, "1", "1");
    assert_eq!(shop.stock("CLAW-HAMMER"), (8, 0), "one of three is sold, one thrown away, one back");
    owner.browser.follow("Give it back");
    let again = owner.browser.prepare("Settle the return", &[]);
    owner.browser.submit("Settle the return", &[]).must_say("settled");
    owner.browser.sends(again).must_say("changed meanwhile");
    shop.works_within(30);
    assert_eq!(shop.count("SELECT sum(amount) FROM refunds WHERE state = 'succeeded'"), 2000);
    let kinds = shop.count("SELECT count(DISTINCT kind) FROM mails WHERE kind LIKE 'return_%'");
    assert_eq!(kinds, 4, "asked for, approved, received, closed");
}

#[test]
fn nothing_is_returned_twice_and_what_is_withdrawn_can_be_asked_for_anew() {
    let shop = Shop::open();
    let (mut annie, mut owner) = (shop.shopper(), shop.owner());
    let number = shipped(&shop, &mut annie, &mut owner);
    opens(&shop, &mut annie, &number);
    asks(&mut annie, &shop, "2", "refund");
    opens(&shop, &mut annie, &number);
    annie.browser.follow("Send something back");
    let page = annie.browser.submit("Ask to return", &[("quantity", "2"), ("reason", "damaged"), ("wish", "refund")]);
    assert_eq!(page.status, 422);
    page.must_say("At most 1 of this can be sent back");
    let rma = shop.first("SELECT number FROM returns");
    opens(&shop, &mut annie, &number);
    annie.browser.follow(&rma);
    annie.browser.submit("Withdraw the return", &[]).must_say("withdrawn");
    assert_eq!(shop.count("SELECT sum(returned) FROM order_lines"), 0);
}

#[test]
fn all_of_it_back_makes_the_order_returned_and_the_time_to_ask_ends() {
    let shop = Shop::open();
    let (mut annie, mut owner) = (shop.shopper(), shop.owner());
    let number = shipped(&shop, &mut annie, &mut owner);
    opens(&shop, &mut annie, &number);
    let rma = asks(&mut annie, &shop, "3", "refund");
    receives(&mut owner, &rma, "3", "0");
    assert_eq!(shop.stock("CLAW-HAMMER"), (10, 0));
    assert_eq!(shop.first("SELECT fulfilment_state FROM orders"), "returned");
    assert_eq!(shop.count("SELECT worth FROM return_lines"), 3000);
}

#[test]
fn after_the_shop_s_days_nothing_can_be_asked_for() {
    let shop = Shop::open();
    let (mut annie, mut owner) = (shop.shopper(), shop.owner());
    let number = shipped(&shop, &mut annie, &mut owner);
    shop.meddle("UPDATE shipments SET shipped_at = now() - interval '31 days'");
    opens(&shop, &mut annie, &number);
    assert!(!annie.page().says("Send something back"));
    let token = shop.first("SELECT token FROM orders");
    annie.visits(&format!("/orders/{number}/returns/new?token={token}")).must_say("the time for it is over");
    assert_eq!(shop.browser().get(&format!("/orders/{number}/returns/new?token=wrong")).status, 404);
}

#[test]
fn store_credit_stands_in_the_account_and_counts_as_given_back() {
    let shop = Shop::open();
    let (mut annie, mut owner) = (shop.shopper(), shop.owner());
    annie.signs_up();
    let number = shipped(&shop, &mut annie, &mut owner);
    opens(&shop, &mut annie, &number);
    let rma = asks(&mut annie, &shop, "1", "store_credit");
    receives(&mut owner, &rma, "1", "0");
    owner.browser.follow("Give it back");
    owner.browser.submit("Settle the return", &[]).must_say("as store credit");
    shop.works_within(30);
    assert_eq!(shop.count("SELECT sum(amount) FROM credit_entries"), 1000);
    assert_eq!(shop.count("SELECT refunded FROM payment_attempts"), 1000);
    assert_eq!(shop.count("SELECT refunded FROM sandbox_payments"), 0, "no money leaves");
}
