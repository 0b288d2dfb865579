//! Things that come back: asked for by the customer, decided and unpacked by staff, made good once and to the cent.

use crate::harness::{Shop, Shopper, Staff};

/// A paid and shipped order of three units; gives its number.
fn shipped(shop: &Shop, annie: &mut Shopper, owner: &mut Staff) -> String {
    let hammer = shop.product("Claw hammer").price("10.00").stock(10).put_up();
    annie.adds_to_cart(&hammer, 3);
    let number = annie.buys();
    owner.ships(&number, "AB1");
    number
}

/// Asks for so many units to go back; gives the return's number.
fn asks(annie: &mut Shopper, shop: &Shop, quantity: &str, wish: &str) -> String {
    annie.browser.follow("Send something back");
    annie.browser.submit("Ask to return", &[("quantity", quantity), ("reason", "damaged"), ("wish", wish)]);
    shop.first("SELECT number FROM returns ORDER BY id DESC")
}

fn opens(shop: &Shop, annie: &mut Shopper, number: &str) {
    let token = shop.first(&format!("SELECT token FROM orders WHERE number = '{number}'"));
    annie.visits(&format!("/orders/{number}?token={token}"));
}

fn receives(owner: &mut Staff, rma: &str, restocked: &str, scrapped: &str) {
    owner.visits(&format!("/admin/returns/{rma}"));
    owner.browser.submit("Approve the return", &[]);
    owner.browser.submit("Note what came back", &[("restocked", restocked), ("scrapped", scrapped)]);
    owner.browser.submit("Yes, note it", &[]);
}

#[test]
fn what_comes_back_is_restocked_or_scrapped_and_paid_back_once() {
    let shop = Shop::open();
    let (mut annie, mut owner) = (shop.shopper(), shop.owner());
    let number = shipped(&shop, &mut annie, &mut owner);
    opens(&shop, &mut annie, &number);
    let rma = asks(&mut annie, &shop, "2", "refund");
    annie.page().must_say("Asked for");
    receives(&mut owner, &rma, "1", "1");
    assert_eq!(shop.stock("CLAW-HAMMER"), (8, 0), "one of three is sold, one thrown away, one back");
    owner.browser.follow("Give it back");
    let again = owner.browser.prepare("Settle the return", &[]);
    owner.browser.submit("Settle the return", &[]).must_say("settled");
    owner.browser.sends(again).must_say("changed meanwhile");
    shop.works_within(30);
    assert_eq!(shop.count("SELECT sum(amount) FROM refunds WHERE state = 'succeeded'"), 2000);
    let kinds = shop.count("SELECT count(DISTINCT kind) FROM mails WHERE kind LIKE 'return_%'");
    assert_eq!(kinds, 4, "asked for, approved, received, closed");
}

#[test]
fn nothing_is_returned_twice_and_what_is_withdrawn_can_be_asked_for_anew() {
    let shop = Shop::open();
    let (mut annie, mut owner) = (shop.shopper(), shop.owner());
    let number = shipped(&shop, &mut annie, &mut owner);
    opens(&shop, &mut annie, &number);
    asks(&mut annie, &shop, "2", "refund");
    opens(&shop, &mut annie, &number);
    annie.browser.follow("Send something back");
    let page = annie.browser.submit("Ask to return", &[("quantity", "2"), ("reason", "damaged"), ("wish", "refund")]);
    assert_eq!(page.status, 422);
    page.must_say("At most 1 of this can be sent back");
    let rma = shop.first("SELECT number FROM returns");
    opens(&shop, &mut annie, &number);
    annie.browser.follow(&rma);
    annie.browser.submit("Withdraw the return", &[]).must_say("withdrawn");
    assert_eq!(shop.count("SELECT sum(returned) FROM order_lines"), 0);
}

#[test]
fn all_of_it_back_makes_the_order_returned_and_the_time_to_ask_ends() {
    let shop = Shop::open();
    let (mut annie, mut owner) = (shop.shopper(), shop.owner());
    let number = shipped(&shop, &mut annie, &mut owner);
    opens(&shop, &mut annie, &number);
    let rma = asks(&mut annie, &shop, "3", "refund");
    receives(&mut owner, &rma, "3", "0");
    assert_eq!(shop.stock("CLAW-HAMMER"), (10, 0));
    assert_eq!(shop.first("SELECT fulfilment_state FROM orders"), "returned");
    assert_eq!(shop.count("SELECT worth FROM return_lines"), 3000);
}

