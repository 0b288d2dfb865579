//! Orders of people without an account: found by number and address, taken over by an account made later, ordered again.

use ironmonger::{base::AccountId, orders};

use crate::harness::{Shop, Shopper, at_once};

fn account(shop: &Shop, email: &str) -> AccountId {
    AccountId(shop.count(&format!("SELECT id FROM accounts WHERE email = '{email}'")))
}

fn confirmed(shop: &Shop, email: &str, yes: bool) {
    let at = if yes { "now()" } else { "NULL" };
    shop.meddle(&format!("UPDATE accounts SET confirmed_at = {at} WHERE email = '{email}'"));
}

/// A guest's paid order of two hammers.
fn bought(shop: &Shop) -> (Shopper, String) {
    let hammer = shop.product("Claw hammer").stock(10).put_up();
    let mut annie = shop.shopper();
    annie.adds_to_cart(&hammer, 2);
    let number = annie.buys();
    (annie, number)
}

fn looks_up(shopper: &mut Shopper, number: &str, email: &str) -> (u16, String) {
    shopper.visits("/orders/find");
    let page = shopper.browser.submit("Find the order", &[("number", number), ("email", email)]);
    (page.status, page.texts_of(".error").join("|"))
}

#[test]
fn a_guest_finds_an_order_by_its_number_and_address_as_people_type_them() {
    let shop = Shop::open();
    let (_, number) = bought(&shop);
    let mut elsewhere = shop.shopper();
    elsewhere.visits("/").link("Find an order");
    let (status, _) = looks_up(&mut elsewhere, &number.to_lowercase().replace('-', " "), " Annie@Example.com ");
    assert_eq!(status, 200);
    elsewhere.page().must_say(&format!("Order {number}")).must_say("3 Corve Street");
}

#[test]
fn whatever_is_wrong_about_an_order_gets_the_same_words() {
    let shop = Shop::open();
    let (_, number) = bought(&shop);
    let mut stranger = shop.shopper();
    let wrong = [(number.as_str(), "mallory@example.com"), ("0000-0000", "annie@example.com"), ("0000-0000", "mallory@example.com")];
    let answers: Vec<_> = wrong.into_iter().map(|(number, email)| looks_up(&mut stranger, number, email)).collect();
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
    assert_eq!(answers[0].0, 422);
    assert!(answers[0].1.contains("We find no order"), "{answers:?}");
    assert!(!stranger.page().says("3 Corve Street"));
    let (status, words) = looks_up(&mut stranger, "", "nobody");
    assert!(status == 422 && words.contains("Enter the number") && words.contains("name@example.com"), "{words}");
}

#[test]
fn guessing_at_an_order_is_slowed_and_learns_nothing() {
    let shop = Shop::open();
    let (_, number) = bought(&shop);
    let mut mallory = shop.shopper();
    for tried in 0..5 {
        assert_eq!(looks_up(&mut mallory, &number, &format!("{tried}@example.com")).0, 422, "{tried}");
    }
    mallory.visits("/orders/find");
    let page = mallory.browser.submit("Find the order", &[("number", &number), ("email", "annie@example.com")]);
    assert_eq!(page.status, 429, "even the right answer");
    assert!(page.headers.contains_key("retry-after") && !page.says("3 Corve Street"));
    for tried in 0..5 {
        looks_up(&mut mallory, &format!("0000-000{tried}"), "annie@example.com");
    }
    assert_eq!(mallory.visits("/orders/find").status, 200);
    let page = mallory.browser.submit("Find the order", &[("number", "0000-0009"), ("email", "annie@example.com")]);
    assert_eq!(page.status, 429, "nor may one go on with other numbers");
}

#[test]
fn whoever_knows_the_answers_is_not_slowed() {
    let shop = Shop::open();
    let (_, number) = bought(&shop);
    let mut annie = shop.shopper();
    for _ in 0..12 {
        assert_eq!(looks_up(&mut annie, &number, "annie@example.com").0, 200);
    }
}

#[test]
fn an_account_takes_over_a_guests_orders_only_after_the_address_is_confirmed() {
    let shop = Shop::open();
    let (_, number) = bought(&shop);
    let mut annie = shop.shopper();
    annie.signs_up();
    // As if nobody had read the address's mail yet.
    confirmed(&shop, "annie@example.com", false);
    shop.meddle("UPDATE orders SET account_id = NULL; DELETE FROM order_events WHERE kind = 'claimed'");
    let id = account(&shop, "annie@example.com");
    assert_eq!(shop.write(move |conn| orders::claim(conn, id)), 0);
    assert_eq!(shop.count("SELECT count(*) FROM orders WHERE account_id IS NOT NULL"), 0);
    confirmed(&shop, "annie@example.com", true);
    annie.visits("/account").must_say(&number).must_say("An order that you placed without signing in");
    assert!(!annie.visits("/account").says("without signing in is now"), "it is said once");
    assert_eq!(annie.visits(&format!("/orders/{number}")).status, 200, "without the link's token");
    assert_eq!(shop.count("SELECT count(*) FROM order_events WHERE kind = 'claimed'"), 1);
    assert!(!annie.page().says("Taken over"), "for staff alone");
}

