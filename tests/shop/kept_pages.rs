//! Pages that are kept in memory: they cost no query, are forgotten in time, and give nobody what is another's.

use std::{
    io::Read,
    thread,
    time::{Duration, Instant},
};

use diesel::{Connection, PgConnection, connection::SimpleConnection};
use flate2::read::GzDecoder;
use ironmonger::search::{self, Keeper, SearchIndex};

use crate::harness::{Page, Shop, at_once};

/// Holds everything that a page of the shop could ask for, so that whoever asks waits.
struct Held(PgConnection);

impl Held {
    fn of(shop: &Shop) -> Self {
        let mut conn = PgConnection::establish(&shop.database_url).unwrap();
        conn.batch_execute(
            "BEGIN; LOCK TABLE store, products, variants, categories, pages, stock, accounts, carts, cart_lines, editions, sign_ins",
        )
        .unwrap();
        Self(conn)
    }

    /// Requests that wait for a table.
    fn waiting(&mut self) -> i64 {
        use diesel::{QueryableByName, RunQueryDsl, sql_query, sql_types::BigInt};
        #[derive(QueryableByName)]
        struct Count {
            #[diesel(sql_type = BigInt)]
            count: i64,
        }
        let waiting = "SELECT count(*) AS count FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
        sql_query(waiting).get_result::<Count>(&mut self.0).unwrap().count
    }

    fn lets_go(mut self) {
        self.0.batch_execute("ROLLBACK").unwrap();
    }
}

fn with_hammers() -> Shop {
    let shop = Shop::open();
    shop.product("Claw hammer").price("24.95").category(&["Hand tools", "Hammers"]).featured().put_up();
    shop.product("Hand saw").price("12.00").category(&["Hand tools", "Saws"]).put_up();
    shop
}

