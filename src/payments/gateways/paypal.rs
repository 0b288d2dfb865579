//! PayPal by its own page: Orders v2 and Payments v2, as developer.paypal.com/docs/api describes them.
//!
//! The reference of a payment is the id of PayPal's order. What the shopper approved is captured (or authorised) by us: nothing
//! is charged before. Webhooks only say that something changed; then PayPal is asked what.

use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use reqwest::{Client, Method, StatusCode};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json};
use url::Url;

use super::http::{address, ask, currency, page_to_pay_at, read, rescale, unexpected};
use crate::{
    base::{AttemptId, Money},
    payments::gateway::{
        CaptureAt, CaptureRequest, Gateway, GatewayError, Headers, News, Notice, Outcome, RefundRequest, Standing, StartPayment, Started,
        VoidRequest,
    },
};

/// A token is taken for over this much before PayPal says so.
const TOKEN_SLACK: Duration = Duration::from_secs(60);

pub struct PayPalGateway {
    http: Client,
    api: Url,
    client_id: String,
    client_secret: String,
    webhook_id: String,
    token: Mutex<Option<Token>>,
}

#[derive(Clone)]
struct Token {
    text: String,
    until: Instant,
}

impl PayPalGateway {
    /// `api`: `https://api-m.paypal.com/` or `https://api-m.sandbox.paypal.com/`.
    pub fn new(http: Client, api: Url, client_id: String, client_secret: String, webhook_id: String) -> Self {
        Self { http, api, client_id, client_secret, webhook_id, token: Mutex::new(None) }
    }
}

#[async_trait]
impl Gateway for PayPalGateway {
    fn code(&self) -> &'static str {
        "paypal"
    }

    fn name(&self) -> &str {
        "PayPal"
    }

    fn description(&self) -> &str {
        "Pay on the page of PayPal, from your balance, bank account or card."
    }

    async fn start(&self, request: &StartPayment) -> Result<Started, GatewayError> {
        let Some(amount) = wire_amount(request.amount) else {
            return Ok(Started::Declined { reason: "This amount can’t be paid by PayPal. Choose another way to pay".to_owned() });
        };
        match self.post::<Order>(&["checkout", "orders"], &request.attempt.to_string(), &order_json(request, &amount)).await? {
            Answer::Done(order) => order.started(),
            Answer::Refused(refusal) => {
                tracing::warn!(payment.attempt = %request.attempt, error = %refusal.words(), "PayPal would not begin a payment");
                Ok(Started::Declined { reason: "PayPal can’t take this payment. Choose another way to pay".to_owned() })
            }
        }
    }

    async fn standing(&self, reference: &str) -> Result<Standing, GatewayError> {
        // PayPal forgets orders that nobody approved after some hours.
        let Some(order) = self.order(reference).await? else { return Ok(Standing::Expired) };
        if order.status != "APPROVED" {
            return order.standing();
        }
        match self.finish(&order).await? {
            Answer::Done(order) => order.standing(),
            // Somebody was faster: their answer stands in the order now.
            Answer::Refused(refusal) if refusal.is("ORDER_ALREADY_CAPTURED") || refusal.is("ORDER_ALREADY_AUTHORIZED") => {
                self.order(reference).await?.map_or(Ok(Standing::Pending), |order| order.standing())
            }
            Answer::Refused(refusal) => Ok(Standing::Failed { reason: refusal.for_shopper() }),
        }
    }

    async fn capture(&self, request: &CaptureRequest) -> Result<Outcome, GatewayError> {
        let payments = self.payments(&request.reference).await?;
        let ours = request.capture.to_string();
        if let Some(earlier) = payments.captures.iter().find(|capture| capture.invoice_id.as_deref() == Some(ours.as_str())) {
            return Ok(earlier.outcome());
        }
        let Some(authorisation) = payments.authorizations.last() else { return Ok(Outcome::refused("PayPal has nothing set aside")) };
        let Some(amount) = wire_amount(request.amount) else { return Ok(Outcome::refused("PayPal can’t capture this amount")) };
        let body = json!({ "amount": amount, "invoice_id": ours, "final_capture": request.is_final });
        Ok(match self.post::<Part>(&["payments", "authorizations", &authorisation.id, "capture"], &ours, &body).await? {
            Answer::Done(capture) => capture.outcome(),
            Answer::Refused(refusal) => Outcome::refused(refusal.words()),
        })
    }

    /// An order that nobody approved lapses at PayPal by itself, and is not captured by us any more.
    async fn void(&self, request: &VoidRequest) -> Result<Outcome, GatewayError> {
        let payments = self.payments(&request.reference).await?;
        let Some(authorisation) = payments.authorizations.last() else {
            let is_paid = payments.captures.iter().any(Part::is_captured);
            return Ok(if is_paid { Outcome::refused("It was captured already") } else { Outcome::done() });
        };
        if matches!(authorisation.status.as_str(), "VOIDED" | "DENIED" | "EXPIRED") {
            return Ok(Outcome::done());
        }
        let path = ["payments", "authorizations", &authorisation.id, "void"];
        let (status, answer) = self.call(Method::POST, &path, Some((&format!("void-{}", request.attempt), &json!({})))).await?;
        match status {
            status if status.is_success() => Ok(Outcome::done()),
            StatusCode::UNPROCESSABLE_ENTITY | StatusCode::BAD_REQUEST => Ok(Outcome::refused(read::<Refusal>(&answer)?.words())),
            other => Err(unexpected(other)),
        }
    }

    async fn refund(&self, request: &RefundRequest) -> Result<Outcome, GatewayError> {
        if let Some(id) = &request.refund_reference {
            let refund = self.get::<Part>(&["payments", "refunds", id]).await?;
            return Ok(refund.map_or(Outcome::Pending { reference: None }, |refund| refund.refund_outcome()));
        }
        let Some(reference) = &request.reference else { return Ok(Outcome::refused("PayPal knows nothing of this payment")) };
        let payments = self.payments(reference).await?;
        let ours = request.refund.to_string();
        if let Some(earlier) = payments.refunds.iter().find(|refund| refund.invoice_id.as_deref() == Some(ours.as_str())) {
            return Ok(earlier.refund_outcome());
        }
        self.refund_any(&payments.captures, request, &ours).await
    }

    async fn webhook(&self, headers: &Headers, body: &[u8]) -> Result<Option<Notice>, GatewayError> {
        self.verify(headers, body).await?;
        notice(body)
    }

    async fn test(&self) -> Result<String, GatewayError> {
        self.fresh_token().await?;
        Ok("PayPal knows your client ID and secret.".to_owned())
    }
}

