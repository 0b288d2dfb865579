//! Staff changes an order before it leaves: lines, address, fees, with the difference charged or given back.

use crate::harness::{CARD, Shop, Shopper, Staff, at_once};

/// An order of three hammers at £10.00, paid. Gives its number.
fn three_hammers(shop: &Shop) -> (Shopper, String) {
    let hammer = shop.product("Claw hammer").stock(5).put_up();
    let mut annie = shop.shopper();
    annie.adds_to_cart(&hammer, 3);
    let number = annie.buys();
    shop.works();
    (annie, number)
}

/// Opens the form and fills in how many hammers it shall be, and what else.
fn asks_for(owner: &mut Staff, number: &str, quantity: &str, more: &[(&str, &str)]) {
    owner.visits(&format!("/admin/orders/{number}/edit"));
    let field = owner.page().attribute("input[name^=quantity-]", "name").expect("a line's quantity");
    let fields: Vec<_> = std::iter::once((field.as_str(), quantity)).chain(more.iter().copied()).collect();
    owner.browser.submit("See the new total", &fields);
}

fn total(shop: &Shop) -> i64 {
    shop.count("SELECT total FROM orders ORDER BY id DESC LIMIT 1")
}

fn state(shop: &Shop) -> String {
    shop.first("SELECT payment_state FROM orders ORDER BY id DESC")
}

#[test]
fn fewer_units_give_the_difference_back_and_the_order_counts_as_paid() {
    let shop = Shop::open();
    let (_, number) = three_hammers(&shop);
    let before = total(&shop);
    let mut owner = shop.owner();

    asks_for(&mut owner, &number, "1", &[]);
    owner.page().must_say("1 × Claw hammer instead of 3").must_say("£20.00 goes back");
    assert_eq!(shop.stock("CLAW-HAMMER"), (5, 3), "a preview changes nothing");
    owner.browser.submit("Yes, change the order", &[]).must_say("The order is changed");
    shop.works_within(30);

    assert_eq!(total(&shop), before - 2000);
    assert_eq!(shop.count("SELECT sum(amount) FROM refunds WHERE corrects AND state = 'succeeded'"), 2000);
    assert_eq!(shop.count("SELECT refunded FROM sandbox_payments"), 2000);
    assert_eq!(state(&shop), "paid");
    assert_eq!(shop.stock("CLAW-HAMMER"), (5, 1));
    let mails = shop.mails();
    let changed = mails.iter().find(|mail| mail.text.contains("we have changed your order")).expect("a mail about the change");
    assert!(changed.text.contains("£20.00 goes back to you"), "{}", changed.text);
}

#[test]
fn more_units_are_paid_by_the_link_and_an_abandoned_try_does_not_cancel_the_order() {
    let shop = Shop::open();
    let (mut annie, number) = three_hammers(&shop);
    let before = total(&shop);
    let mut owner = shop.owner();

    asks_for(&mut owner, &number, "4", &[]);
    owner.page().must_say("£10.00 is then to be paid by the customer");
    owner.browser.submit("Yes, change the order", &[]).must_say("Payment due");
    assert_eq!(shop.stock("CLAW-HAMMER"), (5, 4));
    assert!(!owner.page().says("Mark as shipped"), "what is not paid does not leave");

    annie.browser.follow("Follow the order").must_say("£10.00 of this order is still to be paid");
    annie.browser.submit("Pay £10.00", &[("gateway", "sandbox")]);
    shop.pay_time_runs_out();
    assert_eq!(shop.count("SELECT count(*) FROM orders WHERE lifecycle = 'placed'"), 1);

    annie.pays_with(CARD);
    shop.works();
    assert_eq!((total(&shop), state(&shop).as_str()), (before + 1000, "paid"));
    assert_eq!(shop.count("SELECT sum(captured) FROM payment_attempts"), before + 1000);
}

