//! Counting stock by hand, and the ledger that explains it.

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
