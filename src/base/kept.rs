//! Rules that seldom change, kept in memory and yet never out of date.
//!
//! The database counts a new [`Edition`] with each change of the rules (migration `editions`). Whoever decides by them asks for
//! the edition in force, in the transaction of the decision, and takes from memory only what was read under that very edition.
//! An edition is random, so what was kept of one database, or of a change that was rolled back, is never taken for another's.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
};

use chrono::{DateTime, Utc};
use diesel::{
    prelude::*,
    sql_query,
    sql_types::{self, Timestamptz},
};
use uuid::Uuid;

use super::{Conn, Result, prepared};

/// Which rules are in force.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Edition(Uuid);

/// When a decision is made: by the database's clock, and under which rules.
#[derive(Clone, Copy, Debug)]
pub struct Moment {
    pub now: DateTime<Utc>,
    pub edition: Edition,
}

impl Moment {
    /// The moment of the connection's transaction.
    ///
    /// # Errors
    /// The database can't be reached.
    pub fn of(conn: &mut Conn) -> Result<Self> {
        let row: Row = prepared(sql_query("SELECT now() AS at, edition FROM editions")).get_result(conn)?;
        Ok(Self::told(row.at, row.edition))
    }

    /// As a statement told it beside what else it was asked: `now()` and the edition in `editions`.
    pub fn told(now: DateTime<Utc>, edition: Uuid) -> Self {
        Self { now, edition: Edition(edition) }
    }
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Timestamptz)]
    at: DateTime<Utc>,
    #[diesel(sql_type = sql_types::Uuid)]
    edition: Uuid,
}

/// How many editions are kept of each kind of rules: the one in force, one in the making, and a process with several databases
/// (the tests) has a few more.
const MOST: usize = 8;

/// What was read under the last editions.
pub struct Kept<T>(Mutex<VecDeque<(Edition, Arc<T>)>>);

impl<T> Default for Kept<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> Kept<T> {
    pub const fn new() -> Self {
        Self(Mutex::new(VecDeque::new()))
    }

    /// What holds under this edition; read now when it is not known yet. Nobody waits while another reads.
    ///
    /// # Errors
    /// What `read` says.
    pub fn under(&self, edition: Edition, read: impl FnOnce() -> Result<T>) -> Result<Arc<T>> {
        let known = |kept: &VecDeque<(Edition, Arc<T>)>| kept.iter().find(|(of, _)| *of == edition).map(|(_, rules)| rules.clone());
        if let Some(rules) = known(&self.0.lock().unwrap_or_else(PoisonError::into_inner)) {
            return Ok(rules);
        }
        let rules = Arc::new(read()?);
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(rules) = known(&kept) {
            return Ok(rules);
        }
        kept.truncate(MOST - 1);
        kept.push_front((edition, rules.clone()));
        Ok(rules)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_read_once_under_each_edition() {
        let (kept, first, second) = (Kept::new(), Edition(Uuid::now_v7()), Edition(Uuid::now_v7()));
        assert_eq!(*kept.under(first, || Ok(1)).unwrap(), 1);
        assert_eq!(*kept.under(first, || Ok(2)).unwrap(), 1, "not read again");
        assert_eq!(*kept.under(second, || Ok(3)).unwrap(), 3, "another edition has its own");
        assert_eq!(*kept.under(first, || Ok(4)).unwrap(), 1, "who still decides under the former one finds it");
    }

    #[test]
    fn a_failed_reading_is_not_kept_and_old_editions_are_forgotten() {
        let (kept, first) = (Kept::new(), Edition(Uuid::now_v7()));
        assert!(kept.under(first, || Err(super::super::Error::NotFound)).is_err());
        assert_eq!(*kept.under(first, || Ok(1)).unwrap(), 1);
        for _ in 0..MOST {
            kept.under(Edition(Uuid::now_v7()), || Ok(0)).unwrap();
        }
        assert_eq!(*kept.under(first, || Ok(2)).unwrap(), 2);
    }
}
