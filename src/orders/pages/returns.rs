//! A customer's returns: asking for one, and how it stands.

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use askama::Template;

use super::{Viewer, find_for};
use crate::{
    base::{Conn, Error, Problems, Result},
    orders::{
        forms::ReturnForm,
        mails::Links,
        model::{Order, OrderLine, ReturnDetail, ReturnReason, ReturnState, ReturnWish},
        ops,
    },
    settings::{self, Store},
    web::{Access, App, Doors, FlashKind, Form, NoFields, Shell, Visitor, private_html, see_other_with},
};

pub fn routes(doors: &mut Doors) {
    doors
        .get("/orders/{number}/returns/new", Access::Anybody, new)
        .post("/orders/{number}/returns", Access::Anybody, create)
        .get("/orders/{number}/returns/{rma}", Access::Anybody, show)
        .post("/orders/{number}/returns/{rma}/withdrawal", Access::Anybody, withdraw);
}

#[derive(Template)]
#[template(path = "orders/returns/new.html")]
struct FormPage {
    shell: Shell,
    order: Order,
    /// What can go back, and how much of each.
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

fn load(conn: &mut Conn, number: &str, viewer: &Viewer) -> Result<(Order, Vec<(OrderLine, i32)>)> {
    let order = find_for(conn, number, viewer)?;
    let lines = ops::returnable(conn, &order)?;
    Ok((order, lines))
}

async fn new(viewer: Viewer, shell: Shell, number: web::Path<String>, app: App) -> Result<HttpResponse> {
    let (order, lines) = app.db.read(move |conn| load(conn, &number, &viewer)).await?;
    let form = ReturnForm { wish: ReturnWish::Refund.to_string(), ..ReturnForm::default() };
    private_html(StatusCode::OK, &FormPage { shell, order, lines, form, problems: Problems::default() })
}

async fn create(
    viewer: Viewer,
    visitor: Visitor,
    number: web::Path<String>,
    form: Form<ReturnForm>,
    request: HttpRequest,
    app: App,
) -> Result<HttpResponse> {
    let (Form(form), links) = (form, Links::new(&app.base_url));
    let (order, lines) = app.db.read(move |conn| load(conn, &number, &viewer)).await?;
    let (typed, of) = (form.clone(), order.clone());
    let asked = match typed.parse() {
        Ok(new) => app.db.write(move |conn| ops::request_return(conn, &links, &of, &new, "customer")).await,
        Err(problems) => Err(Error::Invalid(problems)),
    };
    match asked {
        Ok(rma) => {
            let said = "We have your request. The answer comes by e-mail.";
            see_other_with(&visitor.session, FlashKind::Success, said, &rma.path(&order))
        }
        Err(Error::Conflict(message)) => see_other_with(&visitor.session, FlashKind::Error, &message, &order.path()),
        Err(error) => {
            let (problems, shell) = (error.into_problems()?, Shell::of(&request).await?);
            private_html(StatusCode::UNPROCESSABLE_ENTITY, &FormPage { shell, order, lines, form, problems })
        }
    }
}

#[derive(Template)]
#[template(path = "orders/returns/show.html")]
struct ShowPage {
    shell: Shell,
    store: Store,
    detail: ReturnDetail,
}

impl ShowPage {
    fn is_approved(&self) -> bool {
        self.detail.rma.state == ReturnState::Approved
    }
}

/// A return of this order that this visitor may see. Others find nothing.
fn find(conn: &mut Conn, (number, rma): &(String, String), viewer: &Viewer) -> Result<ReturnDetail> {
    let order = find_for(conn, number, viewer)?;
    let detail = ops::return_detail(conn, rma)?;
    if detail.order.id == order.id { Ok(detail) } else { Err(Error::NotFound) }
}

async fn show(viewer: Viewer, shell: Shell, path: web::Path<(String, String)>, app: App) -> Result<HttpResponse> {
    let path = path.into_inner();
    let found = app.db.read(move |conn| Ok((find(conn, &path, &viewer)?, settings::store(conn)?)));
    let (detail, store) = found.await?;
    private_html(StatusCode::OK, &ShowPage { shell, store, detail })
}

async fn withdraw(
    viewer: Viewer,
    visitor: Visitor,
    path: web::Path<(String, String)>,
    _form: Form<NoFields>,
    app: App,
) -> Result<HttpResponse> {
    let path = path.into_inner();
    let detail = app.db.read(move |conn| find(conn, &path, &viewer)).await?;
    let (back, number) = (detail.rma.path(&detail.order), detail.rma.number);
    match app.db.write(move |conn| ops::withdraw_return(conn, &number, "customer")).await {
        Ok(()) => see_other_with(&visitor.session, FlashKind::Success, "The return is withdrawn. You keep the things.", &back),
        Err(Error::Conflict(message)) => see_other_with(&visitor.session, FlashKind::Error, &message, &back),
        Err(error) => Err(error),
    }
}
