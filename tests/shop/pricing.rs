//! Price lists, and what their prices do in the shop.

use std::thread;

use diesel::{RunQueryDsl, sql_query};
use ironmonger::{
    base::{Currency, GroupId},
    catalog,
    pricing::{self, PriceKind, PriceListChange},
    web::Role,
};

use crate::harness::{CARD, Page, Shop, Staff, UNTICKED};

/// Time goes by: what was written is older, and what is planned is nearer.
fn days_pass(shop: &Shop, days: i32) {
    shop.meddle(&format!(
        "SET LOCAL session_replication_role = replica;
         UPDATE price_history SET valid_from = valid_from - interval '{days} days';
         UPDATE price_lists SET starts_at = starts_at - interval '{days} days', ends_at = ends_at - interval '{days} days'"
    ));
}

/// The day so many days from now, as it is typed.
fn day(shop: &Shop, days: i32) -> String {
    shop.first(&format!("SELECT to_char(now() + interval '{days} days', 'YYYY-MM-DD')"))
}

/// Makes a list that is switched on, with one price.
fn makes_list(owner: &mut Staff, fields: &[(&str, &str)], sku: &str, amount: &str) {
    owner.visits("/admin/price-lists/new");
    let fields: Vec<_> = fields.iter().copied().chain([("active", "on")]).collect();
    owner.browser.submit("Save list", &fields).must_say("The price list is saved");
    puts_price(owner, &[("sku", sku), ("amount", amount)]).must_say("The price is saved");
}

fn puts_price<'a>(owner: &'a mut Staff, fields: &[(&str, &str)]) -> &'a Page {
    owner.browser.submit("Save price", fields)
}

fn sets_own_price(shop: &Shop, sku: &str, minor: i64) {
    shop.meddle(&format!("UPDATE variants SET price = {minor} WHERE sku = '{sku}'"));
}

fn problem(page: &Page, field: &str) -> String {
    assert_eq!(page.status, 422, "{}", page.text());
    assert!(page.title().starts_with("Error: "), "{}", page.title());
    page.text_of(&format!("#{field}-error"))
}

#[test]
fn a_sale_begins_and_ends_by_the_database_s_clock() {
    let shop = Shop::open();
    let hammer = shop.product("Claw hammer").price("10.00").category(&["Hammers"]).put_up();
    let mut owner = shop.owner();
    let (first, last) = (day(&shop, 2), day(&shop, 4));
    makes_list(&mut owner, &[("name", "Winter sale"), ("starts_at", &first), ("ends_at", &last)], "CLAW-HAMMER", "8.00");
    owner.visits("/admin/price-lists").must_say("Scheduled");

    let mut annie = shop.shopper();
    let before = annie.visits(&hammer);
    assert_eq!((before.text_of(".price"), before.has(".cut")), ("£10.00".to_owned(), false));
    days_pass(&shop, 3);
    annie.visits(&hammer).must_say("£8.00 was £10.00").must_say("Sale price until").must_say("Lowest price in the 30 days before: £10.00");
    annie.visits("/categories/hammers").must_say("£8.00 was £10.00").must_say("Lowest price in the 30 days before: £10.00");
    owner.visits("/admin/price-lists").must_say("Active");
    days_pass(&shop, 3);
    let after = annie.visits(&hammer);
    assert_eq!((after.text_of(".price"), after.has(".cut")), ("£10.00".to_owned(), false));
    owner.visits("/admin/price-lists").must_say("Ended");
}

