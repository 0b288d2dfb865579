//! Mailed links: each bears a token, which no address after its first visit shows.

use std::collections::HashSet;

use ironmonger::web::Role;
use reqwest::{
    blocking::{Client, Response},
    redirect::Policy,
};

use crate::harness::{CARD, Shop, Shopper, account_of};

/// The path of the newest link to an order that was mailed to the address.
fn mailed_link(shop: &Shop, email: &str) -> String {
    shop.works();
    let text = shop.first(&format!(
        "SELECT body_text FROM mails WHERE recipient = '{email}' AND body_text LIKE '%/orders/%' ORDER BY created_at DESC, id DESC"
    ));
    let line = text.lines().find(|line| line.contains("/orders/")).expect("a link to an order").trim();
    line[line.find("/orders/").unwrap()..].to_owned()
}

/// Annie, who bought two hammers as a guest; gives the order's number.
fn a_guest_s_order(shop: &Shop) -> (Shopper, String) {
    let hammer = shop.product("Claw hammer").price("10.00").stock(50).put_up();
    let mut annie = shop.shopper();
    annie.adds_to_cart(&hammer, 2);
    let number = annie.buys();
    (annie, number)
}

/// One request without following where it leads.
fn asks(shop: &Shop, method: &str, path: &str) -> Response {
    let client = Client::builder().no_proxy().redirect(Policy::none()).build().unwrap();
    client.request(method.parse().unwrap(), format!("{}{path}", shop.url)).header("accept", "text/html").send().unwrap()
}

#[test]
fn an_order_s_mailed_link_opens_it_once_for_the_browser_and_no_address_shows_the_token() {
    let shop = Shop::open();
    let (annie, number) = a_guest_s_order(&shop);
    assert_eq!((annie.page().url.path(), annie.page().url.query()), (format!("/orders/{number}/confirmation").as_str(), None));
    let link = mailed_link(&shop, "annie@example.com");
    assert!(link.contains("?token="), "{link}");

    let led = asks(&shop, "GET", &link);
    assert_eq!((led.status().as_u16(), led.headers()["location"].to_str().unwrap()), (303, format!("/orders/{number}").as_str()));
    assert_eq!(led.headers()["cache-control"], "no-store");

    let mut telephone = shop.shopper();
    telephone.visits(&link).must_say(&number).must_say("Claw hammer");
    assert_eq!((telephone.page().url.path(), telephone.page().url.query()), (format!("/orders/{number}").as_str(), None));
    for path in ["", "/confirmation", "/invoice", "/invoice.pdf", "/returns/new"] {
        assert_eq!(telephone.visits(&format!("/orders/{number}{path}")).status, 200, "{path}: without the link from now on");
    }
    let invoice = telephone.visits(&link.replace('?', "/invoice?from=mail&"));
    assert_eq!((invoice.url.path(), invoice.url.query()), (format!("/orders/{number}/invoice").as_str(), Some("from=mail")));
}

#[test]
fn another_browser_without_the_link_sees_nothing() {
    let shop = Shop::open();
    let (mut annie, number) = a_guest_s_order(&shop);
    let link = mailed_link(&shop, "annie@example.com");
    let mut stranger = shop.shopper();
    for path in ["", "/confirmation", "/invoice", "/invoice.pdf", "/returns/new"] {
        assert_eq!(stranger.visits(&format!("/orders/{number}{path}")).status, 404, "{path}");
        assert_eq!(stranger.visits(&format!("/orders/{number}{path}?token=guessed")).status, 404, "{path}");
    }
    assert_eq!(annie.visits(&format!("/orders/{number}?token=guessed")).status, 200, "a wrong token takes nothing away");

    assert_eq!(asks(&shop, "HEAD", &link).status(), 303);
    assert_eq!(stranger.visits(&format!("/orders/{number}")).status, 404, "what scanned the mail opened it for itself alone");

    shop.meddle("UPDATE orders SET token = 'another'");
    assert_eq!(annie.visits(&format!("/orders/{number}")).status, 404, "another token ends what the former opened");
    assert_eq!(annie.visits(&link).status, 404);
}

#[test]
fn the_eleventh_order_pushes_the_oldest_out_and_its_link_opens_it_again() {
    let shop = Shop::open();
    let hammer = shop.product("Claw hammer").price("10.00").stock(50).put_up();
    let mut annie = shop.shopper();
    let numbers: Vec<String> = (0..11)
        .map(|_| {
            shop.forgets_tries();
            annie.adds_to_cart(&hammer, 1);
            annie.reaches_payment();
            annie.orders_by("manual");
            annie.order_number()
        })
        .collect();
    assert_eq!(annie.visits(&format!("/orders/{}", numbers[0])).status, 404);
    for number in &numbers[1..] {
        assert_eq!(annie.visits(&format!("/orders/{number}")).status, 200);
    }
    let path = shop.first("SELECT '/orders/' || number || '?token=' || token FROM orders ORDER BY id");
    annie.visits(&path).must_say(&numbers[0]);
    assert_eq!(annie.visits(&format!("/orders/{}", numbers[1])).status, 404, "now that one is the oldest");
}

