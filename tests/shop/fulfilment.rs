//! Parcels in parts, money taken with them, gift cards that are bought, and the papers of an order.

use ironmonger::{
    base::{CreditId, OrderId, VariantId},
    credit, inventory, jobs, orders,
};

use crate::harness::{CARD, Shop, Shopper, Staff, at_once};

/// A paid order of three hammers and one saw, £10.00 each and £3.95 for delivery.
fn an_order(shop: &Shop) -> (Shopper, String) {
    let (hammer, saw) = (shop.product("Claw hammer").put_up(), shop.product("Hand saw").put_up());
    let mut annie = shop.shopper();
    annie.adds_to_cart(&hammer, 3);
    annie.adds_to_cart(&saw, 1);
    let number = annie.buys();
    (annie, number)
}

/// Which field holds the units of a line.
fn field(shop: &Shop, title: &str) -> String {
    format!("units-{}", shop.count(&format!("SELECT id FROM order_lines WHERE title = '{title}'")))
}

/// Ships so many hammers and saws.
fn ships(shop: &Shop, owner: &mut Staff, number: &str, hammers: &str, saws: &str) {
    let (hammer, saw) = (field(shop, "Claw hammer"), field(shop, "Hand saw"));
    let page = owner.opens_order(number);
    let both = [(hammer.as_str(), hammers), (saw.as_str(), saws)];
    let open: Vec<_> = both.into_iter().filter(|(field, _)| page.has(&format!("input[name={field}]"))).collect();
    owner.browser.submit("Mark as shipped", &open);
    if owner.page().says("Has the parcel left?") {
        owner.browser.submit("Yes, it is shipped", &[]);
    }
}

fn states(shop: &Shop) -> String {
    shop.first("SELECT lifecycle || ' ' || payment_state || ' ' || fulfilment_state FROM orders")
}

#[test]
fn an_order_leaves_in_two_parcels_and_each_has_its_mail_and_its_slip() {
    let shop = Shop::open();
    let (mut annie, number) = an_order(&shop);
    let mut owner = shop.owner();
    owner.opens_order(&number).must_say("3 left to ship").must_say("1 left to ship");
    let (hammer, saw) = (field(&shop, "Claw hammer"), field(&shop, "Hand saw"));
    let track = "https://track.example/AB1?a=1&b=2";
    let first = [(hammer.as_str(), "2"), (saw.as_str(), "0"), ("carrier", "DHL"), ("tracking_number", "AB1"), ("tracking_url", track)];
    owner.browser.submit("Mark as shipped", &first).must_say("2 × Claw hammer goes out").must_say("DHL, AB1");
    owner.browser.submit("Yes, it is shipped", &[]).must_say("Partly shipped").must_say("1 left to ship");
    assert_eq!(states(&shop), "placed paid partial");
    assert_eq!((shop.stock("CLAW-HAMMER"), shop.stock("HAND-SAW")), ((8, 1), (10, 1)));

    owner.browser.follow("Packing slip").must_say("Packing slip").must_say("Claw hammer").must_say("Annie Preece");
    assert!(!owner.page().says("£"), "a parcel may be a present");
    let slip = owner.browser.request("GET", &format!("{}.pdf", owner.page().url.path())).send().unwrap();
    assert_eq!(slip.headers()["content-type"], "application/pdf");

    ships(&shop, &mut owner, &number, "1", "1");
    assert_eq!(states(&shop), "completed paid shipped");
    assert_eq!((shop.stock("CLAW-HAMMER"), shop.stock("HAND-SAW")), ((7, 0), (9, 0)));
    shop.works();
    let mails: Vec<_> = shop.mails().into_iter().filter(|mail| mail.text.contains("is on its way")).collect();
    assert_eq!(mails.len(), 2);
    let first = mails.iter().find(|mail| mail.text.contains("2 × Claw hammer")).expect("a mail about the first parcel");
    assert!(first.text.contains("STILL TO COME") && first.text.contains("1 × Hand saw"), "{}", first.text);
    assert!(first.text.replace("=\r\n", "").contains("track.example"), "{}", first.text);

    let page = annie.visits(&format!("/orders/{number}?token={}", shop.first("SELECT token FROM orders")));
    assert_eq!(page.attribute("a[rel=noreferrer]", "href").as_deref(), Some(track));
}

