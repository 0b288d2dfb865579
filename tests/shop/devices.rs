//! Where somebody is signed in: on which devices, for how long, and how that ends.

use std::{
    thread,
    time::{Duration, Instant},
};

use diesel::{Connection, PgConnection, connection::SimpleConnection};
use reqwest::{
    blocking::{Client, Response},
    redirect::Policy,
};

use crate::harness::{Browser, Page, Shop, Shopper};

const FIREFOX: &str = "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0";
const PHONE: &str = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 Version/18.6 Mobile Safari/604.1";

/// The session cookie that came with a page, as whoever copied it would send it.
fn cookie_of(page: &Page) -> String {
    let cookie = page.headers.get("set-cookie").expect("a cookie").to_str().unwrap();
    cookie.split(';').next().unwrap().to_owned()
}

/// Asks a server with a copied cookie, and follows nothing.
fn ask(server: &str, path: &str, cookie: &str) -> Response {
    let client = Client::builder().no_proxy().redirect(Policy::none()).build().unwrap();
    client.get(format!("{server}{path}")).header("accept", "text/html").header("cookie", cookie).send().unwrap()
}

/// Whether the cookie is good for the account's own pages at this server.
fn is_in(server: &str, cookie: &str) -> bool {
    ask(server, "/account", cookie).status() == 200
}

/// Signs in with a browser that calls itself so; gives the cookie as well.
fn signs_in_as(shop: &Shop, agent: &str) -> (Shopper, String) {
    let mut annie = shop.shopper();
    annie.visits("/sign-in");
    let fields = [("email", "annie@example.com"), ("password", "three plain words")];
    let request = annie.browser.prepare("Sign in", &fields).header("user-agent", agent);
    // The page that follows counts the cart and so writes the cookie.
    let cookie = cookie_of(annie.browser.sends(request));
    (annie, cookie)
}

/// Annie has an account and is signed in nowhere.
fn with_annie() -> Shop {
    let shop = Shop::open();
    shop.product("Claw hammer").put_up();
    let mut annie = shop.shopper();
    annie.signs_up();
    annie.browser.submit("Sign out", &[]);
    shop
}

/// Looks until it is so, and tells how long that took.
fn soon(mut look: impl FnMut() -> bool) -> Duration {
    let began = Instant::now();
    while !look() {
        assert!(began.elapsed() < Duration::from_secs(5), "it does not come");
        thread::sleep(Duration::from_millis(10));
    }
    began.elapsed()
}

fn devices(browser: &mut Browser) -> Vec<String> {
    browser.get("/account/sign-ins").texts_of(".devices strong")
}

#[test]
fn an_old_cookie_does_not_bring_back_a_sign_in_after_sign_out() {
    let shop = with_annie();
    let (mut annie, cookie) = signs_in_as(&shop, FIREFOX);
    assert!(is_in(&shop.url, &cookie));
    for _ in 0..2 {
        assert!(ask(&shop.url, "/products/claw-hammer", &cookie).text().unwrap().contains("Annie Preece"));
    }
    annie.visits("/");
    annie.browser.submit("Sign out", &[]).must_say("signed out");
    let answer = ask(&shop.url, "/account", &cookie);
    assert_eq!((answer.status().as_u16(), answer.headers()["location"].to_str().unwrap()), (303, "/sign-in?return_to=%2Faccount"));
    soon(|| !ask(&shop.url, "/products/claw-hammer", &cookie).text().unwrap().contains("Annie Preece"));
    assert_eq!(shop.first("SELECT ended_by FROM sign_ins ORDER BY started_at DESC"), "self");
}

