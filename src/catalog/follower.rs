//! Keeps collections by rule and renamed brands, types and categories in step with what is written, in a thread of its own.
//!
//! Nothing that is written waits for it. It reads the same feed of changes as the search indexes, so it is behind by some tenths of
//! a second. Of several servers one follows at a time, whichever comes first.

use std::{
    collections::HashSet,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use diesel::Connection;

use super::store::{
    collections,
    follow::{self, SeenChange},
};
use crate::base::{Conn, Db, ProductId, Result};

/// How often word of changes is looked for, and how often the clock.
const LISTEN: Duration = Duration::from_millis(100);
const CLOCK: Duration = Duration::from_millis(800);

/// The thread. Dropping it stops it.
pub struct Follower {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Follower {
    /// Returns at once.
    pub fn start(db: Db) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let told = stop.clone();
        Self { stop, thread: Some(thread::spawn(move || keep_following(&db, &told))) }
    }
}

impl Drop for Follower {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the thread that collections follow broke");
        }
    }
}

fn keep_following(db: &Db, stop: &AtomicBool) {
    while !stop.load(Ordering::Relaxed) {
        if let Err(error) = follow_on(db, stop) {
            tracing::warn!(error = %error, "collections can't be followed; trying again");
        }
        let until = Instant::now() + Duration::from_secs(1);
        while Instant::now() < until && !stop.load(Ordering::Relaxed) {
            thread::sleep(LISTEN);
        }
    }
}

fn follow_on(db: &Db, stop: &AtomicBool) -> Result<()> {
    let mut conn = db.own()?;
    follow::listen(&mut conn)?;
    let (mut seen, mut looked) = (Seen::default(), None::<Instant>);
    while !stop.load(Ordering::Relaxed) {
        let told: Vec<_> = conn.notifications_iter().collect::<Result<_, _>>()?;
        if !told.is_empty() || looked.is_none_or(|at| at.elapsed() >= CLOCK) {
            while !stop.load(Ordering::Relaxed) && follow(&mut conn, &mut seen)? {}
            looked = Some(Instant::now());
        }
        thread::sleep(LISTEN);
    }
    Ok(())
}

/// Changes from the position on that were followed already, while earlier ones may still come in between.
#[derive(Default)]
pub struct Seen(HashSet<SeenChange>);

/// One step of each kind. `false`: nothing is left to do just now, or another server does it.
///
/// Each is a transaction of its own: it locks its products in the order of their keys, and so does everybody, but those of one kind
/// of step come before those of the next only by chance.
///
/// # Errors
/// The database's; the step can be done again.
pub fn follow(conn: &mut Conn, seen: &mut Seen) -> Result<bool> {
    let Some(names) = step(conn, |conn, _| follow::names(conn))? else { return Ok(false) };
    let Some(members) = step(conn, |conn, _| follow::members(conn))? else { return Ok(false) };
    let Some(told) = step(conn, |conn, position| follow_feed(conn, position, seen))? else { return Ok(false) };
    let Some((new, reached)) = told else { return Ok(names || members) };
    let more = names || members || !new.is_empty();
    seen.0.extend(new);
    seen.0.retain(|(xid, _)| *xid >= reached);
    Ok(more)
}

/// Does it with how far the feed has been followed, while nobody else follows it. `None`: somebody else does.
fn step<T>(conn: &mut Conn, work: impl FnOnce(&mut Conn, i64) -> Result<T>) -> Result<Option<T>> {
    conn.transaction(|conn| follow::hold(conn)?.map(|position| work(conn, position)).transpose())
}

/// Asks the rules what has become of changed products. Gives the changes, and up to where the feed is followed with them; `None`: no
/// collection has rules.
fn follow_feed(conn: &mut Conn, position: i64, seen: &Seen) -> Result<Option<(Vec<SeenChange>, i64)>> {
    if !follow::has_rules(conn)? {
        return Ok(None);
    }
    let upheavals: Vec<_> = follow::upheavals(conn, position)?.into_iter().filter(|change| !seen.0.contains(change)).collect();
    let has_missed = follow::has_missed(conn, position)?;
    if has_missed || !upheavals.is_empty() {
        collections::ask_again(conn, None)?;
    }
    let (mut new, reached) = follow::next(conn, position, &seen.0)?;
    let mut products: Vec<_> = new.iter().map(|(_, product)| ProductId(*product)).collect();
    products.sort_unstable();
    products.dedup();
    follow::ask(conn, &products)?;
    if has_missed || !upheavals.is_empty() || !new.is_empty() || !seen.0.is_empty() || reached - position > RARELY {
        follow::reached(conn, reached)?;
    }
    new.extend(upheavals);
    Ok(Some((new, reached)))
}

/// The position is written though nothing changed once in so many transactions, so that it does not fall out of what the feed keeps.
const RARELY: i64 = 10_000;