#[test]
fn a_parcel_that_can_not_be_is_refused_with_what_to_do_and_nothing_typed_is_lost() {
    let shop = Shop::open();
    let (_, number) = an_order(&shop);
    let mut owner = shop.owner();
    let (hammer, saw) = (field(&shop, "Claw hammer"), field(&shop, "Hand saw"));
    for (hammers, saws, url, mend) in [
        ("4", "0", "", "Only 3 of Claw hammer are left to ship"),
        ("0", "0", "", "at least one line"),
        ("-1", "0", "", "as a whole number"),
        ("1", "1", "http://track.example/", "beginning with https://"),
    ] {
        owner.opens_order(&number);
        let typed = [(hammer.as_str(), hammers), (saw.as_str(), saws), ("tracking_url", url), ("carrier", "DHL")];
        let page = owner.browser.submit("Mark as shipped", &typed);
        assert_eq!(page.status, 422, "{mend}");
        page.must_say(mend);
        assert_eq!(page.attribute("input[name=carrier]", "value").as_deref(), Some("DHL"));
        assert_eq!(page.attribute(&format!("input[name={hammer}]"), "value").as_deref(), Some(hammers));
    }
    assert_eq!(shop.count("SELECT count(*) FROM shipments"), 0);
}

#[test]
fn two_clicks_on_a_part_ship_it_once() {
    let shop = Shop::open();
    let (_, number) = an_order(&shop);
    let mut owner = shop.owner();
    let (hammer, saw) = (field(&shop, "Claw hammer"), field(&shop, "Hand saw"));
    owner.opens_order(&number);
    owner.browser.submit("Mark as shipped", &[(hammer.as_str(), "1"), (saw.as_str(), "0")]);
    let pages = at_once((0..4).map(|_| owner.browser.prepare("Yes, it is shipped", &[])).collect());
    assert!(pages.iter().all(|page| page.status == 200));
    assert_eq!(shop.count("SELECT count(*) FROM shipments"), 1);
    assert_eq!(shop.stock("CLAW-HAMMER"), (9, 2));
}

#[test]
fn what_is_sold_beyond_stock_ships_once_it_has_come_in() {
    let shop = Shop::open();
    let hammer = shop.product("Claw hammer").stock(1).put_up();
    shop.meddle("UPDATE stock SET backorder_limit = 5");
    let mut annie = shop.shopper();
    annie.adds_to_cart(&hammer, 3);
    let number = annie.buys();
    let mut owner = shop.owner();
    let units = field(&shop, "Claw hammer");
    let page = owner.opens_order(&number).must_say("only 1 here");
    assert_eq!(page.attribute(&format!("input[name={units}]"), "value").as_deref(), Some("1"), "what can go now");

    owner.browser.submit("Mark as shipped", &[(units.as_str(), "2")]);
    owner.browser.submit("Yes, it is shipped", &[]).must_say("Not all of it is there yet: Claw hammer (only 1 here)");
    assert_eq!(states(&shop), "placed paid unfulfilled");
    owner.ships(&number, "AB1");
    assert_eq!(states(&shop), "placed paid partial");
    owner.opens_order(&number).must_say("none of them here yet");
    let variant = VariantId(shop.count("SELECT id FROM variants"));
    shop.write(move |conn| inventory::count(conn, variant, 2, inventory::Cause::Received, "test"));
    owner.ships(&number, "AB2");
    assert_eq!(states(&shop), "completed paid shipped");
    assert_eq!(shop.stock("CLAW-HAMMER"), (0, 0));
}

#[test]
fn a_parcel_arrives_once_and_the_order_when_all_of_them_have() {
    let shop = Shop::open();
    let (mut annie, number) = an_order(&shop);
    let mut owner = shop.owner();
    ships(&shop, &mut owner, &number, "3", "0");
    ships(&shop, &mut owner, &number, "0", "1");
    owner.opens_order(&number);
    owner.browser.follow("Mark as delivered").must_say("Has the parcel arrived?");
    let pages = at_once((0..3).map(|_| owner.browser.prepare("Yes, it has arrived", &[])).collect());
    assert!(pages.iter().all(|page| page.status == 200));
    assert_eq!(states(&shop), "completed paid shipped", "one is under way");
    owner.opens_order(&number);
    owner.browser.follow("Mark as delivered");
    owner.browser.submit("Yes, it has arrived", &[]).must_say("Delivered");
    assert_eq!(states(&shop), "completed paid delivered");
    shop.works();
    assert_eq!(shop.mails().iter().filter(|mail| mail.text.contains("has arrived")).count(), 2);
    annie.visits(&format!("/orders/{number}?token={}", shop.first("SELECT token FROM orders"))).must_say("Delivered");
}

