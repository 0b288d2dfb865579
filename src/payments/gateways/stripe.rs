//! Stripe by its hosted page: Checkout Sessions, PaymentIntents and Refunds, as docs.stripe.com/api describes them.
//!
//! The reference of a payment is the id of its Checkout Session. Stripe makes the PaymentIntent only once the shopper confirms.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use reqwest::{Client, Method, StatusCode};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;
use subtle::ConstantTimeEq;
use url::Url;

use super::http::{address, ask, currency, page_to_pay_at, read, rescale, unexpected};
use crate::{
    base::{AttemptId, Keys, Money, RefundId},
    payments::gateway::{
        CaptureAt, CaptureRequest, Gateway, GatewayError, GatewayPayment, Headers, News, Notice, Outcome, RefundRequest, Standing,
        StartPayment, Started, VoidRequest,
    },
};

/// Answers and events look as they did in this version of the API, whatever Stripe changes later.
pub const STRIPE_VERSION: &str = "2024-12-18.acacia";

/// Seconds that a webhook's signature may be old, or ahead of our clock; Stripe's own libraries take 300.
const TOLERANCE: u64 = 300;

/// How long a shopper can pay on Stripe's page. Stripe allows 30 minutes to 24 hours.
const SECONDS_TO_PAY: u64 = 2 * 60 * 60;

/// Stripe's page size, and how many pages of its list are read.
const LIST: usize = 100;
const MOST_PAGES: usize = 50;

pub struct StripeGateway {
    http: Client,
    api: Url,
    secret_key: String,
    webhook_secret: String,
}

impl StripeGateway {
    /// `api`: `https://api.stripe.com/`.
    pub fn new(http: Client, api: Url, secret_key: String, webhook_secret: String) -> Self {
        Self { http, api, secret_key, webhook_secret }
    }
}

