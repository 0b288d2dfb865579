//! How often something may be tried: exact, over all servers, and told calmly.

use std::{thread, time::Duration};

use futures_util::future::join_all;
use ironmonger::{
    base::{AccountId, Client, Email, Error},
    limits::{self, Door, Who},
};

use crate::harness::{Page, Server, Shop, Shopper};

const MALLORY: &str = "93.184.216.34";
const ANNIE: &str = "93.184.216.35";

fn from(address: &str) -> Client {
    Client { address: address.parse().unwrap() }
}

/// Whether a try was let through; else the seconds to wait.
fn tries(shop: &Shop, door: Door, address: &str, person: Option<Who>) -> Result<(), u32> {
    match shop.block_on(limits::knock(&shop.db, door, &from(address), person)) {
        Ok(_) => Ok(()),
        Err(Error::TooMany(seconds)) => Err(seconds),
        Err(error) => panic!("{error}"),
    }
}

fn retry_after(page: &Page) -> u32 {
    page.headers["retry-after"].to_str().unwrap().parse().unwrap()
}

/// Fills the form and sends it as if from that address, through a proxy that the shop trusts.
fn sends_from<'a>(shopper: &'a mut Shopper, address: &str, button: &str, filled: &[(&str, &str)]) -> &'a Page {
    let request = shopper.browser.prepare(button, filled).header("x-forwarded-for", address);
    shopper.browser.sends(request)
}

#[test]
fn of_a_hundred_tries_at_once_on_two_servers_exactly_ten_come_through() {
    let shop = Shop::open();
    let beside = Shop::over(&shop);
    let client = from(MALLORY);
    let knocks = (0..100).map(|at| limits::knock(if at % 2 == 0 { &shop.db } else { &beside.db }, Door::Coupon, &client, None));
    let through = shop.block_on(join_all(knocks)).into_iter().filter(Result::is_ok).count();
    assert_eq!(through, 10);
    assert_eq!(shop.count("SELECT count(*) FROM tries"), 1, "one row for each who tries");
}

#[test]
fn after_the_first_so_many_one_comes_through_in_each_gap() {
    let shop = Shop::open();
    let through = (0..15).filter(|_| tries(&shop, Door::GiftCard, MALLORY, None).is_ok()).count();
    assert_eq!(through, 10);
    let wait = tries(&shop, Door::GiftCard, MALLORY, None).unwrap_err();
    assert!((50..=60).contains(&wait), "{wait}");
    shop.meddle("UPDATE tries SET free_at = free_at - interval '61 seconds'");
    assert_eq!(tries(&shop, Door::GiftCard, MALLORY, None), Ok(()));
    assert!(tries(&shop, Door::GiftCard, MALLORY, None).is_err());
    assert_eq!(tries(&shop, Door::Coupon, MALLORY, None), Ok(()), "each door counts for itself");
    assert_eq!(tries(&shop, Door::GiftCard, ANNIE, None), Ok(()), "and each address");
}

#[test]
fn an_account_is_counted_from_wherever_it_is_tried() {
    let shop = Shop::open();
    let account = || Some(Who::account(AccountId(7)));
    let through = (0..40).filter(|at| tries(&shop, Door::Proof, &format!("198.51.100.{at}"), account()).is_ok()).count();
    assert_eq!(through, 5);
    assert_eq!(tries(&shop, Door::Proof, MALLORY, Some(Who::account(AccountId(8)))), Ok(()));
}

#[test]
fn whoever_has_many_addresses_is_stopped_by_what_all_together_may_guess() {
    let shop = Shop::open();
    let all = Who::all();
    shop.meddle(&format!("SELECT tries_take('gift_card', '{}', 3000, 600) FROM generate_series(1, 3000)", all.as_str()));
    shop.meddle("UPDATE tries SET free_at = free_at + interval '5 minutes'");
    let wait = tries(&shop, Door::GiftCard, "198.51.100.77", None).unwrap_err();
    assert!((200..=300).contains(&wait), "{wait}");
    assert_eq!(tries(&shop, Door::Coupon, "198.51.100.77", None), Ok(()), "where money can be guessed and nowhere else");
}

#[test]
fn a_household_of_ipv6_is_one_whatever_address_it_takes() {
    let shop = Shop::open();
    let through = (1..=30).filter(|at| tries(&shop, Door::Coupon, &format!("2001:db8:1:2:{at:x}::1"), None).is_ok()).count();
    assert_eq!(through, 10);
    assert_eq!(tries(&shop, Door::Coupon, "2001:db8:1:3::1", None), Ok(()));
}

#[test]
fn what_counts_no_more_is_swept_by_those_who_try() {
    let shop = Shop::open();
    shop.meddle(
        "INSERT INTO tries (door, who, free_at)
         SELECT 'coupon', lpad(to_hex(n), 64, '0'), now() - interval '1 hour' FROM generate_series(1, 3000) AS n",
    );
    shop.meddle("SELECT tries_take('place', lpad(to_hex(n), 64, '0'), 10, 600) FROM generate_series(1, 1500) AS n");
    assert_eq!(shop.count("SELECT count(*) FROM tries WHERE door = 'coupon'"), 0);
    assert_eq!(shop.count("SELECT count(*) FROM tries WHERE door = 'place'"), 1500, "what counts stays");
}

