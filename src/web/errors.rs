//! Errors as calm pages. What went wrong inside goes to the log under the request's id.

use actix_web::{
    HttpRequest, HttpResponse, ResponseError,
    body::{BoxBody, EitherBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::{
        Method, StatusCode,
        header::{ACCEPT, CACHE_CONTROL, REFERER, RETRY_AFTER},
    },
    middleware::Next,
};
use askama::Template;

use super::{App, Shell, headers::request_id, see_other, visitor::known_actor};
use crate::base::Error;

impl ResponseError for Error {
    fn status_code(&self) -> StatusCode {
        match self {
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::SignInNeeded => StatusCode::UNAUTHORIZED,
            Self::Forbidden => StatusCode::FORBIDDEN,
            Self::SessionEnded => StatusCode::FORBIDDEN,
            Self::Invalid(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::Conflict(_) => StatusCode::CONFLICT,
            Self::TooMany(_) => StatusCode::TOO_MANY_REQUESTS,
            Self::ProofNeeded | Self::SecondFactorNeeded => StatusCode::FORBIDDEN,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            Self::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// The plain form; [`show_errors`] turns it into a page for browsers.
    fn error_response(&self) -> HttpResponse<BoxBody> {
        let mut response = HttpResponse::build(self.status_code());
        if let Some(seconds) = self.retry_after() {
            response.insert_header((RETRY_AFTER, seconds));
        }
        response.insert_header((CACHE_CONTROL, "no-store")).content_type("text/plain; charset=utf-8").body(self.public_message())
    }
}

impl Error {
    /// Seconds until asking again helps.
    fn retry_after(&self) -> Option<u32> {
        match self {
            Self::Unavailable => Some(5),
            Self::TooMany(seconds) => Some(*seconds),
            _ => None,
        }
    }

    /// What may be told to a stranger.
    fn public_message(&self) -> String {
        match self {
            Self::Invalid(problems) => problems.iter().map(|problem| problem.message.clone()).collect::<Vec<_>>().join("\n"),
            Self::Conflict(message) => message.clone(),
            Self::Internal(_) => "Something went wrong on our side.".to_owned(),
            other => other.to_string(),
        }
    }
}

#[derive(Template)]
#[template(path = "errors/error.html")]
struct ErrorPage {
    shell: Shell,
    title: &'static str,
    message: String,
    request_id: String,
    retry: bool,
    /// Path of the page that the request came from, when it is ours.
    back: Option<String>,
}

/// Middleware: shows errors of pages as pages, and leads strangers at a closed door to the sign-in.
pub async fn show_errors(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<EitherBody<impl MessageBody, BoxBody>>, actix_web::Error> {
    let response = next.call(request).await?;
    let status = response.status();
    if !status.is_client_error() && !status.is_server_error() {
        return Ok(response.map_into_left_body());
    }
    let ours = response.response().error().and_then(|error| error.as_error::<Error>());
    log(ours, status, response.request());
    let bare = response.response().headers().get(actix_web::http::header::CONTENT_TYPE).is_none();
    if (ours.is_none() && !bare && status != StatusCode::BAD_REQUEST) || !wants_html(response.request()) {
        return Ok(response.map_into_left_body());
    }
    let request = response.request().clone();
    let page = match ours {
        Some(Error::SignInNeeded) => led_to("/sign-in", &request),
        Some(Error::ProofNeeded) => led_to("/sign-in/proof", &request),
        Some(Error::SecondFactorNeeded) => Some(see_other("/account/second-factor")),
        _ => error_page(&request, ours, status).await,
    };
    Ok(match page {
        Some(page) => response.into_response(page).map_into_right_body(),
        None => response.map_into_left_body(),
    })
}

fn log(error: Option<&Error>, status: StatusCode, request: &HttpRequest) {
    let route = request.match_pattern();
    match error {
        Some(Error::Internal(cause)) => tracing::error!(error = format!("{cause:#}"), http.route = route, "the request failed"),
        Some(Error::Unavailable) => tracing::warn!(http.route = route, "answered 503"),
        Some(Error::Forbidden) => {
            let (account, acting_for) = known_actor(request);
            tracing::warn!(event = "refused", http.route = route, account.id = account, acting_for, "a request was not allowed");
        }
        _ => tracing::debug!(http.status = status.as_u16(), http.route = route, "the request was refused"),
    }
}

fn wants_html(request: &HttpRequest) -> bool {
    let accepts = request.headers().get(ACCEPT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    accepts.contains("text/html")
}

/// To a page that asks who they are, and back to what they wanted to see.
fn led_to(page: &str, request: &HttpRequest) -> Option<HttpResponse> {
    // A form that was refused is not sent again by itself: its page is where one goes on.
    let back = if request.method() == Method::GET { Some(request.path().to_owned()) } else { came_from(request) };
    let query = serde_urlencoded::to_string([("return_to", back.unwrap_or_else(|| "/".to_owned()))]).ok()?;
    Some(see_other(&format!("{page}?{query}")))
}

async fn error_page(request: &HttpRequest, error: Option<&Error>, status: StatusCode) -> Option<HttpResponse> {
    // The database may be what failed, so a page about that must not ask it anything; nor must one for whoever asks too often.
    let is_bare = status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS;
    let shell = if is_bare { Shell::bare(request) } else { Shell::of(request).await.unwrap_or_else(|_| Shell::bare(request)) };
    let (title, message) = words(error, status);
    let seconds = error.map_or_else(|| (status == StatusCode::SERVICE_UNAVAILABLE).then_some(5), Error::retry_after);
    let retry = seconds.is_some();
    let page = ErrorPage { shell, title, message, request_id: request_id(request), retry, back: came_from(request) };
    let mut response = HttpResponse::build(status);
    if let Some(seconds) = seconds {
        response.insert_header((RETRY_AFTER, seconds));
    }
    Some(response.insert_header((CACHE_CONTROL, "no-store")).content_type("text/html; charset=utf-8").body(page.render().ok()?))
}

fn came_from(request: &HttpRequest) -> Option<String> {
    let app = request.app_data::<App>()?;
    let referer = request.headers().get(REFERER)?.to_str().ok()?;
    let url = app.base_url.join(referer).ok().filter(|url| url.origin() == app.base_url.origin())?;
    Some(url[url::Position::BeforePath..url::Position::AfterQuery].to_owned())
}

fn words(error: Option<&Error>, status: StatusCode) -> (&'static str, String) {
    match error {
        Some(Error::SessionEnded) => (
            "This page was open for too long",
            "Your session ended before the form arrived, so nothing was changed. Go back, reload the page and send it again. \
             What is in your cart is kept if you are signed in."
                .to_owned(),
        ),
        Some(Error::TooMany(seconds)) => (
            "Too many tries",
            format!("This was tried too often in a short time. Wait {} and try again; nothing that you have here is lost.", span(*seconds)),
        ),
        Some(error @ Error::Invalid(_)) => ("That could not be used", error.public_message()),
        Some(error @ Error::Conflict(_)) => ("Something changed meanwhile", error.public_message()),
        _ => words_by_status(status),
    }
}

/// A wait in words.
fn span(seconds: u32) -> String {
    match seconds.div_ceil(60) {
        _ if seconds <= 1 => "a second".to_owned(),
        _ if seconds < 90 => format!("{seconds} seconds"),
        minutes => format!("{minutes} minutes"),
    }
}

fn words_by_status(status: StatusCode) -> (&'static str, String) {
    let (title, message) = match status {
        StatusCode::NOT_FOUND => (
            "Page not found",
            "There is nothing at this address. It may have been moved, or mistyped. Search for it, or start from the shop's front page.",
        ),
        StatusCode::FORBIDDEN => (
            "Not allowed",
            "You don't have access to this page. If you think you should, sign in with another account or ask the shop's owner.",
        ),
        StatusCode::PAYLOAD_TOO_LARGE => {
            ("That is too large", "What you sent is larger than this form takes. Make it smaller and try again.")
        }
        StatusCode::SERVICE_UNAVAILABLE => {
            ("We are busy just now", "The shop can't answer for a moment. Your cart and your orders are kept. Try again in a few seconds.")
        }
        StatusCode::METHOD_NOT_ALLOWED => {
            ("That does not work here", "This address can't be used in this way. Start again from the shop's front page.")
        }
        status if status.is_client_error() => {
            ("That could not be used", "The request was not in a form that this page understands. Go back and try again.")
        }
        _ => (
            "Something went wrong",
            "The fault is ours, and it has been noted. What was stored is safe: your cart and your orders are kept. Try again, and tell us the number below if it happens again.",
        ),
    };
    (title, message.to_owned())
}
