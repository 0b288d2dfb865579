//! The contract of `payments::Gateway`: one list of behaviours, and every way of paying held against it. Sandbox Pay is in the
//! program, Stripe and PayPal are stand-ins made from their public documentation.

use std::sync::Arc;

use chrono::{Duration, Utc};
use ironmonger::{
    base::{AttemptId, CaptureId, Currency, Keys, Money, RefundId},
    payments::{
        CaptureAt, CaptureRequest, Gateway, GatewayError, GatewayPayment, Headers, News, Outcome, RefundRequest, Standing, StartPayment,
        Started, Told, VoidRequest,
    },
};
use reqwest::blocking::Client;
use serde_json::json;

use crate::{
    harness::{CARD, DECLINED, Shop},
    standins::{PayPal, Stripe, paypal, stripe},
};

/// A provider seen from its other side: what the shopper does there, and how it signs.
enum Provider {
    Sandbox,
    Stripe(Stripe),
    PayPal(PayPal),
}

struct Tried {
    shop: Shop,
    provider: Provider,
    gateway: Arc<dyn Gateway>,
}

impl Tried {
    fn all() -> Vec<Self> {
        vec![Self::sandbox(), Self::stripe(), Self::paypal()]
    }

    fn sandbox() -> Self {
        let shop = Shop::open();
        let gateway = shop.wired.gateways.get("sandbox").unwrap();
        Self { shop, provider: Provider::Sandbox, gateway }
    }

    fn stripe() -> Self {
        let (shop, provider) = (Shop::open(), Stripe::open());
        shop.takes_stripe(&provider);
        let gateway = shop.wired.gateways.get("stripe").unwrap();
        Self { shop, provider: Provider::Stripe(provider), gateway }
    }

    fn paypal() -> Self {
        let (shop, provider) = (Shop::open(), PayPal::open());
        shop.takes_paypal(&provider);
        let gateway = shop.wired.gateways.get("paypal").unwrap();
        Self { shop, provider: Provider::PayPal(provider), gateway }
    }

    fn starts(&self, request: &StartPayment) -> (String, String) {
        match self.shop.block_on(self.gateway.start(request)).unwrap() {
            Started::Redirect { reference, url } => (reference, url),
            other => panic!("{} began with {other:?}", self.gateway.code()),
        }
    }

    fn standing(&self, reference: &str) -> Standing {
        self.shop.block_on(self.gateway.standing(reference)).unwrap()
    }

