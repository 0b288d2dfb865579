mod again;
mod find;
mod gift_cards;
mod papers;
mod returns;
mod viewer;

use std::sync::Arc;

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use askama::Template;
use serde::Deserialize;

use super::{
    model::{Order, OrderDetail, Return},
    ops, rules, store,
};
use crate::{
    accounts,
    base::{Page, PageRequest, Result},
    credit::{self, Credit},
    downloads::{self, Download},
    invoices::{self, Invoice},
    payments::{Gateway, Gateways},
    settings::{self, Store},
    web::{Access, Account, App, Customer, Doors, Session, Shell, private_html},
};

pub fn routes(doors: &mut Doors) {
    find::routes(doors);
    again::routes(doors);
    papers::routes(doors);
    doors.get("/orders/{number}", Access::Anybody, show).get("/orders/{number}/confirmation", Access::Anybody, confirmation).get(
        "/account",
        Access::SignedIn,
        account,
    );
    returns::routes(doors);
    gift_cards::routes(doors);
}

pub use viewer::{Viewer, find_for};

#[derive(Template)]
#[template(path = "orders/show.html")]
struct ShowPage {
    shell: Shell,
    store: Store,
    detail: OrderDetail,
    /// Invoice and credit notes.
    papers: Vec<Invoice>,
    /// Those that were bought.
    gift_cards: Vec<Credit>,
    downloads: Vec<Download>,
    gateways: Gateways,
    returns: Vec<Return>,
    can_return: bool,
    /// The return in whose place its goods are, with the order that they were bought with.
    exchange_for: Option<(Return, Order)>,
}

impl ShowPage {
    /// Where a paper stands.
    fn paper_path(&self, paper: &Invoice) -> String {
        let order = &self.detail.order;
        let which = if paper.is_credit_note() { "credit-notes" } else { "invoices" };
        format!("{}/{which}/{}", order.path(), paper.id)
    }

    /// Something of it goes into a parcel.
    fn has_goods(&self) -> bool {
        self.detail.has_goods()
    }

    fn is_manual(&self) -> bool {
        self.gateways.is_manual(&self.detail.order.gateway)
    }

    /// The shopper may try to pay (again).
    fn can_pay(&self) -> bool {
        rules::can_pay(&self.detail.order, self.is_manual())
    }

    /// A payment was begun and the provider has not said yet what became of it.
    fn is_waiting(&self) -> bool {
        self.can_pay() && self.detail.attempts.first().is_some_and(|attempt| attempt.is_pending())
    }

    /// Why the last try failed, in the provider's words.
    fn failure(&self) -> Option<&str> {
        let last = self.detail.attempts.first()?;
        last.failure.as_deref().filter(|_| self.can_pay())
    }

    fn gateway_name(&self) -> String {
        self.gateways.name_of(&self.detail.order.gateway)
    }

    /// Gateways by which the shopper can pay now.
    fn ways_to_pay(&self) -> Vec<Arc<dyn Gateway>> {
        self.gateways.iter().collect()
    }
}

async fn load(viewer: Viewer, number: String, app: &App) -> Result<(OrderDetail, Store)> {
    let found = app.db.read(move |conn| {
        let order = find_for(conn, &number, &viewer)?;
        Ok((ops::detail(conn, order)?, settings::store(conn)?))
    });
    found.await
}

async fn show(
    viewer: Viewer,
    number: web::Path<String>,
    request: HttpRequest,
    app: App,
    gateways: web::Data<Gateways>,
) -> Result<HttpResponse> {
    let (detail, store) = load(viewer, number.into_inner(), &app).await?;
    let order = detail.order.clone();
    let found = app.db.read(move |conn| {
        let (papers, gift_cards) = (invoices::of_order(conn, order.id)?, credit::cards_of_order(conn, order.id)?);
        let downloads = downloads::of_order(conn, order.id)?;
        let (returns, can_return) = (store::returns::of_order(conn, order.id)?, !ops::returnable(conn, &order)?.is_empty());
        Ok((papers, gift_cards, downloads, returns, can_return, ops::exchanged_for(conn, order.id)?))
    });
    let (papers, gift_cards, downloads, returns, can_return, exchange_for) = found.await?;
    if let Some((_, first)) = &exchange_for {
        // Its page leads to the order that it takes the place of.
        Session::of(&request).open_order(first.id, &first.token)?;
    }
    let shell = Shell::of(&request).await?;
    let gateways = gateways.get_ref().clone();
    let page = ShowPage { shell, store, detail, papers, gift_cards, downloads, gateways, returns, can_return, exchange_for };
    private_html(StatusCode::OK, &page)
}

#[derive(Template)]
#[template(path = "orders/confirmation.html")]
struct ConfirmationPage {
    shell: Shell,
    store: Store,
    detail: OrderDetail,
    is_manual: bool,
}

async fn confirmation(
    viewer: Viewer,
    shell: Shell,
    number: web::Path<String>,
    app: App,
    gateways: web::Data<Gateways>,
) -> Result<HttpResponse> {
    let (detail, store) = load(viewer, number.into_inner(), &app).await?;
    let is_manual = gateways.is_manual(&detail.order.gateway);
    private_html(StatusCode::OK, &ConfirmationPage { shell, store, detail, is_manual })
}

#[derive(Deserialize)]
struct Query {
    page: Option<i64>,
}

#[derive(Template)]
#[template(path = "orders/account.html")]
struct AccountPage {
    shell: Shell,
    account: Account,
    page: Page<Order>,
    is_confirmed: bool,
    /// Guests' orders that came to the account just now.
    claimed: usize,
}

async fn account(Customer(account): Customer, shell: Shell, query: web::Query<Query>, app: App) -> Result<HttpResponse> {
    let (id, request) = (account.id, PageRequest::new(query.page, 20));
    let found = app.db.write(move |conn| {
        let claimed = ops::claim(conn, id)?;
        Ok((store::of_account(conn, id, request)?, accounts::is_confirmed(conn, id)?, claimed))
    });
    let (page, is_confirmed, claimed) = found.await?;
    private_html(StatusCode::OK, &AccountPage { shell, account, page, is_confirmed, claimed })
}
