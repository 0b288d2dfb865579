//! Mails to those who wait for something: that it is back, or costs less.

use std::thread;

use ironmonger::{
    accounts,
    alerts::TellAlerts,
    base::{AlertId, Currency},
    jobs,
    pricing::{self, NewPrice, PriceKind, PriceListChange},
};

use crate::harness::{Shop, Shopper, at_once};

fn customer(shop: &Shop, name: &str) -> Shopper {
    let mut shopper = shop.shopper();
    shopper.email = format!("{name}@example.com");
    shopper.signs_up();
    shop.meddle("UPDATE accounts SET confirmed_at = now()");
    shopper
}

fn variant(shop: &Shop, sku: &str) -> i64 {
    shop.count(&format!("SELECT id FROM variants WHERE sku = '{sku}'"))
}

fn waits_for_stock(shop: &Shop, shopper: &mut Shopper, sku: &str) {
    shopper.visits(&format!("/account/alerts/new/stock/{}", variant(shop, sku)));
    shopper.browser.submit("Write to me", &[]).must_say("once, when it is so");
}

fn waits_for_price(shop: &Shop, shopper: &mut Shopper, sku: &str, below: &str) {
    shopper.visits(&format!("/account/alerts/new/price/{}", variant(shop, sku)));
    shopper.browser.submit("Write to me", &[("below", below)]).must_say("once, when it is so");
}

/// The scheduled job comes round; the addresses that were written to in all, and the number of mails.
fn told(shop: &Shop, kind: &str) -> (String, i64) {
    shop.block_on(shop.wired.worker().schedule()).unwrap();
    shop.jobs_become_due();
    shop.works();
    let of = format!("FROM mails WHERE kind = '{kind}'");
    (
        shop.first(&format!("SELECT COALESCE(string_agg(recipient, ' ' ORDER BY recipient), '') {of}")),
        shop.count(&format!("SELECT count(*) {of}")),
    )
}

fn comes_in(shop: &Shop, units: i32) {
    shop.meddle(&format!("UPDATE stock SET on_hand = allocated + {units}"));
}

/// The mail that went out last, of those that were asked for. Stock that came by magic has the books told to differ as well.
fn newest(shop: &Shop) -> String {
    let mut asked_for = shop.mails().into_iter().filter(|mail| mail.text.contains("List-Unsubscribe-Post"));
    asked_for.next_back().expect("a mail").text
}

/// The path of the link that ends all, of the newest mail.
fn end_link(shop: &Shop) -> String {
    let mail = shop.first("SELECT body_text FROM mails WHERE unsubscribe_url <> '' ORDER BY created_at DESC, id DESC");
    let url = mail.lines().find(|line| line.contains("/alerts/end")).expect("a link");
    url.trim().trim_start_matches(&shop.url).to_owned()
}

#[test]
fn back_in_stock_is_told_once_to_each_who_asked() {
    let shop = Shop::open();
    let hammer = shop.product("Claw hammer").price("24.95").stock(0).put_up();
    let mut annie = customer(&shop, "annie");
    annie.visits(&hammer);
    annie.browser.follow("Tell me when it is back");
    annie.browser.submit("Write to me", &[]).must_say("When it is back in stock");
    waits_for_stock(&shop, &mut customer(&shop, "bob"), "CLAW-HAMMER");
    assert_eq!(told(&shop, "back_in_stock").1, 0, "there are none yet");
    comes_in(&shop, 1);
    assert_eq!(told(&shop, "back_in_stock"), ("annie@example.com bob@example.com".to_owned(), 2), "though there is but one");
    comes_in(&shop, 0);
    comes_in(&shop, 5);
    assert_eq!(told(&shop, "back_in_stock").1, 2);
    let mail = newest(&shop);
    assert!(mail.contains("Claw hammer") && mail.contains("£24.95") && mail.contains("while it lasts"), "{mail}");
    annie.visits("/account/alerts").must_say("You have asked for no alerts");
    comes_in(&shop, 0);
    waits_for_stock(&shop, &mut annie, "CLAW-HAMMER");
    comes_in(&shop, 5);
    assert_eq!(told(&shop, "back_in_stock").1, 3, "whoever asks again is told again");
}

