//! Pages while passwords are guessed: whether those who look around feel a flood of sign-ins, with all limits on, as in life.

use std::{
    collections::BTreeMap,
    fmt, thread,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use argon2::{Algorithm, Argon2, Params, PasswordHasher, Version};
use diesel::{Connection, PgConnection, connection::SimpleConnection};
use ironmonger::base::{Db, migrate};
use serde_json::{Value, json};

use crate::{Options, client::Client, processor, seed, site::Site};

const PAGES_A_SECOND: u32 = 200;
const SIGN_INS_A_SECOND: u32 = 50;

/// The slowest page of a hundred may take so many times as long as in quiet.
const MOST_TIMES: f64 = 3.0;

/// Megabytes that the server may take beside what it had: 19 for each thread that hashes, and what connections need.
const MOST_MEMORY: f64 = 150.0;

const ACCOUNTS: u32 = 2000;
const PASSWORD: &str = "three plain words of the bench";

/// Who asks at once: more than ever wait, so that nobody is late because of us.
const CLIENTS: u32 = 32;
const GUESSERS: u32 = 100;

pub fn measure(options: &Options) -> Result<Report> {
    let mut site = Site::lay(options.keep.as_deref())?;
    migrate(&site.database_url)?;
    let mut conn = PgConnection::establish(&site.database_url)?;
    seed::goods(&Db::new(&site.database_url, 2)?, &mut conn)?;
    accounts(&mut conn)?;
    let server = site.serve_with_limits(options.program.as_deref())?;
    let (address, time) = (site.address.as_str(), Duration::from_secs(options.seconds));
    let pages = || paced(address, PAGES_A_SECOND, CLIENTS, time, |n| page(address, n));
    pages()?;
    let (mut rounds, mut guessed) = (vec![], 0);
    for round in 1..=options.rounds {
        let before = processor::resident(server);
        let quiet = pages()?;
        let first = guessed;
        guessed += SIGN_INS_A_SECOND * u32::try_from(options.seconds)?;
        let (flooded, sign_ins) = thread::scope(|scope| {
            let flood = scope.spawn(|| paced(address, SIGN_INS_A_SECOND, GUESSERS, time, |n| sign_in(address, first + n)));
            let flooded = pages();
            (flooded, flood.join())
        });
        let sign_ins = sign_ins.map_err(|_| anyhow::anyhow!("a guesser broke"))??;
        let measured = Round { quiet, flooded: flooded?, sign_ins, memory: processor::resident(server) - before };
        ensure!(measured.quiet.of(200) == measured.quiet.times.len(), "a page was not given in quiet: {:?}", measured.quiet.answers);
        eprintln!("round {round}: {} beside {} ms", measured.flooded.percentile(99), measured.quiet.percentile(99));
        rounds.push(measured);
    }
    Ok(Report { rounds, seconds: options.seconds, processors: thread::available_parallelism().map_or(0, usize::from) })
}

/// People with one password, whose hash is as dear to look at as each other's.
fn accounts(conn: &mut PgConnection) -> Result<()> {
    let argon = Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::default());
    let hash = argon.hash_password(PASSWORD.as_bytes()).map_err(|error| anyhow::anyhow!("argon2: {error}"))?.to_string();
    conn.batch_execute(&format!(
        "INSERT INTO accounts (email, name, password_hash, confirmed_at)
         SELECT 'person-' || n || '@example.com', 'Person ' || n, '{hash}', now() FROM generate_series(1, {ACCOUNTS}) n"
    ))?;
    Ok(())
}

/// Two of five pages are the same for all and kept; the others are asked of the database and the index.
fn page(address: &str, n: u32) -> Vec<u8> {
    let article = n % 1000;
    let path = match n % 5 {
        0 => "/".to_owned(),
        1 => format!("/products/article-{article}"),
        2 => "/cart".to_owned(),
        3 => format!("/search?q=article+{article}"),
        _ => format!("/sign-in?return_to=%2Fproducts%2Farticle-{article}"),
    };
    format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nX-Forwarded-For: {}\r\n\r\n", visitor(12, n)).into_bytes()
}

/// A third each: right passwords, wrong ones, and addresses that nobody has. Each guess from elsewhere, so that no limit spares the
/// shop the hashing.
fn sign_in(address: &str, n: u32) -> Vec<u8> {
    let (person, password) = match n % 3 {
        0 => (n % ACCOUNTS + 1, PASSWORD),
        1 => (n % ACCOUNTS + 1, "a guess of the bench"),
        _ => (ACCOUNTS + n + 1, "a guess of the bench"),
    };
    let body = format!("email=person-{person}%40example.com&password={}", password.replace(' ', "+"));
    format!(
        "POST /sign-in HTTP/1.1\r\nHost: {address}\r\nOrigin: http://{address}\r\nX-Forwarded-For: {}\r\nConnection: close\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{body}",
        visitor(11, n),
        body.len()
    )
    .into_bytes()
}

/// A public address for each number.
fn visitor(first: u8, n: u32) -> String {
    format!("{first}.{}.{}.{}", n / 62_500 % 250 + 1, n / 250 % 250 + 1, n % 250 + 1)
}

/// Answers by their status, and how long each took, sorted.
struct Answers {
    answers: BTreeMap<u16, usize>,
    times: Vec<Duration>,
}

impl Answers {
    fn of(&self, status: u16) -> usize {
        self.answers.get(&status).copied().unwrap_or_default()
    }

