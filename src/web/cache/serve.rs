use actix_web::{
    Error, HttpResponse,
    body::{BoxBody, EitherBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::{
        Method,
        header::{
            ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, HeaderMap, HeaderName, HeaderValue, IF_NONE_MATCH, LINK,
            VARY,
        },
    },
    middleware::Next,
    web::Data,
};

use uuid::Uuid;

use super::{body::Coding, pages::KeptPage};
use crate::web::{App, SecurityHeaders, Shell, asset_url, forms::token_for, gaps::Filling, session::Seen};

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
    pub filling: &'a Filling,
    /// Nothing in it is the visitor's own.
    pub is_public: bool,
}

impl Answer<'_> {
    pub fn to(&self, asked: &HeaderMap) -> HttpResponse {
        let Self { page, filling, is_public } = self;
        let tag = if *is_public { format!("W/\"{}\"", page.body.tag) } else { format!("W/\"{}-{:08x}\"", page.body.tag, filling.sum()) };
        let header = |name: HeaderName| asked.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let is_known = header(IF_NONE_MATCH).split(',').any(|known| known.trim() == tag);
        let mut response = if is_known { HttpResponse::NotModified() } else { HttpResponse::Ok() };
        response
            .insert_header((ETAG, tag))
            .insert_header((VARY, VARIES))
            .insert_header((CACHE_CONTROL, if *is_public { PUBLIC } else { PRIVATE }));
        if is_known {
            return response.finish();
        }
        let accepted = Coding::accepted(header(ACCEPT_ENCODING));
        let (body, coding) = if *is_public {
            page.body.public(filling, accepted.for_all())
        } else {
            (page.body.filled(filling, accepted.for_one()), accepted.for_one())
        };
        if let Some(name) = coding.name() {
            response.insert_header((CONTENT_ENCODING, HeaderValue::from_static(name)));
        }
        response.insert_header((CONTENT_TYPE, HTML)).insert_header((LINK, preload())).body(body)
    }
}

/// The stylesheet, for whoever reads headers before the page.
fn preload() -> HeaderValue {
    static PRELOAD: std::sync::LazyLock<HeaderValue> = std::sync::LazyLock::new(|| {
        let link = format!("<{}>; rel=preload; as=style", asset_url("shop.css"));
        HeaderValue::from_str(&link).unwrap_or(HeaderValue::from_static(""))
    });
    PRELOAD.clone()
}

/// Middleware, the outermost of all: answers a page that is in memory.
pub async fn serve_kept(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<EitherBody<BoxBody, impl MessageBody>>, Error> {
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
    let seen = match request.cookie(app.sessions.name()) {
        Some(cookie) => Some(app.sessions.see(cookie)?),
        None => None,
    };
    let mut own = Shell { currency: shop.currency(seen.as_ref().and_then(|seen| seen.currency.clone())), shop, ..Shell::default() };
    if let Some(Seen { secret, sign_in, cart_count, .. }) = &seen {
        own.account = match sign_in {
            Some(sign_in) => {
                let account = app.pages.known_face(sign_in.account, sign_in.generation)?;
                Some(account).filter(|account| account.is_fresh(sign_in.age()))?.into()
            }
            None => None,
        };
        own.cart_count = *cart_count;
        own.token = token_for(&app.keys, secret);
    }
    let address = request.uri().path_and_query()?.as_str();
    let terms = own.account.as_ref().map_or("", |account| account.terms.as_str());
    let page = app.pages.get(&key(&own.currency, terms, address)).await?;
    let filling = Filling::of(&own).ok()?;
    let mut response = Answer { page: &page, filling: &filling, is_public: seen.is_none() }.to(request.headers());
    if let Some(headers) = request.app_data::<Data<SecurityHeaders>>() {
        headers.apply(response.headers_mut());
    }
    let id = Uuid::now_v7().to_string();
    tracing::debug!(request_id = id, "answered from memory");
    response.headers_mut().insert(HeaderName::from_static("x-request-id"), HeaderValue::from_str(&id).ok()?);
    Some(response)
}
