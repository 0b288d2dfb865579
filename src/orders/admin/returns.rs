//! Returns in the back office: to open, to decide, to unpack, to make good.

mod decline;
mod open;
mod receive;
mod settle;

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use askama::Template;

use crate::{
    base::{Error, Money, Page, PageRequest, Permission, Problems, Result},
    inventory::{self, Location},
    orders::{
        forms::{DecisionForm, ReceiptForm, ReturnQuery},
        mails::Links,
        model::{Order, Return, ReturnDetail, ReturnTab, ReturnWish},
        ops, store,
    },
    web::{App, Desk, Doors, FlashKind, Form, Staff, Visitor, private_html, see_other_with},
};

pub fn routes(doors: &mut Doors) {
    doors.get("/admin/returns", Permission::OrdersSee, list).get("/admin/returns/{rma}", Permission::OrdersSee, show).post(
        "/admin/returns/{rma}/approval",
        Permission::OrdersChange,
        approve,
    );
    decline::routes(doors);
    open::routes(doors);
    receive::routes(doors);
    settle::routes(doors);
}

#[derive(Template)]
#[template(path = "admin/returns/list.html")]
struct ListPage {
    desk: Desk,
    tab: ReturnTab,
    page: Page<(Return, Order)>,
}

impl ListPage {
    fn tabs(&self) -> &'static [ReturnTab] {
        ReturnTab::ALL
    }

    fn is_open(&self, tab: &ReturnTab) -> bool {
        self.tab == *tab
    }

    /// The address to which the pagination adds its page.
    fn page_base(&self) -> String {
        format!("/admin/returns?state={}&", self.tab)
    }
}

async fn list(desk: Desk, query: web::Query<ReturnQuery>, app: App) -> Result<HttpResponse> {
    let (tab, request) = (query.tab(), PageRequest::new(query.page, 50));
    let page = app.db.read(move |conn| store::returns::list(conn, tab.states(), request)).await?;
    private_html(StatusCode::OK, &ListPage { desk, tab, page })
}

#[derive(Template)]
#[template(path = "admin/returns/show.html")]
struct ShowPage {
    desk: Desk,
    detail: ReturnDetail,
    locations: Vec<Location>,
    decision: DecisionForm,
    receipt: ReceiptForm,
    problems: Problems,
}

impl ShowPage {
    async fn load(desk: Desk, number: String, app: &App) -> Result<Self> {
        let found = app.db.read(move |conn| Ok((ops::return_detail(conn, &number)?, inventory::locations(conn)?)));
        let (detail, locations) = found.await?;
        let (decision, receipt, problems) = (DecisionForm::default(), ReceiptForm::default(), Problems::default());
        Ok(Self { desk, detail, locations, decision, receipt, problems })
    }

    fn worth(&self) -> Money {
        self.detail.order.money(&self.detail.worth())
    }

    /// The customer would like other goods instead.
    fn wants_exchange(&self) -> bool {
        self.detail.rma.wish == ReturnWish::Exchange
    }

    fn is(&self, state: &str) -> bool {
        self.detail.rma.state.as_str() == state
    }
}

async fn show(desk: Desk, number: web::Path<String>, app: App) -> Result<HttpResponse> {
    private_html(StatusCode::OK, &ShowPage::load(desk, number.into_inner(), &app).await?)
}

async fn approve(
    Staff(staff): Staff,
    visitor: Visitor,
    number: web::Path<String>,
    form: Form<DecisionForm>,
    request: HttpRequest,
    app: App,
) -> Result<HttpResponse> {
    let (number, Form(form), links) = (number.into_inner(), form, Links::new(&app.base_url));
    let of = number.clone();
    let done = match form.approval() {
        Ok(note) => app.db.write(move |conn| ops::approve_return(conn, &links, &of, &note, &staff.name)).await,
        Err(problems) => Err(Error::Invalid(problems)),
    };
    match done {
        Err(Error::Invalid(problems)) => {
            let page = ShowPage::load(Desk::of(&request).await?, number, &app).await?;
            private_html(StatusCode::UNPROCESSABLE_ENTITY, &ShowPage { decision: form, problems, ..page })
        }
        done => finish(&visitor, done, "The return is approved. The customer gets the instructions by e-mail.", &number),
    }
}

/// Back to the return, with what was done or why not.
fn finish(visitor: &Visitor, done: Result<()>, said: &str, number: &str) -> Result<HttpResponse> {
    let back = format!("/admin/returns/{number}");
    match done {
        Ok(()) => see_other_with(&visitor.session, FlashKind::Success, said, &back),
        Err(Error::Conflict(message)) => see_other_with(&visitor.session, FlashKind::Error, &message, &back),
        Err(error) => Err(error),
    }
}
