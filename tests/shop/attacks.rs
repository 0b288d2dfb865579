//! What strangers send: cookies that the shop did not seal, requests with two lengths, fields that stand
//! twice. None of it does anything, and none of it is a fault.

use std::{
    io::{Read, Write},
    net::TcpStream,
    time::Duration,
};

use flate2::{Compression, write::GzEncoder};
use ironmonger::app;
use reqwest::blocking::{Client, Response};

use crate::harness::Shop;

fn client() -> Client {
    Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build().unwrap()
}

fn asks(shop: &Shop, path: &str, cookie: &str) -> Response {
    client().get(format!("{}{path}", shop.url)).header("accept", "text/html").header("cookie", cookie).send().unwrap()
}

#[test]
fn every_answer_says_what_it_is_and_in_which_letters() {
    let shop = Shop::open();
    let hammer = shop.product("Claw hammer").put_up();
    let stylesheet = shop.browser().get("/").attribute("link[rel=stylesheet]", "href").unwrap();
    let icon = shop.browser().get("/").attribute("link[rel=icon]", "href").unwrap();
    let kinds = [
        ("/", "text/html; charset=utf-8"),
        (&*hammer, "text/html; charset=utf-8"),
        ("/nowhere", "text/html; charset=utf-8"),
        (&*stylesheet, "text/css; charset=utf-8"),
        (&*icon, "image/svg+xml; charset=utf-8"),
        ("/robots.txt", "text/plain; charset=utf-8"),
        ("/feed.xml", "application/rss+xml; charset=utf-8"),
        ("/healthz", "text/plain; charset=utf-8"),
        ("/readyz", "text/plain; charset=utf-8"),
    ];
    for (path, kind) in kinds {
        let answer = asks(&shop, path, "");
        let said = |name: &str| answer.headers().get(name).map_or("nothing", |value| value.to_str().unwrap()).to_owned();
        assert_eq!(said("content-type"), kind, "{path}");
        assert_eq!(said("x-content-type-options"), "nosniff", "{path}");
    }
}

/// Sends these bytes and reads until the server has nothing more to say.
fn raw(shop: &Shop, bytes: &str) -> String {
    let address = shop.url.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(3))).unwrap();
    stream.write_all(bytes.replace("HOST", address).as_bytes()).unwrap();
    let mut answer = vec![];
    let mut part = [0; 4096];
    while let Ok(read @ 1..) = stream.read(&mut part) {
        answer.extend_from_slice(&part[..read]);
    }
    String::from_utf8_lossy(&answer).into_owned()
}

#[test]
fn a_request_whose_end_two_servers_could_see_differently_is_refused() {
    let shop = Shop::open();
    let smuggled = "GET /healthz HTTP/1.1\r\nHost: HOST\r\n\r\n";
    let heads = [
        "Content-Length: 4\r\nContent-Length: 44\r\n",
        "Content-Length: +4\r\n",
        "Content-Length: 4\r\nTransfer-Encoding: chunked\r\n",
        "Transfer-Encoding: xchunked\r\n",
        "Transfer-Encoding: chunked, identity\r\n",
        "Content-Length : 4\r\n",
    ];
    for head in heads {
        let answer = raw(&shop, &format!("POST /cart/lines HTTP/1.1\r\nHost: HOST\r\n{head}\r\n0\r\n\r\n{smuggled}"));
        assert!(answer.starts_with("HTTP/1.1 4"), "{head:?}: {answer}");
        assert_eq!(answer.matches("HTTP/1.1 ").count(), 1, "{head:?} lets a second request through: {answer}");
    }
}

