//! Orders that staff put together: at the counter, on the telephone, from a list.

use crate::harness::{Shop, Staff};

const ANNIE: [(&str, &str); 5] =
    [("email", "annie@example.com"), ("name", "Annie Preece"), ("line1", "3 Corve Street"), ("city", "Ludlow"), ("postcode", "SY8 1AE")];

/// Fills the form in for Annie with what else is said.
fn drafts(owner: &mut Staff, more: &[(&str, &str)]) {
    owner.visits("/admin/new-order");
    let fields: Vec<_> =
        ANNIE.into_iter().filter(|(name, _)| !more.iter().any(|(other, _)| other == name)).chain(more.iter().copied()).collect();
    owner.browser.submit("See the price", &fields);
}

fn two_things(shop: &Shop) {
    shop.product("Claw hammer").stock(5).put_up();
    shop.product("Hand saw").price("25.00").stock(5).put_up();
}

/// The books agree.
fn all_is_right(shop: &Shop) {
    let report = shop.examination();
    assert!(report.is_clean() && report.unread.is_empty(), "{report}");
}

#[test]
fn an_order_at_the_counter_is_placed_and_paid_at_once() {
    let shop = Shop::open();
    two_things(&shop);
    let mut owner = shop.owner();

    let more = [("lines", "CLAW-HAMMER\t2\nHAND-SAW, 1"), ("fee-1", "Engraving"), ("amount-1", "4.50"), ("note", "Initials A. P.")];
    drafts(&mut owner, &more);
    owner.page().must_say("Engraving").must_say("£53.45").must_say("Initials A. P.");
    owner.browser.submit("Place the order", &[("gateway", "in_shop")]).must_say("The order is placed and paid").must_say("Initials A. P.");
    shop.works_within(30);

    assert_eq!(shop.first("SELECT payment_state || ' ' || gateway FROM orders"), "paid in_shop");
    assert_eq!(shop.count("SELECT captured FROM payment_attempts"), 5345);
    assert_eq!(shop.count("SELECT amount FROM order_fees"), 450);
    assert_eq!((shop.stock("CLAW-HAMMER"), shop.stock("HAND-SAW")), ((5, 2), (5, 1)));
    assert_eq!(shop.count("SELECT count(*) FROM mails WHERE kind = 'order_placed'"), 1);
    assert_eq!(shop.count("SELECT count(*) FROM mails WHERE kind = 'payment_link'"), 0);
    assert_eq!(shop.count("SELECT count(*) FROM invoices"), 1);
    let mut annie = shop.shopper();
    let page = annie.visits(&shop.first("SELECT '/orders/' || number || '?token=' || token FROM orders"));
    assert!(!page.says("Initials"), "a note is for staff");
    all_is_right(&shop);
}

#[test]
fn shoppers_can_not_say_that_they_paid_in_the_shop() {
    let shop = Shop::open();
    let hammer = shop.product("Claw hammer").put_up();
    let mut annie = shop.shopper();
    annie.adds_to_cart(&hammer, 1);
    let page = annie.reaches_payment();
    assert!(!page.says("Cash or card in the shop"));
    annie.orders_by("in_shop");
    assert_eq!(shop.count("SELECT count(*) FROM orders"), 0);
    let mut owner = shop.owner();
    assert!(!owner.visits("/admin/payment-methods").says("Cash or card in the shop"));
    assert_eq!(owner.visits("/admin/payment-methods/in_shop").status, 404);
}

#[test]
fn every_bad_line_of_a_pasted_list_is_named_and_nothing_typed_is_lost() {
    let shop = Shop::open();
    two_things(&shop);
    let mut owner = shop.owner();
    let list = "CLAW-HAMMER\tmany\nHAND-SAW,2\n,3";
    drafts(&mut owner, &[("lines", list)]);
    assert_eq!(owner.page().status, 422);
    owner.page().must_say("Line 1: CLAW-HAMMER").must_say("Line 3: The SKU is missing");
    assert!(owner.page().text_of("textarea[name=lines]").contains("HAND-SAW,2"));

    drafts(&mut owner, &[("lines", "CLAW-HAMMER,2\nNO-SUCH,1\nNOR-THIS\t4")]);
    assert_eq!(owner.page().status, 422);
    owner.page().must_say("Line 2: No article has the SKU NO-SUCH").must_say("Line 3: No article has the SKU NOR-THIS");
    drafts(&mut owner, &[("sku-1", "CLAW-HAMMER"), ("fee-1", "Engraving"), ("amount-1", "much")]);
    assert_eq!(owner.page().status, 422);
}

