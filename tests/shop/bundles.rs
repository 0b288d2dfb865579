//! Bundles: sold as one, and never more of them than their parts make, alone or together.

use std::{
    thread,
    time::{Duration, Instant},
};

use ironmonger::{
    inventory::{self, Cause},
    web::Role,
};

use crate::harness::{CARD, Shop, Shopper, Staff, at_once};

const PRESS: (&str, &[(&str, &str)]) = ("Place the order", &[("gateway", "manual")]);

fn variant(shop: &Shop, sku: &str) -> i64 {
    shop.count(&format!("SELECT id FROM variants WHERE sku = '{sku}'"))
}

/// Staff puts so many units of each of these into what has the SKU.
fn made_of(shop: &Shop, pat: &mut Staff, sku: &str, parts: &[(&str, &str)]) {
    pat.visits(&format!("/admin/variants/{}/parts", variant(shop, sku)));
    for (part, quantity) in parts {
        pat.browser.submit("Add the part", &[("sku", part), ("quantity", quantity)]).must_say("The bundle is saved");
    }
}

/// A kit of two hammers and one saw, with so many of each there; gives the addresses of kit, hammer and saw.
fn a_kit(shop: &Shop, hammers: i32, saws: i32) -> [String; 3] {
    let hammer = shop.product("Claw hammer").stock(hammers).weighs(600).put_up();
    let saw = shop.product("Hand saw").stock(saws).weighs(300).put_up();
    let kit = shop.product("Tool kit").price("30.00").stock(0).weighs(0).category(&["Kits"]).put_up();
    made_of(shop, &mut shop.staff(Role::Staff), "TOOL-KIT", &[("CLAW-HAMMER", "2"), ("HAND-SAW", "1")]);
    [kit, hammer, saw]
}

fn counts(shop: &Shop, sku: &str, on_hand: i32) {
    let id = ironmonger::base::VariantId(variant(shop, sku));
    shop.write(move |conn| inventory::count(conn, id, on_hand, Cause::Adjusted, "test"));
}

fn ready(shop: &Shop, at: usize, products: &[(&str, i32)]) -> Shopper {
    let mut shopper = shop.shopper();
    shopper.email = format!("buyer{at}@example.com");
    for (product, quantity) in products {
        shopper.adds_to_cart(product, *quantity);
    }
    shopper.reaches_payment();
    shopper
}

fn books_agree(shop: &Shop) {
    let report = shop.examination();
    assert!(report.is_clean() && report.unread.is_empty(), "{report}");
    assert_eq!(shop.count("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"), 0, "deadlocks");
    assert_eq!(shop.count("SELECT count(*) FROM stock WHERE is_bundle AND (on_hand, allocated, reserved) <> (0, 0, 0)"), 0);
}

fn units(shop: &Shop, title: &str) -> String {
    format!("units-{}", shop.count(&format!("SELECT id FROM order_lines WHERE title = '{title}'")))
}

#[test]
fn a_bundle_is_bought_packed_and_sent_in_its_parts() {
    let shop = Shop::open();
    let [kit, ..] = a_kit(&shop, 5, 9);
    let mut annie = shop.shopper();
    annie
        .visits(&kit)
        .must_say("What is in it")
        .must_say("2 × Claw hammer")
        .must_say("1 × Hand saw")
        .must_say("1.5 kg")
        .must_say("Only 2 left");
    annie.browser.submit("Add to cart", &[("quantity", "3")]).must_say("Only 2 of Tool kit are left");
    annie.adds_to_cart(&kit, 2);
    annie.visits("/cart").must_say("4 × Claw hammer").must_say("2 × Hand saw");
    let number = annie.buys();
    shop.works();
    assert_eq!(shop.count("SELECT weight_grams FROM order_lines"), 1500);
    assert_eq!((shop.stock("CLAW-HAMMER"), shop.stock("HAND-SAW")), ((5, 4), (9, 2)));
    assert_eq!(shop.count("SELECT count(*) FROM stock_movements m JOIN orders o ON o.id = m.order_id WHERE m.cause = 'allocated'"), 2);
    assert!(shop.mails().iter().any(|mail| mail.text.contains("with 4 × Claw hammer")));
    shop.shopper().visits(&kit).must_say("Sold out");
    books_agree(&shop);

    let mut owner = shop.owner();
    owner.opens_order(&number).must_say("4 × Claw hammer");
    let picks = owner.visits(&format!("/admin/orders/pick-list?order={number}")).text();
    assert!(picks.contains("CLAW-HAMMER") && picks.contains("HAND-SAW") && !picks.contains("TOOL-KIT"), "{picks}");
    owner.opens_order(&number);
    let field = units(&shop, "Tool kit");
    owner.browser.submit("Mark as shipped", &[(field.as_str(), "1")]);
    owner.browser.submit("Yes, it is shipped", &[]).must_say("Partly shipped").must_say("1 left to ship");
    assert_eq!((shop.stock("CLAW-HAMMER"), shop.stock("HAND-SAW")), ((3, 2), (8, 1)));
    owner.browser.follow("Packing slip").must_say("Tool kit").must_say("2 × Claw hammer, 1 × Hand saw");
    owner.ships(&number, "AB2");
    assert_eq!((shop.stock("CLAW-HAMMER"), shop.stock("HAND-SAW")), ((1, 0), (7, 0)));
    books_agree(&shop);
}

