//! Orders that wait are placed together: in one transaction, as if each were alone.

use std::{sync::mpsc, thread, time::Duration};

use diesel::{RunQueryDsl, sql_query};
use ironmonger::{
    catalog,
    inventory::{self, Cause},
};

use crate::harness::{Page, Shop, Shopper, at_once};

const PRESS: (&str, &[(&str, &str)]) = ("Place the order", &[("gateway", "manual")]);

/// Somebody with one of each of these in the cart, before the button that places the order.
fn ready(shop: &Shop, name: &str, products: &[&str]) -> Shopper {
    let mut shopper = shop.shopper();
    shopper.email = format!("{name}@example.com");
    for product in products {
        shopper.adds_to_cart(product, 1);
    }
    shopper.reaches_payment();
    shopper
}

/// All press the button while another order, of the article called `Plug`, is being placed and can't go on. So they wait together.
fn press_together(shop: &Shop, buyers: &[&Shopper]) -> Vec<Page> {
    let plug = shop.product("Plug").put_up();
    let first = ready(shop, "first", &[&plug]).browser.prepare(PRESS.0, PRESS.1);
    let others: Vec<_> = buyers.iter().map(|buyer| buyer.browser.prepare(PRESS.0, PRESS.1)).collect();
    let (locked, is_locked) = mpsc::channel();
    let (let_go, may_go) = mpsc::channel::<()>();
    thread::scope(|scope| {
        scope.spawn(|| {
            shop.write(move |conn| {
                sql_query("SELECT FROM stock WHERE variant_id = (SELECT id FROM variants WHERE sku = 'PLUG') FOR UPDATE").execute(conn)?;
                locked.send(()).unwrap();
                may_go.recv().unwrap();
                Ok(())
            })
        });
        is_locked.recv().unwrap();
        let first = scope.spawn(|| at_once(vec![first]));
        let waits = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
        while shop.count(waits) == 0 {
            thread::sleep(Duration::from_millis(20));
        }
        let others = scope.spawn(|| at_once(others));
        thread::sleep(Duration::from_millis(700));
        let_go.send(()).unwrap();
        assert!(first.join().unwrap().iter().all(is_confirmation));
        others.join().unwrap()
    })
}

fn is_confirmation(page: &Page) -> bool {
    page.url.path().ends_with("/confirmation")
}

/// In how many transactions the buyers' orders were written.
fn transactions(shop: &Shop) -> i64 {
    shop.count("SELECT count(DISTINCT xmin::text) FROM orders WHERE email <> 'first@example.com'")
}

fn orders(shop: &Shop) -> i64 {
    shop.count("SELECT count(*) FROM orders WHERE email <> 'first@example.com'")
}

fn books_agree(shop: &Shop) {
    let report = shop.examination();
    assert!(report.is_clean() && report.unread.is_empty(), "{report}");
    assert_eq!(shop.count("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"), 0, "deadlocks");
}

