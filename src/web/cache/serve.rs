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
use uuid::Uuid;

use super::{
    coding::{Accepted, Coding},
    own::Own,
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

/// Whose page it is.
pub enum Whose<'a> {
    /// Everybody's who has no session. What comes into the gaps says a shell of any of them.
    All(&'a Shell),
    /// This visitor's, with what comes into the gaps.
    One(&'a Filling),
}

/// A kept page for one visitor.
pub struct Answer<'a> {
    pub page: &'a KeptPage,
    pub whose: Whose<'a>,
}

impl Answer<'_> {
    /// # Errors
    /// What comes into the gaps can't be rendered.
    pub fn to(&self, asked: &HeaderMap) -> Result<HttpResponse> {
        let body = &self.page.body;
        match self.whose {
            Whose::All(_) if self.is_known(&body.tag, asked) => Ok(not_modified(&body.tag, PUBLIC)),
            Whose::All(shell) => {
                let (bytes, coding) = body.public(|| Filling::of(shell), accepted(asked).for_all())?;
                Ok(whole(&body.tag, PUBLIC, coding, BoxBody::new(bytes)))
            }
            Whose::One(filling) => {
                let tag = body.tag_for(filling);
                if self.is_known(&tag, asked) {
                    return Ok(not_modified(&tag, PRIVATE));
                }
                let coding = accepted(asked).for_one();
                Ok(whole(&tag, PRIVATE, coding, BoxBody::new(body.filled(filling, coding))))
            }
        }
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

fn whole(tag: &HeaderValue, kept: HeaderValue, coding: Coding, body: BoxBody) -> HttpResponse {
    let mut response = HttpResponse::with_body(StatusCode::OK, body);
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
    let address = request.uri().path_and_query()?.as_str();
    let mut response = match app.sessions.sent(request.headers()) {
        Some(sent) => {
            let seen = app.sessions.see(sent)?;
            let own = own_of(app, shop, &seen)?;
            let page = app.pages.get(&key(&own.currency, own.terms(), address)).await?;
            Answer { page: &page, whose: Whose::One(&own.filling) }.to(request.headers()).ok()?
        }
        None => {
            let guest = Shell { currency: shop.currency(None), shop, ..Shell::default() };
            let page = app.pages.get(&key(&guest.currency, "", address)).await?;
            Answer { page: &page, whose: Whose::All(&guest) }.to(request.headers()).ok()?
        }
    };
    if let Some(headers) = request.app_data::<Data<SecurityHeaders>>() {
        headers.put(response.headers_mut());
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
fn own_of(app: &App, shop: Arc<ShopFacts>, seen: &Seen) -> Option<Arc<Own>> {
    let account = match &seen.sign_in {
        Some(sign_in) => Some(app.pages.known_face(sign_in)?),
        None => None,
    };
    Own::of(seen, shop, account).ok()
}
