//! What a customer says of themselves.

use actix_web::{HttpRequest, HttpResponse, http::StatusCode};
use askama::Template;

use crate::{
    accounts::{forms::DetailsForm, store},
    base::{Error, Problems, Result},
    web::{Access, App, Customer, Doors, FlashKind, Form, Shell, Visitor, private_html, see_other_with},
};

pub fn routes(doors: &mut Doors) {
    doors.get("/account/details", Access::SignedIn, show).post("/account/details", Access::SignedIn, save);
}

#[derive(Template)]
#[template(path = "accounts/details.html")]
struct DetailsPage {
    shell: Shell,
    email: String,
    form: DetailsForm,
    problems: Problems,
}

async fn show(Customer(account): Customer, request: HttpRequest, app: App) -> Result<HttpResponse> {
    let id = account.id;
    let phone = app.db.read(move |conn| store::phone(conn, id)).await?;
    let form = DetailsForm { name: account.name, phone };
    let page = DetailsPage { shell: Shell::of(&request).await?, email: account.email, form, problems: Problems::default() };
    private_html(StatusCode::OK, &page)
}

async fn save(
    Customer(account): Customer,
    visitor: Visitor,
    form: Form<DetailsForm>,
    request: HttpRequest,
    app: App,
) -> Result<HttpResponse> {
    let (id, Form(form)) = (account.id, form);
    let saved = match form.parse() {
        Ok(details) => app.db.write(move |conn| store::set_details(conn, id, &details.name, &details.phone)).await,
        Err(problems) => Err(Error::Invalid(problems)),
    };
    match saved {
        Ok(()) => see_other_with(&visitor.session, FlashKind::Success, "Your details are saved.", "/account/details?saved=yes"),
        Err(error) => {
            let page = DetailsPage { problems: error.into_problems()?, shell: Shell::of(&request).await?, email: account.email, form };
            private_html(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
    }
}
