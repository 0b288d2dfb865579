//! Headers on every response: what browsers may do with our pages, and which request this was.

use actix_web::{
    Error, HttpMessage, HttpRequest, HttpResponse,
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse},
    http::{
        Method,
        header::{CONTENT_SECURITY_POLICY, HeaderMap, HeaderName, HeaderValue},
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

    /// The policy of a page whose forms lead to these origins as well; `None` when one of them is none.
    fn policy_to(&self, origins: &[String]) -> Option<HeaderValue> {
        let (_, policy) = self.0.iter().find(|(name, _)| *name == CONTENT_SECURITY_POLICY)?;
        let wider = format!("form-action 'self' {}", origins.join(" "));
        HeaderValue::from_str(&policy.to_str().ok()?.replace("form-action 'self'", &wider)).ok()
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

/// Lets the forms of this page lead to these origins as well: browsers look at where the answer to a form sends them, too (CSP 3,
/// form-action). The origins are addresses that were parsed, so they hold no blank and no semicolon.
pub fn may_lead_to(request: &HttpRequest, page: &mut HttpResponse, origins: &[String]) {
    let headers = request.app_data::<Data<SecurityHeaders>>().filter(|_| !origins.is_empty());
    if let Some(policy) = headers.and_then(|headers| headers.policy_to(origins)) {
        page.headers_mut().insert(CONTENT_SECURITY_POLICY, policy);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_may_lead_to_more_origins_and_is_as_strict_as_others_in_everything_else() {
        let headers = SecurityHeaders::new(true, &["https://pay.example"]);
        let policy = headers.policy_to(&["https://id.example".to_owned(), "http://127.0.0.1:8099".to_owned()]).unwrap();
        let policy = policy.to_str().unwrap();
        assert!(policy.contains("form-action 'self' https://id.example http://127.0.0.1:8099 https://pay.example;"), "{policy}");
        assert_eq!(policy.replace("https://id.example http://127.0.0.1:8099 ", ""), headers.0[0].1.to_str().unwrap());
        assert_eq!(headers.policy_to(&["https://id.example\r\nset-cookie: x".to_owned()]), None);
    }
}
