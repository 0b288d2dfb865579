//! The cookie: sealed under the ring of keys, with actix-session around it.
//!
//! actix-session signs (or encrypts) its cookie with one key for as long as the server runs, so no ring can turn there. What it gives
//! us to put into the cookie is therefore sealed by [`Sealed`], a cookie store like its own: AES-256-GCM under whichever key is the
//! newest, bound to the cookie's name. Nobody can read or make that without the keys. The signature outside is made with a key that
//! anybody may read here: a checksum.

use std::collections::HashMap;

use actix_session::{
    SessionMiddleware,
    config::{CookieContentSecurity, PersistentSession},
    storage::{LoadError, SaveError, SessionKey, SessionStore, UpdateError},
};
use actix_web::cookie::{Cookie, CookieJar, Key, SameSite, time::Duration};
use anyhow::anyhow;

use super::content::Content;
use crate::base::Keys;

/// The one entry of actix-session's map that we use.
pub const ENTRY: &str = "s";

/// Days for which a cookie, and so a guest's cart, is kept after the last visit.
pub const LIFETIME_DAYS: i64 = 60;

/// What the cookie is sealed for.
const PURPOSE: &str = "session cookie";

/// No secret: see above.
const CHECKSUM: &[u8; 64] = b"ironmonger: this signature is a checksum, the seal inside counts";

/// A cookie store whose content is sealed under the ring.
#[derive(Clone)]
pub struct Sealed {
    keys: Keys,
    name: &'static str,
}

impl Sealed {
    pub fn new(keys: Keys, name: &'static str) -> Self {
        Self { keys, name }
    }

    /// `v1.<key id>.<base64url of nonce and ciphertext>` of the content.
    fn seal(&self, content: &str) -> anyhow::Result<String> {
        self.keys.seal_short(PURPOSE, self.name, content)
    }

    /// `None`: not sealed by us, with a key that has gone, for another cookie, or of another layout. What a former key sealed is marked
    /// as to be written again.
    fn open(&self, sealed: &str) -> Option<Content> {
        let mut content: Content = serde_json::from_str(&self.keys.open_short(PURPOSE, self.name, sealed).ok()?).ok()?;
        if !self.keys.is_newest(PURPOSE, sealed) {
            content.day = 0;
        }
        Some(content)
    }

    /// What a cookie's value holds, as it was sent.
    pub fn read(&self, sent: &str) -> Option<Content> {
        let mut jar = CookieJar::new();
        jar.add_original(Cookie::parse_encoded(format!("{}={sent}", self.name)).ok()?);
        self.open(jar.signed(&checksum()).get(self.name)?.value())
    }

    fn key_of(&self, state: &HashMap<String, String>) -> anyhow::Result<SessionKey> {
        let content = state.get(ENTRY).ok_or_else(|| anyhow!("a session without content"))?;
        SessionKey::try_from(self.seal(content)?).map_err(|error| anyhow!(error))
    }
}

/// The session lives in the cookie alone, so nothing is to be deleted or prolonged here.
impl SessionStore for Sealed {
    async fn load(&self, key: &SessionKey) -> Result<Option<HashMap<String, String>>, LoadError> {
        let Some(content) = self.open(key.as_ref()) else { return Ok(None) };
        let text = serde_json::to_string(&content).map_err(|error| LoadError::Deserialization(error.into()))?;
        Ok(Some(HashMap::from([(ENTRY.to_owned(), text)])))
    }

    async fn save(&self, state: HashMap<String, String>, _: &Duration) -> Result<SessionKey, SaveError> {
        self.key_of(&state).map_err(SaveError::Other)
    }

    async fn update(&self, _: SessionKey, state: HashMap<String, String>, _: &Duration) -> Result<SessionKey, UpdateError> {
        self.key_of(&state).map_err(UpdateError::Other)
    }

    async fn update_ttl(&self, _: &SessionKey, _: &Duration) -> anyhow::Result<()> {
        Ok(())
    }

    async fn delete(&self, _: &SessionKey) -> anyhow::Result<()> {
        Ok(())
    }
}

/// The middleware that reads and writes the cookie.
pub fn layer(store: Sealed, https: bool) -> SessionMiddleware<Sealed> {
    let name = store.name.to_owned();
    SessionMiddleware::builder(store, checksum())
        .cookie_name(name)
        .cookie_secure(https)
        .cookie_http_only(true)
        .cookie_same_site(SameSite::Lax)
        .cookie_content_security(CookieContentSecurity::Signed)
        .session_lifecycle(PersistentSession::default().session_ttl(Duration::days(LIFETIME_DAYS)))
        .build()
}