#[test]
fn what_an_order_took_comes_back_though_the_bundle_is_another_by_now() {
    let shop = Shop::open();
    let [kit, ..] = a_kit(&shop, 10, 10);
    shop.product("Wood glue").stock(10).put_up();
    let mut annie = shop.shopper();
    annie.adds_to_cart(&kit, 2);
    let cancelled = annie.buys();
    annie.adds_to_cart(&kit, 1);
    let shipped = annie.buys();
    let mut owner = shop.owner();
    made_of(&shop, &mut owner, "TOOL-KIT", &[("WOOD-GLUE", "3"), ("CLAW-HAMMER", "1")]);
    owner.browser.submit("Take out HAND-SAW", &[]).must_say("The part is taken out");
    assert_eq!(shop.stock("TOOL-KIT").0, 3, "ten of glue make three");
    owner.cancels(&cancelled, "");
    owner.opens_order(&shipped).must_say("2 × Claw hammer").must_say("1 × Hand saw");
    owner.ships(&shipped, "AB1");
    assert_eq!((shop.stock("CLAW-HAMMER"), shop.stock("HAND-SAW"), shop.stock("WOOD-GLUE")), ((8, 0), (9, 0), (10, 0)));
    books_agree(&shop);

    owner.opens_order(&shipped);
    owner.browser.follow("Open a return");
    owner.browser.submit("Open the return", &[("quantity", "1"), ("reason", "damaged")]);
    let rma = shop.first("SELECT number FROM returns");
    owner.visits(&format!("/admin/returns/{rma}"));
    owner.browser.submit("Note what came back", &[("restocked", "1"), ("scrapped", "0")]);
    owner.browser.submit("Yes, note it", &[]);
    assert_eq!((shop.stock("CLAW-HAMMER"), shop.stock("HAND-SAW"), shop.stock("WOOD-GLUE")), ((10, 0), (10, 0), (10, 0)));
    books_agree(&shop);
}

#[test]
fn part_and_bundle_in_one_cart_share_what_there_is() {
    let shop = Shop::open();
    let [kit, hammer, _] = a_kit(&shop, 5, 9);
    let mut annie = shop.shopper();
    annie.adds_to_cart(&kit, 2);
    annie.adds_to_cart(&hammer, 2);
    annie.goes_to_checkout();
    annie.gives_address(&[]);
    annie.chooses_delivery();
    assert_eq!(annie.page().url.path(), "/cart", "six hammers are wanted and five are here");
    annie.page().must_say("There is not enough of Claw hammer for all that you chose");
    assert_eq!(shop.count("SELECT COALESCE(sum(quantity), 0) FROM reservations"), 0);
    annie.visits("/cart");
    annie.browser.submit("Update Claw hammer", &[("quantity", "1")]);
    annie.visits("/checkout/review");
    annie.checks_the_order();
    annie.orders_by("sandbox");
    annie.pays_with(CARD);
    assert_eq!((shop.stock("CLAW-HAMMER"), shop.stock("HAND-SAW")), ((5, 5), (9, 2)));
    books_agree(&shop);
}

