//! Speaks to Sandbox Pay, the stand-in provider, over HTTP as to any stranger. It shares no code and no table with it.

use std::time::Duration;

use anyhow::Context;
use async_trait::async_trait;
use chrono::Utc;
use reqwest::{Client, RequestBuilder, Response, StatusCode, redirect};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::json;
use subtle::ConstantTimeEq;
use url::Url;

use crate::{
    base::{Currency, Keys, Money},
    payments::gateway::{Gateway, GatewayError, Headers, News, Notice, Outcome, RefundRequest, Standing, StartPayment, Started},
};

const CONNECT_TIME: Duration = Duration::from_secs(3);

/// From connecting to the last byte, so that a slow drip holds no page up.
const WHOLE_TIME: Duration = Duration::from_secs(10);

/// Bytes of an answer.
const ANSWER_LIMIT: usize = 64 * 1024;

/// Seconds that a webhook's signature may be old, or ahead of our clock.
const TOLERANCE: u64 = 300;

pub struct SandboxGateway {
    http: Client,
    api_url: Url,
    api_key: String,
    webhook_secret: String,
}

impl SandboxGateway {
    /// `http` as [`http_client`] makes it; `api_url` with its path, as in `http://127.0.0.1:8080/sandbox/api/v1`.
    pub fn new(http: Client, api_url: Url, api_key: String, webhook_secret: String) -> Self {
        Self { http, api_url, api_key, webhook_secret }
    }
}

/// A client with short patience that follows no redirect: an answer that points elsewhere is no answer of the provider. It
/// uses no proxy either, since Sandbox Pay runs in this very program, where no proxy could reach it.
///
/// # Errors
/// TLS can't be set up.
pub fn http_client() -> anyhow::Result<Client> {
    // reqwest panics where no provider of cryptography is installed. An error here means that there is one already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = Client::builder().connect_timeout(CONNECT_TIME).timeout(WHOLE_TIME).redirect(redirect::Policy::none()).no_proxy();
    client.build().context("the HTTP client can't be made")
}

#[async_trait]
impl Gateway for SandboxGateway {
    fn code(&self) -> &'static str {
        "sandbox"
    }

    fn name(&self) -> &str {
        "Card (sandbox)"
    }

    fn description(&self) -> &str {
        "Pay by card on the page of Sandbox Pay, a pretended provider: no money moves."
    }

    async fn start(&self, request: &StartPayment) -> Result<Started, GatewayError> {
        let body = json!({
            "amount": request.amount.minor,
            "currency": request.amount.currency.code(),
            "description": format!("Order {}", request.order_number),
            "return_url": request.return_url,
            "webhook_url": request.webhook_url,
        });
        let call = self.http.post(self.url(&["payments"])?).header("idempotency-key", request.attempt.to_string()).json(&body);
        let (status, answer) = self.ask(call).await?;
        match status {
            StatusCode::CREATED => started(&read(&answer)?, request.amount),
            StatusCode::UNPROCESSABLE_ENTITY => Ok(Started::Declined { reason: read::<Refusal>(&answer)?.error.message }),
            other => Err(unexpected(other)),
        }
    }

    async fn standing(&self, reference: &str) -> Result<Standing, GatewayError> {
        let (status, answer) = self.ask(self.http.get(self.url(&["payments", reference])?)).await?;
        match status {
            StatusCode::OK => read::<Payment>(&answer)?.standing(),
            other => Err(unexpected(other)),
        }
    }

    async fn refund(&self, request: &RefundRequest) -> Result<Outcome, GatewayError> {
        let Some(reference) = &request.reference else {
            return Ok(Outcome::Refused { reason: "Sandbox Pay knows nothing of this payment".to_owned() });
        };
        let url = self.url(&["payments", reference, "refunds"])?;
        let body = json!({ "amount": request.amount.minor });
        let call = self.http.post(url).header("idempotency-key", request.refund.to_string()).json(&body);
        let (status, answer) = self.ask(call).await?;
        match status {
            StatusCode::CREATED => Ok(Outcome::Succeeded { reference: Some(read::<Refund>(&answer)?.id) }),
            StatusCode::UNPROCESSABLE_ENTITY | StatusCode::NOT_FOUND => {
                Ok(Outcome::Refused { reason: read::<Refusal>(&answer)?.error.message })
            }
            other => Err(unexpected(other)),
        }
    }

    async fn webhook(&self, headers: &Headers, body: &[u8]) -> Result<Option<Notice>, GatewayError> {
        let signature = headers.get("sandbox-signature").ok_or_else(|| GatewayError::NotGenuine("no signature".to_owned()))?;
        verify(&self.webhook_secret, signature, body, Utc::now().timestamp())?;
        notice(body)
    }
}

