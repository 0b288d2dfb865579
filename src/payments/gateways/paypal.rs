//! PayPal by its own page: Orders v2 and Payments v2, as developer.paypal.com/docs/api describes them.
//!
//! The reference of a payment is the id of PayPal's order. What the shopper approved is captured (or authorised) by us: nothing
//! is charged before. Webhooks only say that something changed; then PayPal is asked what.

pub(super) mod events;
mod refunds;
mod wire;

use std::{
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use async_trait::async_trait;
use reqwest::{Client, Method, StatusCode};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::{Value, json};
use url::Url;

use self::{
    events::{notice, verification},
    wire::{Order, Part, Payments, Refusal, order_json, sum, wire_amount},
};
use super::http::{address, ask, read, unexpected};
use crate::payments::gateway::{
    CaptureRequest, Gateway, GatewayError, GatewayPayment, Headers, Notice, Outcome, RefundRequest, Standing, StartPayment, Started, Told,
    VoidRequest,
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
        self.refund_by_capture(&self.payments(reference).await?, request).await
    }

    async fn webhook(&self, headers: &Headers, body: &[u8]) -> Result<Option<Notice>, GatewayError> {
        self.verify(headers, body).await?;
        notice(body)
    }

    async fn tell(&self, reference: &str) -> Result<Told, GatewayError> {
        let payments = self.payments(reference).await?;
        let Some(captured) = sum(payments.captures.iter().filter(|capture| capture.is_captured()))? else {
            return Ok(Told::NoSuchPayment);
        };
        let refunded = sum(payments.refunds.iter().filter(|refund| refund.status == "COMPLETED"))?;
        let refunded = refunded.map_or(0, |refunded| refunded.minor);
        Ok(Told::Payment(GatewayPayment { reference: reference.to_owned(), captured, refunded }))
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