#[test]
fn after_the_shop_s_days_nothing_can_be_asked_for() {
    let shop = Shop::open();
    let (mut annie, mut owner) = (shop.shopper(), shop.owner());
    let number = shipped(&shop, &mut annie, &mut owner);
    shop.meddle("UPDATE shipments SET shipped_at = now() - interval '31 days'");
    opens(&shop, &mut annie, &number);
    assert!(!annie.page().says("Send something back"));
    let token = shop.first("SELECT token FROM orders");
    annie.visits(&format!("/orders/{number}/returns/new?token={token}")).must_say("the time for it is over");
    assert_eq!(shop.browser().get(&format!("/orders/{number}/returns/new?token=wrong")).status, 404);
}

#[test]
fn store_credit_stands_in_the_account_and_counts_as_given_back() {
    let shop = Shop::open();
    let (mut annie, mut owner) = (shop.shopper(), shop.owner());
    annie.signs_up();
    let number = shipped(&shop, &mut annie, &mut owner);
    opens(&shop, &mut annie, &number);
    let rma = asks(&mut annie, &shop, "1", "store_credit");
    receives(&mut owner, &rma, "1", "0");
    owner.browser.follow("Give it back");
    owner.browser.submit("Settle the return", &[]).must_say("as store credit");
    shop.works_within(30);
    assert_eq!(shop.count("SELECT sum(amount) FROM credit_entries"), 1000);
    assert_eq!(shop.count("SELECT refunded FROM payment_attempts"), 1000);
    assert_eq!(shop.count("SELECT refunded FROM sandbox_payments"), 0, "no money leaves");
}

#[test]
fn a_count_is_shown_once_more_before_the_stock_changes() {
    let shop = Shop::open();
    let (mut annie, mut owner) = (shop.shopper(), shop.owner());
    let number = shipped(&shop, &mut annie, &mut owner);
    opens(&shop, &mut annie, &number);
    let rma = asks(&mut annie, &shop, "2", "refund");
    owner.visits(&format!("/admin/returns/{rma}"));
    owner.browser.submit("Approve the return", &[]);
    for (restocked, scrapped, words) in
        [("2", "1", "Only 2 of this were announced"), ("", "", "Say how many came back"), ("x", "", "number")]
    {
        let page = owner.browser.submit("Note what came back", &[("restocked", restocked), ("scrapped", scrapped)]);
        assert_eq!(page.status, 422, "{words}");
        page.must_say(words);
    }
    owner.browser.submit("Note what came back", &[("restocked", "1"), ("scrapped", "0")]).must_say("Is this what came back?");
    assert_eq!(shop.stock("CLAW-HAMMER"), (7, 0), "nothing has happened yet");
    let again = owner.browser.prepare("Yes, note it", &[]);
    owner.browser.submit("Yes, note it", &[]).must_say("Make it good next");
    owner.browser.sends(again).must_say("changed meanwhile");
    assert_eq!(shop.stock("CLAW-HAMMER"), (8, 0));
    assert_eq!(shop.count("SELECT sum(returned) FROM order_lines"), 1, "what did not come can be returned another time");
}

#[test]
fn a_return_is_declined_with_a_reason_and_its_things_can_be_asked_for_anew() {
    let shop = Shop::open();
    let (mut annie, mut owner) = (shop.shopper(), shop.owner());
    let number = shipped(&shop, &mut annie, &mut owner);
    opens(&shop, &mut annie, &number);
    let rma = asks(&mut annie, &shop, "2", "refund");
    owner.visits(&format!("/admin/returns/{rma}"));
    owner.browser.follow("Decline it").must_say("Leave them with the customer: 2 × Claw hammer");
    let page = owner.browser.submit("Decline the return", &[("note", " ")]);
    assert_eq!(page.status, 422);
    page.must_say("Say why not");
    let again = owner.browser.prepare("Decline the return", &[("note", "It was used")]);
    owner.browser.submit("Decline the return", &[("note", "It was used")]).must_say("declined");
    owner.browser.sends(again).must_say("changed meanwhile");
    owner.visits(&format!("/admin/returns/{rma}/refusal")).must_say("can’t be declined any more");
    assert_eq!(shop.count("SELECT sum(returned) FROM order_lines"), 0);
    opens(&shop, &mut annie, &number);
    annie.browser.follow(&rma).must_say("It was used").must_say("Declined");
    shop.works();
    assert!(shop.mails().iter().any(|mail| mail.text.contains("It was used")), "the customer is told why");
    opens(&shop, &mut annie, &number);
    asks(&mut annie, &shop, "3", "refund");
    assert_eq!(shop.count("SELECT sum(returned) FROM order_lines"), 3);
}

