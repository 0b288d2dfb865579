//! The list of gift cards, and one of them.

use actix_web::{HttpResponse, http::StatusCode, web};
use askama::Template;
use chrono::{DateTime, Utc};
use serde::Deserialize;

use crate::{
    base::{CreditId, Error, Page, PageRequest, Permission, Result},
    credit::{
        forms::ListQuery,
        model::{Credit, Entry, Kind, Liability},
        ops, store,
    },
    web::{App, Desk, Doors, FlashKind, Form, NoFields, Visitor, private_html, see_other_with},
};

pub fn routes(doors: &mut Doors) {
    doors
        .get("/admin/gift-cards", Permission::CreditSee, list)
        .get("/admin/gift-cards/{id}", Permission::CreditSee, show)
        .post("/admin/gift-cards/{id}/disablement", Permission::CreditIssue, disable)
        .post("/admin/gift-cards/{id}/restoration", Permission::CreditIssue, restore);
}

#[derive(Template)]
#[template(path = "admin/credit/list.html")]
struct ListPage {
    desk: Desk,
    query: ListQuery,
    /// As it was typed.
    sought: String,
    owed: Vec<Liability>,
    page: Page<Credit>,
    now: DateTime<Utc>,
}

impl ListPage {
    fn page_base(&self) -> String {
        format!("/admin/gift-cards?{}&", serde_urlencoded::to_string([("q", &self.query.q)]).unwrap_or_default())
    }
}

impl Liability {
    fn label(&self) -> &'static str {
        match self.kind {
            Kind::GiftCard => "Owed on gift cards",
            Kind::StoreCredit => "Owed as store credit",
        }
    }
}

async fn list(desk: Desk, query: web::Query<ListQuery>, app: App) -> Result<HttpResponse> {
    let query = query.into_inner();
    let sought = app.opened_search(&query.q);
    let filter = ListQuery { q: sought.clone(), ..query.clone() }.filter();
    let request = PageRequest::new(query.page, 50);
    let found = app.db.read(move |conn| Ok((store::liability(conn)?, store::list(conn, &filter, request)?, store::time(conn)?)));
    let (owed, page, now) = found.await?;
    private_html(StatusCode::OK, &ListPage { desk, query, sought, owed, page, now })
}

#[derive(Deserialize)]
struct Query {
    page: Option<i64>,
}

#[derive(Template)]
#[template(path = "admin/credit/show.html")]
struct ShowPage {
    desk: Desk,
    card: Credit,
    /// Of the order that bought it.
    order_number: Option<String>,
    page: Page<Entry>,
    now: DateTime<Utc>,
}

/// A gift card; store credit is shown with its customer.
pub async fn find(app: &App, id: CreditId) -> Result<Credit> {
    let card = app.db.read(move |conn| store::find(conn, id)).await?;
    if card.is_gift_card() { Ok(card) } else { Err(Error::NotFound) }
}

async fn show(desk: Desk, id: web::Path<CreditId>, query: web::Query<Query>, app: App) -> Result<HttpResponse> {
    let (card, request) = (find(&app, id.into_inner()).await?, PageRequest::new(query.page, 50));
    let (id, order) = (card.id, card.order);
    let found = app.db.read(move |conn| {
        let number = order.map(|order| store::order_number(conn, order)).transpose()?;
        Ok((number, store::entries(conn, &[id], request)?, store::time(conn)?))
    });
    let (order_number, page, now) = found.await?;
    private_html(StatusCode::OK, &ShowPage { desk, card, order_number, page, now })
}

async fn disable(visitor: Visitor, id: web::Path<CreditId>, _form: Form<NoFields>, app: App) -> Result<HttpResponse> {
    switch(visitor, id.into_inner(), true, "The gift card can’t be spent any more.", app).await
}

async fn restore(visitor: Visitor, id: web::Path<CreditId>, _form: Form<NoFields>, app: App) -> Result<HttpResponse> {
    switch(visitor, id.into_inner(), false, "The gift card can be spent again.", app).await
}

async fn switch(visitor: Visitor, id: CreditId, disabled: bool, said: &str, app: App) -> Result<HttpResponse> {
    let card = find(&app, id).await?;
    app.db.write(move |conn| ops::set_disabled(conn, id, disabled)).await?;
    see_other_with(&visitor.session, FlashKind::Success, said, &card.admin_path())
}
