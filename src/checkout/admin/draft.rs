//! An order that staff puts together, as on the telephone: the form, its price, and placing it.

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use askama::Template;
use serde::Deserialize;

use crate::{
    base::{CartId, Error, Permission, Problems, Result},
    checkout::{
        forms::{BillingForm, DeliveryForm, DraftInput, EditForm},
        model::{Bill, Checkout, Till, Wish},
        ops,
    },
    orders::{self, Order, Source},
    payments::IN_SHOP,
    settings::{self, AddressForm},
    tax::{self, TaxClass},
    web::{App, Desk, Doors, FlashKind, Form, Staff, Visitor, private_html, see_other, see_other_with},
};

pub fn routes(doors: &mut Doors) {
    doors
        .get("/admin/new-order", Permission::OrdersChange, blank)
        .post("/admin/new-order", Permission::OrdersChange, save)
        .get("/admin/new-order/{cart}", Permission::OrdersChange, show)
        .get("/admin/new-order/{cart}/edit", Permission::OrdersChange, edit)
        .get("/admin/new-order/{cart}/billing", Permission::OrdersChange, show_billing)
        .post("/admin/new-order/{cart}/billing", Permission::OrdersChange, save_billing)
        .post("/admin/new-order/{cart}/delivery", Permission::OrdersChange, choose)
        .post("/admin/new-order/{cart}/order", Permission::OrdersChange, place);
}

