use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use askama::Template;

use super::{Standing, stand};
use crate::{
    base::{Money, Problems, Result, ShippingMethodId},
    cart::CartView,
    checkout::{
        forms::DeliveryForm,
        model::{Checkout, Step},
        ops,
    },
    shipping::Offer,
    web::{App, Form, Shell, Visitor, private_html, see_other},
};

pub fn routes(config: &mut web::ServiceConfig) {
    config.route("/checkout/delivery", web::get().to(show)).route("/checkout/delivery", web::post().to(save));
}

#[derive(Template)]
#[template(path = "checkout/delivery.html")]
struct DeliveryPage {
    shell: Shell,
    step: Step,
    cart: CartView,
    checkout: Checkout,
    offers: Vec<Offer>,
    problems: Problems,
}

impl DeliveryPage {
    fn price(&self, offer: &Offer) -> Money {
        Money::new(offer.price, self.cart.total.currency)
    }

    fn is_chosen(&self, method: &Option<ShippingMethodId>) -> bool {
        // Where there is nothing to choose between, nobody has to.
        self.checkout.shipping_method == *method || self.offers.len() == 1
    }
}

async fn show(visitor: Visitor, request: HttpRequest, app: App) -> Result<HttpResponse> {
    let (cart, checkout) = match stand(&visitor, &app).await? {
        Standing::Ready { cart, checkout: Some(checkout) } => (cart, *checkout),
        Standing::Ready { .. } => return Ok(see_other(Step::Address.path())),
        Standing::Elsewhere(response) => return Ok(response),
    };
    render(Shell::of(&request).await?, cart, checkout, Problems::default(), &app).await
}

async fn render(shell: Shell, cart: CartView, checkout: Checkout, problems: Problems, app: &App) -> Result<HttpResponse> {
    let asked = checkout.clone();
    let offers = app.db.read(move |conn| ops::offers(conn, &asked)).await?;
    let status = if problems.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    private_html(status, &DeliveryPage { shell, step: Step::Delivery, cart, checkout, offers, problems })
}

async fn save(visitor: Visitor, form: Form<DeliveryForm>, request: HttpRequest, app: App) -> Result<HttpResponse> {
    let (cart, checkout) = match stand(&visitor, &app).await? {
        Standing::Ready { cart, checkout: Some(checkout) } => (cart, *checkout),
        Standing::Ready { .. } => return Ok(see_other(Step::Address.path())),
        Standing::Elsewhere(response) => return Ok(response),
    };
    let (method, known) = (form.0.method, checkout.clone());
    match app.db.write(move |conn| ops::save_method(conn, &known, method)).await {
        Ok(()) => Ok(see_other(Step::Review.path())),
        Err(error) => render(Shell::of(&request).await?, cart, checkout, error.into_problems()?, &app).await,
    }
}