fn checksum() -> Key {
    Key::from(CHECKSUM)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use actix_web::{App, HttpRequest, HttpResponse, http::header::SET_COOKIE, test as asked, web};
    use proptest::prelude::*;

    use super::{
        super::{Flash, FlashKind, Opened, Session, SignIn, opened::Carried},
        *,
    };
    use crate::base::{AccountId, CartId, OrderId, ProviderId, SignInId};

    fn keys(letters: &str) -> Keys {
        let ring: Vec<_> = letters.chars().map(|letter| letter.to_string().repeat(32)).collect();
        Keys::load(Some(&ring.join(",")), Path::new("/nowhere")).unwrap()
    }

    fn store(letters: &str) -> Sealed {
        Sealed::new(keys(letters), "session")
    }

    fn opened(orders: Vec<i64>) -> Opened {
        let mut opened = Opened::default();
        orders.into_iter().for_each(|id| opened.add(OrderId(id), "token"));
        opened
    }

    prop_compose! {
        fn contents()(
            sign_in in any::<Option<(i64, i32)>>(), cart in any::<Option<[u8; 16]>>(), cart_count in any::<Option<i64>>(),
            currency in prop::option::of("[A-Z]{3}"), text in prop::option::of(any::<String>()), long in 0usize..1200, day in 1i64..99_999,
            orders in prop::collection::vec(any::<i64>(), 0..12),
        ) -> Content {
            let uuid = uuid::Uuid::from_bytes;
            Content {
                secret: "s".repeat(32),
                sign_in: sign_in.map(|(account, generation)| SignIn { id: SignInId(uuid([7; 16])), account: AccountId(account), generation }),
                half: None,
                away: None,
                unlinked: None,
                cart: cart.map(|bytes| CartId(uuid(bytes))),
                cart_count,
                currency,
                opened: opened(orders),
                carried: Carried::default(),
                flash: text.map(|text| Flash::new(FlashKind::Notice, format!("{text}{}", "\u{10ffff}".repeat(long)), 0)),
                device: "d".repeat(24),
                day,
            }
        }
    }

    /// What a browser sends back of the answer to this content.
    async fn set_cookie(store: Sealed, content: Content, https: bool) -> String {
        let save = move |request: HttpRequest| {
            let content = content.clone();
            async move {
                Session::of(&request).change(|kept| *kept = content).unwrap();
                HttpResponse::Ok().finish()
            }
        };
        let app = asked::init_service(App::new().wrap(layer(store, https)).default_service(web::to(save))).await;
        let answer = asked::call_service(&app, asked::TestRequest::get().uri("/").to_request()).await;
        answer.headers().get(SET_COOKIE).unwrap().to_str().unwrap().to_owned()
    }

    proptest! {
        #[test]
        fn what_is_sealed_is_read_again_by_any_ring_with_its_key(content in contents()) {
            let text = serde_json::to_string(&content).unwrap();
            let sealed = store("a").seal(&text).unwrap();
            prop_assert_eq!(store("a").open(&sealed), Some(content.clone()));
            prop_assert_eq!(store("ba").open(&sealed), Some(Content { day: 0, ..content.clone() }), "to be written again");
            prop_assert_eq!(store("b").open(&sealed), None, "its key has gone");
            prop_assert_eq!(Sealed::new(keys("a"), "__Host-session").open(&sealed), None, "of another cookie");
        }

        #[test]
        fn what_was_changed_anywhere_is_not_read(content in contents(), at in any::<prop::sample::Index>(), by in 1u8..=127) {
            let sealed = store("a").seal(&serde_json::to_string(&content).unwrap()).unwrap();
            let mut bytes = sealed.clone().into_bytes();
            let at = at.index(bytes.len());
            bytes[at] = (bytes[at] ^ by) & 127;
            let changed = String::from_utf8(bytes).unwrap();
            prop_assert!(changed == sealed || store("a").open(&changed).is_none());
        }

        #[test]
        fn whatever_is_sent_is_read_or_is_no_session(sent in any::<String>(), cut in "v1\\.[0-9a-f]{8}\\.[-_A-Za-z0-9]{0,80}") {
            prop_assert_eq!(store("a").read(&sent), None);
            prop_assert_eq!(store("a").read(&cut), None);
            prop_assert_eq!(store("a").open(&cut), None);
        }
    }

    /// What a handler that tells the message tells, and whether it changed the cookie.
    async fn told(store: Sealed, sent: &str) -> (String, bool) {
        let tell = |request: HttpRequest| async move {
            let flash = Session::of(&request).take_flash().unwrap();
            flash.map(|flash| flash.text).unwrap_or_default()
        };
        let app = asked::init_service(App::new().wrap(layer(store, false)).default_service(web::to(tell))).await;
        let request = asked::TestRequest::get().uri("/").insert_header(("cookie", sent)).to_request();
        let answer = asked::call_service(&app, request).await;
        let changed = answer.headers().contains_key(SET_COOKIE);
        (String::from_utf8(asked::read_body(answer).await.to_vec()).unwrap(), changed)
    }

    #[test]
    fn a_message_of_an_old_cookie_is_used_up_unseen() {
        actix_web::rt::System::new().block_on(async {
            let now = chrono::Utc::now().timestamp();
            for (at, expected) in [(now, "Saved"), (now - 600, ""), (0, "")] {
                let flash = Some(Flash::new(FlashKind::Success, "Saved".into(), at));
                let content = Content { secret: "s".into(), flash, day: now / 86_400, ..Content::default() };
                let cookie = set_cookie(store("a"), content, false).await;
                let sent = cookie.split(';').next().unwrap();
                assert_eq!(told(store("a"), sent).await, (expected.to_owned(), true), "{at}");
            }
        });
    }

    #[test]
    fn the_largest_cookie_is_below_4096_bytes() {
        let longest = |text: String| Content {
            secret: "s".repeat(32),
            sign_in: Some(SignIn { id: SignInId(uuid::Uuid::max()), account: AccountId(i64::MIN), generation: i32::MIN }),
            half: Some(super::super::Half { account: AccountId(i64::MIN), generation: i32::MIN, at: i64::MIN }),
            away: Some(super::super::Away {
                provider: ProviderId(i64::MIN),
                errand: super::super::Errand::SignIn,
                state: "s".repeat(32),
                nonce: "n".repeat(32),
                verifier: "v".repeat(64),
                return_to: format!("/{}", "r".repeat(199)),
                at: i64::MIN,
            }),
            unlinked: Some(super::super::Unlinked {
                provider: ProviderId(i64::MIN),
                subject: "\"".repeat(255),
                email: "e".repeat(254),
                at: i64::MIN,
            }),
            cart: Some(CartId(uuid::Uuid::max())),
            cart_count: Some(i64::MIN),
            currency: Some("GBP".into()),
            opened: opened((0..20).map(|less| i64::MAX - less).collect()),
            carried: Carried::default(),
            flash: Some(Flash::new(FlashKind::Success, text, i64::MIN)),
            device: "d".repeat(24),
            day: i64::MAX,
        };
        actix_web::rt::System::new().block_on(async {
            for letter in ["x", "\"", "\\", "\n", "\u{1}", "é", "\u{10ffff}"] {
                for length in [0, 300, 500, 999, 1000, 1001, 4000] {
                    let cookie = set_cookie(Sealed::new(keys("a"), "__Host-session"), longest(letter.repeat(length)), true).await;
                    assert!(cookie.len() < 4096, "{} bytes with {length} times {letter:?}", cookie.len());
                    assert!(cookie.starts_with("__Host-session=") && cookie.contains("; Secure") && cookie.contains("; Path=/"));
                    assert!(!cookie.contains("Domain"), "{cookie}");
                }
            }
        });
    }

    #[test]
    fn the_longest_content_makes_no_cookie_that_is_longer() {
        let text = "x".repeat(super::super::content::LONGEST_CONTENT);
        let sealed = store("a").seal(&text).unwrap();
        // Name, signature with every letter of it escaped, and all attributes.
        let around = "__Host-session=".len() + 3 * 44 + "; HttpOnly; SameSite=Lax; Secure; Path=/; Max-Age=5184000".len();
        assert!(sealed.len() + around < 4096, "{}", sealed.len() + around);
    }

    #[test]
    fn a_right_checksum_makes_no_session() {
        let mut jar = CookieJar::new();
        let forged = r#"{"secret":"known","sign_in":{"id":"00000000-0000-0000-0000-000000000000","account":1,"generation":1},"day":1}"#;
        jar.signed_mut(&checksum()).add(Cookie::new("session", forged));
        let sent = jar.delta().next().unwrap().encoded().to_string();
        assert_eq!(store("a").read(sent.split_once('=').unwrap().1), None);
    }

    #[test]
    fn a_cookie_without_its_checksum_is_none_for_the_layer_and_none_for_kept_pages() {
        let sealed = store("a").seal(&serde_json::to_string(&Content::default()).unwrap()).unwrap();
        assert_eq!(store("a").read(&sealed), None);
        let whole =
            actix_web::rt::System::new().block_on(set_cookie(store("a"), Content { secret: "s".into(), ..Content::default() }, false));
        let sent = whole.split(';').next().unwrap().split_once('=').unwrap().1.to_owned();
        assert_eq!(store("a").read(&sent).unwrap().secret, "s");
    }
}
