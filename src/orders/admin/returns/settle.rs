//! Making good what came back with money or store credit. Other goods are `checkout`'s to price.

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use askama::Template;

use super::finish;
use crate::{
    base::{Conn, Error, Money, Permission, Problems, Result},
    orders::{
        forms::SettlementForm,
        mails::Links,
        model::{ReturnDetail, ReturnState, ReturnWish},
        ops,
    },
    payments,
    web::{App, Desk, Doors, Form, Staff, Visitor, private_html},
};

pub fn routes(doors: &mut Doors) {
    doors.get("/admin/returns/{rma}/settlement", Permission::OrdersRefund, ask_settlement).post(
        "/admin/returns/{rma}/settlement",
        Permission::OrdersRefund,
        settle,
    );
}

/// Asks how much, and once more before it happens.
#[derive(Template)]
#[template(path = "admin/returns/settlement.html")]
struct SettlementPage {
    desk: Desk,
    detail: ReturnDetail,
    /// What can still be given back of what was paid.
    refundable: Money,
    form: SettlementForm,
    problems: Problems,
}

impl SettlementPage {
    fn worth(&self) -> Money {
        self.detail.order.money(&self.detail.worth())
    }

    /// Paid for delivery, in the basis of the order's amounts.
    fn delivery(&self) -> Money {
        self.detail.order.money(&self.detail.order.delivery_total)
    }

    fn can_close(&self) -> bool {
        self.detail.rma.state == ReturnState::Received
    }
}

/// The return, and what can still be given back for its order.
fn owed(conn: &mut Conn, number: &str) -> Result<(ReturnDetail, Money)> {
    let detail = ops::return_detail(conn, number)?;
    let refundable = payments::summary(conn, detail.order.id)?.refundable();
    let refundable = detail.order.money(&refundable);
    Ok((detail, refundable))
}

async fn ask_settlement(desk: Desk, number: web::Path<String>, app: App) -> Result<HttpResponse> {
    let number = number.into_inner();
    let (detail, refundable) = app.db.read(move |conn| owed(conn, &number)).await?;
    let proposed = detail.order.money(&detail.worth().min(refundable.minor));
    let way = if detail.rma.wish == ReturnWish::StoreCredit { "store_credit" } else { "refund" };
    let form = SettlementForm { amount: proposed.plain(), way: way.to_owned() };
    private_html(StatusCode::OK, &SettlementPage { desk, detail, refundable, form, problems: Problems::default() })
}

async fn settle(
    Staff(staff): Staff,
    visitor: Visitor,
    number: web::Path<String>,
    form: Form<SettlementForm>,
    request: HttpRequest,
    app: App,
) -> Result<HttpResponse> {
    let (number, Form(form), links) = (number.into_inner(), form, Links::new(&app.base_url));
    let (of, typed) = (number.clone(), form.clone());
    let done = app.db.write(move |conn| {
        let currency = ops::return_detail(conn, &of)?.order.currency;
        let amount = typed.parse(currency).map_err(Error::Invalid)?;
        ops::settle_return(conn, &links, &of, amount, typed.is_credit(), &staff.name).map(|_| ())
    });
    match done.await {
        Err(Error::Invalid(problems)) => {
            let (detail, refundable) = app.db.read(move |conn| owed(conn, &number)).await?;
            let desk = Desk::of(&request).await?;
            private_html(StatusCode::UNPROCESSABLE_ENTITY, &SettlementPage { desk, detail, refundable, form, problems })
        }
        done => finish(&visitor, done, "The return is settled, and the customer is told.", &number),
    }
}
