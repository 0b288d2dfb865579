use std::{
    fmt,
    future::{Ready, ready},
};

use actix_web::{
    FromRequest, HttpRequest, HttpResponse, ResponseError,
    dev::Payload,
    http::{
        StatusCode,
        header::{AUTHORIZATION, CACHE_CONTROL, RETRY_AFTER, WWW_AUTHENTICATE},
    },
    web,
};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::json;
use subtle::ConstantTimeEq;

use super::{
    faults,
    forms::{CaptureInput, FaultInput, PaymentInput, RefundInput, read_body},
    model::{PaymentId, PaymentRow, PaymentState, Place, Refund, RefundState},
    ops::{self, SandboxProvider},
    store,
};
use crate::{
    base::{Error, Problems},
    web::{Access, Doors},
};

/// Bytes of a request.
const JSON_LIMIT: usize = 16 * 1024;

pub fn routes(doors: &mut Doors) {
    doors
        .post("/sandbox/api/v1/payments", Access::OwnKey, create_payment)
        .get("/sandbox/api/v1/payments", Access::OwnKey, list_payments)
        .get("/sandbox/api/v1/payments/{id}", Access::OwnKey, show_payment)
        .post("/sandbox/api/v1/payments/{id}/captures", Access::OwnKey, create_capture)
        .post("/sandbox/api/v1/payments/{id}/void", Access::OwnKey, void_payment)
        .post("/sandbox/api/v1/payments/{id}/refunds", Access::OwnKey, create_refund)
        .get("/sandbox/api/v1/refunds/{id}", Access::OwnKey, show_refund)
        .post("/sandbox/api/v1/faults", Access::OwnKey, arm);
}

/// Payments of one page of the list.
const PAGE: i64 = 100;

type Answered = Result<HttpResponse, Refusal>;

#[derive(Serialize)]
struct PaymentJson<'a> {
    id: &'a PaymentId,
    state: PaymentState,
    checkout_url: String,
    amount: i64,
    authorised: i64,
    authorised_until: Option<DateTime<Utc>>,
    captured: i64,
    currency: &'static str,
    refunded: i64,
    failure: Option<&'a str>,
    metadata: &'a str,
}

impl<'a> PaymentJson<'a> {
    fn of(payment: &'a PaymentRow, provider: &SandboxProvider) -> Self {
        Self {
            id: &payment.id,
            state: payment.state,
            checkout_url: provider.checkout_url(&payment.id),
            amount: payment.amount,
            authorised: payment.authorised,
            authorised_until: payment.authorised_until,
            captured: payment.captured,
            currency: payment.currency.code(),
            refunded: payment.refunded,
            failure: payment.failure.as_deref(),
            metadata: &payment.metadata,
        }
    }
}

async fn create_payment(Caller(provider): Caller, request: HttpRequest, body: web::Payload) -> Answered {
    let key = idempotency_key(&request)?;
    let new = read_json::<PaymentInput>(body).await?.parse(key)?;
    let struck = faults::before(&provider, Place::Start).await?;
    if let Some(answer) = struck.answer() {
        return Ok(answer);
    }
    let payment = provider.db.write(move |conn| ops::open(conn, &new)).await?;
    struck.after(answer(StatusCode::CREATED, &PaymentJson::of(&payment, &provider))).await
}

async fn show_payment(Caller(provider): Caller, id: web::Path<String>) -> Answered {
    let id: PaymentId = id.parse()?;
    let struck = faults::before(&provider, Place::Standing).await?;
    if let Some(answer) = struck.answer() {
        return Ok(answer);
    }
    let payment = provider.db.read(move |conn| store::payment(conn, &id)).await?;
    struck.after(answer(StatusCode::OK, &PaymentJson::of(&payment, &provider))).await
}

#[derive(Deserialize)]
struct ListQuery {
    /// Unix seconds.
    #[serde(default)]
    since: i64,
    #[serde(default)]
    after: String,
}

