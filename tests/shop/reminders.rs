//! The one reminder of an order that was begun and left.

use crate::harness::{Browser, Shop, Shopper, UNTICKED};

/// Somebody who gave an address and ticked the box, or did not.
fn left(shop: &Shop, consent: bool) -> Shopper {
    let mut annie = shop.shopper();
    let hammer = shop.product("Claw hammer").put_up();
    annie.adds_to_cart(&hammer, 2);
    annie.goes_to_checkout();
    annie.gives_address(if consent { &[("remind", "on")] } else { &[] });
    annie
}

fn hours_pass(shop: &Shop, hours: i32) {
    let ago = format!("now() - interval '{hours} hours'");
    shop.meddle(&format!("UPDATE checkouts SET updated_at = {ago}; UPDATE carts SET updated_at = {ago}"));
}

/// The scheduled job comes round; how many reminders there are then in all.
fn reminders(shop: &Shop) -> i64 {
    shop.block_on(shop.wired.worker().schedule()).unwrap();
    shop.jobs_become_due();
    shop.works();
    shop.count("SELECT count(*) FROM mails WHERE kind = 'cart_reminder'")
}

/// The path of a link in the mail.
fn link(shop: &Shop, part: &str) -> String {
    let mail = shop.first("SELECT body_text FROM mails WHERE kind = 'cart_reminder'");
    let url = mail.lines().find(|line| line.contains(part)).expect("a link");
    url.trim().trim_start_matches(&shop.url).to_owned()
}

fn restore(browser: &mut Browser, path: &str) {
    browser.get(path);
    browser.submit("Put these things into my cart", &[]);
}

#[test]
fn whoever_asked_for_it_is_reminded_once_and_brought_back_to_their_things() {
    let shop = Shop::open();
    left(&shop, true);
    assert_eq!(reminders(&shop), 0);
    hours_pass(&shop, 5);
    assert_eq!(reminders(&shop), 1);
    hours_pass(&shop, 9);
    assert_eq!(reminders(&shop), 1);
    let mail = shop.mails().pop().unwrap().text;
    assert!(mail.contains("annie@example.com") && mail.contains("2 × Claw hammer") && mail.contains("£20.00"));
    let mut elsewhere = shop.browser();
    let path = link(&shop, "/cart/restore");
    elsewhere.get(&path).must_say("2 × Claw hammer");
    elsewhere.get("/cart").must_say("Your cart is empty");
    restore(&mut elsewhere, &path);
    elsewhere.page().must_say("Your things are back");
    restore(&mut elsewhere, &path);
    assert_eq!(elsewhere.page().attribute("input[name=quantity]", "value").as_deref(), Some("2"));
}

#[test]
fn nobody_is_reminded_who_did_not_ask_and_the_box_is_not_ticked_by_us() {
    let shop = Shop::open();
    let mut annie = left(&shop, false);
    hours_pass(&shop, 5);
    assert_eq!(reminders(&shop), 0);
    annie.visits("/checkout/address");
    assert!(!annie.page().has("input[name=remind][checked]"));
    annie.gives_address(&[("remind", "on")]);
    annie.visits("/checkout/address");
    assert!(annie.page().has("input[name=remind][checked]"));
    annie.gives_address(&[("remind", UNTICKED)]);
    hours_pass(&shop, 5);
    assert_eq!(reminders(&shop), 0);
}

#[test]
fn whoever_has_ordered_emptied_or_touched_the_cart_is_left_alone() {
    let shop = Shop::open();
    let mut annie = left(&shop, true);
    annie.chooses_delivery();
    annie.checks_the_order();
    annie.orders_by("sandbox");
    hours_pass(&shop, 5);
    assert_eq!(reminders(&shop), 0);
    let mut bob = shop.shopper();
    bob.email = "bob@example.com".into();
    bob.adds_to_cart("/products/claw-hammer", 1);
    bob.goes_to_checkout();
    bob.gives_address(&[("remind", "on")]);
    hours_pass(&shop, 5);
    bob.adds_to_cart("/products/claw-hammer", 1);
    assert_eq!(reminders(&shop), 0);
    shop.meddle("DELETE FROM cart_lines");
    hours_pass(&shop, 5);
    assert_eq!(reminders(&shop), 0);
}

#[test]
fn whoever_bought_with_another_cart_meanwhile_is_not_reminded() {
    let shop = Shop::open();
    left(&shop, true);
    hours_pass(&shop, 5);
    let mut elsewhere = shop.shopper();
    elsewhere.adds_to_cart("/products/claw-hammer", 1);
    elsewhere.buys();
    shop.meddle("UPDATE checkouts SET updated_at = now() - interval '5 hours'; UPDATE carts SET updated_at = now() - interval '5 hours'");
    assert_eq!(reminders(&shop), 0);
}

#[test]
fn a_link_that_is_wrong_or_whose_things_are_ordered_says_so() {
    let shop = Shop::open();
    let mut annie = left(&shop, true);
    hours_pass(&shop, 5);
    reminders(&shop);
    let path = link(&shop, "/cart/restore");
    assert_eq!(shop.browser().get("/cart/restore?token=nonsense").status, 404);
    annie.visits("/checkout/address");
    annie.gives_address(&[]);
    annie.chooses_delivery();
    annie.checks_the_order();
    annie.orders_by("sandbox");
    shop.browser().get(&path).must_say("These things are ordered");
}

#[test]
fn whoever_wants_no_more_reminders_gets_none() {
    let shop = Shop::open();
    left(&shop, true);
    hours_pass(&shop, 5);
    reminders(&shop);
    let mut annie = shop.browser();
    annie.get(&link(&shop, "/cart/no-reminders"));
    assert_eq!(shop.count("SELECT count(*) FROM checkouts WHERE reminder_consent"), 1);
    annie.submit("Send me no more reminders", &[]);
    assert_eq!(shop.count("SELECT count(*) FROM checkouts WHERE reminder_consent"), 0);
}