    /// The shopper pays, or tries to with what is declined.
    fn shopper(&self, reference: &str, pays: bool) {
        match &self.provider {
            Provider::Sandbox => {
                let client = Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none()).build().unwrap();
                let card = [("number", if pays { CARD } else { DECLINED }), ("expiry", "12/39"), ("cvc", "123")];
                let answer = client.post(format!("{}/sandbox/pay/{reference}", self.shop.url)).form(&card).send().unwrap();
                assert_eq!(answer.status().as_u16(), 303);
            }
            Provider::Stripe(stripe) => stripe.shopper(reference, pays),
            Provider::PayPal(paypal) => paypal.shopper(reference, pays),
        }
    }

    /// A message that tells of the payment, as the provider signs it now.
    fn message(&self, reference: &str) -> (Vec<(String, String)>, String) {
        match &self.provider {
            Provider::Sandbox => {
                let payment = json!({ "id": reference, "state": "captured", "amount": 1395, "captured": 1395, "currency": "GBP" });
                let body = json!({ "id": "evt_1", "type": "payment.captured", "payment": payment }).to_string();
                let at = Utc::now().timestamp();
                let signature = Keys::sign_with(self.shop.wired.sandbox.webhook_secret.as_bytes(), format!("{at}.{body}").as_bytes());
                (vec![("Sandbox-Signature".to_owned(), format!("t={at},v1={signature}"))], body)
            }
            Provider::Stripe(stripe) => {
                let (signature, body) = stripe.event("checkout.session.completed", reference, Utc::now().timestamp());
                (vec![("Stripe-Signature".to_owned(), signature)], body)
            }
            Provider::PayPal(paypal) => paypal.event("CHECKOUT.ORDER.APPROVED", reference),
        }
    }

    fn reads(&self, headers: &[(String, String)], body: &str) -> Result<Option<ironmonger::payments::Notice>, GatewayError> {
        let headers: Headers = headers.iter().map(|(name, value)| (name.clone(), value.clone())).collect();
        self.shop.block_on(self.gateway.webhook(&headers, body.as_bytes()))
    }

    fn captures(&self, payment: &Payment, amount: i64, is_final: bool) -> Outcome {
        let request = CaptureRequest {
            capture: CaptureId::new(),
            attempt: payment.request.attempt,
            reference: payment.reference.clone(),
            amount: pounds(amount),
            is_final,
        };
        let first = self.shop.block_on(self.gateway.capture(&request)).unwrap();
        assert_eq!(self.shop.block_on(self.gateway.capture(&request)).unwrap(), first, "{}: one key, one capture", self.gateway.code());
        first
    }

    fn voids(&self, payment: &Payment) -> Outcome {
        let request = VoidRequest { attempt: payment.request.attempt, reference: payment.reference.clone() };
        self.shop.block_on(self.gateway.void(&request)).unwrap()
    }

    fn refund_request(&self, payment: &Payment, amount: i64) -> RefundRequest {
        RefundRequest {
            refund: RefundId::new(),
            attempt: payment.request.attempt,
            reference: Some(payment.reference.clone()),
            refund_reference: None,
            amount: pounds(amount),
        }
    }

    fn refunds(&self, request: &RefundRequest) -> Outcome {
        self.shop.block_on(self.gateway.refund(request)).unwrap()
    }

    fn paid(&self, capture: CaptureAt) -> Payment {
        let request = request(capture);
        let (reference, _) = self.starts(&request);
        self.shopper(&reference, true);
        Payment { request, reference }
    }
}

struct Payment {
    request: StartPayment,
    reference: String,
}

fn pounds(minor: i64) -> Money {
    Money::new(minor, Currency::parse("GBP").unwrap())
}

fn request(capture: CaptureAt) -> StartPayment {
    StartPayment {
        attempt: AttemptId::new(),
        order_number: "7K4Q-29XM".to_owned(),
        email: "annie@example.com".to_owned(),
        amount: pounds(1395),
        capture,
        return_url: "http://127.0.0.1:1/checkout/return/7K4Q-29XM/token".to_owned(),
        webhook_url: "http://127.0.0.1:1/webhooks/x".to_owned(),
    }
}

fn is_done(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Succeeded { .. })
}

fn is_refused(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Refused { .. })
}

#[test]
fn a_payment_begun_twice_with_one_key_is_one_payment() {
    for tried in Tried::all() {
        let asked = request(CaptureAt::Placing);
        let first = tried.starts(&asked);
        assert_eq!(tried.starts(&asked), first, "{}", tried.gateway.code());
        assert_ne!(tried.starts(&request(CaptureAt::Placing)).0, first.0, "another attempt is another payment");
        assert_eq!(tried.standing(&first.0), Standing::Pending, "nobody has paid yet");
    }
}

#[test]
fn what_the_shopper_pays_is_captured_once_and_stays_so() {
    for tried in Tried::all() {
        let payment = tried.paid(CaptureAt::Placing);
        for _ in 0..2 {
            assert_eq!(tried.standing(&payment.reference), Standing::Captured { amount: pounds(1395) }, "{}", tried.gateway.code());
        }
    }
}

#[test]
fn what_is_declined_is_never_money() {
    for tried in Tried::all() {
        let asked = request(CaptureAt::Placing);
        let (reference, _) = tried.starts(&asked);
        tried.shopper(&reference, false);
        let standing = tried.standing(&reference);
        assert!(matches!(standing, Standing::Failed { .. } | Standing::Pending), "{}: {standing:?}", tried.gateway.code());
    }
}

