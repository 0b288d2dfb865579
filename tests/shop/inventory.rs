//! Counting stock by hand, and the ledger that explains it.

use diesel::{Connection, PgConnection, connection::SimpleConnection};
use ironmonger::{
    base::{CartId, Conn, Error, LocationId, OrderId, Result, VariantId},
    inventory::{self, Cause, Item, Policy, Shortage},
    web::Role,
};

use crate::harness::{Shop, UNTICKED};

#[test]
fn a_count_is_written_down_with_who_counted() {
    let shop = Shop::open();
    let hammer = shop.product("Claw hammer").stock(10).put_up();
    let mut annie = shop.shopper();
    annie.adds_to_cart(&hammer, 2);
    let number = annie.buys();
    let mut owner = shop.owner();
    owner.visits("/admin/products");
    owner.browser.follow("Claw hammer");
    owner.browser.follow("Stock of CLAW-HAMMER");
    owner.browser.submit("Save stock", &[("on_hand", "25")]).must_say("The stock is saved");
    assert_eq!(shop.stock("CLAW-HAMMER"), (25, 2));
    let stock_page = owner.page().url.path().to_owned();
    owner.ships(&number, "");

    let rows = {
        owner.visits(&stock_page);
        owner.page().texts_of("table tbody tr")
    };
    assert_eq!(rows.len(), 4, "{rows:?}");
    for (row, words) in rows.iter().zip([["Shipped", "−2"], ["Pat Pike", "+15"], ["Ordered", "+2"], ["Counted", "+10"]]) {
        assert!(words.iter().all(|word| row.contains(word)), "{row} tells not of {words:?}");
    }
    assert_eq!(shop.count("SELECT sum(on_hand) FROM stock_movements"), 23, "the ledger adds up to the stock");
}

#[test]
fn a_count_below_what_belongs_to_orders_is_refused_with_the_reason() {
    let shop = Shop::open();
    let hammer = shop.product("Claw hammer").stock(10).put_up();
    let mut annie = shop.shopper();
    annie.adds_to_cart(&hammer, 3);
    annie.reaches_payment();
    annie.orders_by("manual");
    let mut owner = shop.owner();
    owner.visits(&format!("/admin/variants/{}/stock", shop.count("SELECT id FROM variants")));
    for (typed, said) in [("2", "3 belong to orders"), ("-1", "Enter the number"), ("many", "Enter the number"), ("", "Enter the number")] {
        let page = owner.browser.submit("Save stock", &[("on_hand", typed)]);
        assert_eq!(page.status, 422, "{typed}");
        assert!(page.text_of("#on_hand-error").contains(said), "{}", page.text());
        assert_eq!(page.attribute("#on_hand", "value").as_deref(), Some(typed));
    }
    assert_eq!(shop.stock("CLAW-HAMMER"), (10, 3));
}

#[test]
fn what_is_sold_without_counting_never_runs_out() {
    let shop = Shop::open();
    let nails = shop.product("Nails by weight").stock(1).put_up();
    let mut owner = shop.owner();
    owner.visits(&format!("/admin/variants/{}/stock", shop.count("SELECT id FROM variants")));
    owner.browser.submit("Save stock", &[("untracked", "on")]).must_say("Not counted");
    let mut annie = shop.shopper();
    annie.adds_to_cart(&nails, 50);
    let number = annie.buys();
    owner.ships(&number, "").must_say("Completed");
    annie.visits(&nails).must_say("In stock");
    owner.visits(&format!("/admin/variants/{}/stock", shop.count("SELECT id FROM variants")));
    owner.browser.submit("Save stock", &[("on_hand", "7"), ("untracked", UNTICKED)]);
    assert_eq!(shop.stock("NAILS-BY-WEIGHT"), (7, 0));
    assert_eq!(shop.count("SELECT sum(on_hand) FROM stock_movements"), 7, "the ledger adds up to the stock");
}

