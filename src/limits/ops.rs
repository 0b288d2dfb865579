use std::sync::atomic::{AtomicBool, Ordering};

use super::{
    model::{Burst, Door, Limit, Who},
    rules::BURSTS,
    store,
};
use crate::base::{Client, Conn, Db, Error, Result};

/// Set once, at the start of a program that is put under load by intent.
static OFF: AtomicBool = AtomicBool::new(false);

/// From now on this program counts nothing and refuses nobody.
pub fn turn_off() {
    OFF.store(true, Ordering::Relaxed);
}

/// Counts a try, in a transaction of its own, so that it counts whatever follows.
///
/// # Errors
/// `TooMany` with the seconds to wait.
pub async fn ask(db: &Db, limit: &Limit, who: &Who) -> Result<()> {
    take_all(db, vec![(*limit, who.clone())]).await
}

/// The try was right: it counts no more.
///
/// # Errors
/// The database can't be asked.
pub fn give_back(conn: &mut Conn, limit: &Limit, who: &Who) -> Result<()> {
    if OFF.load(Ordering::Relaxed) { Ok(()) } else { store::give_back(conn, limit, who) }
}

/// A try that was counted at a door, for whoever finds out that it was right.
#[derive(Clone, Debug, Default)]
pub struct Knock(Vec<(Limit, Who)>);

impl Knock {
    /// Of somebody whom nobody counts.
    pub fn uncounted() -> Self {
        Self::default()
    }

    /// # Errors
    /// The database can't be asked.
    pub fn give_back(&self, conn: &mut Conn) -> Result<()> {
        self.0.iter().try_for_each(|(limit, who)| give_back(conn, limit, who))
    }
}

/// Counts a try by each of the door's limits: of the address, of the person where one is known, and of all together.
///
/// # Errors
/// `TooMany` with the seconds to wait.
pub async fn knock(db: &Db, door: Door, client: &Client, person: Option<Who>) -> Result<Knock> {
    let address = Some((door.by_address(), Who::address(client)));
    let person = person.map(|who| (door.by_person(), who));
    let counted: Vec<_> = address.into_iter().chain(person).chain(door.by_all().map(|limit| (limit, Who::all()))).collect();
    take_all(db, counted.clone()).await?;
    Ok(Knock(counted))
}

async fn take_all(db: &Db, counted: Vec<(Limit, Who)>) -> Result<()> {
    if OFF.load(Ordering::Relaxed) {
        return Ok(());
    }
    let door = counted.first().map_or("", |(limit, _)| limit.door.as_str());
    let account = counted.iter().find_map(|(_, who)| who.account.map(|id| id.0));
    // Rows are taken in one order by everybody: addresses, persons, all.
    let refused = db.write(move |conn| {
        for (limit, who) in &counted {
            if let Some(seconds) = store::take(conn, limit, who)? {
                return Ok(Some(seconds));
            }
        }
        Ok(None)
    });
    match refused.await? {
        None => Ok(()),
        Some(seconds) => {
            tracing::warn!(event = "throttled", door, account.id = account, seconds, "something was tried too often");
            Err(Error::TooMany(seconds))
        }
    }
}

/// Writes down what this program saw since the last time.
///
/// # Errors
/// The database can't be asked.
pub fn count_events(conn: &mut Conn, events: &[(&str, i64)]) -> Result<()> {
    if events.is_empty() { Ok(()) } else { store::count(conn, events) }
}

/// The bursts that the owners have not been told of within the hour; told of from now on.
///
/// # Errors
/// The database can't be asked.
pub fn bursts(conn: &mut Conn) -> Result<Vec<Burst>> {
    let mut bursts = vec![];
    for counted in store::recent(conn)? {
        let Some((_, most, words)) = BURSTS.iter().find(|(event, ..)| *event == counted.event) else { continue };
        if counted.n >= *most && store::may_tell(conn, &counted.event)? {
            bursts.push(Burst { event: counted.event, words, times: counted.n });
        }
    }
    Ok(bursts)
}
