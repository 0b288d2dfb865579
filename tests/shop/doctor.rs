//! The books against one another: nothing to tell while people only use the shop, and every change by another hand is told.

use std::process::{Command, Output};

use ironmonger::web::Role;
use reqwest::{blocking::Client, redirect::Policy};

use crate::{
    harness::{CARD, DECLINED, Shop},
    standins::PayPal,
};

/// A shop in which much happened: a parcel left, an order was cancelled, a part was given back, a card was declined, an order
/// waits for a bank transfer. Gives the number of the order that was shipped.
fn busy() -> (Shop, String) {
    let shop = Shop::open();
    let hammer = shop.product("Claw hammer").stock(20).put_up();
    let mut owner = shop.owner();
    let buys = || {
        let mut annie = shop.shopper();
        annie.adds_to_cart(&hammer, 2);
        annie.buys()
    };
    let (shipped, cancelled, refunded) = (buys(), buys(), buys());
    owner.ships(&shipped, "AB1");
    owner.cancels(&cancelled, "out of season");
    owner.refunds(&refunded, "4.00");
    for gateway in ["sandbox", "manual"] {
        let mut bert = shop.shopper();
        bert.adds_to_cart(&hammer, 1);
        bert.reaches_payment();
        bert.orders_by(gateway);
        if gateway == "sandbox" {
            bert.pays_with(DECLINED);
        }
    }
    shop.works_within(30);
    (shop, shipped)
}

#[test]
fn books_of_a_shop_that_is_only_used_agree() {
    let (shop, _) = busy();
    let report = shop.examination();
    assert_eq!((report.findings, report.unread), (vec![], vec![]));
    assert_eq!((report.orders, report.listed), (5, 3));
}

#[test]
fn every_change_by_another_hand_is_told_with_the_order_s_number() {
    let (shop, number) = busy();
    let of = format!("(SELECT id FROM orders WHERE number = '{number}')");
    let changes = [
        ("stock", "UPDATE stock SET on_hand = on_hand + 1".to_owned(), "its own books contradict on_hand (ledger)"),
        (
            "stock",
            format!("UPDATE order_lines SET shipped = 1 WHERE order_id = {of}"),
            "1 units belong to it by its lines, 0 by the stock ledger",
        ),
        (
            "orders",
            format!("UPDATE orders SET payment_state = 'refunded' WHERE id = {of}"),
            "its payment stands as refunded, its money says paid",
        ),
        (
            "orders",
            format!("DELETE FROM shipment_lines USING order_lines l WHERE l.id = order_line_id AND l.order_id = {of}"),
            "its parcels hold 0",
        ),
        (
            "orders",
            format!(
                "SET session_replication_role = replica; UPDATE orders SET tax_total = tax_total - 1 WHERE id = {of}; SET session_replication_role = origin"
            ),
            "tax_total is",
        ),
        ("money", format!("UPDATE payment_attempts SET captured = captured + 5 WHERE order_id = {of}"), "it was told of"),
        ("money", format!("UPDATE payment_attempts SET refunded = 3 WHERE order_id = {of}"), "refunded is 3, its refunds are 0"),
        (
            "gateways",
            "UPDATE sandbox_payments SET refunded = 1 WHERE captured > 0 AND refunded = 0".to_owned(),
            "gave 1 back, our books say 0",
        ),
        (
            "gateways",
            format!("UPDATE payment_attempts SET gateway_reference = 'pay_AAAAAAAAAAAAAAAAAAAAAAAA' WHERE order_id = {of}"),
            "does not list",
        ),
    ];
    for (book, change, words) in changes {
        shop.meddle(&change);
        let told = shop.examination().findings;
        let about = |about: &str| about == number || about == "CLAW-HAMMER";
        let fits = told.iter().any(|finding| finding.book.as_str() == book && finding.words.contains(words) && about(&finding.about));
        assert!(fits, "{change}: {told:#?}");
    }
}

#[test]
fn counters_of_promotions_and_balances_that_are_wrong_are_told() {
    let (shop, number) = busy();
    shop.meddle(
        "INSERT INTO promotions (name, label, currency, action, percent, uses) VALUES ('Spring', 'Spring', 'GBP', 'order_percent', 10, 2);
         INSERT INTO credits (kind, currency, code_hash, code_last4) VALUES ('gift_card', 'GBP', repeat('a', 64), '7Q2M');
         INSERT INTO promotion_uses (promotion_id, order_id, email)
             SELECT (SELECT max(id) FROM promotions), id, email FROM orders WHERE lifecycle = 'cancelled'",
    );
    shop.meddle(&format!(
        "SET session_replication_role = replica;
         INSERT INTO credit_entries (credit_id, amount, cause, actor) SELECT id, 100, 'issued', 'test' FROM credits;
         INSERT INTO credit_entries (credit_id, amount, cause, actor, order_id)
             SELECT c.id, -50, 'spent', 'test', o.id FROM credits c, orders o WHERE o.number = '{number}';
         UPDATE credits SET balance = 500;
         SET session_replication_role = origin"
    ));
    let told = shop.examination().to_string();
    for words in [
        "Spring: 2 uses are counted, 1 orders have it",
        "it is cancelled and still counts as a use of Spring",
        "gift card …7Q2M: its balance is 500, its entries are 50",
        &format!("{number}: credit 1: by its entries 50 was spent and 0 given back, by the payments 0 and 0"),
    ] {
        assert!(told.contains(words), "{words:?} is missing:\n{told}");
    }
}

