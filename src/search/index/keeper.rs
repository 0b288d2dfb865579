//! Builds the index and keeps it right, in a thread of its own.
//!
//! The folder's name has the version of the fields in it; an index of another version, of another database, or one that is broken
//! or was away for too long is built anew, beside the old one, and then takes its place. The position in the feed of changes is
//! written with every commit, so a server that comes back reads on where it was.

use std::{
    collections::HashSet,
    fs::{self, File},
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant, SystemTime},
};

use anyhow::Context;
use serde::{Deserialize, Serialize};
use tantivy::{Index, IndexReader, IndexWriter, ReloadPolicy, Term};

use super::{
    SearchIndex,
    fields::{self, Fields, VERSION},
    guarded,
    segments::{Kept, Snapshot},
};
use crate::{
    base::{Conn, Db, ProductId},
    search::{
        model::{Change, PlaceKind, Synonym, SynonymRow, key_of},
        rules::{Side, tokens},
        store::{changes, goods, places, terms, words},
    },
};

/// How often word of changes is looked for, and how often the feed is read without any.
const LISTEN: Duration = Duration::from_millis(100);
const READ: Duration = Duration::from_secs(1);

/// How often searches are written down.
const COUNT: Duration = Duration::from_secs(5);

/// Products that are read at once while building, and while following.
const BATCH: i64 = 2000;
const CHUNK: usize = 500;

/// Bytes that tantivy collects before it writes a segment: as little as it takes, for the thread shares the server's memory.
const BUDGET: usize = 30_000_000;

/// Once in so long the position is written though nothing changed, so that it does not fall out of what the feed keeps.
const REST: Duration = Duration::from_secs(3600);

/// The thread that keeps a server's index. Dropping it stops the thread.
pub struct Keeper {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Keeper {
    /// Starts to keep `index` in `folder`, which is made when it is missing. Returns at once.
    pub fn start(index: SearchIndex, db: Db, folder: PathBuf) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let work = Work { index, db, folder, stop: stop.clone(), kept: Mutex::default(), is_distrusted: AtomicBool::new(false) };
        Self { stop, thread: Some(thread::spawn(move || work.run())) }
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the search index's thread broke");
        }
    }
}

/// How far an index has come, as it stands in its commits.
#[derive(Serialize, Deserialize)]
struct Standing {
    feed: String,
    position: i64,
}

/// Why following ended.
enum End {
    Stopped,
    /// The index can't be mended by single changes.
    Outdated,
}

struct Work {
    index: SearchIndex,
    db: Db,
    folder: PathBuf,
    stop: Arc<AtomicBool>,
    kept: Mutex<Kept>,
    /// Following it broke: it is not opened again.
    is_distrusted: AtomicBool,
}

/// An index that is open for reading.
struct Open {
    index: Index,
    reader: IndexReader,
    fields: Fields,
}

impl Work {
    fn run(&self) {
        while !self.is_stopped() {
            match guarded(|| self.keep()) {
                Ok(Ok(())) => {}
                Ok(Err(error)) => tracing::warn!(error = format!("{error:#}"), "the search index can't be kept; trying again"),
                Err(_) => {
                    tracing::warn!("the search index is broken and will be built anew");
                    self.index.withdraw();
                    self.is_distrusted.store(true, Ordering::Relaxed);
                }
            }
            self.pause(Duration::from_secs(1));
        }
    }

    fn is_stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    fn pause(&self, time: Duration) {
        let until = Instant::now() + time;
        while !self.is_stopped() && Instant::now() < until {
            thread::sleep(LISTEN.min(time));
        }
    }

    fn home(&self) -> PathBuf {
        self.folder.join(format!("v{VERSION}"))
    }

    fn keep(&self) -> anyhow::Result<()> {
        fs::create_dir_all(&self.folder).with_context(|| format!("{} can't be made", self.folder.display()))?;
        let mut conn = self.db.own()?;
        changes::listen(&mut conn)?;
        self.learn(&mut conn)?;
        // One process keeps an index; others on the same folder look into it and stand by.
        let lock = File::create(self.folder.join("lock"))?;
        if self.waits_for(&lock)? {
            self.hold(&mut conn)?;
        }
        Ok(())
    }

    /// Reads along until the lock is free. `false` when told to stop.
    fn waits_for(&self, lock: &File) -> anyhow::Result<bool> {
        let mut seen: Option<SystemTime> = None;
        while !self.is_stopped() {
            match lock.try_lock() {
                Ok(()) => return Ok(true),
                Err(fs::TryLockError::WouldBlock) => {}
                Err(fs::TryLockError::Error(error)) => return Err(error).context("the search index's lock"),
            }
            let changed = fs::metadata(self.home().join("meta.json")).and_then(|meta| meta.modified()).ok();
            if changed != seen
                && let Ok(open) = open(&self.home())
            {
                self.publish(&open, standing(&open)?.position)?;
                seen = changed;
            }
            self.pause(LISTEN * 2);
        }
        Ok(false)
    }