#[test]
fn two_workers_at_once_tell_each_once() {
    let shop = Shop::open();
    shop.product("Claw hammer").stock(0).put_up();
    waits_for_stock(&shop, &mut customer(&shop, "annie"), "CLAW-HAMMER");
    shop.meddle(
        "INSERT INTO accounts (email, name, password_hash, confirmed_at) SELECT n || '@example.com', 'N', 'x', now() FROM generate_series(1, 450) n;
         INSERT INTO alerts (account_id, variant_id, kind) SELECT a.id, v.id, 'stock' FROM accounts a, variants v WHERE a.name = 'N'",
    );
    comes_in(&shop, 5);
    shop.write(|conn| (0..4).try_for_each(|_| jobs::enqueue(conn, &TellAlerts { after: AlertId(0) })));
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
                runtime.block_on(shop.wired.worker().drain()).unwrap();
            });
        }
    });
    assert_eq!(shop.count("SELECT count(*) FROM mails WHERE kind = 'back_in_stock'"), 451);
    assert_eq!(shop.count("SELECT count(DISTINCT recipient) FROM mails"), 451);
    assert_eq!(shop.count("SELECT count(*) FROM alerts WHERE told_at IS NULL"), 0);
}

#[test]
fn nothing_is_told_of_what_is_not_sold_and_nobody_who_is_disabled_is_told() {
    let shop = Shop::open();
    shop.product("Claw hammer").stock(0).put_up();
    waits_for_stock(&shop, &mut customer(&shop, "annie"), "CLAW-HAMMER");
    waits_for_stock(&shop, &mut customer(&shop, "bob"), "CLAW-HAMMER");
    shop.meddle("UPDATE products SET status = 'archived'; UPDATE accounts SET disabled_at = now() WHERE email = 'bob@example.com'");
    comes_in(&shop, 5);
    assert_eq!(told(&shop, "back_in_stock").1, 0);
    shop.meddle("UPDATE products SET status = 'active'");
    assert_eq!(told(&shop, "back_in_stock").0, "annie@example.com");
}

/// A price for trade customers, whose group is made with it.
fn trade_price(shop: &Shop, amount: i64) {
    shop.write(move |conn| {
        let group = match accounts::groups(conn)?.into_iter().next() {
            Some(group) => group.id,
            None => accounts::save_group(conn, None, "Trade")?,
        };
        let change = PriceListChange {
            name: format!("Trade {amount}"),
            kind: PriceKind::Regular,
            currency: Currency::parse("GBP").unwrap(),
            group_id: Some(group),
            starts_at: None,
            ends_at: None,
            replaces_base: false,
            active: true,
        };
        let list = pricing::save_list(conn, None, &change)?;
        pricing::put_price(conn, list, &NewPrice { sku: "CLAW-HAMMER".into(), min_quantity: 1, amount, compare_at: None })
    });
}

#[test]
fn a_price_alert_compares_what_this_customer_pays() {
    let shop = Shop::open();
    let hammer = shop.product("Claw hammer").price("10.00").put_up();
    let (mut annie, mut bob) = (customer(&shop, "annie"), customer(&shop, "bob"));
    trade_price(&shop, 800);
    shop.meddle("UPDATE accounts SET group_id = (SELECT id FROM customer_groups) WHERE email = 'annie@example.com'");
    annie.visits(&hammer).must_say("£8.00");
    annie.browser.follow("Tell me when it costs less");
    assert_eq!(annie.page().attribute("#below", "value").as_deref(), Some("8.00"), "what annie pays");
    annie.browser.submit("Write to me", &[]).must_say("When it costs less than £8.00");
    waits_for_price(&shop, &mut bob, "CLAW-HAMMER", "9.00");
    shop.meddle("UPDATE variants SET price = 900");
    assert_eq!(told(&shop, "price_fell").1, 0, "annie pays 8.00 as before, and 9.00 is not less than 9.00");
    trade_price(&shop, 700);
    assert_eq!(told(&shop, "price_fell"), ("annie@example.com".to_owned(), 1), "bob is not in trade");
    let mail = newest(&shop);
    assert!(mail.contains("less than £8.00") && mail.contains("£7.00"), "{mail}");
    shop.meddle("UPDATE variants SET price = 899");
    assert_eq!(told(&shop, "price_fell").0, "annie@example.com bob@example.com");
}

