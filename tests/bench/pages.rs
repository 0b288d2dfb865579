//! Pages that are warm: the server on one processor, wrk on the other, in turns with a server that knows one answer of the same
//! size and does nothing else.

use std::{
    fmt,
    net::TcpListener,
    path::Path,
    process::{Child, Command},
    thread,
    time::Duration,
};

use actix_web::{
    App, HttpRequest, HttpResponse, HttpServer,
    cookie::Cookie,
    test,
    web::{self, Bytes},
};
use anyhow::{Context, Result, ensure};
use diesel::{Connection, PgConnection, QueryableByName, RunQueryDsl, sql_query, sql_types::BigInt};
use ironmonger::{
    base::{AccountId, CartId, Db, migrate},
    web::{Session, Sessions, session_layer},
};
use serde_json::{Value, json};

use crate::{Options, harness::Shopper, processor, seed, site::Site};

/// Connections that wrk keeps open.
const CONNECTIONS: &str = "32";

/// One kind of page for one kind of visitor. Rates are answers a second.
struct Row {
    page: &'static str,
    visitor: &'static str,
    bytes: usize,
    shop: f64,
    fixed: f64,
    /// Statements that PostgreSQL was asked for meanwhile, for a thousand pages.
    queries: f64,
}

pub struct Report {
    rows: Vec<Row>,
    seconds: u64,
    rounds: usize,
    resident_mb: f64,
}

pub fn measure(options: &Options) -> Result<Report> {
    let mut site = Site::lay(options.keep.as_deref())?;
    migrate(&site.database_url)?;
    let mut conn = PgConnection::establish(&site.database_url)?;
    seed::goods(&Db::new(&site.database_url, 2)?, &mut conn)?;
    let server = site.serve_on_one(options.program.as_deref())?;
    let cookie = signed_in(&site, &mut conn)?;
    let pages = [("home", "/"), ("category", "/categories/hammers"), ("product", "/products/article-7")];
    let mut rows = vec![];
    for (page, path) in pages {
        for (visitor, cookie) in [("a guest", None), ("signed in, with a cart", Some(cookie.as_str()))] {
            rows.push(row(&site, &mut conn, options, (page, path), (visitor, cookie))?);
        }
    }
    Ok(Report { rows, seconds: options.seconds, rounds: options.rounds, resident_mb: processor::resident(server) })
}

