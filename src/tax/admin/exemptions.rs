//! Customers who pay no tax, each with the reason that the law asks for. Only somebody with an account can be exempt.

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use askama::Template;
use serde::Deserialize;

use crate::{
    accounts::{self, AccountRow},
    base::{AccountId, Error, Page, PageRequest, Permission, Problems, Result},
    tax::forms::ExemptionForm,
    web::{App, Desk, Doors, FlashKind, Form, Visitor, private_html, see_other_with},
};

pub fn routes(doors: &mut Doors) {
    doors
        .get("/admin/tax/exemptions", Permission::CustomersTerms, list)
        .post("/admin/tax/exemptions", Permission::CustomersTerms, create)
        .get("/admin/tax/exemptions/end", Permission::CustomersTerms, confirm_end)
        .post("/admin/tax/exemptions/end", Permission::CustomersTerms, end);
}

#[derive(Deserialize)]
struct Query {
    page: Option<i64>,
}

#[derive(Template)]
#[template(path = "admin/tax/exemptions.html")]
struct ListPage {
    desk: Desk,
    page: Page<AccountRow>,
    form: ExemptionForm,
    problems: Problems,
}

impl ListPage {
    async fn make(desk: Desk, number: Option<i64>, form: ExemptionForm, problems: Problems, app: &App) -> Result<Self> {
        let page = app.db.read(move |conn| accounts::exempt(conn, PageRequest::new(number, 50))).await?;
        Ok(Self { desk, page, form, problems })
    }

    /// The page on which the exemption is ended.
    fn end_url(&self, account: &AccountId) -> String {
        format!("/admin/tax/exemptions/end?account={account}")
    }
}

async fn list(desk: Desk, query: web::Query<Query>, app: App) -> Result<HttpResponse> {
    let page = ListPage::make(desk, query.page, ExemptionForm::default(), Problems::default(), &app).await?;
    private_html(StatusCode::OK, &page)
}

async fn create(visitor: Visitor, form: Form<ExemptionForm>, request: HttpRequest, app: App) -> Result<HttpResponse> {
    let Form(form) = form;
    let saved = match form.parse() {
        Ok((email, reason)) => app.db.write(move |conn| accounts::set_tax_exemption(conn, &email, &reason)).await,
        Err(problems) => Err(Error::Invalid(problems)),
    };
    match saved {
        Ok(customer) => {
            let said = format!("{} pays no tax from now on.", customer.name);
            see_other_with(&visitor.session, FlashKind::Success, &said, "/admin/tax/exemptions?saved=yes")
        }
        Err(error) => {
            let page = ListPage::make(Desk::of(&request).await?, None, form, error.into_problems()?, &app).await?;
            private_html(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
    }
}

#[derive(Deserialize)]
struct Whose {
    account: AccountId,
}

#[derive(Template)]
#[template(path = "admin/tax/exemption_end.html")]
struct EndPage {
    desk: Desk,
    customer: AccountRow,
}

async fn confirm_end(desk: Desk, whose: web::Query<Whose>, app: App) -> Result<HttpResponse> {
    let account = whose.account;
    let customer = app.db.read(move |conn| accounts::find(conn, account)?.ok_or(Error::NotFound)).await?;
    private_html(StatusCode::OK, &EndPage { desk, customer })
}

async fn end(visitor: Visitor, whose: Form<Whose>, app: App) -> Result<HttpResponse> {
    let Form(Whose { account }) = whose;
    let customer = app.db.write(move |conn| accounts::end_tax_exemption(conn, account)).await?;
    see_other_with(&visitor.session, FlashKind::Success, &format!("{} pays tax again.", customer.name), "/admin/tax/exemptions")
}
