//! A customer's returns: asking for one, and how it stands.

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use askama::Template;

use super::find_for;
use crate::{
    base::{AccountId, Conn, Error, Problems, Result},
    orders::{
        forms::{Access, ReturnForm},
        mails::Links,
        model::{Order, OrderLine, ReturnDetail, ReturnReason, ReturnState, ReturnWish},
        ops,
    },
    settings::{self, Store},
    web::{App, FlashKind, Form, NoFields, Shell, Visitor, private_html, see_other_with},
};

pub fn routes(config: &mut web::ServiceConfig) {
    config
        .route("/orders/{number}/returns/new", web::get().to(new))
        .route("/orders/{number}/returns", web::post().to(create))
        .route("/orders/{number}/returns/{rma}", web::get().to(show))
        .route("/orders/{number}/returns/{rma}/withdrawal", web::post().to(withdraw));
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

fn load(conn: &mut Conn, number: &str, access: &Access, account: Option<AccountId>) -> Result<(Order, Vec<(OrderLine, i32)>)> {
    let order = find_for(conn, number, access, account)?;
    let lines = ops::returnable(conn, &order)?;
    Ok((order, lines))
}

async fn new(shell: Shell, visitor: Visitor, number: web::Path<String>, access: web::Query<Access>, app: App) -> Result<HttpResponse> {
    let (number, access, who) = (number.into_inner(), access.into_inner(), visitor.account.map(|account| account.id));
    let (order, lines) = app.db.read(move |conn| load(conn, &number, &access, who)).await?;
    let form = ReturnForm { wish: ReturnWish::Refund.to_string(), ..ReturnForm::default() };
    private_html(StatusCode::OK, &FormPage { shell, order, lines, form, problems: Problems::default() })
}

async fn create(
    visitor: Visitor,
    number: web::Path<String>,
    access: web::Query<Access>,
    form: Form<ReturnForm>,
    request: HttpRequest,
    app: App,
) -> Result<HttpResponse> {
    let (number, access, Form(form), links) = (number.into_inner(), access.into_inner(), form, Links::new(&app.base_url));
    let (typed, who) = (form.clone(), visitor.account.as_ref().map(|account| account.id));
    let (order, lines) = app.db.read(move |conn| load(conn, &number, &access, who)).await?;
    let of = order.clone();
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
fn find(conn: &mut Conn, (number, rma): &(String, String), access: &Access, account: Option<AccountId>) -> Result<ReturnDetail> {
    let order = find_for(conn, number, access, account)?;
    let detail = ops::return_detail(conn, rma)?;
    if detail.order.id == order.id { Ok(detail) } else { Err(Error::NotFound) }
}

async fn show(
    shell: Shell,
    visitor: Visitor,
    path: web::Path<(String, String)>,
    access: web::Query<Access>,
    app: App,
) -> Result<HttpResponse> {
    let (path, access, who) = (path.into_inner(), access.into_inner(), visitor.account.map(|account| account.id));
    let found = app.db.read(move |conn| Ok((find(conn, &path, &access, who)?, settings::store(conn)?)));
    let (detail, store) = found.await?;
    private_html(StatusCode::OK, &ShowPage { shell, store, detail })
}

async fn withdraw(
    visitor: Visitor,
    path: web::Path<(String, String)>,
    access: web::Query<Access>,
    _form: Form<NoFields>,
    app: App,
) -> Result<HttpResponse> {
    let (path, access, who) = (path.into_inner(), access.into_inner(), visitor.account.as_ref().map(|account| account.id));
    let detail = app.db.read(move |conn| find(conn, &path, &access, who)).await?;
    let (back, number) = (detail.rma.path(&detail.order), detail.rma.number);
    match app.db.write(move |conn| ops::withdraw_return(conn, &number, "customer")).await {
        Ok(()) => see_other_with(&visitor.session, FlashKind::Success, "The return is withdrawn. You keep the things.", &back),
        Err(Error::Conflict(message)) => see_other_with(&visitor.session, FlashKind::Error, &message, &back),
        Err(error) => Err(error),
    }
}