    fn percentile(&self, percent: usize) -> f64 {
        let at = (self.times.len() * percent / 100).min(self.times.len().saturating_sub(1));
        self.times.get(at).map_or(0.0, |time| time.as_secs_f64() * 1000.0)
    }
}

/// Sends so many requests a second, however long answers take. Times count from the moment at which each was due.
fn paced(address: &str, rate: u32, clients: u32, time: Duration, request: impl Fn(u32) -> Vec<u8> + Sync) -> Result<Answers> {
    let all = rate * u32::try_from(time.as_secs())?;
    let (start, request) = (Instant::now(), &request);
    thread::scope(|scope| {
        let running: Vec<_> = (0..clients)
            .map(|first| {
                scope.spawn(move || {
                    let mine = (first..all).step_by(clients as usize);
                    mine.map(|n| timed(address, start + Duration::from_secs(1) * n / rate, &request(n))).collect::<Result<Vec<_>>>()
                })
            })
            .collect();
        let mut found = Answers { answers: BTreeMap::new(), times: vec![] };
        for client in running {
            for (status, took) in client.join().map_err(|_| anyhow::anyhow!("a client broke"))?? {
                *found.answers.entry(status).or_default() += 1;
                found.times.push(took);
            }
        }
        found.times.sort();
        Ok(found)
    })
}

/// One request over a line of its own, when it is due.
fn timed(address: &str, due: Instant, request: &[u8]) -> Result<(u16, Duration)> {
    thread::sleep(due.saturating_duration_since(Instant::now()));
    let head = Client::connect(address)?.ask(request)?;
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).context("an answer without a status")?;
    Ok((status, due.elapsed()))
}

struct Round {
    quiet: Answers,
    flooded: Answers,
    sign_ins: Answers,
    /// Megabytes that the server took more than before.
    memory: f64,
}

pub struct Report {
    rounds: Vec<Round>,
    seconds: u64,
    processors: usize,
}

impl Report {
    /// The middle one.
    fn median(&self, figure: impl Fn(&Round) -> f64) -> f64 {
        let mut figures: Vec<f64> = self.rounds.iter().map(figure).collect();
        figures.sort_by(f64::total_cmp);
        figures.get(figures.len() / 2).copied().unwrap_or_default()
    }

    fn times(&self, percent: usize) -> f64 {
        self.median(|round| round.flooded.percentile(percent) / round.quiet.percentile(percent).max(0.001))
    }

    /// So many of a hundred sign-ins were answered so.
    fn share(&self, status: u16) -> f64 {
        self.median(|round| 100.0 * round.sign_ins.of(status) as f64 / round.sign_ins.times.len().max(1) as f64)
    }

    /// Pages that were refused or failed while passwords were guessed.
    fn lost(&self) -> usize {
        self.rounds.iter().map(|round| round.flooded.times.len() - round.flooded.of(200)).sum()
    }

    pub fn json(&self) -> Value {
        let pages = |percent: usize| {
            json!({
                "quiet_ms": self.median(|round| round.quiet.percentile(percent)),
                "flooded_ms": self.median(|round| round.flooded.percentile(percent)), "ratio": self.times(percent),
            })
        };
        json!({
            "bench": "walls", "seconds": self.seconds, "rounds": self.rounds.len(), "processors": self.processors,
            "pages_per_second": PAGES_A_SECOND, "sign_ins_per_second": SIGN_INS_A_SECOND,
            "p50": pages(50), "p99": pages(99), "aim_of_p99": MOST_TIMES, "pages_lost": self.lost(),
            "memory_mb": self.median(|round| round.memory), "most_memory_mb": MOST_MEMORY,
            "sign_ins_percent": { "let_in": self.share(303), "wrong": self.share(422), "too_often": self.share(429), "too_many": self.share(503) },
            "sign_in_p50_ms": self.median(|round| round.sign_ins.percentile(50)), "sign_in_p99_ms": self.median(|round| round.sign_ins.percentile(99)),
        })
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (rounds, seconds, processors) = (self.rounds.len(), self.seconds, self.processors);
        writeln!(
            f,
            "{PAGES_A_SECOND} pages a second, in quiet and beside {SIGN_INS_A_SECOND} sign-ins a second; median of {rounds} rounds of {seconds} s,"
        )?;
        writeln!(f, "{processors} processors, all limits on.\n")?;
        writeln!(f, "{:<42} {:>10} {:>10} {:>8} {:>8}", "", "quiet", "flooded", "ratio", "aim")?;
        for (name, percent, aim) in [("answered within, median (ms)", 50, ""), ("answered within, 99 of 100 (ms)", 99, "3.0")] {
            let (quiet, flooded) =
                (self.median(|round| round.quiet.percentile(percent)), self.median(|round| round.flooded.percentile(percent)));
            writeln!(f, "{name:<42} {quiet:>10.1} {flooded:>10.1} {:>8.2} {aim:>8}", self.times(percent))?;
        }
        writeln!(f, "pages that were not given: {}", self.lost())?;
        writeln!(f, "memory of the server beside what it had: {:.0} MB (at most {MOST_MEMORY:.0})", self.median(|round| round.memory))?;
        let (wrong, often, many) = (self.share(422), self.share(429), self.share(503));
        writeln!(
            f,
            "sign-ins: {:.0} % let in, {wrong:.0} % wrong, {often:.0} % refused as too often, {many:.0} % told to come again",
            self.share(303)
        )?;
        let half = self.median(|round| round.sign_ins.percentile(50));
        writeln!(f, "sign-ins answered within: half {half:.0} ms, 99 of 100 {:.0} ms", self.median(|round| round.sign_ins.percentile(99)))
    }
}
