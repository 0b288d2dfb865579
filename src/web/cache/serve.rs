use std::sync::{Arc, LazyLock};

use actix_web::{
    Error, HttpResponse,
    body::{BoxBody, EitherBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::{
        Method, StatusCode,
        header::{
            ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, HeaderMap, HeaderName, HeaderValue, IF_NONE_MATCH, LINK,
            VARY,
        },
    },
    middleware::Next,
    web::Data,
};
use bytes::Bytes;
use uuid::Uuid;

use super::{
    coding::{Accepted, Coding},
    pages::KeptPage,
};
use crate::{
    base::Result,
    web::{App, SecurityHeaders, Shell, ShopFacts, asset_url, gaps::Filling, session::Seen},
};

const HTML: HeaderValue = HeaderValue::from_static("text/html; charset=utf-8");

/// Shared caches may keep it, and must ask whether it still holds: it can change at any second, and nobody tells them.
const PUBLIC: HeaderValue = HeaderValue::from_static("public, no-cache");

/// It carries a visitor's name and form token.
const PRIVATE: HeaderValue = HeaderValue::from_static("private, no-cache");

const VARIES: HeaderValue = HeaderValue::from_static("accept-encoding, cookie");

/// Under which a page is kept: what it shows depends on currency and terms besides its address.
pub fn key(currency: &str, terms: &str, url: &str) -> String {
    let mut key = String::with_capacity(currency.len() + terms.len() + url.len() + 2);
    for part in [currency, "\n", terms, "\n", url] {
        key.push_str(part);
    }
    key
}

/// A kept page for one visitor.
pub struct Answer<'a> {
    pub page: &'a KeptPage,
    /// What comes into the gaps.
    pub own: &'a Shell,
    /// Nothing in it is the visitor's own.
    pub is_public: bool,
}

impl Answer<'_> {
    /// # Errors
    /// What comes into the gaps can't be rendered.
    pub fn to(&self, asked: &HeaderMap) -> Result<HttpResponse> {
        let body = &self.page.body;
        if self.is_public {
            if self.is_known(&body.tag, asked) {
                return Ok(not_modified(&body.tag, PUBLIC));
            }
            let (bytes, coding) = body.public(|| Filling::of(self.own), accepted(asked).for_all())?;
            return Ok(whole(&body.tag, PUBLIC, coding, bytes));
        }
        let filling = Filling::of(self.own)?;
        let tag = body.tag_for(&filling);
        if self.is_known(&tag, asked) {
            return Ok(not_modified(&tag, PRIVATE));
        }
        let coding = accepted(asked).for_one();
        Ok(whole(&tag, PRIVATE, coding, body.filled(&filling, coding)))
    }

    fn is_known(&self, tag: &HeaderValue, asked: &HeaderMap) -> bool {
        said(asked, IF_NONE_MATCH).split(',').any(|known| known.trim().as_bytes() == tag.as_bytes())
    }
}

fn said(asked: &HeaderMap, name: HeaderName) -> &str {
    asked.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

fn accepted(asked: &HeaderMap) -> Accepted {
    Coding::accepted(said(asked, ACCEPT_ENCODING))
}

fn not_modified(tag: &HeaderValue, kept: HeaderValue) -> HttpResponse {
    let mut response = HttpResponse::NotModified().finish();
    mark(response.headers_mut(), tag, kept);
    response
}

fn whole(tag: &HeaderValue, kept: HeaderValue, coding: Coding, body: Bytes) -> HttpResponse {
    let mut response = HttpResponse::with_body(StatusCode::OK, BoxBody::new(body));
    let headers = response.headers_mut();
    mark(headers, tag, kept);
    if let Some(name) = coding.name() {
        headers.insert(CONTENT_ENCODING, HeaderValue::from_static(name));
    }
    headers.insert(CONTENT_TYPE, HTML);
    headers.insert(LINK, preload());
    response
}

fn mark(headers: &mut HeaderMap, tag: &HeaderValue, kept: HeaderValue) {
    headers.insert(ETAG, tag.clone());
    headers.insert(VARY, VARIES);
    headers.insert(CACHE_CONTROL, kept);
}

/// The stylesheet, for whoever reads headers before the page.
fn preload() -> HeaderValue {
    static PRELOAD: LazyLock<HeaderValue> = LazyLock::new(|| {
        let link = format!("<{}>; rel=preload; as=style", asset_url("shop.css"));
        HeaderValue::from_str(&link).unwrap_or(HeaderValue::from_static(""))
    });
    PRELOAD.clone()
}

/// Middleware, the outermost of all: answers a page that is in memory.
pub async fn serve_kept(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> std::result::Result<ServiceResponse<EitherBody<BoxBody, impl MessageBody>>, Error> {
    match warm(&request).await {
        Some(response) => Ok(request.into_response(response).map_into_left_body()),
        None => Ok(next.call(request).await?.map_into_right_body()),
    }
}

async fn warm(request: &ServiceRequest) -> Option<HttpResponse> {
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return None;
    }
    let app = request.app_data::<App>()?;
    let shop = app.pages.known_shop()?;
    let seen = match app.sessions.sent(request.headers()) {
        Some(sent) => Some(app.sessions.see(sent)?),
        None => None,
    };
    let own = shell_of(app, shop, seen.as_deref())?;
    let address = request.uri().path_and_query()?.as_str();
    let terms = own.account.as_ref().map_or("", |account| account.terms.as_str());
    let page = app.pages.get(&key(&own.currency, terms, address)).await?;
    let mut response = Answer { page: &page, own: &own, is_public: seen.is_none() }.to(request.headers()).ok()?;
    if let Some(headers) = request.app_data::<Data<SecurityHeaders>>() {
        headers.apply(response.headers_mut());
    }
    let mut id = Uuid::encode_buffer();
    let id = &*Uuid::now_v7().hyphenated().encode_lower(&mut id);
    let (method, status) = (request.method().as_str(), response.status().as_u16());
    // Not as information, as other requests are: such an answer changes and decides nothing, and a line for each would cost more
    // than the answer.
    tracing::debug!(request_id = id, http.method = method, http.status = status, "answered from memory");
    response.headers_mut().insert(HeaderName::from_static("x-request-id"), HeaderValue::from_str(id).ok()?);
    Some(response)
}

/// What a page shows of a visitor. `None`: the account is not in memory, or the sign-in is over.
fn shell_of(app: &App, shop: Arc<ShopFacts>, seen: Option<&Seen>) -> Option<Shell> {
    let currency = shop.currency(seen.and_then(|seen| seen.currency.clone()));
    let mut own = Shell { currency, shop, ..Shell::default() };
    let Some(Seen { token, sign_in, cart_count, .. }) = seen else { return Some(own) };
    if let Some(sign_in) = sign_in {
        own.account = Some(app.pages.known_face(sign_in)?);
    }
    own.cart_count = *cart_count;
    own.token = token.clone();
    Some(own)
}