async fn list_payments(Caller(provider): Caller, query: web::Query<ListQuery>) -> Answered {
    let ListQuery { since, after } = query.into_inner();
    let since = DateTime::from_timestamp(since, 0).unwrap_or_default();
    let payments = provider.db.read(move |conn| store::list(conn, since, &after, PAGE)).await?;
    let shown: Vec<_> = payments.iter().map(|payment| PaymentJson::of(payment, &provider)).collect();
    Ok(answer(StatusCode::OK, &json!({ "payments": shown, "more": payments.len() as i64 == PAGE })))
}

async fn create_capture(Caller(provider): Caller, id: web::Path<String>, request: HttpRequest, body: web::Payload) -> Answered {
    let key = idempotency_key(&request)?;
    let new = read_json::<CaptureInput>(body).await?.parse(id.parse()?, key)?;
    let struck = faults::before(&provider, Place::Capture).await?;
    if let Some(answer) = struck.answer() {
        return Ok(answer);
    }
    let capture = provider.db.write(move |conn| ops::capture(conn, &new)).await?;
    struck.after(answer(StatusCode::CREATED, &json!({ "id": capture.id, "amount": capture.amount, "state": "succeeded" }))).await
}

async fn void_payment(Caller(provider): Caller, id: web::Path<String>) -> Answered {
    let id: PaymentId = id.parse()?;
    let struck = faults::before(&provider, Place::Void).await?;
    if let Some(answer) = struck.answer() {
        return Ok(answer);
    }
    let payment = provider.db.write(move |conn| ops::void(conn, &id)).await?;
    struck.after(answer(StatusCode::CREATED, &json!({ "id": payment.id, "state": "succeeded" }))).await
}

async fn create_refund(Caller(provider): Caller, id: web::Path<String>, request: HttpRequest, body: web::Payload) -> Answered {
    let key = idempotency_key(&request)?;
    let new = read_json::<RefundInput>(body).await?.parse(id.parse()?, key)?;
    let struck = faults::before(&provider, Place::Refund).await?;
    if let Some(answer) = struck.answer() {
        return Ok(answer);
    }
    let refund = provider.db.write(move |conn| ops::refund(conn, &new)).await?;
    struck.after(answer(StatusCode::CREATED, &refund_json(&refund))).await
}

async fn show_refund(Caller(provider): Caller, id: web::Path<String>) -> Answered {
    let refund = provider.db.read(move |conn| store::refund(conn, &id)).await?;
    Ok(answer(StatusCode::OK, &refund_json(&refund)))
}

fn refund_json(refund: &Refund) -> serde_json::Value {
    let failure = (refund.state == RefundState::Failed).then_some("The bank sent the money back");
    json!({ "id": refund.id, "amount": refund.amount, "state": refund.state, "failure": failure, "metadata": refund.metadata })
}

/// Faults on demand, for programs. People arm them at `/sandbox/control`.
async fn arm(Caller(provider): Caller, body: web::Payload) -> Answered {
    let input = read_json::<FaultInput>(body).await?;
    let times = input.times()?;
    provider.db.write(move |conn| ops::arm(conn, input.place, input.kind, times)).await?;
    Ok(answer(StatusCode::CREATED, &json!({ "armed": times })))
}

fn answer(status: StatusCode, body: &impl Serialize) -> HttpResponse {
    HttpResponse::build(status).insert_header((CACHE_CONTROL, "no-store")).json(body)
}

/// Without a key, a request repeated after a lost answer would pay twice, so there is no way to leave it out.
fn idempotency_key(request: &HttpRequest) -> Result<String, Refusal> {
    let given = request.headers().get("idempotency-key").and_then(|value| value.to_str().ok());
    match given {
        Some(key) if (1..=255).contains(&key.len()) => Ok(key.to_owned()),
        _ => Err(Refusal::new(StatusCode::BAD_REQUEST, "idempotency_key_needed", "Send an Idempotency-Key header of 1 to 255 characters")),
    }
}

