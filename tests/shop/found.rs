//! What search engines and feed readers are told of the shop.

use std::io::Read;

use flate2::read::GzDecoder;
use serde_json::Value;

use crate::harness::{Page, Shop};

fn things(page: &Page) -> Vec<Value> {
    page.texts_of("script[type='application/ld+json']").iter().map(|text| serde_json::from_str(text).unwrap()).collect()
}

fn thing(page: &Page, of_type: &str) -> Value {
    things(page).into_iter().find(|thing| thing["@type"] == of_type).unwrap_or_else(|| panic!("no {of_type} in {:?}", things(page)))
}

fn unpacked(shop: &Shop, path: &str) -> String {
    let answer = reqwest::blocking::get(format!("{}{path}", shop.url)).unwrap();
    assert_eq!(answer.status(), 200, "{path}");
    let mut text = String::new();
    GzDecoder::new(&*answer.bytes().unwrap()).read_to_string(&mut text).unwrap();
    text
}

#[test]
fn a_product_says_what_it_is_what_it_costs_and_whether_it_is_there() {
    let shop = Shop::open();
    shop.product("Claw </script> hammer").price("24.95").stock(3).category(&["Hand tools", "Hammers"]).put_up();
    let mut annie = shop.shopper();
    let slug = shop.first("SELECT slug FROM products");
    let page = annie.visits(&format!("/products/{slug}?image=0"));
    let product = thing(page, "Product");
    assert_eq!(product["name"], "Claw </script> hammer");
    assert_eq!((&product["offers"]["price"], &product["offers"]["priceCurrency"]), (&"24.95".into(), &"GBP".into()));
    assert_eq!(product["offers"]["availability"], "https://schema.org/LimitedAvailability");
    let canonical = format!("{}/products/{slug}", shop.url);
    assert_eq!(page.attribute("link[rel=canonical]", "href").as_deref(), Some(canonical.as_str()), "whatever was chosen");
    assert_eq!(page.attribute("meta[property='og:url']", "content").as_deref(), Some(canonical.as_str()));
    assert_eq!(page.attribute("link[hreflang='x-default']", "href").as_deref(), Some(canonical.as_str()));
    let steps = thing(page, "BreadcrumbList")["itemListElement"].as_array().unwrap().clone();
    assert_eq!(
        steps.iter().map(|step| step["name"].as_str().unwrap()).collect::<Vec<_>>(),
        ["Home", "Hand tools", "Hammers", "Claw </script> hammer"]
    );
    shop.meddle("UPDATE stock SET on_hand = 0");
    assert_eq!(thing(annie.visits(&format!("/products/{slug}")), "Product")["offers"]["availability"], "https://schema.org/OutOfStock");
}

#[test]
fn the_front_page_says_who_sells_here() {
    let shop = Shop::open();
    let mut annie = shop.shopper();
    let page = annie.visits("/");
    assert_eq!(thing(page, "Organization")["url"], format!("{}/", shop.url));
    assert!(thing(page, "WebSite")["potentialAction"]["target"].as_str().unwrap().contains("/search?q={search_term_string}"));
    assert!(page.has("link[type='application/rss+xml']"));
}

#[test]
fn a_category_s_pages_are_one_each_however_they_are_sorted() {
    let shop = Shop::open();
    for at in 1..=30 {
        shop.product(&format!("Bolt {at:02}")).category(&["Bolts"]).put_up();
    }
    let mut annie = shop.shopper();
    let canonical = |page: &Page| page.attribute("link[rel=canonical]", "href").unwrap().replace(&shop.url, "");
    assert_eq!(canonical(annie.visits("/categories/bolts?sort=cheapest")), "/categories/bolts");
    assert_eq!(canonical(annie.visits("/categories/bolts?page=2")), "/categories/bolts?page=2");
}

#[test]
fn sitemaps_name_all_that_can_be_found_and_nothing_else() {
    let shop = Shop::open();
    shop.product("Claw hammer").category(&["Hand tools", "Hammers"]).put_up();
    shop.product("Secret saw").category(&["Hand tools"]).put_up();
    shop.meddle("UPDATE products SET status = 'draft' WHERE slug = 'secret-saw'");
    shop.meddle("INSERT INTO collections (slug, title, shown) VALUES ('presents', 'Presents', true), ('secret-list', 'Secret', false)");
    // Far from the others, as after many years.
    shop.meddle(
        "INSERT INTO products (id, slug, title, status) OVERRIDING SYSTEM VALUE VALUES (90001, 'far-away', 'Far away', 'active');
         INSERT INTO variants (product_id, sku, price) VALUES (90001, 'FAR', 100)",
    );
    let mut robot = shop.browser();
    let robots = robot.get("/robots.txt").body.clone();
    assert!(robots.contains(&format!("Sitemap: {}/sitemap.xml", shop.url)) && robots.contains("Disallow: /cart"));
    let index = robot.get("/sitemap.xml").body.clone();
    let listed: Vec<&str> = index.split("<loc>").skip(1).map(|rest| rest.split_once("</loc>").unwrap().0).collect();
    assert_eq!(listed.len(), 6, "{listed:?}");
    let all: String = listed.iter().map(|url| unpacked(&shop, url.strip_prefix(&shop.url).unwrap())).collect();
    for path in ["/products/claw-hammer", "/products/far-away", "/categories/hammers", "/collections/presents", "/pages/delivery"] {
        assert!(all.contains(&format!("<loc>{}{path}</loc>", shop.url)), "{path}");
    }
    assert!(!all.contains("secret-"));
    assert_eq!(robot.get("/sitemaps/products-x.xml.gz").status, 404);
}

#[test]
fn the_feed_tells_what_is_new_the_newest_first() {
    let shop = Shop::open();
    shop.product("Claw hammer").category(&["Hammers"]).put_up();
    shop.product("Nuts & bolts").category(&["Bolts"]).put_up();
    let feed = reqwest::blocking::get(format!("{}/feed.xml", shop.url)).unwrap();
    assert!(feed.headers()["content-type"].to_str().unwrap().starts_with("application/rss+xml"));
    let feed = feed.text().unwrap();
    let (nuts, hammer) = (feed.find("Nuts &#38; bolts").unwrap(), feed.find("Claw hammer").unwrap());
    assert!(nuts < hammer, "{feed}");
}
