//! What the payment provider tells us: only what it signed, each event once, in whatever order.

use std::time::{Duration, Instant};

use chrono::Utc;
use ironmonger::{
    base::{Currency, Door, Keys, Money, OrderId},
    orders,
    web::Role,
};
use reqwest::blocking::Client;

use crate::{
    harness::{CARD, DECLINED, Shop, at_once},
    standins::{self, PayPal, Stripe},
};

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

/// A shop with a shopper who is about to pay.
fn about_to_pay(shop: &Shop) -> crate::harness::Shopper {
    let hammer = shop.product("Claw hammer").put_up();
    let mut annie = shop.shopper();
    annie.adds_to_cart(&hammer, 1);
    annie.reaches_payment();
    annie
}

#[test]
fn a_payment_of_which_nobody_told_is_found_by_the_reconciler() {
    let shop = Shop::open();
    let (annie, payment) = awaiting_payment(&shop);
    shop.arms("webhook", "lost", 1);
    shop.arms("standing", "error", 9);
    let card = [("number", CARD), ("expiry", "12/39"), ("cvc", "123")];
    // The shopper closes the browser on the way back.
    let client = Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build().unwrap();
    client.post(format!("{}/sandbox/pay/{payment}", shop.url)).form(&card).send().unwrap();
    drop(annie);
    shop.works();
    shop.reconciles();
    assert_eq!(shop.count("SELECT count(*) FROM orders WHERE payment_state = 'due'"), 1, "no answer is no news");
    shop.meddle("DELETE FROM sandbox_faults");
    shop.reconciles();
    assert_eq!(shop.count("SELECT count(*) FROM orders WHERE payment_state = 'paid'"), 1);
    assert_eq!(shop.mails().len(), 1, "the confirmation");
}

#[test]
fn webhooks_early_late_twice_and_out_of_order_lead_to_the_same_end() {
    for kind in ["early", "late", "twice", "out_of_order"] {
        let shop = Shop::open();
        let (mut annie, _payment) = awaiting_payment(&shop);
        shop.arms("webhook", kind, 1);
        annie.pays_with(CARD).must_say("Thank you");
        shop.jobs_become_due();
        shop.works_within(30);
        assert_eq!(shop.count("SELECT sum(captured) FROM payment_attempts"), 1395, "{kind}");
        assert_eq!(shop.count("SELECT count(*) FROM orders WHERE payment_state = 'paid'"), 1, "{kind}");
        assert_eq!(shop.mails().len(), 1, "{kind}");
    }
}

#[test]
fn a_provider_that_keeps_failing_is_left_alone_and_other_ways_are_offered() {
    let shop = Shop::open();
    let mut annie = about_to_pay(&shop);
    shop.arms("start", "error", 100);
    shop.arms("standing", "error", 100);
    let sandbox = shop.wired.gateways.get("sandbox").unwrap();
    for _ in 0..3 {
        assert!(shop.block_on(sandbox.standing("pay_AAAAAAAAAAAAAAAAAAAAAAAA")).is_err());
    }
    assert!(matches!(shop.wired.gateways.door("sandbox"), Door::Open { .. }));
    let asked = Instant::now();
    annie.visits("/checkout/payment").must_say("does not answer just now").must_say("Bank transfer");
    assert!(!annie.page().says("Card (sandbox)") && asked.elapsed() < Duration::from_secs(2));
    annie.orders_by("manual").must_say("Thank you");
    let mut owner = shop.owner();
    owner.visits("/admin/payment-methods").must_say("Not answering").must_say("500 Internal Server Error");
}

#[test]
fn who_can_t_pay_online_pays_by_hand_and_the_first_payment_is_let_go_of() {
    let shop = Shop::open();
    let (mut annie, _payment) = awaiting_payment(&shop);
    annie.browser.submit("Cancel and go back", &[]);
    annie.page().must_say("Your order is kept");
    annie.browser.submit("Pay £13.95", &[("gateway", "manual")]);
    annie.page().must_say("Thank you");
    assert_eq!(shop.count("SELECT count(*) FROM orders WHERE gateway = 'manual' AND pay_before IS NULL"), 1);
    assert_eq!(shop.mails().len(), 1, "how to pay");
}

/// The owner lets money be taken only as parcels leave.
fn takes_at_shipping(shop: &Shop) {
    shop.owner_sets("sandbox", &[("capture_at", "shipping")]);
}