#[test]
fn the_list_tells_each_device_with_its_last_use_and_which_is_this_one() {
    let shop = with_annie();
    signs_in_as(&shop, FIREFOX);
    shop.meddle("UPDATE sign_ins SET seen_at = now() - interval '3 hours', started_at = now() - interval '2 days' WHERE ended_at IS NULL");
    let (mut phone, _) = signs_in_as(&shop, PHONE);
    let page = phone.visits("/account/sign-ins");
    assert_eq!(page.texts_of(".devices strong"), ["Safari on iPhone", "Firefox on Linux"], "the one used last first");
    let rows = page.texts_of(".devices li");
    assert!(rows[0].contains("This device") && !rows[1].contains("This device"), "{rows:?}");
    let used = shop
        .first("SELECT to_char(seen_at, 'FMDD Mon YYYY, HH24:MI') FROM sign_ins WHERE device = 'Firefox on Linux' AND ended_at IS NULL");
    assert!(rows[1].contains(&used) && rows[1].contains("127.0.0.1"), "{rows:?} without {used}");
    page.must_say("after 14 days without use, and after 30 days at the latest");
    assert_eq!(page.headers["cache-control"], "no-store");
    assert_eq!(shop.browser().get("/account/sign-ins").url.path(), "/sign-in");
}

#[test]
fn a_device_that_is_ended_is_out_within_a_second_on_every_server_on_kept_pages_as_well() {
    let shop = with_annie();
    let other = Shop::over(&shop);
    let (mut desk, _) = signs_in_as(&shop, FIREFOX);
    let (_, phone) = signs_in_as(&shop, PHONE);
    let greets = |server: &str| ask(server, "/products/claw-hammer", &phone).text().unwrap().contains("Annie Preece");
    for server in [&shop.url, &other.url] {
        soon(|| greets(server));
        assert!(greets(server) && is_in(server, &phone), "{server}");
    }
    let id = shop.first("SELECT id FROM sign_ins WHERE device = 'Safari on iPhone' AND ended_at IS NULL");
    let csrf = desk.visits("/account/sign-ins").attribute("input[name=csrf]", "value").unwrap();
    desk.browser.forge(&format!("/account/sign-ins/{id}/end"), &[("csrf", &csrf)]).must_say("That device is signed out");
    for server in [&shop.url, &other.url] {
        let took = soon(|| !greets(server));
        assert!(took < Duration::from_secs(1), "{server}: {took:?}");
        assert!(!is_in(server, &phone), "{server}");
    }
    assert_eq!(devices(&mut desk.browser), ["Firefox on Linux"]);
    assert_eq!(shop.first(&format!("SELECT ended_by FROM sign_ins WHERE id = '{id}'")), "elsewhere");
}

#[test]
fn sign_out_everywhere_else_leaves_this_device_in() {
    let shop = with_annie();
    let (_, phone) = signs_in_as(&shop, PHONE);
    let (mut desk, _) = signs_in_as(&shop, FIREFOX);
    desk.visits("/account/sign-ins");
    desk.browser.submit("Sign out everywhere else", &[]).must_say("signed out everywhere else");
    assert!(!is_in(&shop.url, &phone));
    assert_eq!(devices(&mut desk.browser), ["Firefox on Linux"]);
    desk.visits("/account/sign-ins");
    assert!(!desk.page().says("Sign out everywhere else"), "there is none left");
    let (_, again) = signs_in_as(&shop, PHONE);
    assert!(is_in(&shop.url, &again), "whoever knows the password comes in again");
}

#[test]
fn who_signs_in_while_all_else_is_ended_is_not_left_in_by_what_was_right_before() {
    let shop = with_annie();
    let (_, phone) = signs_in_as(&shop, PHONE);
    // The row of a sign-in that was not known yet when the others were ended.
    shop.meddle("UPDATE accounts SET generation = generation + 1");
    assert!(!is_in(&shop.url, &phone));
}

#[test]
fn another_s_sign_in_can_not_be_ended() {
    let shop = with_annie();
    let (_, hers) = signs_in_as(&shop, FIREFOX);
    let id = shop.first("SELECT id FROM sign_ins WHERE ended_at IS NULL");
    let mut mallory = shop.shopper();
    mallory.email = "mallory@example.com".to_owned();
    mallory.signs_up();
    let csrf = mallory.visits("/account/sign-ins").attribute("input[name=csrf]", "value").unwrap();
    mallory.browser.forge(&format!("/account/sign-ins/{id}/end"), &[("csrf", &csrf)]);
    assert!(is_in(&shop.url, &hers));
    assert_eq!(devices(&mut mallory.browser).len(), 1, "and is not on the list");
    mallory.browser.forge(&format!("/account/sign-ins/{id}/end"), &[("csrf", "wrong")]);
    assert_eq!(mallory.page().status, 403);
}