#[test]
fn a_message_that_swells_is_refused() {
    let shop = Shop::open();
    let url = format!("{}/webhooks/sandbox", shop.url);
    let plain = client().post(&url).header("content-type", "application/json").body("x".repeat(64 * 1024 + 1)).send().unwrap();
    assert_eq!(plain.status(), 413);
    let mut bomb = GzEncoder::new(vec![], Compression::best());
    bomb.write_all(&vec![b' '; 10 * 1024 * 1024]).unwrap();
    let bomb = bomb.finish().unwrap();
    assert!(bomb.len() < 64 * 1024, "small on the wire");
    let packed = client().post(&url).header("content-encoding", "gzip").body(bomb).send().unwrap();
    assert_eq!(packed.status(), 413);
}

#[test]
fn a_cookie_that_the_shop_did_not_seal_is_none() {
    let shop = Shop::open();
    let hammer = shop.product("Claw hammer").put_up();
    let mut annie = shop.shopper();
    annie.adds_to_cart(&hammer, 1);
    let sealed = annie.page().headers["set-cookie"].to_str().unwrap().split(';').next().unwrap().to_owned();
    let value = sealed.split_once('=').unwrap().1.to_owned();
    assert!(asks(&shop, "/cart", &sealed).text().unwrap().contains("Claw hammer"), "it is a good cookie");
    let forged = [
        String::new(),
        "%00".to_owned(),
        "a".repeat(3000),
        "eyJzZWNyZXQiOiJ4In0=".to_owned(),
        "v1.00000000.AAAAAAAAAAAAAAAAAAAAAAAAAAAA".to_owned(),
        format!("{value}{value}"),
        value[..value.len() / 2].to_owned(),
        value.chars().rev().collect(),
    ];
    for cookie in forged {
        let answer = asks(&shop, "/cart", &format!("session={cookie}"));
        assert_eq!(answer.status(), 200, "{cookie}");
        assert!(answer.text().unwrap().contains("Your cart is empty"), "{cookie}");
    }
    let renamed = asks(&shop, "/cart", &format!("__Host-session={value}"));
    assert!(renamed.text().unwrap().contains("Your cart is empty"), "sealed under another name");
}

#[test]
fn the_cookie_tells_nothing_in_plain() {
    let shop = Shop::open();
    let hammer = shop.product("Claw hammer").put_up();
    let mut annie = shop.shopper();
    annie.signs_up();
    let sent = annie.adds_to_cart(&hammer, 1).headers["set-cookie"].to_str().unwrap().to_owned();
    assert!(sent.len() > 100, "a cookie with something in it: {sent}");
    for told in ["annie", "Annie", "Preece", "example.com", "account"] {
        assert!(!sent.contains(told), "{told} stands in {sent}");
    }
}

#[test]
fn a_field_that_stands_twice_in_the_query_is_no_fault_and_opens_nothing() {
    let shop = Shop::open();
    let hammer = shop.product("Claw hammer").put_up();
    let mut annie = shop.shopper();
    annie.adds_to_cart(&hammer, 1);
    let number = annie.buys();
    let token = shop.first("SELECT token FROM orders");
    assert_eq!(asks(&shop, &format!("/orders/{number}?token={token}"), "").status(), 303, "it is the right token");
    for query in [format!("token={token}&token=b"), format!("token=a&token={token}"), format!("token[]={token}")] {
        assert_eq!(asks(&shop, &format!("/orders/{number}?{query}"), "").status(), 404, "{query}");
    }
    for path in ["/search?q=hammer&page=1&page=2", "/search?q=a&q=b", "/?page=1&page=2"] {
        let status = asks(&shop, path, "").status();
        assert!(status.as_u16() < 500, "{path}: {status}");
    }
}

/// Addresses that lead away in one browser or another, or would begin a header of their own.
const AWAY: [&str; 17] = [
    "//evil.example",
    "///evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "/\t/evil.example",
    "\t//evil.example",
    "https://evil.example/",
    "https:evil.example",
    "http://shop.example@evil.example/",
    "@evil.example",
    ":80@evil.example",
    ".evil.example",
    "javascript:alert(document.domain)",
    "data:text/html,x",
    "/x\r\nSet-Cookie: evil=1",
    "\r\nLocation: https://evil.example/",
    "/x\u{560a}Set-Cookie: evil=1",
];