#[test]
fn a_provider_that_does_not_answer_is_told_and_is_no_difference() {
    let (shop, _) = busy();
    let deaf = shop.wired_elsewhere();
    let report = shop.block_on(ironmonger::doctor::examine(&deaf.doctor, 30)).unwrap();
    assert_eq!((report.findings, report.unread.len()), (vec![], 1));
}

#[test]
fn the_nightly_examination_mails_the_merchant_only_when_something_differs() {
    let (shop, number) = busy();
    let examines = || {
        shop.block_on(shop.wired.worker().schedule()).unwrap();
        shop.meddle("UPDATE jobs SET run_at = now() - interval '1 second' WHERE kind = 'examine_books'");
        shop.works_within(60);
    };
    examines();
    assert_eq!(shop.count("SELECT count(*) FROM mails WHERE kind = 'books_differ'"), 0);
    shop.meddle(&format!("UPDATE orders SET payment_state = 'due' WHERE number = '{number}'"));
    examines();
    let mail = shop.first("SELECT body_text FROM mails WHERE kind = 'books_differ'");
    assert!(mail.contains(&format!("Orders, {number}:\n    its payment stands as due, its money says paid")), "{mail}");
    assert_eq!(shop.first("SELECT recipient FROM mails WHERE kind = 'books_differ'"), shop.first("SELECT email FROM store"));
}

#[test]
fn the_owner_compares_the_books_on_a_page_and_staff_can_t() {
    let (shop, number) = busy();
    let mut owner = shop.owner();
    owner.visits("/admin/doctor").must_say("Comparing them now changes nothing");
    owner.browser.follow("Compare the books").must_say("The books agree").must_say("5 orders");
    shop.meddle(&format!("UPDATE orders SET payment_state = 'due' WHERE number = '{number}'"));
    owner.browser.follow("Compare again").must_say(&number).must_say("its money says paid");
    let mut helper = shop.staff(Role::Staff);
    for path in ["/admin/doctor", "/admin/doctor/examination"] {
        assert_eq!(helper.visits(path).status, 403);
    }
}

/// `ironmonger doctor` on this shop's database, asking the sandbox in this shop's server.
fn doctor(shop: &Shop) -> (Option<i32>, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ironmonger"));
    command.env_clear().current_dir(shop.folder()).arg("--data-dir").arg(shop.folder());
    command.args(["--database-url", &shop.database_url, "--secret-keys", &"k".repeat(40)]);
    command.args(["--listen", shop.url.trim_start_matches("http://"), "doctor"]);
    let Output { status, stdout, stderr } = command.output().unwrap();
    (status.code(), String::from_utf8_lossy(&stdout).into_owned() + &String::from_utf8_lossy(&stderr))
}

#[test]
fn the_command_ends_with_one_when_something_differs() {
    let (shop, number) = busy();
    let (code, said) = doctor(&shop);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("no difference; 5 orders and 3 payments of providers looked at"), "{said}");
    shop.meddle(&format!("UPDATE orders SET payment_state = 'due' WHERE number = '{number}'"));
    let (code, said) = doctor(&shop);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains(&format!("Orders · {number}: its payment stands as due, its money says paid")), "{said}");
}

#[test]
fn money_that_came_for_a_cancelled_order_is_on_its_way_back_and_the_books_agree() {
    let shop = Shop::open();
    let hammer = shop.product("Claw hammer").stock(1).put_up();
    let mut annie = shop.shopper();
    annie.adds_to_cart(&hammer, 1);
    annie.reaches_payment();
    annie.orders_by("sandbox");
    shop.meddle("INSERT INTO sandbox_faults (place, kind) SELECT 'void', 'error' FROM generate_series(1, 20)");
    shop.pay_time_runs_out();
    shop.meddle("DELETE FROM sandbox_faults");
    annie.pays_with(CARD);
    assert!(shop.examination().is_clean(), "{}", shop.examination());
    shop.jobs_become_due();
    shop.works_within(30);
    assert!(shop.examination().is_clean(), "{}", shop.examination());
    assert_eq!(shop.count("SELECT refunded FROM sandbox_payments"), 1395);
}