/// The search's index of this shop, which knows all that there is: only then lists, which count by it, are kept.
fn indexed(shop: &Shop) -> Keeper {
    let keeper = shop.wired.keep_index();
    let index = SearchIndex::clone(&shop.wired.search);
    soon(|| {
        let index = index.clone();
        !shop.read(move |conn| search::is_behind(conn, &index))
    });
    keeper
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

/// A page as somebody sees it who asks for it plainly, without waiting for anything.
fn plainly(shop: &Shop, path: &str) -> String {
    reqwest::blocking::Client::builder().no_proxy().build().unwrap().get(format!("{}{path}", shop.url)).send().unwrap().text().unwrap()
}

/// Whether the page comes while the database answers nothing.
fn comes(shop: &Shop, path: &str) -> bool {
    let client = reqwest::blocking::Client::builder().no_proxy().timeout(Duration::from_millis(700)).build().unwrap();
    client.get(format!("{}{path}", shop.url)).send().is_ok()
}

#[test]
fn a_warm_page_asks_the_database_nothing() {
    let shop = with_hammers();
    let (mut guest, mut annie) = (shop.shopper(), shop.shopper());
    annie.signs_up();
    annie.adds_to_cart("/products/hand-saw", 3);
    let _index = indexed(&shop);
    let paths = ["/", "/categories/hammers", "/products/claw-hammer", "/pages/delivery"];
    for path in paths {
        assert_eq!(guest.visits(path).status, 200);
        annie.visits(path);
    }
    let held = Held::of(&shop);
    for path in paths {
        let page = annie.browser.request("GET", path).timeout(Duration::from_secs(2)).send().unwrap().text().unwrap();
        assert!(page.contains("Annie Preece") && page.contains("3<span class=\"unseen\"> items in the cart"), "{path}: {page}");
        assert!(comes(&shop, path), "{path} for a guest");
    }
    held.lets_go();
}

#[test]
fn a_kept_page_names_its_stylesheet_before_it_comes() {
    let shop = with_hammers();
    let client = reqwest::blocking::Client::builder().no_proxy().build().unwrap();
    for _of in ["rendered now", "out of memory"] {
        let answer = client.get(format!("{}/products/claw-hammer", shop.url)).header("accept", "text/html").send().unwrap();
        let link = answer.headers()["link"].to_str().unwrap().to_owned();
        let (address, rest) = link.trim_start_matches('<').split_once('>').unwrap();
        assert_eq!(rest, "; rel=preload; as=style");
        let sheet = client.get(format!("{}{address}", shop.url)).send().unwrap();
        assert_eq!((sheet.status().as_u16(), &sheet.headers()["content-type"]), (200, &"text/css; charset=utf-8".parse().unwrap()));
        assert!(answer.text().unwrap().contains(&format!("href=\"{address}\"")), "the page asks for the same");
    }
}

#[test]
fn hundreds_of_visitors_wait_for_one_rendering() {
    let shop = with_hammers();
    plainly(&shop, "/categories/hammers");
    let url = format!("{}/products/claw-hammer", shop.url);
    let mut held = Held::of(&shop);
    let asking = thread::spawn(move || {
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let ask = async || client.get(&url).send().await.unwrap().status().as_u16();
        tokio::runtime::Runtime::new().unwrap().block_on(futures_util::future::join_all((0..400).map(|_| ask())))
    });
    soon(|| held.waiting() > 0);
    thread::sleep(Duration::from_millis(300));
    assert_eq!(held.waiting(), 1, "only one of them asks the database");
    held.lets_go();
    assert!(asking.join().unwrap().into_iter().all(|status| status == 200));
}

#[test]
fn what_changes_is_seen_on_every_server_within_a_second() {
    let shop = with_hammers();
    let other = Shop::over(&shop);
    let sees = |path: &str, words: &str| plainly(&other, path).contains(words);
    for path in ["/", "/categories/hammers", "/categories/hand-tools", "/products/claw-hammer"] {
        assert!(sees(path, "£24.95"), "{path}");
    }
    let changes = [
        ("UPDATE variants SET price = 2150 WHERE sku = 'CLAW-HAMMER'", "£21.50"),
        ("UPDATE products SET title = 'Framing hammer' WHERE slug = 'claw-hammer'", "Framing hammer"),
        ("UPDATE stock SET on_hand = 0, allocated = 0 WHERE variant_id = (SELECT id FROM variants WHERE sku = 'CLAW-HAMMER')", "Sold out"),
        ("UPDATE store SET name = 'The Other Shop'", "The Other Shop"),
    ];
    for (sql, words) in changes {
        shop.meddle(sql);
        for path in ["/categories/hammers", "/categories/hand-tools", "/products/claw-hammer"] {
            let took = soon(|| sees(path, words));
            assert!(took < Duration::from_secs(1), "{sql} was seen on {path} after {took:?}");
        }
    }
    shop.meddle("UPDATE categories SET description = 'For nails' WHERE slug = 'hammers'");
    soon(|| sees("/categories/hammers", "For nails"));
    shop.meddle("UPDATE products SET status = 'archived' WHERE slug = 'claw-hammer'");
    soon(|| !sees("/categories/hammers", "Framing hammer") && !sees("/", "Framing hammer"));
    assert!(!sees("/products/claw-hammer", "Add to cart"), "its page says that it is gone");
}

#[test]
fn a_change_reaches_only_the_pages_that_show_it() {
    let shop = with_hammers();
    let _index = indexed(&shop);
    let others = ["/products/hand-saw", "/categories/saws", "/pages/delivery"];
    for path in others.into_iter().chain(["/products/claw-hammer", "/categories/hammers"]) {
        plainly(&shop, path);
    }
    shop.meddle("UPDATE variants SET price = 2150 WHERE sku = 'CLAW-HAMMER'");
    shop.meddle("UPDATE stock SET on_hand = 2 WHERE variant_id = (SELECT id FROM variants WHERE sku = 'CLAW-HAMMER')");
    soon(|| plainly(&shop, "/products/claw-hammer").contains("Only 2 left"));
    shop.meddle("UPDATE products SET description = 'Heavier' WHERE slug = 'claw-hammer'");
    thread::sleep(Duration::from_millis(100));
    let held = Held::of(&shop);
    for path in others {
        assert!(comes(&shop, path), "{path} shows nothing of the hammer and is still there");
    }
    assert!(!comes(&shop, "/products/claw-hammer"));
    assert!(!comes(&shop, "/categories/hammers"));
    held.lets_go();
}

#[test]
fn plenty_of_stock_may_go_without_any_page_being_rendered_anew() {
    let shop = Shop::open();
    shop.product("Nail").stock(500).category(&["Nails"]).put_up();
    plainly(&shop, "/products/nail");
    shop.meddle("UPDATE stock SET allocated = 300");
    thread::sleep(Duration::from_millis(100));
    let held = Held::of(&shop);
    assert!(comes(&shop, "/products/nail"));
    held.lets_go();
    shop.meddle("UPDATE stock SET allocated = 498");
    soon(|| plainly(&shop, "/products/nail").contains("Only 2 left"));
}

#[test]
fn a_price_that_the_clock_ends_is_not_shown_after_its_time() {
    let shop = with_hammers();
    shop.meddle(
        "INSERT INTO price_lists (name, kind, currency, ends_at, active) VALUES ('Flash', 'sale', 'GBP', now() + interval '1500 milliseconds', true);
         INSERT INTO prices (list_id, variant_id, amount) SELECT l.id, v.id, 1999 FROM price_lists l, variants v WHERE v.sku = 'CLAW-HAMMER'",
    );
    soon(|| plainly(&shop, "/products/claw-hammer").contains("£19.99"));
    assert!(plainly(&shop, "/categories/hammers").contains("£19.99"));
    thread::sleep(Duration::from_millis(1600));
    for path in ["/products/claw-hammer", "/categories/hammers"] {
        let page = plainly(&shop, path);
        assert!(!page.contains("£19.99") && page.contains("£24.95"), "{path}");
    }
}

#[test]
fn nobody_gets_what_is_another_s() {
    let shop = with_hammers();
    let (mut annie, mut bert) = (shop.shopper(), shop.shopper());
    annie.signs_up();
    annie.adds_to_cart("/products/hand-saw", 1);
    let token = |page: &Page| page.form("Add to cart").fields.into_iter().find(|(name, _)| name == "csrf").unwrap().1;
    let of_annie = token(annie.visits("/products/claw-hammer"));
    assert_eq!(annie.page().headers["cache-control"], "private, no-cache");

    let page = bert.visits("/products/claw-hammer");
    assert_eq!(page.headers["cache-control"], "public, no-cache");
    assert!(page.headers.get("set-cookie").is_none(), "whoever only looks gets no cookie");
    assert!(!page.says("Annie") && page.says("Sign in") && !page.has(".count"));
    assert_eq!(token(page), "", "there is no session yet that a token could be bound to");
    assert!(!page.body.contains("gap"), "{}", page.body);

    bert.adds_to_cart("/products/claw-hammer", 2).must_say("Added to your cart");
    let of_bert = token(bert.visits("/products/hand-saw"));
    assert!(!of_bert.is_empty() && of_bert != of_annie);
    bert.browser.forge("/cart/lines", &[("csrf", &of_annie), ("variant", "1"), ("quantity", "1")]).must_say("open for too long");
}

#[test]
fn without_a_session_a_form_must_come_from_a_page_of_the_shop() {
    let shop = with_hammers();
    let variant = shop.first("SELECT id FROM variants WHERE sku = 'CLAW-HAMMER'");
    let fields = [("csrf", ""), ("variant", variant.as_str()), ("quantity", "1")];
    let mut stranger = shop.browser();
    assert_eq!(stranger.forge("/cart/lines", &fields).status, 403, "nothing says where the form stood");
    let from = |name: &str, value: &str| {
        let mut browser = shop.browser();
        let request = browser.request("POST", "/cart/lines").header(name, value).form(&fields);
        browser.sends(request).status
    };
    assert_eq!(from("origin", "https://evil.example"), 403);
    assert_eq!(from("origin", "null"), 403);
    assert_eq!(from("referer", "https://evil.example/page"), 403);
    assert_eq!(from("origin", &shop.url), 200);
    assert_eq!(from("referer", &format!("{}/products/claw-hammer", shop.url)), 200, "w3m says no more than this");
}

#[test]
fn a_message_is_shown_once_and_to_nobody_else() {
    let shop = Shop::open();
    shop.product("Last one").stock(1).category(&["Rest"]).put_up();
    let (mut annie, mut bert) = (shop.shopper(), shop.shopper());
    bert.visits("/products/last-one");
    annie.visits("/products/last-one");
    annie.adds_to_cart("/products/last-one", 5).must_say("Only 1");
    assert!(!bert.visits("/products/last-one").says("Only 1 can"));
    assert_eq!(annie.visits("/products/last-one").texts_of(".errors").len(), 0);
}

#[test]
fn a_page_that_is_known_is_not_sent_again() {
    let shop = with_hammers();
    let mut annie = shop.shopper();
    let ask = |tag: &str, cookie: &str| {
        let client = reqwest::blocking::Client::builder().no_proxy().build().unwrap();
        client.get(format!("{}/products/claw-hammer", shop.url)).header("if-none-match", tag).header("cookie", cookie).send().unwrap()
    };
    let first = ask("\"other\"", "");
    let tag = first.headers()["etag"].to_str().unwrap().to_owned();
    assert_eq!(ask(&tag, "").status(), 304);
    assert_eq!(ask(&format!("\"x\", {tag}"), "").status(), 304);
    annie.adds_to_cart("/products/hand-saw", 1);
    assert_ne!(annie.visits("/products/claw-hammer").headers["etag"], tag.as_str(), "with a session it is another page");
    shop.meddle("UPDATE variants SET price = 2150 WHERE sku = 'CLAW-HAMMER'");
    soon(|| ask(&tag, "").status() == 200);
}

#[test]
fn a_page_comes_in_the_coding_that_the_browser_likes_best() {
    let shop = with_hammers();
    let ask = |accepted: &str| {
        let client = reqwest::blocking::Client::builder().no_proxy().build().unwrap();
        let answer = client.get(format!("{}/products/claw-hammer", shop.url)).header("accept-encoding", accepted).send().unwrap();
        let coding = answer.headers().get("content-encoding").map(|name| name.to_str().unwrap().to_owned()).unwrap_or_default();
        assert!(answer.headers()["vary"].to_str().unwrap().contains("accept-encoding"));
        (coding, answer.bytes().unwrap().to_vec())
    };
    let plain = ask("identity").1;
    assert!(String::from_utf8_lossy(&plain).contains("Claw hammer"));
    let (coding, body) = ask("gzip, deflate");
    let mut unpacked = vec![];
    GzDecoder::new(&*body).read_to_end(&mut unpacked).unwrap();
    assert_eq!((coding.as_str(), &unpacked), ("gzip", &plain));
    // Whoever asks first waits for little, whoever comes after loads less.
    let ((coding, first), (_, body)) = (ask("gzip, deflate, br, zstd"), ask("gzip, deflate, br, zstd"));
    assert!(coding == "br" && first.len() * 2 < plain.len(), "{coding}, {} of {}", first.len(), plain.len());
    assert!(body.len() * 3 < plain.len() && body.len() < first.len(), "{} of {}", body.len(), plain.len());
    assert_eq!(ask("zstd").0, "zstd");
}

#[test]
fn a_customer_s_group_has_pages_of_its_own() {
    let shop = with_hammers();
    let (mut annie, mut bert) = (shop.shopper(), shop.shopper());
    annie.signs_up();
    shop.meddle(
        "INSERT INTO customer_groups (name) VALUES ('Trade');
         INSERT INTO price_lists (name, kind, currency, group_id, active) SELECT 'Trade', 'regular', 'GBP', id, true FROM customer_groups;
         INSERT INTO prices (list_id, variant_id, amount) SELECT l.id, v.id, 2000 FROM price_lists l, variants v WHERE v.sku = 'CLAW-HAMMER'",
    );
    bert.visits("/products/claw-hammer").must_say("£24.95");
    annie.visits("/products/claw-hammer").must_say("£24.95");
    shop.meddle("UPDATE accounts SET group_id = (SELECT id FROM customer_groups) WHERE role IS NULL");
    annie.visits("/products/claw-hammer").must_say("£20.00");
    annie.visits("/products/claw-hammer").must_say("£20.00");
    bert.visits("/products/claw-hammer").must_say("£24.95");
}

#[test]
fn a_sign_in_that_was_ended_is_seen_on_kept_pages_as_well() {
    let shop = with_hammers();
    let mut annie = shop.shopper();
    annie.signs_up();
    for _ in 0..2 {
        annie.visits("/products/claw-hammer").must_say("Annie Preece");
    }
    shop.meddle("UPDATE accounts SET generation = generation + 1");
    assert!(!annie.visits("/products/claw-hammer").says("Annie Preece"));
}

#[test]
fn many_who_come_and_change_at_once_end_with_what_is_true() {
    let shop = with_hammers();
    let looks = shop.browser();
    for price in 1..40 {
        shop.meddle(&format!("UPDATE variants SET price = {price}00 WHERE sku = 'CLAW-HAMMER'"));
        let pages = at_once((0..4).map(|_| looks.request("GET", "/products/claw-hammer")).collect());
        assert!(pages.iter().all(|page| page.status == 200));
    }
    soon(|| plainly(&shop, "/products/claw-hammer").contains("£39.00"));
    thread::sleep(Duration::from_millis(100));
    assert!(plainly(&shop, "/products/claw-hammer").contains("£39.00"), "no old page comes back");
}
