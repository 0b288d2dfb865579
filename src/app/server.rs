use actix_web::{
    App, Error as ActixError, HttpMessage, HttpRequest, HttpResponse,
    body::{BoxBody, EitherBody, MessageBody},
    dev::{Server as Running, ServiceRequest, ServiceResponse},
    http::{Method, StatusCode, Version, header::ACCEPT_ENCODING},
    middleware::{Compress, Next, from_fn},
    web::{self, PathConfig, QueryConfig, ServiceConfig},
};
use tracing_actix_web::TracingLogger;

use super::{health, listen::listen, shop::Shop, tls::Sockets};
use crate::{
    accounts, alerts, audit, backoffice,
    base::Error,
    cart, catalog, checkout, content, credit, doctor, downloads, exchange, inventory, invoices, jobs, limits, mail, media, newsletter,
    orders,
    payments::{self, Gateways},
    pricing, privacy, promotions, reminders, reports, reviews, sandbox, search, settings, shipping, storefront, tax,
    web::{
        Door, Doors, HeadOnly, RequestSpan, Server, check_host, keep_pace, moved_permanently, routes as asset_routes, secure, serve_kept,
        session_layer, show_errors,
    },
    wishlists,
};

impl Shop {
    /// Serves at open doors until its handle is told to stop.
    ///
    /// # Errors
    /// The socket can't be used.
    pub fn listen(&self, doors: Sockets, threads: usize) -> std::io::Result<Running> {
        let shop = self.clone();
        self.server.pages.follow(&self.server.db);
        listen(doors, threads, move || {
            App::new()
                .configure(|config| shop.configure(config))
                .wrap(from_fn(follow_redirects))
                .wrap(from_fn(keep_pace))
                .wrap(from_fn(close_sandbox))
                .wrap(from_fn(show_errors))
                .wrap(session_layer(&shop.server.sessions))
                .wrap(Compress::default())
                .wrap(from_fn(secure))
                .wrap(from_fn(meet_odd_clients))
                .wrap(TracingLogger::<RequestSpan>::new())
                .wrap(from_fn(serve_kept))
                .wrap(from_fn(check_host))
        })
    }

    fn configure(&self, config: &mut ServiceConfig) {
        config
            .app_data(self.server.clone())
            .app_data(self.media.clone())
            .app_data(self.gateways.clone())
            .app_data(self.till.clone())
            .app_data(self.sandbox.clone())
            .app_data(self.carriers.clone())
            .app_data(self.partners.clone())
            .app_data(self.doctor.clone())
            .app_data(self.search.clone())
            .app_data(self.exchange.clone())
            .app_data(self.intake.clone())
            .app_data(self.headers.clone())
            .app_data(PathConfig::default().error_handler(|_, _| Error::NotFound.into()))
            .app_data(QueryConfig::default().error_handler(|_, _| Error::NotFound.into()));
        let mut table = vec![];
        open(Doors::new(&mut table)).declare(config);
        config.default_service(web::to(nothing_here));
    }
}

/// Every route of the shop with what it demands, in the order in which they are tried.
pub fn doors() -> Vec<Door> {
    let mut table = vec![];
    open(Doors::new(&mut table));
    table
}