#[test]
fn money_is_set_aside_at_placing_and_taken_at_shipping() {
    let shop = Shop::open();
    takes_at_shipping(&shop);
    let mut annie = about_to_pay(&shop);
    annie.orders_by("sandbox");
    annie.pays_with(CARD).must_say("Thank you");
    let number = annie.order_number();
    shop.works();
    assert_eq!(shop.count("SELECT count(*) FROM orders WHERE payment_state = 'authorised' AND pay_before IS NULL"), 1);
    assert_eq!(shop.count("SELECT sum(captured) FROM sandbox_payments"), 0);
    assert_eq!(shop.mails().len(), 1, "the customer is told once");
    let mut pat = shop.staff(Role::Staff);
    pat.ships(&number, "AB123");
    shop.works();
    assert_eq!(shop.count("SELECT sum(captured) FROM sandbox_payments"), 1395);
    assert_eq!(shop.count("SELECT count(*) FROM orders WHERE payment_state = 'paid' AND lifecycle = 'completed'"), 1);
    pat.opens_order(&number).must_say("Payment set aside");
}

#[test]
fn an_authorised_order_that_is_cancelled_lets_go_of_the_money() {
    let shop = Shop::open();
    takes_at_shipping(&shop);
    let mut annie = about_to_pay(&shop);
    annie.orders_by("sandbox");
    annie.pays_with(CARD);
    let number = annie.order_number();
    shop.staff(Role::Staff).cancels(&number, "Sold out after all");
    shop.works();
    assert_eq!(shop.count("SELECT count(*) FROM sandbox_payments WHERE state = 'voided' AND captured = 0"), 1);
    assert_eq!(shop.count("SELECT count(*) FROM payment_attempts WHERE state = 'voided'"), 1);
    assert_eq!(shop.count("SELECT count(*) FROM refunds"), 0);
}

#[test]
fn parcels_take_their_parts_and_never_more_than_was_set_aside() {
    let shop = Shop::open();
    takes_at_shipping(&shop);
    let mut annie = about_to_pay(&shop);
    annie.orders_by("sandbox");
    annie.pays_with(CARD);
    let order = OrderId(shop.count("SELECT id FROM orders"));
    let request = |minor| {
        let amount = Money::new(minor, Currency::parse("GBP").unwrap());
        shop.write(move |conn| {
            let order = orders::lock(conn, order)?;
            orders::capture(conn, &order, amount)
        });
        shop.works();
    };
    request(500);
    assert_eq!(shop.count("SELECT sum(captured) FROM payment_attempts"), 500);
    assert_eq!(shop.count("SELECT count(*) FROM orders WHERE payment_state = 'authorised'"), 1);
    request(5000);
    assert_eq!(shop.count("SELECT sum(captured) FROM payment_attempts"), 1395);
    assert_eq!(shop.count("SELECT count(*) FROM orders WHERE payment_state = 'paid'"), 1);
    request(1);
    assert_eq!(shop.count("SELECT count(*) FROM captures"), 2);
}

#[test]
fn a_refund_that_takes_its_time_is_settled_and_one_that_fails_gives_its_money_free_again() {
    for (card, state) in [("4000 0000 0000 7726", "succeeded"), ("4000 0000 0000 5126", "failed")] {
        let shop = Shop::open();
        let (mut annie, _payment) = awaiting_payment(&shop);
        annie.pays_with(card);
        let number = annie.order_number();
        shop.arms("webhook", "lost", 9);
        shop.staff(Role::Staff).refunds(&number, "5.00");
        shop.works();
        assert_eq!(shop.count("SELECT count(*) FROM refunds WHERE state = 'pending' AND gateway_reference IS NOT NULL"), 1, "{state}");
        shop.reconciles();
        shop.reconciles();
        assert_eq!(shop.count(&format!("SELECT count(*) FROM refunds WHERE state = '{state}'")), 1, "{state}");
        assert_eq!(shop.count("SELECT sum(refunded) FROM payment_attempts"), if state == "failed" { 0 } else { 500 });
    }
}

#[test]
fn a_payment_whose_time_is_over_can_t_be_made_any_more() {
    let shop = Shop::open();
    let (mut annie, _payment) = awaiting_payment(&shop);
    shop.pay_time_runs_out();
    annie.pays_with(CARD).must_say("Cancelled");
    assert_eq!(shop.count("SELECT count(*) FROM sandbox_payments WHERE state = 'voided' AND captured = 0"), 1);
    assert_eq!(shop.count("SELECT count(*) FROM payment_attempts WHERE state = 'voided'"), 1);
}

#[test]
fn the_ledger_takes_nothing_back() {
    let shop = Shop::open();
    let (mut annie, _payment) = awaiting_payment(&shop);
    annie.pays_with(CARD);
    for sql in ["UPDATE payment_events SET amount = 1", "DELETE FROM payment_events", "TRUNCATE payment_events"] {
        let refused = shop.tries_as_owner(sql);
        assert!(refused.is_err_and(|error| error.to_string().contains("append-only")), "{sql}");
    }
}

