//! The session: one encrypted cookie. Whether a sign-in in it holds, a row in the database says; nothing else is on the server.

mod content;
mod cookie;
mod opened;

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time,
};

use actix_session::{SessionExt, SessionMiddleware};
use actix_web::{
    HttpRequest,
    http::header::{COOKIE, HeaderMap},
};
use chrono::Utc;
use moka::sync::Cache;

use self::{
    content::Content,
    cookie::{ENTRY, Sealed},
    opened::Carried,
};
pub use self::{
    content::{Away, Errand, Flash, FlashKind, Half, SignIn, Standing, Unlinked},
    cookie::LIFETIME_DAYS as SESSION_DAYS,
    opened::Opened,
};
use super::{cache::Own, forms::token_for};
use crate::base::{CartId, Error, Keys, OrderId, Result, random_token};

/// Cookies whose content is remembered, with what comes into the gaps of pages some 4 KB each: who reads one page after another sends
/// the same.
const SEEN: u64 = 4096;
const SEEN_FOR: time::Duration = time::Duration::from_secs(600);

/// Characters of the mark by which a browser is known again.
const DEVICE_MARK: usize = 24;

/// The cookie's name and key.
#[derive(Clone)]
pub struct Sessions {
    store: Sealed,
    keys: Keys,
    https: bool,
    seen: Cache<Box<str>, Arc<Seen>>,
}

impl Sessions {
    pub fn new(keys: &Keys, https: bool) -> Self {
        let seen = Cache::builder().max_capacity(SEEN).time_to_live(SEEN_FOR).build();
        Self { store: Sealed::new(keys.clone(), name(https)), keys: keys.clone(), https, seen }
    }

    pub fn name(&self) -> &'static str {
        name(self.https)
    }

    /// The cookie's value as it was sent.
    pub fn sent<'a>(&self, headers: &'a HeaderMap) -> Option<&'a str> {
        let cookies = headers.get_all(COOKIE).filter_map(|header| header.to_str().ok()).flat_map(|header| header.split(';'));
        cookies.filter_map(|cookie| cookie.trim().split_once('=')).find(|(name, _)| *name == self.name()).map(|(_, value)| value)
    }

    /// What a page that is kept for all needs of the session, without the layer. `None`: it can't be read, or a page must do
    /// something about it (tell a message, count the cart, write the cookie again).
    pub fn see(&self, sent: &str) -> Option<Arc<Seen>> {
        // Asked first: what is opened while the ring turns counts as opened before.
        let turns = self.keys.turns();
        let known = self.seen.get(sent).filter(|seen| seen.turns == turns);
        let seen = known.or_else(|| {
            let opened = Arc::new(self.open(sent, turns)?);
            self.seen.insert(sent.into(), opened.clone());
            Some(opened)
        })?;
        (seen.day == today()).then_some(seen)
    }

    fn open(&self, sent: &str, turns: u64) -> Option<Seen> {
        let Content { secret, sign_in, currency, cart_count, flash, day, .. } = self.store.read(sent)?;
        let waits = secret.is_empty() || flash.is_some();
        let (token, cart_count, own) = (token_for(&self.keys, &secret), cart_count?, Mutex::default());
        (!waits).then_some(Seen { token, sign_in, currency, cart_count, day, turns, own })
    }
}

/// Over TLS with the prefix that lets nobody else set it (RFC 6265bis, 4.1.3.2).
fn name(https: bool) -> &'static str {
    if https { "__Host-session" } else { "session" }
}

/// A session as a kept page sees it.
#[derive(Debug)]
pub struct Seen {
    /// Of the forms.
    pub token: String,
    pub sign_in: Option<SignIn>,
    pub currency: Option<String>,
    pub cart_count: i64,
    day: i64,
    /// How often the ring of keys had turned.
    turns: u64,
    own: Mutex<Option<Arc<Own>>>,
}

impl Seen {
    /// What was last made of it for kept pages.
    pub fn own(&self) -> MutexGuard<'_, Option<Arc<Own>>> {
        self.own.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The middleware that reads and writes the cookie.
pub fn layer(sessions: &Sessions) -> SessionMiddleware<Sealed> {
    cookie::layer(sessions.store.clone(), sessions.https)
}

/// One visitor's session during one request.
#[derive(Clone)]
pub struct Session(actix_session::Session);

impl Session {
    pub fn of(request: &HttpRequest) -> Self {
        Self(request.get_session())
    }

    fn content(&self) -> Content {
        // A cookie that can't be read (an older layout, say) is an empty session, not a fault.
        self.0.get(ENTRY).ok().flatten().unwrap_or_default()
    }

    fn change(&self, change: impl FnOnce(&mut Content)) -> Result<()> {
        let mut content = self.content();
        if content.secret.is_empty() {
            content.secret = random_token(32);
        }
        content.day = today();
        change(&mut content);
        content.fit()?;
        self.0.insert(ENTRY, content).map_err(|error| Error::Internal(anyhow::anyhow!("the session can't be written: {error}")))
    }

    /// The secret that form tokens are bound to. Changes at sign-in and sign-out.
    pub fn secret(&self) -> Result<String> {
        let content = self.content();
        if content.secret.is_empty() || content.day != today() {
            self.change(|_| ())?;
        }
        Ok(self.content().secret)
    }

    pub fn has_secret(&self) -> bool {
        !self.content().secret.is_empty()
    }

