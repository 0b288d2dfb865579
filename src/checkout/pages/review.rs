use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use askama::Template;
use chrono::{DateTime, Utc};

use super::{Standing, stand};
use crate::{
    base::{Error, Result},
    checkout::{
        model::{Bill, Checkout, Step},
        ops,
    },
    quote::DeliveryOffer,
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
    bill: Bill,
    /// Everything is set aside until then.
    held_until: DateTime<Utc>,
}

impl ReviewPage {
    /// Why delivery costs what it costs.
    fn delivery(&self) -> Option<&DeliveryOffer> {
        self.bill.cart.quote.delivery.as_ref().map(|delivery| &delivery.offer)
    }
}

/// The answers and the bill of a shopper who has given all answers, or the page to go to first.
pub async fn billed(visitor: &Visitor, app: &App) -> Result<std::result::Result<(Checkout, Bill), HttpResponse>> {
    let checkout = match stand(visitor, app).await? {
        Standing::Ready { checkout: Some(checkout), .. } => *checkout,
        Standing::Ready { .. } => return Ok(Err(see_other(Step::Address.path()))),
        Standing::Elsewhere(response) => return Ok(Err(response)),
    };
    let (asked, account) = (checkout.clone(), visitor.account.as_ref().map(|account| account.id));
    let bill = app.db.read(move |conn| ops::bill(conn, &asked, account)).await?;
    Ok(bill.map(|bill| (checkout, bill)).ok_or_else(|| see_other(Step::Delivery.path())))
}

/// From here on everything is set aside. Who came too late is led back to the cart, where the line says what is left.
pub async fn held(bill: &Bill, app: &App) -> Result<std::result::Result<DateTime<Utc>, HttpResponse>> {
    let cart = bill.cart.clone();
    let held = app.db.write_swiftly(move |conn| ops::hold(conn, &cart)?.map_err(|_| Error::Conflict(String::new()))).await;
    match held {
        Ok(until) => Ok(Ok(until)),
        Err(Error::Conflict(_)) => Ok(Err(see_other("/cart"))),
        Err(error) => Err(error),
    }
}

async fn show(visitor: Visitor, request: HttpRequest, app: App) -> Result<HttpResponse> {
    let (checkout, bill) = match billed(&visitor, &app).await? {
        Ok(found) => found,
        Err(elsewhere) => return Ok(elsewhere),
    };
    let held_until = match held(&bill, &app).await? {
        Ok(until) => until,
        Err(elsewhere) => return Ok(elsewhere),
    };
    let shell = Shell::of(&request).await?;
    private_html(StatusCode::OK, &ReviewPage { shell, step: Step::Review, checkout, bill, held_until })
}