#[test]
fn orders_that_wait_share_a_transaction_and_each_gets_its_own() {
    let shop = Shop::open();
    let hammer = shop.product("Claw hammer").price("24.95").put_up();
    let saw = shop.product("Hand saw").price("12.00").put_up();
    let mut member = shop.shopper();
    member.email = "member@example.com".to_owned();
    member.signs_up();
    member.adds_to_cart(&saw, 1);
    member.reaches_payment();
    let buyers = [ready(&shop, "one", &[&hammer]), ready(&shop, "two", &[&saw, &hammer]), ready(&shop, "three", &[&hammer, &saw]), member];
    let pages = press_together(&shop, &buyers.iter().collect::<Vec<_>>());
    assert!(pages.iter().all(is_confirmation));
    assert_eq!((orders(&shop), transactions(&shop)), (4, 1));
    assert_eq!((shop.stock("CLAW-HAMMER"), shop.stock("HAND-SAW")), ((10, 3), (10, 3)));
    pages[0].must_say("Claw hammer").must_say("one@example.com");
    assert!(!pages[0].says("Hand saw"));
    pages[1].must_say("Claw hammer").must_say("Hand saw");
    let of = |email: &str, what: &str| shop.first(&format!("SELECT ({what})::text FROM orders o WHERE email = '{email}@example.com'"));
    assert_eq!(
        of("two", "SELECT string_agg(l.title, ', ' ORDER BY l.position) FROM order_lines l WHERE l.order_id = o.id"),
        "Hand saw, Claw hammer"
    );
    assert_eq!(of("one", "o.items_total"), "2495");
    assert_eq!(of("two", "o.items_total"), "3695");
    assert_eq!(of("member", "o.account_id IS NOT NULL"), "true");
    for each in ["one", "two", "three", "member"] {
        let parts = "SELECT concat_ws(' ', (SELECT count(*) FROM order_addresses a WHERE a.order_id = o.id),
            (SELECT count(*) FROM order_events e WHERE e.order_id = o.id AND e.kind = 'placed'),
            (SELECT count(*) FROM payment_attempts p WHERE p.order_id = o.id AND p.amount = o.total),
            (SELECT count(*) FROM jobs j WHERE j.kind = 'tell_placed' AND j.payload ->> 'order' = o.id::text),
            (SELECT count(*) FROM carts c WHERE c.id = o.cart_id AND c.ordered_at IS NOT NULL))";
        assert_eq!(of(each, parts), "2 1 1 1 1", "{each}");
    }
    shop.works();
    assert_eq!(shop.mails().iter().filter(|mail| mail.text.contains("one@example.com")).count(), 1);
    books_agree(&shop);
}

#[test]
fn a_gateway_s_orders_wait_for_their_payment_also_when_they_were_placed_together() {
    let shop = Shop::open();
    let hammer = shop.product("Claw hammer").put_up();
    let buyers = [ready(&shop, "one", &[&hammer]), ready(&shop, "two", &[&hammer])];
    let plain = ready(&shop, "three", &[&hammer]);
    let plug = shop.product("Bolt").put_up();
    let bystander = ready(&shop, "four", &[&plug]);
    let pages = {
        // Two go to the provider's page, the others pay by hand.
        let all: Vec<_> = buyers.iter().chain([&plain, &bystander]).collect();
        let requests = all
            .iter()
            .enumerate()
            .map(|(at, buyer)| buyer.browser.prepare(PRESS.0, &[("gateway", if at < 2 { "sandbox" } else { "manual" })]));
        at_once(requests.collect())
    };
    assert!(pages.iter().all(|page| page.status == 200));
    assert_eq!(orders(&shop), 4);
    assert_eq!(shop.count("SELECT count(*) FROM orders WHERE pay_before > now() AND gateway = 'sandbox'"), 2);
    assert_eq!(shop.count("SELECT count(*) FROM orders WHERE pay_before IS NULL AND gateway = 'manual'"), 2);
    assert_eq!(shop.count("SELECT count(*) FROM jobs WHERE kind = 'expire_order' AND run_at > now() + interval '1 minute'"), 2);
    shop.pay_time_runs_out();
    assert_eq!(shop.count("SELECT count(*) FROM orders WHERE lifecycle = 'cancelled'"), 2);
    assert_eq!(shop.stock("CLAW-HAMMER"), (10, 1));
    books_agree(&shop);
}

#[test]
fn who_presses_twice_in_one_batch_gets_one_order() {
    let shop = Shop::open();
    let hammer = shop.product("Claw hammer").put_up();
    let (twice, other) = (ready(&shop, "twice", &[&hammer]), ready(&shop, "other", &[&hammer]));
    let pages = press_together(&shop, &[&twice, &other, &twice, &twice]);
    assert!(pages.iter().all(is_confirmation));
    assert_eq!((orders(&shop), transactions(&shop)), (2, 1));
    assert!(pages[0].url == pages[2].url && pages[0].url == pages[3].url && pages[0].url != pages[1].url);
    assert_eq!(shop.stock("CLAW-HAMMER"), (10, 2));
    books_agree(&shop);
}

