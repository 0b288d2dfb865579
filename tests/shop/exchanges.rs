//! Other goods in place of those that came back: an order of its own, paid with what the return is worth, and money that is right
//! on both orders whatever happens to them afterwards.

use ironmonger::{
    inventory::{self, Cause},
    promotions::{self, ActionKind, Chosen, Plan, Shape},
};

use crate::harness::{CARD, Shop, Shopper, Staff, at_once};

/// Three hammers at £10.00 are paid and shipped, and so many of them are here again. Gives the order's number and the return's.
fn came_back(shop: &Shop, annie: &mut Shopper, owner: &mut Staff, units: &str) -> (String, String) {
    let hammer = shop.product("Claw hammer").price("10.00").stock(10).put_up();
    shop.product("Saw").price("25.00").stock(5).put_up();
    shop.product("Nail").price("4.00").stock(50).put_up();
    annie.adds_to_cart(&hammer, 3);
    let number = annie.buys();
    shop.works_within(30);
    owner.ships(&number, "AB1");
    owner.opens_order(&number);
    owner.browser.follow("Open a return");
    owner.browser.submit("Open the return", &[("quantity", units), ("reason", "damaged"), ("wish", "exchange")]);
    owner.browser.submit("Note what came back", &[("restocked", units), ("scrapped", "0")]);
    owner.browser.submit("Yes, note it", &[]).must_say("Exchange it");
    (number, shop.first("SELECT number FROM returns ORDER BY id DESC"))
}

/// Fills in the form: so many hammers again, and so many of something else.
fn asks_for(owner: &mut Staff, rma: &str, again: &str, sku: &str, more: &[(&str, &str)]) {
    owner.visits(&format!("/admin/returns/{rma}/exchange"));
    let field = owner.page().attribute("input[name^=again-]", "name").expect("a line that came back");
    let mut fields = vec![(field.as_str(), again), ("sku-1", sku)];
    fields.extend(more);
    owner.browser.submit("See what it comes to", &fields);
}

/// The order with the other goods, and the guest's way to it.
fn exchange(shop: &Shop) -> (String, String) {
    let number = shop.first("SELECT number FROM orders ORDER BY id DESC");
    let token = shop.first("SELECT token FROM orders ORDER BY id DESC");
    let path = format!("/orders/{number}?token={token}");
    (number, path)
}

fn books_agree(shop: &Shop) {
    shop.works_within(30);
    let report = shop.examination();
    assert!(report.is_clean(), "{report}");
}

/// How the first order is paid, and the one in exchange.
fn states(shop: &Shop) -> Vec<String> {
    vec![shop.first("SELECT payment_state FROM orders ORDER BY id"), shop.first("SELECT payment_state FROM orders ORDER BY id DESC")]
}

#[test]
fn the_same_goods_again_cost_nothing_and_no_money_moves() {
    let shop = Shop::open();
    let (mut annie, mut owner) = (shop.shopper(), shop.owner());
    let (number, rma) = came_back(&shop, &mut annie, &mut owner, "2");
    asks_for(&mut owner, &rma, "2", "", &[]);
    owner.page().must_say("Of that, pays the exchange £20.00");
    assert!(!owner.page().says("Left to pay"), "{}", owner.page().text());
    assert_eq!(shop.stock("CLAW-HAMMER"), (9, 0), "a preview changes nothing");
    owner.browser.submit("Yes, make the exchange", &[]).must_say("settled by order");

    let (made, path) = exchange(&shop);
    assert_eq!(shop.stock("CLAW-HAMMER"), (9, 2), "set aside at once");
    books_agree(&shop);
    assert_eq!(states(&shop), ["partly_refunded", "paid"]);
    assert_eq!(shop.first("SELECT source FROM orders ORDER BY id DESC"), "exchange");
    assert_eq!(shop.count("SELECT total FROM orders ORDER BY id DESC LIMIT 1"), 2000, "delivery is free");
    assert_eq!(shop.count("SELECT sum(refunded) FROM sandbox_payments"), 0, "no money moves");
    assert_eq!(shop.count("SELECT count(*) FROM returns WHERE settled_as = 'exchange' AND refunded = 2000 AND exchanged = 2000"), 1);

    owner.opens_order(&made).must_say(&rma).must_say(&number).must_say("Exchange for a return");
    owner.opens_order(&number).must_say(&made);
    owner.visits(&format!("/admin/returns/{rma}")).must_say(&made);
    annie.visits(&path).must_say("In place of what you sent back").must_say(&number);
    let mails = shop.mails();
    let told = mails.iter().find(|mail| mail.text.contains("you get other goods instead") && mail.text.contains(&rma)).expect("a mail");
    assert!(told.text.contains("What you sent back pays £20.00 of it"), "{}", told.text);
    let papers = "SELECT string_agg(kind || ' ' || total, ', ' ORDER BY id) FROM invoices WHERE order_number = ";
    let first = shop.first(&format!("{papers}'{number}'"));
    assert!(first.ends_with("credit_note 2000"), "{first}");
    assert_eq!(shop.first(&format!("{papers}'{made}'")), "invoice 2000");
    owner.ships(&made, "AB2").must_say("Shipped");
    books_agree(&shop);
}