#[test]
fn the_last_parts_are_sold_once_whoever_races_for_them_alone_or_bundled() {
    let shop = Shop::open();
    let [kit, hammer, saw] = a_kit(&shop, 60, 60);
    let buyers: Vec<Shopper> = (0..18)
        .map(|at| match at % 3 {
            0 => ready(&shop, at, &[(&kit, 1)]),
            1 => ready(&shop, at, &[(&saw, 1), (&hammer, 1)]),
            _ => ready(&shop, at, &[(&hammer, 1), (&kit, 1)]),
        })
        .collect();
    shop.meddle("DELETE FROM reservations; UPDATE stock SET reserved = 0");
    counts(&shop, "CLAW-HAMMER", 11);
    counts(&shop, "HAND-SAW", 7);
    let pages = at_once(buyers.iter().map(|buyer| buyer.browser.prepare(PRESS.0, PRESS.1)).collect());
    let won = pages.iter().filter(|page| page.url.path().ends_with("/confirmation")).count();
    let orders = shop.count("SELECT count(*) FROM orders");
    assert_eq!(i64::try_from(won).unwrap(), orders);
    let (hammers, saws) = (shop.stock("CLAW-HAMMER").1, shop.stock("HAND-SAW").1);
    assert!(hammers <= 11 && saws <= 7 && orders > 0, "{hammers} hammers, {saws} saws");
    assert!(hammers >= 9 || saws == 7, "nobody was sent away while there was enough for everybody: {hammers} hammers, {saws} saws");
    books_agree(&shop);
    shop.meddle("UPDATE orders SET pay_before = now() - interval '1 minute'");
    let mut owner = shop.owner();
    for at in 1..=orders {
        let number = shop.first(&format!("SELECT number FROM orders ORDER BY id OFFSET {}", at - 1));
        owner.cancels(&number, "");
    }
    assert_eq!((shop.stock("CLAW-HAMMER"), shop.stock("HAND-SAW")), ((11, 0), (7, 0)), "all of it is back");
    books_agree(&shop);
}

#[test]
fn bundles_don_t_nest_and_hold_goods_only() {
    let shop = Shop::open();
    let [kit, ..] = a_kit(&shop, 5, 5);
    let (mut pat, _) = (shop.staff(Role::Staff), kit);
    shop.product("Great kit").stock(0).put_up();
    shop.product("Gift card").gift_card().put_up();
    let page = |sku: &str| format!("/admin/variants/{}/parts", variant(&shop, sku));
    let mut refuses = |of: &str, part: &str, words: &str| {
        pat.visits(&page(of));
        let answer = pat.browser.submit("Add the part", &[("sku", part), ("quantity", "2")]);
        assert_eq!(answer.status, 422, "{of} of {part}");
        answer.must_say(words);
        assert_eq!(answer.attribute("#sku", "value").as_deref(), Some(part), "what was typed stays");
    };
    refuses("GREAT-KIT", "TOOL-KIT", "Bundles can't be put into each other");
    refuses("GREAT-KIT", "GREAT-KIT", "can't be a part of itself");
    refuses("GREAT-KIT", "GIFT-CARD", "gift cards can't be bundled");
    refuses("GREAT-KIT", "NO-SUCH", "Nothing has the SKU");
    refuses("CLAW-HAMMER", "GREAT-KIT", "Bundles can't be put into each other");
    pat.visits(&page("GREAT-KIT"));
    assert_eq!(pat.browser.submit("Add the part", &[("sku", "HAND-SAW"), ("quantity", "0")]).status, 422);
    pat.visits(&format!("{}?q=hammer", page("GREAT-KIT"))).must_say("CLAW-HAMMER");
    pat.browser.submit("Add one CLAW-HAMMER", &[]).must_say("The bundle is saved");
    let tool_kit = variant(&shop, "TOOL-KIT");
    pat.visits(&format!("/admin/variants/{tool_kit}/stock")).must_say("It is a bundle");
    assert!(!pat.visits("/admin/stock").says("TOOL-KIT"), "it has no stock to list");
    pat.visits("/admin/receipts/new");
    let answer = pat.browser.submit("Book", &[("sku", "TOOL-KIT"), ("quantity", "3")]);
    assert!(answer.status == 422 && answer.says("is a bundle"));
    books_agree(&shop);
}

#[test]
fn a_bundle_s_own_limit_holds_in_an_edit_as_well() {
    let shop = Shop::open();
    let [kit, ..] = a_kit(&shop, 20, 20);
    let mut annie = shop.shopper();
    annie.adds_to_cart(&kit, 1);
    let number = annie.buys();
    let mut owner = shop.owner();
    let limit = |most: &str| shop.meddle(&format!("UPDATE stock SET most_per_order = {most} WHERE is_bundle"));
    let mut asks_for_four = || {
        owner.visits(&format!("/admin/orders/{number}/edit"));
        let field = owner.page().attribute("input[name^=quantity-]", "name").unwrap();
        owner.browser.submit("See the new total", &[(field.as_str(), "4")]);
        owner.page().says("An order can have 2 more of Tool kit at most")
    };
    limit("2");
    assert!(asks_for_four(), "the preview knows");
    limit("NULL");
    assert!(!asks_for_four());
    let change = owner.browser.prepare("Yes, change the order", &[]);
    limit("2");
    assert_eq!(owner.browser.sends(change).status, 422);
    owner.page().must_say("An order can have 2 more of Tool kit at most");
    assert_eq!((shop.stock("CLAW-HAMMER"), shop.stock("HAND-SAW")), ((20, 2), (20, 1)));
    books_agree(&shop);
}

