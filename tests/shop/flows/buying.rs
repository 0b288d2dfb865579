//! A stranger buys, from the front page to the parcel.

use crate::harness::{CARD, DECLINED, Shop, VERIFIED};

#[test]
fn a_guest_buys_two_products_by_card_and_the_owner_ships_them() {
    let shop = Shop::open();
    shop.product("Claw hammer").price("24.95").stock(3).category(&["Hand tools", "Hammers"]).featured().put_up();
    shop.product("Brass hinge").price("8.40").options(&["Length"]).variant(&["75 mm"], 4).variant(&["100 mm"], 9).put_up();
    let mut annie = shop.shopper();

    annie.visits("/");
    annie.browser.follow("Claw hammer");
    annie.browser.submit("Add to cart", &[("quantity", "2")]);
    annie.visits("/products/brass-hinge");
    annie.browser.follow("100 mm");
    annie.browser.submit("Add to cart", &[("quantity", "1")]);
    annie.page().must_say("Claw hammer").must_say("100 mm").must_say("£58.30");
    let number = annie.buys();

    annie.page().must_say(&number).must_say("£62.25");
    assert_eq!(shop.stock("CLAW-HAMMER"), (3, 2));
    let mails = shop.mails();
    assert_eq!(mails.len(), 1, "{mails:?}");
    for words in ["annie@example.com", &number, "Claw hammer", "100 mm", "£62.25"] {
        assert!(mails[0].text.contains(words), "the mail does not say {words:?}:\n{}", mails[0].text);
    }

    let mut owner = shop.owner();
    owner.visits("/admin").must_say(&number);
    owner.ships(&number, "AB123456789GB").must_say("Shipped").must_say("Completed");
    assert_eq!(shop.stock("CLAW-HAMMER"), (1, 0));
    assert_eq!(shop.stock("BRASS-HINGE-100-MM"), (8, 0));
    let mails = shop.mails();
    assert_eq!(mails.len(), 2);
    assert!(mails[1].text.contains("AB123456789GB"), "{}", mails[1].text);
}

#[test]
fn a_declined_card_keeps_the_order_and_another_card_pays_it() {
    let shop = Shop::open();
    let hammer = shop.product("Claw hammer").stock(1).put_up();
    let mut annie = shop.shopper();
    annie.adds_to_cart(&hammer, 1);
    annie.reaches_payment();
    annie.orders_by("sandbox");
    annie.pays_with(DECLINED);
    shop.works();

    let number = annie.order_number();
    annie.page().must_say("declined");
    assert_eq!(shop.stock("CLAW-HAMMER"), (1, 1), "the hammer is kept for another try");
    assert!(shop.mails().is_empty(), "nothing is confirmed yet");
    annie.browser.submit("Pay", &[("gateway", "sandbox")]);
    annie.pays_with(CARD);
    annie.page().must_say(&number).must_say("Thank you");
    assert_eq!(shop.mails().len(), 1);
    assert_eq!(shop.count("SELECT count(*) FROM orders"), 1);
    assert_eq!(shop.count("SELECT sum(captured) FROM payment_attempts"), 1395);
}

#[test]
fn a_card_whose_bank_asks_back_pays_once_it_is_confirmed() {
    let shop = Shop::open();
    let hammer = shop.product("Claw hammer").put_up();
    let mut annie = shop.shopper();
    annie.adds_to_cart(&hammer, 1);
    annie.reaches_payment();
    annie.orders_by("sandbox");
    annie.pays_with(VERIFIED).must_say("confirm");
    annie.browser.submit("Confirm the payment", &[]).must_say("Thank you");
}

#[test]
fn an_order_by_bank_transfer_waits_until_staff_have_the_money() {
    let shop = Shop::open();
    let hammer = shop.product("Claw hammer").price("20.00").put_up();
    let mut annie = shop.shopper();
    annie.adds_to_cart(&hammer, 1);
    annie.reaches_payment();
    annie.orders_by("manual").must_say("Thank you");
    let number = annie.order_number();
    let mails = shop.mails();
    assert!(mails[0].text.contains("sort code"), "the mail says how to pay:\n{}", mails[0].text);

    let mut owner = shop.owner();
    owner.opens_order(&number).must_say("Payment due");
    owner.marks_paid(&number).must_say("Paid");
    assert_eq!(shop.count("SELECT sum(captured) FROM payment_attempts"), 2395);
    owner.ships(&number, "").must_say("Completed");
}

#[test]
fn cancelling_a_paid_order_gives_stock_and_money_back() {
    let shop = Shop::open();
    let hammer = shop.product("Claw hammer").stock(5).put_up();
    let mut annie = shop.shopper();
    annie.adds_to_cart(&hammer, 2);
    let number = annie.buys();
    assert_eq!(shop.stock("CLAW-HAMMER"), (5, 2));

    let mut owner = shop.owner();
    owner.cancels(&number, "The customer asked").must_say("Cancelled");
    assert_eq!(shop.stock("CLAW-HAMMER"), (5, 0));
    shop.works();
    owner.opens_order(&number).must_say("Refunded");
    assert_eq!(shop.count("SELECT refunded FROM sandbox_payments"), 2395, "the provider gave it back");
    let mails = shop.mails();
    assert!(mails.iter().any(|mail| mail.text.contains("is cancelled")), "{mails:?}");
    assert_eq!(shop.count("SELECT sum(allocated) FROM stock_movements"), 0, "the ledger adds up to the stock");
}

#[test]
fn a_part_is_refunded_and_never_more_than_was_paid() {
    let shop = Shop::open();
    let hammer = shop.product("Claw hammer").price("20.00").put_up();
    let mut annie = shop.shopper();
    annie.adds_to_cart(&hammer, 1);
    let number = annie.buys();
    let mut owner = shop.owner();
    owner.refunds(&number, "5.00").must_say("refund is on its way");
    shop.works();
    owner.opens_order(&number).must_say("Partly refunded");
    owner.refunds(&number, "20.00");
    assert_eq!(owner.page().status, 422);
    owner.page().must_say("At most £18.95");
    assert_eq!(shop.count("SELECT refunded FROM sandbox_payments"), 500);
}