#[async_trait]
impl Gateway for StripeGateway {
    fn code(&self) -> &'static str {
        "stripe"
    }

    fn name(&self) -> &str {
        "Card"
    }

    fn description(&self) -> &str {
        "Pay by card or wallet on the secure page of Stripe."
    }

    /// Stripe lets go of the rest after the first capture, but for accounts with multicapture.
    fn captures_in_parts(&self) -> bool {
        false
    }

    async fn start(&self, request: &StartPayment) -> Result<Started, GatewayError> {
        let Some(amount) = wire_amount(request.amount) else {
            return Ok(Started::Declined { reason: "This amount can’t be paid by card. Choose another way to pay".to_owned() });
        };
        let form = session_form(request, amount);
        match self.post(&["checkout", "sessions"], &request.attempt.to_string(), &form).await? {
            Answer::Done(session) => started(&session, request.amount),
            Answer::Refused(error) => {
                tracing::warn!(payment.attempt = %request.attempt, error = error.message, "Stripe would not begin a payment");
                Ok(Started::Declined { reason: "The card provider can’t take this payment. Choose another way to pay".to_owned() })
            }
        }
    }

    async fn standing(&self, reference: &str) -> Result<Standing, GatewayError> {
        match self.session(reference).await? {
            Some(session) => session.standing(),
            None => Ok(Standing::Pending),
        }
    }

    async fn capture(&self, request: &CaptureRequest) -> Result<Outcome, GatewayError> {
        let Some(intent) = self.session(&request.reference).await?.and_then(|session| session.payment_intent) else {
            return Ok(Outcome::refused("Stripe has no payment to capture"));
        };
        let Some(amount) = wire_amount(request.amount) else { return Ok(Outcome::refused("Stripe can’t capture this amount")) };
        // Done by an earlier request whose answer was lost, so long ago that Stripe has forgotten its key.
        if intent.status == "succeeded" && intent.amount_received == amount {
            return Ok(Outcome::Succeeded { reference: Some(intent.id) });
        }
        let form = [("amount_to_capture", amount.to_string())];
        Ok(match self.post::<Intent, _>(&["payment_intents", &intent.id, "capture"], &request.capture.to_string(), &form).await? {
            Answer::Done(intent) if intent.status == "succeeded" => Outcome::Succeeded { reference: Some(intent.id) },
            Answer::Done(_) => Outcome::Pending { reference: None },
            Answer::Refused(error) => Outcome::refused(error.message),
        })
    }

    async fn void(&self, request: &VoidRequest) -> Result<Outcome, GatewayError> {
        let Some(session) = self.session(&request.reference).await? else { return Ok(Outcome::done()) };
        let intent = session.payment_intent.as_ref().map(|intent| (intent.id.as_str(), intent.status.as_str()));
        let path: &[&str] = match (session.status.as_str(), intent) {
            (_, Some((_, "succeeded"))) => return Ok(Outcome::refused("It was captured already")),
            (_, Some((_, "canceled"))) | ("expired", _) => return Ok(Outcome::done()),
            (_, Some((id, "requires_capture"))) => &["payment_intents", id, "cancel"],
            _ => &["checkout", "sessions", &request.reference, "expire"],
        };
        Ok(match self.post::<Value, _>(path, &format!("void-{}", request.attempt), &[] as &[(&str, String)]).await? {
            Answer::Done(_) => Outcome::done(),
            Answer::Refused(error) => Outcome::refused(error.message),
        })
    }

    async fn refund(&self, request: &RefundRequest) -> Result<Outcome, GatewayError> {
        if let Some(id) = &request.refund_reference {
            return Ok(self
                .get::<Refund>(&["refunds", id], &[])
                .await?
                .map_or(Outcome::Pending { reference: None }, |refund| refund.outcome()));
        }
        let Some(reference) = &request.reference else { return Ok(Outcome::refused("Stripe knows nothing of this payment")) };
        let Some(intent) = self.session(reference).await?.and_then(|session| session.payment_intent) else {
            return Ok(Outcome::refused("Stripe has no payment to refund"));
        };
        let Some(amount) = wire_amount(request.amount) else { return Ok(Outcome::refused("Stripe can’t refund this amount")) };
        if let Some(earlier) = self.earlier_refund(&intent.id, request.refund).await? {
            return Ok(earlier.outcome());
        }
        let form = [("payment_intent", intent.id), ("amount", amount.to_string()), ("metadata[refund]", request.refund.to_string())];
        Ok(match self.post::<Refund, _>(&["refunds"], &request.refund.to_string(), &form).await? {
            Answer::Done(refund) => refund.outcome(),
            Answer::Refused(error) => Outcome::refused(error.message),
        })
    }

    async fn webhook(&self, headers: &Headers, body: &[u8]) -> Result<Option<Notice>, GatewayError> {
        let signature = headers.get("stripe-signature").ok_or_else(|| GatewayError::NotGenuine("no signature".to_owned()))?;
        verify(&self.webhook_secret, signature, body, Utc::now().timestamp())?;
        notice(body)
    }

    async fn list(&self, since: DateTime<Utc>) -> Result<Option<Vec<GatewayPayment>>, GatewayError> {
        let mut payments = vec![];
        let mut after: Option<String> = None;
        for _ in 0..MOST_PAGES {
            let mut query = vec![
                ("created[gte]", since.timestamp().to_string()),
                ("limit", LIST.to_string()),
                ("expand[]", "data.payment_intent.latest_charge".to_owned()),
            ];
            query.extend(after.take().map(|id| ("starting_after", id)));
            let page: Option<Listing> = self.get(&["checkout", "sessions"], &query).await?;
            let Some(page) = page else { break };
            for session in &page.data {
                payments.extend(session.listed()?);
            }
            match page.data.last().filter(|_| page.has_more) {
                Some(last) => after = Some(last.id.clone()),
                None => break,
            }
        }
        Ok(Some(payments))
    }

    async fn test(&self) -> Result<String, GatewayError> {
        #[derive(Deserialize)]
        struct Balance {
            livemode: bool,
        }
        let balance: Option<Balance> = self.get(&["balance"], &[]).await?;
        match balance {
            Some(Balance { livemode: true }) => Ok("Stripe knows your key. It is a live key: money moves.".to_owned()),
            Some(Balance { livemode: false }) => Ok("Stripe knows your key. It is a test key: no money moves.".to_owned()),
            None => Err(GatewayError::unknown("there is no such address at Stripe")),
        }
    }
}

