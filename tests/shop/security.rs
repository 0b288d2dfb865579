//! Attacks that must fail.

use reqwest::blocking::Client;

use crate::harness::{Browser, CARD, Page, Shop, Shopper};

/// The token of the forms on the page that is open.
fn token(browser: &Browser) -> String {
    browser.page().attribute("input[name=csrf]", "value").unwrap()
}

fn at_payment(shop: &Shop, product: &str) -> Shopper {
    let mut shopper = shop.shopper();
    shopper.adds_to_cart(product, 1);
    shopper.reaches_payment();
    shopper
}

/// Opens the address with a cookie that was caught earlier.
fn replay(shop: &Shop, cookie: &str, path: &str) -> String {
    let client = Client::builder().no_proxy().build().unwrap();
    let answer = client.get(format!("{}{path}", shop.url)).header("accept", "text/html").header("cookie", cookie).send().unwrap();
    answer.text().unwrap()
}

fn cookie_of(page: &Page) -> String {
    let cookie = page.headers.get("set-cookie").expect("a cookie").to_str().unwrap();
    cookie.split(';').next().unwrap().to_owned()
}

#[test]
fn a_form_without_a_token_or_with_another_session_s_is_refused() {
    let shop = Shop::open();
    let hammer = shop.product("Claw hammer").put_up();
    let (mut annie, mut mallory) = (shop.shopper(), shop.shopper());
    mallory.visits("/cart");
    annie.visits("/cart");
    mallory.visits(&hammer);
    let stolen = token(&mallory.browser);
    let variant = shop.count("SELECT id FROM variants").to_string();
    for token in ["", "wrong", &stolen] {
        annie.visits(&hammer);
        let page = annie.browser.forge("/cart/lines", &[("csrf", token), ("variant", &variant), ("quantity", "1")]);
        assert_eq!(page.status, 403, "{token}");
        page.must_say("nothing was changed");
    }
    annie.visits(&hammer);
    assert_eq!(annie.browser.forge("/cart/lines", &[("variant", &variant), ("quantity", "1")]).status, 403);
    assert_eq!(shop.count("SELECT count(*) FROM cart_lines"), 0);
}

#[test]
fn signing_in_changes_the_token_of_forms() {
    let shop = Shop::open();
    let hammer = shop.product("Claw hammer").put_up();
    let mut annie = shop.shopper();
    annie.visits(&hammer);
    let before = annie.browser.prepare("Add to cart", &[("quantity", "1")]);
    annie.signs_up();
    assert_eq!(annie.browser.sends(before).status, 403);
}

#[test]
fn what_a_browser_says_comes_from_another_site_is_refused() {
    let shop = Shop::open();
    let hammer = shop.product("Claw hammer").put_up();
    let mut annie = shop.shopper();
    let foreign = [
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
        ("origin", "https://evil.example"),
        ("origin", "http://localhost:1"),
    ];
    for (name, value) in foreign {
        annie.visits(&hammer);
        let request = annie.browser.prepare("Add to cart", &[]).header(name, value);
        assert_eq!(annie.browser.sends(request).status, 403, "{name}: {value}");
    }
    for (name, value) in [("sec-fetch-site", "same-origin"), ("origin", &*shop.url)] {
        annie.visits(&hammer);
        let request = annie.browser.prepare("Add to cart", &[]).header(name, value);
        assert_eq!(annie.browser.sends(request).status, 200, "{name}: {value}");
    }
}

#[test]
fn another_site_can_not_press_the_buttons_of_the_payment_page() {
    let shop = Shop::open();
    let hammer = shop.product("Claw hammer").put_up();
    let mut annie = at_payment(&shop, &hammer);
    annie.orders_by("sandbox");
    let card = [("number", CARD), ("expiry", "12/39"), ("cvc", "123")];
    let request = annie.browser.prepare("Pay", &card).header("sec-fetch-site", "cross-site");
    assert_eq!(annie.browser.sends(request).status, 403);
    assert_eq!(shop.count("SELECT count(*) FROM sandbox_payments WHERE state = 'open'"), 1);
}

