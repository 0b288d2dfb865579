//! What staff keep about customers, and who can't order.

use ironmonger::web::Role;

use crate::harness::{Shop, Shopper};

const ANNIE: &str = "annie@example.com";

fn with_annie() -> (Shop, Shopper) {
    let shop = Shop::open();
    shop.product("Claw hammer").stock(20).put_up();
    let mut annie = shop.shopper();
    annie.signs_up();
    (shop, annie)
}

#[test]
fn customers_are_tagged_and_found_by_their_tags() {
    let (shop, _) = with_annie();
    let mut bob = shop.shopper();
    bob.email = "bob@example.com".into();
    bob.signs_up();
    let mut staff = shop.staff(Role::Staff);
    staff.opens_customer(ANNIE);
    staff.browser.submit("Add tag", &[("tag", "Trade fair")]).must_say("The tag is added");
    staff.browser.submit("Add tag", &[("tag", "trade FAIR")]);
    assert_eq!(shop.count("SELECT count(*) FROM customer_tags"), 1, "a tag is one however it is written");
    staff.browser.submit("Add tag", &[("tag", "")]).must_say("Enter a tag");
    staff.visits("/admin/customers");
    let tag = shop.first("SELECT id FROM customer_tags");
    staff.browser.submit("Filter", &[("tag", &tag)]).must_say("annie@example.com");
    assert!(!staff.page().says("bob@example.com"));
    staff.opens_customer(ANNIE);
    staff.browser.submit("Take away", &[]).must_say("taken away");
    assert_eq!(shop.count("SELECT count(*) FROM customer_tags"), 0, "what nobody has any more is gone");
}

#[test]
fn notes_are_kept_with_who_wrote_them_and_shown_to_colleagues_only() {
    let (shop, mut annie) = with_annie();
    let mut staff = shop.staff(Role::Staff);
    staff.opens_customer(ANNIE);
    staff
        .browser
        .submit("Keep the note", &[("note", "Rings on Tuesdays.\nLikes brass.")])
        .must_say("Rings on Tuesdays")
        .must_say("Pat Pike");
    annie.visits("/account");
    assert!(!annie.page().says("Tuesdays"));
    let page = staff.browser.submit("Keep the note", &[("note", &"x".repeat(2001))]);
    assert_eq!(page.status, 422);
    page.must_say("Shorten this to 2000 characters");
    staff.opens_customer(ANNIE);
    staff.browser.submit("Delete this note", &[]).must_say("The note is deleted");
    assert_eq!(shop.count("SELECT count(*) FROM customer_notes"), 0);
}

#[test]
fn a_blocked_customer_can_not_order_keeps_the_cart_and_sees_their_orders() {
    let (shop, mut annie) = with_annie();
    annie.adds_to_cart("/products/claw-hammer", 1);
    let number = annie.buys();
    annie.adds_to_cart("/products/claw-hammer", 2);
    annie.reaches_payment();
    let mut staff = shop.staff(Role::Staff);
    staff.opens_customer(ANNIE);
    staff.browser.submit("Block the customer", &[("reason", "")]).must_say("Say why");
    staff.browser.submit("Block the customer", &[("reason", "Three chargebacks")]).must_say("Blocked").must_say("Three chargebacks");
    annie.orders_by("manual").must_say("can’t order just now");
    assert_eq!(shop.count("SELECT count(*) FROM orders"), 1);
    annie.visits("/cart").must_say("Claw hammer");
    annie.visits("/account").must_say(&number);
    assert!(!annie.page().says("chargebacks"));
    staff.opens_customer(ANNIE);
    staff.browser.submit("Let them order again", &[]).must_say("can order again");
    annie.visits("/checkout/payment");
    annie.orders_by("manual");
    assert_eq!(shop.count("SELECT count(*) FROM orders"), 2);
}

#[test]
fn a_blocked_customer_does_not_order_as_a_guest_with_the_same_address() {
    let (shop, _) = with_annie();
    shop.meddle("UPDATE accounts SET blocked_at = now()");
    let mut guest = shop.shopper();
    guest.email = "Annie@Example.com".into();
    guest.adds_to_cart("/products/claw-hammer", 1);
    guest.reaches_payment();
    guest.orders_by("manual").must_say("can’t order just now");
    assert_eq!(shop.count("SELECT count(*) FROM orders"), 0);
    let mut other = shop.shopper();
    other.email = "bob@example.com".into();
    other.adds_to_cart("/products/claw-hammer", 1);
    other.reaches_payment();
    other.orders_by("manual");
    assert_eq!(shop.count("SELECT count(*) FROM orders"), 1, "others order as before");
}

#[test]
fn guests_and_staff_have_no_tags_notes_and_blocks() {
    let (shop, _) = with_annie();
    let mut owner = shop.owner();
    owner.opens_customer(ANNIE);
    let csrf = owner.page().attribute("input[name=csrf]", "value").unwrap();
    let owner_id = shop.first("SELECT id FROM accounts WHERE role = 'owner'");
    for account in [owner_id.as_str(), "999999", "annie@example.com"] {
        for (door, field) in [("tags", "tag"), ("notes", "note"), ("blocking", "reason")] {
            let path = format!("/admin/customers/{account}/{door}");
            assert_eq!(owner.browser.forge(&path, &[("csrf", &csrf), (field, "x")]).status, 404, "{path}");
        }
    }
    assert_eq!(shop.count("SELECT count(*) FROM accounts WHERE blocked_at IS NOT NULL"), 0);
}