#[test]
fn what_is_set_aside_is_taken_later() {
    for tried in Tried::all() {
        let payment = tried.paid(CaptureAt::Shipping);
        let held = tried.standing(&payment.reference);
        assert!(
            matches!(held, Standing::Authorised { amount, until: Some(_) } if amount == pounds(1395)),
            "{}: {held:?}",
            tried.gateway.code()
        );
        assert!(is_done(&tried.captures(&payment, 1395, true)));
        assert_eq!(tried.standing(&payment.reference), Standing::Captured { amount: pounds(1395) });
        assert!(is_refused(&tried.voids(&payment)), "{}: what is taken is given back by a refund only", tried.gateway.code());
    }
}

#[test]
fn what_is_set_aside_is_taken_in_parts_where_the_provider_can() {
    for tried in Tried::all().into_iter().filter(|tried| tried.gateway.captures_in_parts()) {
        let payment = tried.paid(CaptureAt::Shipping);
        assert!(matches!(tried.standing(&payment.reference), Standing::Authorised { .. }));
        assert!(is_done(&tried.captures(&payment, 500, false)));
        assert_eq!(tried.standing(&payment.reference), Standing::Captured { amount: pounds(500) }, "{}", tried.gateway.code());
        assert!(is_refused(&tried.captures(&payment, 896, false)), "never more than was set aside");
        assert!(is_done(&tried.captures(&payment, 895, true)));
        assert_eq!(tried.standing(&payment.reference), Standing::Captured { amount: pounds(1395) });
    }
}

#[test]
fn what_is_let_go_of_can_t_be_taken_any_more() {
    for tried in Tried::all() {
        let payment = tried.paid(CaptureAt::Shipping);
        assert!(matches!(tried.standing(&payment.reference), Standing::Authorised { .. }));
        for _ in 0..2 {
            assert!(is_done(&tried.voids(&payment)), "{}: letting go twice is letting go", tried.gateway.code());
        }
        assert_eq!(tried.standing(&payment.reference), Standing::Voided, "{}", tried.gateway.code());
        assert!(is_refused(&tried.captures(&payment, 1395, true)));
    }
}

#[test]
fn a_payment_that_nobody_made_can_be_closed() {
    for tried in Tried::all() {
        let asked = request(CaptureAt::Placing);
        let (reference, _) = tried.starts(&asked);
        assert!(is_done(&tried.voids(&Payment { request: asked, reference })), "{}", tried.gateway.code());
    }
}

#[test]
fn money_goes_back_once_for_one_key_and_never_more_than_came() {
    for tried in Tried::all() {
        let payment = tried.paid(CaptureAt::Placing);
        assert!(matches!(tried.standing(&payment.reference), Standing::Captured { .. }));
        let part = tried.refund_request(&payment, 400);
        let first = tried.refunds(&part);
        assert!(is_done(&first), "{}: {first:?}", tried.gateway.code());
        assert_eq!(tried.refunds(&part), first, "{}: one key, one refund", tried.gateway.code());
        assert!(is_refused(&tried.refunds(&tried.refund_request(&payment, 996))), "{}", tried.gateway.code());
        assert!(is_done(&tried.refunds(&tried.refund_request(&payment, 995))));
        assert!(is_refused(&tried.refunds(&tried.refund_request(&payment, 1))), "nothing is left");
    }
}

