//! The last press of the button, for each of thousands of shoppers, as bytes that are ready to be sent.

use actix_web::{App, HttpRequest, HttpResponse, cookie::Cookie, test, web};
use anyhow::{Context, Result};
use ironmonger::{
    base::{CartId, Keys},
    web::{Session, Sessions, session_layer},
};

use crate::seed::{self, Answers};

async fn open_session(request: HttpRequest, cart: web::Path<CartId>) -> ironmonger::base::Result<HttpResponse> {
    let session = Session::of(&request);
    session.set_cart(Some(cart.into_inner()))?;
    Ok(HttpResponse::Ok().body(session.secret()?))
}

/// One request for each number: with the shopper's own session and the seal that the page of payment would carry.
pub fn requests(keys: &Keys, host: &str, answers: &Answers, numbers: std::ops::Range<i64>) -> Result<Vec<Vec<u8>>> {
    actix_web::rt::System::new().block_on(async {
        let sessions =
            test::init_service(App::new().wrap(session_layer(&Sessions::new(keys, false))).route("/{cart}", web::get().to(open_session)))
                .await;
        let mut requests = vec![];
        for number in numbers {
            let cart = seed::cart_id(number);
            let opened = test::call_service(&sessions, test::TestRequest::get().uri(&format!("/{cart}")).to_request()).await;
            let cookie: Cookie<'static> = opened.response().cookies().next().context("no session was opened")?.into_owned();
            let secret = String::from_utf8(test::read_body(opened).await.to_vec())?;
            requests.push(request(keys, host, answers, &cart, &secret, cookie.value()));
        }
        Ok(requests)
    })
}

fn request(keys: &Keys, host: &str, answers: &Answers, cart: &str, secret: &str, session: &str) -> Vec<u8> {
    let (token, seal) =
        (keys.sign("form token", secret.as_bytes()), keys.sign("cart to be ordered", format!("{secret}:{cart}").as_bytes()));
    let Answers { total, due, .. } = answers;
    let body = format!("csrf={token}&cart={cart}&seal={seal}&total={total}&due={due}&gateway=manual");
    let head = format!(
        "POST /checkout/payment HTTP/1.1\r\nHost: {host}\r\nOrigin: http://{host}\r\nSec-Fetch-Site: same-origin\r\nAccept: text/html\r\n\
         Accept-Encoding: gzip, deflate, br\r\nCookie: session={session}\r\nContent-Type: application/x-www-form-urlencoded\r\n\
         Content-Length: {}\r\n\r\n",
        body.len()
    );
    [head, body].concat().into_bytes()
}
