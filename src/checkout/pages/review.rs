use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use askama::Template;

use super::{Standing, stand};
use crate::{
    base::Result,
    checkout::{
        model::{Checkout, Quote, Step},
        ops,
    },
    web::{App, Shell, Visitor, private_html, see_other},
};

pub fn routes(config: &mut web::ServiceConfig) {
    config.route("/checkout/review", web::get().to(show));
}

#[derive(Template)]
#[template(path = "checkout/review.html")]
struct ReviewPage {
    shell: Shell,
    step: Step,
    checkout: Checkout,
    quote: Quote,
}

/// The answers and the quote of a shopper who has given all answers, or the page to go to first.
pub async fn quoted(visitor: &Visitor, app: &App) -> Result<std::result::Result<(Checkout, Quote), HttpResponse>> {
    let checkout = match stand(visitor, app).await? {
        Standing::Ready { checkout: Some(checkout), .. } => *checkout,
        Standing::Ready { .. } => return Ok(Err(see_other(Step::Address.path()))),
        Standing::Elsewhere(response) => return Ok(Err(response)),
    };
    let asked = checkout.clone();
    let quote = app.db.read(move |conn| ops::quote(conn, &asked)).await?;
    Ok(quote.map(|quote| (checkout, quote)).ok_or_else(|| see_other(Step::Delivery.path())))
}

async fn show(visitor: Visitor, request: HttpRequest, app: App) -> Result<HttpResponse> {
    match quoted(&visitor, &app).await? {
        Ok((checkout, quote)) => {
            let shell = Shell::of(&request).await?;
            private_html(StatusCode::OK, &ReviewPage { shell, step: Step::Review, checkout, quote })
        }
        Err(elsewhere) => Ok(elsewhere),
    }
}
