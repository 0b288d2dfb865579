//! What the database tells by itself: LISTEN and NOTIFY, on a connection beside the pool.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use diesel::connection::SimpleConnection;

use super::{Conn, Db, Result};

/// How often the connection is looked at. Diesel does not let a thread sleep on it.
const GLANCE: Duration = Duration::from_millis(10);

/// How often a silent connection is asked whether it lives.
const PULSE: Duration = Duration::from_secs(1);

/// Between two tries to connect.
const PAUSE: Duration = Duration::from_millis(300);

/// What somebody who listens hears.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Notice<'a> {
    /// From now on nothing is missed. Before, something may have been.
    Listening,
    /// The payload of a NOTIFY, after its transaction was committed, in the order of the commits.
    Told(&'a str),
    /// From now on everything is missed, until it listens again.
    Deaf,
}

/// Whoever drops it does not listen any more.
#[derive(Debug)]
pub struct Ear(Arc<AtomicBool>);

impl Drop for Ear {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl Db {
    /// Hears what is told on the channel, on a thread of its own, for as long as the `Ear` is kept.
    pub fn listen(&self, channel: &'static str, heard: impl FnMut(Notice<'_>) + Send + 'static) -> Ear {
        let closed = Arc::new(AtomicBool::new(false));
        let (db, ear) = (self.clone(), Ear(closed.clone()));
        thread::spawn(move || listen(&db, channel, &closed, heard));
        ear
    }
}

fn listen(db: &Db, channel: &str, closed: &AtomicBool, mut heard: impl FnMut(Notice<'_>)) {
    let is_closed = || closed.load(Ordering::Relaxed);
    while !is_closed() {
        if let Ok(mut conn) = connect(db, channel) {
            heard(Notice::Listening);
            if let Err(error) = hear(&mut conn, &is_closed, &mut heard) {
                tracing::warn!(error = %error, channel, "the database is not heard any more; listening again");
            }
            heard(Notice::Deaf);
        }
        if !is_closed() {
            thread::sleep(PAUSE);
        }
    }
}

fn connect(db: &Db, channel: &str) -> Result<Conn> {
    let mut conn = db.own()?;
    conn.batch_execute(&format!("SET statement_timeout = '2s'; LISTEN {channel}"))?;
    Ok(conn)
}

fn hear(conn: &mut Conn, is_closed: &impl Fn() -> bool, heard: &mut impl FnMut(Notice<'_>)) -> anyhow::Result<()> {
    let mut last_sign = Instant::now();
    while !is_closed() {
        let mut silent = true;
        for notification in conn.notifications_iter() {
            heard(Notice::Told(&notification?.payload));
            silent = false;
        }
        if silent && last_sign.elapsed() > PULSE {
            conn.batch_execute("SELECT 1")?;
            last_sign = Instant::now();
        } else if silent {
            thread::sleep(GLANCE);
        }
    }
    Ok(())
}