#[test]
fn beside_a_reduction_stands_the_lowest_price_of_the_30_days_before_it_whatever_happened_in_between() {
    let shop = Shop::open();
    let hammer = shop.product("Claw hammer").price("10.00").put_up();
    let mut owner = shop.owner();
    days_pass(&shop, 40);
    sets_own_price(&shop, "CLAW-HAMMER", 500);
    days_pass(&shop, 40);
    sets_own_price(&shop, "CLAW-HAMMER", 1000);
    days_pass(&shop, 31);
    sets_own_price(&shop, "CLAW-HAMMER", 700);
    days_pass(&shop, 5);
    sets_own_price(&shop, "CLAW-HAMMER", 1200);
    days_pass(&shop, 5);
    makes_list(&mut owner, &[("name", "Sale")], "CLAW-HAMMER", "8.50");

    let mut annie = shop.shopper();
    let said = "Lowest price in the 30 days before: £7.00";
    annie.visits(&hammer).must_say("£8.50 was £12.00").must_say(said);
    days_pass(&shop, 100);
    annie.visits(&hammer).must_say(said);
    let page = owner.visits(&format!("/admin/variants/{}/prices", shop.count("SELECT id FROM variants")));
    page.must_say("Asked of everybody now").must_say("£8.50").must_say("£7.00");
    assert_eq!(page.texts_of("section[aria-labelledby=history] tbody tr").len(), 1, "older prices are no longer of the last 30 days");

    owner.visits("/admin/price-lists");
    owner.browser.follow("Sale");
    puts_price(&mut owner, &[("sku", "CLAW-HAMMER"), ("amount", "8.00")]);
    annie.visits(&hammer).must_say("£8.00 was £12.00").must_say("Lowest price in the 30 days before: £8.50");
}

#[test]
fn a_new_product_has_no_lowest_price_of_before() {
    let shop = Shop::open();
    let hammer = shop.product("Claw hammer").price("10.00").was("12.00").put_up();
    let mut annie = shop.shopper();
    let page = annie.visits(&hammer);
    page.must_say("£10.00 was £12.00");
    assert!(!page.says("Lowest price"), "nothing is known of the time before");
}

#[test]
fn a_price_that_a_transaction_took_back_was_never_asked() {
    let shop = Shop::open();
    shop.product("Claw hammer").price("10.00").put_up();
    days_pass(&shop, 1);
    shop.meddle("UPDATE variants SET price = 100; UPDATE variants SET price = 1000");
    assert_eq!(shop.count("SELECT count(*) FROM price_history"), 1);
    shop.meddle("UPDATE variants SET price = 100; UPDATE variants SET price = 900");
    assert_eq!(shop.count("SELECT count(*) FROM price_history WHERE amount = 100"), 0);
    assert_eq!(shop.count("SELECT amount FROM price_history ORDER BY valid_from DESC LIMIT 1"), 900);
}

#[test]
fn a_group_s_prices_and_quantity_breaks_are_for_its_members_only() {
    let shop = Shop::open();
    let hinge = shop.product("Butt hinge").price("2.00").stock(500).put_up();
    let mut owner = shop.owner();
    owner.visits("/admin/customer-groups").must_say("No groups yet");
    owner.browser.follow("Make the first one");
    owner.browser.submit("Save group", &[("name", "Trade")]).must_say("The group is saved");
    let group = shop.count("SELECT id FROM customer_groups").to_string();
    makes_list(&mut owner, &[("name", "Trade prices"), ("kind", "regular"), ("group", &group)], "BUTT-HINGE", "1.90");
    puts_price(&mut owner, &[("sku", "BUTT-HINGE"), ("from", "10"), ("amount", "1.80")]);
    puts_price(&mut owner, &[("sku", "BUTT-HINGE"), ("from", "100"), ("amount", "1.50")]).must_say("1.50");

    let mut annie = shop.shopper();
    annie.signs_up();
    let outside = annie.visits(&hinge);
    assert_eq!(outside.text_of(".price"), "£2.00");
    assert!(!outside.says("From 10"));
    owner.opens_customer("annie@example.com");
    owner.browser.submit("Save group and tax", &[("group", &group)]).must_say("Group and tax are saved");
    owner.visits("/admin/customer-groups");
    assert_eq!(owner.page().text_of("tbody td.number"), "1");

    let member = annie.visits(&hinge);
    assert_eq!(member.text_of(".price"), "£1.90");
    member.must_say("Price for Trade").must_say("From 10 £1.80 each").must_say("From 100 £1.50 each");
    assert!(!member.has(".cut") && !member.says("Lowest price"), "a group's price is no reduction");
    assert_eq!(shop.shopper().visits(&hinge).text_of(".price"), "£2.00");
    assert_eq!(shop.count("SELECT count(*) FROM price_history"), 1, "what is for a group was not asked of everybody");
}

#[test]
fn quantity_breaks_for_everybody_stand_on_the_product_s_page() {
    let shop = Shop::open();
    let screw = shop.product("Screw").price("0.20").put_up();
    let mut owner = shop.owner();
    makes_list(&mut owner, &[("name", "By the hundred"), ("kind", "regular")], "SCREW", "0.20");
    puts_price(&mut owner, &[("sku", "SCREW"), ("from", "100"), ("amount", "0.15")]);
    let mut annie = shop.shopper();
    let page = annie.visits(&screw);
    page.must_say("From 100 £0.15 each");
    assert_eq!(page.text_of(".price"), "£0.20");
}

