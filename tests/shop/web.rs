//! What goes over the wire around the pages: headers, caching, compression, cookies, and how heavy it is.

use reqwest::blocking::Response;

use crate::harness::{Browser, Shop};

fn header(response: &Response, name: &str) -> String {
    response.headers().get(name).map(|value| value.to_str().unwrap().to_owned()).unwrap_or_default()
}

fn fetch(browser: &Browser, path: &str) -> Response {
    browser.request("GET", path).header("accept", "text/html").send().unwrap()
}

#[test]
fn a_category_page_with_24_products_weighs_less_than_50_kb_with_its_stylesheet() {
    let shop = Shop::open();
    for at in 1..=30 {
        let thing = shop.product(&format!("Galvanised coach bolt with nut, size {at}")).price("4.00").was("5.00");
        thing.category(&["Fixings", "Bolts"]).put_up();
    }
    let mut annie = shop.shopper();
    let page = annie.visits("/categories/bolts");
    assert_eq!(page.texts_of(".products li").len(), 24);
    let (html, stylesheets) = (page.body.len(), page.texts_of("link[rel=stylesheet]").len());
    assert_eq!(stylesheets, 1);
    let stylesheet = page.attribute("link[rel=stylesheet]", "href").unwrap();
    let css = annie.visits(&stylesheet).body.len();
    assert!(html + css < 50_000, "{html} bytes of HTML and {css} of CSS");
}

#[test]
fn assets_have_names_of_their_content_and_are_kept_for_ever() {
    let shop = Shop::open();
    let mut annie = shop.shopper();
    let path = annie.visits("/").attribute("link[rel=stylesheet]", "href").unwrap();
    let answer = fetch(&annie.browser, &path);
    assert_eq!(header(&answer, "cache-control"), "public, max-age=31536000, immutable");
    assert!(header(&answer, "content-type").starts_with("text/css"));
    let known = annie.browser.request("GET", &path).header("if-none-match", header(&answer, "etag")).send().unwrap();
    assert_eq!(known.status().as_u16(), 304);
    let name = path.rsplit('/').next().unwrap();
    let old = fetch(&annie.browser, &format!("/assets/000000000000/{name}"));
    assert_eq!((old.status().as_u16(), header(&old, "cache-control").contains("immutable")), (200, false));
    for odd in ["/assets/x/../../Cargo.toml", "/assets/x/%2e%2e/%2e%2e/Cargo.toml", "/assets/x/css/base.css", "/assets/x/"] {
        assert_eq!(fetch(&annie.browser, odd).status().as_u16(), 404, "{odd}");
    }
}

#[test]
fn pages_and_stylesheets_are_compressed_for_those_who_ask() {
    let shop = Shop::open();
    let mut annie = shop.shopper();
    let stylesheet = annie.visits("/").attribute("link[rel=stylesheet]", "href").unwrap();
    let plain = annie.page().body.len() as u64;
    for path in ["/", &stylesheet] {
        for encoding in ["gzip", "br"] {
            let answer = annie.browser.request("GET", path).header("accept-encoding", encoding).send().unwrap();
            assert_eq!(header(&answer, "content-encoding"), encoding, "{path}");
            assert!(header(&answer, "vary").to_lowercase().contains("accept-encoding"), "{path}: {:?}", answer.headers());
            let size = answer.bytes().unwrap().len() as u64;
            assert!(path != "/" || size < plain / 2, "{size} of {plain}");
        }
        assert_eq!(header(&fetch(&annie.browser, path), "content-encoding"), "");
    }
}

#[test]
fn a_head_request_gets_the_same_head_and_no_body() {
    let shop = Shop::open();
    let hammer = shop.product("Claw hammer").put_up();
    let annie = shop.shopper();
    for (path, status) in [("/", 200), (&*hammer, 200), ("/nowhere", 404), ("/healthz", 200), ("/readyz", 200)] {
        let answer = annie.browser.request("HEAD", path).header("accept", "text/html").send().unwrap();
        assert_eq!(answer.status().as_u16(), status, "{path}");
        assert_eq!(header(&answer, "content-type"), header(&fetch(&annie.browser, path), "content-type"), "{path}");
        assert!(answer.bytes().unwrap().is_empty(), "{path}");
    }
}

#[test]
fn every_answer_says_what_browsers_may_do_and_which_request_it_was() {
    let shop = Shop::open();
    let mut annie = shop.shopper();
    let stylesheet = annie.visits("/").attribute("link[rel=stylesheet]", "href").unwrap();
    let mut ids = std::collections::HashSet::new();
    for path in ["/", "/cart", "/sign-in", "/nowhere", "/admin", "/healthz", &stylesheet, "/products/a/b/c", "/sandbox/pay/pay_x"] {
        let answer = fetch(&annie.browser, path);
        let policy = header(&answer, "content-security-policy");
        assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"), "{path}: {policy}");
        assert!(!policy.contains("script-src") && !policy.contains("unsafe") && !policy.contains('*'), "{path}: {policy}");
        assert!(policy.contains("base-uri 'none'") && policy.contains("form-action 'self'"), "{path}: {policy}");
        // The last button of the checkout is answered with the way to the provider, which browsers follow only to what is named.
        assert!(policy.contains("https://checkout.stripe.com") && policy.contains("https://www.paypal.com"), "{path}: {policy}");
        assert_eq!(header(&answer, "x-content-type-options"), "nosniff", "{path}");
        assert_eq!(header(&answer, "x-frame-options"), "DENY", "{path}");
        assert!(!header(&answer, "referrer-policy").is_empty() && !header(&answer, "cross-origin-opener-policy").is_empty(), "{path}");
        assert!(ids.insert(header(&answer, "x-request-id")), "{path} has an id of its own");
        assert_eq!(header(&answer, "server"), "");
    }
    assert!(!ids.contains(""));
}