#[test]
fn what_was_taken_in_two_parts_goes_back_in_one_refund_once_and_never_more() {
    for tried in Tried::all().into_iter().filter(|tried| tried.gateway.captures_in_parts()) {
        let payment = tried.paid(CaptureAt::Shipping);
        assert!(matches!(tried.standing(&payment.reference), Standing::Authorised { .. }));
        assert!(is_done(&tried.captures(&payment, 500, false)) && is_done(&tried.captures(&payment, 895, true)));
        let most = tried.refund_request(&payment, 1200);
        let first = tried.refunds(&most);
        assert!(is_done(&first), "{}: {first:?}", tried.gateway.code());
        assert_eq!(tried.refunds(&most), first, "{}: one key, one refund", tried.gateway.code());
        assert!(is_refused(&tried.refunds(&tried.refund_request(&payment, 196))), "{}", tried.gateway.code());
        assert!(is_done(&tried.refunds(&tried.refund_request(&payment, 195))), "{}", tried.gateway.code());
        assert!(is_refused(&tried.refunds(&tried.refund_request(&payment, 1))), "nothing is left");
    }
}

#[test]
fn only_what_the_provider_signed_is_believed() {
    for tried in Tried::all() {
        let payment = tried.paid(CaptureAt::Placing);
        let (headers, body) = tried.message(&payment.reference);
        let notice = tried.reads(&headers, &body).unwrap().expect("a notice");
        match notice.news {
            News::Payment { reference, attempt, .. } => {
                let is_ours = attempt == Some(payment.request.attempt) || reference.as_deref() == Some(payment.reference.as_str());
                assert!(is_ours, "{}: it names the payment", tried.gateway.code());
            }
            other => panic!("{other:?}"),
        }
        let forged: Vec<_> = headers.iter().map(|(name, value)| (name.clone(), value.replace(['a', '1'], "b"))).collect();
        let changed = body.replace("1395", "1");
        for (headers, body) in [(&vec![], &body), (&forged, &body), (&headers, &(changed + " "))] {
            let told = tried.reads(headers, body);
            assert!(matches!(told, Err(GatewayError::NotGenuine(_))), "{}: {told:?}", tried.gateway.code());
        }
    }
}

#[test]
fn the_provider_s_own_list_has_what_was_captured_and_refunded() {
    for tried in Tried::all() {
        let payment = tried.paid(CaptureAt::Placing);
        assert!(matches!(tried.standing(&payment.reference), Standing::Captured { .. }));
        tried.starts(&request(CaptureAt::Placing));
        assert!(is_done(&tried.refunds(&tried.refund_request(&payment, 400))));
        let Some(list) = tried.shop.block_on(tried.gateway.list(Utc::now() - Duration::hours(1))).unwrap() else {
            assert_eq!(tried.gateway.code(), "paypal", "PayPal's list of transactions is hours late and needs a permission of its own");
            let told = |reference: &str| tried.shop.block_on(tried.gateway.tell(reference)).unwrap();
            let told_of = GatewayPayment { reference: payment.reference.clone(), captured: pounds(1395), refunded: 400 };
            assert_eq!(told(&payment.reference), Told::Payment(told_of));
            assert_eq!(told("NONE-SUCH"), Told::NoSuchPayment);
            continue;
        };
        let listed: Vec<_> = list.iter().map(|listed| (listed.reference.as_str(), listed.captured, listed.refunded)).collect();
        assert_eq!(listed, [(payment.reference.as_str(), pounds(1395), 400)], "{}: unpaid ones are not listed", tried.gateway.code());
    }
}

#[test]
fn yen_have_no_hundredths_anywhere() {
    for tried in Tried::all() {
        let yen = Money::new(1200, Currency::parse("JPY").unwrap());
        let asked = StartPayment { amount: yen, ..request(CaptureAt::Placing) };
        let (reference, _) = tried.starts(&asked);
        tried.shopper(&reference, true);
        assert_eq!(tried.standing(&reference), Standing::Captured { amount: yen }, "{}", tried.gateway.code());
    }
}

#[test]
fn the_keys_can_be_tried() {
    for tried in Tried::all() {
        assert!(tried.shop.block_on(tried.gateway.test()).is_ok(), "{}", tried.gateway.code());
    }
    let (shop, stripe) = (Shop::open(), Stripe::open());
    shop.takes_stripe(&stripe);
    shop.owner_sets("stripe", &[("secret_key", "sk_test_of_somebody_else")]);
    let refused = shop.block_on(shop.wired.gateways.get("stripe").unwrap().test());
    assert!(matches!(refused, Err(GatewayError::Misconfigured(_))), "{refused:?}");
}

