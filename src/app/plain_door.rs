//! The door without TLS beside the one with it: people who type the shop's name without `https` are led to it. Nothing else goes in
//! there. What was sent in the clear is refused and not sent on by a redirect, so that whoever wrote the program, or the form, that
//! sent it sees the mistake at once, and not after years in which passwords crossed the network readable for all (ASVS 4.1.2).

use std::{net::TcpListener, time::Duration};

use actix_web::{
    App, HttpRequest, HttpResponse, HttpServer,
    dev::Server as Running,
    http::{
        Method, StatusCode,
        header::{CACHE_CONTROL, HOST, LOCATION},
        uri::Authority,
    },
    web,
};
use url::Url;

/// A redirect is small and soon given: nobody needs longer for asking.
const PATIENCE: Duration = Duration::from_secs(5);

/// More wait until one is closed.
const MOST_CONNECTIONS: usize = 1_000;

/// Bytes of an address with its query, as at the other door.
const LONGEST_ADDRESS: usize = 8 * 1024;

/// Doors for programs, which are to be told of their mistake rather than led on.
const FOR_PROGRAMS: [&str; 4] = ["/api/", "/webhooks/", "/sandbox/", "/healthz"];

/// Leads browsers to the shop's address until its handle is told to stop. `base_url`: that address, which begins with https.
///
/// # Errors
/// The socket can't be used.
pub fn lead_to_https(door: TcpListener, base_url: &Url) -> std::io::Result<Running> {
    let base_url = base_url.clone();
    let server = HttpServer::new(move || {
        let base_url = base_url.clone();
        App::new().default_service(web::to(move |request: HttpRequest| {
            let answer = answer(&base_url, &request);
            async move { answer }
        }))
    });
    let server = server.workers(1).disable_signals().shutdown_timeout(1).max_connections(MOST_CONNECTIONS);
    Ok(server.client_request_timeout(PATIENCE).client_disconnect_timeout(PATIENCE).keep_alive(PATIENCE).listen(door)?.run())
}

fn answer(base_url: &Url, request: &HttpRequest) -> HttpResponse {
    let is_page =
        matches!(*request.method(), Method::GET | Method::HEAD) && !FOR_PROGRAMS.iter().any(|door| request.path().starts_with(door));
    let address = request.uri().path_and_query().map_or("/", |address| address.as_str());
    if address.len() > LONGEST_ADDRESS {
        return told(StatusCode::URI_TOO_LONG, "This address is too long.\n".to_owned());
    }
    if !is_ours(base_url, request) {
        tracing::info!(event = "host_refused", http.status = 421, "a request was refused at the door without TLS");
        return told(StatusCode::MISDIRECTED_REQUEST, format!("This shop answers at {base_url} only, as its setting BASE_URL says.\n"));
    }
    if !is_page {
        tracing::info!(event = "plain_http_refused", http.method = %request.method(), "something was sent without TLS, and refused");
        return told(StatusCode::FORBIDDEN, sent_in_the_clear(base_url));
    }
    let there = format!("{}{address}", base_url.as_str().trim_end_matches('/'));
    HttpResponse::PermanentRedirect().insert_header((LOCATION, there)).insert_header((CACHE_CONTROL, "no-store")).finish()
}

fn sent_in_the_clear(base_url: &Url) -> String {
    format!(
        "This shop takes what is sent to it over https only. Nothing was done.\n\
         Send it to {base_url} instead. It has just crossed the network readable for others: if a password or a key was in it, \
         change that.\n"
    )
}

fn told(status: StatusCode, words: String) -> HttpResponse {
    // What else is on its way is not read.
    HttpResponse::build(status)
        .force_close()
        .insert_header((CACHE_CONTROL, "no-store"))
        .content_type("text/plain; charset=utf-8")
        .body(words)
}

/// Whether it asks by the shop's name, once, at whatever port this door has.
fn is_ours(base_url: &Url, request: &HttpRequest) -> bool {
    let mut hosts = request.headers().get_all(HOST);
    let (Some(host), None) = (hosts.next(), hosts.next()) else { return false };
    let Ok(asked) = Authority::try_from(host.as_bytes()) else { return false };
    let is_name = |name: &Authority| {
        let own = base_url.host_str().unwrap_or_default().trim_end_matches('.');
        !name.as_str().contains('@') && name.host().trim_end_matches('.').eq_ignore_ascii_case(own)
    };
    is_name(&asked) && request.uri().authority().is_none_or(is_name)
}

#[cfg(test)]
mod tests {
    use actix_web::{http::header::HeaderValue, test::TestRequest};

    use super::*;

    fn asked(method: Method, uri: &str, host: &str) -> HttpResponse {
        let request = TestRequest::default().method(method).uri(uri).insert_header((HOST, host)).to_http_request();
        answer(&"https://shop.example/".parse().unwrap(), &request)
    }

    fn location(response: &HttpResponse) -> Option<&HeaderValue> {
        response.headers().get(LOCATION)
    }

    #[test]
    fn pages_are_led_to_https_with_all_that_was_asked() {
        for (uri, there) in [
            ("/", "https://shop.example/"),
            ("/search?q=claw%20hammer&page=2", "https://shop.example/search?q=claw%20hammer&page=2"),
            ("//evil.example/", "https://shop.example//evil.example/"),
            ("/\\evil.example", "https://shop.example/\\evil.example"),
        ] {
            for method in [Method::GET, Method::HEAD] {
                let answer = asked(method, uri, "shop.example:80");
                assert_eq!(answer.status(), StatusCode::PERMANENT_REDIRECT, "{uri}");
                assert_eq!(location(&answer).unwrap(), there);
            }
        }
    }

    #[test]
    fn what_is_sent_and_what_programs_ask_is_refused_and_not_led_on() {
        for method in [Method::POST, Method::PUT, Method::DELETE, Method::PATCH, Method::OPTIONS] {
            let answer = asked(method, "/sign-in", "shop.example");
            assert_eq!((answer.status(), location(&answer)), (StatusCode::FORBIDDEN, None));
        }
        for path in ["/api/v1/orders", "/webhooks/stripe", "/sandbox/api/v1/payments", "/healthz"] {
            let answer = asked(Method::GET, path, "shop.example");
            assert_eq!((answer.status(), location(&answer)), (StatusCode::FORBIDDEN, None), "{path}");
        }
    }

    #[test]
    fn nobody_is_led_on_under_another_name() {
        for host in ["evil.example", "shop.example.evil.example", "evil@shop.example", "shop.example@evil.example", "", "a b"] {
            let answer = asked(Method::GET, "/", host);
            assert_eq!((answer.status(), location(&answer)), (StatusCode::MISDIRECTED_REQUEST, None), "{host}");
        }
        let whole = asked(Method::GET, "http://evil.example/", "shop.example");
        assert_eq!(whole.status(), StatusCode::MISDIRECTED_REQUEST, "nor by a whole address");
        assert_eq!(asked(Method::GET, "/", "SHOP.example.").status(), StatusCode::PERMANENT_REDIRECT);
    }

    #[test]
    fn a_long_address_is_not_repeated() {
        let answer = asked(Method::GET, &format!("/{}", "x".repeat(LONGEST_ADDRESS)), "shop.example");
        assert_eq!((answer.status(), location(&answer)), (StatusCode::URI_TOO_LONG, None));
    }
}