/// Somebody pays at Sandbox Pay and closes the browser on the way back, and the provider's message is lost.
fn paid_and_nobody_told(shop: &Shop) -> String {
    let hammer = shop.product("Claw hammer").put_up();
    let mut annie = shop.shopper();
    annie.adds_to_cart(&hammer, 1);
    annie.reaches_payment();
    annie.orders_by("sandbox");
    shop.arms("webhook", "lost", 1);
    let payment = shop.first("SELECT gateway_reference FROM payment_attempts");
    let client = Client::builder().no_proxy().redirect(Policy::none()).build().unwrap();
    let card = [("number", CARD), ("expiry", "12/39"), ("cvc", "123")];
    client.post(format!("{}/sandbox/pay/{payment}", shop.url)).form(&card).send().unwrap();
    shop.works();
    shop.first("SELECT number || ' ' || payment_state FROM orders")
}

#[test]
fn the_command_settles_a_payment_of_which_nobody_told_however_new_it_is() {
    let shop = Shop::open();
    let stood = paid_and_nobody_told(&shop);
    assert!(stood.ends_with(" due"), "{stood}");
    let (code, said) = doctor(&shop);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains("What was not final: 1 asked about, 1 settled now, 0 without an answer\n"), "{said}");
    assert!(said.contains("no difference; 1 orders and 1 payments"), "{said}");
    assert_eq!(shop.first("SELECT payment_state FROM orders"), "paid");
    assert_eq!(shop.mails().len(), 1, "the confirmation");
    assert!(!doctor(&shop).1.contains("not final"), "nothing is open any more");
}

#[test]
fn what_a_provider_does_not_answer_for_is_told_and_stays_as_it_is() {
    let shop = Shop::open();
    paid_and_nobody_told(&shop);
    let deaf = shop.wired_elsewhere();
    let report = shop.block_on(ironmonger::doctor::settle_and_examine(&deaf.doctor, 30)).unwrap();
    assert_eq!(report.findings, vec![]);
    let told = report.to_string();
    assert!(told.contains("What was not final: 1 asked about, 0 settled now, 1 without an answer"), "{told}");
    assert_eq!(shop.first("SELECT payment_state FROM orders"), "due", "unknown is pending");
}

#[test]
fn comparing_on_the_page_settles_nothing() {
    let shop = Shop::open();
    paid_and_nobody_told(&shop);
    shop.owner().visits("/admin/doctor/examination").must_say("took 1395 GBP, our books say 0 GBP");
    assert_eq!(shop.first("SELECT payment_state FROM orders"), "due");
}

#[test]
fn payments_of_a_provider_without_a_list_are_compared_one_by_one() {
    let (shop, paypal) = (Shop::open(), PayPal::open());
    shop.takes_paypal(&paypal);
    let hammer = shop.product("Claw hammer").put_up();
    let buys = || {
        let mut annie = shop.shopper();
        annie.adds_to_cart(&hammer, 1);
        annie.reaches_payment();
        annie.orders_by("paypal");
        annie.browser.submit("Pay", &[]).must_say("Thank you");
        annie.order_number()
    };
    let (first, second) = (buys(), buys());
    let mut waits = shop.shopper();
    waits.adds_to_cart(&hammer, 1);
    waits.reaches_payment();
    waits.orders_by("paypal");
    shop.owner().refunds(&first, "4.00");
    shop.works_within(30);
    let report = shop.examination();
    assert_eq!((report.findings, report.unread, report.listed), (vec![], vec![], 2));
    let of = |number: &str| format!("(SELECT id FROM orders WHERE number = '{number}')");
    shop.meddle(&format!("UPDATE payment_attempts SET captured = captured + 5 WHERE order_id = {}", of(&first)));
    shop.meddle(&format!("UPDATE payment_attempts SET gateway_reference = 'NONE-SUCH' WHERE order_id = {}", of(&second)));
    let told = shop.examination().to_string();
    assert!(told.contains(&format!("{first}: PayPal took 1395 GBP, our books say 1400 GBP")), "{told}");
    assert!(told.contains(&format!("{second}: we have 1395 GBP that PayPal does not list (NONE-SUCH)")), "{told}");
}

#[test]
fn payments_that_a_provider_without_a_list_does_not_tell_of_are_counted_as_not_compared() {
    let (shop, paypal) = (Shop::open(), PayPal::open());
    shop.takes_paypal(&paypal);
    let hammer = shop.product("Claw hammer").put_up();
    let mut annie = shop.shopper();
    annie.adds_to_cart(&hammer, 1);
    annie.reaches_payment();
    annie.orders_by("paypal");
    annie.browser.submit("Pay", &[]).must_say("Thank you");
    shop.works_within(30);
    let (url, client) = (paypal.url(), Client::builder().no_proxy().build().unwrap());
    drop(paypal);
    while client.get(&url).send().is_ok() {
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    let report = shop.examination();
    assert_eq!(report.findings, vec![]);
    assert_eq!(report.unread, ["1 payments of PayPal, which gives no list and told nothing of them"]);
}
