//! Where the bill goes, when it goes elsewhere.

use actix_web::{HttpRequest, HttpResponse, http::StatusCode};
use askama::Template;

use super::{
    Standing,
    address::{account_of, after_address, at_address, book_of, choice_of, keep, onward},
    stand,
};
use crate::{
    accounts::SavedAddress,
    base::{Conn, Problems, Result},
    cart::CartView,
    checkout::{
        forms::{ANOTHER, BillingForm, chosen_of},
        model::{Stage, Step},
        ops,
    },
    settings::AddressForm,
    web::{Access, App, Doors, Form, Shell, Visitor, private_html, see_other},
};

pub fn routes(doors: &mut Doors) {
    doors.get("/checkout/billing", Access::Anybody, show).post("/checkout/billing", Access::Anybody, save);
}

#[derive(Template)]
#[template(path = "checkout/billing.html")]
struct BillingPage {
    shell: Shell,
    stage: Stage,
    cart: CartView,
    /// The customer's book.
    saved: Vec<SavedAddress>,
    form: BillingForm,
    problems: Problems,
}

async fn show(visitor: Visitor, request: HttpRequest, app: App) -> Result<HttpResponse> {
    let (cart, checkout) = match stand(&visitor, &app).await? {
        Standing::Ready { cart, checkout: Some(checkout) } => (cart, *checkout),
        Standing::Ready { .. } => return Ok(see_other(Step::Address.path())),
        Standing::Elsewhere(response) => return Ok(response),
    };
    let book = book_of(&visitor, &app).await?;
    let saved = match &checkout.billing_address {
        Some(address) => choice_of(&book, address),
        None => first_for_bills(&book),
    };
    let blank = AddressForm { country: checkout.delivery_address.country, ..AddressForm::default() };
    let typed = checkout.billing_address.as_ref().filter(|_| saved.is_empty() || saved == ANOTHER).map(AddressForm::from);
    let form = BillingForm { address: typed.unwrap_or(blank), saved, ..BillingForm::default() };
    respond(StatusCode::OK, &request, cart, book, form, Problems::default()).await
}

/// What is offered first: the default for bills, else another address than any of the book.
fn first_for_bills(book: &[SavedAddress]) -> String {
    let default = book.iter().find(|saved| saved.kept.billing_default).map(|saved| saved.id.to_string());
    if book.is_empty() { String::new() } else { default.unwrap_or_else(|| ANOTHER.to_owned()) }
}

async fn respond(
    status: StatusCode,
    request: &HttpRequest,
    cart: CartView,
    saved: Vec<SavedAddress>,
    form: BillingForm,
    problems: Problems,
) -> Result<HttpResponse> {
    private_html(status, &BillingPage { shell: Shell::of(request).await?, stage: at_address(&cart), cart, saved, form, problems })
}

async fn save(visitor: Visitor, form: Form<BillingForm>, request: HttpRequest, app: App) -> Result<HttpResponse> {
    let Form(mut form) = form;
    let cart = match stand(&visitor, &app).await? {
        Standing::Ready { cart, checkout: Some(_) } => cart,
        Standing::Ready { .. } => return Ok(see_other(Step::Address.path())),
        Standing::Elsewhere(response) => return Ok(response),
    };
    let book = book_of(&visitor, &app).await?;
    let only_country = form.action == "country";
    let chosen = chosen_of(&form.saved, &book).filter(|_| !only_country);
    let is_new = chosen.is_none();
    if let Some(saved) = chosen {
        form.address = AddressForm::from(&saved.kept.address);
    }
    let mut problems = Problems::default();
    let parsed = if only_country { None } else { form.address.parse(&mut problems) };
    if let Some(address) = parsed {
        let (id, next) = (cart.id, after_address(cart.quote.parcel.needs_delivery));
        let keeper = account_of(&visitor).filter(|_| is_new && form.keep.is_some());
        let save = move |conn: &mut Conn| {
            ops::save_billing(conn, id, &address)?;
            keep(conn, keeper, &address, "")
        };
        let is_kept = app.db.write(save).await?;
        return onward(&visitor.session, is_kept, next.path());
    }
    if !book.is_empty() {
        form.saved = ANOTHER.to_owned();
    }
    let status = if problems.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    respond(status, &request, cart, book, form, problems).await
}
