//! What staff look at every day: the dashboard, the lists of orders and customers.

use ironmonger::web::Role;

use crate::harness::{Shop, Shopper, Staff};

fn buys_as(shop: &Shop, name: &str, email: &str, gateway: &str) -> String {
    let mut shopper = shop.shopper();
    shopper.email = email.to_owned();
    shopper.adds_to_cart("/products/claw-hammer", 1);
    shopper.goes_to_checkout();
    shopper.gives_address(&[("name", name)]);
    shopper.chooses_delivery();
    shopper.checks_the_order();
    shopper.orders_by(gateway);
    if gateway == "sandbox" {
        shopper.pays_with(crate::harness::CARD);
    }
    shopper.order_number()
}

/// The numbers in the list of orders that is open.
fn listed(staff: &Staff) -> Vec<String> {
    staff.page().texts_of("table tbody th a")
}

#[test]
fn orders_are_found_by_tab() {
    let shop = Shop::open();
    shop.product("Claw hammer").stock(20).put_up();
    let paid = buys_as(&shop, "Annie Preece", "annie@example.com", "sandbox");
    let due = buys_as(&shop, "Bob Lacon", "bob@example.com", "manual");
    let shipped = buys_as(&shop, "Cy Groves", "cy@example.com", "sandbox");
    let cancelled = buys_as(&shop, "Di Powis", "di@example.com", "manual");
    let mut owner = shop.owner();
    owner.ships(&shipped, "");
    owner.cancels(&cancelled, "");
    owner.visits("/admin/orders");
    assert_eq!(listed(&owner).len(), 4);
    // What is paid on delivery leaves first, so it waits to be shipped as well.
    let to_ship = vec![&due, &paid];
    for (tab, numbers) in
        [("To ship", to_ship), ("Payment due", vec![&due]), ("Completed", vec![&shipped]), ("Cancelled", vec![&cancelled])]
    {
        owner.browser.follow(tab);
        assert_eq!(listed(&owner).iter().collect::<Vec<_>>(), numbers, "{tab}");
    }
    owner.visits("/admin").must_say(&paid);
}

#[test]
fn orders_are_found_by_number_however_it_is_typed_and_by_name_and_e_mail() {
    let shop = Shop::open();
    shop.product("Claw hammer").stock(20).put_up();
    let number = buys_as(&shop, "Annie Preece", "annie@example.com", "manual");
    buys_as(&shop, "Bob Lacon", "bob@example.com", "manual");
    let sloppy = number.to_lowercase().replace('-', " ").replace('0', "o").replace('1', "l");
    let mut owner = shop.owner();
    for typed in [
        &*number,
        &*number.to_lowercase(),
        &*number.replace('-', ""),
        &*sloppy,
        " annie ",
        "PREECE",
        "annie@example.com",
        "Annie@Example.com",
    ] {
        owner.visits("/admin/orders");
        owner.browser.submit("Filter", &[("q", typed)]);
        assert_eq!(listed(&owner), [number.as_str()], "{typed}");
    }
    for typed in ["nobody", "%", "_", "\\", "';--", "ZZZZ-ZZZZ"] {
        owner.visits("/admin/orders");
        let page = owner.browser.submit("Filter", &[("q", typed)]);
        assert_eq!(page.status, 200, "{typed}");
        page.must_say("No order fits");
    }
}

#[test]
fn customers_are_listed_with_guests_and_what_they_spent() {
    let shop = Shop::open();
    shop.product("Claw hammer").price("20.00").stock(20).put_up();
    let mut annie: Shopper = shop.shopper();
    annie.signs_up();
    annie.adds_to_cart("/products/claw-hammer", 1);
    let hers = annie.buys();
    let first = buys_as(&shop, "Bob Lacon", "bob+shop@example.com", "sandbox");
    let second = buys_as(&shop, "Bob Lacon", "bob+shop@example.com", "sandbox");

    let mut owner = shop.owner();
    owner.cancels(&second, "");
    owner.visits("/admin/customers").must_say("Annie Preece").must_say("Bob Lacon").must_say("Guest");
    owner.browser.follow("Bob Lacon");
    owner.page().must_say("bob+shop@example.com").must_say("Guest").must_say(&first).must_say(&second).must_say("£23.95");
    assert!(!owner.page().says(&hers));
    owner.visits("/admin/customers?q=preece");
    owner.browser.follow("Annie Preece").must_say("Has an account").must_say(&hers);
    owner.opens_order(&first);
    owner.browser.follow("Bob Lacon").must_say("bob+shop@example.com");
}

