//! Pages that are kept in memory, in turns with a server that knows one answer of the same size and does nothing else.

use actix_web::{
    App, HttpRequest, HttpResponse, HttpServer,
    cookie::Cookie,
    test,
    web::{self, Bytes},
};
use anyhow::{Context, Result, ensure};
use diesel::{
    PgConnection, QueryableByName, RunQueryDsl,
    connection::SimpleConnection,
    sql_query,
    sql_types::{BigInt, Integer},
};
use ironmonger::{
    base::{AccountId, CartId, SignInId},
    web::{Session, Sessions, SignIn, session_layer},
};

use super::{
    report::{Aim, Figure},
    wrk::{self, Ask, Other, middle},
};
use crate::{
    Options,
    harness::{Browser, Shopper, account_of},
    seed,
    site::Site,
};

/// Of home, category and product, for a guest and for somebody with an account and a cart.
pub fn figures(site: &Site, conn: &mut PgConnection, options: &Options, pages: &[(&str, String)]) -> Result<Vec<Figure>> {
    let cookie = signed_in(site, conn)?;
    let mut figures = vec![];
    for (page, path) in pages {
        for (visitor, cookie) in [("a guest", None), ("signed in, with a cart", Some(cookie.as_str()))] {
            let what = format!("warm {page}, {visitor}");
            figures.push(figure(site, conn, options, what, path, cookie)?.told());
        }
    }
    Ok(figures)
}

fn figure(site: &Site, conn: &mut PgConnection, options: &Options, what: String, path: &str, cookie: Option<&str>) -> Result<Figure> {
    let url = format!("{}{path}", site.url());
    let bytes = look(&url, cookie)?;
    let fixed = Other::begin(&["fixed", "--bytes", &bytes.to_string()])?;
    let (mut shop, mut plain, mut queries) = (vec![], vec![], 0.0);
    for _ in 0..options.rounds {
        let before = seed::count(conn, ASKED)?;
        let rate = wrk::rate(&Ask::Same(&url, cookie), options.seconds)?;
        queries += (seed::count(conn, ASKED)? - before) as f64 / (rate * options.seconds as f64) * 1000.0;
        shop.push(rate);
        plain.push(wrk::rate(&Ask::Same(&fixed.url, cookie), options.seconds)?);
    }
    let queries = queries / options.rounds as f64;
    let note = format!("{bytes} bytes; {queries:.3} queries for 1,000");
    Ok(Figure { what, unit: "/s", shop: middle(shop), beside: middle(plain), aim: Aim::AtLeast(0.8), note })
}

/// Transactions so far, which is statements where each stands alone.
const ASKED: &str = "SELECT xact_commit + xact_rollback FROM pg_stat_database WHERE datname = current_database()";

/// Opens the page until it is warm, and tells its size.
fn look(url: &str, cookie: Option<&str>) -> Result<usize> {
    let client = super::guest()?;
    let mut bytes = 0;
    for _ in 0..3 {
        let answer = client.get(url).header("cookie", cookie.unwrap_or_default()).header("accept", "text/html").send()?;
        ensure!(answer.status() == 200, "{url} answers {}", answer.status());
        bytes = answer.bytes()?.len();
    }
    Ok(bytes)
}

/// The cookie of somebody with an account and three things in the cart.
fn signed_in(site: &Site, conn: &mut PgConnection) -> Result<String> {
    #[derive(QueryableByName)]
    struct Known {
        #[diesel(sql_type = diesel::sql_types::Uuid)]
        id: uuid::Uuid,
        #[diesel(sql_type = BigInt)]
        account: i64,
        #[diesel(sql_type = Integer)]
        generation: i32,
    }
    let mut annie = Shopper::new(Browser::new(&site.url()));
    conn.batch_execute(&account_of(&annie.email))?;
    annie.signs_in();
    let newest =
        "SELECT s.id, a.id AS account, generation FROM sign_ins s JOIN accounts a ON a.id = account_id ORDER BY started_at DESC LIMIT 1";
    let Known { id, account, generation } = sql_query(newest).get_result(conn)?;
    let sign_in = SignIn { id: SignInId(id), account: AccountId(account), generation };
    let cart = uuid::Uuid::now_v7();
    let open = move |request: HttpRequest| {
        let sign_in = sign_in.clone();
        async move {
            let session = Session::of(&request);
            session.sign_in(sign_in)?;
            session.set_cart(Some(CartId(cart)))?;
            session.note_count(3)?;
            Ok::<_, ironmonger::base::Error>(HttpResponse::Ok().finish())
        }
    };
    actix_web::rt::System::new().block_on(async {
        let layer = session_layer(&Sessions::new(&site.keys, false));
        let sessions = test::init_service(App::new().wrap(layer).route("/", web::get().to(open))).await;
        let opened = test::call_service(&sessions, test::TestRequest::get().uri("/").to_request()).await;
        let cookie: Cookie<'static> = opened.response().cookies().next().context("no session was opened")?.into_owned();
        Ok(format!("session={}", cookie.value()))
    })
}

pub fn serve_fixed(listen: &str, bytes: usize) -> Result<()> {
    let body = Bytes::from(vec![b'x'; bytes]);
    let serve = move || {
        let body = body.clone();
        let answer = move || {
            let body = body.clone();
            async move { HttpResponse::Ok().content_type("text/html; charset=utf-8").body(body) }
        };
        App::new().route("/", web::get().to(answer))
    };
    Ok(actix_web::rt::System::new().block_on(HttpServer::new(serve).workers(1).bind(listen)?.run())?)
}
