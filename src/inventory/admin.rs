use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use askama::Template;
use serde::Deserialize;

use super::{
    forms::StockForm,
    model::{Cause, Movement, Stock},
    ops, store,
};
use crate::{
    base::{Error, Page, PageRequest, Problems, Result, VariantId},
    catalog::{self, VariantForSale},
    web::{App, Desk, FlashKind, Form, Staff, Visitor, private_html, see_other_with},
};

pub fn routes(config: &mut web::ServiceConfig) {
    config.route("/admin/variants/{id}/stock", web::get().to(show)).route("/admin/variants/{id}/stock", web::post().to(save));
}

#[derive(Deserialize)]
struct Query {
    page: Option<i64>,
}

#[derive(Template)]
#[template(path = "admin/inventory/stock.html")]
struct StockPage {
    desk: Desk,
    of: VariantForSale,
    stock: Stock,
    page: Page<Movement>,
    form: StockForm,
    problems: Problems,
}

async fn show(desk: Desk, id: web::Path<VariantId>, query: web::Query<Query>, app: App) -> Result<HttpResponse> {
    let (of, stock, page) = find(&app, id.into_inner(), query.page).await?;
    let form = StockForm { on_hand: stock.on_hand.to_string(), untracked: (!stock.tracked).then(|| "on".to_owned()) };
    private_html(StatusCode::OK, &StockPage { desk, of, stock, page, form, problems: Problems::default() })
}

async fn find(app: &App, id: VariantId, page: Option<i64>) -> Result<(VariantForSale, Stock, Page<Movement>)> {
    let request = PageRequest::new(page, 50);
    let found = app.db.read(move |conn| {
        let of = catalog::for_sale(conn, &[id])?.pop().ok_or(Error::NotFound)?;
        Ok((of, store::stock::find(conn, id)?, store::ledger::of_variant(conn, id, request)?))
    });
    found.await
}

async fn save(
    Staff(staff): Staff,
    visitor: Visitor,
    id: web::Path<VariantId>,
    form: Form<StockForm>,
    request: HttpRequest,
    app: App,
) -> Result<HttpResponse> {
    let (id, Form(form)) = (id.into_inner(), form);
    let saved = match form.parse() {
        Ok(Some(units)) => app.db.write(move |conn| ops::count(conn, id, units, Cause::Adjusted, &staff.name)).await,
        Ok(None) => app.db.write(move |conn| ops::count_untracked(conn, id, &staff.name)).await,
        Err(problems) => Err(Error::Invalid(problems)),
    };
    match saved {
        Ok(()) => {
            see_other_with(&visitor.session, FlashKind::Success, "The stock is saved.", &format!("/admin/variants/{id}/stock?saved=yes"))
        }
        Err(error) => {
            let (problems, (of, stock, page)) = (error.into_problems()?, find(&app, id, None).await?);
            let page = StockPage { desk: Desk::of(&request).await?, of, stock, page, form, problems };
            private_html(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
    }
}
