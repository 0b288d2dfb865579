//! From a socket to requests. This is what actix's own `HttpServer` does, but for one thing that it has no door for: each connection
//! is made [`Patient`], below HTTP and above TLS, so that nobody holds it for nothing.

use std::{
    fmt::Debug,
    io,
    net::{SocketAddr, TcpListener},
    time::Duration,
};

use actix_http::{HttpService, Protocol, Request, Response, error::DispatchError};
use actix_server::{GracefulShutdownSignal, Server, ServerBuilder};
use actix_service::{IntoServiceFactory, Service, ServiceFactory, ServiceFactoryExt, fn_service, map_config};
use actix_tls::accept::{
    TlsError,
    rustls_0_23::{Acceptor, TlsStream},
};
use actix_web::{Error, body::MessageBody, dev::AppConfig, rt::net::TcpStream};
use rustls::ServerConfig;
use tokio::io::{AsyncRead, AsyncWrite};

use super::tls::{Sockets, Tls};
use crate::web::Patient;

/// A request's head must have arrived within this time; whoever is slower holds nothing up.
const HEAD_TIME: Duration = Duration::from_secs(10);

/// A client that was told goodbye and does not go is left standing after this.
const GOODBYE_TIME: Duration = Duration::from_secs(5);

/// A connection on which nothing is asked is closed after this. Proxies keep theirs for longer, and open a new one.
const QUIET_TIME: Duration = Duration::from_secs(30);

/// Connections of one thread. More wait until one is closed.
const MOST_CONNECTIONS: usize = 10_000;

/// Bytes that are gathered before a connection is written to: most pages, which are sent in pieces, go out at once.
const AT_ONCE: usize = 128 * 1024;

/// Seconds that running requests get to finish when the server stops.
const SHUTDOWN_SECONDS: u64 = 10;

/// Serves an app at open doors until the server's handle is told to stop.
///
/// # Errors
/// A socket can't be used.
pub fn listen<F, I, S, B>(doors: Sockets, threads: usize, app: F) -> io::Result<Server>
where
    F: Fn() -> I + Send + Clone + 'static,
    I: IntoServiceFactory<S, Request> + 'static,
    S: ServiceFactory<Request, Config = AppConfig> + 'static,
    S::Error: Into<Error> + 'static,
    S::InitError: Debug,
    S::Response: Into<Response<B>> + 'static,
    <S::Service as Service<Request>>::Future: 'static,
    S::Service: 'static,
    B: MessageBody + 'static,
{
    let server = Server::build().workers(threads).shutdown_timeout(SHUTDOWN_SECONDS).disable_signals();
    let server = server.max_concurrent_connections(MOST_CONNECTIONS);
    let stopping = server.graceful_shutdown_signal();
    let server = match doors.tls {
        Some(Tls { config, inside }) => {
            let (encrypted, ending) = (app.clone(), stopping.clone());
            let server = server.listen("public", doors.public, move || {
                with_tls(config.clone(), http::<TlsStream<TcpStream>, I, S, B>(encrypted(), ending.clone()))
            })?;
            plainly(server, inside, app, stopping)?
        }
        None => plainly(server, doors.public, app, stopping)?,
    };
    Ok(server.run())
}

fn plainly<F, I, S, B>(server: ServerBuilder, door: TcpListener, app: F, stopping: GracefulShutdownSignal) -> io::Result<ServerBuilder>
where
    F: Fn() -> I + Send + Clone + 'static,
    I: IntoServiceFactory<S, Request> + 'static,
    S: ServiceFactory<Request, Config = AppConfig> + 'static,
    S::Error: Into<Error> + 'static,
    S::InitError: Debug,
    S::Response: Into<Response<B>> + 'static,
    <S::Service as Service<Request>>::Future: 'static,
    S::Service: 'static,
    B: MessageBody + 'static,
{
    server.listen("plain", door, move || without_tls(http::<TcpStream, I, S, B>(app(), stopping.clone())))
}

/// A connection as it is handed to HTTP.
type Line<T> = (Patient<T>, Protocol, Option<SocketAddr>);

/// HTTP over whatever is read and written.
fn http<T, I, S, B>(
    app: I,
    stopping: GracefulShutdownSignal,
) -> impl ServiceFactory<Line<T>, Config = (), Response = (), Error = DispatchError, InitError = ()>
where
    T: AsyncRead + AsyncWrite + Unpin + 'static,
    I: IntoServiceFactory<S, Request> + 'static,
    S: ServiceFactory<Request, Config = AppConfig> + 'static,
    S::Error: Into<Error> + 'static,
    S::InitError: Debug,
    S::Response: Into<Response<B>> + 'static,
    <S::Service as Service<Request>>::Future: 'static,
    S::Service: 'static,
    B: MessageBody + 'static,
{
    let app = app.into_factory().map_err(|error| error.into().error_response());
    HttpService::build()
        .graceful_shutdown_signal(move || {
            let stopping = stopping.clone();
            async move { stopping.notified().await }
        })
        .keep_alive(QUIET_TIME)
        .h1_write_buffer_size(AT_ONCE)
        .client_request_timeout(HEAD_TIME)
        .client_disconnect_timeout(GOODBYE_TIME)
        .finish(map_config(app, |()| AppConfig::default()))
}

fn without_tls<H>(http: H) -> impl ServiceFactory<TcpStream, Config = (), Response = (), Error = DispatchError, InitError = ()>
where
    H: ServiceFactory<Line<TcpStream>, Config = (), Response = (), Error = DispatchError, InitError = ()> + 'static,
{
    fn_service(|socket: TcpStream| async move {
        let peer = socket.peer_addr().ok();
        Ok((Patient::new(socket), Protocol::Http1, peer))
    })
    .and_then(http)
}

/// HTTP/2 where the browser speaks it.
fn with_tls<H>(
    config: ServerConfig,
    http: H,
) -> impl ServiceFactory<TcpStream, Config = (), Response = (), Error = TlsError<io::Error, DispatchError>, InitError = ()>
where
    H: ServiceFactory<Line<TlsStream<TcpStream>>, Config = (), Response = (), Error = DispatchError, InitError = ()> + 'static,
{
    Acceptor::new(config)
        .map_err(TlsError::into_service_error)
        .and_then(|stream: TlsStream<TcpStream>| async move {
            let (socket, tls) = stream.get_ref();
            let spoken = if tls.alpn_protocol() == Some(&b"h2"[..]) { Protocol::Http2 } else { Protocol::Http1 };
            let peer = socket.peer_addr().ok();
            Ok((Patient::new(stream), spoken, peer))
        })
        .and_then(http.map_err(TlsError::Service))
}
