//! Collections by hand and by rules, what stands beside a product, and names that many products follow.

use std::{
    thread,
    time::{Duration, Instant},
};

use crate::harness::{Page, Shop, Shopper};

fn until(what: &str, mut is: impl FnMut() -> bool) -> Duration {
    let started = Instant::now();
    while !is() {
        assert!(started.elapsed() < Duration::from_secs(8), "not within 8 s: {what}");
        thread::sleep(Duration::from_millis(20));
    }
    started.elapsed()
}

fn tiles(page: &Page) -> Vec<String> {
    page.texts_of(".products h3")
}

/// What anybody sees who asks plainly.
fn plainly(shop: &Shop, path: &str) -> String {
    reqwest::blocking::Client::builder().no_proxy().build().unwrap().get(format!("{}{path}", shop.url)).send().unwrap().text().unwrap()
}

fn ironmongers() -> Shop {
    let shop = Shop::open();
    shop.product("Claw hammer").price("24.95").category(&["Hand tools", "Hammers"]).put_up();
    shop.product("Hand saw").price("12.00").category(&["Hand tools", "Saws"]).put_up();
    shop.product("Nail").price("2.00").stock(0).category(&["Fixings"]).put_up();
    shop
}

/// A shown collection `found` of these rules: values for `collection_rules` from `subject` on.
fn by_rule(shop: &Shop, any: bool, rules: &[&str]) {
    shop.meddle(&format!("INSERT INTO collections (slug, title, shown, any_rule, asked_to) VALUES ('found', 'Found', true, {any}, 0)"));
    for (at, rule) in (1..).zip(rules) {
        let (columns, values) = rule.split_once('=').unwrap_or((rule, ""));
        let (columns, values) = if values.is_empty() {
            (String::new(), String::new())
        } else {
            (format!(", {}", columns.split_once(' ').unwrap().1), format!(", {values}"))
        };
        let subject = rule.split([' ', '=']).next().unwrap();
        shop.meddle(&format!(
            "INSERT INTO collection_rules (collection_id, position, subject{columns}) SELECT id, {at}, '{subject}'{values} FROM collections"
        ));
    }
    shop.follows();
}

fn found(shop: &Shop) -> Vec<String> {
    shop.follows();
    let mut titles = tiles(shop.shopper().visits("/collections/found"));
    titles.sort();
    titles
}

#[test]
fn staff_try_rules_before_they_save_them_and_shoppers_find_what_meets_them() {
    let shop = ironmongers();
    let mut pat = shop.owner();
    pat.visits("/admin/collections").must_say("No collections yet");
    pat.browser.follow("New collection");
    pat.browser.submit("Add rule", &[("title", "Under twenty"), ("new_subject", "price")]);
    assert_eq!(pat.page().attribute("#title", "value").as_deref(), Some("Under twenty"), "what is typed stays");
    pat.browser.submit("Preview", &[]).must_say("least or the most");
    assert_eq!(pat.page().status, 422);
    pat.browser.submit("Preview", &[("rule_high", "19.99")]).must_say("2 products. Nothing is saved yet.").must_say("Hand saw");
    assert_eq!(shop.count("SELECT count(*) FROM collections"), 0);
    pat.browser.submit("Add rule", &[("new_subject", "stock")]);
    pat.browser.submit("Preview", &[]).must_say("One product").must_say("Hand saw");
    pat.browser.submit("Save collection", &[]).must_say("The collection is saved");
    shop.follows();
    let mut annie = shop.shopper();
    assert_eq!(annie.visits("/collections/under-twenty").status, 404, "it is a draft");
    assert!(!annie.visits("/").says("Collections"));

    pat.browser.submit("Save collection", &[("shown", "on"), ("description", "Good and cheap."), ("seo_title", "Cheap tools")]);
    let page = annie.visits("/collections/under-twenty");
    page.must_say("Good and cheap.");
    assert_eq!(tiles(page), ["Hand saw"]);
    assert!(page.title().starts_with("Cheap tools"), "{}", page.title());
    assert!(page.body.contains("\"@type\":\"CollectionPage\"") && page.body.contains("\"@type\":\"BreadcrumbList\""));
    assert!(page.attribute("link[rel=canonical]", "href").unwrap().ends_with("/collections/under-twenty"));
    annie.visits("/").must_say("Under twenty");
    annie.visits("/collections").must_say("Under twenty");

    pat.browser.submit("Its price", &[]);
    pat.browser.submit("It is in stock", &[]);
    pat.browser.submit("Save collection", &[]).must_say("Add at least one rule");
    assert_eq!(tiles(shop.shopper().visits("/collections/under-twenty")), ["Hand saw"], "nothing was saved");
}

