//! Returns in the back office: to decide, to unpack, to make good.

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use askama::Template;

use crate::{
    base::{Conn, Error, Money, Page, PageRequest, Problems, Result},
    inventory::{self, Location},
    orders::{
        forms::{DecisionForm, ReceiptForm, ReturnQuery, SettlementForm},
        mails::Links,
        model::{Order, Return, ReturnDetail, ReturnState, ReturnTab, ReturnWish},
        ops, store,
    },
    payments,
    web::{App, Desk, FlashKind, Form, Staff, Visitor, private_html, see_other_with},
};

pub fn routes(config: &mut web::ServiceConfig) {
    config
        .route("/admin/returns", web::get().to(list))
        .route("/admin/returns/{rma}", web::get().to(show))
        .route("/admin/returns/{rma}/approval", web::post().to(approve))
        .route("/admin/returns/{rma}/refusal", web::post().to(decline))
        .route("/admin/returns/{rma}/receipt", web::post().to(receive))
        .route("/admin/returns/{rma}/settlement", web::get().to(ask_settlement))
        .route("/admin/returns/{rma}/settlement", web::post().to(settle));
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
        Err(Error::Invalid(problems)) => mend_decision(&request, number, &app, form, problems).await,
        done => finish(&visitor, done, "The return is approved. The customer gets the instructions by e-mail.", &number),
    }
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
        Err(Error::Invalid(problems)) => mend_decision(&request, number, &app, form, problems).await,
        done => finish(&visitor, done, "The return is declined, and the customer is told why.", &number),
    }
}

async fn mend_decision(
    request: &HttpRequest,
    number: String,
    app: &App,
    decision: DecisionForm,
    problems: Problems,
) -> Result<HttpResponse> {
    let page = ShowPage::load(Desk::of(request).await?, number, app).await?;
    private_html(StatusCode::UNPROCESSABLE_ENTITY, &ShowPage { decision, problems, ..page })
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
        Err(Error::Invalid(problems)) => {
            let page = ShowPage::load(Desk::of(&request).await?, number, &app).await?;
            private_html(StatusCode::UNPROCESSABLE_ENTITY, &ShowPage { receipt, problems, ..page })
        }
        done => finish(&visitor, done, "What came back is noted. Make it good next.", &number),
    }
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

/// Back to the return, with what was done or why not.
fn finish(visitor: &Visitor, done: Result<()>, said: &str, number: &str) -> Result<HttpResponse> {
    let back = format!("/admin/returns/{number}");
    match done {
        Ok(()) => see_other_with(&visitor.session, FlashKind::Success, said, &back),
        Err(Error::Conflict(message)) => see_other_with(&visitor.session, FlashKind::Error, &message, &back),
        Err(error) => Err(error),
    }
}