/// What Stripe said to a request that changes something.
enum Answer<T> {
    Done(T),
    /// It will not do it, however often it is asked.
    Refused(ApiError),
}

impl StripeGateway {
    async fn session(&self, reference: &str) -> Result<Option<Session>, GatewayError> {
        let expand = [("expand[]", "payment_intent.latest_charge".to_owned())];
        self.get(&["checkout", "sessions", reference], &expand).await
    }

    /// Stripe keeps keys for a day. A refund whose answer was lost before that is found by our id, so that it is not made twice.
    async fn earlier_refund(&self, intent: &str, ours: RefundId) -> Result<Option<Refund>, GatewayError> {
        #[derive(Deserialize)]
        struct Refunds {
            data: Vec<Refund>,
        }
        let query = [("payment_intent", intent.to_owned()), ("limit", LIST.to_string())];
        let found: Option<Refunds> = self.get(&["refunds"], &query).await?;
        let ours = ours.to_string();
        Ok(found.and_then(|found| found.data.into_iter().find(|refund| refund.metadata.refund.as_deref() == Some(ours.as_str()))))
    }

    /// `None`: there is no such thing.
    async fn get<T: DeserializeOwned>(&self, path: &[&str], query: &[(&str, String)]) -> Result<Option<T>, GatewayError> {
        let mut url = self.url(path)?;
        url.query_pairs_mut().extend_pairs(query);
        let (status, answer) = self.call(Method::GET, url, None, &[] as &[(&str, String)]).await?;
        match status {
            StatusCode::OK => read(&answer).map(Some),
            StatusCode::NOT_FOUND => Ok(None),
            other => Err(unexpected(other)),
        }
    }

    async fn post<T: DeserializeOwned, F: serde::Serialize + ?Sized>(
        &self,
        path: &[&str],
        key: &str,
        form: &F,
    ) -> Result<Answer<T>, GatewayError> {
        let (status, answer) = self.call(Method::POST, self.url(path)?, Some(key), form).await?;
        match status {
            StatusCode::OK => read(&answer).map(Answer::Done),
            StatusCode::BAD_REQUEST | StatusCode::PAYMENT_REQUIRED | StatusCode::NOT_FOUND => {
                let Refusal { error } = read(&answer)?;
                // Another request with this key, or the same one still running: nobody knows yet.
                if error.r#type == "idempotency_error" { Err(GatewayError::Unknown(error.message)) } else { Ok(Answer::Refused(error)) }
            }
            other => Err(unexpected(other)),
        }
    }

    async fn call<F: serde::Serialize + ?Sized>(
        &self,
        method: Method,
        url: Url,
        key: Option<&str>,
        form: &F,
    ) -> Result<(StatusCode, Vec<u8>), GatewayError> {
        let call = self.http.request(method, url).bearer_auth(&self.secret_key).header("stripe-version", STRIPE_VERSION);
        match key {
            Some(key) => ask(call.header("idempotency-key", key).form(form)).await,
            None => ask(call).await,
        }
    }

    fn url(&self, path: &[&str]) -> Result<Url, GatewayError> {
        address(&self.api, &[&["v1"], path].concat())
    }
}