#[test]
fn pages_hold_no_script_and_no_style_of_their_own() {
    let shop = Shop::open();
    let hammer = shop.product("Claw hammer").featured().category(&["Hand tools"]).put_up();
    let mut annie = shop.shopper();
    annie.adds_to_cart(&hammer, 1);
    let check = |paths: &[&str], browser: &mut Browser| {
        for path in paths {
            let page = browser.get(path);
            assert!(!page.has("script:not([type='application/ld+json']), style, [style], [onclick], [onsubmit], [onload]"), "{path}");
            assert!(page.has("html[lang]") && page.has("main#main") && page.has("a.skip[href='#main']"), "{path}");
            assert_eq!(page.texts_of("h1").len(), 1, "{path}");
        }
    };
    check(&["/", &hammer, "/categories/hand-tools", "/search?q=hammer", "/cart", "/sign-in", "/sign-up", "/nowhere"], &mut annie.browser);
    annie.goes_to_checkout();
    check(&["/checkout/address"], &mut annie.browser);
    let mut owner = shop.owner();
    let admin = ["/admin", "/admin/orders", "/admin/products", "/admin/categories", "/admin/customers", "/admin/settings", "/admin/mails"];
    check(&admin, &mut owner.browser);
}

#[test]
fn the_session_s_cookie_is_out_of_reach_for_scripts_and_other_sites() {
    let shop = Shop::open();
    let hammer = shop.product("Claw hammer").put_up();
    let mut annie = shop.shopper();
    annie.adds_to_cart(&hammer, 1);
    let answer = fetch(&shop.browser(), "/sign-in");
    let cookie = header(&answer, "set-cookie");
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax") && cookie.contains("Path=/"), "{cookie}");
    assert!(!cookie.contains("Domain="), "{cookie}");
    assert!(cookie.len() < 4096);
}

#[test]
fn personal_pages_are_kept_nowhere() {
    let shop = Shop::open();
    let hammer = shop.product("Claw hammer").put_up();
    let mut annie = shop.shopper();
    annie.signs_up();
    annie.adds_to_cart(&hammer, 1);
    let number = annie.buys();
    annie.adds_to_cart(&hammer, 1);
    annie.goes_to_checkout();
    let mut owner = shop.owner();
    let orders = format!("/admin/orders/{number}");
    let hers =
        ["/cart", "/checkout/address", "/account", &format!("/orders/{number}"), &format!("/orders/{number}/confirmation"), "/sign-in"];
    for path in hers {
        assert_eq!(annie.visits(path).headers["cache-control"], "no-store", "{path}");
    }
    for path in ["/admin", "/admin/orders", &orders, "/admin/customers", "/admin/mails", "/admin/settings", "/admin/products"] {
        assert_eq!(owner.visits(path).headers["cache-control"], "no-store", "{path}");
    }
    let public = annie.visits("/").headers["cache-control"].to_str().unwrap().to_owned();
    assert!(public.contains("private") || public.contains("no-store"), "a page with a form token: {public}");
}

#[test]
fn odd_addresses_are_answered_calmly() {
    let shop = Shop::open();
    let hammer = shop.product("Claw hammer").put_up();
    let mut annie = shop.shopper();
    annie.adds_to_cart(&hammer, 1);
    let long = format!("/products/{}", "x".repeat(6000));
    let paths = [
        "/products/%00",
        "/categories/%00",
        "/pages/%00",
        "/orders/%00?token=%00",
        "/orders/%FF%FE",
        "/checkout/return/%00?token=x",
        "/invitations/%00",
        "/products/%ff",
        "/products/claw-hammer?o1=%ff",
        "/products/claw-hammer?image=-1",
        "/products/claw-hammer?image=99999999999999999999",
        "/search?q=%ff%fe",
        "/search?page=x",
        "/sign-in?return_to=%00",
        "/media/%00/%00",
        "/sandbox/pay/%00",
        "//",
        "/%2e%2e/%2e%2e/etc/passwd",
        &long,
    ];
    for path in paths {
        let status = annie.browser.request("GET", &format!("{}{path}", shop.url)).header("accept", "text/html").send().unwrap().status();
        assert!(status.as_u16() < 500, "{path} was answered with {status}");
    }
    for method in ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"] {
        let status = annie.browser.request(method, "/cart").send().unwrap().status().as_u16();
        assert!((400..500).contains(&status), "{method}: {status}");
    }
}