#[test]
fn an_idle_sign_in_ends_and_an_active_one_ends_at_its_absolute_age() {
    let shop = with_annie();
    let over = |sql: &str, cookie: &str, server: &str| {
        shop.meddle(&format!("UPDATE sign_ins SET {sql} WHERE ended_at IS NULL"));
        !is_in(server, cookie)
    };
    let (_, annie) = signs_in_as(&shop, FIREFOX);
    assert!(!over("seen_at = now() - interval '13 days 23 hours'", &annie, &shop.url));
    assert!(over("seen_at = now() - interval '14 days'", &annie, &shop.url));
    assert!(!over("seen_at = now(), started_at = now() - interval '29 days 23 hours'", &annie, &shop.url));
    assert!(over("seen_at = now(), started_at = now() - interval '30 days'", &annie, &shop.url));

    let owner = shop.owner();
    let cookie = cookie_of(owner.page());
    let closed = |sql: &str| {
        shop.meddle(&format!("UPDATE sign_ins SET {sql} WHERE way = 'invitation'"));
        ask(&shop.url, "/admin", &cookie).status() != 200
    };
    assert!(!closed("seen_at = now() - interval '59 minutes'"));
    assert!(closed("seen_at = now() - interval '60 minutes'"));
    assert!(!closed("seen_at = now(), started_at = now() - interval '11 hours 59 minutes'"));
    assert!(closed("seen_at = now(), started_at = now() - interval '12 hours'"));
}

#[test]
fn a_kept_page_greets_nobody_whose_sign_in_is_too_old() {
    let shop = with_annie();
    let (_, annie) = signs_in_as(&shop, FIREFOX);
    let greets = || ask(&shop.url, "/products/claw-hammer", &annie).text().unwrap().contains("Annie Preece");
    shop.meddle("UPDATE sign_ins SET started_at = now() - interval '30 days' + interval '4 seconds'");
    soon(greets);
    assert!(greets());
    thread::sleep(Duration::from_millis(4100));
    assert!(!greets(), "what is in memory has an end of its own");
}

#[test]
fn each_use_is_noted_once_a_minute_and_a_read_only_moment_is_no_fault() {
    let shop = with_annie();
    let (mut annie, _) = signs_in_as(&shop, FIREFOX);
    let noted = || shop.count("SELECT count(*) FROM sign_ins WHERE ended_at IS NULL AND seen_at > now() - interval '20 seconds'");
    shop.meddle("UPDATE sign_ins SET seen_at = now() - interval '50 seconds'");
    annie.visits("/account/sign-ins");
    assert_eq!(noted(), 0, "lately enough");
    shop.meddle("UPDATE sign_ins SET seen_at = now() - interval '61 seconds'");
    annie.visits("/account/sign-ins");
    assert_eq!(noted(), 1);

    shop.meddle("UPDATE sign_ins SET seen_at = now() - interval '2 minutes'");
    let read_only = "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET default_transaction_read_only = on', current_database()); END $$;
        SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()";
    PgConnection::establish(&shop.owner_s_url()).unwrap().batch_execute(read_only).unwrap();
    // Connections that were ended are noticed when they are used.
    soon(|| annie.browser.request("GET", "/account/sign-ins").send().unwrap().status() == 200);
    assert_eq!(noted(), 0);
}

