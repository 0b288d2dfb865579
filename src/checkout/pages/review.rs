use actix_web::{HttpRequest, HttpResponse, http::StatusCode};
use askama::Template;
use chrono::{DateTime, Utc};

use super::{Standing, stand};
use crate::{
    base::{Error, Result},
    cart::{CartView, Line},
    checkout::{
        model::{Bill, Checkout, Stage, Step},
        ops,
    },
    inventory::Shortage,
    quote::DeliveryOffer,
    web::{Access, App, Doors, FlashKind, Shell, Visitor, private_html, see_other, see_other_with},
};

pub fn routes(doors: &mut Doors) {
    doors.get("/checkout/review", Access::Anybody, show);
}

#[derive(Template)]
#[template(path = "checkout/review.html")]
struct ReviewPage {
    shell: Shell,
    stage: Stage,
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

/// From here on everything is set aside. Who came too late, or wants more of something by several lines than there is, is led back
/// to the cart and told what is short.
pub async fn held(visitor: &Visitor, bill: &Bill, app: &App) -> Result<std::result::Result<DateTime<Utc>, HttpResponse>> {
    let cart = bill.cart.clone();
    let held = app.db.write_swiftly(move |conn| ops::hold(conn, &cart)?.map_err(|short| Error::Conflict(too_few(&cart, &short)))).await;
    match held {
        Ok(until) => Ok(Ok(until)),
        Err(Error::Conflict(said)) => see_other_with(&visitor.session, FlashKind::Error, &said, "/cart").map(Err),
        Err(error) => Err(error),
    }
}

fn too_few(cart: &CartView, short: &[Shortage]) -> String {
    let is_short = |line: &&Line| short.iter().any(|short| short.variant == line.item.variant.id);
    let mut titles: Vec<&str> = cart.lines.iter().filter(is_short).map(|line| line.item.title.as_str()).collect();
    titles.dedup();
    let what = if titles.is_empty() { "everything in your cart".to_owned() } else { titles.join(" and ") };
    format!("There is not enough of {what} for all that you chose. Take fewer to go on.")
}

async fn show(visitor: Visitor, request: HttpRequest, app: App) -> Result<HttpResponse> {
    let (checkout, bill) = match billed(&visitor, &app).await? {
        Ok(found) => found,
        Err(elsewhere) => return Ok(elsewhere),
    };
    let held_until = match held(&visitor, &bill, &app).await? {
        Ok(until) => until,
        Err(elsewhere) => return Ok(elsewhere),
    };
    let shell = Shell::of(&request).await?;
    let stage = Stage::of(Step::Review, bill.cart.quote.parcel.needs_delivery);
    private_html(StatusCode::OK, &ReviewPage { shell, stage, checkout, bill, held_until })
}
