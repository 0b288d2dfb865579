//! `bin/prove`: the thirteen properties with full figures, then the simulation, and one table of what was tried.

#[allow(dead_code, unused_imports, reason = "shared with the tests, which use more of it")]
#[path = "../shop/harness/mod.rs"]
mod harness;
#[allow(dead_code, unused_imports, reason = "shared with the tests")]
#[path = "../shop/properties/mod.rs"]
mod properties;
#[allow(dead_code, unused_imports, reason = "shared with the tests")]
#[path = "../shop/simulation/mod.rs"]
mod simulation;
mod table;

use std::{
    panic,
    process::ExitCode,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Instant, SystemTime, UNIX_EPOCH},
};

use clap::Parser;

use crate::{
    harness::Shop,
    properties::{
        Tried, books,
        faults::{self, Clock},
        guessing, killed, money, paying,
        racing::{self, Race},
        telling,
    },
    table::{Line, print},
};

/// Shows that buying is always right: thirteen properties with full figures, then a simulation.
#[derive(Parser)]
#[command(name = "bin/prove")]
struct Options {
    /// Decides what is random; a failure of the simulation comes again with the same seed [default: another each time]
    #[arg(long)]
    seed: Option<u64>,
    /// Steps of the simulation
    #[arg(long, default_value_t = 20_000)]
    steps: u64,
    /// Small figures: minutes instead of most of an hour
    #[arg(long)]
    quick: bool,
    /// Only these: a property's number, a word of its name, or `simulation`. May be given more than once
    #[arg(long, value_name = "PROPERTY")]
    only: Vec<String>,
}

impl Options {
    fn wants(&self, number: &str, name: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|only| only == number || (only.parse::<u8>().is_err() && name.contains(only.as_str())))
    }
}

/// How much is tried.
#[derive(Clone, Copy)]
struct Scale {
    quick: bool,
    seed: u64,
}

impl Scale {
    fn of<T>(self, full: T, quick: T) -> T {
        if self.quick { quick } else { full }
    }

    fn race(self, buyers: usize, units: i32, rounds: i32) -> Race {
        let quick = Race { buyers: 40, units: 8, rounds: 2, as_processes: true };
        self.of(Race { buyers, units, rounds, as_processes: true }, quick)
    }
}

struct Property {
    number: &'static str,
    name: &'static str,
    holds: fn(Scale) -> Tried,
}