/// What PayPal said to a request that changes something.
enum Answer<T> {
    Done(T),
    /// It will not do it, however often it is asked.
    Refused(Refusal),
}

impl PayPalGateway {
    async fn order(&self, reference: &str) -> Result<Option<Order>, GatewayError> {
        self.get(&["checkout", "orders", reference]).await
    }

    async fn payments(&self, reference: &str) -> Result<Payments, GatewayError> {
        let order = self.order(reference).await?;
        Ok(order.and_then(|order| order.purchase_units.into_iter().next()).and_then(|unit| unit.payments).unwrap_or_default())
    }

    /// The shopper approved; now it is done, with the order's id as key, so that a second asking does it once.
    async fn finish(&self, order: &Order) -> Result<Answer<Order>, GatewayError> {
        let step = if order.intent == "AUTHORIZE" { "authorize" } else { "capture" };
        self.post(&["checkout", "orders", &order.id, step], &format!("{step}-{}", order.id), &json!({})).await
    }

    /// One refund is of one capture. PayPal says by itself when less is left of it, then the next is tried.
    async fn refund_any(&self, captures: &[Part], request: &RefundRequest, ours: &str) -> Result<Outcome, GatewayError> {
        let Some(amount) = wire_amount(request.amount) else { return Ok(Outcome::refused("PayPal can’t refund this amount")) };
        let body = json!({ "amount": amount, "invoice_id": ours });
        let mut outcome = Outcome::refused("PayPal has no captured payment of this amount");
        for (nth, capture) in captures.iter().filter(|capture| capture.is_captured()).enumerate() {
            match self.post::<Part>(&["payments", "captures", &capture.id, "refund"], &format!("{ours}-{nth}"), &body).await? {
                Answer::Done(refund) => return Ok(refund.refund_outcome()),
                Answer::Refused(refusal) => outcome = Outcome::refused(refusal.words()),
            }
        }
        Ok(outcome)
    }

    /// `None`: there is no such thing.
    async fn get<T: DeserializeOwned>(&self, path: &[&str]) -> Result<Option<T>, GatewayError> {
        let (status, answer) = self.call(Method::GET, path, None).await?;
        match status {
            StatusCode::OK => read(&answer).map(Some),
            StatusCode::NOT_FOUND => Ok(None),
            other => Err(unexpected(other)),
        }
    }