#[test]
fn all_that_is_wrong_is_told_at_once() {
    let shop = Shop::open();
    two_things(&shop);
    let mut owner = shop.owner();
    let wrong = [("email", "nobody"), ("city", ""), ("country", "DE"), ("postcode", "x"), ("vat_number", "DE136695977")];
    let lines = [("sku-1", "NO-SUCH"), ("lines", "CLAW-HAMMER,2\nNOR-THIS,1")];
    drafts(&mut owner, &[&wrong[..], &lines[..]].concat());
    assert_eq!(owner.page().status, 422);
    for field in
        ["input[name=email]", "input[name=city]", "input[name=postcode]", "input[name=vat_number]", "input[name=sku-1]", "textarea"]
    {
        assert!(owner.page().has(&format!("{field}[aria-invalid=true]")), "{field}");
    }
    owner.page().must_say("No article has the SKU NO-SUCH").must_say("Line 2: No article has the SKU NOR-THIS");
    drafts(&mut owner, &[("lines", "NO-SUCH"), ("coupons", "NEVER-HEARD-OF"), ("sku-1", "CLAW-HAMMER")]);
    owner.page().must_say("No article has the SKU NO-SUCH").must_say("NEVER-HEARD-OF");
    assert_eq!(shop.count("SELECT count(*) FROM carts"), 0, "nothing of it is kept");
}

#[test]
fn the_bill_goes_to_an_address_of_its_own_and_stays_there_while_the_draft_changes() {
    let shop = Shop::open();
    two_things(&shop);
    let mut owner = shop.owner();
    drafts(&mut owner, &[("sku-1", "CLAW-HAMMER")]);
    owner.browser.follow("Bill to another address");
    let bill = [("name", "Preece Joinery"), ("line1", "1 Mill Lane"), ("city", "Clun"), ("postcode", "SY7 8JA")];
    owner.browser.submit("Bill to this address", &bill).must_say("Preece Joinery").must_say("1 Mill Lane");

    owner.browser.follow("Change what was entered");
    assert_eq!(owner.page().attribute("input[name=sku-1]", "value").as_deref(), Some("CLAW-HAMMER"));
    owner.browser.submit("See the price", &[("count-1", "3")]).must_say("1 Mill Lane").must_say("£33.95");
    owner.browser.submit("Place the order", &[("gateway", "manual")]);

    assert_eq!(shop.first("SELECT line1 FROM order_addresses WHERE kind = 'billing'"), "1 Mill Lane");
    assert_eq!(shop.first("SELECT line1 FROM order_addresses WHERE kind = 'delivery'"), "3 Corve Street");
    assert_eq!(shop.stock("CLAW-HAMMER"), (5, 3));
}

#[test]
fn a_business_abroad_gives_its_vat_number() {
    let shop = Shop::open();
    two_things(&shop);
    let mut owner = shop.owner();
    let german = [("sku-1", "CLAW-HAMMER"), ("country", "DE"), ("city", "Bonn"), ("postcode", "53111")];
    drafts(&mut owner, &[&german[..], &[("vat_number", "DE136695977")]].concat());
    assert_eq!(owner.page().status, 422, "its last digit is wrong");
    drafts(&mut owner, &[&german[..], &[("vat_number", "de 136 695 976")]].concat());
    owner.page().must_say("VAT number DE136695976");
    owner.browser.submit("Place the order", &[("gateway", "manual")]);
    assert_eq!(shop.first("SELECT vat_number FROM orders"), "DE136695976");
}

#[test]
fn a_link_to_pay_holds_for_as_many_days_as_the_owner_says() {
    let shop = Shop::open();
    two_things(&shop);
    let mut owner = shop.owner();
    owner.visits("/admin/settings");
    owner.browser.submit("Save settings", &[("payment_link_days", "91")]);
    assert_eq!(owner.page().status, 422);
    owner.browser.submit("Save settings", &[("payment_link_days", "30")]);
    drafts(&mut owner, &[("sku-1", "CLAW-HAMMER")]);
    owner.browser.submit("Place the order", &[("gateway", "sandbox")]);
    assert_eq!(shop.count("SELECT round(extract(epoch FROM pay_before - placed_at) / 86400) FROM orders"), 30);
}