#[test]
fn money_is_taken_with_each_parcel_and_the_last_one_takes_the_rest() {
    let shop = Shop::open();
    shop.owner_sets("sandbox", &[("capture_at", "shipping")]);
    let (_, number) = an_order(&shop);
    shop.works();
    assert_eq!((states(&shop).as_str(), shop.count("SELECT captured FROM payment_attempts")), ("placed authorised unfulfilled", 0));
    let mut owner = shop.owner();
    ships(&shop, &mut owner, &number, "1", "0");
    shop.works();
    assert_eq!(shop.count("SELECT captured FROM sandbox_payments"), 1395, "one hammer and the delivery");
    assert_eq!(states(&shop), "placed authorised partial");
    ships(&shop, &mut owner, &number, "2", "0");
    shop.works();
    assert_eq!(shop.count("SELECT captured FROM sandbox_payments"), 3395);
    ships(&shop, &mut owner, &number, "0", "1");
    shop.works();
    assert_eq!(shop.count("SELECT captured FROM sandbox_payments"), 4395);
    assert_eq!(states(&shop), "completed paid shipped");
    assert_eq!(shop.count("SELECT count(*) FROM invoices"), 1, "issued with the first parcel");
}

#[test]
fn gift_cards_are_issued_once_their_order_is_paid_and_never_before() {
    let shop = Shop::open();
    let (hammer, card) = (shop.product("Claw hammer").put_up(), shop.product("Gift card").price("25.00").gift_card().put_up());
    let mut annie = shop.shopper();
    annie.adds_to_cart(&hammer, 1);
    annie.adds_to_cart(&card, 2);
    annie.reaches_payment();
    annie.orders_by("manual");
    let number = annie.order_number();
    shop.works();
    assert_eq!(shop.count("SELECT count(*) FROM credits"), 0);

    let mut owner = shop.owner();
    owner.marks_paid(&number);
    shop.works();
    let order = OrderId(shop.count("SELECT id FROM orders"));
    for _ in 0..2 {
        shop.write(move |conn| jobs::enqueue(conn, &orders::FollowOrder { order }).map(|_| ()));
        shop.works();
    }
    assert_eq!(shop.count("SELECT count(*) FROM credits WHERE balance = 2500"), 2);
    assert_eq!(shop.mails().iter().filter(|mail| mail.text.contains("here is a gift card of")).count(), 2);
    assert_eq!(states(&shop), "placed paid unfulfilled", "the hammer is still here");
    assert!(!owner.opens_order(&number).has(&format!("input[name={}]", field(&shop, "Gift card"))), "no parcel for a card");
    owner.ships(&number, "AB1");
    assert_eq!(states(&shop), "completed paid shipped");
}

#[test]
fn a_cancelled_order_takes_its_gift_cards_back_unless_they_are_spent() {
    let shop = Shop::open();
    let (hammer, card) = (shop.product("Claw hammer").put_up(), shop.product("Gift card").price("25.00").gift_card().put_up());
    let order = || {
        let mut annie = shop.shopper();
        annie.adds_to_cart(&hammer, 1);
        annie.adds_to_cart(&card, 1);
        let number = annie.buys();
        shop.works();
        number
    };
    let (first, second) = (order(), order());
    let mut owner = shop.owner();
    owner.cancels(&first, "");
    assert_eq!(shop.count("SELECT count(*) FROM credits WHERE balance = 0"), 1);
    let spender = shop.read(move |conn| orders::find_by_number(conn, &first)).id;
    let left = shop.count("SELECT id FROM credits WHERE balance > 0");
    shop.write(move |conn| credit::spend(conn, CreditId(left), spender, 500));
    owner.cancels(&second, "").must_say("£5.00 of its gift cards is spent already");
    assert_eq!(shop.count("SELECT count(*) FROM orders WHERE lifecycle = 'cancelled'"), 1);
}

#[test]
fn a_paid_order_has_an_invoice_that_its_customer_reads_and_nobody_else() {
    let shop = Shop::open();
    let (mut annie, number) = an_order(&shop);
    shop.works();
    let (formatted, token) = (shop.first("SELECT formatted FROM invoices"), shop.first("SELECT token FROM orders"));
    annie.visits(&format!("/orders/{number}?token={token}"));
    annie.browser.follow(&formatted).must_say("£43.95").must_say("Claw hammer").must_say("Annie Preece");
    let pdf = annie.page().link("As PDF");
    let answer = annie.browser.request("GET", &pdf).send().unwrap();
    assert_eq!((answer.status().as_u16(), answer.headers()["content-type"].to_str().unwrap()), (200, "application/pdf"));
    let mut stranger = shop.shopper();
    for path in ["invoice", "invoice.pdf", "invoice?token=guessed"] {
        assert_eq!(stranger.visits(&format!("/orders/{number}/{path}")).status, 404, "{path}");
    }
    shop.owner().opens_order(&number).must_say(&formatted);
}

