//! 6: a provider that refuses, hangs, breaks off, answers nonsense, or does what it was asked and does not say so.

use std::{
    thread,
    time::{Duration, Instant},
};

use super::{Tried, all_is_right, in_parallel};
use crate::harness::{Browser, CARD, Server, Shop, Shopper};

/// What a provider can do instead of answering.
pub const KINDS: [&str; 7] = ["refuse", "reset", "hang", "answer_lost", "error", "garbage", "slow_drip"];

/// Where it can do so: as a payment begins, as it is asked how a payment stands, as money is taken, let go of or given back.
pub const PLACES: [&str; 5] = ["start", "standing", "capture", "void", "refund"];

/// A page must have come by then.
const PAGE: Duration = Duration::from_secs(10);

/// All must be settled by then.
const SETTLED: Duration = Duration::from_secs(300);

/// Shops with a fault at the same time. Most of the time they wait.
const LANES: usize = 10;

/// Whether the reconciler's rounds come as fast as the clock goes, in a server of its own, or at once.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Clock {
    Real,
    Moved,
}

struct Trial {
    shop: Shop,
    server: Option<Server>,
    clock: Clock,
    hammer: String,
    slowest: Duration,
}

impl Trial {
    fn open(clock: Clock, takes_at_shipping: bool) -> Self {
        let shop = Shop::open();
        if takes_at_shipping {
            shop.meddle("UPDATE gateway_settings SET capture_at = 'shipping', version = version + 1 WHERE code = 'sandbox'");
            shop.block_on(shop.wired.gateways.reload()).unwrap();
        }
        let hammer = shop.product("Claw hammer").put_up();
        let server = (clock == Clock::Real).then(|| Server::start(&shop, ""));
        Self { shop, server, clock, hammer, slowest: Duration::ZERO }
    }

    fn about_to_pay(&self) -> Shopper {
        let mut annie = Shopper::new(Browser::new(self.server.as_ref().map_or(&self.shop.url, |server| &server.url)));
        annie.adds_to_cart(&self.hammer, 1);
        annie.reaches_payment();
        annie
    }

    fn buys(&self) -> String {
        let mut annie = self.about_to_pay();
        annie.orders_by("sandbox");
        annie.pays_with(CARD).must_say("Thank you");
        annie.order_number()
    }

    /// Does what leads to a page and takes the time.
    fn page(&mut self, what: &str, leads: impl FnOnce()) {
        let asked = Instant::now();
        leads();
        self.slowest = self.slowest.max(asked.elapsed());
        assert!(asked.elapsed() < PAGE, "{what}: no page for {:?}", asked.elapsed());
    }

    /// Waits until the first number is the second, and tells how long it took.
    fn settles(&self, what: &str, sql: &str, end: i64) -> Duration {
        let asked = Instant::now();
        if self.clock == Clock::Moved {
            self.shop.meddle("DELETE FROM sandbox_faults");
            self.shop.jobs_become_due();
            self.shop.works_within(40);
            self.shop.reconciles();
            assert_eq!(self.shop.count(sql), end, "{what}");
        }
        while self.shop.count(sql) != end {
            assert!(asked.elapsed() < SETTLED, "{what}: {} after {SETTLED:?}", self.shop.count(sql));
            thread::sleep(Duration::from_millis(500));
        }
        asked.elapsed()
    }

    fn number(&self, sql: &str) -> i64 {
        self.shop.count(sql)
    }
}

/// Gives the slowest page and how long it took until all was settled.
fn strikes(place: &str, kind: &str, clock: Clock) -> (Duration, Duration) {
    let mut trial = Trial::open(clock, matches!(place, "capture" | "void"));
    let what = format!("{kind} at {place}");
    let took = match place {
        "start" => start(&mut trial, &what, kind),
        "standing" => standing(&mut trial, &what, kind),
        "capture" => capture(&mut trial, &what, kind),
        "void" => void(&mut trial, &what, kind),
        _ => refund(&mut trial, &what, kind),
    };
    // Whatever else was to be done, as mails.
    trial.settles(&what, "SELECT count(*) FROM jobs WHERE schedule_key IS NULL AND kind <> 'expire_order'", 0);
    all_is_right(&trial.shop);
    (trial.slowest, took)
}

