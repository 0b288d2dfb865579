//! What a page, a search, an import and a change cost, in a small catalogue and in a large one: the server on one processor,
//! whoever asks on the other.

mod cold;
mod report;
mod search;
mod two_servers;
mod warm;
mod wrk;

use std::{
    path::Path,
    thread,
    time::{Duration, Instant},
};

use anyhow::{Result, ensure};
use diesel::{Connection, PgConnection, connection::SimpleConnection};
use ironmonger::{
    app,
    base::{Db, migrate},
    exchange::{self, ImportOptions, Subject},
    jobs::Job,
    media::MediaStore,
    orders::CountTogether,
};

use crate::{Options, catalogue::Generator, processor, seed, site::Site};
use report::{Aim, Figure, Report};

pub use cold::serve_bare;
pub use warm::serve_fixed;

/// Of the catalogues, so that every run has the same.
const SEED: u64 = 1_851;

/// Products of the catalogue that the large one is compared with.
const SMALL: u32 = 1_000;

/// Orders that were placed before, one for ten products: enough to count what is bought together.
const MOST_ORDERS: u32 = 20_000;

/// `again`: where a former run kept the large catalogue.
pub fn measure(options: &Options, products: u32, again: Option<&Path>) -> Result<Report> {
    let (mut figures, small) = small(options)?;
    figures.extend(large(options, products, again, small)?);
    Ok(Report { figures, seconds: options.seconds, rounds: options.rounds, products })
}

/// What kept pages cost, and the time of a category's page.
fn small(options: &Options) -> Result<(Vec<Figure>, f64)> {
    let mut site = Site::lay(None)?;
    stock(&site, SMALL)?;
    site.serve_on_one(options.program.as_deref())?;
    await_index(&site)?;
    let mut conn = PgConnection::establish(&site.database_url)?;
    let category = cold::categories(&site, &mut conn)?;
    let product = seed::text(&mut conn, "SELECT slug FROM products WHERE status = 'active' ORDER BY id LIMIT 1")?;
    let pages =
        [("home page", "/".to_owned()), ("category", "/categories/hand-tools".to_owned()), ("product", format!("/products/{product}"))];
    Ok((warm::figures(&site, &mut conn, options, &pages)?, category))
}

fn large(options: &Options, products: u32, again: Option<&Path>, small: f64) -> Result<Vec<Figure>> {
    let (mut site, mut figures) = match again {
        Some(kept) => (Site::again(kept)?, vec![]),
        None => {
            let site = Site::lay(options.keep.as_deref())?;
            let brought = stock(&site, products)?;
            (site, vec![brought])
        }
    };
    migrate(&site.database_url)?;
    let mut conn = PgConnection::establish(&site.database_url)?;
    conn.batch_execute("VACUUM ANALYZE")?;
    let built = Instant::now();
    site.serve(options.program.as_deref())?;
    await_index(&site)?;
    let built = built.elapsed().as_secs_f64();
    site.stop_serving()?;

    let began = Instant::now();
    let server = site.serve_on_one(options.program.as_deref())?;
    await_index(&site)?;
    let start = Figure::within("start, until the index answers", "s", began.elapsed().as_secs_f64(), 3.0);
    figures.push(start.noted(format!("built from nothing: {built:.0} s")).told());

    let category = cold::categories(&site, &mut conn)?;
    let what = format!("cold category page, {products} products beside {SMALL}");
    figures.push(Figure { what, unit: "ms", shop: category, beside: small, aim: Aim::AtMost(2.0), note: String::new() }.told());
    figures.extend(search::figures(&site, &mut conn, options)?);
    figures.push(cold::products(&site, &mut conn, options)?.told());
    let other = site.serve_elsewhere(options.program.as_deref())?;
    figures.extend(two_servers::figures(&site, &other, &mut conn, options)?);
    figures.push(Figure::within("memory of the server after all this", "MB", processor::resident(server), 100.0).told());
    Ok(figures)
}

/// Opens a shop and brings in a catalogue of so many products.
fn stock(site: &Site, products: u32) -> Result<Figure> {
    migrate(&site.database_url)?;
    let db = Db::new(&site.database_url, 2)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?;
    runtime.block_on(app::open_shop(&db, true))?;
    let file = site.folder.join("catalogue.csv");
    let mut generator = Generator::new(SEED)?;
    let rows = generator.write(&file, products)?;
    let media = MediaStore::open(None, site.folder.join("media"))?;
    let (began, before) = (Instant::now(), processor::of(std::process::id()));
    let mut told = 0;
    let mut progress = |report: &exchange::Report| {
        if report.rows / 100_000 > told {
            told = report.rows / 100_000;
            eprintln!("{} rows are in after {:.0} s", report.rows, began.elapsed().as_secs_f64());
        }
    };
    let report = runtime.block_on(exchange::import_products(&db, &media, &file, &ImportOptions::default(), &mut progress))?;
    ensure!(report.products_refused == 0 && report.rows == rows, "the importer refuses some of the catalogue: {report:?}");
    let (seconds, processor) = (began.elapsed().as_secs_f64(), processor::of(std::process::id()) - before);
    let (file, orders) = (site.folder.join("orders.csv"), (products / 10).min(MOST_ORDERS));
    generator.write_orders(&file, orders)?;
    let report = runtime.block_on(exchange::import_table(&db, Subject::Orders, &file, false))?;
    ensure!(report.others_created == u64::from(orders), "the importer refuses some of the orders: {report}");
    runtime.block_on(CountTogether {}.run(db.clone()))?;
    let note = format!("{rows} rows in {seconds:.0} s; {processor:.0} s of the program's own processor");
    Ok(Figure::reach("import of new products, rows a second", "/s", rows as f64 / seconds, 5000.0).noted(note).told())
}

/// A guest who asks for one page after the other.
fn guest() -> Result<reqwest::blocking::Client> {
    rustls::crypto::ring::default_provider().install_default().ok();
    Ok(reqwest::blocking::Client::builder().no_proxy().build()?)
}

/// Waits until the index answers: only then lists have filters.
fn await_index(site: &Site) -> Result<()> {
    let client = guest()?;
    let began = Instant::now();
    while !client.get(format!("{}/search?q=steel", site.url())).header("accept", "text/html").send()?.text()?.contains("id=\"filters\"") {
        ensure!(began.elapsed() < Duration::from_secs(1800), "the index is not built within half an hour");
        thread::sleep(Duration::from_millis(20));
    }
    Ok(())
}