#[test]
fn a_price_that_would_be_told_at_once_or_is_none_is_refused_with_what_was_typed() {
    let shop = Shop::open();
    shop.product("Claw hammer").price("10.00").put_up();
    let mut annie = customer(&shop, "annie");
    for wrong in ["10.01", "0", "cheap", ""] {
        annie.visits(&format!("/account/alerts/new/price/{}", variant(&shop, "CLAW-HAMMER")));
        let page = annie.browser.submit("Write to me", &[("below", wrong)]);
        assert_eq!(page.status, 422, "{wrong}");
        assert_eq!(page.attribute("#below", "value").as_deref(), Some(wrong));
    }
    waits_for_price(&shop, &mut annie, "CLAW-HAMMER", "£9");
    waits_for_price(&shop, &mut annie, "CLAW-HAMMER", "7.50");
    assert_eq!(shop.count("SELECT below FROM alerts"), 750, "the later answer counts, and there is one");
}

#[test]
fn only_who_has_confirmed_their_address_is_written_to() {
    let shop = Shop::open();
    shop.product("Claw hammer").stock(0).put_up();
    let mut annie = customer(&shop, "annie");
    annie.visits(&format!("/account/alerts/new/stock/{}", variant(&shop, "CLAW-HAMMER")));
    let form = annie.browser.prepare("Write to me", &[]);
    shop.meddle("UPDATE accounts SET confirmed_at = NULL");
    assert!(!annie.browser.sends(form).says("once, when it is so"));
    assert_eq!(shop.count("SELECT count(*) FROM alerts"), 0);
    shop.meddle("INSERT INTO alerts (account_id, variant_id, kind) SELECT a.id, v.id, 'stock' FROM accounts a, variants v");
    comes_in(&shop, 5);
    assert_eq!(told(&shop, "back_in_stock").1, 0, "nor who had confirmed it and has another since");
}

#[test]
fn a_guest_is_led_to_sign_in_and_back_to_the_question() {
    let shop = Shop::open();
    let hammer = shop.product("Claw hammer").stock(0).put_up();
    customer(&shop, "annie");
    let mut guest = shop.shopper();
    guest.visits(&hammer);
    guest.browser.follow("Tell me when it is back");
    assert_eq!(guest.page().url.path(), "/sign-in");
    guest.browser.submit("Sign in", &[("email", "annie@example.com"), ("password", "three plain words")]).must_say("We write once");
}

#[test]
fn the_mails_link_ends_all_that_this_customer_waits_for_and_nothing_by_being_looked_at() {
    let shop = Shop::open();
    shop.product("Claw hammer").stock(0).put_up();
    shop.product("Tenon saw").price("30.00").put_up();
    let (mut annie, mut bob) = (customer(&shop, "annie"), customer(&shop, "bob"));
    waits_for_stock(&shop, &mut annie, "CLAW-HAMMER");
    for shopper in [&mut annie, &mut bob] {
        waits_for_price(&shop, shopper, "TENON-SAW", "20.00");
    }
    comes_in(&shop, 5);
    told(&shop, "back_in_stock");
    let open = || shop.count("SELECT count(*) FROM alerts WHERE told_at IS NULL");
    let link = end_link(&shop);
    let mut anywhere = shop.browser();
    assert_eq!(anywhere.get("/alerts/end?token=nonsense").status, 404);
    anywhere.get(&link).must_say("End your alerts?");
    assert_eq!(open(), 2);
    anywhere.submit("End all of them", &[]).must_say("Your alerts are ended");
    assert_eq!(open(), 1, "bob's stays");
    bob.visits("/account/alerts").must_say("Tenon saw");
}