    fn hold(&self, conn: &mut Conn) -> anyhow::Result<()> {
        self.clear_away()?;
        if self.is_distrusted.swap(false, Ordering::Relaxed) && self.home().exists() {
            fs::remove_dir_all(self.home())?;
        }
        let feed = changes::feed(conn)?;
        loop {
            let usable = guarded(|| self.usable(conn, &feed)).unwrap_or_else(|_| Err(anyhow::anyhow!("it is broken")));
            let (open, position) = match usable {
                Ok(found) => found,
                Err(reason) => {
                    tracing::info!(reason = format!("{reason:#}"), "the search index is built anew");
                    self.index.withdraw();
                    let Some(position) = self.build(conn, &feed)? else { return Ok(()) };
                    let open = open(&self.home())?;
                    self.publish(&open, position)?;
                    (open, position)
                }
            };
            match self.follow(conn, &open, &feed, position)? {
                End::Stopped => return Ok(()),
                End::Outdated => {
                    drop(open);
                    if self.build(conn, &feed)?.is_none() {
                        return Ok(());
                    }
                }
            }
        }
    }

    /// Removes what former versions and interrupted builds have left.
    fn clear_away(&self) -> anyhow::Result<()> {
        for entry in fs::read_dir(&self.folder)?.flatten() {
            if entry.path().is_dir() && entry.path() != self.home() {
                fs::remove_dir_all(entry.path())?;
            }
        }
        Ok(())
    }

    /// The index on disk and its position, where it is sound and has missed nothing. It answers from here on, even while its files
    /// are still being read through.
    fn usable(&self, conn: &mut Conn, feed: &str) -> anyhow::Result<(Open, i64)> {
        anyhow::ensure!(self.home().join("meta.json").exists(), "there is none yet");
        let open = open(&self.home())?;
        let standing = standing(&open)?;
        anyhow::ensure!(standing.feed == feed, "it is another database's");
        let (kept_from, horizon) = (changes::kept_from(conn)?, changes::horizon(conn)?);
        anyhow::ensure!((kept_from..=horizon).contains(&standing.position), "it has missed changes");
        self.publish(&open, standing.position)?;
        anyhow::ensure!(open.index.validate_checksum()?.is_empty(), "its files are damaged");
        Ok((open, standing.position))
    }

    /// The newest state answers at once; what makes large lists quicker is counted behind its back.
    fn publish(&self, open: &Open, position: i64) -> anyhow::Result<()> {
        open.reader.reload()?;
        let of = |searcher| Snapshot::of(searcher, open.fields, &self.kept);
        let snapshot = self.index.publish(of(open.reader.searcher())?, position);
        if snapshot.count_shelves(&self.kept)? {
            self.index.publish(of(snapshot.searcher.clone())?, position);
        }
        Ok(())
    }

    fn learn(&self, conn: &mut Conn) -> anyhow::Result<()> {
        self.index.learn(words::synonyms(conn)?.into_iter().map(cut).collect());
        Ok(())
    }

    /// Builds the index from nothing, in constant memory, and gives its position; `None` when told to stop.
    fn build(&self, conn: &mut Conn, feed: &str) -> anyhow::Result<Option<i64>> {
        let (started, new) = (Instant::now(), self.folder.join("new"));
        let _ = fs::remove_dir_all(&new);
        fs::create_dir_all(&new)?;
        // What changes from here on is in the feed from this position on.
        let position = changes::horizon(conn)?;
        let (schema, fields) = fields::schema();
        let index = Index::builder().schema(schema).settings(fields::settings()).create_in_dir(&new)?;
        fields::register(&index);
        let mut writer: IndexWriter = index.writer_with_num_threads(1, BUDGET)?;
        let (mut last, mut count) = (ProductId(0), 0_usize);
        while let Some((read, found)) = goods::after(conn, last, BATCH)? {
            if self.is_stopped() {
                return Ok(None);
            }
            count += found.len();
            last = read;
            for goods in found {
                writer.add_document(fields.goods(&goods))?;
            }
        }
        for place in places::all(conn)? {
            writer.add_document(fields.place(&place))?;
        }
        commit(&mut writer, feed, position)?;
        writer.wait_merging_threads()?;
        drop(index);
        let home = self.home();
        if home.exists() {
            fs::remove_dir_all(&home)?;
        }
        fs::rename(&new, &home)?;
        tracing::info!(products = count, "the search index is built (after {} ms)", started.elapsed().as_millis());
        Ok(Some(position))
    }

