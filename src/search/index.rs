//! The index that each server keeps on its own disk, derived from PostgreSQL. Nothing outside of this folder knows tantivy.

mod collect;
mod fields;
mod keeper;
mod keys;
mod lookup;
mod ranked;
mod segments;
mod shelves;
mod sought;
mod vocabulary;

use std::{
    collections::HashMap,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, Mutex, PoisonError, RwLock,
        atomic::{AtomicBool, AtomicI64, Ordering},
    },
};

pub use fields::stem;
pub use keeper::Keeper;
pub use lookup::{Asked, Outcome, Scope, Words};
pub use vocabulary::Vocabulary;

use segments::Snapshot;

use super::model::Synonym;

/// What a server can find goods with. Cheap to clone; empty until a [`Keeper`] fills it, and then always the newest.
#[derive(Clone, Default)]
pub struct SearchIndex(Arc<Shared>);

#[derive(Default)]
struct Shared {
    snapshot: RwLock<Option<Arc<Snapshot>>>,
    /// Changes of transactions before this one are all in the snapshot; 0: nobody knows.
    position: AtomicI64,
    /// With a number that counts up when they change.
    synonyms: RwLock<(u64, Arc<Vec<Synonym>>)>,
    /// Somebody who looked found it broken; the keeper builds it anew.
    broken: AtomicBool,
    /// Searches that are not written down yet: how many there were, and how many of them found nothing.
    searches: Mutex<HashMap<String, (i64, i64)>>,
}

/// Different searches that are remembered between two times of writing them down. What comes on top is not counted.
const MOST_SEARCHES: usize = 5000;

impl SearchIndex {
    fn snapshot(&self) -> Option<Arc<Snapshot>> {
        self.0.snapshot.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// `position`: what the snapshot has seen.
    fn publish(&self, snapshot: Snapshot, position: i64) -> Arc<Snapshot> {
        let snapshot = Arc::new(snapshot);
        *self.0.snapshot.write().unwrap_or_else(PoisonError::into_inner) = Some(snapshot.clone());
        self.reached(position);
        snapshot
    }

    /// There is no index until the next is published.
    fn withdraw(&self) {
        *self.0.snapshot.write().unwrap_or_else(PoisonError::into_inner) = None;
        self.reached(0);
    }

    /// Nothing before this transaction is missing in the snapshot.
    fn reached(&self, position: i64) {
        self.0.position.store(position, Ordering::Release);
    }

    /// As it was told to `reached`; `None` where nobody knows.
    pub fn position(&self) -> Option<i64> {
        Some(self.0.position.load(Ordering::Acquire)).filter(|position| *position > 0)
    }

    /// Whether the index answers. Until it does, PostgreSQL's full text does.
    pub fn is_ready(&self) -> bool {
        self.snapshot().is_some()
    }

    /// Runs `look` on the newest state, or gives `None` while there is no index.
    pub fn look<T>(&self, look: impl FnOnce(&View<'_>) -> anyhow::Result<T>) -> anyhow::Result<Option<T>> {
        let Some(snapshot) = self.snapshot() else { return Ok(None) };
        let (edition, synonyms) = self.0.synonyms.read().unwrap_or_else(PoisonError::into_inner).clone();
        match guarded(|| look(&View { snapshot: &snapshot, synonyms: &synonyms, edition })) {
            Ok(seen) => seen.map(Some),
            Err(Broken) => {
                self.0.broken.store(true, Ordering::Relaxed);
                self.withdraw();
                Ok(None)
            }
        }
    }

    /// Whether it was found broken since this was asked last.
    fn was_found_broken(&self) -> bool {
        self.0.broken.swap(false, Ordering::Relaxed)
    }

    fn learn(&self, synonyms: Vec<Synonym>) {
        let mut known = self.0.synonyms.write().unwrap_or_else(PoisonError::into_inner);
        *known = (known.0 + 1, Arc::new(synonyms));
    }

    /// Counts a search, to be written down by the keeper.
    pub fn count(&self, text: String, is_fruitless: bool) {
        let mut searches = self.0.searches.lock().unwrap_or_else(PoisonError::into_inner);
        if searches.len() < MOST_SEARCHES || searches.contains_key(&text) {
            let (all, fruitless) = searches.entry(text).or_default();
            *all += 1;
            *fruitless += i64::from(is_fruitless);
        }
    }

    /// What was counted since the last time.
    pub fn take_counts(&self) -> Vec<(String, i64, i64)> {
        let mut searches = self.0.searches.lock().unwrap_or_else(PoisonError::into_inner);
        searches.drain().map(|(text, (all, fruitless))| (text, all, fruitless)).collect()
    }
}

/// The files are not what tantivy wrote.
struct Broken;

/// tantivy trusts its files and panics when they are broken. That must end neither a visitor's request nor the keeper's thread.
fn guarded<T>(work: impl FnOnce() -> T) -> Result<T, Broken> {
    catch_unwind(AssertUnwindSafe(work)).map_err(|_| Broken)
}

/// One state of the index, and the synonyms of the day.
pub struct View<'a> {
    snapshot: &'a Snapshot,
    synonyms: &'a [Synonym],
    /// Of the synonyms.
    edition: u64,
}