#[test]
fn visitors_pay_in_another_currency_once_a_list_in_it_is_active() {
    let shop = Shop::open();
    let hammer = shop.product("Claw hammer").price("10.00").category(&["Tools"]).put_up();
    let saw = shop.product("Hand saw").price("20.00").category(&["Tools"]).put_up();
    let mut annie = shop.shopper();
    assert!(!annie.visits("/").has("#currency"), "one currency is no choice");
    let mut owner = shop.owner();
    makes_list(&mut owner, &[("name", "Euro"), ("kind", "regular"), ("currency", "eur")], "CLAW-HAMMER", "11.90");

    annie.visits(&hammer);
    let page = annie.browser.submit("Change currency", &[("currency", "EUR")]);
    page.must_say("Prices are in EUR now").must_say("€11.90");
    assert_eq!(page.url.path(), hammer, "back to where they were");
    annie.visits("/categories/tools").must_say("€11.90").must_say("Not sold in EUR");
    let page = annie.visits(&saw);
    page.must_say("Not sold in EUR");
    assert!(!page.has("form.buy"), "it can't be put into the cart");
    annie.visits("/search?q=hammer").must_say("€11.90");

    let token = annie.page().attribute("footer input[name=csrf]", "value").unwrap();
    let page = annie.browser.forge("/currency", &[("csrf", &token), ("currency", "JPY"), ("return_to", "https://evil.example/")]);
    page.must_say("We don’t sell in JPY any more");
    assert_eq!(page.url.host_str(), Some("127.0.0.1"));

    shop.meddle("UPDATE price_lists SET active = false");
    assert_eq!(annie.visits(&hammer).text_of(".price"), "£10.00", "the list ended, and with it the choice");
    let own = shop.read(|conn| pricing::currency_of(conn, Some("EUR")));
    assert_eq!(own.code(), "GBP");
    assert_eq!(shop.count("SELECT count(*) FROM price_history WHERE currency = 'EUR' AND amount IS NULL"), 1);
}

#[test]
fn a_percentage_off_many_is_seen_before_it_is_written() {
    let shop = Shop::open();
    shop.product("Claw hammer").price("24.95").category(&["Tools", "Hammers"]).put_up();
    shop.product("Hand saw").price("20.00").category(&["Tools", "Saws"]).put_up();
    shop.product("Paint").price("5.00").category(&["Paint"]).put_up();
    let mut owner = shop.owner();
    makes_list(&mut owner, &[("name", "Sale")], "CLAW-HAMMER", "9.99");
    let tools = shop.count("SELECT id FROM categories WHERE slug = 'tools'").to_string();
    owner.browser.follow("Percent off many…");
    assert_eq!(problem(owner.browser.submit("See what it does", &[("percent", "100")]), "percent"), "Enter a percentage from 0 to 99.99");
    let page = owner.browser.submit("See what it does", &[("category", &tools), ("percent", "10")]);
    page.must_say("2 prices").must_say("1 of them takes the place of a price").must_say("£22.46").must_say("£18.00");
    assert_eq!(shop.count("SELECT count(*) FROM prices"), 1, "a look writes nothing");
    owner.browser.submit("Write these 2 prices", &[]).must_say("2 prices are written into the list").must_say("£22.46").must_say("£18.00");
    assert_eq!(shop.count("SELECT amount FROM prices JOIN variants v ON v.id = variant_id WHERE sku = 'CLAW-HAMMER'"), 2246, "half up");
    shop.shopper().visits("/products/hand-saw").must_say("£18.00 was £20.00");
    owner.browser.submit("Filter", &[("q", "saw")]).must_say("1 price");
    assert!(!owner.page().says("£22.46"));
    owner.browser.submit("Remove", &[]).must_say("The price is removed");
    assert_eq!(shop.count("SELECT count(*) FROM prices"), 1);
}