fn row(
    site: &Site,
    conn: &mut PgConnection,
    options: &Options,
    (page, path): (&'static str, &str),
    (visitor, cookie): (&'static str, Option<&str>),
) -> Result<Row> {
    let url = format!("{}{path}", site.url());
    let bytes = look(&url, cookie)?;
    let fixed = Fixed::begin(bytes)?;
    let (mut shop, mut plain, mut queries) = (vec![], vec![], 0.0);
    for _ in 0..options.rounds {
        let before = asked(conn)?;
        let rate = wrk(&url, cookie, options.seconds)?;
        queries += (asked(conn)? - before) as f64 / (rate * options.seconds as f64) * 1000.0;
        shop.push(rate);
        plain.push(wrk(&fixed.url, cookie, options.seconds)?);
    }
    let row = Row { page, visitor, bytes, shop: middle(shop), fixed: middle(plain), queries: queries / options.rounds as f64 };
    eprintln!("{page} for {visitor}: {:.0} of {:.0} a second", row.shop, row.fixed);
    Ok(row)
}

fn middle(mut rates: Vec<f64>) -> f64 {
    rates.sort_by(f64::total_cmp);
    rates.get(rates.len() / 2).copied().unwrap_or_default()
}

/// Opens the page until it is warm, and tells its size.
fn look(url: &str, cookie: Option<&str>) -> Result<usize> {
    let client = reqwest::blocking::Client::builder().no_proxy().build()?;
    let mut bytes = 0;
    for _ in 0..3 {
        let answer = client.get(url).header("cookie", cookie.unwrap_or_default()).header("accept", "text/html").send()?;
        ensure!(answer.status() == 200, "{url} answers {}", answer.status());
        bytes = answer.bytes()?.len();
    }
    Ok(bytes)
}

/// Answers a second.
fn wrk(url: &str, cookie: Option<&str>, seconds: u64) -> Result<f64> {
    let mut wrk = Command::new("taskset");
    wrk.args(["-c", "1", "wrk", "-t1", "-c", CONNECTIONS, &format!("-d{seconds}s"), "-H", "Accept: text/html"]);
    if let Some(cookie) = cookie {
        wrk.args(["-H", &format!("Cookie: {cookie}")]);
    }
    let said = wrk.arg(url).output().context("wrk can't be begun")?;
    let text = String::from_utf8_lossy(&said.stdout).into_owned();
    ensure!(!text.contains("Non-2xx"), "{url} refuses some: {text}");
    let rate = text.lines().find_map(|line| line.trim().strip_prefix("Requests/sec:")).context("wrk tells no rate")?;
    Ok(rate.trim().parse()?)
}

/// Transactions so far, which is statements where each stands alone.
fn asked(conn: &mut PgConnection) -> Result<i64> {
    #[derive(QueryableByName)]
    struct Count {
        #[diesel(sql_type = BigInt)]
        count: i64,
    }
    let count = "SELECT xact_commit + xact_rollback AS count FROM pg_stat_database WHERE datname = current_database()";
    Ok(sql_query(count).get_result::<Count>(conn)?.count)
}

/// The cookie of somebody with an account and three things in the cart.
fn signed_in(site: &Site, conn: &mut PgConnection) -> Result<String> {
    #[derive(QueryableByName)]
    struct Known {
        #[diesel(sql_type = BigInt)]
        id: i64,
    }
    let mut annie = Shopper::new(crate::harness::Browser::new(&site.url()));
    annie.signs_up();
    let account = sql_query("SELECT id FROM accounts ORDER BY id DESC LIMIT 1").get_result::<Known>(conn)?.id;
    let cart = uuid::Uuid::now_v7();
    let open = move |request: HttpRequest| async move {
        let session = Session::of(&request);
        session.sign_in(AccountId(account), 0)?;
        session.set_cart(Some(CartId(cart)))?;
        session.note_count(3)?;
        Ok::<_, ironmonger::base::Error>(HttpResponse::Ok().finish())
    };
    let generation = sql_query("SELECT generation::bigint AS id FROM accounts ORDER BY id DESC LIMIT 1").get_result::<Known>(conn)?.id;
    ensure!(generation == 0, "a new account has its first generation");
    actix_web::rt::System::new().block_on(async {
        let layer = session_layer(&Sessions::new(&site.keys, false));
        let sessions = test::init_service(App::new().wrap(layer).route("/", web::get().to(open))).await;
        let opened = test::call_service(&sessions, test::TestRequest::get().uri("/").to_request()).await;
        let cookie: Cookie<'static> = opened.response().cookies().next().context("no session was opened")?.into_owned();
        Ok(format!("session={}", cookie.value()))
    })
}

/// A server of its own on the processor on which the shop's runs.
struct Fixed {
    child: Child,
    url: String,
}

impl Fixed {
    fn begin(bytes: usize) -> Result<Self> {
        let address = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
        let mut command = Command::new("taskset");
        command.args(["-c", "0"]).arg(std::env::current_exe()?);
        command.args(["fixed", "--listen", &address.to_string(), "--bytes", &bytes.to_string()]);
        let fixed = Self { child: command.spawn().context("taskset can't be begun")?, url: format!("http://{address}/") };
        for _ in 0..100 {
            if std::net::TcpStream::connect(address).is_ok() {
                return Ok(fixed);
            }
            thread::sleep(Duration::from_millis(50));
        }
        anyhow::bail!("the server with the fixed answer does not open")
    }
}

impl Drop for Fixed {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
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

impl Site {
    /// One thread, on the first processor.
    fn serve_on_one(&mut self, program: Option<&Path>) -> Result<u32> {
        let id = self.serve(program)?;
        let pinned = Command::new("taskset").args(["-a", "-p", "-c", "0", &id.to_string()]).output()?;
        ensure!(pinned.status.success(), "the server can't be kept on one processor");
        Ok(id)
    }
}

impl Report {
    pub fn json(&self) -> Value {
        let of = |row: &Row| {
            json!({
                "page": row.page, "visitor": row.visitor, "bytes": row.bytes, "shop_per_second": row.shop, "fixed_per_second": row.fixed,
                "ratio": row.shop / row.fixed, "queries_per_thousand": row.queries,
            })
        };
        let rows: Vec<_> = self.rows.iter().map(of).collect();
        json!({ "bench": "pages", "seconds": self.seconds, "rounds": self.rounds, "resident_mb": self.resident_mb, "rows": rows })
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "Warm pages a second on one processor, wrk on the other, median of {} rounds of {} s.\n", self.rounds, self.seconds)?;
        writeln!(f, "{:<10} {:<24} {:>8} {:>10} {:>10} {:>7} {:>14}", "", "", "bytes", "the shop", "fixed", "ratio", "queries/1,000")?;
        for Row { page, visitor, bytes, shop, fixed, queries } in &self.rows {
            writeln!(f, "{page:<10} {visitor:<24} {bytes:>8} {shop:>10.0} {fixed:>10.0} {:>7.2} {queries:>14.3}", shop / fixed)?;
        }
        writeln!(f, "\nThe server's memory afterwards: {:.0} MB resident.", self.resident_mb)
    }
}
