//! A guest finds an order by its number and the address that it was placed with.

use actix_web::{HttpRequest, HttpResponse, http::StatusCode};
use askama::Template;

use crate::{
    base::{Conn, Email, Error, Problems, Result},
    limits::{self, Door, Who},
    orders::{forms::FindForm, store},
    web::{Access, App, Doors, Form, Session, Shell, client, private_html, see_other},
};

pub fn routes(doors: &mut Doors) {
    doors.get("/orders/find", Access::Anybody, ask).post("/orders/find", Access::Anybody, find);
}

#[derive(Template)]
#[template(path = "orders/find.html")]
struct FindPage {
    shell: Shell,
    form: FindForm,
    problems: Problems,
}

async fn ask(shell: Shell) -> Result<HttpResponse> {
    private_html(StatusCode::OK, &FindPage { shell, form: FindForm::default(), problems: Problems::default() })
}

async fn find(form: Form<FindForm>, request: HttpRequest, app: App) -> Result<HttpResponse> {
    let Form(form) = form;
    let found = match form.parse() {
        Ok((number, email)) => look_up(number, email, &request, &app).await,
        Err(problems) => Err(Error::Invalid(problems)),
    };
    match found {
        Ok(path) => Ok(see_other(&path)),
        Err(error) => {
            let page = FindPage { problems: error.into_problems()?, shell: Shell::of(&request).await?, form };
            private_html(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
    }
}

/// The way to the order, which this browser may see from then on.
///
/// # Errors
/// `TooMany` for who tries too often, whether such an order exists or not; `Invalid` with the same words whatever is wrong.
async fn look_up(number: String, email: Email, request: &HttpRequest, app: &App) -> Result<String> {
    // Whoever guesses is slowed by where they come from, and by what they guess at wherever they come from.
    let knock = limits::knock(&app.db, Door::OrderLookup, &client(request), Some(Who::thing(&number))).await?;
    let look = move |conn: &mut Conn| {
        let order = store::find_with_email(conn, &number, &email)?;
        knock.give_back(conn)?;
        Ok(order)
    };
    match app.db.write(look).await {
        Ok(order) => {
            Session::of(request).open_order(order.id, &order.token)?;
            Ok(order.path())
        }
        Err(Error::NotFound) => Err(Error::invalid(
            "number",
            "We find no order with this number and this address. Both stand in the mail that we sent when it was placed",
        )),
        Err(other) => Err(other),
    }
}