#[test]
fn goods_that_cost_more_wait_for_the_rest_and_leave_once_it_is_paid() {
    let shop = Shop::open();
    let (mut annie, mut owner) = (shop.shopper(), shop.owner());
    let (_, rma) = came_back(&shop, &mut annie, &mut owner, "2");
    asks_for(&mut owner, &rma, "0", "SAW", &[]);
    owner.page().must_say("Left to pay by the customer £5.00");
    owner.browser.submit("Yes, make the exchange", &[("gateway", "sandbox")]);
    let (made, path) = exchange(&shop);
    assert_eq!(shop.stock("SAW"), (5, 1));
    assert!(!owner.opens_order(&made).says("Mark as shipped"), "what is not paid does not leave");
    books_agree(&shop);
    let mails = shop.mails();
    let told = mails.iter().find(|mail| mail.text.contains("£5.00 is left to pay")).expect("a mail that asks for the rest");
    assert!(told.text.contains(&path), "{}", told.text);

    annie.visits(&path).must_say("£5.00 of this order is still to be paid");
    annie.browser.submit("Pay £5.00", &[("gateway", "sandbox")]);
    annie.pays_with(CARD);
    books_agree(&shop);
    assert_eq!(states(&shop)[1], "paid");
    owner.ships(&made, "AB2").must_say("Shipped");
}

#[test]
fn what_is_left_of_the_worth_goes_back_or_becomes_credit() {
    for (surplus, refunded, credit) in [("refund", 1600, 0), ("store_credit", 0, 1600)] {
        let shop = Shop::open();
        let (mut annie, mut owner) = (shop.shopper(), shop.owner());
        annie.signs_up();
        let (number, rma) = came_back(&shop, &mut annie, &mut owner, "2");
        asks_for(&mut owner, &rma, "0", "NAIL", &[]);
        owner.page().must_say("Left for the customer £16.00");
        owner.browser.submit("Yes, make the exchange", &[("surplus", surplus)]);
        books_agree(&shop);
        assert_eq!(shop.count("SELECT sum(refunded) FROM sandbox_payments"), refunded);
        assert_eq!(shop.count("SELECT COALESCE(sum(amount), 0) FROM credit_entries"), credit);
        assert_eq!(states(&shop), ["partly_refunded", "paid"]);
        let note = shop.count(&format!("SELECT total FROM invoices WHERE order_number = '{number}' AND kind = 'credit_note'"));
        assert_eq!(note, 2000, "one credit note over all that came back");
    }
}

#[test]
fn an_exchange_whose_rest_is_never_paid_gives_back_what_the_first_order_cost() {
    let shop = Shop::open();
    let (mut annie, mut owner) = (shop.shopper(), shop.owner());
    let (_, rma) = came_back(&shop, &mut annie, &mut owner, "2");
    asks_for(&mut owner, &rma, "0", "SAW", &[]);
    owner.browser.submit("Yes, make the exchange", &[("gateway", "sandbox")]);
    books_agree(&shop);
    shop.pay_time_runs_out();
    books_agree(&shop);
    assert_eq!(shop.first("SELECT lifecycle FROM orders ORDER BY id DESC"), "cancelled");
    assert_eq!(shop.stock("SAW"), (5, 0));
    assert_eq!(shop.count("SELECT sum(refunded) FROM sandbox_payments"), 2000, "by the card that paid the first order");
    assert_eq!(states(&shop)[0], "partly_refunded");
    assert_eq!(shop.count("SELECT count(*) FROM invoices WHERE kind = 'credit_note'"), 1, "credited once, when the goods came back");
}

#[test]
fn a_part_of_an_exchange_that_is_refunded_goes_back_the_way_the_first_order_was_paid() {
    let shop = Shop::open();
    let (mut annie, mut owner) = (shop.shopper(), shop.owner());
    let (number, rma) = came_back(&shop, &mut annie, &mut owner, "2");
    asks_for(&mut owner, &rma, "2", "", &[]);
    owner.browser.submit("Yes, make the exchange", &[]);
    let (made, _) = exchange(&shop);
    owner.refunds(&made, "7.50");
    books_agree(&shop);
    assert_eq!(shop.count("SELECT sum(refunded) FROM sandbox_payments"), 750);
    assert_eq!(states(&shop), ["partly_refunded", "partly_refunded"]);
    owner.cancels(&made, "Changed my mind");
    books_agree(&shop);
    assert_eq!(shop.count("SELECT sum(refunded) FROM sandbox_payments"), 2000);
    assert_eq!(states(&shop)[1], "refunded");
    assert_eq!(shop.stock("CLAW-HAMMER"), (9, 0));
    owner.opens_order(&number).must_say("The exchange was undone");
    assert!(!owner.page().says("£20.00 can be given back"), "it went back already");
}