#[test]
fn a_list_in_another_currency_is_made_at_a_rate() {
    let shop = Shop::open();
    shop.product("Claw hammer").price("24.95").put_up();
    let mut owner = shop.owner();
    owner.visits("/admin/price-lists/new");
    owner.browser.submit("Save list", &[("name", "Yen"), ("kind", "regular"), ("currency", "JPY"), ("active", "on")]);
    owner.browser.follow("Percent off many…");
    assert!(problem(owner.browser.submit("See what it does", &[("percent", "0"), ("rate", "")]), "rate").contains("such as 1.17"));
    owner.browser.submit("See what it does", &[("percent", "0"), ("rate", "190.5")]).must_say("¥4,753");
    owner.browser.submit("Write this price", &[]).must_say("1 price is written");
    let currencies = shop.read(pricing::currencies);
    assert_eq!(currencies.iter().map(|currency| currency.code()).collect::<Vec<_>>(), ["GBP", "JPY"]);
}

#[test]
fn what_the_owner_typed_wrong_is_said_beside_its_field_and_kept() {
    let shop = Shop::open();
    shop.product("Claw hammer").put_up();
    let mut owner = shop.owner();
    makes_list(&mut owner, &[("name", "Sale")], "CLAW-HAMMER", "8.00");
    let page = puts_price(&mut owner, &[("sku", "NO-SUCH"), ("amount", "1.00")]);
    assert_eq!(problem(page, "sku"), "No variant has this SKU. Look it up under Products");
    assert_eq!(page.attribute("#sku", "value").as_deref(), Some("NO-SUCH"));
    let page = puts_price(&mut owner, &[("sku", "CLAW-HAMMER"), ("amount", "5.00"), ("compare_at", "4.00")]);
    assert!(problem(page, "compare_at").contains("must be higher"));
    assert!(problem(puts_price(&mut owner, &[("from", "1000"), ("compare_at", "")]), "from").contains("from 1 to 999"));

    owner.browser.follow("Edit the list");
    let page = owner.browser.submit("Save list", &[("currency", "EUR")]);
    assert!(problem(page, "currency").contains("can't be changed while there are prices"));
    let period = [("currency", "GBP"), ("starts_at", "2026-12-01"), ("ends_at", "2026-11-01T00:00")];
    let page = owner.browser.submit("Save list", &period);
    assert_eq!(problem(page, "ends_at"), "The end must be after the start");
    assert_eq!(page.attribute("#starts_at", "value").as_deref(), Some("2026-12-01"));
    owner.visits("/admin/price-lists/new");
    let page = owner.browser.submit("Save list", &[("name", "SALE")]);
    assert_eq!(problem(page, "name"), "There is a list of this name already");
}

#[test]
fn a_list_is_switched_off_or_deleted_after_a_confirmation_and_its_prices_go() {
    let shop = Shop::open();
    let hammer = shop.product("Claw hammer").price("10.00").put_up();
    let mut owner = shop.owner();
    makes_list(&mut owner, &[("name", "Sale")], "CLAW-HAMMER", "8.00");
    owner.browser.follow("Edit the list");
    owner.browser.submit("Save list", &[("active", UNTICKED)]).must_say("Switched off");
    assert_eq!(shop.shopper().visits(&hammer).text_of(".price"), "£10.00");
    owner.browser.follow("Edit the list");
    owner.browser.follow("Delete it…");
    owner.page().must_say("can’t be undone");
    owner.browser.submit("Delete the list", &[]).must_say("The price list is deleted").must_say("No price lists yet");
    assert_eq!(shop.count("SELECT count(*) FROM prices"), 0);
    assert_eq!(shop.count("SELECT count(*) FROM price_history"), 3, "what was asked stays");
}

#[test]
fn price_lists_and_groups_are_the_owner_s() {
    let shop = Shop::open();
    shop.product("Claw hammer").put_up();
    shop.shopper().signs_up();
    let mut staff = shop.staff(Role::Staff);
    for path in ["/admin/price-lists", "/admin/price-lists/new", "/admin/customer-groups/new"] {
        assert_eq!(staff.visits(path).status, 403, "{path}");
    }
    staff.opens_customer("annie@example.com").must_say("Pays tax");
    assert!(!staff.page().has("form[action$=buyer]"));
    let id = shop.count("SELECT id FROM variants");
    assert_eq!(staff.visits(&format!("/admin/variants/{id}/prices")).status, 200);
    assert_eq!(staff.visits("/admin/variants/999/prices").status, 404);
}