#[test]
fn a_false_host_reaches_no_mail_and_no_redirect() {
    let shop = Shop::open();
    let hammer = shop.product("Claw hammer").put_up();
    let mut annie = at_payment(&shop, &hammer);
    let request = annie.browser.prepare("Place the order", &[("gateway", "manual")]);
    let foreign = request.try_clone().unwrap().header("host", "evil.example").send().unwrap();
    assert_eq!(foreign.status(), 421);
    let spoofed = [("x-forwarded-host", "evil.example"), ("forwarded", "host=evil.example"), ("x-forwarded-proto", "https")];
    let request = spoofed.into_iter().fold(request, |request, (name, value)| request.header(name, value));
    let page = annie.browser.sends(request);
    assert_eq!(page.status, 200);
    assert!(!page.body.contains("evil.example"));
    let mails = shop.mails();
    assert!(mails[0].text.contains(&shop.url) && !mails[0].text.contains("evil.example"), "{}", mails[0].text);
}

#[test]
fn a_quantity_is_a_number_of_things_that_one_can_buy() {
    let shop = Shop::open();
    let hammer = shop.product("Claw hammer").stock(2000).put_up();
    let mut annie = shop.shopper();
    let odd = ["-1", "0", "1000", "2147483648", "-99999999999999999999", "1.5", "1e3", "", "two", "0x10", "١"];
    for typed in odd {
        annie.visits(&hammer);
        let page = annie.browser.submit("Add to cart", &[("quantity", typed)]);
        assert_eq!(page.status, 200, "{typed}");
        page.must_say("Enter a quantity from 1 to 999");
    }
    annie.adds_to_cart(&hammer, 999);
    annie.adds_to_cart(&hammer, 1).must_say("999 of a kind at most");
    for typed in odd.into_iter().filter(|typed| *typed != "0") {
        annie.visits("/cart");
        annie.browser.submit("Update", &[("quantity", typed)]).must_say("Enter a quantity from 0 to 999");
    }
    assert_eq!(shop.count("SELECT quantity FROM cart_lines"), 999);
}

#[test]
fn the_price_is_ours_whatever_the_form_says() {
    let shop = Shop::open();
    let hammer = shop.product("Claw hammer").price("20.00").put_up();
    let mut annie = shop.shopper();
    annie.visits("/cart");
    annie.visits(&hammer);
    let (csrf, variant) = (token(&annie.browser), shop.count("SELECT id FROM variants").to_string());
    let fields = [("csrf", &*csrf), ("variant", &variant), ("quantity", "1"), ("price", "0.01"), ("unit_price", "1"), ("seen_price", "1")];
    annie.browser.forge("/cart/lines", &fields).must_say("£20.00");
    annie.reaches_payment();
    for wrong in ["1", "0", "-2395", "9223372036854775807"] {
        annie.visits("/checkout/payment");
        let page = annie.browser.submit("Place the order", &[("gateway", "manual"), ("total", wrong)]);
        page.must_say("The total has changed to £23.95");
    }
    assert_eq!(shop.count("SELECT count(*) FROM orders"), 0);
    annie.visits("/checkout/payment");
    annie.orders_by("manual").must_say("£23.95");
}

#[test]
fn a_delivery_method_that_is_not_offered_can_not_be_chosen() {
    let shop = Shop::open();
    let hammer = shop.product("Claw hammer").weighs(15_000).put_up();
    let mut annie = shop.shopper();
    annie.adds_to_cart(&hammer, 1);
    annie.goes_to_checkout();
    annie.gives_address(&[("country", "NZ"), ("postcode", "6011")]);
    let express = shop.count("SELECT id FROM shipping_methods WHERE name = 'Express delivery'").to_string();
    for method in [&*express, "0", "999"] {
        let page = annie.browser.submit("Go on to check your order", &[("method", method)]);
        assert_eq!(page.status, 422, "{method}");
        page.must_say("Choose how we should deliver");
    }
    annie.visits("/checkout/payment");
    assert_eq!(annie.page().url.path(), "/checkout/delivery", "no step can be jumped over");
}

#[test]
fn another_s_cart_can_not_be_ordered_by_its_id() {
    let shop = Shop::open();
    let hammer = shop.product("Claw hammer").put_up();
    let (annie, mut mallory) = (at_payment(&shop, &hammer), at_payment(&shop, &hammer));
    let hers = annie.page().attribute("input[name=cart]", "value").unwrap();
    let page = mallory.browser.submit("Place the order", &[("cart", &hers), ("gateway", "manual")]);
    assert!(!page.url.path().starts_with("/orders/"), "{}", page.url);
    assert_eq!(shop.count("SELECT count(*) FROM orders"), 0);
}

