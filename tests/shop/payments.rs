//! What the payment provider tells us: only what it signed, each event once, in whatever order.

use chrono::Utc;
use ironmonger::base::Keys;
use reqwest::blocking::Client;

use crate::harness::{CARD, DECLINED, Shop, at_once};

/// A shop with an order that waits for its payment at the provider; gives the provider's id of the payment.
fn awaiting_payment(shop: &Shop) -> (crate::harness::Shopper, String) {
    let hammer = shop.product("Claw hammer").put_up();
    let mut annie = shop.shopper();
    annie.adds_to_cart(&hammer, 1);
    annie.reaches_payment();
    annie.orders_by("sandbox");
    let payment = annie.page().url.path().rsplit('/').next().unwrap().to_owned();
    (annie, payment)
}

fn captured(event: &str, payment: &str, amount: i64, currency: &str) -> String {
    format!(
        r#"{{"id":"{event}","type":"payment.captured","payment":{{"id":"{payment}","state":"captured","amount":{amount},"captured":{amount},"currency":"{currency}","failure":null}}}}"#
    )
}

fn signature(secret: &str, at: i64, body: &str) -> String {
    format!("t={at},v1={}", Keys::sign_with(secret.as_bytes(), format!("{at}.{body}").as_bytes()))
}

fn tells(shop: &Shop, signature: Option<&str>, body: &str) -> u16 {
    let request = Client::builder().no_proxy().build().unwrap().post(format!("{}/webhooks/sandbox", shop.url)).body(body.to_owned());
    let request = match signature {
        Some(signature) => request.header("sandbox-signature", signature),
        None => request,
    };
    request.send().unwrap().status().as_u16()
}

#[test]
fn a_message_that_the_provider_did_not_sign_changes_nothing() {
    let shop = Shop::open();
    let (_annie, payment) = awaiting_payment(&shop);
    let (secret, now) = (&shop.wired.sandbox.webhook_secret, Utc::now().timestamp());
    let body = captured("evt_1", &payment, 1395, "GBP");
    let forged = signature("another secret", now, &body);
    let of_another_body = signature(secret, now, &captured("evt_1", &payment, 1, "GBP"));
    let stale = signature(secret, now - 3600, &body);
    let early = signature(secret, now + 3600, &body);
    for wrong in [None, Some(""), Some("t=1,v1=abc"), Some(&*forged), Some(&*of_another_body), Some(&*stale), Some(&*early)] {
        assert_eq!(tells(&shop, wrong, &body), 403, "{wrong:?}");
    }
    assert_eq!(shop.count("SELECT count(*) FROM payment_events"), 0);
    assert_eq!(shop.count("SELECT count(*) FROM orders WHERE payment_state = 'due'"), 1);
}

#[test]
fn a_message_that_is_told_many_times_counts_once() {
    let shop = Shop::open();
    let (_annie, payment) = awaiting_payment(&shop);
    let body = captured("evt_1", &payment, 1395, "GBP");
    let signed = signature(&shop.wired.sandbox.webhook_secret, Utc::now().timestamp(), &body);
    let post = || Client::new().post(format!("{}/webhooks/sandbox", shop.url)).header("sandbox-signature", &signed).body(body.clone());
    assert!(at_once((0..6).map(|_| post()).collect()).iter().all(|answer| answer.status == 200));
    assert_eq!(tells(&shop, Some(&signed), &body), 200);
    assert_eq!(shop.count("SELECT count(*) FROM payment_events"), 1);
    assert_eq!(shop.count("SELECT sum(captured) FROM payment_attempts"), 1395);
    assert_eq!(shop.mails().len(), 1, "one confirmation");
}

#[test]
fn a_late_word_of_failure_takes_no_payment_back() {
    let shop = Shop::open();
    let (mut annie, payment) = awaiting_payment(&shop);
    annie.pays_with(CARD);
    let body = captured("evt_late", &payment, 1395, "GBP").replace("captured", "declined");
    let signed = signature(&shop.wired.sandbox.webhook_secret, Utc::now().timestamp(), &body);
    assert_eq!(tells(&shop, Some(&signed), &body), 200);
    shop.works();
    assert_eq!(shop.count("SELECT count(*) FROM orders WHERE payment_state = 'paid'"), 1);
}