#[test]
fn who_has_ordered_before_is_found_and_need_not_say_the_address_again() {
    let shop = Shop::open();
    let hammer = shop.product("Claw hammer").stock(5).put_up();
    let mut annie = shop.shopper();
    annie.adds_to_cart(&hammer, 1);
    annie.buys();
    let mut owner = shop.owner();
    owner.visits("/admin/new-order?q=nobody").must_say("Nobody with an order fits");
    owner.visits("/admin/new-order");
    owner.browser.submit("Look for the customer", &[("q", "preece")]);
    owner.browser.follow("Annie Preece");
    assert_eq!(owner.page().attribute("input[name=line1]", "value").as_deref(), Some("3 Corve Street"));
    assert_eq!(owner.page().attribute("input[name=email]", "value").as_deref(), Some("annie@example.com"));
    owner.browser.submit("See the price", &[("sku-1", "CLAW-HAMMER")]).must_say("New order for Annie Preece");
}

#[test]
fn what_is_paid_on_delivery_waits_among_the_orders_to_ship() {
    let shop = Shop::open();
    let hammer = shop.product("Claw hammer").stock(5).put_up();
    let place = |gateway: &str| {
        shop.meddle("UPDATE gateway_settings SET active = true, version = version + 1 WHERE code IN ('bank_transfer', 'on_delivery')");
        shop.block_on(shop.wired.till.gateways.reload()).unwrap();
        let mut annie = shop.shopper();
        annie.adds_to_cart(&hammer, 1);
        annie.reaches_payment();
        annie.orders_by(gateway);
        annie.order_number()
    };
    let (on_delivery, transfer) = (place("on_delivery"), place("bank_transfer"));
    let mut owner = shop.owner();
    let page = owner.visits("/admin/orders?state=to-ship");
    assert!(page.says(&on_delivery) && !page.says(&transfer), "{}", page.text());
    owner.opens_order(&on_delivery).must_say("Ship it");
    assert!(!owner.opens_order(&transfer).says("Ship it"));
}

#[test]
fn the_pick_list_says_where_things_are_once_there_are_several_places() {
    let shop = Shop::open();
    let hammer = shop.product("Claw hammer").stock(5).put_up();
    let mut annie = shop.shopper();
    annie.adds_to_cart(&hammer, 1);
    let number = annie.buys();
    let mut owner = shop.owner();
    let list = format!("/admin/orders/pick-list?order={number}");
    let page = owner.visits(&list);
    assert!(page.says("Claw hammer") && !page.says("Location"), "{}", page.text());
    shop.meddle("INSERT INTO locations (name) VALUES ('The barn')");
    let name = shop.first("SELECT name FROM locations WHERE is_default");
    owner.visits(&list).must_say("Location").must_say(&name);
}

#[test]
fn an_order_of_gift_cards_can_be_cancelled_while_nobody_has_spent_them() {
    let shop = Shop::open();
    let card = shop.product("Gift card").price("25.00").gift_card().put_up();
    let buys = || {
        let mut annie = shop.shopper();
        annie.adds_to_cart(&card, 1);
        let number = annie.buys();
        shop.works_within(30);
        number
    };
    let (first, second) = (buys(), buys());
    assert_eq!(shop.count("SELECT count(*) FROM orders WHERE lifecycle = 'completed'"), 2, "the cards have left by mail");
    let mut owner = shop.owner();
    owner.opens_order(&first).must_say("Cancel the order");
    owner.cancels(&first, "by mistake").must_say("The order is cancelled");
    shop.works_within(30);
    assert_eq!(shop.count("SELECT refunded FROM sandbox_payments WHERE refunded > 0"), 2500);
    assert_eq!(shop.count("SELECT count(*) FROM credits WHERE balance = 0"), 1);

    let spender = shop.read(move |conn| ironmonger::orders::find_by_number(conn, &first)).id;
    let left = shop.count("SELECT id FROM credits WHERE balance > 0");
    shop.write(move |conn| ironmonger::credit::spend(conn, ironmonger::base::CreditId(left), spender, 500));
    owner.cancels(&second, "").must_say("£5.00 of its gift cards is spent already");
    assert_eq!(shop.count("SELECT count(*) FROM orders WHERE lifecycle = 'cancelled'"), 1);
}
