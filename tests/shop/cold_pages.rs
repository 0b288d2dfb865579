//! Pages of which nothing is kept: what they ask of the database, and that they say what they said when they asked more.

use std::{
    thread,
    time::{Duration, Instant},
};

use crate::harness::{Shop, Shopper, asked};

/// A shop with something that others look at meanwhile: so its servers know its rules.
fn with_a_whetstone() -> (Shop, Shopper) {
    let shop = Shop::open();
    shop.product("Whetstone").category(&["Hand tools", "Sharpening"]).put_up();
    let guest = shop.shopper();
    (shop, guest)
}

/// Statements that the page takes while nothing is kept of it, but rules, menu and footer are known.
fn statements(shop: &Shop, path: &str) -> Vec<String> {
    shop.shopper().visits("/products/whetstone");
    let client = reqwest::blocking::Client::builder().no_proxy().build().unwrap();
    asked(shop, || {
        let answer = client.get(format!("{}{path}", shop.url)).send().unwrap();
        assert_eq!((answer.status().as_u16(), answer.url().path()), (200, path.split('?').next().unwrap()));
    })
}

fn until(mut is_so: impl FnMut() -> bool) {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < Duration::from_secs(5), "it does not come");
        thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn a_cold_product_page_asks_for_the_goods_and_for_their_stock() {
    let (shop, mut guest) = with_a_whetstone();
    shop.product("Claw hammer").price("24.95").category(&["Hand tools", "Hammers"]).put_up();
    shop.product("Hinge").options(&["Length", "Finish"]).variant(&["100 mm", "Brass"], 30).variant(&["150 mm", "Steel"], 0).put_up();
    for (path, words) in [("/products/claw-hammer", "£24.95"), ("/products/hinge", "100 mm")] {
        let asked = statements(&shop, path);
        assert_eq!(asked.len(), 2, "{path}: {asked:#?}");
        guest.visits(path).must_say(words).must_say("In stock");
    }
    assert!(statements(&shop, "/products/hinge").is_empty(), "now it is kept");
}

#[test]
fn what_buyers_say_takes_one_statement_more_and_the_stars_of_a_list_none() {
    let (shop, mut guest) = with_a_whetstone();
    shop.product("Claw hammer").price("24.95").category(&["Hand tools", "Hammers"]).put_up();
    shop.product("Hand saw").price("24.95").category(&["Hand tools", "Saws"]).put_up();
    shop.meddle(
        "INSERT INTO reviews (product_id, name, stars, body, state)
         SELECT id, 'Annie', 4, 'It drives nails.', 'published' FROM products WHERE slug = 'claw-hammer'",
    );
    let asked = statements(&shop, "/products/claw-hammer");
    assert_eq!(asked.len(), 3, "{asked:#?}");
    guest.visits("/products/claw-hammer").must_say("It drives nails.");
    let list = statements(&shop, "/categories/hammers");
    assert_eq!(list.len(), statements(&shop, "/categories/saws").len(), "{list:#?}");
}

#[test]
fn what_is_reduced_and_what_stands_beside_it_takes_one_statement_each() {
    let (shop, mut guest) = with_a_whetstone();
    shop.product("Claw hammer").price("24.95").was("29.95").category(&["Hand tools", "Hammers"]).put_up();
    for title in ["Nails", "Hand saw", "Apron"] {
        shop.product(title).put_up();
    }
    let asked = statements(&shop, "/products/claw-hammer");
    assert_eq!(asked.len(), 3, "{asked:#?}");
    guest.visits("/products/claw-hammer").must_say("£29.95");
    shop.meddle(
        "INSERT INTO related_products (product_id, related_id, kind, position)
         SELECT p.id, r.id, CASE r.slug WHEN 'nails' THEN 'accessory' ELSE 'related' END, 1 FROM products p, products r
         WHERE p.slug = 'claw-hammer' AND r.slug IN ('nails', 'hand-saw');
         INSERT INTO bought_together (product_id, other_id, position) SELECT p.id, r.id, 1 FROM products p, products r
         WHERE p.slug = 'claw-hammer' AND r.slug IN ('nails', 'apron')",
    );
    let asked = statements(&shop, "/products/claw-hammer");
    assert_eq!(asked.len(), 4, "{asked:#?}");
    let page = guest.visits("/products/claw-hammer");
    let titles = |section: &str| page.texts_of(&format!("section[aria-labelledby={section}] h3"));
    assert_eq!(titles("accessories"), ["Nails"]);
    assert_eq!(titles("together"), ["Apron"], "what staff named stands there once");
    assert_eq!(titles("related"), ["Hand saw"]);
}

#[test]
fn cold_lists_ask_no_more_for_many_goods_than_for_few() {
    let (shop, mut guest) = with_a_whetstone();
    let few = statements(&shop, "/categories/sharpening");
    assert!(few.len() <= 12, "{}: {few:#?}", few.len());
    for at in 0..26 {
        shop.product(&format!("Stone {at}")).was("20.00").category(&["Hand tools", "Sharpening"]).put_up();
    }
    let many = statements(&shop, "/categories/sharpening?page=2");
    guest.visits("/categories/sharpening?page=2").must_say("Whetstone");
    assert!(many.len() <= few.len() + 1, "one more, for the prices of what is reduced: {many:#?}");
}

/// A product with one more variant than come with its sheet is read in another way.
#[test]
fn a_product_with_few_variants_is_laid_out_like_one_with_many() {
    let (shop, mut guest) = with_a_whetstone();
    let put_up = |title: &str, sizes: usize| {
        let mut goods = shop.product(title).options(&["Size", "Finish"]);
        for size in 1..=sizes {
            goods = goods.variant(&[&size.to_string(), "Plain"], if size == 1 { 0 } else { 40 });
        }
        goods.variant(&["2", "Brass"], 0).put_up()
    };
    let (few, many) = (put_up("Few", 23), put_up("Many", 24));
    let mut laid_out = |path: &str, query: &str| {
        let page = guest.visits(&format!("{path}{query}"));
        let options: Vec<_> = page.texts_of(".options li a").into_iter().filter(|text| !text.starts_with("24")).collect();
        (options, page.texts_of(".stock"), page.texts_of("p.price"), page.texts_of("h2"))
    };
    for query in ["", "?o1=1", "?o1=2&o2=Brass", "?o1=3&o2=Brass", "?o2=Brass", "?o1=99", "?o1=9"] {
        assert_eq!(laid_out(&few, query), laid_out(&many, query), "{query}");
    }
}

#[test]
fn a_brand_that_moves_is_named_anew_on_the_pages_of_its_goods() {
    let (shop, mut guest) = with_a_whetstone();
    assert!(guest.visits("/products/whetstone").has("a[href='/brands/calder-edge']"));
    shop.meddle("UPDATE brands SET slug = 'calder' WHERE slug = 'calder-edge'");
    until(|| guest.visits("/products/whetstone").has("a[href='/brands/calder']"));
}
