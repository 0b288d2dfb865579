use std::{
    collections::{HashSet, VecDeque},
    str::FromStr,
    sync::{
        Arc, Mutex, PoisonError, Weak,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use moka::{future::Cache, sync};

use super::body::Body;
use crate::{
    base::{AccountId, Db, Ear, Error, Notice, Result, SignInId},
    web::{Account, Frame, ShopFacts, SignIn},
};

/// The channel on which the database tells which tags changed.
const CHANNEL: &str = "pages";

/// Bytes of memory for pages, where the setting says nothing else.
const ROOM: u64 = 32 * 1024 * 1024;

/// No page is older than this, whatever its tags say: a belt beside the braces.
const OLDEST: Duration = Duration::from_secs(3600);

/// The shop's facts know no clock, and a currency comes and goes with the time of its price list.
const SOON: Duration = Duration::from_secs(30);

/// Sign-ins whose names are kept.
const FACES: u64 = 10_000;

/// So long at most, so that the database learns now and then that a sign-in is used.
const FACE_LIFE: Duration = Duration::from_secs(600);

/// How many changes are remembered, for pages that are being rendered meanwhile.
const REMEMBERED: usize = 512;

/// Something that pages show and that can change, e.g. `product:12`. Those of the shop as a whole are `shop`; `all` is every page.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Tag(Box<str>);

impl Tag {
    /// What every page shows.
    pub const SHOP: &'static str = "shop";

    pub fn new(kind: &str, id: impl std::fmt::Display) -> Self {
        Self(format!("{kind}:{id}").into())
    }

    pub fn named(name: &str) -> Self {
        Self(name.into())
    }

    /// The id in a tag of this kind.
    fn id<T: FromStr>(&self, kind: &str) -> Option<T> {
        self.0.strip_prefix(kind)?.strip_prefix(':')?.parse().ok()
    }
}

/// Tags of what faces are kept under, see migrations 003300 and 004001.
const ACCOUNT: &str = "account";
const SIGN_IN: &str = "sign-in";

/// A page in memory.
pub struct KeptPage {
    pub body: Body,
    tags: Box<[Tag]>,
    /// What it shows changes then by the clock.
    until: Option<Instant>,
    /// Changes that were known when its rendering began.
    began: u64,
}

impl KeptPage {
    fn is_over(&self) -> bool {
        self.until.is_some_and(|until| until <= Instant::now())
    }

    fn shows(&self, changed: &Changed) -> bool {
        match changed {
            Changed::All => true,
            Changed::Tags(changed) => self.tags.iter().any(|tag| changed.contains(tag)),
        }
    }
}

enum Changed {
    All,
    Tags(HashSet<Tag>),
}

impl Changed {
    fn parse(payload: &str) -> Self {
        let tags: HashSet<Tag> = payload.split_whitespace().map(Tag::named).collect();
        if tags.contains(&Tag::named("all")) { Self::All } else { Self::Tags(tags) }
    }
}

/// The last changes, the newest last, with the number of the newest.
#[derive(Default)]
struct Log {
    last: u64,
    changes: VecDeque<Arc<Changed>>,
    hears: bool,
}

impl Log {
    /// Whether one of the changes after the first `known` ones is such, or nobody can know since nothing is heard.
    fn has_since(&self, known: u64, is_such: impl Fn(&Changed) -> bool) -> bool {
        let new = usize::try_from(self.last - known).unwrap_or(usize::MAX);
        !self.hears || new > self.changes.len() || self.changes.iter().rev().take(new).any(|changed| is_such(changed))
    }
}

/// Pages in memory, and what every page needs of the shop and of accounts. Cheap to clone.
#[derive(Clone)]
pub struct PageCache(Arc<Inner>);

/// Who somebody is, as of one of their sign-ins.
#[derive(Clone)]
struct Face {
    account: Arc<Account>,
    generation: i32,
    /// The sign-in ends then of its age.
    until: Instant,
}

impl Face {
    fn is_of(&self, sign_in: &SignIn) -> bool {
        self.account.id == sign_in.account && self.generation == sign_in.generation && Instant::now() < self.until
    }
}

struct Inner {
    pages: Cache<String, Arc<KeptPage>>,
    facts: sync::Cache<(), Arc<ShopFacts>>,
    faces: sync::Cache<SignInId, Face>,
    log: Mutex<Log>,
    /// As in `log`, to be read without waiting.
    last: AtomicU64,
    ear: Mutex<Option<Ear>>,
}

impl Default for PageCache {
    fn default() -> Self {
        Self::with_room(ROOM)
    }
}

impl PageCache {
    /// `room`: bytes.
    pub fn with_room(room: u64) -> Self {
        let weight = |key: &String, page: &Arc<KeptPage>| u32::try_from(key.len() + page.body.weight()).unwrap_or(u32::MAX);
        Self(Arc::new(Inner {
            pages: Cache::builder().max_capacity(room).weigher(weight).time_to_live(OLDEST).build(),
            facts: sync::Cache::builder().max_capacity(1).time_to_live(SOON).build(),
            faces: sync::Cache::builder().max_capacity(FACES).time_to_live(FACE_LIFE).build(),
            log: Mutex::default(),
            last: AtomicU64::new(0),
            ear: Mutex::default(),
        }))
    }

    /// Follows what the database tells. Before, nothing is kept.
    pub fn follow(&self, db: &Db) {
        let inner: Weak<Inner> = Arc::downgrade(&self.0);
        let ear = db.listen(CHANNEL, move |notice| {
            if let Some(inner) = inner.upgrade() {
                futures_executor::block_on(inner.heed(notice));
            }
        });
        *lock(&self.0.ear) = Some(ear);
    }

    /// The page under this key while it holds.
    pub async fn get(&self, key: &str) -> Option<Arc<KeptPage>> {
        let page = self.0.pages.get(key).await?;
        (!page.is_over()).then_some(page)
    }

    /// The page, rendered now when there is none. Of many who ask at once, one renders and the others wait for that. `began`: how many
    /// changes were known before anything was read for it.
    ///
    /// # Errors
    /// What `render` says, to all who waited.
    pub async fn get_or_render(&self, key: String, began: u64, render: impl Future<Output = Result<Rendered>>) -> Result<Arc<KeptPage>> {
        if self.0.pages.get(&key).await.is_some_and(|page| page.is_over()) {
            self.0.pages.invalidate(&key).await;
        }
        let rendered = async {
            let Rendered { html, tags, until } = render.await?;
            let page = KeptPage { body: Body::new(&html), tags: tags.into(), until, began };
            Ok::<_, Error>(Arc::new(page))
        };
        let entry = self.0.pages.entry(key.clone()).or_try_insert_with(rendered).await.map_err(|error| again(&error))?;
        let (is_fresh, page) = (entry.is_fresh(), entry.into_value());
        if is_fresh && self.0.changed_since(&page) {
            self.0.pages.invalidate(&key).await;
        }
        Ok(page)
    }

    /// What every page shows of the shop.
    ///
    /// # Errors
    /// What the rooms say that are asked.
    pub async fn shop(&self, frame: &dyn Frame) -> Result<Arc<ShopFacts>> {
        if let Some(facts) = self.0.facts.get(&()) {
            return Ok(facts);
        }
        let began = self.0.last.load(Ordering::Acquire);
        let facts = Arc::new(frame.shop().await?);
        let log = lock(&self.0.log);
        if !log.has_since(began, tells_of_shop) {
            self.0.facts.insert((), facts.clone());
        }
        Ok(facts)
    }

    /// The shop's facts if they are in memory.
    pub fn known_shop(&self) -> Option<Arc<ShopFacts>> {
        self.0.facts.get(&())
    }

    /// The account as it was last seen with this sign-in.
    pub fn known_face(&self, sign_in: &SignIn) -> Option<Arc<Account>> {
        self.0.faces.get(&sign_in.id).filter(|face| face.is_of(sign_in)).map(|face| face.account)
    }

    /// Remembers who somebody is, as read after `began` changes were known.
    pub fn note_face(&self, account: &Account, sign_in: &SignIn, began: u64) {
        let until = Instant::now() + account.standing.left.to_std().unwrap_or_default();
        self.0.faces.insert(sign_in.id, Face { account: Arc::new(account.clone()), generation: sign_in.generation, until });
        let tags = [Tag::new(ACCOUNT, account.id), Tag::new(SIGN_IN, sign_in.id)];
        if self.0.changes_since(began, |changed| match changed {
            Changed::All => true,
            Changed::Tags(changed) => tags.iter().any(|tag| changed.contains(tag)),
        }) {
            self.0.faces.invalidate(&sign_in.id);
        }
    }

    /// How many changes are known, for `note_face`.
    pub fn changes(&self) -> u64 {
        self.0.last.load(Ordering::Acquire)
    }

    /// Whether nothing is kept just now.
    pub fn is_empty(&self) -> bool {
        self.0.pages.iter().next().is_none() && self.0.facts.get(&()).is_none()
    }

    /// Whether a change with this tag was heard; for tests, which wait until all that they did is known.
    pub fn has_heard(&self, tag: &Tag) -> bool {
        lock(&self.0.log).changes.iter().any(|changed| matches!(&**changed, Changed::Tags(tags) if tags.contains(tag)))
    }
}

/// A page that a handler has rendered for all.
pub struct Rendered {
    pub html: String,
    pub tags: Vec<Tag>,
    /// `None`: it changes by no clock.
    pub until: Option<Instant>,
}

impl Inner {
    async fn heed(&self, notice: Notice<'_>) {
        let (changed, hears) = match notice {
            Notice::Listening => (Changed::All, true),
            Notice::Told(payload) => (Changed::parse(payload), true),
            Notice::Deaf => (Changed::All, false),
        };
        let changed = Arc::new(changed);
        // The log first: a page that is put there after the look at all pages finds the change in the log. The shop's facts at once
        // with it: who knows of the change makes no page of former facts.
        {
            let mut log = lock(&self.log);
            if tells_of_shop(&changed) {
                self.facts.invalidate(&());
            }
            log.hears = hears;
            log.last += 1;
            log.changes.push_back(changed.clone());
            if log.changes.len() > REMEMBERED {
                log.changes.pop_front();
            }
            self.last.store(log.last, Ordering::Release);
        }
        self.forget(&changed).await;
    }

    async fn forget(&self, changed: &Changed) {
        match changed {
            Changed::All => {
                self.pages.invalidate_all();
                self.faces.invalidate_all();
            }
            Changed::Tags(tags) => {
                let showing: Vec<_> = self.pages.iter().filter(|(_, page)| page.shows(changed)).map(|(key, _)| key).collect();
                for key in showing {
                    self.pages.invalidate(&*key).await;
                }
                self.forget_faces(tags);
            }
        }
    }

    fn forget_faces(&self, changed: &HashSet<Tag>) {
        for ended in changed.iter().filter_map(|tag| tag.id::<SignInId>(SIGN_IN)) {
            self.faces.invalidate(&ended);
        }
        let accounts: HashSet<AccountId> = changed.iter().filter_map(|tag| tag.id(ACCOUNT)).collect();
        if accounts.is_empty() {
            return;
        }
        let known: Vec<_> = self.faces.iter().filter(|(_, face)| accounts.contains(&face.account.id)).map(|(id, _)| id).collect();
        known.iter().for_each(|id| self.faces.invalidate(&**id));
    }

    /// Whether something that the page shows changed while it was rendered.
    fn changed_since(&self, page: &KeptPage) -> bool {
        self.changes_since(page.began, |changed| page.shows(changed))
    }

    /// See [`Log::has_since`].
    fn changes_since(&self, known: u64, is_such: impl Fn(&Changed) -> bool) -> bool {
        lock(&self.log).has_since(known, is_such)
    }
}

fn tells_of_shop(changed: &Changed) -> bool {
    match changed {
        Changed::All => true,
        Changed::Tags(tags) => tags.contains(&Tag::named(Tag::SHOP)),
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// One error for each of those who waited.
fn again(error: &Error) -> Error {
    match error {
        Error::NotFound => Error::NotFound,
        Error::SignInNeeded => Error::SignInNeeded,
        Error::Forbidden => Error::Forbidden,
        Error::Unavailable => Error::Unavailable,
        Error::Conflict(words) => Error::Conflict(words.clone()),
        other => Error::internal(format!("{other:#}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fifty_pages_take_no_more_memory_than_there_is_room_for() {
        let html = "x".repeat(10_000);
        let page = Body::new(&html).weight() as u64 + 20;
        let pages = PageCache::with_room(3 * page);
        lock(&pages.0.log).hears = true;
        futures_executor::block_on(async {
            for at in 0..50 {
                let rendered = Rendered { html: html.clone(), tags: vec![], until: None };
                pages.get_or_render(format!("GBP\n\n/products/{at}"), 0, async { Ok(rendered) }).await.unwrap();
            }
            pages.0.pages.run_pending_tasks().await;
        });
        assert!((1..=3).contains(&pages.0.pages.entry_count()), "{} are kept", pages.0.pages.entry_count());
        assert!(pages.0.pages.weighted_size() <= 3 * page);
    }
}