    async fn post<T: DeserializeOwned>(&self, path: &[&str], key: &str, body: &Value) -> Result<Answer<T>, GatewayError> {
        let (status, answer) = self.call(Method::POST, path, Some((key, body))).await?;
        match status {
            StatusCode::OK | StatusCode::CREATED => read(&answer).map(Answer::Done),
            StatusCode::BAD_REQUEST | StatusCode::UNPROCESSABLE_ENTITY => {
                let refusal: Refusal = read(&answer)?;
                // The same request is still running: nobody knows yet.
                if refusal.is("DUPLICATE_REQUEST_ID") { Err(GatewayError::Unknown(refusal.words())) } else { Ok(Answer::Refused(refusal)) }
            }
            other => Err(unexpected(other)),
        }
    }

    /// With a token; a token that PayPal does not know any more is replaced once.
    async fn call(&self, method: Method, path: &[&str], post: Option<(&str, &Value)>) -> Result<(StatusCode, Vec<u8>), GatewayError> {
        let url = address(&self.api, &[&["v2"], path].concat())?;
        let send = async |token: String| {
            let call = self.http.request(method.clone(), url.clone()).bearer_auth(token).header("prefer", "return=representation");
            match post {
                Some((key, body)) => ask(call.header("paypal-request-id", key).json(body)).await,
                None => ask(call).await,
            }
        };
        let (status, answer) = send(self.token().await?).await?;
        if status != StatusCode::UNAUTHORIZED {
            return Ok((status, answer));
        }
        send(self.fresh_token().await?).await
    }

    async fn token(&self) -> Result<String, GatewayError> {
        let kept = self.token.lock().unwrap_or_else(PoisonError::into_inner).clone();
        match kept.filter(|token| token.until > Instant::now()) {
            Some(token) => Ok(token.text),
            None => self.fresh_token().await,
        }
    }

    async fn fresh_token(&self) -> Result<String, GatewayError> {
        #[derive(Deserialize)]
        struct Granted {
            access_token: String,
            /// Seconds.
            expires_in: u64,
        }
        let url = address(&self.api, &["v1", "oauth2", "token"])?;
        let call = self.http.post(url).basic_auth(&self.client_id, Some(&self.client_secret));
        let (status, answer) = ask(call.form(&[("grant_type", "client_credentials")])).await?;
        if status != StatusCode::OK {
            return Err(unexpected(status));
        }
        let granted: Granted = read(&answer)?;
        let until = Instant::now() + Duration::from_secs(granted.expires_in).saturating_sub(TOKEN_SLACK);
        *self.token.lock().unwrap_or_else(PoisonError::into_inner) = Some(Token { text: granted.access_token.clone(), until });
        Ok(granted.access_token)
    }

    /// PayPal checks its own signature when it is given message and headers. The message goes back as it came, byte by byte.
    async fn verify(&self, headers: &Headers, body: &[u8]) -> Result<(), GatewayError> {
        #[derive(Deserialize)]
        struct Verified {
            verification_status: String,
        }
        let request = verification(headers, &self.webhook_id, body)?;
        let url = address(&self.api, &["v1", "notifications", "verify-webhook-signature"])?;
        let call = self.http.post(url).bearer_auth(self.token().await?).header("content-type", "application/json").body(request);
        let (status, answer) = ask(call).await?;
        match status {
            StatusCode::OK if read::<Verified>(&answer)?.verification_status == "SUCCESS" => Ok(()),
            StatusCode::OK | StatusCode::BAD_REQUEST | StatusCode::UNPROCESSABLE_ENTITY => {
                Err(GatewayError::NotGenuine("wrong signature".to_owned()))
            }
            other => Err(unexpected(other)),
        }
    }
}

/// The body of the request that has a webhook verified.
fn verification(headers: &Headers, webhook_id: &str, event: &[u8]) -> Result<Vec<u8>, GatewayError> {
    let not_genuine = |why: &str| GatewayError::NotGenuine(why.to_owned());
    let header = |name: &str| headers.get(name).ok_or_else(|| not_genuine("no readable signature"));
    let fields = json!({
        "auth_algo": header("paypal-auth-algo")?,
        "cert_url": header("paypal-cert-url")?,
        "transmission_id": header("paypal-transmission-id")?,
        "transmission_sig": header("paypal-transmission-sig")?,
        "transmission_time": header("paypal-transmission-time")?,
        "webhook_id": webhook_id,
    });
    if webhook_id.is_empty() {
        return Err(not_genuine("no webhook ID is set"));
    }
    // It must be one JSON value, or it could close the object and bring fields of its own.
    serde_json::from_slice::<serde::de::IgnoredAny>(event).map_err(|_| not_genuine("no JSON"))?;
    let mut body = fields.to_string().into_bytes();
    body.pop();
    body.extend_from_slice(b",\"webhook_event\":");
    body.extend_from_slice(event);
    body.push(b'}');
    Ok(body)
}