#[test]
fn another_s_order_is_not_shown_to_who_knows_the_id_of_its_cart() {
    let shop = Shop::open();
    let hammer = shop.product("Claw hammer").put_up();
    let (mut annie, mut mallory) = (at_payment(&shop, &hammer), at_payment(&shop, &hammer));
    let hers = annie.page().attribute("input[name=cart]", "value").unwrap();
    annie.orders_by("manual");
    let page = mallory.browser.submit("Place the order", &[("cart", &hers), ("gateway", "manual")]);
    assert!(!page.says(&annie.order_number()) && !page.says("Corve Street"), "{}", page.text());
}

#[test]
fn an_old_cookie_brings_back_neither_a_cart_nor_a_message() {
    let shop = Shop::open();
    let hammer = shop.product("Claw hammer").put_up();
    let mut annie = shop.shopper();
    let old = cookie_of(annie.adds_to_cart(&hammer, 1));
    assert!(replay(&shop, &old, "/cart").contains("Claw hammer"), "it is a good cookie as yet");
    annie.signs_up();
    annie.visits("/cart").must_say("Claw hammer");
    assert!(!replay(&shop, &old, "/cart").contains("Claw hammer"), "the cart is the account's now");
    let broken = format!("{}x", &old[..old.len() - 4]);
    assert!(replay(&shop, &broken, "/cart").contains("Your cart is empty"));
}

#[test]
fn a_session_ends_when_its_account_s_generation_rises_or_it_is_disabled() {
    let shop = Shop::open();
    for change in ["generation = generation + 1", "disabled_at = now()"] {
        let mut owner = shop.owner();
        assert_eq!(owner.visits("/admin/settings").status, 200);
        // Else the database keeps the last owner.
        shop.meddle(&format!("SET LOCAL session_replication_role = replica; UPDATE accounts SET {change}"));
        owner.visits("/admin/settings");
        assert_eq!(owner.page().url.path(), "/sign-in", "{change}");
        shop.meddle("SET LOCAL session_replication_role = replica; DELETE FROM accounts");
    }
    let mut helper = shop.staff(ironmonger::web::Role::Staff);
    shop.meddle("UPDATE accounts SET role = NULL");
    assert_eq!(helper.visits("/admin/orders").status, 403, "a role that is taken away counts at once");
}

#[test]
fn nobody_gives_themselves_a_role() {
    let shop = Shop::open();
    let mut mallory = shop.shopper();
    mallory.visits("/sign-up");
    let csrf = token(&mallory.browser);
    let more = [("role", "owner"), ("role_id", "1"), ("generation", "9"), ("kind", "reset"), ("account_id", "1")];
    let fields = [&[("csrf", &*csrf), ("name", "M"), ("email", "m@example.com"), ("return_to", "/admin")], &more[..]].concat();
    mallory.browser.forge("/sign-up", &fields);
    let link = shop.link_to("m@example.com", "/sign-up");
    mallory.visits(&link);
    let fields = [&[("csrf", &*csrf), ("password", "three plain words"), ("email", "owner@example.com")], &more[..]].concat();
    mallory.browser.forge(&link, &fields);
    assert_eq!(shop.count("SELECT count(*) FROM accounts WHERE role IS NULL AND generation = 1"), 1);
    assert_eq!(mallory.visits("/admin").status, 403);
}

#[test]
fn every_door_of_the_back_office_asks_who_comes() {
    let shop = Shop::open();
    let hammer = shop.product("Claw hammer").put_up();
    let mut annie = shop.shopper();
    annie.signs_up();
    annie.adds_to_cart(&hammer, 1);
    let number = annie.buys();
    annie.visits("/");
    let order = |what: &str| format!("/admin/orders/{number}/{what}");
    let variant = shop.count("SELECT id FROM variants");
    let product = shop.count("SELECT id FROM products");
    let doors = [
        order("payment"),
        order("shipments"),
        order("refunds"),
        order("cancellation"),
        "/admin/products".into(),
        format!("/admin/products/{product}/edit"),
        format!("/admin/products/{product}/archival"),
        format!("/admin/products/{product}/variants"),
        format!("/admin/variants/{variant}/edit"),
        format!("/admin/variants/{variant}/archival"),
        format!("/admin/variants/{variant}/stock"),
        "/admin/categories".into(),
        "/admin/pages".into(),
        "/admin/settings".into(),
        "/admin/jobs/1/retry".into(),
    ];
    for door in &doors {
        annie.visits(&hammer);
        let csrf = token(&annie.browser);
        let fields = [("csrf", &*csrf), ("title", "Mine"), ("status", "draft"), ("amount", "1"), ("on_hand", "0"), ("name", "Mine")];
        assert_eq!(annie.browser.forge(door, &fields).status, 403, "{door} as a customer");
        let mut guest = shop.browser();
        guest.get(&hammer);
        let csrf = token(&guest);
        let page = guest.forge(door, &[("csrf", &csrf)]);
        assert!(
            page.url.path() == "/sign-in" || page.status == 401 || page.status == 403,
            "{door} as a guest: {} {}",
            page.status,
            page.url
        );
    }
    assert_eq!(shop.count("SELECT count(*) FROM shipments") + shop.count("SELECT count(*) FROM refunds"), 0);
    assert_eq!(shop.stock("CLAW-HAMMER"), (10, 1));
}

