//! Pages that nobody asked for before.

use std::{fs, path::PathBuf, time::Instant};

use actix_web::{App, HttpResponse, HttpServer, error::ErrorInternalServerError, web};
use anyhow::{Result, ensure};
use diesel::{
    PgConnection, QueryableByName, RunQueryDsl,
    prelude::*,
    r2d2::{ConnectionManager, Pool},
    sql_query,
    sql_types::Text,
};
use ironmonger::schema::{product_images, products, stock, variants};

use super::{
    report::{Aim, Figure},
    wrk::{self, Ask, Other, middle},
};
use crate::{Options, site::Site};

/// How many products a round asks for; more than can be served in its time.
const PATHS: i64 = 40_000;

/// Product pages, each asked for once, in turns with a handler that does no more than three queries: the product, its variants
/// with their stock, its pictures.
pub fn products(site: &Site, conn: &mut PgConnection, options: &Options) -> Result<Figure> {
    let bare = Other::begin(&["bare", "--database", &site.database_url, "--bytes", "20000"])?;
    let (mut shop, mut plain) = (vec![], vec![]);
    for round in 0..options.rounds {
        let paths = paths(site, conn, round)?;
        shop.push(wrk::rate(&Ask::Each(&site.url(), &paths), options.seconds)?);
        plain.push(wrk::rate(&Ask::Each(&bare.url, &paths), options.seconds)?);
    }
    let what = "cold product page".to_owned();
    Ok(Figure { what, unit: "/s", shop: middle(shop), beside: middle(plain), aim: Aim::AtLeast(0.8), note: "three bare queries".into() })
}

#[derive(QueryableByName)]
struct Slug {
    #[diesel(sql_type = Text)]
    slug: String,
}

/// Addresses that no other round has.
fn paths(site: &Site, conn: &mut PgConnection, round: usize) -> Result<PathBuf> {
    let one_in_eight = format!("SELECT slug FROM products WHERE id % 8 = {} AND status = 'active' LIMIT {PATHS}", round % 8);
    let slugs: Vec<Slug> = sql_query(one_in_eight).load(conn)?;
    ensure!(!slugs.is_empty(), "there are no products");
    let file = site.folder.join(format!("paths-{round}.txt"));
    fs::write(&file, slugs.iter().map(|slug| format!("/products/{}\n", slug.slug)).collect::<String>())?;
    Ok(file)
}

/// Milliseconds that pages of all departments and sections take which were not asked for before, the middle one.
pub fn categories(site: &Site, conn: &mut PgConnection) -> Result<f64> {
    let most = "SELECT slug FROM categories WHERE cardinality(path) <= 2 ORDER BY id LIMIT 84";
    let slugs: Vec<Slug> = sql_query(most).load(conn)?;
    let client = super::guest()?;
    let mut times = vec![];
    for sort in ["", "?sort=cheapest", "?sort=title"] {
        for Slug { slug } in &slugs {
            let began = Instant::now();
            let answer = client.get(format!("{}/categories/{slug}{sort}", site.url())).header("accept", "text/html").send()?;
            ensure!(answer.status() == 200, "{slug} answers {}", answer.status());
            answer.bytes()?;
            times.push(began.elapsed().as_secs_f64() * 1000.0);
        }
    }
    Ok(middle(times))
}

type Connections = Pool<ConnectionManager<PgConnection>>;

fn three_queries(pool: &Connections, of: &str) -> Result<()> {
    let mut conn = pool.get()?;
    let (id, _title, _description): (i64, String, String) =
        products::table.filter(products::slug.eq(of)).select((products::id, products::title, products::description)).first(&mut conn)?;
    let _variants: Vec<(i64, String, i64, Option<i32>)> = variants::table
        .left_join(stock::table)
        .filter(variants::product_id.eq(id))
        .order(variants::position)
        .select((variants::id, variants::sku, variants::price, stock::on_hand.nullable()))
        .load(&mut conn)?;
    let _pictures: Vec<(uuid::Uuid, String)> = product_images::table
        .filter(product_images::product_id.eq(id))
        .order(product_images::position)
        .select((product_images::media_id, product_images::alt))
        .load(&mut conn)?;
    Ok(())
}

pub fn serve_bare(listen: &str, database: &str, bytes: usize) -> Result<()> {
    let pool: Connections = Pool::builder().max_size(8).test_on_check_out(false).build(ConnectionManager::new(database))?;
    let body = web::Bytes::from(vec![b'x'; bytes]);
    let serve = move || {
        let (pool, body) = (pool.clone(), body.clone());
        let answer = move |slug: web::Path<String>| {
            let (pool, body) = (pool.clone(), body.clone());
            async move {
                web::block(move || three_queries(&pool, &slug)).await?.map_err(ErrorInternalServerError)?;
                Ok::<_, actix_web::Error>(HttpResponse::Ok().content_type("text/html; charset=utf-8").body(body))
            }
        };
        App::new().route("/products/{slug}", web::get().to(answer))
    };
    Ok(actix_web::rt::System::new().block_on(HttpServer::new(serve).workers(1).bind(listen)?.run())?)
}