    /// The sign-in that the cookie tells of. Whether it holds, `Visitor` asks.
    pub fn signed_in(&self) -> Option<SignIn> {
        self.content().sign_in
    }

    /// Starts a session of its own for the sign-in; the guest's cart comes along.
    pub fn sign_in(&self, sign_in: SignIn) -> Result<()> {
        self.0.renew();
        self.change(|content| {
            content.secret = random_token(32);
            content.sign_in = Some(sign_in);
            (content.half, content.away) = (None, None);
            content.cart_count = None;
            content.carried = Carried::default();
        })
    }

    /// Ends the sign-in and forgets the cart. The chosen currency says nothing of the person and stays, and so does the mark by which
    /// the browser is known again.
    pub fn sign_out(&self) -> Result<()> {
        self.0.renew();
        self.change(|content| {
            let (currency, device) = (content.currency.take(), std::mem::take(&mut content.device));
            *content = Content { secret: random_token(32), day: today(), currency, device, ..Content::default() };
        })
    }

    /// Binds all forms from now on to a new secret: the person has proved anew who they are (ASVS 7.2.4).
    pub fn renew(&self) -> Result<()> {
        self.0.renew();
        self.change(|content| content.secret = random_token(32))
    }

    /// The account's generation has risen, and this sign-in is the one that stays.
    pub fn note_generation(&self, generation: i32) -> Result<()> {
        self.change(|content| {
            if let Some(sign_in) = &mut content.sign_in {
                sign_in.generation = generation;
            }
        })
    }

    /// Half a sign-in, whose code is owed.
    pub fn half(&self) -> Option<Half> {
        self.content().half
    }

    /// `None` forgets it.
    pub fn set_half(&self, half: Option<Half>) -> Result<()> {
        self.change(|content| content.half = half)
    }

    /// Notes that the visitor was sent to a provider of identities, in the place of whatever was begun with one before.
    pub fn set_away(&self, away: Away) -> Result<()> {
        self.change(|content| (content.away, content.unlinked) = (Some(away), None))
    }

    /// What was noted of it, which is thereby forgotten, whatever becomes of it.
    pub fn take_away(&self) -> Result<Option<Away>> {
        let away = self.content().away;
        if away.is_some() {
            self.change(|content| content.away = None)?;
        }
        Ok(away)
    }

    /// Whom a provider vouched for, and whose account is not linked yet.
    pub fn unlinked(&self) -> Option<Unlinked> {
        self.content().unlinked
    }

    /// `None` forgets them.
    pub fn set_unlinked(&self, unlinked: Option<Unlinked>) -> Result<()> {
        self.change(|content| content.unlinked = unlinked)
    }

    /// The mark by which this browser is known again at its next sign-in, made when it has none.
    pub fn device_mark(&self) -> Result<String> {
        if self.content().device.is_empty() {
            self.change(|content| content.device = random_token(DEVICE_MARK))?;
        }
        Ok(self.content().device)
    }

    pub fn cart(&self) -> Option<CartId> {
        self.content().cart
    }

    pub fn set_cart(&self, cart: Option<CartId>) -> Result<()> {
        let content = self.content();
        if content.cart == cart && content.cart_count.is_none() {
            return Ok(());
        }
        self.change(|content| (content.cart, content.cart_count) = (cart, None))
    }

    /// What mailed links opened here.
    pub fn opened(&self) -> Opened {
        self.content().opened
    }

    /// Whoever sits here may see the order from now on, without its token in any address.
    pub fn open_order(&self, order: OrderId, token: &str) -> Result<()> {
        if self.content().opened.is_newest(order, token) {
            return Ok(());
        }
        self.change(|content| content.opened.add(order, token))
    }

    /// The token of the newest link of this kind that was opened here.
    pub fn carried(&self, kind: &str) -> Option<String> {
        self.content().carried.get(kind).map(str::to_owned)
    }

    /// The pages of this kind of link work with the token from now on, without it in their address.
    pub fn carry(&self, kind: &str, token: &str) -> Result<()> {
        if self.content().carried.get(kind) == Some(token) {
            return Ok(());
        }
        self.change(|content| content.carried.put(kind, token))
    }

    /// What the bar at the top says of the cart from now on. Whoever has no session gets none for that.
    pub fn note_count(&self, count: i64) -> Result<()> {
        let content = self.content();
        if content.secret.is_empty() || content.cart_count == Some(count) {
            return Ok(());
        }
        self.change(|content| content.cart_count = Some(count))
    }

    /// The code of the currency that the visitor chose. Whether it is (still) offered is asked elsewhere.
    pub fn currency(&self) -> Option<String> {
        self.content().currency
    }

    /// `None`: the shop's own.
    pub fn set_currency(&self, code: Option<&str>) -> Result<()> {
        self.change(|content| content.currency = code.map(str::to_owned))
    }

    pub fn flash(&self, kind: FlashKind, text: impl Into<String>) -> Result<()> {
        let flash = Flash::new(kind, text.into(), Utc::now().timestamp());
        self.change(|content| content.flash = Some(flash))
    }

    /// The message for this page, which is thereby used up. One that was written long ago is of an old cookie, and not shown.
    pub fn take_flash(&self) -> Result<Option<Flash>> {
        let flash = self.content().flash;
        if flash.is_some() {
            self.change(|content| content.flash = None)?;
        }
        Ok(flash.filter(|flash| flash.is_young(Utc::now().timestamp())))
    }
}

fn today() -> i64 {
    Utc::now().timestamp() / 86_400
}
