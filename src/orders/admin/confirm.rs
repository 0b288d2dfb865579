//! Asks once more before what can't be undone: money noted or given back, and whatever `parcels` asks.

use actix_web::{HttpResponse, http::StatusCode, web};
use askama::Template;

use super::show::ShowPage;
use crate::{
    base::{Permission, Problems, Result},
    orders::{forms::RefundForm, model::Order},
    payments::Gateways,
    web::{App, Desk, Doors, private_html, see_other},
};

pub fn routes(doors: &mut Doors) {
    doors.get("/admin/orders/{number}/payment/new", Permission::OrdersRefund, payment).get(
        "/admin/orders/{number}/refunds/new",
        Permission::OrdersRefund,
        refund,
    );
}

#[derive(Template)]
#[template(path = "admin/orders/confirm.html")]
pub(super) struct ConfirmPage {
    pub desk: Desk,
    pub order: Order,
    pub question: String,
    /// What will happen.
    pub facts: Vec<(&'static str, String)>,
    pub action: String,
    /// Answers given on the order's page.
    pub fields: Vec<(&'static str, String)>,
    pub button: String,
}

pub(super) fn confirm(page: &ConfirmPage) -> Result<HttpResponse> {
    private_html(StatusCode::OK, page)
}

/// Back to the order, with what is wrong with an answer.
pub(super) fn mend(page: &ShowPage) -> Result<HttpResponse> {
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
    let way = match () {
        () if input.as_credit => "as store credit",
        () if page.is_manual() => "by your own transfer",
        () => "the way it came",
    };
    let order = page.detail.order.clone();
    let mut facts =
        vec![("Refund", format!("{} of {refundable}, {way}", input.amount)), ("E-mail", format!("Tell {} once it is done", order.email))];
    let texts = [("On the credit note", &input.told), ("Reason, for staff only", &input.reason)];
    facts.extend(texts.into_iter().filter(|(_, text)| !text.is_empty()).map(|(label, text)| (label, text.clone())));
    confirm(&ConfirmPage {
        desk: page.desk,
        question: format!("Give {} back?", input.amount),
        facts,
        action: format!("{}/refunds", order.admin_path()),
        fields: vec![
            ("amount", input.amount.plain()),
            ("reason", input.reason),
            ("told", input.told),
            ("refundable", refundable.minor.to_string()),
            ("way", form.way),
        ],
        button: format!("Give back {}", input.amount),
        order,
    })
}
