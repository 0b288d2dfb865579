//! What must hold whatever happens: the thirteen properties of the trade. Each is a function that takes its figures and gives
//! what it tried, in words. Beside it stands a test with small figures; `bin/prove` has the full ones.

pub mod books;
pub mod day;
pub mod faults;
pub mod guessing;
#[cfg(feature = "failpoints")]
pub mod killed;
pub mod money;
pub mod paying;
pub mod racing;
pub mod telling;

use std::{
    sync::atomic::{AtomicUsize, Ordering},
    thread,
};

use ironmonger::{
    base::{Currency, Money},
    catalog,
    inventory::{self, Cause},
    promotions::{self, ActionKind, Chosen, NewCoupon, Plan, Shape},
};
use reqwest::blocking::RequestBuilder;

use crate::harness::{Page, Server, Shop, Shopper, at_once};

/// What was tried, for whoever reads the table at the end.
pub type Tried = String;

fn pounds(minor: i64) -> Money {
    Money::new(minor, Currency::parse("GBP").unwrap())
}

/// The books agree, and no two waited for each other in a circle.
fn all_is_right(shop: &Shop) {
    let report = shop.examination();
    assert!(report.is_clean() && report.unread.is_empty(), "{report}");
    assert_eq!(shop.count("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"), 0, "deadlocks");
}

/// What shoppers come to: one shop on several servers.
pub struct Doors {
    urls: Vec<String>,
    _within: Vec<Shop>,
    _processes: Vec<Server>,
}

impl Doors {
    /// Two servers, in this process or as processes of their own with workers of their own.
    pub fn two(shop: &Shop, as_processes: bool) -> Self {
        let (mut within, mut processes) = (vec![], vec![]);
        let urls = if as_processes {
            processes = (0..2).map(|_| Server::start(shop, "")).collect();
            processes.iter().map(|server| server.url.clone()).collect()
        } else {
            within.push(Shop::over(shop));
            vec![shop.url.clone(), within[0].url.clone()]
        };
        Self { urls, _within: within, _processes: processes }
    }

    /// Somebody who comes to one of them; the next to the other.
    fn shopper(&self, at: usize) -> Shopper {
        let mut shopper = Shopper::new(crate::harness::Browser::new(&self.urls[at % self.urls.len()]));
        shopper.email = format!("buyer{at}@example.com");
        shopper
    }

    /// With one of these in the cart, and this code, before the button that places the order.
    fn before_paying(&self, at: usize, product: &str, code: Option<&str>) -> Shopper {
        ready(self.shopper(at), product, code)
    }

    /// The same request to another of the servers.
    fn sent_to(&self, at: usize, request: RequestBuilder) -> RequestBuilder {
        let (client, request) = request.build_split();
        let mut request = request.unwrap();
        let port = self.urls[at % self.urls.len()].rsplit(':').next().unwrap().parse().unwrap();
        request.url_mut().set_port(Some(port)).unwrap();
        RequestBuilder::from_parts(client, request)
    }
}

fn ready(mut shopper: Shopper, product: &str, code: Option<&str>) -> Shopper {
    shopper.adds_to_cart(product, 1);
    if let Some(code) = code {
        shopper.browser.get("/cart");
        shopper.browser.submit("Use the code", &[("coupon", code)]);
    }
    shopper.reaches_payment();
    shopper
}

/// Somebody with one of these in the cart, before the button that places the order.
fn before_paying(shop: &Shop, name: &str, product: &str, code: Option<&str>) -> Shopper {
    let mut shopper = shop.shopper();
    shopper.email = format!("{name}@example.com");
    ready(shopper, product, code)
}

/// Does this for 0, 1, … and gives what came of it in that order; so many at the same time.
fn in_parallel<T: Send>(lanes: usize, count: usize, work: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let next = AtomicUsize::new(0);
    let lane = || {
        let mut done = vec![];
        loop {
            let at = next.fetch_add(1, Ordering::Relaxed);
            if at >= count {
                return done;
            }
            done.push((at, work(at)));
        }
    };
    let mut all: Vec<(usize, T)> = thread::scope(|scope| {
        let lanes: Vec<_> = (0..lanes.min(count)).map(|_| scope.spawn(lane)).collect();
        lanes.into_iter().flat_map(|lane| lane.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))).collect()
    });
    all.sort_by_key(|(at, _)| *at);
    all.into_iter().map(|(_, done)| done).collect()
}

/// All press this button at the same moment. Whom a busy server asks to come again in a moment does so, and is counted.
fn all_press(racers: &[&Shopper], button: &str, filled: &[(&str, &str)]) -> (Vec<Page>, usize) {
    let mut pages = at_once(racers.iter().map(|racer| racer.browser.prepare(button, filled)).collect());
    let mut asked_again = 0;
    loop {
        let busy: Vec<usize> = (0..pages.len()).filter(|at| pages[*at].status == 503).collect();
        if busy.is_empty() {
            return (pages, asked_again);
        }
        asked_again += busy.len();
        let again = at_once(busy.iter().map(|at| racers[*at].browser.prepare(button, filled)).collect());
        for (at, page) in busy.into_iter().zip(again) {
            pages[at] = page;
        }
    }
}

fn is_confirmation(page: &Page) -> bool {
    page.url.path().ends_with("/confirmation")
}

/// So many are on hand from now on.
fn counts(shop: &Shop, sku: &str, on_hand: i32) {
    let sku = sku.to_owned();
    shop.write(move |conn| {
        let variant = catalog::variant_by_sku(conn, &sku)?.expect("it is on the shelf");
        inventory::count(conn, variant.id, on_hand, Cause::Adjusted, "test")
    });
}

/// Ten percent off with this code, for so many orders.
fn coupon(shop: &Shop, code: &str, max_uses: i32) {
    let plan = Plan {
        name: "Ten".into(),
        label: "10% off".into(),
        percent: Some(10.into()),
        by_coupon: true,
        ..Plan::empty(ActionKind::OrderPercent, pounds(0).currency)
    };
    let everything = Chosen { all: true, ..Chosen::default() };
    let shape = Shape { plan, gift: None, goods: everything.clone(), bought: everything };
    let code = code.to_owned();
    shop.write(move |conn| {
        let id = promotions::save(conn, None, &shape)?;
        promotions::set_active(conn, id, true)?;
        let new = NewCoupon { code, batch: String::new(), starts_at: None, ends_at: None, max_uses: Some(max_uses), max_uses_each: None };
        promotions::make_coupon(conn, id, &new)
    });
}