#[test]
fn counting_while_people_buy_never_loses_an_order() {
    let shop = Shop::open();
    let hammer = shop.product("Claw hammer").stock(10).put_up();
    let mut owner = shop.owner();
    owner.visits(&format!("/admin/variants/{}/stock", shop.count("SELECT id FROM variants")));
    let mut requests = vec![];
    let mut shoppers = vec![];
    for at in 0..6 {
        let mut shopper = shop.shopper();
        shopper.adds_to_cart(&hammer, 1);
        shopper.reaches_payment();
        requests.push(shopper.browser.prepare("Place the order", &[("gateway", "manual")]));
        requests.push(owner.browser.prepare("Save stock", &[("on_hand", &(6 + at).to_string())]));
        shoppers.push(shopper);
    }
    assert!(crate::harness::at_once(requests).iter().all(|page| page.status < 500));
    let (on_hand, allocated) = shop.stock("CLAW-HAMMER");
    assert_eq!(i64::from(allocated), shop.count("SELECT count(*) FROM orders"));
    assert_eq!(i64::from(on_hand), shop.count("SELECT sum(on_hand) FROM stock_movements"));
    assert_eq!(i64::from(allocated), shop.count("SELECT sum(allocated) FROM stock_movements"));
}

fn items(items: &[(VariantId, i32)]) -> Vec<Item> {
    items.iter().map(|(variant, quantity)| Item { variant: *variant, quantity: *quantity }).collect()
}

fn variant(shop: &Shop, sku: &str) -> VariantId {
    VariantId(shop.count(&format!("SELECT id FROM variants WHERE sku = '{sku}'")))
}

/// An order without lines, for what only needs its id.
fn order(shop: &Shop) -> OrderId {
    let number = shop.count("SELECT count(*) FROM orders");
    shop.meddle(&format!(
        "INSERT INTO orders (number, token, cart_id, email, currency, items_total, delivery_total, tax_total, total, delivery_method, gateway)
         VALUES ('T-{number}', 't{number}', gen_random_uuid(), 'annie@example.com', 'GBP', 0, 0, 0, 0, 'Post', 'manual')"
    ));
    OrderId(shop.count("SELECT max(id) FROM orders"))
}

/// The books agree with one another.
fn adds_up(shop: &Shop) {
    let wrong = shop.read(|conn| inventory::disagreements(conn, 10));
    assert!(wrong.is_empty(), "ledger, holds and locations add up to the stock: {wrong:?}");
    let wrong = "SELECT count(*) FROM location_stock l WHERE l.on_hand <> (SELECT COALESCE(sum(m.on_hand), 0) FROM stock_movements m
        WHERE m.variant_id = l.variant_id AND m.location_id = l.location_id)";
    assert_eq!(shop.count(wrong), 0, "the ledger adds up to each location");
}

#[test]
fn what_is_held_is_not_for_others_until_it_is_over() {
    let shop = Shop::open();
    shop.product("Claw hammer").stock(3).put_up();
    let (hammer, annie, bob) = (variant(&shop, "CLAW-HAMMER"), CartId::new(), CartId::new());
    let hold = move |holder, quantity| shop_hold(holder, hammer, quantity);
    assert!(shop.write(hold(annie, 2)).is_ok());
    let short = shop.write(hold(bob, 2)).unwrap_err();
    assert_eq!((short[0].variant, short[0].available), (hammer, 1));
    let seen = shop.read(move |conn| Ok((inventory::stock_for(conn, Some(annie), &[hammer])?, inventory::stock_of(conn, &[hammer])?)));
    assert_eq!((seen.0[&hammer].available(), seen.1[&hammer].available()), (Some(3), Some(1)), "one's own hold is no obstacle");
    assert!(shop.write(hold(annie, 3)).is_ok(), "a hold can grow");
    assert!(shop.write(hold(annie, 1)).is_ok(), "and shrink");
    assert!(shop.write(hold(bob, 2)).is_ok());
    adds_up(&shop);
    shop.meddle("UPDATE reservations SET reserved_until = now() - interval '1 second'");
    assert_eq!(shop.read(move |conn| inventory::stock_of(conn, &[hammer]))[&hammer].available(), Some(3), "what is over counts as free");
    assert!(shop.write(hold(CartId::new(), 3)).is_ok(), "whoever finds too few gives back what is over");
    adds_up(&shop);
}

