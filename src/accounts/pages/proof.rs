//! Before what is delicate: somebody who is signed in shows once more that it is them.

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use askama::Template;
use serde::Deserialize;

use super::sign_ins::sign_in;
use crate::{
    accounts::{
        forms::{ProofForm, safe_return},
        ops::{second_factor, sign_ins},
    },
    base::{AccountId, Error, Problems, Result},
    web::{Access, App, Customer, Doors, Form, Shell, Visitor, client, private_html, see_other},
};

pub fn routes(doors: &mut Doors) {
    doors.get("/sign-in/proof", Access::SignedIn, page).post("/sign-in/proof", Access::SignedIn, prove);
}

#[derive(Deserialize)]
struct Query {
    #[serde(default)]
    return_to: String,
}

#[derive(Template)]
#[template(path = "accounts/proof.html")]
struct ProofPage {
    shell: Shell,
    email: String,
    /// A code of their app does as well.
    has_codes: bool,
    form: ProofForm,
    problems: Problems,
}

async fn page(Customer(account): Customer, shell: Shell, query: web::Query<Query>, app: App) -> Result<HttpResponse> {
    let form = ProofForm { return_to: query.into_inner().return_to, ..Default::default() };
    let has_codes = has_codes(&app, account.id).await?;
    private_html(StatusCode::OK, &ProofPage { shell, email: account.email, has_codes, form, problems: Problems::default() })
}

async fn has_codes(app: &App, id: AccountId) -> Result<bool> {
    app.db.read(move |conn| second_factor::is_set(conn, id)).await
}

async fn prove(
    Customer(account): Customer,
    visitor: Visitor,
    form: Form<ProofForm>,
    request: HttpRequest,
    app: App,
) -> Result<HttpResponse> {
    let (Form(form), here) = (form, sign_in(&visitor)?);
    let proved = match form.parse() {
        Ok(typed) => match second_factor::prove(&app.db, &app.keys, &client(&request), &here, &typed).await {
            Ok(false) => sign_ins::prove_by_password(&app.db, &client(&request), account.id, here.id, typed).await,
            proved => proved.map(|_| ()),
        },
        Err(problems) => Err(Error::Invalid(problems)),
    };
    match proved {
        Ok(()) => {
            visitor.session.renew()?;
            Ok(see_other(safe_return(&form.return_to)))
        }
        Err(error) => {
            let (problems, has_codes) = (error.into_problems()?, has_codes(&app, account.id).await?);
            let page = ProofPage { problems, email: account.email, has_codes, form, shell: Shell::of(&request).await? };
            private_html(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
    }
}