#[test]
fn refunds_after_an_invoice_have_credit_notes_that_add_up_to_them() {
    let shop = Shop::open();
    let (mut annie, number) = an_order(&shop);
    shop.works();
    let mut owner = shop.owner();
    owner.refunds(&number, "10.00");
    shop.works_within(30);
    owner.refunds(&number, "3.33");
    shop.works_within(30);
    assert_eq!(shop.count("SELECT count(*) FROM invoices WHERE kind = 'credit_note'"), 2);
    assert_eq!(shop.count("SELECT sum(total) FROM invoices WHERE kind = 'credit_note'"), 1333);
    owner.cancels(&number, "");
    shop.works_within(30);
    assert_eq!(shop.count("SELECT sum(total) FROM invoices WHERE kind = 'credit_note'"), 4395);
    let taxes = "SELECT sum(CASE kind WHEN 'invoice' THEN tax_total ELSE -tax_total END) FROM invoices";
    assert_eq!(shop.count(taxes), 0);
    let token = shop.first("SELECT token FROM orders");
    annie.visits(&format!("/orders/{number}?token={token}"));
    annie.browser.follow("Credit note").must_say("Credit note");
}

#[test]
fn an_unpaid_order_has_no_invoice_before_something_of_it_leaves() {
    let shop = Shop::open();
    let hammer = shop.product("Claw hammer").put_up();
    let mut annie = shop.shopper();
    annie.adds_to_cart(&hammer, 1);
    annie.reaches_payment();
    annie.orders_by("manual");
    let number = annie.order_number();
    shop.works();
    assert_eq!(shop.count("SELECT count(*) FROM invoices"), 0);
    shop.owner().ships(&number, "AB1");
    shop.works();
    assert_eq!(shop.count("SELECT count(*) FROM invoices"), 1);
}

#[test]
fn a_pick_list_has_what_is_left_of_the_chosen_orders() {
    let shop = Shop::open();
    let (_, number) = an_order(&shop);
    let mut owner = shop.owner();
    ships(&shop, &mut owner, &number, "1", "1");
    owner.visits("/admin/orders?state=to-ship");
    let page = owner.browser.submit("Pick list", &[("order", &number)]);
    page.must_say("2 pieces for 1 order").must_say(&number).must_say("CLAW-HAMMER");
    assert!(!page.says("HAND-SAW"));
    let pdf = owner.page().link("As PDF");
    assert_eq!(owner.browser.request("GET", &pdf).send().unwrap().headers()["content-type"], "application/pdf");
    assert_eq!(owner.visits("/admin/orders/pick-list").status, 422);
}

#[test]
fn staff_keep_notes_that_no_customer_reads_and_send_mails_again() {
    let shop = Shop::open();
    let (mut annie, number) = an_order(&shop);
    shop.works();
    let mut owner = shop.owner();
    owner.opens_order(&number);
    owner.browser.submit("Keep the note", &[("note", "  ")]).must_say("Write what the others should know");
    owner.browser.submit("Keep the note", &[("note", "<b>rings</b> twice")]).must_say("<b>rings</b> twice");
    let before = shop.mails().len();
    owner.browser.submit("Send again", &[]).must_say("The mail is on its way once more.");
    shop.works();
    assert_eq!(shop.mails().len(), before + 1);
    let page = annie.visits(&format!("/orders/{number}?token={}", shop.first("SELECT token FROM orders")));
    assert!(!page.says("rings") && !page.says("Mail sent again"));
}

#[test]
fn a_payment_that_fails_is_told_after_a_while_unless_another_try_succeeds() {
    let shop = Shop::open();
    let hammer = shop.product("Claw hammer").put_up();
    let declined = || {
        let mut annie = shop.shopper();
        annie.adds_to_cart(&hammer, 1);
        annie.reaches_payment();
        annie.orders_by("sandbox");
        annie.pays_with("4000000000000002");
        annie
    };
    let (mut annie, _bob) = (declined(), declined());
    shop.works();
    let failed = || shop.mails().iter().filter(|mail| mail.text.contains("did not go through")).count();
    assert_eq!(failed(), 0, "whoever pays stands before the answer");
    annie.browser.submit("Pay", &[]);
    annie.pays_with(CARD);
    for _ in 0..2 {
        shop.jobs_become_due();
        shop.works();
    }
    assert_eq!(failed(), 1);
}
