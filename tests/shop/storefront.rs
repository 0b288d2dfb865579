//! What visitors find: the front page, departments, products with their options, the search.

use crate::harness::{Page, Shop};

fn tiles(page: &Page) -> Vec<String> {
    page.texts_of(".products h3")
}

/// A department with so many things in it, the first the cheapest and the oldest.
fn with_many(shop: &Shop, count: i32) {
    for at in 1..=count {
        shop.product(&format!("Bolt {at:02}")).price(&format!("{at}.00")).category(&["Fixings", "Bolts"]).put_up();
    }
}

#[test]
fn the_front_page_shows_what_is_picked_and_leads_into_every_department() {
    let shop = Shop::open();
    shop.product("Claw hammer").featured().category(&["Hand tools", "Hammers"]).put_up();
    shop.product("Garden twine").category(&["Garden"]).put_up();
    let mut annie = shop.shopper();
    let page = annie.visits("/");
    assert_eq!(tiles(page), ["Claw hammer"]);
    assert_eq!(page.texts_of(".tiles a"), ["Garden", "Hand tools"]);
    annie.browser.follow("Garden").must_say("Garden twine");
    annie.visits("/");
    annie.browser.follow("Claw hammer").must_say("£10.00");
    assert_eq!(shop.shopper().visits("/").status, 200);
}

#[test]
fn an_empty_shop_has_a_front_page_all_the_same() {
    let shop = Shop::open();
    let mut annie = shop.shopper();
    let page = annie.visits("/");
    assert_eq!((page.status, tiles(page).len()), (200, 0));
    annie.visits("/cart").must_say("Your cart is empty").link("Look around the shop");
    annie.visits("/search?q=hammer").must_say("Nothing for “hammer”");
}

#[test]
fn a_category_says_where_it_is_and_what_is_beside_it() {
    let shop = Shop::open();
    shop.product("Claw hammer").category(&["Hand tools", "Hammers"]).put_up();
    shop.product("Hand saw").category(&["Hand tools", "Saws"]).put_up();
    let mut annie = shop.shopper();
    let page = annie.visits("/categories/hammers");
    assert_eq!(page.texts_of(".crumbs li"), ["Home", "Hand tools"]);
    assert_eq!(page.text_of(".chips a[aria-current=page]"), "Hammers");
    assert_eq!(tiles(page), ["Claw hammer"]);
    annie.browser.follow("Saws").must_say("Hand saw");
    annie.browser.follow("Hand tools");
    assert_eq!(tiles(annie.page()).len(), 2, "a department shows what is in its categories");
    let page = annie.visits("/products/hand-saw");
    assert_eq!(page.texts_of(".crumbs li"), ["Home", "Hand tools", "Saws"]);
    assert_eq!(annie.visits("/categories/nowhere").status, 404);
}

#[test]
fn a_category_is_sorted_as_one_likes() {
    let shop = Shop::open();
    shop.product("Middle").price("5.00").category(&["Garden"]).put_up();
    shop.product("Cheap").price("1.00").category(&["Garden"]).put_up();
    shop.product("Dear").price("9.00").category(&["Garden"]).put_up();
    let mut annie = shop.shopper();
    for (sort, order) in [
        ("newest", ["Dear", "Cheap", "Middle"]),
        ("cheapest", ["Cheap", "Middle", "Dear"]),
        ("dearest", ["Dear", "Middle", "Cheap"]),
        ("title", ["Cheap", "Dear", "Middle"]),
    ] {
        annie.visits("/categories/garden");
        let page = annie.browser.submit("Sort", &[("sort", sort)]);
        assert_eq!(tiles(page), order, "{sort}");
        assert_eq!(page.attribute("#sort option[selected]", "value").as_deref(), Some(sort), "the choice is kept");
    }
    assert_eq!(annie.visits("/categories/garden?sort=nonsense").status, 200);
}

#[test]
fn a_long_category_comes_in_pages_that_keep_the_sorting_and_say_which_they_are() {
    let shop = Shop::open();
    with_many(&shop, 30);
    let mut annie = shop.shopper();
    annie.visits("/categories/bolts?sort=cheapest").must_say("1–24 of 30 products");
    assert_eq!(tiles(annie.page())[0], "Bolt 01", "{}", annie.page().url);
    assert!(!annie.page().title().contains("page"), "{}", annie.page().title());
    let page = annie.browser.follow("Next");
    page.must_say("25–30 of 30 products");
    assert!(page.title().contains("page 2"), "{}", page.title());
    assert_eq!(tiles(page), ["Bolt 25", "Bolt 26", "Bolt 27", "Bolt 28", "Bolt 29", "Bolt 30"]);
    assert_eq!(page.text_of(".pages a[aria-current=page]"), "Page 2");
    assert_eq!(tiles(annie.browser.follow("Previous")).len(), 24);
    for odd in ["?page=0", "?page=-3", "?page=999", "?page=99999999999", "?page=two"] {
        assert!(annie.visits(&format!("/categories/bolts{odd}")).status < 500, "{odd}");
    }
    shop.product("Spade").category(&["Garden"]).put_up();
    assert!(!annie.visits("/categories/garden").has(".pages"), "a single page has no links to pages");
}