fn order_json(request: &StartPayment, amount: &Value) -> Value {
    json!({
        "intent": if request.capture == CaptureAt::Shipping { "AUTHORIZE" } else { "CAPTURE" },
        "purchase_units": [{
            "custom_id": request.attempt.to_string(),
            "description": format!("Order {}", request.order_number),
            "amount": amount,
        }],
        "payment_source": { "paypal": { "experience_context": {
            "return_url": request.return_url,
            "cancel_url": request.return_url,
            "user_action": "PAY_NOW",
            // The address is agreed with the shop already.
            "shipping_preference": "NO_SHIPPING",
        } } },
    })
}

/// Digits behind the point in PayPal's amounts (developer.paypal.com, currency codes): three currencies have none there.
fn wire_digits(code: &str) -> u32 {
    if matches!(code, "HUF" | "JPY" | "TWD") { 0 } else { 2 }
}

/// `{"currency_code": "GBP", "value": "13.95"}`; `None` where PayPal can't write the amount.
fn wire_amount(money: Money) -> Option<Value> {
    let (code, digits) = (money.currency.code(), wire_digits(money.currency.code()));
    let minor = rescale(money.minor, money.currency.exponent(), digits)?;
    let value = if digits == 0 { minor.to_string() } else { format!("{}.{:02}", minor / 100, minor % 100) };
    Some(json!({ "currency_code": code, "value": value }))
}

#[derive(Clone, Debug, Deserialize)]
struct Amount {
    currency_code: String,
    value: String,
}

impl Amount {
    fn money(&self) -> Result<Money, GatewayError> {
        let currency = currency(&self.currency_code)?;
        Money::parse(&self.value, currency).map_err(|_| GatewayError::Unknown(format!("an amount that can't be read: {:?}", self.value)))
    }
}

#[derive(Deserialize)]
struct Order {
    id: String,
    #[serde(default)]
    intent: String,
    status: String,
    #[serde(default)]
    purchase_units: Vec<Unit>,
    #[serde(default)]
    links: Vec<LinkTo>,
}

#[derive(Deserialize)]
struct LinkTo {
    rel: String,
    href: String,
}

#[derive(Deserialize)]
struct Unit {
    payments: Option<Payments>,
}

#[derive(Default, Deserialize)]
struct Payments {
    #[serde(default)]
    authorizations: Vec<Part>,
    #[serde(default)]
    captures: Vec<Part>,
    #[serde(default)]
    refunds: Vec<Part>,
}

/// An authorisation, a capture or a refund.
#[derive(Deserialize)]
struct Part {
    id: String,
    status: String,
    amount: Option<Amount>,
    invoice_id: Option<String>,
    expiration_time: Option<DateTime<Utc>>,
}

impl Order {
    fn started(&self) -> Result<Started, GatewayError> {
        let link = self.links.iter().find(|link| matches!(link.rel.as_str(), "payer-action" | "approve"));
        match self.status.as_str() {
            "CREATED" | "PAYER_ACTION_REQUIRED" => {
                Ok(Started::Redirect { reference: self.id.clone(), url: page_to_pay_at(link.map(|link| link.href.as_str()))? })
            }
            // Asked again after the shopper went on already.
            "APPROVED" => Ok(Started::Settled { reference: self.id.clone(), standing: Standing::Pending }),
            _ => Ok(Started::Settled { reference: self.id.clone(), standing: self.standing()? }),
        }
    }

    fn standing(&self) -> Result<Standing, GatewayError> {
        match (self.status.as_str(), self.purchase_units.first().and_then(|unit| unit.payments.as_ref())) {
            ("VOIDED", _) => Ok(Standing::Voided),
            ("CREATED" | "SAVED" | "APPROVED" | "PAYER_ACTION_REQUIRED" | "COMPLETED", payments) => {
                payments.map_or(Ok(Standing::Pending), Payments::standing)
            }
            (other, _) => Err(GatewayError::Unknown(format!("unknown status {other:?}"))),
        }
    }
}