#[test]
fn a_guest_s_page_is_one_however_many_orders_lead_to_it_and_becomes_the_account_s() {
    let shop = Shop::open();
    shop.product("Claw hammer").price("20.00").stock(20).put_up();
    let first = buys_as(&shop, "Bob Lacon", "bob@example.com", "sandbox");
    let second = buys_as(&shop, "Bob Lacon", "bob@example.com", "sandbox");
    let mut owner = shop.owner();
    for number in [&first, &second] {
        let page = owner.visits(&format!("/admin/customers/guests/{number}"));
        assert_eq!(page.url.path(), format!("/admin/customers/guests/{first}"));
        page.must_say("Guest").must_say("£47.90");
    }
    assert_eq!(owner.visits("/admin/customers/guests/X-0").status, 404);
    let mut bob = shop.shopper();
    bob.email = "bob@example.com".into();
    bob.signs_up();
    let id = shop.first("SELECT id FROM accounts WHERE email = 'bob@example.com'");
    let page = owner.visits(&format!("/admin/customers/guests/{second}"));
    assert_eq!(page.url.path(), format!("/admin/customers/{id}"));
    page.must_say("Has an account").must_say(&first).must_say(&second);
}

#[test]
fn an_address_with_a_customer_s_e_mail_in_it_leads_on_to_one_without() {
    let shop = Shop::open();
    shop.product("Claw hammer").price("20.00").stock(20).put_up();
    shop.shopper().signs_up();
    let number = buys_as(&shop, "Bob Lacon", "bob+shop@example.com", "sandbox");
    let mut owner = shop.owner();
    let id = shop.first("SELECT id FROM accounts WHERE email = 'annie@example.com'");
    for (was, is) in
        [("Annie@example.com", id.clone()), ("annie%40example.com", id), ("bob%2Bshop%40example.com", format!("guests/{number}"))]
    {
        let page = owner.visits(&format!("/admin/customers/{was}"));
        assert_eq!((page.status, page.url.path()), (200, format!("/admin/customers/{is}").as_str()), "{was}");
    }
    assert_eq!(owner.visits("/admin/customers/nobody@example.com").status, 404);
    shop.meddle("UPDATE roles SET permissions = '{orders.see}' WHERE standard");
    let mut sam = shop.staff(Role::Staff);
    assert_eq!(sam.visits("/admin/customers/annie@example.com").status, 403);
    assert_eq!(sam.page().url.path(), "/admin/customers/annie@example.com", "whoever may not see customers learns no number");
    assert_eq!(shop.count("SELECT count(*) FROM audit_entries WHERE path LIKE '%annie%'"), 0, "no record names her");
}

#[test]
fn what_staff_search_for_among_people_is_sealed_in_the_address() {
    let shop = Shop::open();
    shop.product("Claw hammer").price("20.00").stock(20).put_up();
    let mut annie = shop.shopper();
    annie.signs_up();
    let number = buys_as(&shop, "Annie Preece", "annie@example.com", "manual");
    buys_as(&shop, "Bob Lacon", "bob@example.com", "manual");
    let mut owner = shop.owner();
    let lists = [
        ("/admin/customers", "Filter"),
        ("/admin/orders", "Filter"),
        ("/admin/new-order", "Look for the customer"),
        ("/admin/gift-cards", "Filter"),
        ("/admin/reviews", "Filter"),
    ];
    for (path, button) in lists {
        owner.visits(path);
        let page = owner.browser.submit(button, &[("q", " annie@example.com ")]);
        assert_eq!((page.status, page.url.path()), (200, path));
        let asked = page.url.query().unwrap().to_owned();
        assert!(asked.contains("q=%7Ev1.") && !asked.contains("annie"), "{path}?{asked}");
        assert_eq!(page.attribute("main input[name=q]", "value").as_deref(), Some("annie@example.com"), "{path} shows what was typed");
        assert!(!page.body.contains("bob@example.com"), "{path} is narrowed");
        for address in page.addresses() {
            assert!(!address.contains("annie") || address.starts_with("mailto:"), "{path} leads to {address}");
        }
        owner.visits(&format!("{path}?q=annie@example.com"));
        assert!(!owner.page().body.contains("bob@example.com"), "{path}: what is typed into the address is taken as it is");
        assert_eq!(owner.visits(&format!("{path}?q=~v1.forged")).status, 200, "{path}");
    }
    owner.visits("/admin/orders");
    owner.browser.submit("Filter", &[("q", "annie@")]);
    owner.browser.follow("Payment due");
    assert_eq!(listed(&owner), [number], "a tab keeps the search");
    assert_eq!(owner.browser.submit("Filter", &[("q", " ")]).url.query(), Some("state=unpaid"));
    let csrf = owner.page().attribute("input[name=csrf]", "value").unwrap();
    assert_eq!(owner.browser.forge("/admin/searches/settings", &[("csrf", &csrf), ("q", "x")]).status, 404);
    let csrf = annie.visits("/account").attribute("input[name=csrf]", "value").unwrap();
    assert_eq!(annie.browser.forge("/admin/searches/orders", &[("csrf", &csrf), ("q", "x")]).status, 403);
}