#[test]
fn a_combination_that_nobody_makes_can_not_be_bought_unnoticed() {
    let shop = Shop::open();
    let hinge = shop.product("Butt hinge").options(&["Length", "Finish"]);
    let hinge = hinge.variant(&["75 mm", "Brass"], 5).variant(&["100 mm", "Brass"], 0).variant(&["100 mm", "Steel"], 50).put_up();
    let mut annie = shop.shopper();
    annie.visits(&hinge).must_say("75 mm , chosen").must_say("Brass , chosen").must_say("Only 5 left");
    annie.page().must_say("Steel , not made with the other choices").must_say("100 mm , sold out");

    annie.browser.follow("Steel").must_say("Not made like this").must_say("Change one of the choices");
    assert!(!annie.page().says("Add to cart"));
    annie.browser.follow("100 mm").must_say("In stock");
    annie.browser.submit("Add to cart", &[]).must_say("100 mm").must_say("Steel");

    annie.visits(&format!("{hinge}?o1=100+mm&o2=Brass")).must_say("Sold out").must_say("Choose another above");
    assert!(!annie.page().says("Add to cart"));
    for odd in ["?o1=nonsense", "?o2=", "?o3=Steel", "?o1=75+mm&image=99", "?o1=%F0%9F%94%A8"] {
        assert_eq!(annie.visits(&format!("{hinge}{odd}")).status, 200, "{odd}");
    }
}

#[test]
fn a_product_page_tells_price_stock_weight_and_what_it_cost_before() {
    let shop = Shop::open();
    let hammer =
        shop.product("Claw hammer").price("24.95").was("29.95").stock(3).weighs(680).described("<p>Forged in <em>Ludlow</em>.</p>");
    let hammer = hammer.put_up();
    let anvil = shop.product("Anvil").weighs(25_500).stock(0).put_up();
    let mut annie = shop.shopper();
    let page = annie.visits(&hammer);
    page.must_say("£24.95").must_say("£29.95").must_say("Only 3 left").must_say("680 g").must_say("CLAW-HAMMER");
    assert_eq!(page.text_of(".prose em"), "Ludlow");
    assert_eq!(page.attribute("meta[name=description]", "content").as_deref(), Some("Forged in Ludlow."));
    assert_eq!(page.attribute("link[rel=canonical]", "href").as_deref(), Some(format!("{}{hammer}", shop.url).as_str()));
    annie.visits(&anvil).must_say("25.5 kg").must_say("Sold out").must_say("We have none left");
    assert!(!annie.page().says("Add to cart"));
}

#[test]
fn the_search_finds_words_beginnings_and_skus() {
    let shop = Shop::open();
    shop.product("Claw hammer").described("<p>For joiners and their benches.</p>").put_up();
    shop.product("Ball-pein hammer").put_up();
    shop.product("Hand saw").put_up();
    let mut annie = shop.shopper();
    let mut find = |typed: &str| {
        annie.visits("/");
        annie.browser.submit("Search", &[("q", typed)]);
        let mut found = tiles(annie.page());
        found.sort();
        found
    };
    let hammers = ["Ball-pein hammer", "Claw hammer"];
    assert_eq!(find("hammer"), hammers);
    assert_eq!(find("hammers"), hammers);
    assert_eq!(find("HAM"), hammers, "the beginning of a word");
    assert_eq!(find("claw hammer"), ["Claw hammer"]);
    assert_eq!(find("joiner bench"), ["Claw hammer"], "the description counts");
    assert_eq!(find("hand-saw"), ["Hand saw"], "a SKU in any case");
    for odd in ["", "   ", "'", "\"", "hammer'); DROP", "& | ! ( )", ":*", "<b>", "%", "🔨", "a\u{0}b", &"x".repeat(3000)] {
        assert!(find(odd).len() <= 2, "{odd}");
    }
}

#[test]
fn a_search_without_result_says_what_to_try_and_keeps_the_words() {
    let shop = Shop::open();
    shop.product("Claw hammer").category(&["Hand tools"]).put_up();
    let mut annie = shop.shopper();
    let page = annie.visits("/search?q=spirit+%3Cb%3Elevel");
    assert_eq!(page.status, 200);
    page.must_say("Nothing for “spirit <b>level”").must_say("Try a shorter or plainer word");
    assert_eq!(page.attribute("#again", "value").as_deref(), Some("spirit <b>level"));
    assert!(page.title().contains("Nothing found"));
    annie.browser.follow("Hand tools").must_say("Claw hammer");
}

#[test]
fn many_results_come_in_pages_too() {
    let shop = Shop::open();
    with_many(&shop, 26);
    let mut annie = shop.shopper();
    annie.visits("/search?q=bolt").must_say("1–24 of 26 products");
    let page = annie.browser.follow("Next");
    assert_eq!(tiles(page).len(), 2);
    assert!(page.title().contains("page 2") && page.title().contains("bolt"), "{}", page.title());
}

#[test]
fn an_address_that_leads_nowhere_offers_a_search_and_a_way_back() {
    let shop = Shop::open();
    shop.product("Claw hammer").put_up();
    let mut annie = shop.shopper();
    for path in ["/nowhere", "/products/nothing", "/pages/nothing", "/orders/ABCD-1234"] {
        let page = annie.visits(path);
        assert_eq!(page.status, 404, "{path}");
        page.must_say("Page not found").link("Go to the front page");
        assert!(page.has("main form[action='/search']"));
    }
    annie.browser.submit("Search", &[("q", "claw")]).must_say("Claw hammer");
}