impl Payments {
    fn standing(&self) -> Result<Standing, GatewayError> {
        if let Some(amount) = sum(self.captures.iter().filter(|capture| capture.is_captured()))? {
            return Ok(Standing::Captured { amount });
        }
        let Some(last) = self.authorizations.last().or(self.captures.last()) else { return Ok(Standing::Pending) };
        match (last.status.as_str(), &last.amount) {
            ("CREATED" | "PARTIALLY_CAPTURED", Some(amount)) => {
                Ok(Standing::Authorised { amount: amount.money()?, until: last.expiration_time })
            }
            ("DENIED" | "DECLINED" | "FAILED", _) => Ok(Standing::Failed { reason: "PayPal declined the payment".to_owned() }),
            ("VOIDED", _) => Ok(Standing::Voided),
            ("EXPIRED", _) => Ok(Standing::Expired),
            _ => Ok(Standing::Pending),
        }
    }
}

/// `None` for none, or nothing.
fn sum<'a>(parts: impl Iterator<Item = &'a Part>) -> Result<Option<Money>, GatewayError> {
    let mut sum: Option<Money> = None;
    for amount in parts.filter_map(|part| part.amount.as_ref()) {
        let money = amount.money()?;
        sum = Some(Money::new(sum.map_or(0, |sum| sum.minor) + money.minor, money.currency));
    }
    Ok(sum.filter(|sum| sum.minor > 0))
}

impl Part {
    /// Money came, whatever was given back later.
    fn is_captured(&self) -> bool {
        matches!(self.status.as_str(), "COMPLETED" | "PARTIALLY_REFUNDED" | "REFUNDED")
    }

    fn outcome(&self) -> Outcome {
        match self.status.as_str() {
            _ if self.is_captured() => Outcome::Succeeded { reference: Some(self.id.clone()) },
            "DECLINED" | "FAILED" => Outcome::refused("PayPal declined it"),
            _ => Outcome::Pending { reference: Some(self.id.clone()) },
        }
    }

    fn refund_outcome(&self) -> Outcome {
        match self.status.as_str() {
            "COMPLETED" => Outcome::Succeeded { reference: Some(self.id.clone()) },
            "FAILED" | "CANCELLED" => Outcome::refused("PayPal could not give the money back"),
            _ => Outcome::Pending { reference: Some(self.id.clone()) },
        }
    }
}

#[derive(Debug, Deserialize)]
struct Refusal {
    #[serde(default)]
    name: String,
    #[serde(default)]
    message: String,
    #[serde(default)]
    details: Vec<Detail>,
}

#[derive(Debug, Deserialize)]
struct Detail {
    #[serde(default)]
    issue: String,
    #[serde(default)]
    description: String,
}

impl Refusal {
    fn is(&self, issue: &str) -> bool {
        self.name == issue || self.details.iter().any(|detail| detail.issue == issue)
    }

    /// For staff.
    fn words(&self) -> String {
        self.details
            .first()
            .map_or(format!("{}: {}", self.name, self.message), |detail| format!("{}: {}", detail.issue, detail.description))
    }

    fn for_shopper(&self) -> String {
        if self.is("INSTRUMENT_DECLINED") || self.is("PAYER_CANNOT_PAY") {
            "PayPal declined your card or account. Try again with another".to_owned()
        } else {
            "PayPal could not finish the payment".to_owned()
        }
    }
}

#[derive(Deserialize)]
struct Event {
    id: String,
    event_type: String,
    #[serde(default)]
    resource: Resource,
}

#[derive(Default, Deserialize)]
struct Resource {
    id: Option<String>,
    custom_id: Option<String>,
    #[serde(default)]
    purchase_units: Vec<EventUnit>,
    supplementary_data: Option<Supplement>,
}

#[derive(Deserialize)]
struct EventUnit {
    custom_id: Option<String>,
}

#[derive(Deserialize)]
struct Supplement {
    related_ids: Option<RelatedIds>,
}

#[derive(Deserialize)]
struct RelatedIds {
    order_id: Option<String>,
}

