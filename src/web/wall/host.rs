use actix_web::{
    Error, HttpResponse,
    body::{BoxBody, EitherBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::{
        StatusCode, Version,
        header::{CACHE_CONTROL, HOST, HeaderMap},
        uri::Authority,
    },
    middleware::Next,
    web::Data,
};
use url::{Host, Url};

use crate::web::{App, SecurityHeaders};

/// Bytes of an address with its query. The longest of ours are filters of a category.
const LONGEST_ADDRESS: usize = 8 * 1024;

/// Doors for programs, which may know the machine by another name: they look at a key or a signature, or tell nothing.
const BY_ANY_NAME: [&str; 4] = ["/healthz", "/readyz", "/webhooks/", "/sandbox/api/"];

/// Middleware, the outermost of all: the shop answers by its own name only. Pages are kept for all, and mails and redirects hold
/// addresses, so nothing may ever come to stand under a name that somebody else chose; and a page that is open in a browser can't
/// reach the shop by a name of its own that it lets lead here (DNS rebinding).
pub async fn check_host(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<EitherBody<BoxBody, impl MessageBody>>, Error> {
    let Some((status, words)) = refusal(&request) else { return Ok(next.call(request).await?.map_into_right_body()) };
    tracing::info!(event = "host_refused", http.status = status.as_u16(), "a request was refused at the door");
    let mut response = HttpResponse::build(status);
    let mut response = response.insert_header((CACHE_CONTROL, "no-store")).content_type("text/plain; charset=utf-8").body(words);
    if let Some(headers) = request.app_data::<Data<SecurityHeaders>>() {
        headers.apply(response.headers_mut());
    }
    Ok(request.into_response(response).map_into_left_body())
}

fn refusal(request: &ServiceRequest) -> Option<(StatusCode, String)> {
    if request.uri().path_and_query().is_some_and(|address| address.as_str().len() > LONGEST_ADDRESS) {
        return Some((StatusCode::URI_TOO_LONG, "This address is too long.\n".to_owned()));
    }
    let ours = &request.app_data::<App>()?.base_url;
    if is_plainly_ours(ours, request) {
        return None;
    }
    let path = request.path();
    if BY_ANY_NAME.iter().any(|door| path == *door || (door.ends_with('/') && path.starts_with(door))) {
        return None;
    }
    match asked_for(request.uri().authority(), request.headers(), request.version()) {
        Err(words) => Some((StatusCode::BAD_REQUEST, words.to_owned())),
        Ok(names) if names.iter().all(|name| is_ours(ours, name)) => None,
        Ok(_) => Some((StatusCode::MISDIRECTED_REQUEST, format!("This shop answers at {ours} only, as its setting BASE_URL says.\n"))),
    }
}

/// The way of nearly all requests, without looking any closer: one `Host`, letter by letter that of the setting.
fn is_plainly_ours(ours: &Url, request: &ServiceRequest) -> bool {
    let mut hosts = request.headers().get_all(HOST);
    request.uri().authority().is_none()
        && hosts.next().is_some_and(|host| host.as_bytes() == ours.authority().as_bytes())
        && hosts.next().is_none()
}

/// Each name by which the request asks: in its address (`:authority` of HTTP/2, or a whole address as proxies are sent) and in
/// `Host`. RFC 9112, 3.2: one `Host`, neither none nor two.
fn asked_for(address: Option<&Authority>, headers: &HeaderMap, version: Version) -> Result<Vec<Authority>, &'static str> {
    let mut names: Vec<Authority> = address.cloned().into_iter().collect();
    let mut hosts = headers.get_all(HOST);
    let (host, another) = (hosts.next(), hosts.next());
    match (host, another) {
        (Some(host), None) => names.push(Authority::try_from(host.as_bytes()).map_err(|_| "The Host header names no host.\n")?),
        (None, None) if version == Version::HTTP_2 && !names.is_empty() => {}
        (None, _) => return Err("The Host header is missing.\n"),
        (Some(_), Some(_)) => return Err("There are two Host headers.\n"),
    }
    Ok(names)
}

/// Whether the name is that of the setting. A shop on one's own machine may be asked by any name of the machine, at any port.
fn is_ours(ours: &Url, name: &Authority) -> bool {
    if name.as_str().contains('@') {
        return false;
    }
    let (host, port) = (name.host().trim_end_matches('.'), name.port_u16().or(if ours.scheme() == "https" { Some(443) } else { Some(80) }));
    if is_loopback(ours) {
        return Url::parse(&format!("http://{host}")).is_ok_and(|asked| is_loopback(&asked));
    }
    ours.host_str().is_some_and(|own| own.trim_end_matches('.').eq_ignore_ascii_case(host)) && ours.port_or_known_default() == port
}

/// Whether the address is of this machine alone.
pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.to_canonical().is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ours(base: &str, name: &str) -> bool {
        is_ours(&base.parse().unwrap(), &name.parse().unwrap())
    }

    #[test]
    fn a_shop_has_one_name() {
        for right in ["shop.example", "SHOP.example", "shop.example:443", "shop.example."] {
            assert!(ours("https://shop.example/", right), "{right}");
        }
        let wrong = [
            "evil.example",
            "shop.example.evil.example",
            "evil-shop.example",
            "www.shop.example",
            "shop.example:80",
            "shop.example:8443",
            "shop.example@evil.example",
            "evil.example@shop.example",
            "localhost",
            "127.0.0.1",
            "[::1]",
        ];
        for wrong in wrong {
            assert!(!ours("https://shop.example/", wrong), "{wrong}");
        }
        assert!(ours("http://shop.example:8080/", "shop.example:8080") && !ours("http://shop.example:8080/", "shop.example"));
    }

    #[test]
    fn a_shop_on_one_s_own_machine_has_all_names_of_the_machine() {
        for right in ["localhost", "localhost:8080", "127.0.0.1:9", "127.0.0.2", "[::1]:8080"] {
            assert!(ours("http://localhost:8080/", right), "{right}");
        }
        for wrong in ["evil.example", "10.0.0.1", "localhost.evil.example", "[::2]"] {
            assert!(!ours("http://localhost:8080/", wrong), "{wrong}");
        }
    }
}