#[test]
fn nobody_takes_over_an_order_of_another_address_or_of_another_account() {
    let shop = Shop::open();
    bought(&shop);
    let mut bob = shop.shopper();
    bob.email = "bob@example.com".into();
    bob.signs_up();
    confirmed(&shop, "bob@example.com", true);
    bob.adds_to_cart("/products/claw-hammer", 1);
    bob.email = "annie@example.com".into();
    let theirs = bob.buys();
    bob.visits("/account").must_say(&theirs);
    let mut annie = shop.shopper();
    annie.signs_up();
    confirmed(&shop, "annie@example.com", true);
    let page = annie.visits("/account");
    assert!(!page.says(&theirs), "bob was signed in when he gave annie's address");
    assert_eq!(shop.count("SELECT count(*) FROM orders WHERE account_id IS NOT NULL"), 2);
    shop.meddle("UPDATE accounts SET disabled_at = now() WHERE email = 'annie@example.com'; UPDATE orders SET account_id = NULL");
    let id = account(&shop, "annie@example.com");
    assert_eq!(shop.write(move |conn| orders::claim(conn, id)), 0, "a disabled account gets nothing");
}

#[test]
fn an_order_is_taken_over_once_whatever_runs_at_once() {
    let shop = Shop::open();
    bought(&shop);
    let mut annie = shop.shopper();
    annie.signs_up();
    confirmed(&shop, "annie@example.com", true);
    at_once((0..6).map(|_| annie.browser.request("GET", "/account")).collect());
    assert_eq!(shop.count("SELECT count(*) FROM order_events WHERE kind = 'claimed'"), 1);
}

#[test]
fn ordering_again_fills_the_cart_once_however_often_it_is_pressed() {
    let shop = Shop::open();
    let (mut annie, number) = bought(&shop);
    for _ in 0..2 {
        annie.browser.get(&format!("/orders/{number}?token={}", shop.first("SELECT token FROM orders")));
        annie.browser.submit("Order the same again", &[]).must_say("is in your cart, at today’s prices");
        assert_eq!(annie.page().attribute("input[name=quantity]", "value").as_deref(), Some("2"));
    }
    assert_eq!(annie.buys().len(), 9, "and it can be ordered");
}

#[test]
fn ordering_again_tells_what_is_not_sold_any_more_and_what_there_is_too_little_of() {
    let shop = Shop::open();
    let hammer = shop.product("Claw hammer").stock(10).put_up();
    let saw = shop.product("Tenon saw").stock(10).put_up();
    let file = shop.product("Flat file").stock(10).put_up();
    let mut annie = shop.shopper();
    annie.signs_up();
    for product in [&hammer, &saw, &file] {
        annie.adds_to_cart(product, 3);
    }
    annie.buys();
    shop.meddle("UPDATE products SET status = 'archived' WHERE title = 'Tenon saw'");
    shop.meddle("UPDATE stock SET on_hand = allocated + 2 WHERE variant_id = (SELECT id FROM variants WHERE sku = 'FLAT-FILE')");
    annie.visits("/account");
    let page = annie.browser.submit("Order again", &[]);
    page.must_say("Tenon saw is not sold any more").must_say("Only 2 of Flat file are left").must_say("Claw hammer");
    assert_eq!(shop.first("SELECT string_agg(quantity::text, ' ' ORDER BY variant_id) FROM cart_lines l JOIN carts c ON c.id = l.cart_id WHERE c.ordered_at IS NULL"), "3 2");
    shop.meddle("DELETE FROM cart_lines; UPDATE products SET status = 'archived'");
    annie.visits("/account");
    annie.browser.submit("Order again", &[]).must_say("Your cart is empty");
}

#[test]
fn nobody_orders_again_what_they_may_not_see() {
    let shop = Shop::open();
    let (_, number) = bought(&shop);
    let mut mallory = shop.shopper();
    mallory.email = "mallory@example.com".into();
    mallory.signs_up();
    let token = mallory.visits("/account/details").attribute("input[name=csrf]", "value").unwrap();
    for path in [format!("/orders/{number}/again"), format!("/orders/{number}/again?token=wrong"), "/orders/0000-0000/again".to_owned()] {
        assert_eq!(mallory.browser.forge(&path, &[("csrf", &token)]).status, 404, "{path}");
    }
}
