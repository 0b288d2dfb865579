//! The program killed at its failpoints, started again, and asked whether anything was lost or done twice. Only with the feature
//! `failpoints`: `cargo test --features failpoints --test shop killed::`.

use std::{
    fs,
    net::TcpListener,
    os::unix::process::ExitStatusExt,
    panic::{AssertUnwindSafe, catch_unwind},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use crate::harness::{Browser, CARD, DECLINED, Shop, Shopper, Staff};

/// Everything must be right again within this time.
const CONVERGED: Duration = Duration::from_secs(60);

/// A server of its own process on a shop's database, with a worker.
struct Server {
    url: String,
    child: Child,
}

impl Server {
    fn start(shop: &Shop, failpoint: &str) -> Self {
        let listen = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
        let url = format!("http://{listen}");
        let log = fs::File::create(shop.folder().join(format!("log-{failpoint}"))).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_ironmonger"));
        command.env_clear().env("IRONMONGER_FAILPOINT", failpoint).current_dir(shop.folder());
        command.args(["--database-url", &shop.database_url, "--secret-keys", &"k".repeat(40), "--base-url", &url, "--listen", &listen]);
        command.arg("--data-dir").arg(shop.folder()).args(["serve", "--no-demo"]).stdout(Stdio::null()).stderr(log);
        let server = Self { url, child: command.spawn().unwrap() };
        let client = reqwest::blocking::Client::builder().no_proxy().build().unwrap();
        for _ in 0..300 {
            if client.get(format!("{}/readyz", server.url)).send().is_ok_and(|answer| answer.status().as_u16() == 200) {
                break;
            }
            thread::sleep(Duration::from_millis(100));
        }
        server
    }

    fn is_dead(&mut self) -> bool {
        self.child.try_wait().unwrap().is_some()
    }

    /// The signal that ended it, if it ends within this time.
    fn killed_within(&mut self, limit: Duration) -> Option<i32> {
        let deadline = Instant::now() + limit;
        while Instant::now() < deadline {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.signal();
            }
            thread::sleep(Duration::from_millis(50));
        }
        None
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Whatever a shop does in a day, until the server dies.
fn a_day(shop: &Shop, victim: &mut Server, hammer: &str) {
    let buys = |card: &str| {
        let mut annie = Shopper::new(Browser::new(&victim.url));
        annie.adds_to_cart(hammer, 1);
        annie.reaches_payment();
        annie.orders_by("sandbox");
        annie.pays_with(card);
        annie
    };
    let staff = || {
        let mut browser = Browser::new(&victim.url);
        browser.get("/sign-in");
        browser.submit("Sign in", &[("email", "owner@example.com"), ("password", "a password of the shop")]);
        Staff::new(browser)
    };
    let ships = || drop(staff().ships(&buys(CARD).order_number(), "AB1"));
    let refunds = || drop(staff().refunds(&buys(CARD).order_number(), "4.00"));
    let cancels = || drop(staff().cancels(&buys(CARD).order_number(), "no more"));
    let tries_again = || {
        let mut annie = buys(DECLINED);
        annie.browser.submit("Pay", &[("gateway", "sandbox")]);
        annie.pays_with(CARD);
    };
    let stays_away = || {
        let mut annie = Shopper::new(Browser::new(&victim.url));
        annie.adds_to_cart(hammer, 1);
        annie.reaches_payment();
        annie.orders_by("sandbox");
        shop.meddle("UPDATE orders SET pay_before = now() - interval '1 minute' WHERE pay_before IS NOT NULL");
        shop.meddle("UPDATE jobs SET run_at = now() WHERE kind = 'expire_order'");
    };
    let acts: [&dyn Fn(); 5] = [&ships, &refunds, &cancels, &tries_again, &stays_away];
    for act in acts {
        // Whoever speaks to a server that dies gets no page, and that is no failure of the test.
        let _ = catch_unwind(AssertUnwindSafe(act));
        thread::sleep(Duration::from_millis(400));
    }
}

/// What a shop may never have, whatever died when.
fn wrongs(shop: &Shop) -> Vec<String> {
    let report = shop.examination();
    let mut wrongs: Vec<String> = report.findings.iter().map(ToString::to_string).chain(report.unread).collect();
    for (what, sql) in [
        (
            "charged twice",
            "SELECT count(*) FROM (SELECT order_id FROM payment_attempts WHERE captured > 0 GROUP BY 1 HAVING count(*) > 1) d",
        ),
        ("refunds that wait", "SELECT count(*) FROM refunds WHERE state = 'pending'"),
        (
            "jobs that are due",
            "SELECT count(*) FROM jobs WHERE schedule_key IS NULL AND (run_at <= now() OR leased_until > now() OR parked_at IS NOT NULL)",
        ),
        ("mails not sent", "SELECT count(*) FROM mails WHERE sent_at IS NULL"),
    ] {
        let count = shop.count(sql);
        if count > 0 {
            wrongs.push(format!("{count} {what}"));
        }
    }
    wrongs
}

/// Kills the shop there, starts it again, and tells what is still wrong after a minute.
fn dies_at(failpoint: &str) -> Result<Duration, String> {
    let shop = Shop::open();
    let hammer = shop.product("Claw hammer").stock(50).put_up();
    shop.owner();
    if failpoint.starts_with("capture") || failpoint.starts_with("void") {
        shop.meddle("UPDATE gateway_settings SET capture_at = 'shipping', version = version + 1 WHERE code = 'sandbox'");
    }
    let mut victim = Server::start(&shop, failpoint);
    if !victim.is_dead() {
        a_day(&shop, &mut victim, &hammer);
    }
    if victim.killed_within(Duration::from_secs(15)) != Some(9) {
        return Err("it was never reached".to_owned());
    }
    let started = Instant::now();
    let _survivor = Server::start(&shop, "");
    loop {
        let wrong = wrongs(&shop);
        if wrong.is_empty() {
            return Ok(started.elapsed());
        }
        if started.elapsed() > CONVERGED {
            return Err(wrong.join("; "));
        }
        thread::sleep(Duration::from_secs(1));
    }
}

fn survives(failpoints: &[&str]) {
    let mut failed = vec![];
    for failpoint in failpoints {
        let end = dies_at(failpoint);
        println!("{failpoint:24} {end:?}");
        if let Err(why) = end {
            failed.push(format!("{failpoint}: {why}"));
        }
    }
    assert!(failed.is_empty(), "\n{}", failed.join("\n"));
}

#[test]
fn a_shop_that_dies_while_an_order_is_placed_or_begun_loses_nothing() {
    survives(&[
        "place.before",
        "place.written",
        "place.allocated",
        "place.committed",
        "begin.asking",
        "begin.asked",
        "begin.written",
        "begin.committed",
    ]);
}

#[test]
fn a_shop_that_dies_while_a_payment_is_settled_loses_nothing() {
    survives(&[
        "settle.recorded",
        "settle.settled",
        "webhook.received",
        "webhook.committed",
        "ask.answered",
        "ask.committed",
        "again.committed",
    ]);
}

#[test]
fn a_shop_that_dies_while_money_goes_back_or_is_taken_loses_nothing() {
    survives(&[
        "refund.requested",
        "refund.asking",
        "refund.asked",
        "refund.committed",
        "capture.asking",
        "capture.asked",
        "capture.committed",
        "void.asked",
    ]);
}

#[test]
fn a_shop_that_dies_while_an_order_ends_or_leaves_loses_nothing() {
    survives(&[
        "expire.asked",
        "expire.committed",
        "cancel.released",
        "cancel.written",
        "ship.taken",
        "ship.written",
        "mail.sending",
        "mail.sent",
        "job.claimed",
        "job.done",
    ]);
}

#[test]
fn a_shop_that_dies_around_any_commit_loses_nothing() {
    let around: Vec<String> = (5..60).step_by(11).flat_map(|nth| [format!("commit.before:{nth}"), format!("commit.after:{nth}")]).collect();
    let around: Vec<&str> = around.iter().map(String::as_str).chain(["commit.swift"]).collect();
    survives(&around);
}