#[test]
fn who_signs_out_closes_what_was_open_in_the_browser() {
    let shop = Shop::open();
    let (mut annie, number) = a_guest_s_order(&shop);
    annie.email = "other@example.com".into();
    annie.signs_up();
    assert_eq!(annie.visits(&format!("/orders/{number}")).status, 200, "signing in closes nothing");
    annie.visits("/account");
    annie.browser.submit("Sign out", &[]);
    assert_eq!(annie.visits(&format!("/orders/{number}")).status, 404);
}

#[test]
fn who_finds_an_order_by_its_number_and_address_is_led_to_it_without_a_token() {
    let shop = Shop::open();
    let (_, number) = a_guest_s_order(&shop);
    let mut anywhere = shop.browser();
    anywhere.get("/orders/find");
    let page = anywhere.submit("Find the order", &[("number", &number), ("email", "annie@example.com")]);
    assert_eq!((page.url.path(), page.url.query(), page.status), (format!("/orders/{number}").as_str(), None, 200));
}

#[test]
fn staff_look_at_an_order_as_the_customer_without_a_token() {
    let shop = Shop::open();
    let (_, number) = a_guest_s_order(&shop);
    let mut sam = shop.staff(Role::Staff);
    let link = sam.opens_order(&number).link("See it as the customer");
    assert!(!link.contains("token"), "{link}");
    sam.visits(&link).must_say("Order the same again");
    assert_eq!((sam.page().url.path(), sam.page().url.query()), (format!("/orders/{number}").as_str(), None));
    assert_ne!(shop.browser().get(&link).url.path(), format!("/orders/{number}"));
}

/// All pages of the shop's own that can be reached from there and belong to an order or its payment, with the addresses on them.
fn walks(annie: &mut Shopper, from: &str) -> (HashSet<String>, Vec<(String, String)>) {
    let (mut seen, mut waiting, mut found) = (HashSet::new(), vec![from.to_owned()], vec![]);
    while let Some(path) = waiting.pop() {
        if !seen.insert(path.clone()) {
            continue;
        }
        let page = annie.visits(&path);
        found.push((path.clone(), page.url.to_string()));
        for address in page.addresses() {
            let is_ours = ["/orders/", "/downloads/", "/checkout/return"].iter().any(|begin| address.starts_with(begin));
            // What a form posts to is not opened, and a file is no page.
            if is_ours && !address.ends_with("pdf") && !address.ends_with("/file") && page.has(&format!("a[href='{address}']")) {
                waiting.push(address.clone());
            }
            found.push((path.clone(), address));
        }
    }
    (seen, found)
}

#[test]
fn no_link_on_any_page_of_an_order_carries_a_token() {
    let shop = Shop::open();
    let (mut annie, number) = a_guest_s_order(&shop);
    let mut owner = shop.owner();
    let card = shop.product("Gift card").price("25.00").gift_card().put_up();
    let book = shop.product("Hammer book").stock(0).put_up();
    let variant = shop.count("SELECT id FROM variants WHERE sku = 'HAMMER-BOOK'");
    owner.visits(&format!("/admin/variants/{variant}/downloads"));
    owner.browser.upload("Add the file", "file", "hammers.txt", b"a book", &[]);
    owner.ships(&number, "AB1");
    annie.visits(&format!("/orders/{number}"));
    annie.browser.follow("Send something back");
    annie.browser.submit("Ask to return", &[("quantity", "1"), ("reason", "damaged"), ("wish", "refund")]).must_say("Asked for");
    shop.works();
    owner.refunds(&number, "4.00");
    shop.works();
    let (pages, mut found) = walks(&mut annie, &format!("/orders/{number}"));
    assert!(pages.len() > 4, "{pages:?}");

    annie.adds_to_cart(&card, 1);
    annie.adds_to_cart(&book, 1);
    let second = annie.buys();
    shop.works();
    let (pages, more) = walks(&mut annie, &format!("/orders/{second}"));
    assert!(pages.iter().any(|path| path.contains("gift-cards")), "{pages:?}");
    found.extend(more);
    annie.adds_to_cart("/products/claw-hammer", 1);
    annie.reaches_payment();
    annie.orders_by("sandbox");
    let third = shop.first("SELECT number FROM orders ORDER BY id DESC");
    annie.visits(&format!("/orders/{third}")).must_say("waiting for word");
    found.extend(walks(&mut annie, &format!("/orders/{third}")).1);
    for number in [&number, &second, &third] {
        found.extend(walks(&mut annie, &format!("/orders/{number}/confirmation")).1);
    }

    let tokens = shop.first("SELECT string_agg(token, ' ') FROM orders");
    for (page, address) in &found {
        let shows = address.contains("token=") || tokens.split(' ').any(|token| address.contains(token));
        assert!(!shows, "{page} leads to {address}");
    }
    let file = found.iter().find(|(_, address)| address.ends_with("/opened/file")).map(|(_, address)| address.clone()).expect("a file");
    assert_eq!(annie.visits(&file).body, "a book");
    assert_eq!(shop.browser().get(&file).status, 404, "it opens to nobody else");
}