const PROPERTIES: &[Property] = &[
    Property {
        number: "1",
        name: "buyers who race over two servers get exactly what there is",
        holds: |scale| racing::buyers_get_exactly_what_there_is(scale.race(200, 20, 50)),
    },
    Property {
        number: "1",
        name: "carts in opposite order never block each other",
        holds: |scale| racing::carts_in_opposite_order_block_nobody(scale.race(100, 100, 3)),
    },
    Property {
        number: "2",
        name: "a coupon for so many orders discounts so many",
        holds: |scale| {
            let tried: Vec<_> =
                scale.of(&[1, 5, 20][..], &[1, 4]).iter().map(|uses| racing::a_coupon_counts_exactly(*uses, true)).collect();
            tried.join("; ")
        },
    },
    Property { number: "2", name: "a coupon's use follows the payment", holds: |_| racing::a_coupon_s_use_follows_the_payment() },
    Property {
        number: "3",
        name: "what is charged is what was ordered while the cart changes",
        holds: |scale| paying::what_is_charged_is_what_was_ordered(scale.of(100, 10)),
    },
    Property {
        number: "4",
        name: "ten clicks on placing an order reach one confirmation",
        holds: |scale| racing::clicks_on_placing_reach_one_confirmation(10, scale.of(50, 6), true),
    },
    Property { number: "4", name: "a late click overwrites nothing", holds: |_| racing::a_late_click_overwrites_nothing() },
    Property {
        number: "5",
        name: "a shop killed at any named failpoint loses nothing",
        holds: |scale| {
            let named = killed::named();
            killed::loses_nothing(scale.of(&named[..], &named[..6]))
        },
    },
    Property {
        number: "5",
        name: "a shop killed before or after a commit loses nothing",
        holds: |scale| killed::loses_nothing(&scale.of(killed::commits(150, 1), killed::commits(60, 29))),
    },
    Property {
        number: "6",
        name: "a provider's faults cost no page and are settled",
        holds: |scale| {
            let (places, clock) = scale.of((&faults::PLACES[..], Clock::Real), (&["start"][..], Clock::Moved));
            faults::every_fault_is_borne(places, clock)
        },
    },
    Property {
        number: "7",
        name: "every order of messages has one end",
        holds: |scale| telling::every_order_of_messages_has_one_end(scale.of(2_000, 50), scale.seed),
    },
    Property { number: "7", name: "late words change nothing", holds: |_| telling::late_words_change_nothing() },
    Property {
        number: "7",
        name: "an old try's expiry leaves the new one alone",
        holds: |_| telling::an_old_try_s_end_leaves_the_new_one(),
    },
    Property {
        number: "8",
        name: "money that comes after the end goes back by itself",
        holds: |scale| paying::money_that_comes_too_late_goes_back(scale.of(20, 2)),
    },
    Property {
        number: "8",
        name: "a payment and a cancellation that meet",
        holds: |scale| paying::a_payment_and_a_cancellation_meet(scale.of(50, 4)),
    },
    Property {
        number: "9",
        name: "of many refunds of sixty on a hundred there is one",
        holds: |scale| money::one_refund_of_sixty_on_a_hundred(scale.of(20, 4)),
    },
    Property {
        number: "9",
        name: "refunds at once stay within what was paid",
        holds: |scale| money::refunds_stay_within_what_was_paid(scale.of(200, 20)),
    },
    Property { number: "10", name: "an odd price is the same everywhere", holds: |_| money::an_odd_price_is_the_same_everywhere() },
    Property {
        number: "11",
        name: "cancelling leaves the stock as before",
        holds: |scale| money::cancelling_leaves_the_stock_as_before(scale.of(20, 2)),
    },
    Property {
        number: "11",
        name: "a part given back is given back once",
        holds: |scale| money::a_part_given_back_is_given_back_once(scale.of(20, 2)),
    },
    Property {
        number: "12",
        name: "whoever guesses codes is stopped",
        holds: |scale| guessing::guessers_are_stopped(scale.of(40, 4), scale.of(25, 5), true),
    },
    Property { number: "13", name: "the books differ by nothing", holds: |scale| books::the_doctor_finds_nothing(scale.of(20, 1)) },
];

fn main() -> ExitCode {
    let options = Options::parse();
    let seed = options
        .seed
        .unwrap_or_else(|| SystemTime::now().duration_since(UNIX_EPOCH).map_or(1, |since| since.as_nanos() as u64 % 1_000_000_000));
    let scale = Scale { quick: options.quick, seed };
    println!("seed {seed}");
    remember_faults();
    let wanted = PROPERTIES.iter().filter(|property| options.wants(property.number, property.name));
    let mut lines: Vec<Line> = wanted.map(|property| tried(property.number, property.name, || Ok((property.holds)(scale)))).collect();
    if options.wants("", "simulation") {
        let name = format!("a simulation of {} steps from seed {seed}", options.steps);
        lines.push(tried("", &name, || simulation::run(&Shop::open(), seed, options.steps)));
    }
    print(&lines);
    if !lines.is_empty() && lines.iter().all(|line| line.tried.is_ok()) { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// What broke last, with its place.
static FAULT: Mutex<Option<String>> = Mutex::new(None);

fn fault() -> MutexGuard<'static, Option<String>> {
    FAULT.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What breaks is shown in the table. The clients of a shop that is killed break, too, which is meant so. Whoever waited for a
/// thread that broke has nothing to add.
fn remember_faults() {
    panic::set_hook(Box::new(|broke| {
        let words = broke.to_string();
        if !words.ends_with("Any { .. }") {
            *fault() = Some(words);
        }
    }));
}

fn tried(number: &str, name: &str, holds: impl FnOnce() -> Result<Tried, String>) -> Line {
    println!("{number:>2}  {name} …");
    let began = Instant::now();
    let end = panic::catch_unwind(panic::AssertUnwindSafe(holds));
    let tried = end.unwrap_or_else(|_| Err(fault().take().unwrap_or_else(|| "it broke".to_owned())));
    let line = Line { number: number.to_owned(), name: name.to_owned(), tried, took: began.elapsed() };
    println!("{line}");
    line
}
