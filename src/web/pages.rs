//! Templates as responses.

use actix_web::{
    HttpResponse,
    http::{
        StatusCode,
        header::{CACHE_CONTROL, LOCATION},
    },
};
use askama::Template;

use super::{FlashKind, Session};
use crate::base::Result;

/// A page that anybody may see. It carries this visitor's form token, so no shared cache may keep it.
pub fn html(page: &impl Template) -> Result<HttpResponse> {
    respond(StatusCode::OK, page, "private, no-cache")
}

/// A page with personal data or a form that was refused (422): not kept anywhere.
pub fn private_html(status: StatusCode, page: &impl Template) -> Result<HttpResponse> {
    respond(status, page, "no-store")
}

fn respond(status: StatusCode, page: &impl Template, cache: &str) -> Result<HttpResponse> {
    let body = page.render()?;
    Ok(HttpResponse::build(status).content_type("text/html; charset=utf-8").insert_header((CACHE_CONTROL, cache)).body(body))
}

/// After a POST: the browser gets the next page by GET, so that going back never sends the form again.
pub fn see_other(url: &str) -> HttpResponse {
    HttpResponse::SeeOther().insert_header((LOCATION, url)).insert_header((CACHE_CONTROL, "no-store")).finish()
}

/// The same, with a message for the next page. `url` must differ from the address that was posted to: w3m takes a redirect to
/// the same for a loop.
pub fn see_other_with(session: &Session, kind: FlashKind, text: &str, url: &str) -> Result<HttpResponse> {
    session.flash(kind, text)?;
    Ok(see_other(url))
}

/// What was here is over there now, for good. Kept for an hour only: what staff can change, a browser must not keep for ever.
pub fn moved_permanently(url: &str) -> HttpResponse {
    HttpResponse::MovedPermanently().insert_header((LOCATION, url)).insert_header((CACHE_CONTROL, "public, max-age=3600")).finish()
}
