use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use askama::Template;

use super::{Standing, stand};
use crate::{
    base::{Error, Problems, Result},
    cart::CartView,
    checkout::{
        forms::{BillingForm, ContactForm},
        model::{Stage, Step, Till},
        ops,
    },
    settings::{self, AddressForm},
    web::{Access, App, Doors, Form, Shell, Visitor, private_html, see_other},
};

pub fn routes(doors: &mut Doors) {
    doors
        .get("/checkout/address", Access::Anybody, show)
        .post("/checkout/address", Access::Anybody, save)
        .get("/checkout/billing", Access::Anybody, show_billing)
        .post("/checkout/billing", Access::Anybody, save_billing);
}

#[derive(Template)]
#[template(path = "checkout/address.html")]
struct AddressPage {
    shell: Shell,
    stage: Stage,
    cart: CartView,
    form: ContactForm,
    problems: Problems,
}

impl AddressPage {
    fn email_hint(&self) -> &'static str {
        if self.cart.quote.parcel.needs_delivery {
            "We send the receipt and the tracking number here."
        } else {
            "We send the receipt and what you buy here."
        }
    }

    fn onward(&self) -> &'static str {
        if self.cart.quote.parcel.needs_delivery { "Go on to delivery" } else { "Go on to check your order" }
    }
}

/// Where the step after the address is: what needs no delivery has nothing to choose there.
fn after_address(needs_delivery: bool) -> Step {
    if needs_delivery { Step::Delivery } else { Step::Review }
}

fn at_address(cart: &CartView) -> Stage {
    Stage::of(Step::Address, cart.quote.parcel.needs_delivery)
}

async fn show(visitor: Visitor, request: HttpRequest, app: App) -> Result<HttpResponse> {
    let (cart, checkout) = match stand(&visitor, &app).await? {
        Standing::Ready { cart, checkout } => (cart, checkout),
        Standing::Elsewhere(response) => return Ok(response),
    };
    let form = match &checkout {
        Some(checkout) => ContactForm::from(checkout.as_ref()),
        None => blank(&visitor, &app).await?,
    };
    private_html(
        StatusCode::OK,
        &AddressPage { shell: Shell::of(&request).await?, stage: at_address(&cart), cart, form, problems: Problems::default() },
    )
}

/// An empty form, with what we know of the visitor: the shop's own country, and name and address of an account.
async fn blank(visitor: &Visitor, app: &App) -> Result<ContactForm> {
    let country = app.db.read(settings::store).await?.country;
    let (name, email) = visitor.account.as_ref().map(|account| (account.name.clone(), account.email.clone())).unwrap_or_default();
    Ok(ContactForm { email, address: AddressForm { name, country, ..Default::default() }, ..Default::default() })
}

async fn save(visitor: Visitor, form: Form<ContactForm>, request: HttpRequest, app: App, till: web::Data<Till>) -> Result<HttpResponse> {
    let Form(form) = form;
    let cart = match stand(&visitor, &app).await? {
        Standing::Ready { cart, .. } => cart,
        Standing::Elsewhere(response) => return Ok(response),
    };
    if form.only_chooses_country() {
        let page = AddressPage { shell: Shell::of(&request).await?, stage: at_address(&cart), cart, form, problems: Problems::default() };
        return private_html(StatusCode::OK, &page);
    }
    let (id, elsewhere, next) = (cart.id, form.bill_elsewhere.is_some(), after_address(cart.quote.parcel.needs_delivery));
    let saved = match form.parse() {
        Ok(contact) => match ops::check_registered(&till, &contact.vat_number, &contact.address.country).await {
            Ok(()) => app.db.write(move |conn| ops::save_contact(conn, id, &contact)).await,
            Err(error) => Err(error),
        },
        Err(problems) => Err(Error::Invalid(problems)),
    };
    match saved {
        Ok(()) => Ok(see_other(if elsewhere { "/checkout/billing" } else { next.path() })),
        Err(error) => {
            let page =
                AddressPage { problems: error.into_problems()?, shell: Shell::of(&request).await?, stage: at_address(&cart), cart, form };
            private_html(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
    }
}

#[derive(Template)]
#[template(path = "checkout/billing.html")]
struct BillingPage {
    shell: Shell,
    stage: Stage,
    cart: CartView,
    form: BillingForm,
    problems: Problems,
}

async fn show_billing(visitor: Visitor, request: HttpRequest, app: App) -> Result<HttpResponse> {
    let (cart, checkout) = match stand(&visitor, &app).await? {
        Standing::Ready { cart, checkout: Some(checkout) } => (cart, *checkout),
        Standing::Ready { .. } => return Ok(see_other(Step::Address.path())),
        Standing::Elsewhere(response) => return Ok(response),
    };
    let address = match &checkout.billing_address {
        Some(address) => AddressForm::from(address),
        None => AddressForm { country: checkout.delivery_address.country, ..Default::default() },
    };
    let form = BillingForm { address, action: String::new() };
    private_html(
        StatusCode::OK,
        &BillingPage { shell: Shell::of(&request).await?, stage: at_address(&cart), cart, form, problems: Problems::default() },
    )
}

async fn save_billing(visitor: Visitor, form: Form<BillingForm>, request: HttpRequest, app: App) -> Result<HttpResponse> {
    let Form(form) = form;
    let cart = match stand(&visitor, &app).await? {
        Standing::Ready { cart, checkout: Some(_) } => cart,
        Standing::Ready { .. } => return Ok(see_other(Step::Address.path())),
        Standing::Elsewhere(response) => return Ok(response),
    };
    let mut problems = Problems::default();
    let parsed = if form.action == "country" { None } else { form.address.parse(&mut problems) };
    if let Some(address) = parsed {
        let (id, next) = (cart.id, after_address(cart.quote.parcel.needs_delivery));
        app.db.write(move |conn| ops::save_billing(conn, id, &address)).await?;
        return Ok(see_other(next.path()));
    }
    let status = if problems.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    private_html(status, &BillingPage { shell: Shell::of(&request).await?, stage: at_address(&cart), cart, form, problems })
}
