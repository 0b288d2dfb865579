//! An order that staff puts together, as on the telephone: the form, its price, and placing it.

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use askama::Template;
use serde::Deserialize;

use crate::{
    base::{CartId, Error, Problems, Result},
    checkout::{
        forms::{DeliveryForm, EditForm},
        model::{Bill, Checkout, Till, Wish},
        ops,
    },
    orders::{self, Source},
    settings::{self, AddressForm},
    web::{App, Desk, FlashKind, Form, Staff, Visitor, private_html, see_other, see_other_with},
};

pub fn routes(config: &mut web::ServiceConfig) {
    config
        .route("/admin/new-order", web::get().to(blank))
        .route("/admin/new-order", web::post().to(save))
        .route("/admin/new-order/{cart}", web::get().to(show))
        .route("/admin/new-order/{cart}/delivery", web::post().to(choose))
        .route("/admin/new-order/{cart}/order", web::post().to(place));
}

#[derive(Template)]
#[template(path = "admin/orders/new.html")]
struct NewPage {
    desk: Desk,
    form: EditForm,
    address: AddressForm,
    problems: Problems,
}

async fn blank(desk: Desk, app: App) -> Result<HttpResponse> {
    let country = app.db.read(settings::store).await?.country;
    let form = EditForm::with(&[("cart", CartId::new().to_string()), ("country", country)]);
    private_html(StatusCode::OK, &NewPage { desk, address: form.address(), form, problems: Problems::default() })
}

async fn save(Staff(staff): Staff, form: Form<EditForm>, request: HttpRequest, app: App) -> Result<HttpResponse> {
    let Form(form) = form;
    let cart: CartId = form.get("cart").parse().map_err(|_| Error::NotFound)?;
    let parsed = if matches!(form.action(), "rows" | "country") { Err(Problems::default()) } else { form.parse_draft() };
    let saved = match parsed {
        Ok(input) => app.db.write(move |conn| ops::save_draft(conn, cart, staff.id, &input)).await,
        Err(problems) => Err(Error::Invalid(problems)),
    };
    match saved {
        Ok(()) => Ok(see_other(&format!("/admin/new-order/{cart}"))),
        Err(error) => {
            let problems = error.into_problems()?;
            let status = if problems.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
            private_html(status, &NewPage { desk: Desk::of(&request).await?, address: form.address(), form, problems })
        }
    }
}

#[derive(Template)]
#[template(path = "admin/orders/new_preview.html")]
struct PreviewPage {
    desk: Desk,
    checkout: Checkout,
    bill: Bill,
    has_account: bool,
    /// Code and words of the ways to pay.
    ways: Vec<(String, String)>,
}

impl PreviewPage {
    /// The ways of delivery: value, words, whether it is chosen.
    fn offers(&self) -> Vec<(String, String, bool)> {
        let quote = &self.bill.cart.quote;
        let with_id = quote.offers.iter().filter_map(|offer| Some((offer.method.id?, offer)));
        with_id
            .map(|(id, offer)| {
                let words = format!("{}, {}", offer.method.name, quote.money(&offer.after_discounts()));
                (id.to_string(), words, self.checkout.shipping_method == Some(id))
            })
            .collect()
    }
}

async fn show(desk: Desk, cart: web::Path<CartId>, app: App, till: web::Data<Till>) -> Result<HttpResponse> {
    let (cart, staff) = (cart.into_inner(), desk.staff.id);
    let (checkout, bill, account) = app.db.read(move |conn| ops::drafted(conn, cart, staff)).await?;
    let ways = ways_to_pay(&till).await;
    private_html(StatusCode::OK, &PreviewPage { desk, checkout, bill, has_account: account.is_some(), ways })
}

/// Code and words of the ways to pay an order that staff makes: by hand, or by a link.
pub(super) async fn ways_to_pay(till: &Till) -> Vec<(String, String)> {
    till.gateways.refresh().await;
    let mut ways = vec![];
    for gateway in till.gateways.iter() {
        let code = gateway.code().to_owned();
        if gateway.is_manual() {
            ways.push((code, gateway.name().to_owned()));
        } else if !ways.iter().any(|(_, words): &(String, String)| words == LINK) {
            ways.push((code, LINK.to_owned()));
        }
    }
    ways
}

const LINK: &str = "Send a link to pay by e-mail";

async fn choose(Staff(staff): Staff, cart: web::Path<CartId>, form: Form<DeliveryForm>, app: App) -> Result<HttpResponse> {
    let (cart, method) = (cart.into_inner(), form.0.method());
    let saved = app.db.write(move |conn| {
        let (checkout, ..) = ops::drafted(conn, cart, staff.id)?;
        ops::save_method(conn, &checkout, method)
    });
    saved.await?;
    Ok(see_other(&format!("/admin/new-order/{cart}")))
}

#[derive(Deserialize)]
struct PlaceForm {
    #[serde(default)]
    gateway: String,
    total: i64,
}

/// A second click finds the order of the first.
async fn place(
    Staff(staff): Staff,
    visitor: Visitor,
    cart: web::Path<CartId>,
    form: Form<PlaceForm>,
    app: App,
    till: web::Data<Till>,
) -> Result<HttpResponse> {
    let (cart, Form(form), of) = (cart.into_inner(), form, staff.id);
    let back = format!("/admin/new-order/{cart}");
    till.gateways.refresh().await;
    if till.gateways.offered(&form.gateway).is_err() {
        return see_other_with(&visitor.session, FlashKind::Error, "Choose how the customer pays.", &back);
    }
    let account = app.db.read(move |conn| ops::draft_account(conn, cart, of)).await?;
    let wish = Wish {
        cart,
        account,
        gateway: form.gateway,
        seen_total: form.total,
        seen_due: form.total,
        source: Source::Staff,
        actor: staff.name,
    };
    match ops::place(&till, wish).await {
        Ok(_) => {
            let order = app.db.read(move |conn| orders::find_by_cart(conn, cart)).await?.ok_or(Error::NotFound)?;
            see_other_with(
                &visitor.session,
                FlashKind::Success,
                "The order is placed and the customer will be told how to pay.",
                &order.admin_path(),
            )
        }
        Err(Error::Conflict(words)) => see_other_with(&visitor.session, FlashKind::Error, &words, &back),
        Err(error) => Err(error),
    }
}
