//! For search engines and feed readers: robots.txt, sitemaps, what is new.

use std::io::Write;

use actix_web::{
    HttpResponse,
    http::header::{CACHE_CONTROL, CONTENT_TYPE},
    web,
};
use askama::Template;
use flate2::{Compression, write::GzEncoder};

use crate::{
    base::{Conn, Error, Result},
    catalog::{self, Address, Newcomer},
    content, settings,
    web::{Access, App, Doors, LANGUAGE},
};

/// Products in the feed.
const NEW: i64 = 50;

/// Whoever crawls a million addresses need not have the last minute's.
const AN_HOUR: &str = "public, max-age=3600";

pub fn routes(doors: &mut Doors) {
    doors
        .get("/robots.txt", Access::Anybody, robots)
        .get("/sitemap.xml", Access::Anybody, sitemaps)
        .get("/sitemaps/{name}.xml.gz", Access::Anybody, sitemap)
        .get("/feed.xml", Access::Anybody, new);
}

#[derive(Template)]
#[template(path = "storefront/feeds/robots.txt")]
struct Robots {
    site: String,
}

#[derive(Template)]
#[template(path = "storefront/feeds/sitemaps.xml")]
struct Sitemaps {
    site: String,
    names: Vec<String>,
}

#[derive(Template)]
#[template(path = "storefront/feeds/sitemap.xml")]
struct Sitemap {
    site: String,
    entries: Vec<Address>,
}

#[derive(Template)]
#[template(path = "storefront/feeds/new.xml")]
struct New {
    site: String,
    name: String,
    tagline: String,
    language: &'static str,
    items: Vec<Newcomer>,
}

fn respond(media_type: &'static str, body: impl Into<web::Bytes>) -> HttpResponse {
    HttpResponse::Ok().insert_header((CONTENT_TYPE, media_type)).insert_header((CACHE_CONTROL, AN_HOUR)).body(body.into())
}

async fn robots(app: App) -> Result<HttpResponse> {
    Ok(respond("text/plain; charset=utf-8", Robots { site: app.absolute("") }.render()?))
}

async fn sitemaps(app: App) -> Result<HttpResponse> {
    let parts = app.db.read(catalog::address_parts).await?;
    let names = ["pages", "categories", "brands", "collections"].into_iter().map(str::to_owned);
    let names = names.chain(parts.into_iter().map(|part| format!("products-{part}"))).collect();
    Ok(respond("application/xml; charset=utf-8", Sitemaps { site: app.absolute(""), names }.render()?))
}

/// Packed here, since tens of thousands of addresses are megabytes.
async fn sitemap(name: web::Path<String>, app: App) -> Result<HttpResponse> {
    let (name, site) = (name.into_inner(), app.absolute(""));
    let packed = app.db.read(move |conn| pack(&Sitemap { site, entries: entries(conn, &name)? }.render()?));
    Ok(respond("application/gzip", packed.await?))
}

fn entries(conn: &mut Conn, name: &str) -> Result<Vec<Address>> {
    match name {
        "pages" => {
            let home = Address { path: "/".to_owned(), changed: None };
            let pages = content::list(conn)?.into_iter();
            Ok([home].into_iter().chain(pages.map(|page| Address { path: format!("/pages/{}", page.slug), changed: None })).collect())
        }
        "categories" => catalog::category_addresses(conn),
        "brands" => catalog::brand_addresses(conn),
        "collections" => catalog::collection_addresses(conn),
        other => {
            let part = other.strip_prefix("products-").and_then(|part| part.parse().ok()).filter(|part| *part >= 0 && *part < 1_000_000);
            catalog::product_addresses(conn, part.ok_or(Error::NotFound)?)
        }
    }
}

fn pack(text: &str) -> Result<Vec<u8>> {
    let mut packer = GzEncoder::new(vec![], Compression::default());
    let packed = packer.write_all(text.as_bytes()).and_then(|()| packer.finish());
    packed.map_err(|error| Error::Internal(error.into()))
}

async fn new(app: App) -> Result<HttpResponse> {
    let (store, items) = app.db.read(|conn| Ok((settings::store(conn)?, catalog::newest(conn, NEW)?))).await?;
    let feed = New { site: app.absolute(""), name: store.name, tagline: store.tagline, language: LANGUAGE, items };
    Ok(respond("application/rss+xml; charset=utf-8", feed.render()?))
}
