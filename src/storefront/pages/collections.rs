use actix_web::{HttpResponse, web};
use askama::Template;
use chrono::{DateTime, Utc};

use super::{
    ListQuery,
    lists::{Listed, Listing, Pairs, browsed, elsewhere},
};
use crate::{
    base::{Conn, Error, Page, PageRequest, Result, db_now},
    catalog::{self, Collection, Scope, Sort},
    media::Picture,
    search::{Order, SearchIndex, Wish, Within},
    storefront::model::{Looker, Shown, TaxNote, things},
    web::{Access, App, Ask, Described, Doors, Fresh, Shell},
};

/// Collections on one page of their list.
const PAGE: i64 = 24;

pub fn routes(doors: &mut Doors) {
    doors.get("/collections", Access::Anybody, list).get("/collections/{slug}", Access::Anybody, show);
}

/// A collection with its picture, or that of the product that stands first in it.
pub struct Pictured {
    pub collection: Collection,
    pub picture: Option<Picture>,
}

/// A page of those that are shown.
pub fn pictured(conn: &mut Conn, request: PageRequest, shown: &mut Shown, now: DateTime<Utc>) -> Result<Page<Pictured>> {
    shown.collections();
    let (found, rest) = catalog::collections_in_shop(conn, request)?.split();
    let mut listed = vec![];
    for (collection, media) in found {
        let own = media.map(|media| Picture::of(media, ""));
        let picture = if own.is_some() { own } else { first_picture(conn, &collection, shown, now)? };
        listed.push(Pictured { collection, picture });
    }
    Ok(rest.with(listed))
}

fn first_picture(conn: &mut Conn, collection: &Collection, shown: &mut Shown, now: DateTime<Utc>) -> Result<Option<Picture>> {
    let scope = Scope::Collection(collection.id);
    shown.shelf(conn, scope, collection.sort, now)?;
    let card = catalog::first_card(conn, scope, collection.sort)?;
    card.iter().for_each(|card| shown.product(card.id));
    Ok(card.and_then(|card| card.picture))
}

#[derive(Template)]
#[template(path = "storefront/collections.html")]
struct ListPage {
    shell: Shell,
    described: Described,
    page: Page<Pictured>,
}

async fn list(ask: Ask, query: web::Query<ListQuery>, app: App) -> Result<HttpResponse> {
    let (request, number) = (PageRequest::new(query.page, PAGE), query.page.unwrap_or(1));
    ask.page(&ListQuery { sort: None, ..query.into_inner() }.url("/collections"), async |shell| {
        let read = app.db.read(move |conn| {
            let mut shown = Shown::begin();
            let now = db_now(conn)?;
            let page = pictured(conn, request, &mut shown, now)?;
            let path = if number > 1 { format!("/collections?page={number}") } else { "/collections".to_owned() };
            let said = "What we have put together for you from all departments.";
            let described = Described::new(&shell, "Collections", said, &path).with(things::way(
                &shell,
                std::iter::empty(),
                ("Collections", "/collections"),
            ));
            Ok(shown.of(ListPage { shell, described, page }))
        });
        read.await
    })
    .await
}

#[derive(Template)]
#[template(path = "storefront/collection.html")]
struct ShowPage {
    shell: Shell,
    described: Described,
    collection: Collection,
    picture: Option<Picture>,
    list: Listing,
    tax_note: TaxNote,
}

impl ShowPage {
    fn paragraphs(&self) -> Vec<&str> {
        super::paragraphs(&self.collection.description)
    }
}

async fn show(ask: Ask, slug: web::Path<String>, query: Pairs, app: App, index: web::Data<SearchIndex>) -> Result<HttpResponse> {
    let wish = Wish::parse(&query, Order::Chosen).wordless();
    let path = format!("/collections/{slug}");
    if let Some(moved) = elsewhere(&query, &wish, &path) {
        return Ok(moved);
    }
    ask.page(&wish.url(&path), async |shell| {
        let page = app.db.read(move |conn| {
            let found = catalog::collection_by_slug(conn, &slug)?.filter(|collection| collection.shown);
            load(conn, shell, &index, found.ok_or(Error::NotFound)?, wish)
        });
        page.await
    })
    .await
}

fn load(conn: &mut Conn, shell: Shell, index: &SearchIndex, collection: Collection, wish: Wish) -> Result<Fresh<ShowPage>> {
    let (mut shown, scope) = (Shown::begin(), Scope::Collection(collection.id));
    let terms = Looker::of(&shell).terms(conn)?;
    shown.collection(collection.id);
    shown.counted(conn, scope, index, terms.moment.now)?;
    let picture = catalog::collection_media(conn, collection.id)?.map(|media| Picture::of(media, ""));
    let seen = picture.as_ref().map(|picture| shell.absolute(&picture.url(1200)));
    // Sorted otherwise it is the same list.
    let path = if wish.page > 1 { format!("{}?page={}", collection.url(), wish.page) } else { collection.url() };
    let above = [("Collections".to_owned(), "/collections".to_owned())];
    let described = Described::new(&shell, collection.seo_title(), collection.seo_description(), &path)
        .pictured(seen.clone())
        .with(things::collection(&shell, &collection, seen))
        .with(things::way(&shell, above.into_iter(), (&collection.title, &collection.url())));
    let listed = Listed {
        scope,
        within: Within::Collection(collection.id),
        path: collection.url(),
        order: collection.sort.as_str().parse().unwrap_or(Order::Newest),
        by_hand: if collection.sort == Sort::Chosen { catalog::chosen_by_hand(conn, collection.id)? } else { vec![] },
    };
    let list = browsed(conn, index, listed, wish, &terms, &mut shown)?;
    Ok(shown.of(ShowPage { shell, described, collection, picture, list, tax_note: terms.tax_note() }))
}