#[test]
fn a_rule_that_names_nothing_says_so_and_keeps_what_was_typed() {
    let shop = ironmongers();
    let mut pat = shop.owner();
    pat.visits("/admin/collections/new");
    pat.browser.submit("Add rule", &[("title", "Of Nobody"), ("new_subject", "brand")]);
    pat.browser.submit("Save collection", &[("rule_text", "Nobody")]).must_say("No brand is called Nobody");
    assert_eq!(pat.page().attribute("input[name=rule_text]", "value").as_deref(), Some("Nobody"));
    pat.browser.submit("Save collection", &[("rule_text", "calder edge"), ("slug", "calder")]).must_say("saved");
    pat.visits("/admin/collections/new");
    pat.browser
        .submit("Save collection", &[("title", "Another"), ("slug", "calder"), ("chosen_by", "hand")])
        .must_say("Another collection has this address");
    pat.browser.submit("Save collection", &[("slug", ""), ("products", "nail\nNOTHING-7")]).must_say("NOTHING-7");
    let brand = shop.first("SELECT id FROM brands");
    shop.meddle("UPDATE products SET vendor = ''");
    pat.visits(&format!("/admin/brands/{brand}/deletion"));
    pat.browser.submit("Delete it", &[]).must_say("A rule of a collection names this brand");
}

#[test]
fn products_come_and_go_as_each_rule_says() {
    let hammer = "WHERE slug = 'claw-hammer'";
    let cases: [(&str, &str, &str); 9] = [
        (
            "price high=1999",
            "UPDATE variants SET price = 1500 WHERE sku = 'CLAW-HAMMER'",
            "UPDATE variants SET price = 2495 WHERE sku = 'CLAW-HAMMER'",
        ),
        (
            "brand brand_id=(SELECT brand_named('Whitlock'))",
            &format!("UPDATE products SET vendor = 'Whitlock' {hammer}"),
            &format!("UPDATE products SET vendor = 'Calder Edge' {hammer}"),
        ),
        (
            "category category_id=(SELECT id FROM categories WHERE slug = 'fixings')",
            "UPDATE categories SET parent_id = (SELECT id FROM categories WHERE slug = 'fixings') WHERE slug = 'hammers'",
            "UPDATE categories SET parent_id = NULL WHERE slug = 'hammers'",
        ),
        (
            "tag text='Steel'",
            &format!("UPDATE products SET tags = '{{steel}}' {hammer}"),
            &format!("UPDATE products SET tags = '{{}}' {hammer}"),
        ),
        (
            "title text='framing'",
            &format!("UPDATE products SET title = 'Framing hammer' {hammer}"),
            &format!("UPDATE products SET title = 'Claw hammer' {hammer}"),
        ),
        (
            "stock",
            "UPDATE stock SET on_hand = 5 WHERE variant_id = (SELECT id FROM variants WHERE sku = 'CLAW-HAMMER')",
            "UPDATE stock SET on_hand = 0 WHERE variant_id = (SELECT id FROM variants WHERE sku = 'CLAW-HAMMER')",
        ),
        (
            "sale",
            "UPDATE variants SET compare_at = 9900 WHERE sku = 'CLAW-HAMMER'",
            "UPDATE variants SET compare_at = NULL WHERE sku = 'CLAW-HAMMER'",
        ),
        (
            "new high=30",
            &format!("UPDATE products SET created_at = now() - interval '29 days' {hammer}"),
            &format!("UPDATE products SET created_at = now() - interval '31 days' {hammer}"),
        ),
        (
            "type product_type_id=(SELECT product_type_named('Hammer'))",
            &format!("UPDATE products SET product_type = 'Hammer' {hammer}"),
            &format!("UPDATE products SET product_type = 'Tool' {hammer}"),
        ),
    ];
    for (rule, comes, goes) in cases {
        let shop = ironmongers();
        let has = |shop: &Shop| found(shop).iter().any(|title| title.contains("hammer"));
        shop.meddle(goes);
        by_rule(&shop, false, &[rule]);
        assert!(!has(&shop), "{rule}: not yet");
        shop.meddle(comes);
        assert!(has(&shop), "{rule}: after {comes}");
        shop.meddle(&format!("UPDATE products SET status = 'archived' {hammer}"));
        assert!(!has(&shop), "{rule}: archived");
        shop.meddle(&format!("UPDATE products SET status = 'active' {hammer}"));
        shop.meddle(goes);
        assert!(!has(&shop), "{rule}: after {goes}");
    }
}

