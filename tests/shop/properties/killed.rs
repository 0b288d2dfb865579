//! 5: the program killed at its failpoints, started again, and asked whether anything was lost or done twice. Only with the
//! feature `failpoints`, which `bin/test` gives: `bin/test --test shop killed::`. A kill takes a shop's whole day, so the tests try
//! some, and `bin/prove` all.

use std::{
    thread,
    time::{Duration, Instant},
};

use super::{Tried, day::a_day, in_parallel};
use crate::harness::{Server, Shop};

/// All that have a name.
pub const NAMED: &[&str] = &[
    "hold.reserved",
    "sweep.swept",
    "place.before",
    "place.written",
    "place.allocated",
    "place.committed",
    "begin.asking",
    "begin.asked",
    "begin.written",
    "begin.committed",
    "settle.recorded",
    "settle.settled",
    "webhook.received",
    "webhook.committed",
    "ask.answered",
    "ask.committed",
    "again.committed",
    "reconcile.begun",
    "refund.requested",
    "refund.asking",
    "refund.asked",
    "refund.committed",
    "refund.credited",
    "capture.asking",
    "capture.asked",
    "capture.committed",
    "void.asked",
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
];

/// Some of them: a fact that is half done, and each kind of question to a gateway whose answer is lost with the program.
#[cfg(test)]
const SOME: &[&str] = &["place.allocated", "begin.asked", "settle.recorded", "refund.asked", "capture.asked", "ship.written"];

/// Everything must be right again within this time.
const CONVERGED: Duration = Duration::from_secs(60);

/// Shops that die at the same time. Most of the time they wait; among the tests they have company.
const LANES: usize = if cfg!(test) { 3 } else { 6 };

/// What a shop may never have, whatever died when.
fn wrongs(shop: &Shop) -> Vec<String> {
    let report = shop.examination();
    let mut wrongs: Vec<String> = report.findings.iter().map(ToString::to_string).chain(report.unread).collect();
    for (what, sql) in [
        (
            "charged twice",
            "SELECT count(*) FROM (SELECT order_id FROM payment_attempts WHERE captured > 0 AND credit_id IS NULL GROUP BY 1 HAVING count(*) > 1) d",
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

/// Kills the shop there, starts it again, and tells after how long all was right, or what is still wrong.
fn dies_at(failpoint: &str) -> Result<Duration, String> {
    let shop = Shop::open();
    let hammer = shop.product("Claw hammer").stock(50).put_up();
    shop.owner();
    if failpoint.starts_with("capture") || failpoint.starts_with("void") {
        shop.meddle("UPDATE gateway_settings SET capture_at = 'shipping', version = version + 1 WHERE code = 'sandbox'");
    }
    let mut victim = Server::start(&shop, failpoint);
    a_day(&shop, &mut victim, &hammer);
    if victim.killed_within(Duration::from_secs(20)) != Some(9) {
        return Err(NEVER.to_owned());
    }
    let started = Instant::now();
    let _survivor = victim.again(&shop);
    loop {
        let wrong = wrongs(&shop);
        if wrong.is_empty() {
            return Ok(started.elapsed());
        }
        if started.elapsed() > CONVERGED {
            return Err(wrong.join("; "));
        }
        thread::sleep(Duration::from_millis(500));
    }
}

const NEVER: &str = "it was never reached";

/// Has a shop die at each of these, and fails with all that went wrong.
pub fn loses_nothing(failpoints: &[String]) -> Tried {
    let ends = in_parallel(LANES, failpoints.len(), |at| {
        let end = dies_at(&failpoints[at]);
        println!(
            "    {:20} {}",
            failpoints[at],
            end.as_ref().map_or_else(Clone::clone, |took| format!("right after {:.1} s", took.as_secs_f64()))
        );
        end
    });
    let wrong = failpoints.iter().zip(&ends).filter_map(|(at, end)| end.as_ref().err().map(|why| format!("{at}: {why}")));
    let wrong: Vec<String> = wrong.collect();
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    let slowest = ends.iter().flatten().max().copied().unwrap_or_default();
    format!("{} kills: nothing lost, nothing twice, all right within {:.0} s", ends.len(), slowest.as_secs_f64().ceil())
}

pub fn named() -> Vec<String> {
    NAMED.iter().map(|name| (*name).to_owned()).collect()
}

/// Before and after the first, then every so many of the commits of a day, and in a swift one before the disk has it.
pub fn commits(last: usize, step: usize) -> Vec<String> {
    let around = (1..=last).step_by(step).flat_map(|nth| [format!("commit.before:{nth}"), format!("commit.after:{nth}")]);
    around.chain((1..=5).map(|nth| format!("commit.swift:{nth}"))).collect()
}

#[test]
fn every_failpoint_has_its_turn() {
    let mut in_source = vec![];
    sources(std::path::Path::new("src"), &mut |text| {
        let names = text.split("failpoint!(\"").skip(1).filter_map(|rest| rest.split('"').next());
        in_source.extend(names.filter(|name| !name.starts_with("commit.")).map(str::to_owned));
    });
    let mut named = named();
    in_source.sort();
    named.sort();
    assert_eq!(in_source, named);
}

#[cfg(test)]
fn sources(folder: &std::path::Path, read: &mut dyn FnMut(&str)) {
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        if entry.path().is_dir() {
            sources(&entry.path(), read);
        } else if entry.path().extension().is_some_and(|extension| extension == "rs") {
            read(&std::fs::read_to_string(entry.path()).unwrap());
        }
    }
}

#[test]
fn a_shop_that_dies_at_a_failpoint_or_around_a_commit_loses_nothing() {
    // Before and after the fifteenth, and in a swift one.
    let around: Vec<String> = commits(15, 14).into_iter().skip(2).take(3).collect();
    assert!(SOME.iter().all(|name| NAMED.contains(name)));
    loses_nothing(&[SOME.iter().map(|name| (*name).to_owned()).collect(), around].concat());
}
