use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use askama::Template;
use serde::Deserialize;

use super::{
    forms::CodeForm,
    model::{Credit, Entry},
    ops, store,
};
use crate::{
    base::{Page, PageRequest, Problems, Result},
    limits::{self, Door},
    web::{Access, App, Customer, Doors, Form, Shell, Visitor, private_html},
};

pub fn routes(doors: &mut Doors) {
    doors.get("/gift-cards/balance", Access::Anybody, ask).post("/gift-cards/balance", Access::Anybody, tell).get(
        "/account/credit",
        Access::SignedIn,
        account,
    );
}

#[derive(Template)]
#[template(path = "credit/balance.html")]
struct BalancePage {
    shell: Shell,
    form: CodeForm,
    /// What was found.
    card: Option<Credit>,
    problems: Problems,
}

async fn ask(shell: Shell) -> Result<HttpResponse> {
    private_html(StatusCode::OK, &BalancePage { shell, form: CodeForm::default(), card: None, problems: Problems::default() })
}

/// Answers the POST with the page itself: a code has no place in an address, where histories and logs would keep it.
async fn tell(visitor: Visitor, form: Form<CodeForm>, request: HttpRequest, app: App) -> Result<HttpResponse> {
    let knock = limits::knock_at(Door::GiftCard, &visitor, &request).await?;
    let Form(form) = form;
    let code = form.code.clone();
    let found = app.db.write(move |conn| ops::find_card(conn, &code, &knock)).await?;
    let shell = Shell::of(&request).await?;
    match found {
        Ok(card) => {
            let page = BalancePage { shell, form: CodeForm::default(), card: Some(card), problems: Problems::default() };
            private_html(StatusCode::OK, &page)
        }
        Err(message) => {
            let page = BalancePage { shell, form, card: None, problems: Problems::of("code", message) };
            private_html(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
    }
}

#[derive(Deserialize)]
struct Query {
    page: Option<i64>,
}

#[derive(Template)]
#[template(path = "credit/account.html")]
struct AccountPage {
    shell: Shell,
    /// One for each currency; usually one, or none.
    credits: Vec<Credit>,
    page: Page<Entry>,
}

async fn account(Customer(account): Customer, query: web::Query<Query>, request: HttpRequest, app: App) -> Result<HttpResponse> {
    let asked = PageRequest::new(query.page, 20);
    let found = app.db.read(move |conn| {
        let credits = store::store_credits_of(conn, account.id)?;
        let ids: Vec<_> = credits.iter().map(|credit| credit.id).collect();
        Ok((store::entries(conn, &ids, asked)?, credits))
    });
    let (page, credits) = found.await?;
    private_html(StatusCode::OK, &AccountPage { shell: Shell::of(&request).await?, credits, page })
}