impl SandboxGateway {
    fn url(&self, path: &[&str]) -> Result<Url, GatewayError> {
        let mut url = self.api_url.clone();
        let segments = url.path_segments_mut().map(|mut segments| {
            segments.pop_if_empty().extend(path);
        });
        segments.map_err(|()| GatewayError::Unknown("the API's address has no path".to_owned()))?;
        Ok(url)
    }

    async fn ask(&self, call: RequestBuilder) -> Result<(StatusCode, Vec<u8>), GatewayError> {
        let sent = call.bearer_auth(&self.api_key).timeout(WHOLE_TIME).send().await;
        let answer = sent.map_err(unreached)?;
        Ok((answer.status(), read_bounded(answer).await?))
    }
}

async fn read_bounded(mut answer: Response) -> Result<Vec<u8>, GatewayError> {
    let mut body = vec![];
    while let Some(chunk) = answer.chunk().await.map_err(unreached)? {
        if body.len() + chunk.len() > ANSWER_LIMIT {
            return Err(GatewayError::Unknown(format!("an answer of more than {ANSWER_LIMIT} bytes")));
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

fn unreached(error: reqwest::Error) -> GatewayError {
    // The cause says more than reqwest's own words, and the address would put ids of payments into the log.
    GatewayError::Unknown(format!("{:#}", anyhow::Error::new(error.without_url())))
}

fn unexpected(status: StatusCode) -> GatewayError {
    GatewayError::Unknown(format!("answered with {status}"))
}

fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, GatewayError> {
    serde_json::from_slice(body).map_err(|error| GatewayError::Unknown(format!("an answer that can't be read: {error}")))
}

/// A payment as answers and events show it.
#[derive(Deserialize)]
struct Payment {
    id: String,
    state: String,
    amount: i64,
    currency: String,
    failure: Option<String>,
    checkout_url: Option<String>,
}

impl Payment {
    fn money(&self) -> Result<Money, GatewayError> {
        let currency =
            Currency::parse(&self.currency).map_err(|_| GatewayError::Unknown(format!("unknown currency {:?}", self.currency)))?;
        Ok(Money::new(self.amount, currency))
    }

    fn standing(&self) -> Result<Standing, GatewayError> {
        match self.state.as_str() {
            "open" | "verifying" => Ok(Standing::Pending),
            "captured" => Ok(Standing::Captured { amount: self.money()? }),
            "declined" | "cancelled" => {
                Ok(Standing::Failed { reason: self.failure.clone().unwrap_or_else(|| "The payment was not made".to_owned()) })
            }
            other => Err(GatewayError::Unknown(format!("unknown state {other:?}"))),
        }
    }
}

#[derive(Deserialize)]
struct Refund {
    id: String,
}

#[derive(Deserialize)]
struct Refusal {
    error: RefusalText,
}

#[derive(Deserialize)]
struct RefusalText {
    message: String,
}

#[derive(Deserialize)]
struct Event {
    id: String,
    r#type: String,
    payment: Payment,
}

/// The shopper is sent on only when the provider asks for what the order says, and only to a web address.
fn started(payment: &Payment, asked: Money) -> Result<Started, GatewayError> {
    if payment.money()? != asked {
        return Err(GatewayError::Unknown("it opened a payment of another amount".to_owned()));
    }
    let url = payment.checkout_url.as_deref().and_then(|url| Url::parse(url).ok());
    match url {
        Some(url) if matches!(url.scheme(), "http" | "https") => Ok(Started::Redirect { reference: payment.id.clone(), url: url.into() }),
        _ => Err(GatewayError::Unknown("it gave no address to pay at".to_owned())),
    }
}

fn notice(body: &[u8]) -> Result<Option<Notice>, GatewayError> {
    let event: Event = read(body)?;
    if !matches!(event.r#type.as_str(), "payment.captured" | "payment.declined" | "payment.cancelled") {
        return Ok(None);
    }
    let standing = event.payment.standing()?;
    let news = News::Payment { reference: event.payment.id, attempt: None, standing };
    Ok(Some(Notice { event_id: event.id, news }))
}

/// Checks `t=<Unix seconds>,v1=<HMAC-SHA256 in hex of "t.body">` in constant time.
fn verify(secret: &str, header: &str, body: &[u8], now: i64) -> Result<(), GatewayError> {
    let not_genuine = |why: &str| GatewayError::NotGenuine(why.to_owned());
    let part = |name: &str| header.split(',').find_map(|part| part.trim().strip_prefix(name)?.strip_prefix('='));
    let (Some(at), Some(given)) = (part("t"), part("v1")) else { return Err(not_genuine("no readable signature")) };
    let right = Keys::sign_with(secret.as_bytes(), &[at.as_bytes(), b".", body].concat());
    if right.is_empty() || !bool::from(right.as_bytes().ct_eq(given.as_bytes())) {
        return Err(not_genuine("wrong signature"));
    }
    match at.parse::<i64>() {
        Ok(at) if at.abs_diff(now) <= TOLERANCE => Ok(()),
        _ => Err(not_genuine("stale signature")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: i64 = 1_800_000_000;

    fn signed(secret: &str, at: i64, body: &[u8]) -> String {
        format!("t={at},v1={}", Keys::sign_with(secret.as_bytes(), &[format!("{at}.").as_bytes(), body].concat()))
    }

    fn refusal(header: &str, body: &[u8]) -> String {
        verify("secret", header, body, NOW).unwrap_err().to_string()
    }

    #[test]
    fn a_message_counts_for_five_minutes_around_its_signing() {
        for at in [NOW - 300, NOW, NOW + 300] {
            assert!(verify("secret", &signed("secret", at, b"{}"), b"{}", NOW).is_ok(), "{at}");
        }
        for at in [NOW - 301, NOW + 301, i64::MIN] {
            assert!(refusal(&signed("secret", at, b"{}"), b"{}").contains("stale"), "{at}");
        }
    }

    #[test]
    fn a_forged_message_is_refused() {
        let right = signed("secret", NOW, b"{}");
        assert!(refusal(&signed("another", NOW, b"{}"), b"{}").contains("wrong"));
        assert!(refusal(&right, b"{ }").contains("wrong"));
        assert!(refusal(&right.replace("t=18", "t=17"), b"{}").contains("wrong"));
        for header in ["", "t=1", "v1=abc", "t,v1", "x=1,y=2"] {
            assert!(refusal(header, b"{}").contains("no readable"), "{header}");
        }
    }

    fn event(kind: &str, state: &str) -> Vec<u8> {
        let payment = json!({ "id": "pay_1", "state": state, "amount": 7227, "currency": "GBP", "failure": null });
        json!({ "id": "evt_1", "type": kind, "payment": payment }).to_string().into_bytes()
    }

    #[test]
    fn a_notice_passes_on_event_payment_amount_and_currency() {
        let told = notice(&event("payment.captured", "captured")).unwrap().unwrap();
        assert_eq!(told.event_id, "evt_1");
        let standing = Standing::Captured { amount: money(7227) };
        assert_eq!(told.news, News::Payment { reference: "pay_1".to_owned(), attempt: None, standing });
        let told = notice(&event("payment.declined", "declined")).unwrap().unwrap();
        assert!(matches!(told.news, News::Payment { standing: Standing::Failed { .. }, .. }));
    }

    #[test]
    fn other_events_concern_nobody_and_nonsense_is_unknown() {
        assert_eq!(notice(&event("payment.created", "open")).unwrap(), None);
        for body in [b"garbage".to_vec(), event("payment.captured", "exploded")] {
            assert!(matches!(notice(&body), Err(GatewayError::Unknown(_))));
        }
    }

    fn money(minor: i64) -> Money {
        Money::new(minor, Currency::parse("GBP").unwrap())
    }

    fn opened(checkout_url: Option<&str>) -> Payment {
        let checkout_url = checkout_url.map(str::to_owned);
        Payment { id: "pay_1".to_owned(), state: "open".to_owned(), amount: 500, currency: "GBP".to_owned(), failure: None, checkout_url }
    }

    #[test]
    fn the_shopper_is_sent_on_only_for_the_amount_of_the_order() {
        let payment = opened(Some("https://pay.example/1"));
        let redirect = Started::Redirect { reference: "pay_1".to_owned(), url: "https://pay.example/1".to_owned() };
        assert_eq!(started(&payment, money(500)).unwrap(), redirect);
        assert!(matches!(started(&payment, money(501)), Err(GatewayError::Unknown(_))));
    }

    #[test]
    fn the_shopper_is_sent_to_web_addresses_only() {
        for url in [None, Some("javascript:alert(1)"), Some("/relative")] {
            assert!(matches!(started(&opened(url), money(500)), Err(GatewayError::Unknown(_))), "{url:?}");
        }
    }

    #[test]
    fn a_reference_can_t_lead_out_of_its_path() {
        let url = Url::parse("http://127.0.0.1:8080/sandbox/api/v1/").unwrap();
        let gateway = SandboxGateway::new(http_client().unwrap(), url, String::new(), String::new());
        assert_eq!(gateway.url(&["payments", "a/../b?c"]).unwrap().path(), "/sandbox/api/v1/payments/a%2F..%2Fb%3Fc");
    }
}