#[test]
fn what_can_be_shipped_goes_by_what_the_order_took() {
    let shop = Shop::open();
    let [kit, ..] = a_kit(&shop, 4, 9);
    shop.product("Wood glue").stock(0).put_up();
    let mut annie = shop.shopper();
    annie.adds_to_cart(&kit, 2);
    let number = annie.buys();
    shop.works();
    let mut owner = shop.owner();
    made_of(&shop, &mut owner, "TOOL-KIT", &[("WOOD-GLUE", "1")]);
    let field = format!("input[name={}]", units(&shop, "Tool kit"));
    let offered = |owner: &mut Staff| owner.opens_order(&number).attribute(&field, "value");
    assert_eq!(offered(&mut owner).as_deref(), Some("2"), "no glue is needed for it");
    shop.meddle("UPDATE stock SET backorder_limit = 9 WHERE NOT is_bundle");
    counts(&shop, "CLAW-HAMMER", 3);
    assert_eq!(offered(&mut owner).as_deref(), Some("1"), "three hammers are one kit");
}

#[test]
fn of_two_who_put_each_into_the_other_one_is_refused_and_none_waits_for_ever() {
    let shop = Shop::open();
    let [mut one, mut other] = [shop.staff(Role::Staff), shop.staff(Role::Owner)];
    for round in 0..6 {
        let skus = ["a", "b"].map(|letter| format!("kit-{letter}{round}").to_uppercase());
        for sku in &skus {
            shop.product(sku).stock(0).put_up_as(&sku.to_lowercase(), sku);
        }
        one.visits(&format!("/admin/variants/{}/parts", variant(&shop, &skus[0])));
        other.visits(&format!("/admin/variants/{}/parts", variant(&shop, &skus[1])));
        let add = |staff: &Staff, part: &str| staff.browser.prepare("Add the part", &[("sku", part), ("quantity", "1")]);
        let mut statuses: Vec<u16> = at_once(vec![add(&one, &skus[1]), add(&other, &skus[0])]).iter().map(|page| page.status).collect();
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 422]);
    }
    books_agree(&shop);
}

/// Looks until it is so, and tells whether that took less than a second.
fn soon(mut look: impl FnMut() -> bool) -> bool {
    let began = Instant::now();
    while !look() {
        if began.elapsed() > Duration::from_secs(3) {
            return false;
        }
        thread::sleep(Duration::from_millis(10));
    }
    began.elapsed() < Duration::from_secs(1)
}

#[test]
fn kept_pages_follow_the_parts_and_nothing_else() {
    let shop = Shop::open();
    let [kit, hammer, _] = a_kit(&shop, 500, 500);
    let plainly = |path: &str| {
        reqwest::blocking::Client::builder().no_proxy().build().unwrap().get(format!("{}{path}", shop.url)).send().unwrap().text().unwrap()
    };
    assert!(plainly(&kit).contains("In stock") && plainly("/categories/kits").contains("Tool kit"));
    counts(&shop, "CLAW-HAMMER", 5);
    assert!(soon(|| plainly(&kit).contains("Only 2 left")));
    counts(&shop, "HAND-SAW", 1);
    assert!(soon(|| plainly(&kit).contains("Only 1 left")));
    shop.meddle("UPDATE variants SET archived_at = now() WHERE sku = 'HAND-SAW'");
    assert!(soon(|| plainly(&kit).contains("Sold out")));
    assert!(soon(|| plainly("/categories/kits").contains("Sold out")));
    shop.meddle(
        "UPDATE variants SET archived_at = NULL WHERE sku = 'HAND-SAW'; UPDATE products SET title = 'Rip saw' WHERE title = 'Hand saw'",
    );
    assert!(soon(|| plainly(&kit).contains("1 × Rip saw") && !plainly(&kit).contains("Sold out")));
    let told = || {
        shop.count(
            "SELECT count(*) FROM search_changes WHERE kind = 'product' AND subject = (SELECT id FROM products WHERE title = 'Tool kit')",
        )
    };
    let before = told();
    counts(&shop, "CLAW-HAMMER", 1);
    assert!(told() > before, "the search learns that the kit is sold out");
    assert!(plainly(&hammer).contains("Only 1 left"));
}