#[test]
fn secrets_are_sealed_in_the_database_and_never_shown_again() {
    let (shop, stripe) = (Shop::open(), Stripe::open());
    shop.takes_stripe(&stripe);
    let stored = shop.first("SELECT string_agg(g::text, ' ') FROM gateway_settings g");
    for secret in [standins::stripe::KEY, standins::stripe::WEBHOOK_SECRET] {
        assert!(!stored.contains(secret) && !stored.contains(&secret[8..]), "in the database");
    }
    let mut owner = shop.owner();
    let page = owner.visits("/admin/payment-methods/stripe");
    page.must_say("ends in …0042").must_say("ends in …0043");
    assert!(!page.body.contains(standins::stripe::KEY), "on the page");
    assert!(page.body.contains(&format!("{}/webhooks/stripe", shop.url)), "the address to copy");
    // Saved again with empty fields, the secrets stay.
    owner.browser.submit("Save settings", &[("name", "Card or wallet")]);
    owner.browser.submit("Test the connection", &[]).must_say("Stripe knows your key");
    owner.visits("/admin/payment-methods/stripe");
    let refused = owner.browser.submit("Save settings", &[("secret_key", "sk_live_oh_no_42"), ("position", "x")]);
    assert_eq!(refused.status, 422);
    refused.must_say("This is no test key").must_say("whole number");
    assert!(!refused.body.contains("sk_live_oh_no_42"), "what was typed as a secret does not come back");
}

#[test]
fn only_the_owner_sees_how_money_is_taken() {
    let shop = Shop::open();
    let mut pat = shop.staff(Role::Staff);
    for path in ["/admin/payment-methods", "/admin/payment-methods/stripe", "/sandbox/control"] {
        assert_eq!(pat.visits(path).status, 403, "{path}");
    }
    let mut owner = shop.owner();
    owner.visits("/admin/payment-methods").must_say("Sandbox Pay is on").must_say("Stripe");
    assert_eq!(owner.visits("/admin/payment-methods/nothing").status, 404);
    owner.visits("/sandbox/control");
    owner.browser.submit("Arm the fault", &[("place", "start"), ("kind", "hang")]).must_say("Hang");
    assert_eq!(owner.browser.submit("Arm the fault", &[("place", "start"), ("kind", "lost")]).status, 422);
    owner.visits("/sandbox/control");
    owner.browser.submit("Disarm all", &[]).must_say("No fault is armed");
}

#[test]
fn a_customer_pays_on_the_pages_of_stripe_and_paypal() {
    let shop = Shop::open();
    let (stripe, paypal) = (Stripe::open(), PayPal::open());
    shop.takes_stripe(&stripe);
    shop.takes_paypal(&paypal);
    for (title, gateway) in [("Claw hammer", "stripe"), ("Hand saw", "paypal")] {
        let product = shop.product(title).put_up();
        let mut annie = shop.shopper();
        annie.adds_to_cart(&product, 1);
        annie.reaches_payment();
        annie.orders_by(gateway);
        annie.browser.submit("Pay", &[]).must_say("Thank you");
        shop.works();
        let paid = format!("SELECT count(*) FROM orders WHERE gateway = '{gateway}' AND payment_state = 'paid'");
        assert_eq!(shop.count(&paid), 1, "{gateway}");
    }
    let mut owner = shop.owner();
    let number = shop.first("SELECT number FROM orders WHERE gateway = 'stripe'");
    owner.refunds(&number, "4.00");
    shop.works();
    assert_eq!(shop.count("SELECT count(*) FROM refunds WHERE state = 'succeeded' AND amount = 400"), 1);
}

#[test]
fn a_message_of_stripe_is_understood_before_its_answer_was_written_down() {
    let (shop, stripe) = (Shop::open(), Stripe::open());
    shop.takes_stripe(&stripe);
    let mut annie = about_to_pay(&shop);
    annie.orders_by("stripe");
    let reference = shop.first("SELECT gateway_reference FROM payment_attempts");
    // As if the program had died before it wrote down what Stripe said.
    shop.meddle("UPDATE payment_attempts SET gateway_reference = NULL, redirect_url = NULL");
    stripe.shopper(&reference, true);
    for kind in ["payment_intent.succeeded", "checkout.session.completed", "checkout.session.completed"] {
        let (signature, body) = stripe.event(kind, &reference, Utc::now().timestamp());
        let post = Client::builder().no_proxy().build().unwrap().post(format!("{}/webhooks/stripe", shop.url));
        assert_eq!(post.header("stripe-signature", signature).body(body).send().unwrap().status().as_u16(), 200, "{kind}");
    }
    assert_eq!(shop.count("SELECT count(*) FROM orders WHERE payment_state = 'paid'"), 1);
    assert_eq!(shop.first("SELECT gateway_reference FROM payment_attempts"), reference);
    assert_eq!(shop.count("SELECT sum(captured) FROM payment_attempts"), 1395);
}