fn shop_hold(holder: CartId, variant: VariantId, quantity: i32) -> impl FnOnce(&mut Conn) -> Result<Result<(), Vec<Shortage>>> + Send {
    move |conn| Ok(inventory::reserve(conn, holder, &[Item { variant, quantity }], 15)?.map(|_| ()))
}

#[test]
fn an_order_takes_what_was_held_for_it_and_the_rest_from_what_is_free() {
    let shop = Shop::open();
    shop.product("Claw hammer").stock(5).put_up();
    shop.product("Nail").stock(5).put_up();
    let (hammer, nail, annie, order) = (variant(&shop, "CLAW-HAMMER"), variant(&shop, "NAIL"), CartId::new(), order(&shop));
    shop.write(move |conn| Ok(inventory::reserve(conn, annie, &items(&[(hammer, 2), (nail, 5)]), 15)?.is_ok()));
    shop.write(move |conn| Ok(inventory::reserve(conn, CartId::new(), &items(&[(hammer, 1)]), 15)?.is_ok()));
    let short = shop.write(move |conn| inventory::allocate(conn, order, Some(annie), &items(&[(nail, 5), (hammer, 5)])));
    assert_eq!(short.unwrap_err().iter().map(|short| (short.variant, short.available)).collect::<Vec<_>>(), [(hammer, 4)]);
    assert_eq!(shop.count("SELECT sum(allocated) FROM stock"), 0, "nothing of it is kept");
    assert!(shop.write(move |conn| inventory::allocate(conn, order, Some(annie), &items(&[(hammer, 4)]))).is_ok());
    assert_eq!(shop.stock("CLAW-HAMMER"), (5, 4));
    assert_eq!(shop.count("SELECT count(*) FROM reservations"), 1, "the other hold of hers is given back");
    adds_up(&shop);
}

#[test]
fn sold_beyond_stock_is_shipped_when_it_came_in() {
    let shop = Shop::open();
    shop.product("Claw hammer").stock(1).put_up();
    let (hammer, order) = (variant(&shop, "CLAW-HAMMER"), order(&shop));
    shop.write(move |conn| {
        inventory::set_policy(conn, hammer, &Policy { backorder_limit: 2, most_per_order: Some(3), ..Policy::default() })
    });
    let take = move |quantity| move |conn: &mut Conn| inventory::allocate(conn, order, None, &items(&[(hammer, quantity)]));
    let refused = shop.write(take(4)).unwrap_err();
    assert_eq!((refused[0].available, refused[0].is_limit), (3, false), "one there and two to come");
    assert!(shop.write(take(3)).is_ok());
    let ship = move |conn: &mut Conn| inventory::ship(conn, order, &items(&[(hammer, 3)]), None, "Pat");
    assert_eq!(shop.write(ship).unwrap_err()[0].available, 1);
    assert_eq!(shop.stock("CLAW-HAMMER"), (1, 3));
    shop.write(move |conn| inventory::count(conn, hammer, 4, Cause::Adjusted, "Pat"));
    assert!(shop.write(ship).is_ok());
    assert_eq!(shop.stock("CLAW-HAMMER"), (1, 0));
    adds_up(&shop);
}

#[test]
fn many_who_race_for_few_get_exactly_those_and_nobody_waits_in_a_circle() {
    let shop = Shop::open();
    shop.product("Claw hammer").stock(7).put_up();
    shop.product("Nail").stock(7).put_up();
    let (hammer, nail) = (variant(&shop, "CLAW-HAMMER"), variant(&shop, "NAIL"));
    let orders: Vec<_> = (0..32).map(|_| order(&shop)).collect();
    let won: usize = std::thread::scope(|scope| {
        let buyers: Vec<_> = (0..)
            .zip(&orders)
            .map(|(at, order)| {
                let (shop, order) = (&shop, *order);
                // Half of them want the same in the opposite order.
                let wanted = if at % 2 == 0 { items(&[(hammer, 1), (nail, 1)]) } else { items(&[(nail, 1), (hammer, 1)]) };
                scope.spawn(move || {
                    let (cart, held) = (CartId::new(), wanted.clone());
                    let reserved = at % 3 == 0 || shop.write(move |conn| Ok(inventory::reserve(conn, cart, &held, 15)?.is_ok()));
                    reserved && shop.write(move |conn| Ok(inventory::allocate(conn, order, Some(cart), &wanted)?.is_ok()))
                })
            })
            .collect();
        buyers.into_iter().map(|buyer| usize::from(buyer.join().unwrap())).sum()
    });
    assert_eq!(won, 7);
    assert_eq!((shop.stock("CLAW-HAMMER"), shop.stock("NAIL")), ((7, 7), (7, 7)));
    adds_up(&shop);
}