#[test]
fn a_form_that_is_too_large_is_refused_and_a_strange_one_is_no_fault() {
    let shop = Shop::open();
    let mut annie = shop.shopper();
    annie.visits("/sign-up");
    let page = annie.browser.submit("Make an account", &[("name", &"x".repeat(300 * 1024))]);
    assert_eq!(page.status, 413);
    page.must_say("That is too large");
    annie.visits("/sign-up");
    let csrf = token(&annie.browser);
    let strange: [&[(&str, &str)]; 4] = [
        &[("csrf", &csrf), ("name", "a"), ("name", "b"), ("email", "a@example.com"), ("password", "three plain words")],
        &[("csrf", &csrf), ("name", "a\u{0}b"), ("email", "a@example.com"), ("password", "three plain words")],
        &[("csrf", &csrf), ("name", "a"), ("email", "a\u{0}@example.com\r\nBcc: x@example.com"), ("password", "three plain words")],
        &[("csrf", &csrf)],
    ];
    for fields in strange {
        let status = annie.browser.forge("/sign-up", fields).status;
        assert!((400..500).contains(&status), "{fields:?}: {status}");
    }
    assert_eq!(shop.count("SELECT count(*) FROM accounts"), 0);
}

#[test]
fn an_address_with_unprintable_characters_is_told_and_not_a_fault() {
    let shop = Shop::open();
    let hammer = shop.product("Claw hammer").put_up();
    let mut annie = shop.shopper();
    annie.adds_to_cart(&hammer, 1);
    annie.goes_to_checkout();
    for (field, typed) in [("name", "An\u{0}nie"), ("line1", "3\u{0} Street"), ("city", "Lud\nlow"), ("email", "a\u{0}@example.com")] {
        annie.visits("/checkout/address");
        let status = annie.gives_address(&[(field, typed)]).status;
        assert!(status == 422 || status == 200, "{field}: {status}");
    }
}

#[test]
fn an_unprintable_character_in_staff_s_forms_is_no_fault() {
    let shop = Shop::open();
    shop.product("Claw hammer").category(&["Hand tools"]).put_up();
    let (product, category) = (shop.count("SELECT id FROM products"), shop.count("SELECT id FROM categories"));
    let page = shop.count("SELECT min(id) FROM pages");
    let mut owner = shop.owner();
    let forms = [
        (format!("/admin/products/{product}/edit"), "Save product", "title"),
        (format!("/admin/products/{product}/edit"), "Save product", "description"),
        (format!("/admin/products/{product}/variants/new"), "Save variant", "sku"),
        (format!("/admin/categories/{category}/edit"), "Save category", "name"),
        (format!("/admin/pages/{page}/edit"), "Save page", "title"),
        (format!("/admin/pages/{page}/edit"), "Save page", "body"),
        ("/admin/settings".to_owned(), "Save settings", "name"),
        ("/admin/settings".to_owned(), "Save settings", "bank_details"),
    ];
    for (path, button, field) in forms {
        owner.visits(&path);
        let status = owner.browser.submit(button, &[(field, "a\u{0}b")]).status;
        assert!(status < 500, "{field} of {path}: {status}");
    }
    owner.visits(&format!("/admin/products/{product}"));
    let status = owner.browser.upload("Add pictures", "picture", "x\u{0}.png", b"no picture", &[("alt", "a\u{0}b")]).status;
    assert!(status < 500, "{status}");
}