#[test]
fn one_whose_price_changed_is_told_so_and_the_others_are_placed() {
    let shop = Shop::open();
    let (hammer, saw) = (shop.product("Claw hammer").put_up(), shop.product("Hand saw").put_up());
    let buyers = [ready(&shop, "one", &[&hammer]), ready(&shop, "surprised", &[&saw]), ready(&shop, "two", &[&hammer])];
    shop.meddle("UPDATE variants SET price = price + 100 WHERE sku = 'HAND-SAW'");
    let pages = press_together(&shop, &buyers.iter().collect::<Vec<_>>());
    assert!(is_confirmation(&pages[0]) && is_confirmation(&pages[2]));
    pages[1].must_say("The total has changed to");
    assert_eq!((orders(&shop), transactions(&shop)), (2, 1));
    assert_eq!(shop.stock("HAND-SAW"), (10, 0));
    books_agree(&shop);
}

#[test]
fn one_that_is_short_and_one_whose_price_changed_are_told_so_and_the_others_are_placed() {
    let shop = Shop::open();
    let hammer = shop.product("Claw hammer").stock(1).put_up();
    let (saw, nail) = (shop.product("Hand saw").put_up(), shop.product("Nail").put_up());
    let lucky = [ready(&shop, "one", &[&nail]), ready(&shop, "two", &[&nail, &saw])];
    let surprised = ready(&shop, "surprised", &[&saw]);
    let first = ready(&shop, "racer", &[&hammer]);
    shop.holds_run_out();
    let second = ready(&shop, "rival", &[&hammer]);
    shop.holds_run_out();
    shop.meddle("UPDATE variants SET price = price + 100 WHERE sku = 'HAND-SAW'");
    let pages = press_together(&shop, &[&lucky[0], &first, &lucky[1], &surprised, &second]);
    assert!(is_confirmation(&pages[0]));
    pages[2].must_say("The total has changed to");
    pages[3].must_say("The total has changed to");
    let served = usize::from(is_confirmation(&pages[1])) + usize::from(is_confirmation(&pages[4]));
    assert_eq!(served, 1, "one hammer, one buyer");
    let other = if is_confirmation(&pages[1]) { &pages[4] } else { &pages[1] };
    assert!(other.says("Claw hammer has just sold out.") || other.says("This has sold out since you chose it."), "{}", other.text());
    assert_eq!(orders(&shop), 2);
    assert_eq!((shop.stock("CLAW-HAMMER"), shop.stock("NAIL"), shop.stock("HAND-SAW")), ((1, 1), (10, 1), (10, 0)));
    books_agree(&shop);
}

#[test]
fn of_a_much_wanted_article_exactly_so_many_are_sold_as_there_are() {
    let shop = Shop::open();
    let hammer = shop.product("Claw hammer").stock(12).put_up();
    let buyers: Vec<Shopper> = (0..12).map(|at| ready(&shop, &format!("buyer{at}"), &[&hammer])).collect();
    shop.holds_run_out();
    shop.write(|conn| {
        let hammer = catalog::variant_by_sku(conn, "CLAW-HAMMER")?.expect("it is on the shelf");
        inventory::count(conn, hammer.id, 5, Cause::Adjusted, "test")
    });
    let pages = press_together(&shop, &buyers.iter().collect::<Vec<_>>());
    assert!(pages.iter().all(|page| page.status == 200));
    assert_eq!(pages.iter().filter(|page| is_confirmation(page)).count(), 5);
    assert!(pages.iter().all(|page| is_confirmation(page) || page.says("sold out")), "the others are told");
    assert_eq!((orders(&shop), shop.stock("CLAW-HAMMER")), (5, (5, 5)));
    books_agree(&shop);
}

#[test]
fn who_spends_a_gift_card_or_a_coupon_is_placed_alone_beside_the_others() {
    let shop = Shop::open();
    let hammer = shop.product("Claw hammer").put_up();
    let mut saver = ready(&shop, "saver", &[&hammer]);
    let plain = [ready(&shop, "one", &[&hammer]), ready(&shop, "two", &[&hammer])];
    shop.meddle("UPDATE carts SET coupons = '{NONE-SUCH}' WHERE id = (SELECT cart_id FROM checkouts WHERE email = 'saver@example.com')");
    saver.visits("/checkout/payment");
    let pages = press_together(&shop, &[&saver, &plain[0], &plain[1]]);
    assert!(pages.iter().all(is_confirmation));
    assert_eq!((orders(&shop), transactions(&shop)), (3, 2));
    books_agree(&shop);
}