#[test]
fn one_shopper_in_many_tabs_holds_no_more_than_one_cart() {
    let shop = Shop::open();
    shop.product("Claw hammer").stock(20).put_up();
    shop.product("Nail").stock(20).put_up();
    let (hammer, nail, annie, order) = (variant(&shop, "CLAW-HAMMER"), variant(&shop, "NAIL"), CartId::new(), order(&shop));
    std::thread::scope(|scope| {
        for at in 0..24 {
            let shop = &shop;
            let cart = if at % 2 == 0 { items(&[(hammer, 2), (nail, 3)]) } else { items(&[(nail, 3), (hammer, 2)]) };
            scope.spawn(move || match at {
                7 => shop.write(move |conn| Ok(inventory::allocate(conn, order, Some(annie), &cart)?.is_ok())),
                11 => shop.write(move |conn| inventory::let_go(conn, annie).map(|()| true)),
                _ => shop.write(move |conn| Ok(inventory::reserve(conn, annie, &cart, 15)?.is_ok())),
            });
        }
    });
    assert_eq!((shop.stock("CLAW-HAMMER"), shop.stock("NAIL")), ((20, 2), (20, 3)));
    assert!(shop.count("SELECT COALESCE(sum(quantity), 0) FROM reservations") <= 5);
    adds_up(&shop);
}

#[test]
fn holds_end_by_themselves_and_by_hand() {
    let shop = Shop::open();
    shop.product("Claw hammer").stock(3).put_up();
    let (hammer, annie) = (variant(&shop, "CLAW-HAMMER"), CartId::new());
    assert!(shop.write(shop_hold(annie, hammer, 3)).is_ok());
    shop.write(move |conn| inventory::let_go(conn, annie));
    assert_eq!(shop.count("SELECT sum(reserved) FROM stock"), 0);
    assert!(shop.write(shop_hold(annie, hammer, 3)).is_ok());
    shop.meddle("UPDATE reservations SET reserved_until = now() - interval '1 second'");
    shop.block_on(shop.wired.worker().schedule()).unwrap();
    shop.jobs_become_due();
    shop.works_within(30);
    assert_eq!(shop.count("SELECT sum(reserved) + (SELECT count(*) FROM reservations) FROM stock"), 0);
}

#[test]
fn a_count_goes_before_holds_but_not_before_orders() {
    let shop = Shop::open();
    shop.product("Claw hammer").stock(5).put_up();
    let (hammer, order) = (variant(&shop, "CLAW-HAMMER"), order(&shop));
    assert!(shop.write(move |conn| inventory::allocate(conn, order, None, &items(&[(hammer, 2)]))).is_ok());
    assert!(shop.write(shop_hold(CartId::new(), hammer, 2)).is_ok());
    shop.write(move |conn| inventory::count(conn, hammer, 3, Cause::Adjusted, "Pat"));
    assert_eq!(shop.count("SELECT reserved FROM stock"), 0, "the hold had to give way");
    let refused = shop.block_on(shop.db.write(move |conn| inventory::count(conn, hammer, 1, Cause::Adjusted, "Pat")));
    assert!(refused.unwrap_err().to_string().contains("2 belong to orders"));
    adds_up(&shop);
}