#[test]
fn attributes_of_every_kind_choose_products() {
    let shop = ironmongers();
    shop.meddle(
        "INSERT INTO attributes (product_type_id, code, name, kind, unit) SELECT t.id, k.code, k.code, k.kind, k.unit FROM product_types t,
            (VALUES ('length', 'number', 'mm'), ('folds', 'boolean', ''), ('maker', 'text', ''), ('wood', 'choice', '')) k (code, kind, unit);
         INSERT INTO attribute_choices (attribute_id, value) SELECT id, w FROM attributes, (VALUES ('Ash'), ('Beech')) c (w) WHERE kind = 'choice';
         INSERT INTO product_attributes (product_id, attribute_id, kind, number, boolean, text, choices)
            SELECT p.id, a.id, a.kind, CASE a.kind WHEN 'number' THEN 330 END, CASE a.kind WHEN 'boolean' THEN false END,
                CASE a.kind WHEN 'text' THEN 'Sheffield' END, CASE a.kind WHEN 'choice' THEN ARRAY(SELECT id FROM attribute_choices WHERE value = 'Ash') END
            FROM products p, attributes a WHERE p.slug = 'claw-hammer'",
    );
    let mut pat = shop.owner();
    pat.visits("/admin/collections/new");
    pat.browser.submit("Add rule", &[("title", "Said"), ("new_subject", "attribute"), ("shown", "on")]);
    pat.browser.submit("Save collection", &[]).must_say("Choose an attribute");
    let id = |code: &str| shop.first(&format!("SELECT id FROM attributes WHERE code = '{code}'"));
    for (code, fits, other) in
        [("length", "300-400", "331"), ("folds", "no", "yes"), ("maker", "sheffield", "Solingen"), ("wood", "ash", "Beech")]
    {
        pat.browser.submit("Preview", &[("rule_of", &id(code)), ("rule_text", other)]).must_say("No product");
        pat.browser.submit("Preview", &[("rule_text", fits)]).must_say("One product").must_say("Claw hammer");
    }
    pat.browser.submit("Preview", &[("rule_text", "Oak")]).must_say("Enter one of the choices of wood: Ash, Beech");
    pat.browser.submit("Save collection", &[("rule_text", "Ash")]).must_say("saved");
    assert_eq!(pat.page().attribute("input[name=rule_text]", "value").as_deref(), Some("Ash"));
    shop.follows();
    assert_eq!(tiles(shop.shopper().visits("/collections/said")), ["Claw hammer"]);
}

