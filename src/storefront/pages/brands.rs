use actix_web::{HttpResponse, web};
use askama::Template;

use super::{ListQuery, PAGE};
use crate::{
    base::{Error, Page, PageRequest, Result},
    catalog::{self, Brand, BrandListed, Scope, Sort},
    media::Picture,
    storefront::model::{Looker, TaxNote, Tile, tile_page},
    web::{App, Shell, html},
};

/// Brands on one page of their list.
const BRANDS: i64 = 60;

pub fn routes(config: &mut web::ServiceConfig) {
    config.route("/brands", web::get().to(list)).route("/brands/{slug}", web::get().to(show));
}

#[derive(Template)]
#[template(path = "storefront/brands.html")]
struct ListPage {
    shell: Shell,
    page: Page<BrandListed>,
}

impl BrandListed {
    fn picture(&self) -> Option<Picture> {
        self.media.clone().map(|media| Picture { media, alt: String::new() })
    }
}

async fn list(shell: Shell, query: web::Query<ListQuery>, app: App) -> Result<HttpResponse> {
    let request = PageRequest::new(query.page, BRANDS);
    let page = app.db.read(move |conn| catalog::brands_in_shop(conn, request)).await?;
    html(&ListPage { shell, page })
}

#[derive(Template)]
#[template(path = "storefront/brand.html")]
struct ShowPage {
    shell: Shell,
    brand: Brand,
    picture: Option<Picture>,
    sort: Sort,
    page: Page<Tile>,
    tax_note: TaxNote,
}

impl ShowPage {
    fn sorts(&self) -> &'static [Sort] {
        Sort::ALL
    }

    fn paragraphs(&self) -> Vec<&str> {
        super::paragraphs(&self.brand.description)
    }

    fn page_base(&self) -> String {
        format!("{}?sort={}&", self.brand.url(), self.sort)
    }
}

async fn show(shell: Shell, slug: web::Path<String>, query: web::Query<ListQuery>, app: App) -> Result<HttpResponse> {
    let sort = query.sort();
    let (looker, request) = (Looker::of(&shell), PageRequest::new(query.page, PAGE));
    let (brand, media, page, tax_note) = app
        .db
        .read(move |conn| {
            let brand = catalog::brand_by_slug(conn, &slug)?.ok_or(Error::NotFound)?;
            let terms = looker.terms(conn)?;
            let cards = catalog::cards(conn, Scope::Brand(brand.id), sort, request)?;
            let media = catalog::brand_media(conn, brand.id)?;
            Ok((brand, media, tile_page(conn, &terms, cards)?, terms.tax_note()))
        })
        .await?;
    let picture = media.map(|media| Picture { media, alt: brand.name.clone() });
    html(&ShowPage { shell, brand, picture, sort, page, tax_note })
}
