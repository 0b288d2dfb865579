use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use askama::Template;
use chrono::Utc;

use super::{
    forms::{Answer, CardForm, VerificationForm, read_form},
    model::{PaymentId, PaymentRow, PaymentState},
    ops::{self, SandboxProvider, Stepped},
    rules::{TEST_CARDS, TestCard},
    store,
};
use crate::{
    base::{Problems, Result},
    web::{Access, Doors, check_same_origin, private_html, see_other},
};

type Provider = web::Data<SandboxProvider>;

pub fn routes(doors: &mut Doors) {
    doors
        .get("/sandbox/pay/{id}", Access::Anybody, show)
        .post("/sandbox/pay/{id}", Access::Anybody, pay)
        .get("/sandbox/pay/{id}/verification", Access::Anybody, verification_page)
        .post("/sandbox/pay/{id}/verification", Access::Anybody, verify)
        .post("/sandbox/pay/{id}/cancellation", Access::Anybody, cancel);
}

#[derive(Template)]
#[template(path = "sandbox/pay.html")]
struct PayPage {
    payment: PaymentRow,
    form: CardForm,
    problems: Problems,
}

impl PayPage {
    fn test_cards(&self) -> &'static [TestCard] {
        &TEST_CARDS
    }
}

#[derive(Template)]
#[template(path = "sandbox/outcome.html")]
struct OutcomePage {
    payment: PaymentRow,
}

impl OutcomePage {
    fn title(&self) -> &'static str {
        match self.payment.state {
            PaymentState::Captured | PaymentState::Authorised => "Paid",
            PaymentState::Processing => "Your bank is thinking",
            PaymentState::Cancelled => "Cancelled",
            _ => "Not paid",
        }
    }

    fn message(&self) -> &str {
        match self.payment.state {
            PaymentState::Captured | PaymentState::Authorised => "The payment is made. Nothing more is to do here.",
            PaymentState::Processing => "Your bank takes a moment to decide. Nothing more is to do here.",
            _ => self.payment.failure.as_deref().unwrap_or("The payment was not made"),
        }
    }
}

async fn show(provider: Provider, id: web::Path<String>) -> Result<HttpResponse> {
    let payment = find(&provider, id.parse()?).await?;
    match payment.state {
        PaymentState::Open => show_form(StatusCode::OK, payment, CardForm::default(), Problems::default()),
        PaymentState::Verifying => Ok(onward(&payment)),
        _ => private_html(StatusCode::OK, &OutcomePage { payment }),
    }
}

async fn pay(provider: Provider, id: web::Path<String>, request: HttpRequest, body: web::Payload) -> Result<HttpResponse> {
    check_same_origin(&request)?;
    let id: PaymentId = id.parse()?;
    let form: CardForm = read_form(body).await?;
    match form.parse(Utc::now().date_naive()) {
        Ok(card) => finish(&provider, provider.db.write(move |conn| ops::pay(conn, &id, &card)).await?).await,
        Err(problems) => show_form(StatusCode::UNPROCESSABLE_ENTITY, find(&provider, id).await?, form, problems),
    }
}

/// The card form while it can still be used.
fn show_form(status: StatusCode, payment: PaymentRow, form: CardForm, problems: Problems) -> Result<HttpResponse> {
    match payment.state {
        PaymentState::Open => private_html(status, &PayPage { payment, form, problems }),
        _ => Ok(onward(&payment)),
    }
}

#[derive(Template)]
#[template(path = "sandbox/verification.html")]
struct VerificationPage {
    payment: PaymentRow,
}

async fn verification_page(provider: Provider, id: web::Path<String>) -> Result<HttpResponse> {
    let payment = find(&provider, id.parse()?).await?;
    match payment.state {
        PaymentState::Verifying => private_html(StatusCode::OK, &VerificationPage { payment }),
        _ => Ok(see_other(&path(&payment))),
    }
}

async fn verify(provider: Provider, id: web::Path<String>, request: HttpRequest, body: web::Payload) -> Result<HttpResponse> {
    check_same_origin(&request)?;
    let id: PaymentId = id.parse()?;
    let VerificationForm { answer } = read_form(body).await?;
    finish(&provider, provider.db.write(move |conn| ops::verify(conn, &id, answer == Answer::Confirm)).await?).await
}

async fn cancel(provider: Provider, id: web::Path<String>, request: HttpRequest) -> Result<HttpResponse> {
    check_same_origin(&request)?;
    let id: PaymentId = id.parse()?;
    finish(&provider, provider.db.write(move |conn| ops::cancel(conn, &id)).await?).await
}

/// Tells the merchant first where that was asked for, then sends the shopper on.
async fn finish(provider: &SandboxProvider, stepped: Stepped) -> Result<HttpResponse> {
    if let Some(early) = stepped.early {
        provider.deliver(early).await?;
    }
    Ok(onward(&stepped.payment))
}

async fn find(provider: &SandboxProvider, id: PaymentId) -> Result<PaymentRow> {
    provider.db.read(move |conn| store::payment(conn, &id)).await
}

/// Where the shopper goes after a form: the next step, or back to the shop once there is none.
fn onward(payment: &PaymentRow) -> HttpResponse {
    match payment.state {
        PaymentState::Open => see_other(&path(payment)),
        PaymentState::Verifying => see_other(&format!("{}/verification", path(payment))),
        _ => see_other(&payment.return_url),
    }
}

fn path(payment: &PaymentRow) -> String {
    format!("/sandbox/pay/{}", payment.id)
}