#[test]
fn all_rules_must_be_met_or_any() {
    let rules = ["price high=1999", "title text='hammer'"];
    let shop = ironmongers();
    by_rule(&shop, false, &rules);
    assert!(found(&shop).is_empty());
    shop.meddle("UPDATE collections SET any_rule = true, asked_to = 0");
    assert_eq!(found(&shop), ["Claw hammer", "Hand saw", "Nail"]);
}

#[test]
fn a_sale_comes_and_goes_by_the_clock_to_the_moment() {
    let shop = ironmongers();
    by_rule(&shop, false, &["sale"]);
    shop.meddle(
        "INSERT INTO price_lists (name, kind, currency, starts_at, ends_at, active)
            VALUES ('Flash', 'sale', 'GBP', now() + interval '3 seconds', now() + interval '6 seconds', true);
         INSERT INTO prices (list_id, variant_id, amount) SELECT l.id, v.id, 1999 FROM price_lists l, variants v WHERE v.sku = 'CLAW-HAMMER'",
    );
    shop.follows();
    let has = || plainly(&shop, "/collections/found").contains("Claw hammer");
    assert!(!has(), "it has not begun");
    thread::sleep(Duration::from_millis(3100));
    assert!(has(), "nobody had to follow");
    thread::sleep(Duration::from_millis(3000));
    assert!(!has(), "it is over");
    shop.follows();
    assert_eq!(shop.count("SELECT count(*) FROM collection_members"), 0);
    shop.meddle("UPDATE price_lists SET ends_at = NULL");
    shop.follows();
    assert!(has());
}

#[test]
fn a_collection_by_hand_keeps_its_order_with_and_without_an_index() {
    let shop = ironmongers();
    let mut pat = shop.owner();
    pat.visits("/admin/collections/new");
    let fields =
        [("title", "Presents"), ("chosen_by", "hand"), ("products", "nail\nCLAW-HAMMER\nhand-saw"), ("sort", "chosen"), ("shown", "on")];
    pat.browser.submit("Save collection", &fields).must_say("saved");
    let mut annie = shop.shopper();
    assert_eq!(tiles(annie.visits("/collections/presents")), ["Nail", "Claw hammer", "Hand saw"]);
    assert_eq!(tiles(annie.visits("/collections/presents?sort=dearest")), ["Claw hammer", "Hand saw", "Nail"]);
    let _keeper = shop.wired.keep_index();
    until("the index is there", || shop.wired.search.is_ready());
    shop.meddle("UPDATE collections SET description = 'For those who mend.'");
    assert_eq!(tiles(annie.visits("/collections/presents")), ["Nail", "Claw hammer", "Hand saw"]);
    annie.page().must_say("For those who mend.");
    let form = pat.page().url.path().to_owned();
    pat.visits(&form);
    pat.browser.submit("Save collection", &[("products", "hand-saw\nnail")]);
    until("the new order", || tiles(annie.visits("/collections/presents")) == ["Hand saw", "Nail"]);
    assert_eq!(tiles(annie.visits("/collections/presents?sort=title")), ["Hand saw", "Nail"]);
}

#[test]
fn a_collection_is_narrowed_like_a_category_and_found_by_search() {
    let shop = ironmongers();
    shop.meddle("UPDATE products SET vendor = 'Whitlock' WHERE slug = 'hand-saw'");
    let _keeper = shop.wired.keep_index();
    let _follower = shop.wired.keep_collections();
    by_rule(&shop, false, &["price high=9999"]);
    let mut annie = shop.shopper();
    until("all are in the index", || tiles(annie.visits("/collections/found?brand=Whitlock")) == ["Hand saw"]);
    let page = annie.page();
    assert!(page.has("meta[name=robots][content=noindex]") && !page.says("collection:"));
    assert_eq!(annie.visits("/collections/found?sort=chosen&brand=").url.query(), None, "one address for one list");
    until("the search knows it", || annie.visits("/search?q=found").body.contains("/collections/found"));
    shop.meddle("UPDATE collections SET shown = false");
    until("the search forgets it", || !annie.visits("/search?q=found").body.contains("/collections/found"));
}