#[test]
fn staff_opens_a_return_whenever_it_is_and_for_what_has_left_only() {
    let shop = Shop::open();
    let (mut annie, mut owner) = (shop.shopper(), shop.owner());
    let number = shipped(&shop, &mut annie, &mut owner);
    shop.meddle("UPDATE shipments SET shipped_at = now() - interval '300 days'");
    owner.opens_order(&number);
    owner.browser.follow("Open a return");
    let page = owner.browser.submit("Open the return", &[("quantity", "4"), ("reason", "damaged")]);
    assert_eq!(page.status, 422);
    page.must_say("At most 3 of this can be sent back");
    let fields = [("quantity", "3"), ("reason", "damaged"), ("note", "Bring it to the counter")];
    owner.browser.submit("Open the return", &fields).must_say("The return is open").must_say("Bring it to the counter");
    shop.works();
    let told = |shop: &Shop| shop.mails().iter().filter(|mail| mail.text.contains("please send it")).count();
    assert_eq!(told(&shop), 1);
    owner.visits(&format!("/admin/orders/{number}/returns/new")).must_say("Nothing of this order can come back");
    let rma = shop.first("SELECT number FROM returns");
    owner.visits(&format!("/admin/returns/{rma}/refusal"));
    owner.browser.submit("Decline the return", &[("note", "A mistake of ours")]);
    owner.visits(&format!("/admin/orders/{number}/returns/new"));
    let quietly = owner.page().form("Open the return");
    assert!(quietly.names.iter().any(|name| name == "tell"));
    let mut stranger = shop.browser();
    assert_eq!(stranger.get(&format!("/admin/orders/{number}/returns/new")).url.path(), "/sign-in");
}

/// Property 11, the second half.
#[test]
fn a_partial_refund_with_restock_and_then_a_cancel_leaves_the_original_stock_once() {
    let shop = Shop::open();
    let (mut annie, mut owner) = (shop.shopper(), shop.owner());
    let hammer = shop.product("Claw hammer").price("10.00").stock(10).put_up();
    annie.adds_to_cart(&hammer, 3);
    let number = annie.buys();
    shop.works_within(30);
    assert_eq!(shop.stock("CLAW-HAMMER"), (10, 3));
    owner.visits(&format!("/admin/orders/{number}/edit"));
    let field = owner.page().attribute("input[name^=quantity-]", "name").expect("a line");
    owner.browser.submit("See the new total", &[(&field, "2")]);
    owner.browser.submit("Yes, change the order", &[]);
    shop.works_within(30);
    assert_eq!(shop.stock("CLAW-HAMMER"), (10, 2), "one is for sale again, and £10.00 went back");
    owner.refunds(&number, "5.00");
    shop.works_within(30);
    owner.visits(&format!("/admin/orders/{number}/cancellation"));
    let again = owner.browser.prepare("Cancel the order", &[]);
    owner.browser.submit("Cancel the order", &[]).must_say("cancelled");
    owner.browser.sends(again);
    shop.works_within(30);
    assert_eq!(shop.stock("CLAW-HAMMER"), (10, 0), "the original stock, once");
    let (paid, back) = (shop.count("SELECT sum(captured) FROM payment_attempts"), shop.count("SELECT sum(refunded) FROM sandbox_payments"));
    assert_eq!(paid, back);
    let report = shop.examination();
    assert!(report.is_clean(), "{report}");
}

#[test]
fn what_came_back_of_a_shipped_order_is_restocked_once_though_somebody_tries_to_cancel_it() {
    let shop = Shop::open();
    let (mut annie, mut owner) = (shop.shopper(), shop.owner());
    let hammer = shop.product("Claw hammer").price("10.00").stock(10).put_up();
    annie.adds_to_cart(&hammer, 3);
    let number = annie.buys();
    owner.visits(&format!("/admin/orders/{number}/cancellation"));
    let cancellation = owner.browser.prepare("Cancel the order", &[]);
    owner.ships(&number, "AB1");
    opens(&shop, &mut annie, &number);
    let rma = asks(&mut annie, &shop, "2", "refund");
    receives(&mut owner, &rma, "2", "0");
    owner.browser.follow("Give it back");
    owner.browser.submit("Settle the return", &[]);
    owner.visits(&format!("/admin/orders/{number}/cancellation")).must_say("can't be cancelled any more");
    owner.browser.sends(cancellation).must_say("changed meanwhile");
    shop.works_within(30);
    assert_eq!(shop.stock("CLAW-HAMMER"), (9, 0));
    let report = shop.examination();
    assert!(report.is_clean(), "{report}");
}
