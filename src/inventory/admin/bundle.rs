use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};
use askama::Template;
use serde::Deserialize;

use crate::{
    base::{Conn, Error, PageRequest, Permission, Problems, Result, VariantId},
    catalog::{self, BundlePart, VariantForSale},
    inventory::{
        forms::PartForm,
        model::Stock,
        ops::bundles,
        store::{
            self,
            levels::{self, Listed, StockFilter},
        },
    },
    settings,
    web::{App, Desk, Doors, FlashKind, Form, NoFields, Visitor, private_html, see_other_with},
};

pub fn routes(doors: &mut Doors) {
    doors
        .get("/admin/variants/{id}/parts", Permission::CatalogChange, show)
        .post("/admin/variants/{id}/parts", Permission::CatalogChange, put)
        .post("/admin/variants/{id}/parts/{part}/removal", Permission::CatalogChange, take_out);
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Query {
    /// A word of the title, or the beginning of a SKU.
    q: String,
}

impl Query {
    fn text(&self) -> String {
        self.q.trim().chars().filter(|c| !c.is_control()).take(100).collect()
    }
}

/// All that the page shows of the bundle.
struct Found {
    item: VariantForSale,
    stock: Stock,
    /// Each part with how many of it can be sold; `None`: as many as anybody likes.
    parts: Vec<(BundlePart, Option<i32>)>,
    hits: Vec<Listed>,
}

#[derive(Template)]
#[template(path = "admin/inventory/parts.html")]
struct PartsPage {
    desk: Desk,
    found: Found,
    text: String,
    form: PartForm,
    problems: Problems,
}

/// Articles that a search finds at most.
const MOST: i64 = 20;

fn load(conn: &mut Conn, id: VariantId, text: &str) -> Result<Found> {
    let item = catalog::for_sale(conn, &[id])?.pop().ok_or(Error::NotFound)?;
    let ids: Vec<VariantId> = item.parts.iter().map(|part| part.variant_id).chain([id]).collect();
    let mut stocks = store::stock::of(conn, &ids)?;
    let parts = item.parts.iter().map(|part| (part.clone(), stocks.get(&part.variant_id).and_then(Stock::available))).collect();
    let filter = StockFilter { text: text.to_owned(), ..StockFilter::default() };
    let low = settings::store(conn)?.low_stock;
    let hits = if text.is_empty() { vec![] } else { levels::list(conn, &filter, low, PageRequest::new(None, MOST))?.items };
    Ok(Found { item, stock: stocks.remove(&id).unwrap_or(Stock::none(id)), parts, hits })
}

async fn show(desk: Desk, id: web::Path<VariantId>, query: web::Query<Query>, app: App) -> Result<HttpResponse> {
    let (id, text) = (id.into_inner(), query.text());
    let wanted = text.clone();
    let found = app.db.read(move |conn| load(conn, id, &wanted)).await?;
    private_html(
        StatusCode::OK,
        &PartsPage { desk, found, text, form: PartForm { quantity: "1".to_owned(), ..PartForm::default() }, problems: Problems::default() },
    )
}

async fn put(visitor: Visitor, id: web::Path<VariantId>, form: Form<PartForm>, request: HttpRequest, app: App) -> Result<HttpResponse> {
    let (id, Form(form)) = (id.into_inner(), form);
    let saved = match form.parse() {
        Ok((sku, quantity)) => app.db.write(move |conn| bundles::put_part(conn, id, &sku, quantity)).await,
        Err(problems) => Err(Error::Invalid(problems)),
    };
    match saved {
        Ok(()) => {
            see_other_with(&visitor.session, FlashKind::Success, "The bundle is saved.", &format!("/admin/variants/{id}/parts?saved=yes"))
        }
        Err(error) => {
            let problems = error.into_problems()?;
            let found = app.db.read(move |conn| load(conn, id, "")).await?;
            let page = PartsPage { desk: Desk::of(&request).await?, found, text: String::new(), form, problems };
            private_html(StatusCode::UNPROCESSABLE_ENTITY, &page)
        }
    }
}

async fn take_out(visitor: Visitor, path: web::Path<(VariantId, VariantId)>, _form: Form<NoFields>, app: App) -> Result<HttpResponse> {
    let (id, part) = path.into_inner();
    app.db.write(move |conn| bundles::take_out_part(conn, id, part)).await?;
    let said = "The part is taken out. Orders that stand keep it.";
    see_other_with(&visitor.session, FlashKind::Success, said, &format!("/admin/variants/{id}/parts?saved=yes"))
}
