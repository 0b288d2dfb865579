//! Stylesheets, icons and fonts, built into the program and served under names that change with their content.

use std::{borrow::Cow, collections::HashMap, sync::LazyLock};

use actix_web::{
    HttpRequest, HttpResponse,
    http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, HeaderValue},
    web,
};
use rust_embed::RustEmbed;

use super::{Access, Doors};
use crate::base::{Error, Result, sha256_hex};

#[derive(RustEmbed)]
#[folder = "static"]
struct Files;

struct Asset {
    body: Cow<'static, [u8]>,
    hash: String,
    media_type: &'static str,
}

/// A file of `static`, or a stylesheet that a `css/<name>.list` puts together; keyed by name, e.g. `shop.css`, `icons/cart.svg`.
static ASSETS: LazyLock<HashMap<String, Asset>> = LazyLock::new(|| {
    let mut assets = HashMap::new();
    for path in Files::iter() {
        let Some(file) = Files::get(&path) else { continue };
        match path.strip_prefix("css/") {
            Some(name) if name.ends_with(".list") => {
                let name = name.replace(".list", ".css");
                assets.insert(name, asset(Cow::Owned(bundle(&file.data)), "text/css; charset=utf-8"));
            }
            Some(name) if name != "sandbox.css" && name != "mail.css" => {}
            Some(name) => {
                assets.insert(name.to_owned(), asset(file.data, "text/css; charset=utf-8"));
            }
            None => {
                let media_type = media_type(&path);
                assets.insert(path.into_owned(), asset(file.data, media_type));
            }
        }
    }
    assets
});

fn asset(body: Cow<'static, [u8]>, media_type: &'static str) -> Asset {
    let hash = sha256_hex(&body)[..12].to_owned();
    Asset { body, hash, media_type }
}

fn bundle(list: &[u8]) -> Vec<u8> {
    let mut css = vec![];
    for name in String::from_utf8_lossy(list).split_whitespace() {
        if let Some(file) = Files::get(&format!("css/{name}")) {
            squeeze(&String::from_utf8_lossy(&file.data), &mut css);
        }
    }
    css
}

/// Leaves out indentation and the comments that fill whole lines. What else could be saved, compression saves.
fn squeeze(file: &str, css: &mut Vec<u8>) {
    for line in file.lines().map(str::trim).filter(|line| !line.is_empty()) {
        if !(line.starts_with("/*") && line.ends_with("*/")) {
            css.extend_from_slice(line.as_bytes());
            css.push(b'\n');
        }
    }
}

fn media_type(path: &str) -> &'static str {
    match path.rsplit('.').next() {
        Some("svg") => "image/svg+xml; charset=utf-8",
        Some("woff2") => "font/woff2",
        Some("png") => "image/png",
        Some("txt") => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}

/// `/assets/<hash>/<name>`; the bare name when there is no such file, which shows in the page's tests.
pub fn asset_url(name: &str) -> String {
    ASSETS.get(name).map_or_else(|| format!("/assets/missing/{name}"), |asset| format!("/assets/{}/{name}", asset.hash))
}

pub fn routes(doors: &mut Doors) {
    doors.get("/assets/{hash}/{name:.*}", Access::Anybody, serve).get("/favicon.ico", Access::Anybody, favicon);
}

async fn serve(path: web::Path<(String, String)>, request: HttpRequest) -> Result<HttpResponse> {
    let (hash, name) = path.into_inner();
    let asset = ASSETS.get(&name).ok_or(Error::NotFound)?;
    let tag = format!("\"{}\"", asset.hash);
    if request.headers().get("if-none-match").is_some_and(|given| given.as_bytes() == tag.as_bytes()) {
        return Ok(HttpResponse::NotModified().finish());
    }
    // An old name still answers, but only the right one may be kept for ever.
    let cache = if hash == asset.hash { "public, max-age=31536000, immutable" } else { "no-cache" };
    let body = web::Bytes::copy_from_slice(&asset.body);
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, HeaderValue::from_static(asset.media_type)))
        .insert_header((CACHE_CONTROL, cache))
        .insert_header((ETAG, tag))
        .body(body))
}

async fn favicon() -> HttpResponse {
    super::see_other(&asset_url("favicon.svg"))
}
