//! The session: one encrypted cookie, nothing on the server.

use std::{borrow::Cow, collections::HashMap, sync::Arc, time};

use actix_session::{
    SessionExt, SessionMiddleware,
    config::{CookieContentSecurity, PersistentSession},
    storage::CookieSessionStore,
};
use actix_web::{
    HttpRequest,
    cookie::{Cookie, CookieJar, Key, SameSite, time::Duration},
    http::header::{COOKIE, HeaderMap},
};
use chrono::Utc;
use moka::sync::Cache;
use serde::{Deserialize, Serialize};

use super::forms::token_for;
use crate::base::{AccountId, CartId, Error, Keys, Result, random_token};

const ENTRY: &str = "s";

/// How long a cookie, and so a guest's cart, is kept after the last visit.
const LIFETIME: Duration = Duration::days(60);

/// Characters of a message at most: it travels in the cookie, which browsers take up to 4 KB.
const LONGEST_FLASH: usize = 600;

/// Seconds that a sign-in of staff holds at most.
pub const STAFF_SIGN_IN: i64 = 12 * 3600;

/// Seconds that a sign-in of a customer holds at most.
pub const CUSTOMER_SIGN_IN: i64 = 30 * 24 * 3600;

/// Cookies whose content is remembered, some 500 bytes each: who reads one page after another sends the same.
const SEEN: u64 = 8192;
const SEEN_FOR: time::Duration = time::Duration::from_secs(600);

/// The cookie's name and key.
#[derive(Clone)]
pub struct Sessions {
    key: Key,
    keys: Keys,
    https: bool,
    seen: Cache<Box<str>, Arc<Seen>>,
}

impl Sessions {
    pub fn new(keys: &Keys, https: bool) -> Self {
        let seen = Cache::builder().max_capacity(SEEN).time_to_live(SEEN_FOR).build();
        Self { key: Key::from(&keys.derive("session cookie")), keys: keys.clone(), https, seen }
    }

    /// Over TLS with the prefix that lets nobody else set it (RFC 6265bis, 4.1.3.2).
    pub fn name(&self) -> &'static str {
        if self.https { "__Host-session" } else { "session" }
    }

    /// The cookie's value as it was sent.
    pub fn sent<'a>(&self, headers: &'a HeaderMap) -> Option<&'a str> {
        let cookies = headers.get_all(COOKIE).filter_map(|header| header.to_str().ok()).flat_map(|header| header.split(';'));
        cookies.filter_map(|cookie| cookie.trim().split_once('=')).find(|(name, _)| *name == self.name()).map(|(_, value)| value)
    }

    /// What a page that is kept for all needs of the session, without the layer. `None`: it can't be read, or a page must do
    /// something about it (tell a message, count the cart, prolong the cookie).
    pub fn see(&self, sent: &str) -> Option<Arc<Seen>> {
        let seen = self.seen.get(sent).or_else(|| {
            let opened = Arc::new(self.open(sent)?);
            self.seen.insert(sent.into(), opened.clone());
            Some(opened)
        })?;
        (seen.day == today()).then_some(seen)
    }

    fn open(&self, sent: &str) -> Option<Seen> {
        let mut jar = CookieJar::new();
        jar.add_original(Cookie::parse_encoded(format!("{}={sent}", self.name())).ok()?);
        let opened = jar.private(&self.key).get(self.name())?;
        let state: HashMap<Cow<'_, str>, String> = serde_json::from_str(opened.value()).ok()?;
        let Content { secret, sign_in, currency, cart_count, flash, day, .. } = serde_json::from_str(state.get(ENTRY)?).ok()?;
        let waits = secret.is_empty() || flash.is_some();
        (!waits).then_some(Seen { token: token_for(&self.keys, &secret), sign_in, currency, cart_count: cart_count?, day })
    }
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
}

/// The middleware that reads and writes the cookie.
pub fn layer(sessions: &Sessions) -> SessionMiddleware<CookieSessionStore> {
    let lifecycle = PersistentSession::default().session_ttl(LIFETIME);
    SessionMiddleware::builder(CookieSessionStore::default(), sessions.key.clone())
        .cookie_name(sessions.name().to_owned())
        .cookie_secure(sessions.https)
        .cookie_http_only(true)
        .cookie_same_site(SameSite::Lax)
        .cookie_content_security(CookieContentSecurity::Private)
        .session_lifecycle(lifecycle)
        .build()
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FlashKind {
    Success,
    Notice,
    Error,
}

impl FlashKind {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::Notice => "notice",
            Self::Error => "error",
        }
    }
}

/// A message for the next page.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Flash {
    pub kind: FlashKind,
    pub text: String,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SignIn {
    pub account: AccountId,
    pub generation: i32,
    /// Unix seconds.
    at: i64,
}

impl SignIn {
    /// Seconds since then.
    pub fn age(&self) -> i64 {
        Utc::now().timestamp() - self.at
    }
}

#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Content {
    secret: String,
    sign_in: Option<SignIn>,
    cart: Option<CartId>,
    /// Things in the cart when a page last counted them; `None`: they may have changed since.
    #[serde(default)]
    cart_count: Option<i64>,
    /// Code of the currency that the visitor chose.
    currency: Option<String>,
    flash: Option<Flash>,
    /// Day of the last write; a visit on another day writes the cookie again and so prolongs it.
    day: i64,
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

    /// Account, its generation at sign-in, and the seconds since then.
    pub fn signed_in(&self) -> Option<(AccountId, i32, i64)> {
        let sign_in = self.content().sign_in?;
        Some((sign_in.account, sign_in.generation, sign_in.age()))
    }

    /// Seconds since the visitor last said who they are.
    pub fn proof_age(&self) -> Option<i64> {
        self.content().sign_in.map(|sign_in| sign_in.age())
    }

    /// Starts a session of its own for the account; the guest's cart comes along.
    pub fn sign_in(&self, account: AccountId, generation: i32) -> Result<()> {
        self.0.renew();
        self.change(|content| {
            content.secret = random_token(32);
            content.sign_in = Some(SignIn { account, generation, at: Utc::now().timestamp() });
            content.cart_count = None;
        })
    }

    /// Ends the sign-in and forgets the cart. The chosen currency says nothing of the person and stays.
    pub fn sign_out(&self) -> Result<()> {
        self.0.renew();
        self.change(|content| {
            let currency = content.currency.take();
            *content = Content { secret: random_token(32), day: today(), currency, ..Content::default() };
        })
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
        let text = text.into().chars().take(LONGEST_FLASH).collect();
        let flash = Flash { kind, text };
        self.change(|content| content.flash = Some(flash))
    }

    /// The message for this page, which is thereby used up.
    pub fn take_flash(&self) -> Result<Option<Flash>> {
        let flash = self.content().flash;
        if flash.is_some() {
            self.change(|content| content.flash = None)?;
        }
        Ok(flash)
    }
}

fn today() -> i64 {
    Utc::now().timestamp() / 86_400
}
