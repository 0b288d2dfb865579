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
use crate::base::{Conn, Db, Error, ProductId, Result};

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

/// One step, in a transaction of its own. `false`: nothing is left to do just now, or another server does it.
///
/// # Errors
/// The database's; the step can be done again.
pub fn follow(conn: &mut Conn, seen: &mut Seen) -> Result<bool> {
    let step = conn.transaction(|conn| {
        let Some(position) = follow::hold(conn)? else { return Ok(None) };
        let more = follow::work(conn)?;
        if !follow::has_rules(conn)? {
            return Ok::<_, Error>(Some((more, vec![], position)));
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
        Ok(Some((more || !new.is_empty(), new, reached)))
    });
    let Some((more, new, reached)) = step? else { return Ok(false) };
    seen.0.extend(new);
    seen.0.retain(|(xid, _)| *xid >= reached);
    Ok(more)
}

/// The position is written though nothing changed once in so many transactions, so that it does not fall out of what the feed keeps.
const RARELY: i64 = 10_000;