#[test]
fn what_changes_is_in_the_collection_within_a_second_on_every_server() {
    let shop = ironmongers();
    let other = Shop::over(&shop);
    by_rule(&shop, false, &["price high=1999"]);
    let _follower = shop.wired.keep_collections();
    let sees = |words: &str| plainly(&other, "/collections/found").contains(words);
    until("the saw is there", || sees("Hand saw") && !sees("Claw hammer"));
    let steps = [
        ("UPDATE variants SET price = 1900 WHERE sku = 'CLAW-HAMMER'", true),
        ("UPDATE products SET status = 'draft' WHERE slug = 'claw-hammer'", false),
        ("UPDATE products SET status = 'active' WHERE slug = 'claw-hammer'", true),
        ("UPDATE variants SET price = 2000 WHERE sku = 'CLAW-HAMMER'", false),
    ];
    for (sql, there) in steps {
        shop.meddle(sql);
        let took = until(sql, || sees("Claw hammer") == there);
        assert!(took < Duration::from_secs(1), "{sql} was seen after {took:?}");
    }
    let took = {
        shop.meddle("UPDATE collections SET title = 'Thrifty' WHERE slug = 'found'");
        until("its name", || sees("Thrifty") && plainly(&other, "/").contains("Thrifty"))
    };
    assert!(took < Duration::from_secs(1), "{took:?}");
}

#[test]
fn former_addresses_lead_to_it_until_it_is_deleted() {
    let shop = ironmongers();
    by_rule(&shop, false, &["price high=1999"]);
    let mut pat = shop.owner();
    pat.visits("/admin/collections");
    pat.browser.follow("Found");
    pat.browser.submit("Save collection", &[("slug", "thrifty")]).must_say("saved");
    let mut annie = shop.shopper();
    assert!(annie.visits("/collections/found").url.path().ends_with("/collections/thrifty"));
    pat.visits("/admin/collections");
    pat.browser.follow("Delete Found");
    pat.page().must_say("Its products stay in the shop");
    pat.browser.submit("Delete it", &[]).must_say("The collection is deleted");
    assert_eq!(annie.visits("/collections/thrifty").status, 404);
    assert_eq!(annie.visits("/collections/found").status, 404);
    assert_eq!(shop.count("SELECT count(*) FROM collections"), 1, "its products leave it first");
    shop.follows();
    assert_eq!(shop.count("SELECT count(*) FROM collections"), 0);
    assert_eq!(shop.count("SELECT count(*) FROM shelves WHERE kind = 'k'"), 0);
    assert_eq!(annie.visits("/products/hand-saw").status, 200);
}

#[test]
fn staff_say_what_goes_with_a_product() {
    let shop = ironmongers();
    let hammer = shop.first("SELECT id FROM products WHERE slug = 'claw-hammer'");
    let mut annie = shop.shopper();
    assert!(!annie.visits("/products/claw-hammer").says("Goes with it"));
    let mut pat = shop.owner();
    pat.visits(&format!("/admin/products/{hammer}"));
    pat.browser.follow("Change what stands beside it");
    pat.browser.submit("Save what stands beside it", &[("accessories", "nail\nGONE-1")]).must_say("Nothing has the SKU or address GONE-1");
    pat.browser.submit("Save what stands beside it", &[("accessories", "claw-hammer")]).must_say("can't stand beside itself");
    pat.browser.submit("Save what stands beside it", &[("accessories", "nail"), ("related", "nail")]).must_say("Name it once");
    pat.browser.submit("Save what stands beside it", &[("accessories", "NAIL"), ("related", "/products/hand-saw")]).must_say("is saved");
    let page = annie.visits("/products/claw-hammer");
    assert_eq!(page.texts_of("section[aria-labelledby=accessories] h3"), ["Nail"]);
    assert_eq!(page.texts_of("section[aria-labelledby=related] h3"), ["Hand saw"]);
    shop.meddle("UPDATE products SET title = 'Wire nail' WHERE slug = 'nail'");
    assert_eq!(annie.visits("/products/claw-hammer").texts_of("section[aria-labelledby=accessories] h3"), ["Wire nail"]);
}