/// An event tells which payment changed. Its sums are those of a part, so PayPal is asked for the whole.
fn notice(body: &[u8]) -> Result<Option<Notice>, GatewayError> {
    let Event { id, event_type, resource } = read(body)?;
    let order_id = match event_type.split('.').take(2).collect::<Vec<_>>().as_slice() {
        ["CHECKOUT", "ORDER"] => resource.id,
        ["PAYMENT", "AUTHORIZATION" | "CAPTURE"] => resource.supplementary_data.and_then(|data| data.related_ids?.order_id),
        _ => return Ok(None),
    };
    let ours = resource.custom_id.or_else(|| resource.purchase_units.into_iter().find_map(|unit| unit.custom_id));
    let attempt: Option<AttemptId> = ours.and_then(|id| id.parse().ok());
    if order_id.is_none() && attempt.is_none() {
        return Ok(None);
    }
    let news = News::Payment { reference: order_id, attempt, standing: Standing::Pending };
    Ok(Some(Notice { event_id: id, news }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Currency;

    fn money(minor: i64, code: &str) -> Money {
        Money::new(minor, Currency::parse(code).unwrap())
    }

    #[test]
    fn amounts_are_written_as_paypal_reads_them() {
        let value = |minor, code| wire_amount(money(minor, code)).map(|amount| amount["value"].as_str().unwrap().to_owned());
        assert_eq!(value(1395, "GBP").as_deref(), Some("13.95"));
        assert_eq!(value(1200, "JPY").as_deref(), Some("1200"));
        assert_eq!(value(120_000, "HUF").as_deref(), Some("1200"), "HUF has no digits at PayPal");
        assert_eq!(value(120_050, "HUF"), None);
        assert_eq!(value(5, "USD").as_deref(), Some("0.05"));
    }

    fn order(status: &str, payments: Value) -> Standing {
        let order = json!({ "id": "O1", "intent": "CAPTURE", "status": status, "purchase_units": [{ "payments": payments }] });
        Order::deserialize(order).unwrap().standing().unwrap()
    }

    fn part(status: &str, value: &str) -> Value {
        json!({ "id": "P1", "status": status, "amount": { "currency_code": "GBP", "value": value } })
    }

    #[test]
    fn an_order_and_its_parts_tell_where_a_payment_stands() {
        assert_eq!(order("CREATED", Value::Null), Standing::Pending);
        assert_eq!(order("VOIDED", Value::Null), Standing::Voided);
        let captures = |parts: Value| order("COMPLETED", json!({ "captures": parts }));
        assert_eq!(
            captures(json!([part("COMPLETED", "8.00"), part("PARTIALLY_REFUNDED", "5.95")])),
            Standing::Captured { amount: money(1395, "GBP") }
        );
        assert_eq!(captures(json!([part("PENDING", "13.95")])), Standing::Pending);
        assert!(matches!(captures(json!([part("DECLINED", "13.95")])), Standing::Failed { .. }));
        let authorised = |status| order("COMPLETED", json!({ "authorizations": [part(status, "13.95")] }));
        assert_eq!(authorised("CREATED"), Standing::Authorised { amount: money(1395, "GBP"), until: None });
        assert_eq!((authorised("VOIDED"), authorised("EXPIRED")), (Standing::Voided, Standing::Expired));
    }

    #[test]
    fn a_message_can_t_slip_fields_of_its_own_into_its_check() {
        let names =
            ["paypal-auth-algo", "paypal-cert-url", "paypal-transmission-id", "paypal-transmission-sig", "paypal-transmission-time"];
        let headers: Headers = names.into_iter().map(|name| (name, "x")).collect();
        let body = verification(&headers, "WH1", b"{ \"id\":  1 }").unwrap();
        assert!(String::from_utf8(body).unwrap().ends_with(r#""webhook_id":"WH1","webhook_event":{ "id":  1 }}"#), "byte by byte");
        for event in [&b"{},\"webhook_id\":\"other\""[..], b"garbage", b""] {
            assert!(matches!(verification(&headers, "WH1", event), Err(GatewayError::NotGenuine(_))));
        }
        assert!(verification(&Headers::default(), "WH1", b"{}").is_err());
        assert!(verification(&headers, "", b"{}").is_err(), "no webhook ID, no trust");
    }

    #[test]
    fn an_event_names_the_payment_that_changed() {
        let told = |event: Value| notice(event.to_string().as_bytes()).unwrap();
        let of_capture = json!({ "id": "WH-1", "event_type": "PAYMENT.CAPTURE.COMPLETED",
            "resource": { "id": "C1", "supplementary_data": { "related_ids": { "order_id": "O1" } } } });
        let news = News::Payment { reference: Some("O1".to_owned()), attempt: None, standing: Standing::Pending };
        assert_eq!(told(of_capture), Some(Notice { event_id: "WH-1".to_owned(), news }));
        assert_eq!(told(json!({ "id": "WH-2", "event_type": "CUSTOMER.DISPUTE.CREATED", "resource": {} })), None);
    }
}