/// The same for every try of one attempt, since Stripe refuses a key that comes with another body; so the end of the time to pay
/// is reckoned from the attempt's id, which holds the time of its making.
fn session_form(request: &StartPayment, amount: i64) -> Vec<(&'static str, String)> {
    let attempt = request.attempt.to_string();
    let begun = request.attempt.0.get_timestamp().map_or(0, |time| time.to_unix().0);
    let capture = if request.capture == CaptureAt::Shipping { "manual" } else { "automatic" };
    vec![
        ("mode", "payment".to_owned()),
        ("client_reference_id", attempt.clone()),
        ("customer_email", request.email.clone()),
        ("success_url", request.return_url.clone()),
        ("cancel_url", request.return_url.clone()),
        ("expires_at", (begun + SECONDS_TO_PAY).to_string()),
        ("line_items[0][quantity]", "1".to_owned()),
        ("line_items[0][price_data][currency]", request.amount.currency.code().to_lowercase()),
        ("line_items[0][price_data][unit_amount]", amount.to_string()),
        ("line_items[0][price_data][product_data][name]", format!("Order {}", request.order_number)),
        ("payment_intent_data[capture_method]", capture.to_owned()),
        ("payment_intent_data[description]", format!("Order {}", request.order_number)),
        ("payment_intent_data[metadata][attempt]", attempt.clone()),
        ("metadata[attempt]", attempt),
        ("metadata[order]", request.order_number.clone()),
    ]
}

/// Digits behind the point in Stripe's amounts (docs.stripe.com/currencies): its list differs from ISO 4217 in a few.
fn wire_digits(code: &str) -> u32 {
    match code {
        "BIF" | "CLP" | "DJF" | "GNF" | "JPY" | "KMF" | "KRW" | "MGA" | "PYG" | "RWF" | "VND" | "VUV" | "XAF" | "XOF" | "XPF" => 0,
        "BHD" | "JOD" | "KWD" | "OMR" | "TND" => 3,
        _ => 2,
    }
}

/// In Stripe's smallest unit; `None` where Stripe can't take the amount: its three-digit currencies end in 0, and ISK and UGX have
/// two digits that must be 0.
fn wire_amount(money: Money) -> Option<i64> {
    let code = money.currency.code();
    let digits = wire_digits(code);
    let amount = rescale(money.minor, money.currency.exponent(), digits)?;
    let whole = match (code, digits) {
        (_, 3) => amount % 10 == 0,
        ("ISK" | "UGX", _) => amount % 100 == 0,
        _ => true,
    };
    whole.then_some(amount)
}

fn money_of(amount: i64, code: &str) -> Result<Money, GatewayError> {
    super::http::money(amount, wire_digits(currency(code)?.code()), code)
}

/// The shopper is sent on only when Stripe asks for what the order says.
fn started(session: &Session, asked: Money) -> Result<Started, GatewayError> {
    if money_of(session.amount_total.unwrap_or_default(), session.currency.as_deref().unwrap_or_default())? != asked {
        return Err(GatewayError::unknown("it opened a payment of another amount"));
    }
    if session.payment_intent.is_some() || session.status != "open" {
        return Ok(Started::Settled { reference: session.id.clone(), standing: session.standing()? });
    }
    Ok(Started::Redirect { reference: session.id.clone(), url: page_to_pay_at(session.url.as_deref())? })
}

#[derive(Deserialize)]
struct Refusal {
    error: ApiError,
}

#[derive(Deserialize)]
struct ApiError {
    r#type: String,
    #[serde(default)]
    message: String,
}

#[derive(Deserialize)]
struct Listing {
    data: Vec<Session>,
    has_more: bool,
}

#[derive(Deserialize)]
struct Session {
    id: String,
    /// `open`, `complete` or `expired`.
    status: String,
    url: Option<String>,
    amount_total: Option<i64>,
    currency: Option<String>,
    payment_intent: Option<Intent>,
}

impl Session {
    fn standing(&self) -> Result<Standing, GatewayError> {
        let is_over = self.status == "expired";
        match &self.payment_intent {
            None if is_over => Ok(Standing::Expired),
            None => Ok(Standing::Pending),
            Some(intent) => match intent.standing()? {
                Standing::Pending if is_over => Ok(Standing::Expired),
                // The shopper is done and the bank said no later, as with a direct debit.
                Standing::Pending if self.status == "complete" && intent.status == "requires_payment_method" => {
                    Ok(Standing::Failed { reason: "The payment was declined".to_owned() })
                }
                standing => Ok(standing),
            },
        }
    }

