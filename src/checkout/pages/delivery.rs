use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use askama::Template;

use super::{Standing, stand};
use crate::{
    base::{Money, Problems, Result},
    cart::{self, CartView},
    checkout::{
        forms::DeliveryForm,
        model::{Checkout, Stage, Step},
        ops,
    },
    quote::DeliveryOffer,
    shipping::{self, Carriers},
    web::{Access, App, Doors, Form, Shell, Visitor, private_html, see_other},
};

pub fn routes(doors: &mut Doors) {
    doors.get("/checkout/delivery", Access::Anybody, show).post("/checkout/delivery", Access::Anybody, save);
}

#[derive(Template)]
#[template(path = "checkout/delivery.html")]
struct DeliveryPage {
    shell: Shell,
    stage: Stage,
    cart: CartView,
    checkout: Checkout,
    problems: Problems,
}

impl DeliveryPage {
    fn offers(&self) -> &[DeliveryOffer] {
        &self.cart.quote.offers
    }

    fn price(&self, offer: &DeliveryOffer) -> Money {
        self.cart.quote.money(&offer.after_discounts())
    }

    /// What stands in the form for a method; a way that is no method of ours, as by e-mail, is empty.
    fn value(&self, offer: &DeliveryOffer) -> String {
        offer.method.id.map(|id| id.to_string()).unwrap_or_default()
    }

    fn is_chosen(&self, offer: &DeliveryOffer) -> bool {
        // Where there is nothing to choose between, nobody has to.
        (offer.method.id.is_some() && self.checkout.shipping_method == offer.method.id) || self.offers().len() == 1
    }
}

async fn show(visitor: Visitor, request: HttpRequest, app: App, carriers: web::Data<Carriers>) -> Result<HttpResponse> {
    let checkout = match stand(&visitor, &app).await? {
        // There is nothing to choose.
        Standing::Ready { cart, checkout: Some(_) } if !cart.quote.parcel.needs_delivery && cart.quote.delivery.is_some() => {
            return Ok(see_other(Step::Review.path()));
        }
        Standing::Ready { cart, checkout: Some(checkout) } => {
            // Carriers are asked before the prices are shown, and what they say holds for a while.
            shipping::refresh(&app.db, &carriers, &checkout.delivery_address.place(), &cart.quote.parcel).await?;
            checkout
        }
        Standing::Ready { .. } => return Ok(see_other(Step::Address.path())),
        Standing::Elsewhere(response) => return Ok(response),
    };
    let (id, terms) = (checkout.cart, checkout.terms());
    let cart = app.db.read(move |conn| cart::view(conn, id, &terms)).await?;
    let checkout = *checkout;
    render(Shell::of(&request).await?, cart, checkout, Problems::default())
}

fn render(shell: Shell, cart: CartView, checkout: Checkout, problems: Problems) -> Result<HttpResponse> {
    let status = if problems.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    private_html(
        status,
        &DeliveryPage { shell, stage: Stage::of(Step::Delivery, cart.quote.parcel.needs_delivery), cart, checkout, problems },
    )
}

async fn save(visitor: Visitor, form: Form<DeliveryForm>, request: HttpRequest, app: App) -> Result<HttpResponse> {
    let (cart, checkout) = match stand(&visitor, &app).await? {
        Standing::Ready { cart, checkout: Some(checkout) } => (cart, *checkout),
        Standing::Ready { .. } => return Ok(see_other(Step::Address.path())),
        Standing::Elsewhere(response) => return Ok(response),
    };
    let (method, known) = (form.0.method(), checkout.clone());
    match app.db.write(move |conn| ops::save_method(conn, &known, method)).await {
        Ok(()) => Ok(see_other(Step::Review.path())),
        Err(error) => render(Shell::of(&request).await?, cart, checkout, error.into_problems()?),
    }
}
