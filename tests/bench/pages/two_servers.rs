//! A price and a title that staff change at one server, until a guest sees the one and finds the other at another server.

use std::{
    thread,
    time::{Duration, Instant},
};

use anyhow::{Result, ensure};
use diesel::PgConnection;
use ironmonger::{
    accounts,
    base::{Db, Email},
    web::Role,
};

use super::report::Figure;
use crate::{Options, harness::Browser, seed, site::Site};

pub fn figures(site: &Site, other: &str, conn: &mut PgConnection, options: &Options) -> Result<Vec<Figure>> {
    let mut staff = owner(site)?;
    Ok(vec![price(other, conn, options, &mut staff)?.told(), title(other, conn, options, &mut staff)?.told()])
}

/// By its new title at the other server's search, which follows with an index of its own.
fn title(other: &str, conn: &mut PgConnection, options: &Options, staff: &mut Browser) -> Result<Figure> {
    let product = seed::count(conn, "SELECT max(id) FROM products WHERE status = 'active'")?;
    let client = super::guest()?;
    let mut slowest: f64 = 0.0;
    for round in 0..options.rounds * 3 {
        // No other article has them, nor words like them.
        let title = ["Quizzacious", "Vexillology", "Umbrageous", "Jabberwocky"][round % 4];
        staff.get(&format!("/admin/products/{product}/edit"));
        let save = staff.prepare("Save product", &[("title", title)]);
        let began = Instant::now();
        staff.sends(save);
        let url = format!("{other}/search?{}", serde_urlencoded::to_string([("q", title)])?);
        let finds = || -> Result<bool> {
            Ok(client.get(&url).header("accept", "text/html").send()?.text()?.contains(&format!("<mark>{title}</mark>")))
        };
        while !finds()? {
            ensure!(began.elapsed() < Duration::from_secs(10), "{title} is not found at the other server");
            thread::sleep(Duration::from_millis(2));
        }
        slowest = slowest.max(began.elapsed().as_secs_f64() * 1000.0);
    }
    Ok(Figure::within("a title saved at one server, found at another; slowest", "ms", slowest, 1000.0))
}

fn price(other: &str, conn: &mut PgConnection, options: &Options, staff: &mut Browser) -> Result<Figure> {
    // One whose price stands on its page, whatever is left of it, and may be any.
    let newest = "SELECT v.id FROM variants v JOIN products p ON p.id = v.product_id
        WHERE p.option_names = '{}' AND v.compare_at IS NULL ORDER BY v.id DESC LIMIT 1";
    let variant = seed::count(conn, newest)?;
    let path = seed::text(
        conn,
        &format!("SELECT '/products/' || slug FROM products p JOIN variants v ON v.product_id = p.id WHERE v.id = {variant}"),
    )?;
    let client = super::guest()?;
    let guest = || -> Result<String> { Ok(client.get(format!("{other}{path}")).header("accept", "text/html").send()?.text()?) };
    let mut slowest: f64 = 0.0;
    for round in 0..options.rounds * 3 {
        let price = format!("{}.77", 4000 + round);
        guest()?;
        staff.get(&format!("/admin/variants/{variant}/edit"));
        let save = staff.prepare("Save variant", &[("price", &price)]);
        let began = Instant::now();
        staff.sends(save);
        let shown = format!("4,{:03}.77", round);
        while !guest()?.contains(&shown) {
            ensure!(began.elapsed() < Duration::from_secs(10), "{path} does not show {shown} at the other server");
            thread::sleep(Duration::from_millis(2));
        }
        slowest = slowest.max(began.elapsed().as_secs_f64() * 1000.0);
    }
    Ok(Figure::within("a price saved at one server, seen at another; slowest", "ms", slowest, 1000.0))
}

fn owner(site: &Site) -> Result<Browser> {
    let db = Db::new(&site.database_url, 1)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let email = Email::parse("owner@example.com").map_err(anyhow::Error::msg)?;
    let token = runtime.block_on(db.write(move |conn| accounts::invite(conn, Some(&email), Role::Owner)))?;
    let mut browser = Browser::new(&site.url());
    browser.get(&format!("/invitations/{token}"));
    browser.submit("Set the password", &[("name", "Pat Pike"), ("password", "a password of the shop")]);
    Ok(browser)
}
