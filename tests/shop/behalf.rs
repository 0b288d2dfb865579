//! Staff who act for a customer: on record, without what is the customer's alone, ended by one click.

use crate::harness::{Shop, Staff};

const ANNIE: &str = "annie@example.com";

/// A shop with Annie, who has something in her cart, and an owner who acts for her.
fn acting() -> (Shop, Staff) {
    let shop = Shop::open();
    let hammer = shop.product("Claw hammer").price("20.00").stock(20).put_up();
    shop.product("Coping saw").price("9.00").stock(20).put_up();
    let mut annie = shop.shopper();
    annie.signs_up();
    annie.adds_to_cart(&hammer, 1);
    let mut owner = shop.owner();
    owner.opens_customer(ANNIE);
    owner.browser.submit("Act for them", &[("acting_reason", "Telephoned")]).must_say("You act for Annie Preece");
    (shop, owner)
}

#[test]
fn who_acts_for_a_customer_orders_with_their_cart_and_is_named_on_the_order() {
    let (shop, owner) = acting();
    let mut shopper = shop.shopper();
    shopper.browser = owner.browser;
    shopper.visits("/cart").must_say("Claw hammer");
    shopper.adds_to_cart("/products/coping-saw", 1);
    shopper.reaches_payment();
    shopper.orders_by("manual");
    let number = shopper.order_number();
    assert_eq!(shop.first("SELECT a.email FROM orders o JOIN accounts a ON a.id = o.account_id"), "annie@example.com");
    assert_eq!(shop.first("SELECT actor FROM order_events WHERE kind = 'placed'"), "Pat Pike, for the customer");
    let mut annie = shop.shopper();
    annie.signs_in();
    annie.visits("/account").must_say(&number);
}

#[test]
fn what_is_done_for_a_customer_is_on_record_with_both() {
    let (shop, mut owner) = acting();
    owner.visits("/products/coping-saw");
    owner.browser.submit("Add to cart", &[("quantity", "1")]);
    let noted = "SELECT count(*) FROM audit_entries e JOIN accounts c ON c.id = e.acting_for JOIN accounts s ON s.id = e.actor_id
        WHERE e.kind = 'act' AND e.door = 'POST /cart/lines' AND c.email = 'annie@example.com' AND s.role = 'owner'";
    assert_eq!(shop.count(noted), 1);
    assert_eq!(shop.count("SELECT count(*) FROM audit_entries WHERE subject = 'acting_for'"), 1);
}

#[test]
fn what_is_the_customer_s_alone_stays_shut() {
    let (_shop, mut owner) = acting();
    for path in ["/account/password", "/account/email", "/account/sign-ins", "/account/second-factor", "/account/data"] {
        assert_eq!(owner.visits(path).status, 403, "{path}");
    }
    assert_eq!(owner.visits("/account").status, 200);
    assert_eq!(owner.visits("/admin/staff").status, 200, "the back office is still their own");
}

#[test]
fn it_is_ended_by_one_click_and_the_carts_stay_apart() {
    let (shop, mut owner) = acting();
    owner.visits("/");
    owner.browser.submit("End", &[]).must_say("You are yourself again");
    owner.page().must_say("annie@example.com").must_say("Has an account");
    assert!(!owner.visits("/cart").says("Claw hammer"));
    assert_eq!(shop.count("SELECT count(*) FROM acting_for WHERE ended_at IS NULL"), 0);
}

#[test]
fn it_ends_at_once_when_the_right_goes_and_after_an_hour() {
    let shop = Shop::open();
    shop.shopper().signs_up();
    shop.meddle("UPDATE roles SET permissions = '{customers.see,customers.act_for}' WHERE standard");
    let mut sam = shop.staff(ironmonger::web::Role::Staff);
    sam.opens_customer(ANNIE);
    sam.browser.submit("Act for them", &[("acting_reason", "Telephoned")]);
    sam.visits("/account").must_say("You act for Annie Preece");
    shop.meddle("UPDATE roles SET permissions = '{customers.see}' WHERE standard");
    assert!(!sam.visits("/account").says("You act for"));
    shop.meddle("UPDATE roles SET permissions = '{customers.see,customers.act_for}' WHERE standard");
    sam.visits("/account").must_say("You act for Annie Preece");
    shop.meddle("UPDATE acting_for SET began_at = began_at - interval '61 minutes'");
    assert!(!sam.visits("/account").says("You act for"));
}

#[test]
fn a_reason_is_asked_for_and_nobody_acts_for_staff() {
    let shop = Shop::open();
    shop.shopper().signs_up();
    let mut owner = shop.owner();
    owner.opens_customer(ANNIE);
    owner.browser.submit("Act for them", &[("acting_reason", " ")]).must_say("Say why");
    shop.staff(ironmonger::web::Role::Staff);
    let csrf = owner.opens_customer(ANNIE).attribute("input[name=csrf]", "value").unwrap();
    let staff = shop.first("SELECT id FROM accounts WHERE role = 'staff'");
    let page = owner.browser.forge(&format!("/admin/customers/{staff}/acting"), &[("csrf", &csrf), ("acting_reason", "x")]);
    assert_eq!(page.status, 404);
    assert_eq!(shop.count("SELECT count(*) FROM acting_for"), 0);
}