async fn read_json<T: DeserializeOwned>(body: web::Payload) -> Result<T, Refusal> {
    let body = read_body(body, JSON_LIMIT).await?;
    serde_json::from_slice(&body).map_err(|error| Refusal::new(StatusCode::BAD_REQUEST, "invalid_json", error.to_string()))
}

/// A merchant's program that showed the right key.
struct Caller(web::Data<SandboxProvider>);

impl FromRequest for Caller {
    type Error = Refusal;
    type Future = Ready<Result<Self, Refusal>>;

    fn from_request(request: &HttpRequest, _: &mut Payload) -> Self::Future {
        ready(authenticate(request))
    }
}

fn authenticate(request: &HttpRequest) -> Result<Caller, Refusal> {
    let provider = request.app_data::<web::Data<SandboxProvider>>().ok_or_else(|| Error::internal("no sandbox provider in the server"))?;
    let header = request.headers().get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    let given = header.and_then(|value| value.strip_prefix("Bearer ")).unwrap_or_default();
    if bool::from(given.as_bytes().ct_eq(provider.api_key.as_bytes())) {
        Ok(Caller(provider.clone()))
    } else {
        Err(Refusal::new(StatusCode::UNAUTHORIZED, "unauthorized", "Send the API key as Authorization: Bearer <key>"))
    }
}

/// An error as programs read it: `{"error": {"code", "message"}}`.
#[derive(Debug)]
pub struct Refusal {
    status: StatusCode,
    code: String,
    message: String,
}

impl Refusal {
    fn new(status: StatusCode, code: impl Into<String>, message: impl Into<String>) -> Self {
        Self { status, code: code.into(), message: message.into() }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.message)
    }
}

impl ResponseError for Refusal {
    fn status_code(&self) -> StatusCode {
        self.status
    }

    fn error_response(&self) -> HttpResponse {
        let mut response = HttpResponse::build(self.status);
        match self.status {
            StatusCode::UNAUTHORIZED => response.insert_header((WWW_AUTHENTICATE, "Bearer")),
            StatusCode::SERVICE_UNAVAILABLE => response.insert_header((RETRY_AFTER, "5")),
            _ => &mut response,
        };
        response.insert_header((CACHE_CONTROL, "no-store")).json(json!({ "error": { "code": self.code, "message": self.message } }))
    }
}

impl From<Problems> for Refusal {
    /// The first problem; a program mends one after the other.
    fn from(problems: Problems) -> Self {
        let first = problems.iter().next();
        let code = first.map_or("invalid".to_owned(), |problem| format!("invalid_{}", problem.field));
        let message = first.map_or("Check the request", |problem| problem.message.as_str());
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, code.trim_end_matches('_'), message)
    }
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Self {
        let status = error.status_code();
        match error {
            Error::Invalid(problems) => problems.into(),
            Error::NotFound => Self::new(status, "not_found", "There is no such payment"),
            Error::Conflict(message) => Self::new(status, "conflict", message),
            Error::TooLarge => Self::new(status, "too_large", "Send 16 KB at most"),
            Error::Unavailable => Self::new(status, "unavailable", "Try again in a few seconds"),
            other => {
                tracing::error!(error = %other, "a request to the sandbox failed");
                Self::new(status, "internal", "Something went wrong on our side")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_tells_the_program_which_field_is_wrong() {
        let refusal = Refusal::from(Error::invalid("amount", "Too much"));
        assert_eq!((refusal.status.as_u16(), refusal.code.as_str(), refusal.message.as_str()), (422, "invalid_amount", "Too much"));
        assert_eq!(Refusal::from(Error::invalid("", "Broken off")).code, "invalid");
    }

    #[test]
    fn a_fault_of_ours_is_not_told_to_strangers() {
        let refusal = Refusal::from(Error::internal("password of the database"));
        assert_eq!(refusal.status.as_u16(), 500);
        assert!(!refusal.to_string().contains("database"));
    }
}
