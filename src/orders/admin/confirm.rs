//! Asks once more before what can't be undone: money noted or given back, a parcel gone and its mail sent.

use actix_web::{HttpResponse, http::StatusCode, web};
use askama::Template;

use super::show::ShowPage;
use crate::{
    base::{Problems, Result},
    orders::{
        forms::{RefundForm, ShipmentForm},
        model::Order,
    },
    payments::Gateways,
    web::{App, Desk, private_html, see_other},
};

pub fn routes(config: &mut web::ServiceConfig) {
    config
        .route("/admin/orders/{number}/payment/new", web::get().to(payment))
        .route("/admin/orders/{number}/shipments/new", web::get().to(shipment))
        .route("/admin/orders/{number}/refunds/new", web::get().to(refund));
}

#[derive(Template)]
#[template(path = "admin/orders/confirm.html")]
struct ConfirmPage {
    desk: Desk,
    order: Order,
    question: String,
    /// What will happen.
    facts: Vec<(&'static str, String)>,
    action: String,
    /// Answers given on the order's page.
    fields: Vec<(&'static str, String)>,
    button: String,
}

fn confirm(page: &ConfirmPage) -> Result<HttpResponse> {
    private_html(StatusCode::OK, page)
}

/// Back to the order, with what is wrong with an answer.
fn mend(page: &ShowPage) -> Result<HttpResponse> {
    private_html(StatusCode::UNPROCESSABLE_ENTITY, page)
}

async fn payment(desk: Desk, number: web::Path<String>, app: App, gateways: web::Data<Gateways>) -> Result<HttpResponse> {
    let page = ShowPage::load(desk, number.into_inner(), &app, &gateways).await?;
    let order = page.detail.order.clone();
    if !page.can_mark_paid() {
        return Ok(see_other(&order.admin_path()));
    }
    confirm(&ConfirmPage {
        desk: page.desk,
        question: format!("Has {} arrived?", page.detail.due()),
        facts: vec![("Payment", format!("{} noted as received", page.detail.due()))],
        action: format!("{}/payment", order.admin_path()),
        fields: vec![],
        button: "Yes, note the payment".to_owned(),
        order,
    })
}

async fn shipment(
    desk: Desk,
    number: web::Path<String>,
    form: web::Query<ShipmentForm>,
    app: App,
    gateways: web::Data<Gateways>,
) -> Result<HttpResponse> {
    let page = ShowPage::load(desk, number.into_inner(), &app, &gateways).await?;
    let (order, form) = (page.detail.order.clone(), form.into_inner());
    let input = match form.parse() {
        Ok(input) if page.can_ship() => input,
        Ok(_) => return Ok(see_other(&order.admin_path())),
        Err(problems) => return mend(&ShowPage { shipment: form, problems, ..page }),
    };
    let words = input.words();
    let tracking = if words.is_empty() { "None".to_owned() } else { words };
    confirm(&ConfirmPage {
        desk: page.desk,
        question: "Has the parcel left?".to_owned(),
        facts: vec![
            ("Stock", "Everything that is still here goes out".to_owned()),
            ("Tracking", tracking),
            ("E-mail", format!("Tell {}", order.email)),
        ],
        action: format!("{}/shipments", order.admin_path()),
        fields: vec![("carrier", input.carrier), ("tracking_number", input.tracking_number)],
        button: "Yes, it is shipped".to_owned(),
        order,
    })
}

async fn refund(
    desk: Desk,
    number: web::Path<String>,
    form: web::Query<RefundForm>,
    app: App,
    gateways: web::Data<Gateways>,
) -> Result<HttpResponse> {
    let page = ShowPage::load(desk, number.into_inner(), &app, &gateways).await?;
    let (form, refundable) = (form.into_inner(), page.detail.refundable());
    let checked: std::result::Result<_, Problems> = form.parse(refundable.currency).and_then(|input| input.within(refundable));
    let input = match checked {
        Ok(input) => input,
        Err(problems) => return mend(&ShowPage { refund: form, problems, ..page }),
    };
    let way = if page.is_manual() { "by your own transfer" } else { "the way it came" };
    let order = page.detail.order.clone();
    confirm(&ConfirmPage {
        desk: page.desk,
        question: format!("Give {} back?", input.amount),
        facts: vec![
            ("Refund", format!("{} of {refundable}, {way}", input.amount)),
            ("E-mail", format!("Tell {} once it is done", order.email)),
        ],
        action: format!("{}/refunds", order.admin_path()),
        fields: vec![("amount", input.amount.plain()), ("reason", input.reason), ("refundable", refundable.minor.to_string())],
        button: format!("Give back {}", input.amount),
        order,
    })
}
