mod brands;
mod collections;
mod feeds;
mod gone;
mod lists;
mod product;
mod reviews;

use std::sync::Arc;

use actix_web::HttpResponse;
use askama::Template;
use chrono::{DateTime, Utc};
use serde::Deserialize;

use self::collections::Pictured;
use super::model::{Department, Looker, Shown, TaxNote, Tile, things, tiles};
use crate::{
    base::{Conn, PageRequest, Result},
    catalog::{self, CategoryTree, Scope, Sort},
    media::Picture,
    settings::{self, Store},
    web::{Access, App, Ask, Described, Doors, Shell},
};

pub fn routes(doors: &mut Doors) {
    doors
        .get("/", Access::Anybody, home)
        .get("/products/{slug}", Access::Anybody, product::show)
        .get("/categories/{slug}", Access::Anybody, lists::category)
        .get("/products/{slug}/reviews", Access::Anybody, reviews::list)
        .get("/search", Access::Anybody, lists::results)
        .get("/search/suggestions", Access::Anybody, lists::suggestions);
    brands::routes(doors);
    collections::routes(doors);
    feeds::routes(doors);
}

/// Collections on the home page.
const COLLECTIONS: i64 = 4;

#[derive(Template)]
#[template(path = "storefront/home.html")]
struct HomePage {
    shell: Shell,
    described: Described,
    store: Arc<Store>,
    departments: Vec<Department>,
    collections: Vec<Pictured>,
    picked: Vec<Tile>,
    tax_note: TaxNote,
}

async fn home(ask: Ask, app: App) -> Result<HttpResponse> {
    ask.page("/", async |shell| {
        let looker = Looker::of(&shell);
        let (page, shown) = app
            .db
            .read(move |conn| {
                let mut shown = Shown::begin();
                let terms = looker.terms(conn)?;
                let (store, now) = (settings::store_under(conn, terms.moment.edition)?, terms.moment.now);
                let featured = catalog::cards(conn, Scope::Featured, Sort::Newest, PageRequest::new(None, 10))?;
                shown.shelf(conn, Scope::Featured, Sort::Newest, now)?;
                let picked = tiles(conn, &terms, featured.items, &mut shown)?;
                let collections = collections::pictured(conn, PageRequest::new(None, COLLECTIONS), &mut shown, now)?.items;
                let described = Described::default();
                let (departments, tax_note) = (departments(conn, &mut shown, now)?, terms.tax_note());
                Ok((HomePage { shell, described, store, departments, collections, picked, tax_note }, shown))
            })
            .await?;
        let HomePage { shell, store, picked, .. } = &page;
        let described = Described::new(shell, &store.name, &store.tagline, "/")
            .pictured(picked.first().and_then(|tile| Some(shell.absolute(&tile.picture.as_ref()?.url(1200)))))
            .with(things::organization(shell, store))
            .with(things::website(shell));
        Ok(shown.of(HomePage { described, ..page }))
    })
    .await
}

fn departments(conn: &mut Conn, shown: &mut Shown, now: DateTime<Utc>) -> Result<Vec<Department>> {
    let mut departments = vec![];
    for CategoryTree { category, .. } in catalog::category_menu(conn)? {
        shown.shelf(conn, Scope::Category(category.id), Sort::Dearest, now)?;
        let own = category.media_id.map(|_| catalog::category_media(conn, category.id)).transpose()?.flatten();
        let own = own.map(|media| Picture::of(media, ""));
        let card = catalog::first_card(conn, Scope::Category(category.id), Sort::Dearest)?;
        card.iter().for_each(|card| shown.product(card.id));
        departments.push(Department { picture: own.or_else(|| card.and_then(|card| card.picture)), category });
    }
    Ok(departments)
}

#[derive(Deserialize)]
struct ListQuery {
    sort: Option<String>,
    page: Option<i64>,
}

impl ListQuery {
    fn sort(&self) -> Sort {
        self.sort.as_deref().and_then(|sort| sort.parse().ok()).unwrap_or(Sort::Newest)
    }

    /// The address as our own links write it.
    fn url(&self, list: &str) -> String {
        let asked = [self.sort.as_ref().map(|_| format!("sort={}", self.sort())), self.page.map(|page| format!("page={page}"))];
        let query = asked.into_iter().flatten().collect::<Vec<_>>().join("&");
        if query.is_empty() { list.to_owned() } else { format!("{list}?{query}") }
    }
}

/// What is written with empty lines between.
fn paragraphs(text: &str) -> Vec<&str> {
    text.split("\n\n").flat_map(|part| part.split("\r\n\r\n")).map(str::trim).filter(|part| !part.is_empty()).collect()
}
