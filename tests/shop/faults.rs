//! When the database is away: calm pages, quick answers, and all is well again once it is back.

use std::{
    thread,
    time::{Duration, Instant},
};

use crate::harness::Shop;

#[test]
fn without_a_database_pages_say_so_calmly_and_the_rest_is_served() {
    let shop = Shop::without_database();
    let mut annie = shop.shopper();
    assert_eq!(annie.visits("/healthz").status, 200);
    let ready = annie.visits("/readyz");
    assert_eq!(ready.status, 503);
    assert_eq!(ready.body, "not ready\n", "which part is away is for the log");

    for path in ["/", "/search?q=hammer", "/products/claw-hammer", "/categories/locks", "/pages/about"] {
        let asked = Instant::now();
        let page = annie.visits(path);
        assert_eq!(page.status, 503, "{path}");
        assert_eq!(page.headers["retry-after"], "5");
        assert_eq!(page.headers["cache-control"], "no-store");
        page.must_say("Your cart and your orders are kept").must_say("Try again");
        assert!(!page.body.contains("postgres") && !page.body.contains("nonexistent"), "no internals: {}", page.body);
        assert!(asked.elapsed() < Duration::from_secs(8), "{path} took {:?}", asked.elapsed());
    }
    let stylesheet = annie.page().attribute("link[rel=stylesheet]", "href").unwrap();
    assert_eq!(annie.visits(&stylesheet).status, 200);
}

#[test]
fn many_who_come_at_once_without_a_database_are_all_answered_soon() {
    let shop = Shop::without_database();
    let browser = shop.browser();
    let asked = Instant::now();
    let pages = crate::harness::at_once((0..30).map(|_| browser.request("GET", "/")).collect());
    assert!(pages.iter().all(|page| page.status == 503));
    assert!(asked.elapsed() < Duration::from_secs(9), "{:?}", asked.elapsed());
}

#[test]
fn connections_that_broke_meanwhile_are_replaced_before_anybody_notices() {
    let shop = Shop::open();
    let hammer = shop.product("Claw hammer").put_up();
    let mut annie = shop.shopper();
    annie.adds_to_cart(&hammer, 1);
    shop.meddle("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()");
    // They end a moment after they were told to. Whoever asks within it may be told that the shop is away.
    thread::sleep(Duration::from_millis(300));
    for path in ["/", "/cart", "/readyz"] {
        assert_eq!(annie.visits(path).status, 200, "{path}");
    }
    annie.visits("/cart").must_say("Claw hammer");
}

#[test]
fn a_database_of_an_older_program_is_not_ready() {
    let shop = Shop::open();
    let mut annie = shop.shopper();
    assert_eq!(annie.visits("/readyz").status, 200);
    shop.meddle("DELETE FROM __diesel_schema_migrations WHERE version = (SELECT max(version) FROM __diesel_schema_migrations)");
    let ready = annie.visits("/readyz");
    assert_eq!(ready.status, 503);
    assert_eq!(ready.body, "not ready\n");
}

#[test]
fn a_shop_whose_pictures_are_out_of_reach_is_not_ready_but_sells() {
    let shop = Shop::open();
    let hammer = shop.product("Claw hammer").put_up();
    std::fs::remove_dir_all(shop.folder().join("media")).unwrap();
    let mut annie = shop.shopper();
    assert_eq!(annie.visits("/readyz").status, 503);
    annie.adds_to_cart(&hammer, 1).must_say("Claw hammer");
}

#[test]
fn a_fault_of_ours_gets_a_number_and_no_details() {
    let shop = Shop::open();
    shop.meddle("ALTER TABLE categories RENAME TO categories_gone");
    let mut annie = shop.shopper();
    let page = annie.visits("/");
    assert_eq!(page.status, 500);
    page.must_say("Something went wrong").must_say("tell us this number");
    assert!(!page.body.contains("categories"), "{}", page.body);
    page.must_say(page.headers["x-request-id"].to_str().unwrap());
}