#[test]
fn goods_come_in_by_a_receipt_once_however_often_it_is_sent() {
    let shop = Shop::open();
    shop.product("Claw hammer").stock(1).put_up();
    shop.product("Nail").stock(0).put_up();
    let mut pat = shop.staff(Role::Staff);
    pat.visits("/admin/stock");
    pat.browser.follow("Goods in").must_say("Nothing has come in yet");
    pat.browser.follow("Receive goods");
    let answers = [("supplier", "Calder Edge"), ("reference", "CE-4711"), ("sku", "claw-hammer"), ("pasted", "NAIL\t500\nCLAW-HAMMER 2\n")];
    let refused = pat.browser.submit("Book the goods in", &answers);
    assert_eq!(refused.status, 422);
    refused.must_say("Enter how many, such as 12");
    assert_eq!(refused.attribute("#sku-1", "value").as_deref(), Some("claw-hammer"), "nothing typed is lost");
    assert!(refused.text_of("#pasted").contains("NAIL"));
    let request = |browser: &crate::harness::Browser| browser.prepare("Book the goods in", &[("quantity", "10")]);
    let twice = vec![request(&pat.browser), request(&pat.browser)];
    let pages = crate::harness::at_once(twice);
    assert!(pages.iter().all(|page| page.status == 200 && page.url == pages[0].url), "both lead to the one receipt");
    pages[0].must_say("Calder Edge").must_say("CE-4711").must_say("Pat Pike").must_say("512");
    assert_eq!((shop.stock("CLAW-HAMMER"), shop.stock("NAIL")), ((13, 0), (500, 0)));
    pat.visits("/admin/receipts").must_say("Receipt 1").must_say("1 receipt");
    pat.visits(&format!("/admin/variants/{}/stock", variant(&shop, "NAIL"))).must_say("Received").must_say("Warehouse");
    adds_up(&shop);
}

#[test]
fn a_receipt_of_unknown_goods_books_nothing() {
    let shop = Shop::open();
    shop.product("Claw hammer").stock(1).put_up();
    let mut pat = shop.staff(Role::Staff);
    for (pasted, said) in
        [("CLAW-HAMMER 2\nSLEDGE 1", "Nothing has the SKU SLEDGE"), ("CLAW-HAMMER two", "Line 1"), ("", "Enter at least one SKU")]
    {
        pat.visits("/admin/receipts/new");
        let page = pat.browser.submit("Book the goods in", &[("pasted", pasted)]);
        assert_eq!(page.status, 422, "{pasted}");
        page.must_say(said);
    }
    assert_eq!((shop.stock("CLAW-HAMMER"), shop.count("SELECT count(*) FROM receipts")), ((1, 0), 0));
}

#[test]
fn a_stocktake_books_differences_and_keeps_what_was_sold_meanwhile() {
    let shop = Shop::open();
    let hammer = shop.product("Claw hammer").stock(10).category(&["Hand tools"]).put_up();
    shop.product("Nail").stock(50).category(&["Hand tools"]).put_up();
    shop.product("Rake").stock(5).category(&["Garden"]).put_up();
    let mut owner = shop.owner();
    owner.visits("/admin/stocktakes").must_say("Nothing has been counted through yet");
    let tools = shop.count("SELECT id FROM categories WHERE name = 'Hand tools'").to_string();
    owner.browser.submit("Start the stocktake", &[("category", &tools)]).must_say("0 of 2 counted").must_say("Hand tools at Warehouse");
    let url = owner.page().url.path().to_owned();
    owner.browser.follow("Count sheet").must_say("CLAW-HAMMER");
    owner.visits(&format!("{url}/differences")).must_say("Nothing is counted yet");

    owner.visits(&url);
    let fill = |owner: &mut crate::harness::Staff, hammer: &str, nail: &str| {
        let form = owner.page().form("Save the counts");
        let csrf = form.fields.iter().find(|(name, _)| name == "csrf").unwrap().1.clone();
        let (hammer_id, nail_id) = (variant(&shop, "CLAW-HAMMER").to_string(), variant(&shop, "NAIL").to_string());
        let fields = [
            ("csrf", csrf.as_str()),
            ("variant", &hammer_id),
            ("counted", hammer),
            ("variant", &nail_id),
            ("counted", nail),
            ("page", "1"),
        ];
        owner.browser.forge(&form.action, &fields);
    };
    fill(&mut owner, "many", "48");
    assert_eq!(owner.page().status, 422);
    owner.page().must_say("Enter a whole number");
    fill(&mut owner, "8", "");
    owner.page().must_say("1 count is saved").must_say("1 of 2 counted, 1 different");

    let mut annie = shop.shopper();
    annie.adds_to_cart(&hammer, 3);
    let number = annie.buys();
    owner.ships(&number, "");
    owner.visits(&url);
    // Saved again with one more count: the first one keeps its moment.
    fill(&mut owner, "8", "50");
    owner.browser.follow("Review and book").must_say("−2");
    owner.browser.submit("Book the differences", &[]).must_say("The differences are booked").must_say("Booked");
    assert_eq!(shop.stock("CLAW-HAMMER"), (5, 0), "ten, two missing, three sold since");
    assert_eq!(shop.stock("NAIL"), (50, 0));
    owner.visits(&format!("/admin/variants/{}/stock", variant(&shop, "CLAW-HAMMER"))).must_say("Stocktake");
    adds_up(&shop);
    owner.browser.forge(&format!("{url}/booking"), &[]);
    assert_eq!(shop.stock("CLAW-HAMMER"), (5, 0), "and only once");
}