#[test]
fn money_counts_although_the_card_was_first_said_to_be_declined() {
    let shop = Shop::open();
    let (mut annie, payment) = awaiting_payment(&shop);
    annie.pays_with(DECLINED).must_say("declined");
    let body = captured("evt_after_all", &payment, 1395, "GBP");
    let signed = signature(&shop.wired.sandbox.webhook_secret, Utc::now().timestamp(), &body);
    assert_eq!(tells(&shop, Some(&signed), &body), 200);
    assert_eq!(shop.count("SELECT count(*) FROM orders WHERE payment_state = 'paid'"), 1);
}

#[test]
fn a_payment_in_another_currency_or_of_less_pays_no_order() {
    let shop = Shop::open();
    let (_annie, payment) = awaiting_payment(&shop);
    let tell = |body: &str| tells(&shop, Some(&signature(&shop.wired.sandbox.webhook_secret, Utc::now().timestamp(), body)), body);
    assert_eq!(tell(&captured("evt_jpy", &payment, 1395, "JPY")), 200, "it is taken down, and not told again");
    assert_eq!(shop.count("SELECT count(*) FROM payment_events WHERE kind = 'foreign_currency' AND currency = 'JPY'"), 1);
    assert_eq!(shop.count("SELECT count(*) FROM payment_attempts WHERE flag LIKE '%¥1,395%' AND captured = 0"), 1);
    assert_eq!(tell(&captured("evt_less", &payment, 95, "GBP")), 200);
    assert_eq!(shop.count("SELECT count(*) FROM orders WHERE payment_state = 'due'"), 1);
}

#[test]
fn less_money_than_asked_for_a_cancelled_order_goes_back_too() {
    let shop = Shop::open();
    let (_annie, payment) = awaiting_payment(&shop);
    shop.pay_time_runs_out();
    let body = captured("evt_part", &payment, 500, "GBP");
    assert_eq!(tells(&shop, Some(&signature(&shop.wired.sandbox.webhook_secret, Utc::now().timestamp(), &body)), &body), 200);
    assert_eq!(shop.count("SELECT COALESCE(sum(amount), 0) FROM refunds"), 500);
}

#[test]
fn a_message_about_a_payment_that_is_not_ours_is_not_taken() {
    let shop = Shop::open();
    let body = captured("evt_1", "pay_AAAAAAAAAAAAAAAAAAAAAAAA", 1395, "GBP");
    let signed = signature(&shop.wired.sandbox.webhook_secret, Utc::now().timestamp(), &body);
    assert_eq!(tells(&shop, Some(&signed), &body), 404);
    assert_eq!(tells(&shop, Some(&signature(&shop.wired.sandbox.webhook_secret, Utc::now().timestamp(), "garbage")), "garbage") / 100, 5);
    let huge = "x".repeat(100_000);
    assert_eq!(tells(&shop, Some("t=1,v1=1"), &huge), 413);
}

#[test]
fn two_clicks_on_the_provider_s_pay_button_charge_once() {
    let shop = Shop::open();
    let (annie, _payment) = awaiting_payment(&shop);
    let card = [("number", CARD), ("expiry", "12/39"), ("cvc", "123")];
    let pages = at_once((0..4).map(|_| annie.browser.prepare("Pay", &card)).collect());
    for page in &pages {
        assert_eq!(page.status, 200);
        page.must_say("Thank you");
    }
    shop.works_within(30);
    assert_eq!(shop.count("SELECT sum(captured) FROM payment_attempts"), 1395);
    assert_eq!(shop.count("SELECT count(*) FROM mails"), 1);
}

#[test]
fn going_back_from_the_provider_keeps_the_order_to_be_paid_later() {
    let shop = Shop::open();
    let (mut annie, _payment) = awaiting_payment(&shop);
    annie.browser.submit("Cancel and go back", &[]);
    annie.page().must_say("The payment was cancelled").must_say("Your order is kept");
    annie.browser.submit("Pay £13.95", &[("gateway", "sandbox")]);
    annie.pays_with(CARD).must_say("Thank you");
    assert_eq!(shop.count("SELECT count(*) FROM payment_attempts"), 2);
    assert_eq!(shop.count("SELECT sum(captured) FROM payment_attempts"), 1395);
}

#[test]
fn the_provider_s_api_wants_its_key() {
    let shop = Shop::open();
    let (_annie, payment) = awaiting_payment(&shop);
    for key in ["", "Bearer wrong"] {
        let url = format!("{}/sandbox/api/v1/payments/{payment}", shop.url);
        let answer = Client::builder().no_proxy().build().unwrap().get(url).header("authorization", key).send().unwrap();
        assert_eq!(answer.status().as_u16(), 401);
    }
}
