//! Before what is delicate: somebody who is signed in shows once more that it is them.

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use askama::Template;
use serde::Deserialize;

use super::sign_ins::sign_in;
use crate::{
    accounts::{
        forms::{ProofForm, safe_return},
        ops::sign_ins,
    },
    base::{Error, Problems, Result},
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
    form: ProofForm,
    problems: Problems,
}

async fn page(Customer(account): Customer, shell: Shell, query: web::Query<Query>) -> Result<HttpResponse> {
    let form = ProofForm { return_to: query.into_inner().return_to, ..Default::default() };
    private_html(StatusCode::OK, &ProofPage { shell, email: account.email, form, problems: Problems::default() })
}

async fn prove(
    Customer(account): Customer,
    visitor: Visitor,
    form: Form<ProofForm>,
    request: HttpRequest,
    app: App,
) -> Result<HttpResponse> {
    let (Form(form), here) = (form, sign_in(&visitor)?.id);
    let proved = match form.parse() {
        Ok(password) => sign_ins::prove_by_password(&app.db, &client(&request), account.id, here, password).await,
        Err(problems) => Err(Error::Invalid(problems)),
    };
    match proved {
        Ok(()) => {
            visitor.session.renew()?;
            Ok(see_other(safe_return(&form.return_to)))
        }
        Err(error) => {
            let page = ProofPage { problems: error.into_problems()?, email: account.email, form, shell: Shell::of(&request).await? };
            private_html(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
    }
}
