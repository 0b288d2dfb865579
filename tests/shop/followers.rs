//! What follows what is written: it comes to an end, and is in nobody's way.

use std::{sync::mpsc, thread, time::Duration};

use diesel::connection::SimpleConnection;
use ironmonger::catalog::{Seen, follow};

use crate::harness::Shop;

/// Steps until nothing is left to follow; so many at most.
fn steps(shop: &Shop, seen: &mut Seen, most: usize) -> usize {
    let mut conn = shop.db.own().unwrap();
    (0..most).take_while(|_| follow(&mut conn, seen).unwrap()).count()
}

fn collections_of_cheap_things(shop: &Shop, count: usize) {
    shop.meddle(&format!(
        "INSERT INTO collections (slug, title, shown, asked_to) SELECT 'c' || i, 'C' || i, true, 0 FROM generate_series(1, {count}) i;
         INSERT INTO collection_rules (collection_id, position, subject, high) SELECT id, 1, 'price', 1999 FROM collections"
    ));
}

#[test]
fn a_change_of_everything_is_followed_by_every_collection_and_then_there_is_rest() {
    let shop = Shop::open();
    shop.product("Nail").price("2.00").put_up();
    collections_of_cheap_things(&shop, 2);
    let mut seen = Seen::default();
    assert!(steps(&shop, &mut seen, 100) < 100);
    shop.meddle("DELETE FROM collection_members; DELETE FROM search_changes");
    // As another currency, or an emptied table, tells it.
    shop.meddle("SELECT search_touch('all', ARRAY[0])");
    assert!(steps(&shop, &mut seen, 100) < 100, "it never ends");
    assert_eq!(shop.count("SELECT count(*) FROM collections WHERE asked_to IS NOT NULL"), 0);
    assert_eq!(shop.count("SELECT count(*) FROM collection_members"), 2, "the nail is in both again");
    assert_eq!(steps(&shop, &mut seen, 100), 0, "nothing is left to do");
    // So it is for another server, which has seen nothing of it.
    assert!(steps(&shop, &mut Seen::default(), 100) < 100);
}

#[test]
fn what_comes_into_a_collection_and_what_leaves_it_is_locked_in_one_order() {
    let shop = Shop::open();
    shop.product("Comes").price("30.00").put_up();
    shop.product("Leaves").price("10.00").put_up();
    collections_of_cheap_things(&shop, 1);
    let mut seen = Seen::default();
    steps(&shop, &mut seen, 100);
    assert_eq!(shop.count("SELECT count(*) FROM collection_members"), 1);
    shop.meddle("UPDATE variants SET price = CASE sku WHEN 'COMES' THEN 1000 ELSE 3000 END");
    let (locked, is_locked) = mpsc::channel();
    thread::scope(|scope| {
        scope.spawn(|| {
            let mut conn = shop.db.own().unwrap();
            conn.batch_execute("BEGIN; SELECT FROM products WHERE slug = 'comes' FOR UPDATE").unwrap();
            locked.send(()).unwrap();
            let waits = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
            while shop.count(waits) == 0 {
                thread::sleep(Duration::from_millis(20));
            }
            conn.batch_execute("SELECT FROM products WHERE slug = 'leaves' FOR UPDATE; COMMIT").unwrap();
        });
        is_locked.recv().unwrap();
        steps(&shop, &mut seen, 100);
    });
    assert_eq!(shop.first("SELECT p.slug FROM collection_members m JOIN products p ON p.id = m.product_id"), "comes");
    assert_eq!(shop.count("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"), 0);
}

#[test]
fn what_is_bought_together_is_counted_by_fewer_orders_where_many_take_too_long() {
    let shop = Shop::open();
    shop.product("Hammer").put_up();
    shop.product("Nail").put_up();
    shop.meddle(
        "INSERT INTO orders (number, token, cart_id, email, currency, payment_state, items_total, delivery_total, tax_total, total, delivery_method, gateway)
            SELECT 'A' || i, 'A' || i, gen_random_uuid(), 'a@example.com', 'GBP', 'paid', 0, 0, 0, 0, 'Post', 'manual' FROM generate_series(1, 300) i;
         INSERT INTO order_lines (order_id, position, variant_id, title, options, sku, unit_price, quantity, total, weight_grams)
            SELECT o.id, v.id, v.id, '', '', v.sku, 0, 1, 0, 0 FROM orders o, variants v;
         CREATE FUNCTION takes_long() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
            IF (SELECT count(*) FROM changed) > 40 THEN
                RAISE EXCEPTION 'canceling statement due to statement timeout' USING ERRCODE = '57014';
            END IF;
            RETURN NULL;
         END $$;
         CREATE TRIGGER takes_long AFTER INSERT ON together_orders REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION takes_long()",
    );
    shop.block_on(shop.wired.worker().schedule()).unwrap();
    shop.meddle("UPDATE jobs SET run_at = now() - interval '1 second' WHERE kind = 'count_together'");
    shop.works();
    assert_eq!(shop.count("SELECT count(*) FROM together_orders"), 300);
    assert_eq!(shop.count("SELECT orders FROM together_pairs LIMIT 1"), 300);
    assert_eq!(shop.count("SELECT count(*) FROM bought_together"), 2);
}
