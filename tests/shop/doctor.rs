//! The books against one another: nothing to tell while people only use the shop, and every change by another hand is told.

use std::process::{Command, Output};

use ironmonger::web::Role;

use crate::harness::{CARD, DECLINED, Shop};

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
