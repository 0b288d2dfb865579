use std::collections::HashMap;

use actix_web::{HttpResponse, http::StatusCode, web};
use askama::Template;
use serde::Deserialize;

use crate::{
    base::{Money, Page, PageRequest, ProductId, Result, VariantId},
    catalog::{self, Category, Product, ProductFilter, ProductImage, Status, Variant},
    inventory::{self, Stock},
    settings::{self, Store},
    web::{App, Desk, FlashKind, Form, NoFields, Staff, Visitor, private_html, see_other_with},
};

pub fn routes(config: &mut web::ServiceConfig) {
    config
        .route("/admin/products", web::get().to(list))
        .route("/admin/products/{id}", web::get().to(show))
        .route("/admin/products/{id}/uncounting", web::post().to(uncount));
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default)]
struct Query {
    status: String,
    q: String,
    page: Option<i64>,
}

impl Query {
    fn with_status(&self, status: &str) -> String {
        let kept: Vec<_> = [("status", status), ("q", &self.q)].into_iter().filter(|(_, value)| !value.is_empty()).collect();
        format!("/admin/products?{}", serde_urlencoded::to_string(kept).unwrap_or_default())
    }
}

/// A row of the list: the product, its variants and what is left of them.
struct Row {
    product: Product,
    variants: usize,
    /// `None`: a variant of it is sold without counting.
    available: Option<i32>,
    lowest: Option<Money>,
}

#[derive(Template)]
#[template(path = "admin/products/list.html")]
struct ListPage {
    desk: Desk,
    query: Query,
    counts: HashMap<&'static str, i64>,
    page: Page<Row>,
}

impl ListPage {
    fn statuses(&self) -> &'static [Status] {
        Status::ALL
    }

    fn count(&self, status: &Status) -> i64 {
        self.counts.get(status.as_str()).copied().unwrap_or(0)
    }

    fn total_count(&self) -> i64 {
        self.counts.values().sum()
    }

    fn page_base(&self) -> String {
        format!("{}&", self.query.with_status(&self.query.status))
    }
}

async fn list(desk: Desk, query: web::Query<Query>, app: App) -> Result<HttpResponse> {
    let query = query.into_inner();
    let text = query.q.trim().chars().filter(|c| !c.is_control()).take(100).collect();
    let (filter, request) =
        (ProductFilter { status: query.status.parse().ok(), text, ..ProductFilter::default() }, PageRequest::new(query.page, 50));
    let (page, counts) = app
        .db
        .read(move |conn| {
            let store = settings::store(conn)?;
            let (products, rest) = catalog::products(conn, &filter, request)?.split();
            let rows = products.into_iter().map(|product| row(conn, &store, product)).collect::<Result<Vec<_>>>()?;
            Ok((rest.with(rows), catalog::count_by_status(conn)?))
        })
        .await?;
    let counts = counts.into_iter().map(|(status, count)| (status.as_str(), count)).collect();
    private_html(StatusCode::OK, &ListPage { desk, query, counts, page })
}

fn row(conn: &mut crate::base::Conn, store: &Store, product: Product) -> Result<Row> {
    let variants: Vec<_> = catalog::variants_of(conn, product.id)?.into_iter().filter(|variant| variant.archived_at.is_none()).collect();
    let stock = inventory::stock_of(conn, &variants.iter().map(|variant| variant.id).collect::<Vec<_>>())?;
    let available = stock.values().map(Stock::available).sum::<Option<i32>>();
    let lowest = variants.iter().map(|variant| variant.price).min().map(|minor| store.money(minor));
    Ok(Row { product, variants: variants.len(), available, lowest })
}

#[derive(Template)]
#[template(path = "admin/products/show.html")]
struct ShowPage {
    desk: Desk,
    store: Store,
    product: Product,
    categories: Vec<Category>,
    variants: Vec<Variant>,
    stock: HashMap<VariantId, Stock>,
    images: Vec<ProductImage>,
}

impl ShowPage {
    fn stock_of(&self, variant: &VariantId) -> Stock {
        self.stock.get(variant).copied().unwrap_or(Stock::none(*variant))
    }

    /// A gift card can't run out, so counting it would only stop its sale.
    fn counts_gift_cards(&self) -> bool {
        self.product.is_gift_card && self.variants.iter().any(|variant| self.stock_of(&variant.id).tracked)
    }

    fn money(&self, minor: &i64) -> Money {
        self.store.money(*minor)
    }
}

async fn show(desk: Desk, id: web::Path<ProductId>, app: App) -> Result<HttpResponse> {
    let id = id.into_inner();
    let page = app
        .db
        .read(move |conn| {
            let product = catalog::product(conn, id)?;
            let variants = catalog::variants_of(conn, id)?;
            let stock = inventory::stock_of(conn, &variants.iter().map(|variant| variant.id).collect::<Vec<_>>())?;
            let store = settings::store(conn)?;
            Ok(ShowPage {
                desk,
                store,
                product,
                categories: catalog::categories_of(conn, id)?,
                variants,
                stock,
                images: catalog::images_of(conn, id)?,
            })
        })
        .await?;
    private_html(StatusCode::OK, &page)
}

/// From now on all variants are sold without counting.
async fn uncount(Staff(staff): Staff, visitor: Visitor, id: web::Path<ProductId>, _form: Form<NoFields>, app: App) -> Result<HttpResponse> {
    let id = id.into_inner();
    let change = app.db.write(move |conn| {
        let mut variants: Vec<_> = catalog::variants_of(conn, id)?.into_iter().map(|variant| variant.id).collect();
        variants.sort();
        variants.into_iter().try_for_each(|variant| inventory::count_untracked(conn, variant, &staff.name))
    });
    change.await?;
    see_other_with(&visitor.session, FlashKind::Success, "It is sold without counting now.", &format!("/admin/products/{id}"))
}
