//! Headers on every response: what browsers may do with our pages, and which request this was.

use actix_web::{
    Error, HttpMessage,
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse},
    http::{
        Method,
        header::{HeaderMap, HeaderName, HeaderValue},
    },
    middleware::Next,
    web::Data,
};
use tracing_actix_web::RequestId;

/// Whoever signs out leaves nothing for who sits down at the machine next: pages are kept by a browser with the name on them.
const FORGET: HeaderValue = HeaderValue::from_static("\"cache\", \"storage\"");

/// Made once at the start, since most of it depends on the settings.
#[derive(Clone)]
pub struct SecurityHeaders(Vec<(HeaderName, HeaderValue)>);

impl SecurityHeaders {
    /// `form_targets`: origins to which the answer to a form may redirect, such as a payment provider's.
    pub fn new(https: bool, form_targets: &[&str]) -> Self {
        // There are no scripts that could connect to anything; Lighthouse reads robots.txt in a page's name.
        let policy = format!(
            "default-src 'none'; style-src 'self'; img-src 'self'; font-src 'self'; frame-src 'self'; connect-src 'self'; \
             form-action 'self' {}; frame-ancestors 'none'; base-uri 'none'",
            form_targets.join(" ")
        );
        let mut headers = vec![
            ("content-security-policy", policy),
            ("x-content-type-options", "nosniff".to_owned()),
            ("x-frame-options", "DENY".to_owned()),
            ("referrer-policy", "same-origin".to_owned()),
            ("permissions-policy", "camera=(), geolocation=(), microphone=(), payment=(), browsing-topics=()".to_owned()),
            ("cross-origin-opener-policy", "same-origin".to_owned()),
            ("cross-origin-resource-policy", "same-origin".to_owned()),
        ];
        if https {
            headers.push(("strict-transport-security", "max-age=31536000; includeSubDomains".to_owned()));
        }
        let made = |(name, value): (&'static str, String)| Some((HeaderName::from_static(name), HeaderValue::from_str(&value).ok()?));
        Self(headers.into_iter().filter_map(made).collect())
    }

    /// On a response that has none of them yet.
    pub(super) fn put(&self, headers: &mut HeaderMap) {
        for (name, value) in &self.0 {
            headers.insert(name.clone(), value.clone());
        }
    }

    pub(super) fn apply(&self, headers: &mut HeaderMap) {
        for (name, value) in &self.0 {
            if !headers.contains_key(name) {
                headers.insert(name.clone(), value.clone());
            }
        }
    }
}

/// Middleware: adds the headers that the handler did not set itself, and `X-Request-Id`.
pub async fn secure(request: ServiceRequest, next: Next<impl MessageBody>) -> Result<ServiceResponse<impl MessageBody>, Error> {
    let id = request_id(&request);
    let headers = request.app_data::<Data<SecurityHeaders>>().cloned();
    let is_goodbye = request.method() == Method::POST && request.path() == "/sign-out";
    let mut response = next.call(request).await?;
    if let Some(headers) = headers {
        headers.apply(response.headers_mut());
    }
    if is_goodbye {
        response.headers_mut().insert(HeaderName::from_static("clear-site-data"), FORGET);
    }
    if let Ok(id) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(HeaderName::from_static("x-request-id"), id);
    }
    Ok(response)
}

/// The id that stands on each log line of this request; empty outside one.
pub fn request_id(request: &impl HttpMessage) -> String {
    request.extensions().get::<RequestId>().map(ToString::to_string).unwrap_or_default()
}