#[test]
fn a_stocktake_that_orders_contradict_is_refused_with_the_reason_and_can_be_abandoned() {
    let shop = Shop::open();
    shop.product("Claw hammer").stock(4).put_up();
    let (hammer, order) = (variant(&shop, "CLAW-HAMMER"), order(&shop));
    assert!(shop.write(move |conn| inventory::allocate(conn, order, None, &items(&[(hammer, 3)]))).is_ok());
    let mut owner = shop.owner();
    owner.visits("/admin/stocktakes");
    owner.browser.submit("Start the stocktake", &[]);
    let url = owner.page().url.path().to_owned();
    owner.browser.submit("Save the counts", &[("counted", "2")]);
    owner.browser.follow("Review and book");
    let refused = owner.browser.submit("Book the differences", &[]);
    assert_eq!(refused.status, 422);
    refused.must_say("3 belong to orders, but only 2 would be on hand");
    assert_eq!(shop.stock("CLAW-HAMMER"), (4, 3));
    owner.visits("/admin/stocktakes");
    owner.browser.submit("Start the stocktake", &[]).must_say("being counted already");
    owner.visits(&url);
    owner.browser.follow("Abandon this stocktake");
    owner.browser.submit("Abandon it", &[]).must_say("Abandoned").must_say("Nothing was booked");
}

#[test]
fn a_count_on_a_stale_page_is_told_what_changed() {
    let shop = Shop::open();
    shop.product("Claw hammer").stock(10).put_up();
    let (hammer, order) = (variant(&shop, "CLAW-HAMMER"), order(&shop));
    assert!(shop.write(move |conn| inventory::allocate(conn, order, None, &items(&[(hammer, 2)]))).is_ok());
    let mut owner = shop.owner();
    owner.visits(&format!("/admin/variants/{hammer}/stock"));
    assert!(shop.write(move |conn| inventory::ship(conn, order, &items(&[(hammer, 2)]), None, "Pat")).is_ok());
    let page = owner.browser.submit("Save stock", &[("on_hand", "9")]);
    assert_eq!(page.status, 422);
    assert!(page.text_of("#on_hand-error").contains("Meanwhile 2 left: by the books 8 are on hand now, not 10"), "{}", page.text());
    assert_eq!((page.attribute("#on_hand", "value").as_deref(), shop.stock("CLAW-HAMMER")), (Some("9"), (8, 0)));
    owner.browser.submit("Save stock", &[("on_hand", "7")]).must_say("The stock is saved");
    assert_eq!(shop.stock("CLAW-HAMMER"), (7, 0));
    adds_up(&shop);
}