#[test]
fn who_comes_back_from_the_bank_in_another_browser_learns_of_the_payment_and_nothing_of_the_person() {
    let shop = Shop::open();
    let hammer = shop.product("Claw hammer").stock(5).put_up();
    let mut annie = shop.shopper();
    annie.adds_to_cart(&hammer, 1);
    annie.reaches_payment();
    annie.orders_by("sandbox");
    let back = format!("/checkout/return/{}", shop.first("SELECT id FROM payment_attempts"));
    assert_eq!(shop.first("SELECT return_url FROM sandbox_payments"), format!("{}{back}", shop.url), "the provider learns of no token");
    let mut elsewhere = shop.browser();
    elsewhere.get(&back).must_say("waiting for word of your payment");
    annie.pays_with(CARD);
    let number = annie.order_number();
    let page = elsewhere.get(&back);
    page.must_say("Your payment has arrived");
    for personal in ["Annie", "Preece", "annie@example.com", "Corve", "Claw hammer", &number] {
        assert!(!page.says(personal), "{personal}");
    }
    assert_eq!(elsewhere.get(&format!("/orders/{number}")).status, 404, "the reference opens nothing");
    annie.visits(&back);
    assert_eq!((annie.page().url.path(), annie.page().url.query()), (format!("/orders/{number}/confirmation").as_str(), None));
    assert_eq!(elsewhere.get("/checkout/return/018f3c1e-7e2b-7c5f-8a3f-000000000001").status, 404);
}

#[test]
fn a_payment_that_began_with_the_token_in_its_return_address_comes_back_all_the_same() {
    let shop = Shop::open();
    let (_, number) = a_guest_s_order(&shop);
    let token = shop.first("SELECT token FROM orders");
    let mut elsewhere = shop.browser();
    assert_eq!(elsewhere.get(&format!("/checkout/return/{number}/guessed")).status, 404);
    let page = elsewhere.get(&format!("/checkout/return/{number}/{token}?token=EC-1&PayerID=2"));
    assert_eq!((page.url.path(), page.url.query(), page.status), (format!("/orders/{number}/confirmation").as_str(), None, 200));
}

#[test]
fn links_about_an_account_lose_their_token_when_they_are_opened_and_work_on() {
    let shop = Shop::open();
    let mut annie = shop.shopper();
    annie.browser.meddle(&account_of("annie@example.com"));
    annie.visits("/sign-in/reset");
    annie.browser.submit("Send me a link", &[("email", "annie@example.com")]);
    let link = shop.link_to("annie@example.com", "/sign-in/reset");
    let led = asks(&shop, "GET", &link);
    assert_eq!((led.status().as_u16(), led.headers()["location"].to_str().unwrap()), (303, "/sign-in/reset/opened"));

    let page = annie.visits(&link);
    assert_eq!((page.status, page.url.path()), (200, "/sign-in/reset/opened"));
    let token = link.rsplit('/').next().unwrap();
    assert!(!page.body.contains(token), "nor does the page hold it");
    assert_eq!(shop.browser().get("/sign-in/reset/opened").status, 404, "another browser has no link open");
    annie.browser.submit("Set the password", &[("password", "four other plain words")]).must_say("Your password is changed");
    assert_eq!(annie.visits(&link).status, 404, "it worked once");
}

#[test]
fn an_invitation_loses_its_token_when_it_is_opened() {
    let shop = Shop::open();
    let token = shop.write(|conn| ironmonger::accounts::invite(conn, None, Role::Owner));
    let mut browser = shop.browser();
    let page = browser.get(&format!("/invitations/{token}"));
    assert_eq!((page.url.path(), page.body.contains(&token)), ("/invitations/opened", false));
    let fields = [("name", "Pat Pike"), ("email", "pat@example.com"), ("password", "a password of the shop")];
    browser.submit("Set the password", &fields).must_say("This is the back office");
    assert_eq!(browser.get("/invitations/opened").status, 404);
}
