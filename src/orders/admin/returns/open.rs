//! A return that staff opens for a customer, from the order's page.

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use askama::Template;

use crate::{
    base::{Conn, Error, Permission, Problems, Result},
    orders::{
        forms::ReturnForm,
        mails::Links,
        model::{Order, OrderLine, ReturnReason, ReturnWish},
        ops, store,
    },
    web::{App, Desk, Doors, FlashKind, Form, Staff, Visitor, private_html, see_other_with},
};

pub fn routes(doors: &mut Doors) {
    doors.get("/admin/orders/{number}/returns/new", Permission::OrdersChange, new).post(
        "/admin/orders/{number}/returns",
        Permission::OrdersChange,
        create,
    );
}

#[derive(Template)]
#[template(path = "admin/returns/new.html")]
struct FormPage {
    desk: Desk,
    order: Order,
    /// What can come back, and how much of each.
    lines: Vec<(OrderLine, i32)>,
    form: ReturnForm,
    problems: Problems,
}

impl FormPage {
    fn reasons(&self) -> &'static [ReturnReason] {
        ReturnReason::ALL
    }

    fn wishes(&self) -> Vec<ReturnWish> {
        ReturnWish::open_to(&self.order)
    }

    fn is_wished(&self, wish: &ReturnWish) -> bool {
        self.form.wish == wish.as_str()
    }
}

fn load(conn: &mut Conn, number: &str) -> Result<(Order, Vec<(OrderLine, i32)>)> {
    let order = store::find_by_number(conn, number)?;
    let lines = ops::openable(conn, &order)?;
    Ok((order, lines))
}

async fn new(desk: Desk, number: web::Path<String>, app: App) -> Result<HttpResponse> {
    let (order, lines) = app.db.read(move |conn| load(conn, &number)).await?;
    let form = ReturnForm { wish: ReturnWish::Refund.to_string(), tell: "on".to_owned(), ..ReturnForm::default() };
    private_html(StatusCode::OK, &FormPage { desk, order, lines, form, problems: Problems::default() })
}

async fn create(
    Staff(staff): Staff,
    visitor: Visitor,
    number: web::Path<String>,
    form: Form<ReturnForm>,
    request: HttpRequest,
    app: App,
) -> Result<HttpResponse> {
    let (number, Form(form), links) = (number.into_inner(), form, Links::new(&app.base_url));
    let (typed, of) = (form.clone(), number.clone());
    let opened = match typed.parse() {
        Ok(new) => app.db.write(move |conn| ops::open_return(conn, &links, &of, &new, typed.tells(), &staff.name)).await,
        Err(problems) => Err(Error::Invalid(problems)),
    };
    match opened {
        Ok(rma) => {
            see_other_with(&visitor.session, FlashKind::Success, "The return is open. Note what comes back here.", &rma.admin_path())
        }
        Err(Error::Conflict(words)) => see_other_with(&visitor.session, FlashKind::Error, &words, &format!("/admin/orders/{number}")),
        Err(error) => {
            let (problems, desk) = (error.into_problems()?, Desk::of(&request).await?);
            let (order, lines) = app.db.read(move |conn| load(conn, &number)).await?;
            private_html(StatusCode::UNPROCESSABLE_ENTITY, &FormPage { desk, order, lines, form, problems })
        }
    }
}