#[test]
fn goods_are_carried_between_locations_and_leave_from_where_they_are() {
    let shop = Shop::open();
    shop.product("Claw hammer").stock(10).put_up();
    let (hammer, order) = (variant(&shop, "CLAW-HAMMER"), order(&shop));
    let mut owner = shop.owner();
    owner.visits("/admin/transfers").must_say("nowhere to carry goods to");
    owner.visits("/admin/locations");
    owner.browser.follow("New location");
    assert_eq!(owner.browser.submit("Save location", &[("name", "warehouse")]).status, 422, "each has a name of its own");
    owner.browser.submit("Save location", &[("name", "Shop in Ludlow"), ("kind", "shop_floor")]).must_say("Shop floor");
    let floor = LocationId(shop.count("SELECT id FROM locations WHERE name = 'Shop in Ludlow'"));
    owner.visits("/admin/transfers/new");
    let refused = owner.browser.submit("Book the transfer", &[("to", &floor.to_string()), ("pasted", "CLAW-HAMMER 11")]);
    refused.must_say("By the books only 10 of these are there");
    owner.browser.submit("Book the transfer", &[("pasted", "CLAW-HAMMER 4")]).must_say("The transfer is booked").must_say("Shop in Ludlow");
    adds_up(&shop);
    owner.visits(&format!("/admin/stock?location={floor}")).must_say("CLAW-HAMMER").must_say("Warehouse, Shop in Ludlow");

    assert!(shop.write(move |conn| inventory::allocate(conn, order, None, &items(&[(hammer, 9)]))).is_ok());
    let there = shop.write(move |conn| inventory::ship(conn, order, &items(&[(hammer, 5)]), Some(floor), "Pat"));
    assert_eq!(there.unwrap_err()[0].available, 4);
    assert!(shop.write(move |conn| inventory::ship(conn, order, &items(&[(hammer, 9)]), None, "Pat")).is_ok());
    adds_up(&shop);
    assert_eq!(shop.count(&format!("SELECT on_hand FROM location_stock WHERE location_id = {floor}")), 1, "the default one goes first");
    owner.visits("/admin/locations");
    owner.browser.submit("Stop using Shop in Ludlow", &[]).must_say("1 units are still at");
    shop.write(move |conn| inventory::give_back(conn, order, &items(&[(hammer, 2)]), Some(floor), "Pat"));
    assert!(shop.write(move |conn| inventory::scrap(conn, &items(&[(hammer, 3)]), Some(floor), "Rust", "Pat")).is_ok());
    assert!(shop.write(move |conn| inventory::scrap(conn, &items(&[(hammer, 1)]), None, "Rust", "Pat")).is_err());
    owner.visits("/admin/locations");
    owner.browser.submit("Stop using Shop in Ludlow", &[]).must_say("Not used");
    adds_up(&shop);
}

#[test]
fn books_that_disagree_are_told() {
    let shop = Shop::open();
    shop.product("Claw hammer").stock(3).put_up();
    adds_up(&shop);
    shop.meddle("UPDATE stock SET on_hand = 4, reserved = 1");
    let told = shop.read(|conn| inventory::disagreements(conn, 10));
    assert_eq!((told[0].sku.as_str(), told[0].wrong.as_str()), ("CLAW-HAMMER", "on_hand (ledger), reserved"));
    assert_eq!(shop.count("SELECT on_hand FROM location_stock"), 4, "a hand at the database has its change put somewhere");
}

#[test]
fn the_list_of_stock_is_narrowed_by_level_and_words() {
    let shop = Shop::open();
    shop.product("Claw hammer").stock(50).put_up();
    shop.product("Ball pein hammer").stock(3).put_up();
    shop.product("Tenon saw").stock(0).put_up();
    shop.product("Chisel").stock(50).put_up();
    let chisel = variant(&shop, "CHISEL");
    shop.write(move |conn| inventory::set_policy(conn, chisel, &Policy { low_at: Some(60), ..Policy::default() }));
    let mut pat = shop.staff(Role::Staff);
    let mut skus = |query: &str| pat.visits(&format!("/admin/stock{query}")).texts_of("tbody th");
    assert_eq!(skus(""), ["BALL-PEIN-HAMMER", "CHISEL", "CLAW-HAMMER", "TENON-SAW"]);
    assert_eq!(skus("?level=low"), ["BALL-PEIN-HAMMER", "CHISEL"], "a variant's own threshold counts");
    assert_eq!(skus("?level=out"), ["TENON-SAW"]);
    assert_eq!(skus("?q=hammers"), ["BALL-PEIN-HAMMER", "CLAW-HAMMER"]);
    assert_eq!(skus("?q=ten"), ["TENON-SAW"], "the beginning of a SKU");
    assert_eq!(skus("?q=%25"), Vec::<String>::new());
    pat.visits("/admin/stock?level=low&q=saw").must_say("Nothing fits");
    pat.visits("/admin").must_say("CHISEL");
    assert_eq!(pat.visits("/admin/locations").status, 403, "locations are the owner's");
}

