//! A price that staff change at one server, until a guest sees it at another.

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

pub fn figure(site: &Site, other: &str, conn: &mut PgConnection, options: &Options) -> Result<Figure> {
    // One whose price stands on its page, whatever is left of it, and may be any.
    let newest = "SELECT v.id FROM variants v JOIN products p ON p.id = v.product_id
        WHERE p.option_names = '{}' AND v.compare_at IS NULL ORDER BY v.id DESC LIMIT 1";
    let variant = seed::count(conn, newest)?;
    let path = seed::text(
        conn,
        &format!("SELECT '/products/' || slug FROM products p JOIN variants v ON v.product_id = p.id WHERE v.id = {variant}"),
    )?;
    let mut staff = owner(site)?;
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
