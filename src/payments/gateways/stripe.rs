//! Stripe by its hosted page: Checkout Sessions, PaymentIntents and Refunds, as docs.stripe.com/api describes them.
//!
//! The reference of a payment is the id of its Checkout Session. Stripe makes the PaymentIntent only once the shopper confirms.

pub(super) mod events;
mod wire;

use async_trait::async_trait;
use chrono::{DateTime, Utc};
use reqwest::{Client, Method, StatusCode};
use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;
use url::Url;

use self::{
    events::{notice, verify},
    wire::{ApiError, Intent, Listing, Refund, Refusal, Session, session_form, started, wire_amount},
};
use super::http::{address, ask, read, unexpected};
use crate::{
    base::RefundId,
    payments::gateway::{
        CaptureRequest, Gateway, GatewayError, GatewayPayment, Headers, Notice, Outcome, RefundRequest, Standing, StartPayment, Started,
        VoidRequest,
    },
};

/// Answers and events look as they did in this version of the API, whatever Stripe changes later.
pub const STRIPE_VERSION: &str = "2024-12-18.acacia";

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
            let Some(page) = page else { return Ok(Some(payments)) };
            for session in &page.data {
                payments.extend(session.listed()?);
            }
            match page.data.last().filter(|_| page.has_more) {
                Some(last) => after = Some(last.id.clone()),
                None => return Ok(Some(payments)),
            }
        }
        // A list that is cut off would look as if Stripe did not know of what is missing.
        Err(GatewayError::Unknown(format!("more than {} payments since then; ask for fewer days", MOST_PAGES * LIST)))
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