    /// As our books and Stripe's are compared.
    fn listed(&self) -> Result<Option<GatewayPayment>, GatewayError> {
        let Some(intent) = self.payment_intent.as_ref().filter(|intent| intent.amount_received > 0) else { return Ok(None) };
        let refunded = intent.charge().map_or(0, |charge| charge.amount_refunded);
        let captured = money_of(intent.amount_received, &intent.currency)?;
        Ok(Some(GatewayPayment { reference: self.id.clone(), captured, refunded: money_of(refunded, &intent.currency)?.minor }))
    }
}

#[derive(Deserialize)]
struct Intent {
    id: String,
    status: String,
    currency: String,
    #[serde(default)]
    amount_received: i64,
    #[serde(default)]
    amount_capturable: i64,
    cancellation_reason: Option<String>,
    /// An object where it was asked to be expanded, else an id.
    #[serde(default)]
    latest_charge: Value,
    #[serde(default)]
    metadata: Metadata,
}

impl Intent {
    fn standing(&self) -> Result<Standing, GatewayError> {
        match self.status.as_str() {
            "succeeded" => Ok(Standing::Captured { amount: money_of(self.amount_received, &self.currency)? }),
            "requires_capture" => {
                let until = self.charge().and_then(|charge| charge.payment_method_details?.card?.capture_before);
                let until = until.and_then(|seconds| DateTime::from_timestamp(seconds, 0));
                Ok(Standing::Authorised { amount: money_of(self.amount_capturable, &self.currency)?, until })
            }
            "canceled" => match self.cancellation_reason.as_deref() {
                Some("automatic" | "expired" | "abandoned") => Ok(Standing::Expired),
                _ => Ok(Standing::Voided),
            },
            // A declined card is no end: the shopper tries another one on the same page.
            "requires_payment_method" | "requires_confirmation" | "requires_action" | "processing" => Ok(Standing::Pending),
            other => Err(GatewayError::Unknown(format!("unknown status {other:?}"))),
        }
    }

    fn charge(&self) -> Option<Charge> {
        Charge::deserialize(&self.latest_charge).ok()
    }
}

#[derive(Deserialize)]
struct Charge {
    #[serde(default)]
    amount_refunded: i64,
    payment_method_details: Option<MethodDetails>,
}

#[derive(Deserialize)]
struct MethodDetails {
    card: Option<CardDetails>,
}

#[derive(Deserialize)]
struct CardDetails {
    /// Unix seconds.
    capture_before: Option<i64>,
}

#[derive(Default, Deserialize)]
struct Metadata {
    attempt: Option<String>,
    refund: Option<String>,
}

#[derive(Deserialize)]
struct Refund {
    id: String,
    status: Option<String>,
    failure_reason: Option<String>,
    #[serde(default)]
    metadata: Metadata,
}

impl Refund {
    fn outcome(&self) -> Outcome {
        match self.status.as_deref() {
            Some("succeeded") => Outcome::Succeeded { reference: Some(self.id.clone()) },
            Some("failed" | "canceled") => {
                Outcome::refused(self.failure_reason.clone().unwrap_or_else(|| "the bank did not take the money back".to_owned()))
            }
            _ => Outcome::Pending { reference: Some(self.id.clone()) },
        }
    }
}

#[derive(Deserialize)]
struct Event {
    id: String,
    r#type: String,
    data: EventData,
}

#[derive(Deserialize)]
struct EventData {
    object: Value,
}

