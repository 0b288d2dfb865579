//! Saying no to a return, with a look at what that means before it happens.

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use askama::Template;

use super::finish;
use crate::{
    base::{Error, Permission, Problems, Result},
    orders::{forms::DecisionForm, mails::Links, model::ReturnDetail, ops},
    web::{App, Desk, Doors, Form, Staff, Visitor, private_html},
};

pub fn routes(doors: &mut Doors) {
    doors.get("/admin/returns/{rma}/refusal", Permission::OrdersChange, confirm).post(
        "/admin/returns/{rma}/refusal",
        Permission::OrdersChange,
        decline,
    );
}

#[derive(Template)]
#[template(path = "admin/returns/refusal.html")]
struct RefusalPage {
    desk: Desk,
    detail: ReturnDetail,
    form: DecisionForm,
    problems: Problems,
}

async fn load(desk: Desk, number: String, form: DecisionForm, problems: Problems, app: &App) -> Result<HttpResponse> {
    let detail = app.db.read(move |conn| ops::return_detail(conn, &number)).await?;
    let status = if problems.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    private_html(status, &RefusalPage { desk, detail, form, problems })
}

async fn confirm(desk: Desk, number: web::Path<String>, app: App) -> Result<HttpResponse> {
    load(desk, number.into_inner(), DecisionForm::default(), Problems::default(), &app).await
}

async fn decline(
    Staff(staff): Staff,
    visitor: Visitor,
    number: web::Path<String>,
    form: Form<DecisionForm>,
    request: HttpRequest,
    app: App,
) -> Result<HttpResponse> {
    let (number, Form(form), links) = (number.into_inner(), form, Links::new(&app.base_url));
    let of = number.clone();
    let done = match form.refusal() {
        Ok(note) => app.db.write(move |conn| ops::decline_return(conn, &links, &of, &note, &staff.name)).await,
        Err(problems) => Err(Error::Invalid(problems)),
    };
    match done {
        Err(Error::Invalid(problems)) => load(Desk::of(&request).await?, number, form, problems, &app).await,
        done => finish(&visitor, done, "The return is declined, and the customer is told why.", &number),
    }
}