#[test]
fn two_who_exchange_at_once_make_one_order() {
    let shop = Shop::open();
    let (mut annie, mut owner) = (shop.shopper(), shop.owner());
    let (_, rma) = came_back(&shop, &mut annie, &mut owner, "2");
    asks_for(&mut owner, &rma, "1", "NAIL", &[]);
    let tries = (0..4).map(|_| owner.browser.prepare("Yes, make the exchange", &[])).collect();
    let pages = at_once(tries);
    assert_eq!(shop.count("SELECT count(*) FROM orders"), 2);
    assert!(pages.iter().all(|page| page.status == 200), "each of them is told how it stands");
    books_agree(&shop);
    owner.visits(&format!("/admin/returns/{rma}/settlement")).must_say("There is nothing to settle");
    owner.visits(&format!("/admin/returns/{rma}/exchange")).must_say("There is nothing to settle");
}

#[test]
fn what_is_not_there_or_not_sold_is_refused_beside_its_field_and_nothing_happens() {
    let shop = Shop::open();
    let (mut annie, mut owner) = (shop.shopper(), shop.owner());
    let (_, rma) = came_back(&shop, &mut annie, &mut owner, "2");
    for (again, sku, count, words) in [
        ("0", "", "", "Say what the customer gets instead"),
        ("x", "", "", "whole number"),
        ("0", "NOTHING", "1", "No article has the SKU NOTHING"),
    ] {
        asks_for(&mut owner, &rma, again, sku, &[("count-1", count)]);
        assert_eq!(owner.page().status, 422, "{words}");
        owner.page().must_say(words);
    }
    asks_for(&mut owner, &rma, "0", "SAW", &[("count-1", "6")]);
    owner.page().must_say("Only 5 of Saw can be had");
    assert!(!owner.page().says("Yes, make the exchange"), "the preview says it already");
    asks_for(&mut owner, &rma, "0", "SAW", &[("count-1", "5")]);
    let exchange = owner.browser.prepare("Yes, make the exchange", &[("gateway", "sandbox")]);
    let saw = ironmonger::base::VariantId(shop.count("SELECT id FROM variants WHERE sku = 'SAW'"));
    shop.write(move |conn| inventory::count(conn, saw, 4, Cause::Adjusted, "test"));
    assert_eq!(owner.browser.sends(exchange).status, 422);
    owner.page().must_say("Only 4 of Saw can be had");
    asks_for(&mut owner, &rma, "0", "SAW", &[]);
    shop.meddle("UPDATE variants SET price = 2600 WHERE sku = 'SAW'");
    owner.browser.submit("Yes, make the exchange", &[("gateway", "sandbox")]).must_say("By now it costs £26.00");
    assert_eq!(shop.count("SELECT count(*) FROM orders"), 1);
    books_agree(&shop);
}

#[test]
fn goods_that_were_discounted_are_exchanged_at_what_was_paid_for_them() {
    let shop = Shop::open();
    let plan = Plan {
        name: "Third".into(),
        label: "A third off".into(),
        percent: Some("33.33".parse().unwrap()),
        ..Plan::empty(ActionKind::OrderPercent, ironmonger::base::Currency::parse("GBP").unwrap())
    };
    let everything = Chosen { all: true, ..Chosen::default() };
    let shape = Shape { plan, gift: None, goods: everything.clone(), bought: everything };
    let promotion = shop.write(move |conn| {
        let id = promotions::save(conn, None, &shape)?;
        promotions::set_active(conn, id, true)?;
        Ok(id)
    });
    let (mut annie, mut owner) = (shop.shopper(), shop.owner());
    let (_, rma) = came_back(&shop, &mut annie, &mut owner, "2");
    shop.write(move |conn| promotions::set_active(conn, promotion, false));
    asks_for(&mut owner, &rma, "2", "", &[]);
    owner.page().must_say("A third off");
    owner.browser.submit("Yes, make the exchange", &[]);
    books_agree(&shop);
    assert_eq!(states(&shop)[1], "paid", "rounding is nobody's debt");
    assert_eq!(shop.count("SELECT total FROM orders ORDER BY id DESC LIMIT 1"), 1333);
}
