//! Pages of which nothing is kept: what they ask of the database, and that they say what they said when they asked more.

use std::{
    thread,
    time::{Duration, Instant},
};

use diesel::{Connection, PgConnection, connection::SimpleConnection};

use crate::harness::{Shop, Shopper, asked};

/// A shop whose rules a server knows, since somebody has looked at something.
fn with_rules_known() -> (Shop, Shopper) {
    let shop = Shop::open();
    shop.product("Whetstone").category(&["Hand tools", "Sharpening"]).put_up();
    let mut guest = shop.shopper();
    guest.visits("/products/whetstone");
    (shop, guest)
}

/// Statements that the page takes while nothing is kept of it.
fn statements(shop: &Shop, guest: &mut Shopper, path: &str) -> Vec<String> {
    asked(shop, || {
        assert_eq!(guest.visits(path).status, 200, "{path}");
    })
}

#[test]
fn a_cold_product_page_asks_for_the_goods_and_for_their_stock() {
    let (shop, mut guest) = with_rules_known();
    shop.product("Claw hammer").price("24.95").category(&["Hand tools", "Hammers"]).put_up();
    shop.product("Hinge").options(&["Length", "Finish"]).variant(&["100 mm", "Brass"], 3).variant(&["150 mm", "Steel"], 0).put_up();
    for (path, words) in [("/products/claw-hammer", "£24.95"), ("/products/hinge", "100 mm")] {
        let asked = statements(&shop, &mut guest, path);
        assert_eq!(asked.len(), 2, "{path}: {asked:#?}");
        guest.page().must_say(words).must_say("In stock");
    }
    assert!(statements(&shop, &mut guest, "/products/hinge").is_empty(), "now it is kept");
}

#[test]
fn what_is_reduced_and_what_stands_beside_it_takes_one_statement_each() {
    let (shop, mut guest) = with_rules_known();
    shop.product("Claw hammer").price("24.95").was("29.95").category(&["Hand tools", "Hammers"]).put_up();
    assert_eq!(statements(&shop, &mut guest, "/products/claw-hammer").len(), 3);
    guest.page().must_say("£29.95");
    for title in ["Nails", "Hand saw", "Apron"] {
        shop.product(title).put_up();
    }
    shop.meddle(
        "INSERT INTO related_products (product_id, related_id, kind, position)
         SELECT p.id, r.id, CASE r.slug WHEN 'nails' THEN 'accessory' ELSE 'related' END, 1 FROM products p, products r
         WHERE p.slug = 'claw-hammer' AND r.slug IN ('nails', 'hand-saw');
         INSERT INTO bought_together (product_id, other_id, position) SELECT p.id, r.id, 1 FROM products p, products r
         WHERE p.slug = 'claw-hammer' AND r.slug IN ('nails', 'apron')",
    );
    until(|| guest.visits("/products/claw-hammer").says("Hand saw"));
    let titles = |guest: &Shopper, section: &str| guest.page().texts_of(&format!("section[aria-labelledby={section}] h3"));
    assert_eq!(titles(&guest, "accessories"), ["Nails"]);
    assert_eq!(titles(&guest, "together"), ["Apron"], "what staff named stands there once");
    assert_eq!(titles(&guest, "related"), ["Hand saw"]);
    // Any address of the same page that is not kept.
    let asked = statements(&shop, &mut guest, "/products/claw-hammer?image=7");
    assert_eq!(asked.len(), 4, "{asked:#?}");
}

fn until(mut is_so: impl FnMut() -> bool) {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < Duration::from_secs(5), "it does not come");
        thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn cold_lists_ask_no_more_for_many_goods_than_for_few() {
    let (shop, mut guest) = with_rules_known();
    let category = |guest: &mut Shopper, at: i32| statements(&shop, guest, &format!("/categories/sharpening?page={at}"));
    let few = category(&mut guest, 1);
    assert!(few.len() <= 12, "{}: {few:#?}", few.len());
    for at in 0..26 {
        shop.product(&format!("Stone {at}")).was("20.00").category(&["Hand tools", "Sharpening"]).put_up();
    }
    let many = category(&mut guest, 2);
    assert!(guest.page().says("Whetstone"));
    assert!(many.len() <= few.len() + 1, "{}: {many:#?}", many.len());
}

/// As staff see it on the shelf, whole or not: a product with one more variant than comes with its sheet is read otherwise.
#[test]
fn a_product_with_few_variants_is_laid_out_like_one_with_many() {
    let (shop, mut guest) = with_rules_known();
    let put_up = |title: &str, sizes: usize| {
        let mut goods = shop.product(title).options(&["Size", "Finish"]);
        for size in 1..=sizes {
            goods = goods.variant(&[&size.to_string(), "Plain"], if size == 1 { 0 } else { 4 });
        }
        goods.variant(&["2", "Brass"], 0).put_up()
    };
    let (few, many) = (put_up("Few", 23), put_up("Many", 24));
    let mut laid_out = |path: &str, query: &str| {
        let page = guest.visits(&format!("{path}?{query}"));
        let options: Vec<_> = page.texts_of(".options li a").into_iter().filter(|text| !text.starts_with("24")).collect();
        (options, page.texts_of(".stock"), page.texts_of("p.price"), page.texts_of("h2"))
    };
    for query in ["", "o1=1", "o1=2&o2=Brass", "o1=3&o2=Brass", "o2=Brass", "o1=99", "o1=9"] {
        assert_eq!(laid_out(&few, query), laid_out(&many, query), "{query}");
    }
}

#[test]
fn a_brand_that_moves_is_named_anew_on_the_pages_of_its_goods() {
    let (shop, mut guest) = with_rules_known();
    assert!(guest.page().has("a[href='/brands/calder-edge']"));
    shop.meddle("UPDATE brands SET slug = 'calder' WHERE slug = 'calder-edge'");
    until(|| guest.visits("/products/whetstone").has("a[href='/brands/calder']"));
}

#[test]
fn connections_that_the_database_has_ended_are_not_used() {
    let (shop, mut guest) = with_rules_known();
    shop.product("Claw hammer").put_up();
    let asked = asked(&shop, || {
        let others =
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()";
        PgConnection::establish(&shop.database_url).unwrap().batch_execute(others).unwrap();
        thread::sleep(Duration::from_millis(200));
        assert_eq!(guest.visits("/products/claw-hammer").status, 200);
    });
    assert!(!asked.iter().any(|sql| sql.starts_with("SELECT 1")), "nobody asks a connection whether it lives: {asked:#?}");
}