/// An order of these SKUs, as far as what is bought together looks at it.
fn order(shop: &Shop, number: &str, skus: &[&str]) {
    let lines: Vec<_> = skus.iter().map(|sku| format!("'{sku}'")).collect();
    shop.meddle(&format!(
        "INSERT INTO orders (number, token, cart_id, email, currency, payment_state, items_total, delivery_total, tax_total, total, delivery_method, gateway)
            VALUES ('{number}', '{number}', gen_random_uuid(), 'a@example.com', 'GBP', 'paid', 0, 0, 0, 0, 'Post', 'manual');
         INSERT INTO order_lines (order_id, position, variant_id, title, options, sku, unit_price, quantity, total, weight_grams)
            SELECT o.id, row_number() OVER (), v.id, '', '', v.sku, 0, 1, 0, 0 FROM orders o, variants v WHERE o.number = '{number}' AND v.sku IN ({})",
        lines.join(", ")
    ));
}

#[test]
fn what_is_bought_together_is_counted_from_orders_that_are_paid_and_stand() {
    let shop = ironmongers();
    let counts = || {
        shop.block_on(shop.wired.worker().schedule()).unwrap();
        shop.meddle("UPDATE jobs SET run_at = now() - interval '1 second' WHERE kind = 'count_together'");
        shop.works();
        shop.shopper().visits("/products/claw-hammer").texts_of("section[aria-labelledby=together] h3")
    };
    order(&shop, "A1", &["CLAW-HAMMER", "HAND-SAW"]);
    order(&shop, "A2", &["CLAW-HAMMER", "NAIL"]);
    assert!(counts().is_empty(), "once is no habit");
    order(&shop, "A3", &["CLAW-HAMMER", "NAIL"]);
    order(&shop, "A4", &["HAND-SAW"]);
    assert_eq!(counts(), ["Nail"]);
    order(&shop, "A5", &["CLAW-HAMMER", "HAND-SAW"]);
    assert_eq!(counts(), ["Nail", "Hand saw"], "the saw is also bought without it");
    shop.meddle("UPDATE orders SET lifecycle = 'cancelled', cancelled_at = now() WHERE number = 'A2'");
    assert_eq!(counts(), ["Hand saw"]);
    shop.meddle("UPDATE orders SET lifecycle = 'placed', cancelled_at = NULL WHERE number = 'A2'; UPDATE together_orders SET placed_at = now() - interval '13 months' WHERE order_id = (SELECT id FROM orders WHERE number = 'A1'); UPDATE orders SET placed_at = now() - interval '13 months' WHERE number = 'A1'");
    assert_eq!(counts(), ["Nail"], "more than a year ago does not count");
    let again = counts();
    assert_eq!(again, ["Nail"], "each order is counted once");
    assert_eq!(shop.first("SELECT sum(orders) FROM together_pairs"), "6");
}