/// A tenth off everything, by itself. `terms` are SQL: what else is set of it.
fn sale(shop: &Shop, terms: &str) {
    shop.meddle(
        "INSERT INTO promotions (name, label, currency, action, percent) VALUES ('Sale', 'Flash sale', 'GBP', 'order_percent', 10)",
    );
    shop.meddle(&format!("UPDATE promotions SET active = true{terms}"));
}

fn buyers(shop: &Shop, count: usize, product: &str) -> Vec<Shopper> {
    (0..count).map(|at| ready(shop, &format!("buyer{at}"), &[product])).collect()
}

#[test]
fn a_sale_for_whoever_comes_is_counted_for_all_who_are_placed_together() {
    let shop = Shop::open();
    sale(&shop, "");
    let (hammer, saw) = (shop.product("Claw hammer").price("24.95").put_up(), shop.product("Hand saw").price("12.00").put_up());
    let buyers = [ready(&shop, "one", &[&hammer]), ready(&shop, "two", &[&saw, &hammer]), ready(&shop, "three", &[&hammer])];
    let pages = press_together(&shop, &buyers.iter().collect::<Vec<_>>());
    assert!(pages.iter().all(is_confirmation));
    pages[0].must_say("Flash sale");
    assert_eq!((orders(&shop), transactions(&shop)), (3, 1));
    let discounts = "SELECT string_agg(discount_total::text, ' ' ORDER BY email) FROM orders WHERE email <> 'first@example.com'";
    assert_eq!(shop.first(discounts), "-250 -250 -370");
    let uses = "SELECT count(*) FROM promotion_uses u JOIN orders o ON o.id = u.order_id WHERE u.released_at IS NULL AND u.email = o.email";
    assert_eq!((shop.count(uses), shop.count("SELECT uses FROM promotions")), (4, 4), "who came first is counted, too");
    books_agree(&shop);
}

#[test]
fn while_a_sale_counts_under_a_limit_all_are_placed_alone_and_exactly_so_many_get_it() {
    let shop = Shop::open();
    sale(&shop, ", max_uses = 3");
    let hammer = shop.product("Claw hammer").price("24.95").put_up();
    let four = buyers(&shop, 4, &hammer);
    let pages = press_together(&shop, &four.iter().collect::<Vec<_>>());
    let (placed, told): (Vec<_>, Vec<_>) = pages.iter().partition(|page| is_confirmation(page));
    assert_eq!((placed.len(), told.len()), (2, 2), "the plug's buyer has one of the three");
    assert!(told.iter().all(|page| page.says("used up") || page.says("The total has changed to")), "{}", told[0].text());
    assert_eq!((orders(&shop), transactions(&shop)), (2, 2));
    assert_eq!(shop.count("SELECT uses FROM promotions"), 3);
    books_agree(&shop);
}

#[test]
fn while_a_sale_is_for_first_orders_or_so_often_for_each_all_are_placed_alone() {
    for terms in [", max_uses_each = 1", ""] {
        let shop = Shop::open();
        sale(&shop, terms);
        if terms.is_empty() {
            shop.meddle("INSERT INTO promotion_conditions (promotion_id, kind) SELECT id, 'first_order' FROM promotions");
        }
        let hammer = shop.product("Claw hammer").price("24.95").put_up();
        let three = buyers(&shop, 3, &hammer);
        let pages = press_together(&shop, &three.iter().collect::<Vec<_>>());
        assert!(pages.iter().all(is_confirmation), "{terms}");
        assert_eq!((orders(&shop), transactions(&shop)), (3, 3), "{terms}");
        assert_eq!(shop.count("SELECT uses FROM promotions"), 4, "{terms}");
        books_agree(&shop);
    }
}

#[test]
fn a_sale_that_ends_while_orders_wait_is_told_to_each() {
    let shop = Shop::open();
    sale(&shop, "");
    let hammer = shop.product("Claw hammer").price("24.95").put_up();
    let three = buyers(&shop, 3, &hammer);
    shop.meddle("UPDATE promotions SET active = false");
    let pages = press_together(&shop, &three.iter().collect::<Vec<_>>());
    assert!(pages.iter().all(|page| page.says("The total has changed to £")), "{}", pages[0].text());
    assert_eq!((orders(&shop), shop.count("SELECT count(*) FROM promotion_uses")), (0, 0));
    books_agree(&shop);
}