#[test]
fn each_limited_door_says_429_with_retry_after_and_a_page() {
    let shop = Shop::open();
    let hammer = shop.product("Claw hammer").put_up();
    let mut mallory = shop.shopper();
    mallory.adds_to_cart(&hammer, 1);
    for at in 0..11 {
        mallory.visits("/cart");
        let page = sends_from(&mut mallory, MALLORY, "Use the code", &[("coupon", &format!("GUESS{at}"))]);
        assert_eq!(page.status, if at < 10 { 200 } else { 429 }, "coupon {at}");
    }
    mallory.page().must_say("Too many tries").must_say("try again");
    assert!((1..=60).contains(&retry_after(mallory.page())));
    assert_eq!(mallory.page().headers["cache-control"], "no-store");

    for at in 0..11 {
        mallory.visits("/gift-cards/balance");
        let code = format!("0000-0000-0000-{at:04}");
        let page = sends_from(&mut mallory, MALLORY, "Show the balance", &[("code", &code)]);
        assert_eq!(page.status, if at < 10 { 422 } else { 429 }, "gift card {at}");
    }
    assert!((1..=60).contains(&retry_after(mallory.page())));

    let mut annie = shop.shopper();
    annie.adds_to_cart(&hammer, 1);
    annie.visits("/cart");
    let page = sends_from(&mut annie, ANNIE, "Use the code", &[("coupon", "GUESS")]);
    assert_eq!(page.status, 200, "others are served");
}

#[test]
fn who_orders_in_a_loop_is_stopped_and_keeps_the_cart() {
    let shop = Shop::open();
    let hammer = shop.product("Claw hammer").put_up();
    for _ in 0..60 {
        tries(&shop, Door::Place, MALLORY, None).unwrap();
    }
    shop.meddle("UPDATE tries SET free_at = free_at + interval '5 minutes'");
    let mut mallory = shop.shopper();
    mallory.adds_to_cart(&hammer, 1);
    mallory.reaches_payment();
    let page = sends_from(&mut mallory, MALLORY, "Place the order", &[("gateway", "manual")]);
    assert_eq!(page.status, 429);
    assert!((100..=310).contains(&retry_after(page)));
    assert_eq!(shop.count("SELECT count(*) FROM orders"), 0);
    mallory.visits("/cart").must_say("Claw hammer");
    mallory.visits("/checkout/payment");
    let page = sends_from(&mut mallory, ANNIE, "Place the order", &[("gateway", "manual")]);
    assert!(page.url.path().starts_with("/orders/"), "{}", page.url);
}

#[test]
fn who_orders_for_one_e_mail_address_from_many_places_is_stopped_as_well() {
    let shop = Shop::open();
    let hammer = shop.product("Claw hammer").put_up();
    let annie = Who::email(&Email::parse("annie@example.com").unwrap());
    for at in 0..20 {
        tries(&shop, Door::Place, &format!("198.51.100.{at}"), Some(annie.clone())).unwrap();
    }
    shop.meddle("UPDATE tries SET free_at = free_at + interval '5 minutes'");
    let mut mallory = shop.shopper();
    mallory.adds_to_cart(&hammer, 1);
    mallory.reaches_payment();
    assert_eq!(sends_from(&mut mallory, MALLORY, "Place the order", &[("gateway", "manual")]).status, 429);
    assert_eq!(shop.count("SELECT count(*) FROM orders"), 0);
}

#[test]
fn a_stranger_s_word_of_where_he_comes_from_gives_him_no_more_tries_and_the_owners_hear_of_a_burst() {
    let shop = Shop::open();
    let mut owner = shop.owner();
    let hammer = shop.product("Claw hammer").put_up();
    // A process of its own, which trusts no proxy and whose log says errors only.
    let server = Server::start(&shop, "");
    let mut mallory = Shopper::new(crate::harness::Browser::new(&server.url));
    mallory.adds_to_cart(&hammer, 1);
    let guesses = 15;
    let refused = (0..guesses).filter(|at| {
        mallory.visits("/cart");
        let request = mallory.browser.prepare("Use the code", &[("coupon", &format!("GUESS{at}"))]);
        let forged = request.header("x-forwarded-for", format!("198.51.100.{at}")).header("forwarded", format!("for=198.51.100.{at}"));
        mallory.browser.sends(forged).status == 429
    });
    assert_eq!(refused.count(), guesses - 10);

    for _ in 0..60 {
        assert_eq!(mallory.browser.forge("/cart/lines", &[("csrf", "wrong"), ("variant", "1"), ("quantity", "1")]).status, 403);
    }
    let counted = || shop.count("SELECT COALESCE(sum(n), 0) FROM security_counts WHERE event = 'csrf_refused'");
    for _ in 0..120 {
        if counted() >= 60 {
            break;
        }
        thread::sleep(Duration::from_millis(250));
    }
    assert_eq!(counted(), 60, "what the log tells is counted over all servers");
    assert_eq!(shop.count("SELECT sum(n) FROM security_counts WHERE event = 'throttled'"), 5);

    let tells = || {
        shop.block_on(shop.wired.worker().schedule()).unwrap();
        shop.jobs_become_due();
        shop.works_within(30);
        shop.count("SELECT count(*) FROM mails WHERE kind = 'burst'")
    };
    assert_eq!(tells(), 1);
    assert_eq!(tells(), 1, "once an hour at most");
    assert_eq!(shop.first("SELECT recipient FROM mails WHERE kind = 'burst'"), "owner@example.com");
    let told = shop.first("SELECT body_text FROM mails WHERE kind = 'burst'");
    assert!(told.contains("did not come from a page of the shop: 60") && !told.contains("throttled"), "{told}");
    owner.visits("/admin/mails").must_say("Somebody knocks very often");
    shop.meddle("UPDATE security_alarms SET told_at = now() - interval '61 minutes'");
    assert_eq!(tells(), 2);
}