#[test]
fn a_group_is_renamed_and_deleted_unless_prices_are_for_it() {
    let shop = Shop::open();
    shop.product("Claw hammer").put_up();
    let mut owner = shop.owner();
    owner.visits("/admin/customer-groups/new");
    assert_eq!(problem(owner.browser.submit("Save group", &[("name", " ")]), "name"), "Enter the group's name");
    owner.browser.submit("Save group", &[("name", "Trade")]);
    owner.browser.follow("New group");
    assert_eq!(problem(owner.browser.submit("Save group", &[("name", "trade")]), "name"), "There is a group of this name already");
    owner.visits("/admin/customer-groups");
    owner.browser.follow("Rename");
    owner.browser.submit("Save group", &[("name", "Builders")]).must_say("Builders");
    let group = shop.count("SELECT id FROM customer_groups").to_string();
    makes_list(&mut owner, &[("name", "Builders' prices"), ("kind", "regular"), ("group", &group)], "CLAW-HAMMER", "8.00");
    owner.visits("/admin/customer-groups");
    owner.browser.follow("Delete");
    owner.browser.submit("Delete the group", &[]).must_say("Price lists or promotions are for this group");
    shop.meddle("DELETE FROM price_lists");
    owner.browser.follow("Delete");
    owner.browser.submit("Delete the group", &[]).must_say("The group is deleted").must_say("No groups yet");
}

#[test]
fn a_customer_s_group_and_exemption_are_kept_and_a_guest_has_none() {
    let shop = Shop::open();
    let hammer = shop.product("Claw hammer").put_up();
    let mut guest = shop.shopper();
    guest.email = "guest@example.com".to_owned();
    guest.adds_to_cart(&hammer, 1);
    guest.buys();
    shop.shopper().signs_up();
    let mut owner = shop.owner();
    assert!(!owner.opens_customer("guest@example.com").has("#tax_exemption"));
    owner.opens_customer("annie@example.com");
    let long = "x".repeat(201);
    assert!(problem(owner.browser.submit("Save group and tax", &[("tax_exemption", &long)]), "tax_exemption").contains("200"));
    assert_eq!(owner.page().attribute("#tax_exemption", "value"), Some(long));
    owner.browser.submit("Save group and tax", &[("tax_exemption", "Certificate 77")]).must_say("Group and tax are saved");
    assert_eq!(owner.page().attribute("#tax_exemption", "value").as_deref(), Some("Certificate 77"));
    assert_eq!(shop.count("SELECT count(*) FROM accounts WHERE tax_exemption = 'Certificate 77'"), 1);
}

/// A list for everybody, by the door that the demo uses.
fn list(name: &str, kind: PriceKind) -> PriceListChange {
    PriceListChange {
        name: name.to_owned(),
        kind,
        currency: Currency::parse("GBP").unwrap(),
        group_id: None,
        starts_at: None,
        ends_at: None,
        replaces_base: false,
        active: true,
    }
}

#[test]
fn the_history_says_what_the_rules_say_at_every_moment() {
    let shop = Shop::open();
    shop.product("Claw hammer").price("10.00").put_up();
    // Every combination of dates, kinds, groups and quantities, as far as a few lists go.
    shop.meddle(
        "INSERT INTO customer_groups (name) VALUES ('Trade');
         INSERT INTO price_lists (name, kind, currency, group_id, starts_at, ends_at, replaces_base, active)
         SELECT 'List ' || n, CASE WHEN n % 3 = 0 THEN 'sale' ELSE 'regular' END, 'GBP',
                CASE WHEN n % 5 = 0 THEN (SELECT id FROM customer_groups) END,
                CASE WHEN n % 4 > 0 THEN now() + make_interval(days => n) END,
                CASE WHEN n % 7 > 0 THEN now() + make_interval(days => n + n % 11 + 1) END, n % 6 = 0, n % 8 > 0
         FROM generate_series(1, 40) n;
         INSERT INTO prices (list_id, variant_id, min_quantity, amount)
         SELECT l.id, v.id, 1 + (l.id % 9 / 8)::int, 600 + (l.id * 37) % 700 FROM price_lists l, variants v",
    );
    let checked = shop.read(|conn| {
        let variant = catalog::variant_by_sku(conn, "CLAW-HAMMER")?.unwrap().id;
        let book = pricing::book(conn, Currency::parse("GBP").unwrap(), &[variant])?;
        let history = &book.variants[&variant].history;
        // The first row is of before the lists were made, which the rules no longer know.
        for (at, past) in history.iter().enumerate().skip(1) {
            let asked = |when| book.unit(variant, 1, None, when).map(|unit| unit.amount);
            assert_eq!(past.amount, asked(past.valid_from), "at {}", past.valid_from);
            if let Some(next) = history.get(at + 1) {
                assert_ne!(past.amount, next.amount, "only changes are kept");
                assert_eq!(past.amount, asked(next.valid_from - chrono::Duration::microseconds(1)), "up to {}", next.valid_from);
            }
        }
        Ok(history.len())
    });
    assert!(checked > 10, "only {checked} moments");
}