    /// Brings every change into the index until told to stop, or until that is not enough.
    fn follow(&self, conn: &mut Conn, open: &Open, feed: &str, mut position: i64) -> anyhow::Result<End> {
        let mut writer: IndexWriter = open.index.writer_with_num_threads(1, BUDGET)?;
        let mut seen: HashSet<(i64, Change)> = HashSet::new();
        let long_ago = |time| Instant::now().checked_sub(time).unwrap_or_else(Instant::now);
        let (mut read, mut counted, mut committed) = (long_ago(READ), Instant::now(), Instant::now());
        while !self.is_stopped() {
            if self.index.was_found_broken() {
                return Ok(End::Outdated);
            }
            // A pause in any case: while much is written, many changes share a commit.
            thread::sleep(LISTEN);
            let told = conn.notifications_iter().collect::<Result<Vec<_>, _>>()?;
            if told.is_empty() && read.elapsed() < READ {
                continue;
            }
            if read.elapsed() >= READ {
                changes::tick(conn)?;
                read = Instant::now();
            }
            let (horizon, found) = changes::since(conn, position)?;
            let new: Vec<(i64, Change)> = found.iter().filter(|change| !seen.contains(*change)).cloned().collect();
            if new.iter().any(|(_, change)| *change == Change::All) {
                return Ok(End::Outdated);
            }
            if !new.is_empty() {
                self.apply(conn, open, &mut writer, &new)?;
            }
            // What lies above the horizon is read again, since earlier transactions may still come in between.
            position = position.max(horizon);
            seen = found.into_iter().filter(|(xid, _)| *xid >= position).collect();
            if !new.is_empty() || committed.elapsed() > REST {
                commit(&mut writer, feed, position)?;
                committed = Instant::now();
                self.publish(open, position)?;
            }
            self.index.reached(position);
            if counted.elapsed() > COUNT {
                counted = Instant::now();
                self.write_down(conn)?;
            }
        }
        self.write_down(conn)?;
        Ok(End::Stopped)
    }

    fn apply(&self, conn: &mut Conn, open: &Open, writer: &mut IndexWriter, changes: &[(i64, Change)]) -> anyhow::Result<()> {
        let (mut products, mut standing): (Vec<ProductId>, Vec<(PlaceKind, i64)>) = (vec![], vec![]);
        for (_, change) in changes {
            match change {
                Change::Product(id) => products.push(*id),
                Change::Place(kind, id) => standing.push((*kind, *id)),
                Change::Words | Change::All => {}
            }
        }
        if changes.iter().any(|(_, change)| *change == Change::Words) {
            self.learn(conn)?;
        }
        products.sort_unstable();
        products.dedup();
        for ids in products.chunks(CHUNK) {
            for id in ids {
                writer.delete_term(Term::from_field_i64(open.fields.id, id.0));
            }
            for goods in goods::of(conn, ids)? {
                writer.add_document(open.fields.goods(&goods))?;
            }
        }
        for (kind, id) in &standing {
            writer.delete_term(Term::from_field_i64(open.fields.place, key_of(*kind, *id)));
        }
        for place in places::of(conn, &standing)? {
            writer.add_document(open.fields.place(&place))?;
        }
        Ok(())
    }

    fn write_down(&self, conn: &mut Conn) -> anyhow::Result<()> {
        let counts = self.index.take_counts();
        if !counts.is_empty() {
            terms::add(conn, &counts)?;
        }
        Ok(())
    }
}

fn open(home: &Path) -> anyhow::Result<Open> {
    let index = Index::open_in_dir(home)?;
    let (schema, fields) = fields::schema();
    anyhow::ensure!(index.schema() == schema, "it has other fields");
    fields::register(&index);
    let reader = index.reader_builder().reload_policy(ReloadPolicy::Manual).try_into()?;
    Ok(Open { index, reader, fields })
}

/// What the files say of how far they have come.
fn standing(open: &Open) -> anyhow::Result<Standing> {
    let payload = open.index.load_metas()?.payload.unwrap_or_default();
    serde_json::from_str(&payload).context("it does not say how far it has come")
}

fn commit(writer: &mut IndexWriter, feed: &str, position: i64) -> anyhow::Result<()> {
    let standing = serde_json::to_string(&Standing { feed: feed.to_owned(), position })?;
    let mut prepared = writer.prepare_commit()?;
    prepared.set_payload(&standing);
    prepared.commit()?;
    Ok(())
}

fn cut(row: SynonymRow) -> Synonym {
    let words = row.words.iter().map(|text| tokens(text, Side::Typed).into_iter().map(|token| token.text).collect());
    Synonym { words: words.filter(|words: &Vec<String>| !words.is_empty()).collect(), one_way: row.one_way }
}