#[test]
fn an_article_and_a_fee_are_added_and_a_line_is_taken_out() {
    let shop = Shop::open();
    let (_, number) = three_hammers(&shop);
    shop.product("Hand saw").price("25.00").stock(2).put_up();
    let before = total(&shop);
    let mut owner = shop.owner();

    let more = [("sku-1", "HAND-SAW"), ("count-1", "2"), ("fee-1", "Engraving"), ("amount-1", "4.50")];
    asks_for(&mut owner, &number, "0", &more);
    owner.page().must_say("3 × Claw hammer taken out").must_say("2 × Hand saw added").must_say("Engraving");
    owner.browser.submit("Yes, change the order", &[]).must_say("The order is changed");

    assert_eq!(total(&shop), before - 3000 + 5000 + 450);
    assert_eq!((shop.stock("CLAW-HAMMER"), shop.stock("HAND-SAW")), ((5, 0), (2, 2)));
    assert_eq!(shop.count("SELECT count(*) FROM order_lines WHERE quantity = 0"), 1, "the line stays for its history");
    owner.visits(&format!("/admin/orders/{number}/edit"));
    assert_eq!(owner.page().attribute("input[name=fee-1]", "value").as_deref(), Some("Engraving"));
}

#[test]
fn nothing_changes_when_there_is_not_enough_or_no_such_article() {
    let shop = Shop::open();
    let (_, number) = three_hammers(&shop);
    let before = total(&shop);
    let mut owner = shop.owner();

    asks_for(&mut owner, &number, "3", &[("sku-1", "NO-SUCH-THING")]);
    assert_eq!(owner.page().status, 422);
    owner.page().must_say("No article has the SKU NO-SUCH-THING");
    assert_eq!(owner.page().attribute("input[name=sku-1]", "value").as_deref(), Some("NO-SUCH-THING"), "nothing typed is lost");

    asks_for(&mut owner, &number, "6", &[]);
    owner.browser.submit("Yes, change the order", &[]);
    assert_eq!(owner.page().status, 422);
    owner.page().must_say("Only 2 more of Claw hammer can be had");
    assert_eq!((total(&shop), shop.stock("CLAW-HAMMER")), (before, (5, 3)));

    asks_for(&mut owner, &number, "0", &[]);
    owner.page().must_say("Nothing would be left of the order");
}

#[test]
fn the_second_of_two_editors_is_told_that_the_order_has_changed() {
    let shop = Shop::open();
    let (_, number) = three_hammers(&shop);
    let (mut first, mut second) = (shop.owner(), shop.staff(ironmonger::web::Role::Staff));
    asks_for(&mut first, &number, "2", &[]);
    asks_for(&mut second, &number, "1", &[]);
    first.browser.submit("Yes, change the order", &[]).must_say("The order is changed");

    second.browser.submit("Yes, change the order", &[]).must_say("Somebody else has changed this order");

    assert_eq!(shop.stock("CLAW-HAMMER"), (5, 2));
    assert_eq!(shop.count("SELECT count(*) FROM order_events WHERE kind = 'edited'"), 1);
}

#[test]
fn another_address_in_the_same_place_costs_nothing_and_the_bill_follows() {
    let shop = Shop::open();
    let (_, number) = three_hammers(&shop);
    let before = total(&shop);
    let mut owner = shop.owner();

    asks_for(&mut owner, &number, "3", &[("line1", "9 Broad Street")]);
    owner.page().must_say("It goes to another address").must_say("Nothing is to be paid and nothing goes back");
    owner.browser.submit("Yes, change the order", &[]).must_say("9 Broad Street");

    assert_eq!((total(&shop), state(&shop).as_str()), (before, "paid"));
    assert_eq!(shop.count("SELECT count(*) FROM order_addresses WHERE line1 = '9 Broad Street'"), 2);
}

#[test]
fn what_has_left_can_not_be_edited() {
    let shop = Shop::open();
    let (_, number) = three_hammers(&shop);
    let mut owner = shop.owner();
    asks_for(&mut owner, &number, "1", &[]);
    let late = owner.browser.prepare("Yes, change the order", &[]);
    owner.ships(&number, "AB1");

    owner.browser.sends(late).must_say("The order has changed meanwhile");

    assert_eq!(shop.count("SELECT count(*) FROM refunds"), 0);
    owner.visits(&format!("/admin/orders/{number}/edit")).must_say("can’t be changed any more");
}

