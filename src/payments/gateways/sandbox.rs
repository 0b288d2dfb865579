//! Speaks to Sandbox Pay, the stand-in provider, over HTTP as to any stranger. It shares no code and no table with it.

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use reqwest::{Client, RequestBuilder, StatusCode};
use serde::Deserialize;
use serde_json::json;
use subtle::ConstantTimeEq;
use url::Url;

use super::{
    GatewayParts,
    http::{address, ask, currency, page_to_pay_at, read, unexpected},
};
use crate::{
    base::{Keys, Money},
    payments::gateway::{
        CaptureAt, CaptureRequest, Gateway, GatewayError, GatewayPayment, Headers, News, Notice, Outcome, RefundRequest, Standing,
        StartPayment, Started, VoidRequest,
    },
};

/// Seconds that a webhook's signature may be old, or ahead of our clock.
const TOLERANCE: u64 = 300;

pub struct SandboxGateway {
    http: Client,
    api_url: Url,
    api_key: String,
    webhook_secret: String,
}

impl SandboxGateway {
    pub fn new(parts: &GatewayParts) -> Self {
        Self {
            http: parts.inside.clone(),
            api_url: parts.sandbox_api.clone(),
            api_key: parts.sandbox_key.clone(),
            webhook_secret: parts.sandbox_webhook_secret.clone(),
        }
    }
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
            "capture": if request.capture == CaptureAt::Shipping { "manual" } else { "automatic" },
            "metadata": request.attempt.to_string(),
        });
        let (status, answer) = self.post(&["payments"], &request.attempt.to_string(), &body).await?;
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
            StatusCode::NOT_FOUND => Ok(Standing::Pending),
            other => Err(unexpected(other)),
        }
    }

    async fn capture(&self, request: &CaptureRequest) -> Result<Outcome, GatewayError> {
        let body = json!({ "amount": request.amount.minor, "final": request.is_final });
        let answer = self.post(&["payments", &request.reference, "captures"], &request.capture.to_string(), &body).await?;
        outcome(answer)
    }

    async fn void(&self, request: &VoidRequest) -> Result<Outcome, GatewayError> {
        let answer = self.post(&["payments", &request.reference, "void"], &format!("void-{}", request.attempt), &json!({})).await?;
        outcome(answer)
    }

    async fn refund(&self, request: &RefundRequest) -> Result<Outcome, GatewayError> {
        if let Some(id) = &request.refund_reference {
            let (status, answer) = self.ask(self.http.get(self.url(&["refunds", id])?)).await?;
            return if status == StatusCode::OK { Ok(read::<Effect>(&answer)?.outcome()) } else { Err(unexpected(status)) };
        }
        let Some(reference) = &request.reference else {
            return Ok(Outcome::refused("Sandbox Pay knows nothing of this payment"));
        };
        let body = json!({ "amount": request.amount.minor, "metadata": request.refund.to_string() });
        let answer = self.post(&["payments", reference, "refunds"], &request.refund.to_string(), &body).await?;
        outcome(answer)
    }

    async fn webhook(&self, headers: &Headers, body: &[u8]) -> Result<Option<Notice>, GatewayError> {
        let signature = headers.get("sandbox-signature").ok_or_else(|| GatewayError::NotGenuine("no signature".to_owned()))?;
        verify(&self.webhook_secret, signature, body, Utc::now().timestamp())?;
        notice(body)
    }

    async fn list(&self, since: DateTime<Utc>) -> Result<Option<Vec<GatewayPayment>>, GatewayError> {
        let mut payments = vec![];
        let mut after: Option<String> = None;
        loop {
            let mut url = self.url(&["payments"])?;
            url.query_pairs_mut().append_pair("since", &since.timestamp().to_string());
            if let Some(after) = &after {
                url.query_pairs_mut().append_pair("after", after);
            }
            let (status, answer) = self.ask(self.http.get(url)).await?;
            if status != StatusCode::OK {
                return Err(unexpected(status));
            }
            let page: Listing = read(&answer)?;
            for payment in page.payments.iter().filter(|payment| payment.captured > 0) {
                let captured = payment.money(payment.captured)?;
                payments.push(GatewayPayment { reference: payment.id.clone(), captured, refunded: payment.refunded });
            }
            match page.payments.last().filter(|_| page.more) {
                Some(last) => after = Some(last.id.clone()),
                None => return Ok(Some(payments)),
            }
        }
    }

    async fn test(&self) -> Result<String, GatewayError> {
        let (status, _) = self.ask(self.http.get(self.url(&["payments"])?)).await?;
        if status == StatusCode::OK {
            Ok("Sandbox Pay answers. It only pretends: no money moves.".to_owned())
        } else {
            Err(unexpected(status))
        }
    }
}

impl SandboxGateway {
    fn url(&self, path: &[&str]) -> Result<Url, GatewayError> {
        address(&self.api_url, path)
    }

    async fn post(&self, path: &[&str], key: &str, body: &serde_json::Value) -> Result<(StatusCode, Vec<u8>), GatewayError> {
        self.ask(self.http.post(self.url(path)?).header("idempotency-key", key).json(body)).await
    }

    async fn ask(&self, call: RequestBuilder) -> Result<(StatusCode, Vec<u8>), GatewayError> {
        ask(call.bearer_auth(&self.api_key)).await
    }
}

/// What became of a capture, a void or a refund.
fn outcome((status, answer): (StatusCode, Vec<u8>)) -> Result<Outcome, GatewayError> {
    match status {
        StatusCode::CREATED => Ok(read::<Effect>(&answer)?.outcome()),
        StatusCode::UNPROCESSABLE_ENTITY | StatusCode::NOT_FOUND => Ok(Outcome::refused(read::<Refusal>(&answer)?.error.message)),
        other => Err(unexpected(other)),
    }
}