#[test]
fn the_delicate_asks_for_a_proof_and_takes_it_for_half_an_hour_from_a_form() {
    let shop = with_annie();
    let (mut annie, _) = signs_in_as(&shop, FIREFOX);
    let proved = |ago: &str| shop.meddle(&format!("UPDATE sign_ins SET proved_at = now() - interval '{ago}'"));
    annie.visits("/account/sign-ins");
    proved("29 minutes");
    let csrf = annie.page().attribute("input[name=csrf]", "value").unwrap();
    assert_eq!(annie.browser.forge("/account/sign-ins/others/end", &[("csrf", &csrf)]).url.path(), "/account/sign-ins");
    proved("31 minutes");
    annie.visits("/account/sign-ins");
    signs_in_as(&shop, PHONE);
    let csrf = annie.visits("/account/sign-ins").attribute("input[name=csrf]", "value").unwrap();
    proved("31 minutes");
    let request = annie.browser.prepare("Sign out everywhere else", &[]).header("referer", format!("{}/account/sign-ins", shop.url));
    annie.browser.sends(request);
    assert_eq!(annie.page().url.path(), "/sign-in/proof");
    assert_eq!(shop.count("SELECT count(*) FROM sign_ins WHERE ended_at IS NULL"), 2, "nothing was done");

    let page = annie.browser.submit("Go on", &[("password", "not hers")]);
    assert_eq!(page.status, 422);
    page.must_say("not the password of your account");
    assert_eq!(annie.browser.submit("Go on", &[("password", "")]).status, 422);
    annie.browser.submit("Go on", &[("password", "three plain words")]);
    assert_eq!(annie.page().url.path(), "/account/sign-ins", "back to where they came from");
    assert_eq!(annie.browser.forge("/account/sign-ins/others/end", &[("csrf", &csrf)]).status, 403, "forms have a new token");
    annie.visits("/account/sign-ins");
    annie.browser.submit("Sign out everywhere else", &[]).must_say("signed out everywhere else");
}

#[test]
fn a_proof_leads_to_no_other_site_and_is_for_who_is_signed_in() {
    let shop = with_annie();
    assert_eq!(shop.browser().get("/sign-in/proof").url.path(), "/sign-in");
    let (mut annie, _) = signs_in_as(&shop, FIREFOX);
    for foreign in ["//evil.example", "/\\evil.example", "https://evil.example/"] {
        annie.visits("/sign-in/proof");
        annie.browser.submit("Go on", &[("password", "three plain words"), ("return_to", foreign)]);
        assert!(annie.page().url.as_str().starts_with(&shop.url), "{}", annie.page().url);
    }
}

#[test]
fn whoever_finds_an_open_browser_has_five_guesses_at_the_password() {
    let shop = with_annie();
    let (mut annie, _) = signs_in_as(&shop, FIREFOX);
    for _ in 0..5 {
        annie.visits("/sign-in/proof");
        assert_eq!(annie.browser.submit("Go on", &[("password", "a guess of somebody")]).status, 422);
    }
    annie.visits("/sign-in/proof");
    let page = annie.browser.submit("Go on", &[("password", "three plain words")]);
    assert_eq!(page.status, 429, "the right one comes too late as well");
    assert!(page.headers.contains_key("retry-after"));
}

#[test]
fn what_is_long_over_is_swept_and_what_holds_is_not() {
    let shop = with_annie();
    let (_, annie) = signs_in_as(&shop, FIREFOX);
    shop.meddle(
        "UPDATE sign_ins SET ended_at = now() - interval '91 days', started_at = now() - interval '95 days' WHERE ended_at IS NOT NULL",
    );
    assert_eq!(shop.count("SELECT count(*) FROM sign_ins"), 2);
    shop.block_on(shop.wired.worker().schedule()).unwrap();
    shop.jobs_become_due();
    shop.works_within(30);
    assert_eq!(shop.count("SELECT count(*) FROM sign_ins"), 1);
    assert!(is_in(&shop.url, &annie));
}

#[test]
fn a_sign_in_on_a_shared_computer_takes_nothing_along_from_the_one_before() {
    let shop = with_annie();
    let (mut first, _) = signs_in_as(&shop, FIREFOX);
    first.adds_to_cart("/products/claw-hammer", 2);
    first.visits("/");
    first.browser.submit("Sign out", &[]);
    assert!(!first.visits("/cart").says("Claw hammer"));
    first.email = "bert@example.com".to_owned();
    first.signs_up();
    assert!(!first.visits("/cart").says("Claw hammer"));
}