#[test]
fn nobody_is_sent_away_from_the_shop_and_no_header_is_slipped_in() {
    let shop = Shop::open();
    let annie = shop.shopper();
    annie.browser.meddle(&crate::harness::account_of(&annie.email));
    let here = url::Url::parse(&shop.url).unwrap();
    let sign_in = [("email", annie.email.as_str()), ("password", crate::harness::PASSWORD)];
    let doors = [("/sign-in", &sign_in[..], 303), ("/currency", &[("currency", "GBP")][..], 303)];
    let mut tried = 0;
    for away in AWAY {
        for (door, fields, expected) in doors {
            let fields: Vec<_> = fields.iter().copied().chain([("return_to", away)]).collect();
            let asked = client().post(format!("{}{door}", shop.url)).header("origin", &shop.url).form(&fields);
            let answer = asked.send().unwrap();
            // What no form of ours sends may as well be refused.
            assert!([expected, 422].contains(&answer.status().as_u16()), "{door} {away:?}: {}", answer.status());
            if let Some(to) = answer.headers().get("location") {
                let led = here.join(to.to_str().unwrap()).unwrap();
                assert_eq!(led.origin(), here.origin(), "{door} {away:?} leads to {led}");
            }
            let slipped = answer.headers().iter().any(|(_, value)| value.to_str().is_ok_and(|value| value.contains("evil")));
            assert!(!slipped, "{door} {away:?}: {:?}", answer.headers());
            tried += 1;
        }
        for path in ["/search", "/sign-in", "/products/none", "/orders/find"] {
            let query = serde_urlencoded::to_string([("q", away), ("return_to", away), ("page", away)]).unwrap();
            let answer = asks(&shop, &format!("{path}?{query}"), "");
            assert!(answer.status().as_u16() < 500, "{path} {away:?}: {}", answer.status());
            // A search leads on to its own tidier address.
            let led = answer.headers().get("location").map(|to| here.join(to.to_str().unwrap()).unwrap());
            assert!(led.is_none_or(|led| led.origin() == here.origin() && led.path() == path), "{path} {away:?}");
            let mut set = answer.headers().get_all("set-cookie").iter();
            assert!(!set.any(|cookie| cookie.to_str().is_ok_and(|cookie| cookie.contains("evil"))), "{path} {away:?}");
            tried += 1;
        }
    }
    assert_eq!(tried, 6 * AWAY.len());
}

#[test]
fn no_query_is_a_fault_at_any_door() {
    let shop = Shop::open();
    shop.product("Claw hammer").put_up();
    let mut owner = shop.owner();
    let names = [
        "q",
        "page",
        "kind",
        "month",
        "state",
        "level",
        "who",
        "what",
        "about",
        "from",
        "to",
        "subject",
        "brand",
        "category",
        "tag",
        "product_type",
        "stock",
        "sort",
        "min",
        "max",
        "rating",
        "token",
        "return_to",
        "id",
        "year",
        "currency",
        "viewport",
        "a.x",
        "o.x",
    ];
    let values = ["%00", "%FF%FE", "'", "-1", "99999999999999999999", "%F0%9F%94%A8", "a%0D%0Ab", "%2e%2e%2f", "2026-13", "NaN", "", "%25"];
    let mut asked = 0;
    for door in app::doors() {
        if door.method != "GET" || door.path.contains('{') {
            continue;
        }
        for value in values {
            let query = names.map(|name| format!("{name}={value}")).join("&");
            let status = owner.visits(&format!("{}?{query}", door.path)).status;
            assert!(status < 500 || door.path == "/readyz", "{}?…={value} is answered with {status}", door.path);
            asked += 1;
        }
    }
    assert!(asked > 800, "{asked}");
}