/// A payment as answers and events show it.
#[derive(Deserialize)]
struct Payment {
    id: String,
    state: String,
    amount: i64,
    #[serde(default)]
    authorised: i64,
    authorised_until: Option<DateTime<Utc>>,
    #[serde(default)]
    captured: i64,
    #[serde(default)]
    refunded: i64,
    currency: String,
    failure: Option<String>,
    checkout_url: Option<String>,
    metadata: Option<String>,
}

impl Payment {
    fn money(&self, minor: i64) -> Result<Money, GatewayError> {
        Ok(Money::new(minor, currency(&self.currency)?))
    }

    fn standing(&self) -> Result<Standing, GatewayError> {
        match self.state.as_str() {
            "open" | "verifying" | "processing" => Ok(Standing::Pending),
            "authorised" => Ok(Standing::Authorised { amount: self.money(self.authorised)?, until: self.authorised_until }),
            "captured" => Ok(Standing::Captured { amount: self.money(self.captured)? }),
            "declined" | "cancelled" => {
                Ok(Standing::Failed { reason: self.failure.clone().unwrap_or_else(|| "The payment was not made".to_owned()) })
            }
            "voided" => Ok(Standing::Voided),
            "expired" => Ok(Standing::Expired),
            other => Err(GatewayError::Unknown(format!("unknown state {other:?}"))),
        }
    }
}

#[derive(Deserialize)]
struct Listing {
    payments: Vec<Payment>,
    more: bool,
}

/// A capture, a void or a refund.
#[derive(Deserialize)]
struct Effect {
    id: String,
    state: String,
    failure: Option<String>,
    metadata: Option<String>,
}

impl Effect {
    fn outcome(&self) -> Outcome {
        match self.state.as_str() {
            "succeeded" => Outcome::Succeeded { reference: Some(self.id.clone()) },
            "failed" => Outcome::refused(self.failure.clone().unwrap_or_else(|| "the bank refused it".to_owned())),
            _ => Outcome::Pending { reference: Some(self.id.clone()) },
        }
    }
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
    payment: Payment,
    refund: Option<Effect>,
}

/// The shopper is sent on only when the provider asks for what the order says, and only to a web address.
fn started(payment: &Payment, asked: Money) -> Result<Started, GatewayError> {
    if payment.money(payment.amount)? != asked {
        return Err(GatewayError::unknown("it opened a payment of another amount"));
    }
    let reference = payment.id.clone();
    match payment.standing()? {
        Standing::Pending => Ok(Started::Redirect { reference, url: page_to_pay_at(payment.checkout_url.as_deref())? }),
        standing => Ok(Started::Settled { reference, standing }),
    }
}

pub(super) fn notice(body: &[u8]) -> Result<Option<Notice>, GatewayError> {
    let event: Event = read(body)?;
    let news = match &event.refund {
        Some(refund) => {
            let Some(ours) = refund.metadata.as_deref().and_then(|id| id.parse().ok()) else { return Ok(None) };
            News::Refund { refund: ours, outcome: refund.outcome() }
        }
        None => {
            let attempt = event.payment.metadata.as_deref().and_then(|id| id.parse().ok());
            News::Payment { standing: event.payment.standing()?, reference: Some(event.payment.id), attempt }
        }
    };
    Ok(Some(Notice { event_id: event.id, news }))
}

/// Checks `t=<Unix seconds>,v1=<HMAC-SHA256 in hex of "t.body">` in constant time.
pub(super) fn verify(secret: &str, header: &str, body: &[u8], now: i64) -> Result<(), GatewayError> {
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

    fn event(state: &str) -> Vec<u8> {
        let payment = json!({ "id": "pay_1", "state": state, "amount": 7227, "captured": 7227, "currency": "GBP", "failure": null });
        json!({ "id": "evt_1", "type": format!("payment.{state}"), "payment": payment }).to_string().into_bytes()
    }

    #[test]
    fn a_notice_passes_on_event_payment_amount_and_currency() {
        let told = notice(&event("captured")).unwrap().unwrap();
        let standing = Standing::Captured { amount: money(7227) };
        let news = News::Payment { reference: Some("pay_1".to_owned()), attempt: None, standing };
        assert_eq!(told, Notice { event_id: "evt_1".to_owned(), news });
        let told = notice(&event("declined")).unwrap().unwrap();
        assert!(matches!(told.news, News::Payment { standing: Standing::Failed { .. }, .. }));
    }

    #[test]
    fn nonsense_is_unknown() {
        for body in [b"garbage".to_vec(), event("exploded")] {
            assert!(matches!(notice(&body), Err(GatewayError::Unknown(_))));
        }
    }

    fn money(minor: i64) -> Money {
        Money::new(minor, crate::base::Currency::parse("GBP").unwrap())
    }

    fn opened(checkout_url: Option<&str>) -> Payment {
        let payment = json!({ "id": "pay_1", "state": "open", "amount": 500, "currency": "GBP", "checkout_url": checkout_url });
        Payment::deserialize(payment).unwrap()
    }

    #[test]
    fn the_shopper_is_sent_on_only_for_the_amount_of_the_order_and_to_a_web_address() {
        let payment = opened(Some("https://pay.example/1"));
        let redirect = Started::Redirect { reference: "pay_1".to_owned(), url: "https://pay.example/1".to_owned() };
        assert_eq!(started(&payment, money(500)).unwrap(), redirect);
        assert!(matches!(started(&payment, money(501)), Err(GatewayError::Unknown(_))));
        assert!(matches!(started(&opened(Some("javascript:alert(1)")), money(500)), Err(GatewayError::Unknown(_))));
    }
}