/// `charge.refunded` tells in one sum what `refund.*` tells one by one, and a failed try with a card is no end; neither is heeded.
fn notice(body: &[u8]) -> Result<Option<Notice>, GatewayError> {
    let Event { id, r#type, data } = read(body)?;
    let news = match r#type.as_str() {
        "checkout.session.completed"
        | "checkout.session.expired"
        | "checkout.session.async_payment_succeeded"
        | "checkout.session.async_payment_failed" => news_of_session(&r#type, &data.object)?,
        "payment_intent.succeeded" | "payment_intent.canceled" | "payment_intent.amount_capturable_updated" => {
            news_of_intent(&data.object)?
        }
        "refund.created" | "refund.updated" | "refund.failed" | "charge.refund.updated" => news_of_refund(&data.object)?,
        _ => None,
    };
    Ok(news.map(|news| Notice { event_id: id, news }))
}

#[derive(Deserialize)]
struct SessionEvent {
    id: String,
    /// `paid`, `unpaid` or `no_payment_required`.
    payment_status: String,
    amount_total: Option<i64>,
    currency: Option<String>,
    client_reference_id: Option<String>,
}

fn news_of_session(kind: &str, object: &Value) -> Result<Option<News>, GatewayError> {
    let session = SessionEvent::deserialize(object).map_err(|error| GatewayError::Unknown(error.to_string()))?;
    let Some(attempt) = session.client_reference_id.as_deref().and_then(|id| id.parse().ok()) else { return Ok(None) };
    let paid = || money_of(session.amount_total.unwrap_or_default(), session.currency.as_deref().unwrap_or_default());
    let standing = match kind {
        "checkout.session.expired" => Standing::Expired,
        "checkout.session.async_payment_failed" => Standing::Failed { reason: "The payment was declined".to_owned() },
        _ if session.payment_status == "paid" => Standing::Captured { amount: paid()? },
        // Set aside, or still on its way: the PaymentIntent's own events tell, and asking does.
        _ => Standing::Pending,
    };
    Ok(Some(News::Payment { reference: Some(session.id), attempt: Some(attempt), standing }))
}

/// An event of a PaymentIntent does not name the session; our own id stands in its metadata.
fn news_of_intent(object: &Value) -> Result<Option<News>, GatewayError> {
    let intent = Intent::deserialize(object).map_err(|error| GatewayError::Unknown(error.to_string()))?;
    let attempt: Option<AttemptId> = intent.metadata.attempt.as_deref().and_then(|id| id.parse().ok());
    let standing = intent.standing()?;
    Ok(attempt.map(|attempt| News::Payment { reference: None, attempt: Some(attempt), standing }))
}

/// Refunds that were made in Stripe's Dashboard have no id of ours; comparing the books finds them.
fn news_of_refund(object: &Value) -> Result<Option<News>, GatewayError> {
    let refund = Refund::deserialize(object).map_err(|error| GatewayError::Unknown(error.to_string()))?;
    let ours: Option<RefundId> = refund.metadata.refund.as_deref().and_then(|id| id.parse().ok());
    Ok(ours.map(|id| News::Refund { refund: id, outcome: refund.outcome() }))
}

/// Checks `Stripe-Signature: t=<Unix seconds>,v1=<HMAC-SHA256 in hex of "t.body">` in constant time. While a secret is being
/// replaced there are several `v1`, of which one must be right.
fn verify(secret: &str, header: &str, body: &[u8], now: i64) -> Result<(), GatewayError> {
    let not_genuine = |why: &str| Err(GatewayError::NotGenuine(why.to_owned()));
    let parts = || header.split(',').filter_map(|part| part.trim().split_once('='));
    let at = parts().find(|(name, _)| *name == "t").map(|(_, value)| value);
    let (Some(at), false) = (at, secret.is_empty()) else { return not_genuine("no readable signature") };
    let right = Keys::sign_with(secret.as_bytes(), &[at.as_bytes(), b".", body].concat());
    let is_right = parts().filter(|(name, _)| *name == "v1").any(|(_, given)| bool::from(right.as_bytes().ct_eq(given.as_bytes())));
    match at.parse::<i64>() {
        _ if !is_right => not_genuine("wrong signature"),
        Ok(at) if at.abs_diff(now) <= TOLERANCE => Ok(()),
        _ => not_genuine("stale signature"),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::base::Currency;

    const NOW: i64 = 1_800_000_000;

    fn money(minor: i64, code: &str) -> Money {
        Money::new(minor, Currency::parse(code).unwrap())
    }

    fn v1(secret: &str, at: i64) -> String {
        Keys::sign_with(secret.as_bytes(), format!("{at}.{{}}").as_bytes())
    }

    #[test]
    fn amounts_are_written_as_stripe_counts_them() {
        let wire = |minor, code| wire_amount(money(minor, code));
        assert_eq!((wire(1995, "GBP"), wire(1200, "JPY"), wire(1230, "KWD")), (Some(1995), Some(1200), Some(1230)));
        assert_eq!(wire(1234, "KWD"), None, "three digits end in 0");
        assert_eq!(wire(5, "ISK"), Some(500), "ISK has two digits at Stripe and none in ISO 4217");
        assert_eq!(wire(5, "UGX"), Some(500));
        for (minor, code) in [(1995, "GBP"), (1200, "JPY"), (1230, "KWD"), (5, "ISK")] {
            assert_eq!(money_of(wire(minor, code).unwrap(), &code.to_lowercase()).unwrap(), money(minor, code));
        }
    }

    #[test]
    fn any_of_several_signatures_may_be_right_within_five_minutes() {
        let both = format!("t={NOW},v1={},v1={},v0=x", v1("old", NOW), v1("new", NOW));
        assert!(verify("new", &both, b"{}", NOW).is_ok() && verify("old", &both, b"{}", NOW + 300).is_ok());
        let refusal = |secret: &str, header: &str, now| verify(secret, header, b"{}", now).unwrap_err().to_string();
        assert!(refusal("new", &both, NOW + 301).contains("stale") && refusal("new", &both, NOW - 301).contains("stale"));
        assert!(refusal("another", &both, NOW).contains("wrong"));
        assert!(refusal("new", &format!("t={NOW},v0={}", v1("new", NOW)), NOW).contains("wrong"), "v0 is no signature");
        assert!(refusal("", &format!("t={NOW},v1={}", v1("", NOW)), NOW).contains("no readable"), "no secret, no trust");
        assert!(verify("new", "", b"{}", NOW).is_err());
    }

    fn session(status: &str, intent: Value) -> Standing {
        let session = json!({ "id": "cs_1", "status": status, "payment_status": "unpaid", "url": null, "amount_total": 1395,
            "currency": "gbp", "payment_intent": intent });
        Session::deserialize(session).unwrap().standing().unwrap()
    }

    #[test]
    fn a_session_and_its_intent_tell_where_a_payment_stands() {
        let intent = |status: &str| {
            json!({ "id": "pi_1", "status": status, "currency": "gbp", "amount_received": 1395, "amount_capturable": 1395,
                "cancellation_reason": "requested_by_customer", "latest_charge": null })
        };
        assert_eq!(session("open", Value::Null), Standing::Pending);
        assert_eq!(session("expired", Value::Null), Standing::Expired);
        assert_eq!(session("open", intent("requires_payment_method")), Standing::Pending, "another card may follow");
        assert!(matches!(session("complete", intent("requires_payment_method")), Standing::Failed { .. }));
        assert_eq!(session("complete", intent("processing")), Standing::Pending);
        assert_eq!(session("complete", intent("succeeded")), Standing::Captured { amount: money(1395, "GBP") });
        assert_eq!(session("complete", intent("requires_capture")), Standing::Authorised { amount: money(1395, "GBP"), until: None });
        assert_eq!(session("complete", intent("canceled")), Standing::Voided);
    }

    #[test]
    fn events_that_tell_nothing_of_ours_are_passed_over() {
        let told =
            |kind: &str, object: Value| notice(json!({ "id": "evt_1", "type": kind, "data": { "object": object } }).to_string().as_bytes());
        assert_eq!(told("customer.created", json!({})).unwrap(), None);
        assert_eq!(told("refund.updated", json!({ "id": "re_1", "status": "succeeded", "metadata": {} })).unwrap(), None);
        assert!(matches!(notice(b"garbage"), Err(GatewayError::Unknown(_))));
    }
}