#[derive(Template)]
#[template(path = "admin/orders/new.html")]
struct NewPage {
    desk: Desk,
    form: EditForm,
    address: AddressForm,
    classes: Vec<TaxClass>,
    /// What was looked for among the customers, and who was found: each one's latest order, with the name on its parcel.
    sought: String,
    found: Vec<(Order, String)>,
    problems: Problems,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct BlankQuery {
    q: String,
    /// The number of an order whose customer it is for.
    customer: String,
}

async fn blank(desk: Desk, query: web::Query<BlankQuery>, app: App) -> Result<HttpResponse> {
    let BlankQuery { q, customer } = query.into_inner();
    let (sought, cart) = (app.opened_search(&q), CartId::new().to_string());
    let typed = sought.clone();
    let read = app.db.read(move |conn| {
        let form = if customer.is_empty() {
            EditForm::with(&[("cart", cart), ("country", settings::store(conn)?.country)])
        } else {
            let order = orders::find_by_number(conn, &customer)?;
            EditForm::for_customer_of(cart, &orders::detail(conn, order)?)
        };
        Ok((form, tax::classes(conn)?, orders::search(conn, &typed)?))
    });
    let (form, classes, found) = read.await?;
    private_html(StatusCode::OK, &NewPage { desk, address: form.address(), form, classes, sought, found, problems: Problems::default() })
}

/// The form once more, with what was typed before.
async fn edit(desk: Desk, cart: web::Path<CartId>, app: App) -> Result<HttpResponse> {
    let (cart, staff) = (cart.into_inner(), desk.staff.id);
    let read = app.db.read(move |conn| {
        let (checkout, bill, _) = ops::drafted(conn, cart, staff)?;
        Ok((EditForm::of_draft(&checkout, &bill, settings::store(conn)?.currency), tax::classes(conn)?))
    });
    let (form, classes) = read.await?;
    let (sought, found, problems) = (String::new(), vec![], Problems::default());
    private_html(StatusCode::OK, &NewPage { desk, address: form.address(), form, classes, sought, found, problems })
}

async fn save(Staff(staff): Staff, form: Form<EditForm>, request: HttpRequest, app: App, till: web::Data<Till>) -> Result<HttpResponse> {
    let Form(form) = form;
    let cart: CartId = form.get("cart").parse().map_err(|_| Error::NotFound)?;
    let saved = match read(&form, &app, &till).await {
        Ok((input, problems)) => app.db.write(move |conn| ops::save_draft(conn, cart, staff.id, &input, problems.clone())).await,
        Err(error) => Err(error),
    };
    match saved {
        Ok(()) => Ok(see_other(&format!("/admin/new-order/{cart}"))),
        Err(error) => {
            let problems = error.into_problems()?;
            let status = if problems.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
            let (classes, sought, found) = (app.db.read(tax::classes).await?, String::new(), vec![]);
            let desk = Desk::of(&request).await?;
            private_html(status, &NewPage { desk, address: form.address(), form, classes, sought, found, problems })
        }
    }
}

/// What was typed, with the problems that are known so far: the rest is found out where it is saved, so that all are told at once. No
/// problem is told where only the form was to be shown anew.
async fn read(form: &EditForm, app: &App, till: &Till) -> Result<(DraftInput, Problems)> {
    if matches!(form.action(), "rows" | "country") {
        return Err(Error::Invalid(Problems::default()));
    }
    let currency = app.db.read(settings::store).await?.currency;
    let (mut input, mut problems) = form.parse_draft(currency);
    let standing = problems.gather(ops::check_registered(till, form.get("vat_number"), form.get("country")).await)?;
    if let Some((contact, standing)) = input.contact.as_mut().zip(standing) {
        contact.vat_standing = standing;
    }
    Ok((input, problems))
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
    let mut ways = ways_to_pay(&till).await;
    if !bill.due().is_zero() {
        ways.push((IN_SHOP.to_owned(), "Paid in the shop: the money is in the till".to_owned()));
    }
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

#[derive(Template)]
#[template(path = "admin/orders/new_billing.html")]
struct BillingPage {
    desk: Desk,
    cart: CartId,
    /// Whether a bill goes elsewhere already.
    is_set: bool,
    form: BillingForm,
    problems: Problems,
}

async fn show_billing(desk: Desk, cart: web::Path<CartId>, app: App) -> Result<HttpResponse> {
    let (cart, staff) = (cart.into_inner(), desk.staff.id);
    let (checkout, ..) = app.db.read(move |conn| ops::drafted(conn, cart, staff)).await?;
    let address = match &checkout.billing_address {
        Some(address) => AddressForm::from(address),
        None => AddressForm { country: checkout.delivery_address.country, ..Default::default() },
    };
    let form = BillingForm { address, ..BillingForm::default() };
    let page = BillingPage { desk, cart, is_set: checkout.billing_address.is_some(), form, problems: Problems::default() };
    private_html(StatusCode::OK, &page)
}

async fn save_billing(
    Staff(staff): Staff,
    cart: web::Path<CartId>,
    form: Form<BillingForm>,
    request: HttpRequest,
    app: App,
) -> Result<HttpResponse> {
    let (cart, Form(form)) = (cart.into_inner(), form);
    let mut problems = Problems::default();
    let address = match form.action.as_str() {
        "same" => Some(None),
        "country" => None,
        _ => form.address.parse(&mut problems).filter(|_| problems.is_empty()).map(Some),
    };
    if let Some(address) = address {
        app.db.write(move |conn| ops::bill_draft_to(conn, cart, staff.id, address.as_ref())).await?;
        return Ok(see_other(&format!("/admin/new-order/{cart}")));
    }
    let (checkout, ..) = app.db.read(move |conn| ops::drafted(conn, cart, staff.id)).await?;
    let status = if problems.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let is_set = checkout.billing_address.is_some();
    private_html(status, &BillingPage { desk: Desk::of(&request).await?, cart, is_set, form, problems })
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
    let in_shop = form.gateway == IN_SHOP;
    if !in_shop && till.gateways.offered(&form.gateway).is_err() {
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
            let words =
                if in_shop { "The order is placed and paid." } else { "The order is placed and the customer will be told how to pay." };
            see_other_with(&visitor.session, FlashKind::Success, words, &order.admin_path())
        }
        Err(Error::Conflict(words)) => see_other_with(&visitor.session, FlashKind::Error, &words, &back),
        Err(error) => Err(error),
    }
}