#[test]
fn no_address_of_the_back_office_holds_an_e_mail_address() {
    let shop = Shop::open();
    shop.product("Claw hammer").price("20.00").stock(20).put_up();
    let mut annie = shop.shopper();
    annie.signs_up();
    annie.adds_to_cart("/products/claw-hammer", 1);
    let hers = annie.buys();
    let his = buys_as(&shop, "Bob Lacon", "bob+shop@example.com", "sandbox");
    shop.works();
    shop.meddle("UPDATE accounts SET tax_exemption = 'charity 12' WHERE email = 'annie@example.com'");
    let mut owner = shop.owner();
    let mut pages = ["", "/orders", "/customers", "/mails", "/tax/exemptions", "/staff", "/audit", "/newsletter", "/privacy", "/returns"]
        .map(|path| format!("/admin{path}"))
        .to_vec();
    pages.extend([&hers, &his].map(|number| format!("/admin/orders/{number}")));
    pages.extend([&hers, &his].map(|number| format!("/admin/customers/guests/{number}")));
    for path in pages {
        let page = owner.visits(&path);
        assert_eq!(page.status, 200, "{path}");
        for address in page.addresses() {
            let is_link = !address.starts_with("mailto:");
            assert!(!(is_link && ["@", "%40"].iter().any(|at| address.contains(at))), "{path} leads to {address}");
        }
    }
}

#[test]
fn the_dashboard_tells_what_is_to_do_and_what_was_sold() {
    let shop = Shop::open();
    shop.product("Claw hammer").price("20.00").stock(3).put_up();
    let mut owner = shop.owner();
    assert_eq!(owner.visits("/admin").status, 200);
    let number = buys_as(&shop, "Annie Preece", "annie@example.com", "sandbox");
    let page = owner.visits("/admin");
    page.must_say(&number).must_say("£23.95").must_say("Claw hammer");
    assert!(page.has("svg"), "a chart");
    assert!(!page.has("script"));
}

#[test]
fn lists_answer_odd_questions_with_pages_and_not_with_faults() {
    let shop = Shop::open();
    shop.product("Claw hammer").put_up();
    let mut owner = shop.owner();
    let paths = [
        "/admin/orders?page=99999999999",
        "/admin/orders?page=-1",
        "/admin/orders?state=nonsense",
        "/admin/orders?q=%00",
        "/admin/products?q=%00",
        "/admin/customers?q=%00%0a",
        "/admin/customers/%00",
        "/admin/orders/%00",
        "/admin/products/abc",
        "/admin/products/999999999999999999999",
        "/admin/mails/abc",
        "/admin/jobs?page=x",
        "/admin/variants/0/stock",
    ];
    for path in paths {
        let status = owner.visits(path).status;
        assert!(status < 500, "{path} was answered with {status}");
    }
}

#[test]
fn staff_can_not_mark_a_card_payment_as_paid_by_hand() {
    let shop = Shop::open();
    shop.product("Claw hammer").put_up();
    let mut annie = shop.shopper();
    annie.adds_to_cart("/products/claw-hammer", 1);
    annie.reaches_payment();
    annie.orders_by("sandbox");
    let number = shop.first("SELECT number FROM orders");
    let mut owner = shop.owner();
    owner.opens_order(&number);
    assert!(!owner.page().says("Mark as paid"));
    let csrf = owner.page().attribute("input[name=csrf]", "value").unwrap();
    owner.browser.forge(&format!("/admin/orders/{number}/payment"), &[("csrf", &csrf)]);
    assert_eq!(shop.count("SELECT sum(captured) FROM payment_attempts"), 0);
}