#[test]
fn by_hand_nothing_is_asked_and_nothing_is_believed() {
    let shop = Shop::open();
    for code in ["manual", "bank_transfer", "on_delivery"] {
        let gateway = shop.wired.gateways.get(code).unwrap();
        assert_eq!(shop.block_on(gateway.start(&request(CaptureAt::Placing))).unwrap(), Started::Awaited);
        assert_eq!(shop.block_on(gateway.standing("any")).unwrap(), Standing::Pending);
        assert!(matches!(shop.block_on(gateway.webhook(&Headers::default(), b"{}")), Err(GatewayError::NotGenuine(_))));
        assert_eq!(gateway.ships_unpaid(), code != "bank_transfer");
    }
}

#[test]
fn a_token_that_paypal_forgot_is_replaced_without_anybody_noticing() {
    let tried = Tried::paypal();
    let Provider::PayPal(paypal) = &tried.provider else { unreachable!() };
    tried.starts(&request(CaptureAt::Placing));
    tried.starts(&request(CaptureAt::Placing));
    assert_eq!(paypal.count_of_tokens(), 1, "a token is kept");
    paypal.forgets_tokens();
    tried.starts(&request(CaptureAt::Placing));
    assert_eq!((paypal.count_of_tokens(), paypal.count_of_orders()), (1, 3));
}

#[test]
fn a_stripe_that_stumbles_is_asked_again_with_the_same_key() {
    let tried = Tried::stripe();
    let Provider::Stripe(stripe) = &tried.provider else { unreachable!() };
    stripe.breaks(2);
    tried.starts(&request(CaptureAt::Placing));
    assert_eq!((stripe.times_asked(), stripe.count_of_sessions()), (3, 1));
}

#[test]
fn stale_messages_of_stripe_are_not_believed() {
    let tried = Tried::stripe();
    let payment = tried.paid(CaptureAt::Placing);
    let Provider::Stripe(stripe) = &tried.provider else { unreachable!() };
    for seconds in [-301, 301] {
        let (signature, body) = stripe.event("payment_intent.succeeded", &payment.reference, Utc::now().timestamp() + seconds);
        let told = tried.reads(&[("stripe-signature".to_owned(), signature)], &body);
        assert!(matches!(told, Err(GatewayError::NotGenuine(_))), "{seconds}");
    }
}

impl Shop {
    /// Takes money by a stand-in of Stripe, set up on the page where an owner does so.
    pub fn takes_stripe(&self, stripe: &Stripe) {
        self.owner_sets("stripe", &[("active", "on"), ("secret_key", stripe::KEY), ("webhook_secret", stripe::WEBHOOK_SECRET)]);
        self.stands_in("stripe", &stripe.url());
    }

    pub fn takes_paypal(&self, paypal: &PayPal) {
        let keys = [
            ("active", "on"),
            ("client_id", paypal::CLIENT_ID),
            ("client_secret", paypal::CLIENT_SECRET),
            ("webhook_id", paypal::WEBHOOK_ID),
        ];
        self.owner_sets("paypal", &keys);
        self.stands_in("paypal", &paypal.url());
    }

    pub fn owner_sets(&self, code: &str, fields: &[(&str, &str)]) {
        let mut owner = self.owner();
        owner.visits(&format!("/admin/payment-methods/{code}"));
        owner.browser.submit("Save settings", fields);
        owner.page().must_say("The settings are saved");
    }

    fn stands_in(&self, code: &str, url: &str) {
        self.meddle(&format!(
            "UPDATE gateway_settings SET public = public || jsonb_build_object('api_url', '{url}'), version = version + 1 WHERE code = '{code}'"
        ));
        self.block_on(self.wired.gateways.reload()).unwrap();
    }
}