#[test]
fn a_bank_transfer_is_noted_for_what_is_left_after_an_edit() {
    let shop = Shop::open();
    let hammer = shop.product("Claw hammer").stock(5).put_up();
    let mut annie = shop.shopper();
    annie.adds_to_cart(&hammer, 1);
    annie.reaches_payment();
    annie.orders_by("manual");
    let number = annie.order_number();
    let mut owner = shop.owner();
    owner.marks_paid(&number);
    asks_for(&mut owner, &number, "2", &[]);
    owner.browser.submit("Yes, change the order", &[]);

    owner.opens_order(&number).must_say("The customer pays £10.00");
    owner.marks_paid(&number);

    assert_eq!(state(&shop), "paid");
    assert_eq!(shop.count("SELECT sum(captured) FROM payment_attempts"), total(&shop));
}

#[test]
fn an_order_taken_on_the_telephone_is_paid_by_the_link_in_the_mail() {
    let shop = Shop::open();
    shop.product("Claw hammer").stock(5).put_up();
    let mut owner = shop.owner();
    owner.visits("/admin/new-order");
    let typed = [
        ("sku-1", "CLAW-HAMMER"),
        ("count-1", "2"),
        ("email", "annie@example.com"),
        ("name", "Annie Preece"),
        ("line1", "3 Corve Street"),
        ("city", "Ludlow"),
        ("postcode", "SY8 1AE"),
    ];
    owner.browser.submit("See the price", &typed).must_say("New order for Annie Preece").must_say("as a guest");
    let link = owner.page().attribute("input[name=gateway][value=sandbox]", "value").expect("a link to pay");

    let clicks = (0..3).map(|_| owner.browser.prepare("Place the order", &[("gateway", &link)])).collect();
    let pages = at_once(clicks);

    assert!(pages.iter().all(|page| page.status == 200 && page.says("Payment due")));
    assert_eq!(shop.count("SELECT count(*) FROM orders WHERE source = 'staff'"), 1, "a double click orders once");
    assert_eq!(shop.stock("CLAW-HAMMER"), (5, 2));
    shop.works();
    let mails = shop.mails();
    assert_eq!(mails.len(), 1, "{mails:?}");
    let path = shop.first("SELECT '/orders/' || number || '?token=' || token FROM orders");
    assert!(mails[0].text.contains(&path), "{}", mails[0].text);

    let mut annie = shop.shopper();
    annie.visits(&path);
    annie.browser.submit("Pay £", &[("gateway", "sandbox")]);
    annie.pays_with(CARD);
    shop.works();
    assert_eq!(state(&shop), "paid");
}

#[test]
fn a_draft_is_its_maker_s_alone_and_beside_the_customer_s_own_cart() {
    let shop = Shop::open();
    let hammer = shop.product("Claw hammer").stock(5).put_up();
    let mut annie = shop.shopper();
    annie.signs_up();
    annie.adds_to_cart(&hammer, 1);
    let mut owner = shop.owner();
    owner.visits("/admin/new-order");
    let typed =
        [("email", "annie@example.com"), ("name", "Annie"), ("line1", "3 Corve Street"), ("city", "Ludlow"), ("postcode", "SY8 1AE")];
    owner.browser.submit("See the price", &typed);
    assert_eq!(owner.page().status, 422);
    owner.page().must_say("Enter the SKU of one article at least");
    owner.browser.submit("See the price", &[("sku-1", "CLAW-HAMMER"), ("count-1", "3")]).must_say("with an account");
    let path = owner.page().url.path().to_owned();

    assert_eq!(shop.staff(ironmonger::web::Role::Staff).visits(&path).status, 404);
    annie.visits("/cart").must_say("£10.00");
    owner.browser.submit("Place the order", &[("gateway", "manual")]).must_say("The order is placed");
    assert_eq!(shop.stock("CLAW-HAMMER"), (5, 3));
    annie.visits("/account").must_say("Payment due");
    annie.visits("/cart").must_say("Claw hammer");
}
