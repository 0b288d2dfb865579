//! Small servers that behave as providers' public documentation says, so that the shop is tried against strangers.

pub mod identity;
pub mod paypal;
pub mod stripe;

use std::{
    collections::HashMap,
    net::TcpListener,
    sync::{Arc, mpsc},
    thread,
};

use actix_web::{
    App, HttpRequest, HttpResponse, HttpServer,
    dev::ServerHandle,
    http::{StatusCode, header::LOCATION},
    web,
};
pub use identity::IdentityProvider;
pub use paypal::PayPal;
use serde_json::Value;
pub use stripe::Stripe;

/// A request as a stand-in looks at it.
pub struct Asked {
    pub method: String,
    pub path: Vec<String>,
    pub query: HashMap<String, String>,
    pub headers: HashMap<String, String>,
    pub body: String,
}

impl Asked {
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", String::as_str)
    }

    pub fn form(&self) -> HashMap<String, String> {
        serde_urlencoded::from_str(&self.body).unwrap_or_default()
    }
}

/// What it answers.
pub enum Reply {
    Json(u16, Value),
    Html(String),
    SeeOther(String),
    Empty(u16),
}

impl Reply {
    fn respond(self) -> HttpResponse {
        match self {
            Self::Json(status, body) => HttpResponse::build(StatusCode::from_u16(status).unwrap()).json(body),
            Self::Html(body) => HttpResponse::Ok().content_type("text/html; charset=utf-8").body(body),
            Self::SeeOther(url) => HttpResponse::SeeOther().insert_header((LOCATION, url)).finish(),
            Self::Empty(status) => HttpResponse::build(StatusCode::from_u16(status).unwrap()).finish(),
        }
    }
}

/// Answers given before, by their idempotency keys: the same again for the same request.
#[derive(Default)]
pub struct Remembered(HashMap<String, (String, u16, Value)>);

impl Remembered {
    /// `Some(Err)`: the key came with another request.
    pub fn find(&self, key: &str, asked: &Asked) -> Option<Result<Reply, ()>> {
        let (request, status, answer) = self.0.get(key)?;
        Some(if *request == signature(asked) { Ok(Reply::Json(*status, answer.clone())) } else { Err(()) })
    }

    pub fn keep(&mut self, key: &str, asked: &Asked, reply: &Reply) {
        if let Reply::Json(status, answer) = reply {
            self.0.insert(key.to_owned(), (signature(asked), *status, answer.clone()));
        }
    }
}

fn signature(asked: &Asked) -> String {
    format!("{}?{}", asked.path.join("/"), asked.body)
}

/// A running stand-in; it ends with the test.
pub struct Running {
    pub url: String,
    handle: ServerHandle,
}

pub fn serve(answer: impl Fn(Asked) -> Reply + Send + Sync + 'static) -> Running {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (send, receive) = mpsc::channel();
    let answer: Arc<dyn Fn(Asked) -> Reply + Send + Sync> = Arc::new(answer);
    thread::spawn(move || {
        actix_web::rt::System::new().block_on(async {
            let server = HttpServer::new(move || {
                let answer = answer.clone();
                App::new().default_service(web::to(move |request: HttpRequest, body: web::Bytes| {
                    let reply = answer(read(&request, &body));
                    async move { reply.respond() }
                }))
            });
            let server = server.workers(1).disable_signals().listen(listener).unwrap().run();
            send.send(server.handle()).unwrap();
            server.await.unwrap();
        });
    });
    Running { url, handle: receive.recv().unwrap() }
}

impl Drop for Running {
    fn drop(&mut self) {
        // The server's own thread sees to it; nobody waits.
        drop(self.handle.stop(false));
    }
}

fn read(request: &HttpRequest, body: &[u8]) -> Asked {
    let headers = request.headers().iter().map(|(name, value)| (name.to_string(), value.to_str().unwrap_or_default().to_owned()));
    Asked {
        method: request.method().to_string(),
        path: request.path().trim_matches('/').split('/').map(str::to_owned).collect(),
        query: serde_urlencoded::from_str(request.query_string()).unwrap_or_default(),
        headers: headers.collect(),
        body: String::from_utf8_lossy(body).into_owned(),
    }
}

/// The page on which a shopper pays or does not.
pub fn page_to_pay(action: &str) -> Reply {
    Reply::Html(format!(
        "<!doctype html><title>Pay</title><body><form method=post action=\"{action}\"><button name=answer value=pay>Pay</button></form>\
         <form method=post action=\"{action}\"><button name=answer value=decline>Decline</button></form></body>"
    ))
}