#[test]
fn a_mail_program_ends_alerts_by_one_click_without_a_page() {
    let shop = Shop::open();
    shop.product("Claw hammer").stock(0).put_up();
    shop.product("Tenon saw").price("30.00").put_up();
    let mut annie = customer(&shop, "annie");
    waits_for_stock(&shop, &mut annie, "CLAW-HAMMER");
    waits_for_price(&shop, &mut annie, "TENON-SAW", "20.00");
    comes_in(&shop, 5);
    told(&shop, "back_in_stock");
    let mail = newest(&shop);
    assert!(mail.contains("List-Unsubscribe-Post: List-Unsubscribe=One-Click"), "{mail}");
    let link = end_link(&shop);
    assert!(mail.contains(&format!("List-Unsubscribe: <{}/alerts/end?token", shop.url)), "{mail}");
    let click = |path: &str| at_once(vec![shop.browser().request("POST", path).body("List-Unsubscribe=One-Click")]).pop().unwrap().status;
    assert_eq!(click("/alerts/end?token=nonsense"), 200, "it says the same");
    assert_eq!(shop.count("SELECT count(*) FROM alerts WHERE told_at IS NULL"), 1);
    assert_eq!(click(&link), 200);
    assert_eq!(shop.count("SELECT count(*) FROM alerts WHERE told_at IS NULL"), 0);
}

#[test]
fn another_s_alert_is_neither_seen_nor_ended() {
    let shop = Shop::open();
    shop.product("Claw hammer").stock(0).put_up();
    let mut annie = customer(&shop, "annie");
    waits_for_stock(&shop, &mut annie, "CLAW-HAMMER");
    let mut mallory = customer(&shop, "mallory");
    let page = mallory.visits("/account/alerts");
    assert!(!page.says("Claw hammer"));
    let token = mallory.visits("/account/details").attribute("input[name=csrf]", "value").unwrap();
    let id = shop.count("SELECT id FROM alerts");
    mallory.browser.forge(&format!("/account/alerts/{id}/removal"), &[("csrf", &token)]);
    assert_eq!(shop.count("SELECT count(*) FROM alerts"), 1);
    annie.visits("/account/alerts");
    annie.browser.submit("End", &[]).must_say("You have asked for no alerts");
    assert_eq!(shop.count("SELECT count(*) FROM alerts"), 0);
}

#[test]
fn one_waits_for_a_hundred_things_at_most_whatever_runs_at_once() {
    let shop = Shop::open();
    let sizes: Vec<String> = (0..52).map(|size| format!("{size} mm")).collect();
    let mut goods = shop.product("Chisel").price("10.00").options(&["Width"]);
    for size in &sizes {
        goods = goods.variant(&[size.as_str()], 0);
    }
    goods.put_up();
    let mut annie = customer(&shop, "annie");
    shop.meddle(
        "INSERT INTO alerts (account_id, variant_id, kind, below, currency)
         SELECT a.id, v.id, k.kind, k.below, k.currency FROM accounts a, variants v, (VALUES ('stock', NULL::bigint, NULL), ('price', 100, 'GBP')) k (kind, below, currency)
         ORDER BY v.id, k.kind LIMIT 98",
    );
    let last = shop.count("SELECT max(id) FROM variants");
    let forms: Vec<_> = (0..3)
        .map(|before| {
            annie.visits(&format!("/account/alerts/new/stock/{}", last - before));
            annie.browser.prepare("Write to me", &[])
        })
        .collect();
    let pages = at_once(forms);
    assert_eq!(shop.count("SELECT count(*) FROM alerts"), 100);
    let refused: Vec<_> = pages.iter().filter(|page| page.status == 422).collect();
    assert_eq!(refused.len(), 1);
    refused[0].must_say("End one first");
}
