//! One span and one line for each request: an id, a method, a route, a status, a time. Never an address's query or a token
//! in its path, never who asked, since those are secrets and personal data.

use std::time::Instant;

use actix_web::{
    Error, HttpMessage,
    body::MessageBody,
    dev::{ServiceRequest, ServiceResponse},
};
use tracing::Span;
use tracing_actix_web::{RequestId, RootSpanBuilder};

/// The span that stands around a request.
pub struct RequestSpan;

#[derive(Clone, Copy)]
struct Began(Instant);

impl RootSpanBuilder for RequestSpan {
    fn on_request_start(request: &ServiceRequest) -> Span {
        request.extensions_mut().insert(Began(Instant::now()));
        let id = request.extensions().get::<RequestId>().map(ToString::to_string).unwrap_or_default();
        tracing::info_span!("request", request_id = id, http.method = %request.method())
    }

    fn on_request_end<B: MessageBody>(_span: Span, outcome: &Result<ServiceResponse<B>, Error>) {
        let Ok(response) = outcome else { return };
        let (request, status) = (response.request(), response.status().as_u16());
        let route = request.match_pattern().unwrap_or_else(|| "none".to_owned());
        let ms = request.extensions().get::<Began>().map_or(0, |began| began.0.elapsed().as_millis());
        if route.starts_with("/assets") || route.starts_with("/media") || route == "/healthz" {
            tracing::debug!(http.route = route, http.status = status, ms, "answered");
        } else {
            tracing::info!(http.route = route, http.status = status, ms, "answered");
        }
    }
}