#[test]
fn the_shop_tells_when_what_is_not_there_will_ship() {
    let shop = Shop::open();
    let hammer = shop.product("Claw hammer").stock(0).put_up();
    let id = variant(&shop, "CLAW-HAMMER");
    let mut owner = shop.owner();
    let stock_page = format!("/admin/variants/{id}/stock");
    owner.visits(&stock_page);
    let refused = owner.browser.submit("Save how it is sold", &[("backorder_limit", "5"), ("preorder", "on")]);
    assert_eq!(refused.status, 422);
    refused.must_say("Say from which day it ships");
    let day = shop.first("SELECT current_date + 10");
    let words = shop.first("SELECT to_char(current_date + 10, 'FMDD FMMonth')");
    owner.browser.submit("Save how it is sold", &[("available_from", &day), ("preorder", UNTICKED), ("most_per_order", "2")]);
    owner.page().must_say("How it is sold is saved");
    let mut annie = shop.shopper();
    annie.visits(&hammer).must_say(&format!("Back-ordered, ships from {words}")).must_say("At most 2 in one order");
    annie.adds_to_cart(&hammer, 2);
    annie.buys();
    assert_eq!(shop.stock("CLAW-HAMMER"), (0, 2));
    owner.visits(&stock_page);
    let refused = owner.browser.submit("Save how it is sold", &[("backorder_limit", "1")]);
    refused.must_say("2 are sold beyond what is on hand already");
    owner.visits(&stock_page);
    owner.browser.submit("Save how it is sold", &[("preorder", "on")]);
    annie.visits(&hammer).must_say(&format!("Pre-order, ships from {words}"));
}

#[test]
fn what_is_written_swiftly_is_kept_or_not_like_any_other_write() {
    let shop = Shop::open();
    shop.product("Claw hammer").stock(3).put_up();
    let (hammer, order) = (variant(&shop, "CLAW-HAMMER"), order(&shop));
    let take = move |conn: &mut Conn| inventory::allocate(conn, order, None, &items(&[(hammer, 1)]));
    assert!(shop.block_on(shop.db.write_swiftly(take)).unwrap().is_ok());
    let failed = shop.block_on(shop.db.write_swiftly(move |conn| {
        take(conn)?.ok();
        Err::<(), _>(Error::NotFound)
    }));
    assert!(matches!(failed, Err(Error::NotFound)));
    let broken = shop.block_on(shop.db.write_swiftly(move |conn| {
        take(conn)?.ok();
        panic!("as a fault would");
        #[allow(unreachable_code)]
        Ok(())
    }));
    assert!(matches!(broken, Err(Error::Internal(_))));
    assert_eq!(shop.stock("CLAW-HAMMER"), (3, 1), "neither of the two that failed left a trace");
    let as_ever = "SELECT count(*) FROM pg_settings WHERE name = 'synchronous_commit' AND source = 'session'";
    assert_eq!(shop.count(as_ever), 0, "the connection goes on as it was");
}

#[test]
fn stock_that_comes_with_its_places_must_be_what_lies_there() {
    let shop = Shop::open();
    shop.product("Claw hammer").put_up();
    let mut conn = PgConnection::establish(&shop.database_url).unwrap();
    let mut writes = |placed: i32| {
        conn.batch_execute(&format!(
            "BEGIN; DELETE FROM stock; SET LOCAL ironmonger.places = 'given';
             WITH placed AS (
                INSERT INTO location_stock (variant_id, location_id, on_hand)
                SELECT v.id, l.id, {placed} FROM variants v, locations l WHERE l.is_default)
             INSERT INTO stock (variant_id, on_hand) SELECT id, 5 FROM variants;
             COMMIT"
        ))
        .map_err(|refused| conn.batch_execute("ROLLBACK").map_or_else(|fault| fault.to_string(), |()| refused.to_string()))
    };
    assert!(writes(4).unwrap_err().contains("do not add up"));
    assert_eq!(writes(5), Ok(()));
    assert_eq!(shop.stock("CLAW-HAMMER"), (5, 0));
}
