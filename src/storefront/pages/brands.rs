use actix_web::{HttpResponse, web};
use askama::Template;

use super::{ListQuery, lists::PAGE};
use crate::{
    base::{Error, Page, PageRequest, Result},
    catalog::{self, Brand, BrandListed, Scope, Sort},
    media::Picture,
    storefront::model::{Looker, Shown, TaxNote, Tile, things, tile_page},
    web::{Access, App, Ask, Described, Doors, Fresh, Shell, Tag},
};

/// Brands on one page of their list.
const BRANDS: i64 = 60;

pub fn routes(doors: &mut Doors) {
    doors.get("/brands", Access::Anybody, list).get("/brands/{slug}", Access::Anybody, show);
}

#[derive(Template)]
#[template(path = "storefront/brands.html")]
struct ListPage {
    shell: Shell,
    described: Described,
    page: Page<BrandListed>,
}

impl BrandListed {
    fn picture(&self) -> Option<Picture> {
        self.media.clone().map(|media| Picture::of(media, ""))
    }
}

async fn list(ask: Ask, query: web::Query<ListQuery>, app: App) -> Result<HttpResponse> {
    let (request, number) = (PageRequest::new(query.page, BRANDS), query.page.unwrap_or(1));
    ask.page(&ListQuery { sort: None, ..query.into_inner() }.url("/brands"), async |shell| {
        let page = app.db.read(move |conn| catalog::brands_in_shop(conn, request)).await?;
        let path = if number > 1 { format!("/brands?page={number}") } else { "/brands".to_owned() };
        let way = things::way(&shell, std::iter::empty(), ("Brands", "/brands"));
        let described = Described::new(&shell, "Brands", "Whose things we sell, from A to Z.", &path).with(way);
        Ok(Fresh { page: ListPage { shell, described, page }, tags: vec![Tag::named("brands")], until: None })
    })
    .await
}

#[derive(Template)]
#[template(path = "storefront/brand.html")]
struct ShowPage {
    shell: Shell,
    described: Described,
    brand: Brand,
    picture: Option<Picture>,
    sort: Sort,
    page: Page<Tile>,
    tax_note: TaxNote,
}

impl ShowPage {
    fn sorts(&self) -> &'static [Sort] {
        Sort::OF_ANY
    }

    fn paragraphs(&self) -> Vec<&str> {
        super::paragraphs(&self.brand.description)
    }

    fn page_base(&self) -> String {
        format!("{}?sort={}&", self.brand.url(), self.sort)
    }
}

async fn show(ask: Ask, slug: web::Path<String>, query: web::Query<ListQuery>, app: App) -> Result<HttpResponse> {
    let (sort, number, slug) = (query.sort(), query.page.unwrap_or(1), slug.into_inner());
    let request = PageRequest::new(query.page, PAGE);
    ask.page(&query.url(&format!("/brands/{slug}")), async |shell| {
        let page = app.db.read(move |conn| {
            let mut shown = Shown::begin();
            let brand = catalog::brand_by_slug(conn, &slug)?.ok_or(Error::NotFound)?;
            let terms = Looker::of(&shell).terms(conn)?;
            shown.brand(brand.id);
            shown.shelf(conn, Scope::Brand(brand.id), sort, terms.moment.now)?;
            let cards = catalog::cards(conn, Scope::Brand(brand.id), sort, request)?;
            let page = tile_page(conn, &terms, cards, &mut shown)?;
            let picture = catalog::brand_media(conn, brand.id)?.map(|media| Picture::of(media, &brand.name));
            let path = if number > 1 { format!("{}?page={number}", brand.url()) } else { brand.url() };
            let described = Described::new(&shell, &brand.name, &brand.description, &path)
                .pictured(picture.as_ref().map(|picture| shell.absolute(&picture.url(1200))));
            Ok(shown.of(ShowPage { shell, described, brand, picture, sort, page, tax_note: terms.tax_note() }))
        });
        page.await
    })
    .await
}
