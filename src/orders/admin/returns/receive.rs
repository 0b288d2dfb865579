//! Unpacking a return: what was counted is shown once more before the stock changes.

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use askama::Template;

use super::{ShowPage, finish};
use crate::{
    base::{Error, OrderLineId, Permission, Problems, Result},
    inventory,
    orders::{
        forms::ReceiptForm,
        mails::Links,
        model::{OrderLine, ReceivedReturn, ReturnDetail, ReturnedLine},
        ops,
    },
    web::{App, Desk, Doors, Form, Staff, Visitor, private_html},
};

pub fn routes(doors: &mut Doors) {
    doors.post("/admin/returns/{rma}/receipt", Permission::OrdersChange, confirm).post(
        "/admin/returns/{rma}/receipts",
        Permission::OrdersChange,
        receive,
    );
}

#[derive(Template)]
#[template(path = "admin/returns/receipt.html")]
struct ReceiptPage {
    desk: Desk,
    detail: ReturnDetail,
    form: ReceiptForm,
    received: ReceivedReturn,
    /// Where the good ones go; empty: nothing is good.
    location: String,
}

impl ReceiptPage {
    /// What came of each line: title, good, scrapped, and how many were announced and did not come.
    fn rows(&self) -> Vec<(String, i32, i32, i32)> {
        let of = |line: &OrderLineId| self.received.lines.iter().find(|came| came.line == *line);
        let row = |(line, order_line): &(ReturnedLine, OrderLine)| {
            let (restocked, scrapped) = of(&order_line.id).map_or((0, 0), |came| (came.restocked, came.scrapped));
            (order_line.title.clone(), restocked, scrapped, line.quantity - restocked - scrapped)
        };
        self.detail.lines.iter().map(row).collect()
    }
}

async fn confirm(number: web::Path<String>, form: Form<ReceiptForm>, request: HttpRequest, app: App) -> Result<HttpResponse> {
    let (number, Form(form)) = (number.into_inner(), form);
    let desk = Desk::of(&request).await?;
    let of = number.clone();
    let detail = app.db.read(move |conn| ops::return_detail(conn, &of)).await?;
    let checked = form.parse().and_then(|received| ops::check_received(&detail, &received).map(|()| received));
    let received = match checked {
        Ok(received) => received,
        Err(problems) => return mend(desk, number, form, problems, &app).await,
    };
    let locations = app.db.read(inventory::locations).await?;
    let named = locations.iter().find(|location| received.location.map_or(location.is_default, |id| location.id == id));
    let location = named.map(|location| location.name.clone()).unwrap_or_default();
    private_html(StatusCode::OK, &ReceiptPage { desk, detail, form, received, location })
}

async fn mend(desk: Desk, number: String, receipt: ReceiptForm, problems: Problems, app: &App) -> Result<HttpResponse> {
    let page = ShowPage::load(desk, number, app).await?;
    private_html(StatusCode::UNPROCESSABLE_ENTITY, &ShowPage { receipt, problems, ..page })
}

async fn receive(
    Staff(staff): Staff,
    visitor: Visitor,
    number: web::Path<String>,
    form: Form<ReceiptForm>,
    request: HttpRequest,
    app: App,
) -> Result<HttpResponse> {
    let (number, Form(receipt), links) = (number.into_inner(), form, Links::new(&app.base_url));
    let of = number.clone();
    let done = match receipt.parse() {
        Ok(received) => app.db.write(move |conn| ops::receive_return(conn, &links, &of, &received, &staff.name)).await,
        Err(problems) => Err(Error::Invalid(problems)),
    };
    match done {
        Err(Error::Invalid(problems)) => mend(Desk::of(&request).await?, number, receipt, problems, &app).await,
        done => finish(&visitor, done, "What came back is noted. Make it good next.", &number),
    }
}