fn open(mut doors: Doors<'_>) -> Doors<'_> {
    let rooms: [fn(&mut Doors); 36] = [
        health::routes,
        asset_routes,
        // What addresses begin with is compared one after the other: pages that most visitors ask for come before all others.
        storefront::routes,
        media::routes,
        jobs::routes,
        audit::routes,
        limits::routes,
        mail::routes,
        settings::routes,
        accounts::routes,
        content::routes,
        catalog::routes,
        inventory::routes,
        pricing::routes,
        promotions::routes,
        tax::routes,
        shipping::routes,
        credit::routes,
        downloads::routes,
        payments::routes,
        invoices::routes,
        cart::routes,
        orders::routes,
        checkout::routes,
        reminders::routes,
        sandbox::routes,
        backoffice::routes,
        reports::routes,
        doctor::routes,
        exchange::routes,
        search::routes,
        privacy::routes,
        reviews::routes,
        wishlists::routes,
        alerts::routes,
        newsletter::routes,
    ];
    rooms.into_iter().for_each(|routes| routes(&mut doors));
    doors
}

async fn nothing_here() -> Result<HttpResponse, Error> {
    Err(Error::NotFound)
}

/// Before anybody is told that there is nothing: perhaps it has moved.
async fn follow_redirects(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<EitherBody<impl MessageBody, BoxBody>>, ActixError> {
    let response = next.call(request).await?;
    let led = if response.status() == StatusCode::NOT_FOUND { moved_to(response.request()).await } else { None };
    Ok(match led {
        Some(to) => response.into_response(moved_permanently(&to)).map_into_right_body(),
        None => response.map_into_left_body(),
    })
}

/// Where a page of the shop is now, with the query that was asked. A failing database moves nobody.
async fn moved_to(request: &HttpRequest) -> Option<String> {
    let path = request.path();
    let is_page =
        !["/admin", "/api/", "/assets/", "/downloads/", "/media/", "/sandbox/", "/webhooks/"].iter().any(|door| path.starts_with(door));
    if request.method() != Method::GET || !is_page || path.len() > 1000 {
        return None;
    }
    let server = request.app_data::<web::Data<Server>>()?;
    let bare = if path.len() > 1 { path.trim_end_matches('/').to_owned() } else { return None };
    let read = decoded(&bare);
    let found = server.db.read(move |conn| match catalog::redirect_target(conn, &bare)? {
        None if read != bare => catalog::redirect_target(conn, &read),
        found => Ok(found),
    });
    let to = found.await.ok()??;
    let query = request.query_string();
    Some(if query.is_empty() || to.contains(['?', '#']) { to } else { format!("{to}?{query}") })
}

/// The path as people write it.
fn decoded(path: &str) -> String {
    let pair = format!("={}", path.replace('+', "%2B").replace('&', "%26"));
    url::form_urlencoded::parse(pair.as_bytes()).next().map(|(_, value)| value.into_owned()).unwrap_or_default()
}

/// The pretended provider's pages are there only while the shop takes its money: whoever pays there gets goods. Its API answers
/// the shop itself alone, by a key, and what was paid before is still given back by it.
async fn close_sandbox(
    request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<EitherBody<BoxBody, impl MessageBody>>, ActixError> {
    let gateways = request.app_data::<web::Data<Gateways>>().filter(|_| request.path().starts_with("/sandbox/pay")).cloned();
    if let Some(gateways) = gateways {
        gateways.refresh().await;
        if !gateways.is_active("sandbox") {
            return Ok(request.error_response(Error::NotFound).map_into_left_body());
        }
    }
    Ok(next.call(request).await?.map_into_right_body())
}

/// What clients may ask differently than our routes expect. HEAD is answered as GET; the body is left out on the wire. A client of HTTP/1.0 such as w3m gets no compressed answer:
/// its length is not known beforehand, and the chunks in which it would come are unknown to HTTP/1.0.
async fn meet_odd_clients(
    mut request: ServiceRequest,
    next: Next<impl MessageBody>,
) -> Result<ServiceResponse<impl MessageBody>, ActixError> {
    // PostgreSQL's texts hold no NUL, so nothing can be at such an address, and nothing be found that is asked for by one.
    if request.path().contains('\0') || request.uri().path_and_query().is_some_and(|address| address.as_str().contains("%00")) {
        return Err(Error::NotFound.into());
    }
    if request.method() == Method::HEAD {
        request.head_mut().method = Method::GET;
        request.extensions_mut().insert(HeadOnly);
    }
    if request.version() < Version::HTTP_11 {
        request.headers_mut().remove(ACCEPT_ENCODING);
    }
    next.call(request).await
}
