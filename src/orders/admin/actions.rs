use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};

use super::show::ShowPage;
use crate::{
    base::{Error, Permission, Result},
    orders::{
        forms::{CancellationForm, RefundForm},
        mails::Links,
        ops, store,
    },
    payments::Gateways,
    web::{App, Desk, Doors, FlashKind, Form, NoFields, Staff, Visitor, private_html, see_other_with},
};

pub fn routes(doors: &mut Doors) {
    doors
        .post("/admin/orders/{number}/payment", Permission::OrdersRefund, mark_paid)
        .post("/admin/orders/{number}/refunds", Permission::OrdersRefund, refund)
        .post("/admin/orders/{number}/cancellation", Permission::OrdersRefund, cancel);
}

async fn mark_paid(
    Staff(staff): Staff,
    visitor: Visitor,
    number: web::Path<String>,
    _form: Form<NoFields>,
    app: App,
    gateways: web::Data<Gateways>,
) -> Result<HttpResponse> {
    let (number, links) = (number.into_inner(), Links::new(&app.base_url));
    let (back, gateways) = (format!("/admin/orders/{number}"), gateways.get_ref().clone());
    let done = app.db.write(move |conn| {
        let is_manual = gateways.is_manual(&store::find_by_number(conn, &number)?.gateway);
        ops::mark_paid(conn, &links, &number, is_manual, &staff.name)
    });
    finish(&visitor, done.await, "The payment is noted.", &back)
}

async fn refund(
    Staff(staff): Staff,
    visitor: Visitor,
    number: web::Path<String>,
    form: Form<RefundForm>,
    request: HttpRequest,
    app: App,
    gateways: web::Data<Gateways>,
) -> Result<HttpResponse> {
    let (number, Form(form)) = (number.into_inner(), form);
    let (back, links) = (format!("/admin/orders/{number}"), Links::new(&app.base_url));
    let said = if form.is_credit() { "It is store credit now." } else { "The refund is on its way." };
    let (typed, of) = (form.clone(), number.clone());
    let done = app.db.write(move |conn| {
        let currency = store::find_by_number(conn, &of)?.currency;
        let input = typed.parse(currency).map_err(Error::Invalid)?;
        ops::refund(conn, &links, &of, &input, &staff.name)
    });
    match done.await {
        Err(Error::Invalid(problems)) => {
            let page = ShowPage::load(Desk::of(&request).await?, number, &app, &gateways).await?;
            private_html(StatusCode::UNPROCESSABLE_ENTITY, &ShowPage { refund: form, problems, ..page })
        }
        done => finish(&visitor, done, said, &back),
    }
}

async fn cancel(
    Staff(staff): Staff,
    visitor: Visitor,
    number: web::Path<String>,
    form: Form<CancellationForm>,
    app: App,
) -> Result<HttpResponse> {
    let (number, links, reason) = (number.into_inner(), Links::new(&app.base_url), form.0.reason());
    let back = format!("/admin/orders/{number}");
    let done = app.db.write(move |conn| {
        let order = store::find_by_number(conn, &number)?;
        ops::cancel(conn, &links, order.id, &reason, &staff.name)
    });
    finish(&visitor, done.await, "The order is cancelled. Its stock is free again.", &back)
}

/// Back to the order, with what was done or why not.
pub(super) fn finish(visitor: &Visitor, done: Result<()>, said: &str, back: &str) -> Result<HttpResponse> {
    match done {
        Ok(()) => see_other_with(&visitor.session, FlashKind::Success, said, back),
        Err(Error::Conflict(message)) => see_other_with(&visitor.session, FlashKind::Error, &message, back),
        Err(error) => Err(error),
    }
}