#[test]
fn a_cart_shows_what_is_often_bought_with_its_things() {
    let shop = ironmongers();
    let mut annie = shop.shopper();
    let beside = |annie: &mut Shopper| annie.visits("/cart").texts_of("section[aria-labelledby=beside] li");
    annie.adds_to_cart("/products/claw-hammer", 1);
    assert!(beside(&mut annie).is_empty() && !annie.page().says("Often bought"), "nothing is known yet");
    let together = |one: &str, other: &str, position: i32| {
        let id = |slug: &str| format!("(SELECT id FROM products WHERE slug = '{slug}')");
        shop.meddle(&format!("INSERT INTO bought_together VALUES ({}, {}, {position})", id(one), id(other)));
    };
    together("claw-hammer", "nail", 0);
    together("claw-hammer", "hand-saw", 1);
    together("hand-saw", "claw-hammer", 0);
    assert_eq!(beside(&mut annie), ["Hand saw", "Nail"], "what can be had goes first");
    shop.meddle("UPDATE stock SET on_hand = 5 WHERE variant_id = (SELECT id FROM variants WHERE sku = 'NAIL')");
    assert_eq!(beside(&mut annie), ["Nail", "Hand saw"]);
    annie.adds_to_cart("/products/hand-saw", 1);
    assert_eq!(beside(&mut annie), ["Nail"], "and nothing that is in the cart");
    shop.meddle("UPDATE products SET status = 'archived' WHERE slug = 'nail'");
    assert!(beside(&mut annie).is_empty());
}

/// So many nails of one brand, straight into the database.
fn many(shop: &Shop, count: i32) {
    shop.meddle(&format!(
        "INSERT INTO products (slug, title, vendor, status) SELECT 'nail-' || i, 'Nail ' || i, 'Calder Edge', 'active' FROM generate_series(1, {count}) i;
         INSERT INTO variants (product_id, position, sku, price) SELECT id, 1, upper(slug), 100 FROM products WHERE slug LIKE 'nail-%';
         INSERT INTO product_categories SELECT p.id, c.id FROM products p, categories c WHERE p.slug LIKE 'nail-%' AND c.slug = 'fixings'"
    ));
}

#[test]
fn a_few_products_follow_a_new_name_at_once_and_many_little_by_little() {
    let shop = ironmongers();
    let named = |name: &str| shop.count(&format!("SELECT count(*) FROM products WHERE vendor = '{name}'"));
    shop.meddle("UPDATE brands SET name = 'Calder & Edge'");
    assert_eq!(named("Calder & Edge"), 3);
    shop.meddle("UPDATE brands SET name = 'Calder Edge'");
    many(&shop, 700);
    let brand = shop.first("SELECT id FROM brands");
    let mut pat = shop.owner();
    pat.visits(&format!("/admin/brands/{brand}/edit"));
    pat.browser.submit("Save brand", &[("name", "Edge of Calder")]).must_say("on its way to the products");
    assert_eq!(named("Edge of Calder"), 0);
    shop.follows();
    assert_eq!(named("Edge of Calder"), 703);
    assert!(!pat.visits(&format!("/admin/brands/{brand}/edit")).says("on its way"));
    shop.shopper().visits("/products/nail-9").must_say("Edge of Calder");
}

#[test]
fn a_category_of_many_products_moves_at_once_and_its_products_follow() {
    let shop = ironmongers();
    many(&shop, 700);
    shop.meddle("DELETE FROM search_changes");
    shop.meddle("UPDATE categories SET parent_id = (SELECT id FROM categories WHERE slug = 'hand-tools') WHERE slug = 'fixings'");
    let on_shelf = "SELECT count(*) FROM shelves s JOIN categories c ON c.id = s.of_id WHERE s.kind = 'c' AND c.slug = 'hand-tools'";
    assert_eq!(shop.count(on_shelf), 2);
    shop.owner().visits("/admin/categories").must_say("Followed by 0 products so far");
    shop.follows();
    assert_eq!(shop.count(on_shelf), 703);
    assert_eq!(shop.count("SELECT count(DISTINCT subject) FROM search_changes WHERE kind = 'product'"), 701, "search follows as well");
    shop.meddle("UPDATE categories SET name = 'Small things' WHERE slug = 'fixings'");
    assert_eq!(shop.count("SELECT count(*) FROM catalog_chores"), 1);
    shop.follows();
    assert_eq!(shop.count("SELECT count(*) FROM catalog_chores"), 0);
}