fn start(trial: &mut Trial, what: &str, kind: &str) -> Duration {
    let mut annie = trial.about_to_pay();
    trial.shop.arms("start", kind, 3);
    trial.page(what, || {
        annie.orders_by("sandbox").must_say("does not answer just now").must_say("Your order is kept");
    });
    assert_eq!(trial.number("SELECT count(*) FROM payment_attempts WHERE state = 'pending'"), 1, "{what}: unknown is pending");
    let took = trial.settles(what, "SELECT count(*) FROM payment_attempts WHERE gateway_reference IS NOT NULL", 1);
    assert_eq!(trial.number("SELECT count(*) FROM sandbox_payments"), 1, "{what}: asked with the same key, there is one payment");
    let (number, token) = (annie.order_number(), trial.shop.first("SELECT token FROM orders"));
    annie.visits(&format!("/orders/{number}?token={token}"));
    annie.browser.submit("Pay £13.95", &[("gateway", "sandbox")]);
    annie.pays_with(CARD).must_say("Thank you");
    assert_eq!(trial.number("SELECT sum(captured) FROM payment_attempts"), 1395, "{what}");
    took
}

/// Charged, but the provider does not say so: neither when it is asked nor by itself.
fn standing(trial: &mut Trial, what: &str, kind: &str) -> Duration {
    let mut annie = trial.about_to_pay();
    annie.orders_by("sandbox");
    trial.shop.arms("webhook", "lost", 2);
    trial.shop.arms("standing", kind, 2);
    trial.page(what, || assert_eq!(annie.pays_with(CARD).status, 200));
    assert_eq!(trial.number("SELECT count(*) FROM orders WHERE payment_state = 'failed'"), 0, "{what}: unknown is not failed");
    let took = trial.settles(what, "SELECT count(*) FROM orders WHERE payment_state = 'paid'", 1);
    assert_eq!(trial.number("SELECT sum(captured) FROM sandbox_payments"), 1395, "{what}");
    took
}

fn capture(trial: &mut Trial, what: &str, kind: &str) -> Duration {
    let number = trial.buys();
    trial.shop.arms("capture", kind, 2);
    let mut owner = trial.shop.owner();
    trial.page(what, || {
        owner.ships(&number, "AB1");
    });
    let took = trial.settles(what, "SELECT sum(captured) FROM payment_attempts", 1395);
    assert_eq!(trial.number("SELECT sum(captured) FROM sandbox_payments"), 1395, "{what}");
    assert_eq!(trial.number("SELECT count(*) FROM sandbox_captures"), 1, "{what}");
    took
}

fn void(trial: &mut Trial, what: &str, kind: &str) -> Duration {
    let number = trial.buys();
    trial.shop.arms("void", kind, 2);
    let mut owner = trial.shop.owner();
    trial.page(what, || {
        owner.cancels(&number, "");
    });
    let took = trial.settles(what, "SELECT count(*) FROM payment_attempts WHERE state = 'voided'", 1);
    assert_eq!(trial.number("SELECT count(*) FROM sandbox_payments WHERE state = 'voided' AND captured = 0"), 1, "{what}");
    took
}

fn refund(trial: &mut Trial, what: &str, kind: &str) -> Duration {
    let number = trial.buys();
    trial.shop.arms("refund", kind, 2);
    let mut owner = trial.shop.owner();
    trial.page(what, || {
        owner.refunds(&number, "4.00");
    });
    let took = trial.settles(what, "SELECT count(*) FROM refunds WHERE state = 'succeeded'", 1);
    assert_eq!(trial.number("SELECT refunded FROM sandbox_payments"), 400, "{what}");
    took
}

/// Each fault at each place, in a shop of its own.
pub fn every_fault_is_borne(places: &[&str], clock: Clock) -> Tried {
    let trials: Vec<(&str, &str)> = places.iter().flat_map(|place| KINDS.map(|kind| (*place, kind))).collect();
    let took = in_parallel(LANES, trials.len(), |at| strikes(trials[at].0, trials[at].1, clock));
    let page = took.iter().map(|(page, _)| *page).max().unwrap_or_default();
    let settled = took.iter().map(|(_, settled)| *settled).max().unwrap_or_default();
    let seconds = Duration::as_secs_f64;
    format!(
        "{} faults at {}: a page within {:.1} s, settled within {:.0} s",
        took.len(),
        places.join(", "),
        seconds(&page),
        seconds(&settled)
    )
}

#[test]
fn whatever_a_provider_does_the_shopper_gets_a_page_within_ten_seconds_and_the_order_is_paid_at_last() {
    every_fault_is_borne(&["start"], Clock::Moved);
}

#[test]
fn a_provider_that_breaks_off_while_money_moves_is_asked_again_and_moves_it_once() {
    for place in &PLACES[2..] {
        strikes(place, "reset", Clock::Moved);
    }
}
