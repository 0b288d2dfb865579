//! All that buyers say of a product, in pages.

use std::sync::Arc;

use actix_web::{HttpResponse, web};
use askama::Template;
use serde::Deserialize;

use crate::{
    base::{Conn, Error, Page, PageRequest, Result},
    catalog::{self, Category, Product, Rating, Sheet},
    reviews::{self, Review},
    settings::{self, Store},
    storefront::model::{Shown, things},
    web::{App, Ask, Described, Fresh, Shell},
};

/// Reviews on one page.
const PAGE: i64 = 20;

#[derive(Deserialize)]
pub struct Query {
    page: Option<i64>,
}

#[derive(Template)]
#[template(path = "storefront/reviews.html")]
struct ReviewsPage {
    shell: Shell,
    described: Described,
    store: Arc<Store>,
    product: Product,
    crumbs: Vec<Category>,
    rating: Option<Rating>,
    page: Page<Review>,
}

impl ReviewsPage {
    fn page_base(&self) -> String {
        format!("{}/reviews?", self.product.url())
    }
}

pub async fn list(ask: Ask, slug: web::Path<String>, query: web::Query<Query>, app: App) -> Result<HttpResponse> {
    let slug = slug.into_inner();
    let number = query.page.filter(|page| *page > 1);
    let path = format!("/products/{slug}/reviews");
    let url = number.map_or(path.clone(), |number| format!("{path}?page={number}"));
    let asked = url.clone();
    ask.page(&url, async |shell| app.db.read(move |conn| load(conn, shell, &slug, number, &asked)).await).await
}

/// # Errors
/// `NotFound` while the shop does not show the product.
fn load(conn: &mut Conn, shell: Shell, slug: &str, number: Option<i64>, url: &str) -> Result<Fresh<ReviewsPage>> {
    let mut shown = Shown::begin();
    let sheet = catalog::sheet(conn, slug)?.filter(|sheet| sheet.is_shown).ok_or(Error::NotFound)?;
    let Sheet { product, crumbs, rating, moment, .. } = sheet;
    shown.product(product.id);
    shown.said_of(product.id);
    crumbs.iter().for_each(|category| shown.category(category.id));
    shown.turns(product.on_sale_until, moment.now);
    let total = rating.map_or(0, |rating| rating.reviews.into());
    let page = reviews::published(conn, product.id, total, PageRequest::new(number, PAGE))?;
    let store = settings::store_under(conn, moment.edition)?;
    let title = format!("Reviews of {}", product.title);
    let described =
        Described::new(&shell, &title, &summary(&product, rating), url).with(things::breadcrumbs(&shell, &crumbs, (&title, url)));
    Ok(shown.of(ReviewsPage { shell, described, store, product, crumbs, rating, page }))
}

fn summary(product: &Product, rating: Option<Rating>) -> String {
    rating.map_or_else(String::new, |rating| format!("{}: {} out of 5, from {} of buyers.", product.title, rating.mean(), rating.count()))
}