#[test]
fn of_changes_at_the_same_time_each_is_in_the_history() {
    let shop = Shop::open();
    shop.product("Claw hammer").price("10.00").put_up();
    let mut owner = shop.owner();
    makes_list(&mut owner, &[("name", "Sale")], "CLAW-HAMMER", "9.00");
    let changes: [fn(i64) -> String; 3] = [
        |round| format!("UPDATE variants SET price = {}", 500 + round * 7 % 900),
        |round| format!("UPDATE prices SET amount = {}", 500 + round * 11 % 900),
        |round| format!("UPDATE price_lists SET active = {}", round % 2 == 0),
    ];
    for _ in 0..5 {
        thread::scope(|scope| {
            for change in changes {
                let db = shop.db.clone();
                let (shop, db) = (&shop, db);
                scope.spawn(move || {
                    for round in 0..10 {
                        let sql = change(round);
                        shop.block_on(db.write(move |conn| Ok(sql_query(sql).execute(conn)?))).unwrap();
                    }
                });
            }
        });
        let last = "SELECT amount FROM price_history WHERE valid_from <= clock_timestamp() ORDER BY valid_from DESC LIMIT 1";
        assert_eq!(shop.count(last), shop.count("SELECT public_price(id, 'GBP', clock_timestamp()) FROM variants"));
    }
}

#[test]
fn a_list_instead_of_the_base_price_may_ask_more() {
    let shop = Shop::open();
    let hammer = shop.product("Claw hammer").price("10.00").put_up();
    shop.write(|conn| {
        let id = pricing::save_list(conn, None, &PriceListChange { replaces_base: true, ..list("Dearer", PriceKind::Regular) })?;
        let price = pricing::NewPrice { sku: "CLAW-HAMMER".into(), min_quantity: 1, amount: 1300, compare_at: None };
        pricing::put_price(conn, id, &price)
    });
    let mut annie = shop.shopper();
    let page = annie.visits(&hammer);
    assert_eq!(page.text_of(".price"), "£13.00");
    page.must_say("Dearer");
    let gone = PriceListChange { group_id: Some(GroupId(99)), ..list("Nobody's", PriceKind::Sale) };
    let refused = shop.block_on(shop.db.write(move |conn| pricing::save_list(conn, None, &gone))).unwrap_err();
    assert!(refused.into_problems().unwrap().on("group").is_some());
}

#[test]
fn delivery_is_turned_into_a_currency_without_hundredths_at_the_rate_that_people_say() {
    let shop = Shop::open();
    let hammer = shop.product("Claw hammer").price("10.00").put_up();
    let mut owner = shop.owner();
    makes_list(&mut owner, &[("name", "Yen"), ("kind", "regular"), ("currency", "jpy")], "CLAW-HAMMER", "1900");
    owner.visits("/admin/exchange-rates").must_say("1 GBP is so many JPY");
    owner.browser.submit("Save the rate", &[("rate", "190")]).must_say("The rate is saved");
    let mut annie = shop.shopper();
    annie.visits(&hammer);
    annie.browser.submit("Change currency", &[("currency", "JPY")]);
    annie.adds_to_cart(&hammer, 2);
    annie.goes_to_checkout();
    annie.gives_address(&[]).must_say("¥751");
    annie.chooses_delivery().must_say("Total ¥4,551");
    annie.checks_the_order();
    annie.orders_by("sandbox");
    annie.pays_with(CARD).must_say("¥4,551");
    assert_eq!(shop.count("SELECT captured FROM payment_attempts WHERE currency = 'JPY'"), 4551);
    assert!(shop.examination().is_clean(), "{}", shop.examination());
}
