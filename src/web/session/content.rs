//! What a session holds.

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use super::opened::{Carried, Opened};
use crate::base::{AccountId, CartId, ProviderId, SignInId};

/// Bytes of a message at most.
const LONGEST_FLASH: usize = 1000;

/// Seconds after which a message is not shown any more, so that an old cookie brings none back.
const FLASH_LIFE: i64 = 120;

/// Seconds by which the clocks of two servers may differ.
const SKEW: i64 = 300;

/// Bytes of a content as JSON at most. Sealed, signed and with its name and attributes it is then less than the 4,096 bytes that
/// browsers take (RFC 6265, 6.1).
pub const LONGEST_CONTENT: usize = 2800;

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
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Flash {
    pub kind: FlashKind,
    pub text: String,
    /// Unix seconds.
    at: i64,
}

impl Flash {
    /// `now`: Unix seconds.
    pub fn new(kind: FlashKind, mut text: String, now: i64) -> Self {
        text.truncate(text.floor_char_boundary(LONGEST_FLASH));
        Self { kind, text, at: now }
    }

    /// Whether it is still news.
    pub fn is_young(&self, now: i64) -> bool {
        (-SKEW..=FLASH_LIFE).contains(&(now - self.at))
    }
}

/// A sign-in as the cookie knows it. Whether it holds, the database says: by its own clock, and until the row of this id is ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignIn {
    pub id: SignInId,
    pub account: AccountId,
    /// Of the account when this was written. A later one ends it.
    pub generation: i32,
}

/// How a sign-in stands, by the database's clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Since the person last proved who they are.
    pub proved: TimeDelta,
    /// Until it ends of its age, however much it is used.
    pub left: TimeDelta,
}

/// Half a sign-in: the password was right, and the code of the second factor is owed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Half {
    pub account: AccountId,
    pub generation: i32,
    /// Unix seconds, by the database's clock.
    pub at: i64,
}

/// What somebody is sent to another provider for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Errand {
    SignIn,
    /// To have it vouch for them from now on.
    Link,
    /// To show once more that it is them.
    Proof,
}

/// Somebody who was sent to a provider of identities and has not come back yet. Everything that is random in it is of this one time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Away {
    pub provider: ProviderId,
    pub errand: Errand,
    /// Must come back with them (RFC 6749, 10.12).
    pub state: String,
    /// Must stand in what the provider signs (OpenID Connect Core 1.0, 3.1.2.1).
    pub nonce: String,
    /// Shows the provider that who fetches the answer is who asked (PKCE, RFC 7636).
    pub verifier: String,
    /// A path of ours to go on to; may be empty.
    pub return_to: String,
    /// Unix seconds, by the database's clock.
    pub at: i64,
}

/// Whom a provider has vouched for, and whom no account here is linked with yet: that of this address is when they sign in to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unlinked {
    pub provider: ProviderId,
    pub subject: String,
    /// In lower case.
    pub email: String,
    /// Unix seconds, by the database's clock.
    pub at: i64,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Content {
    pub secret: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sign_in: Option<SignIn>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub half: Option<Half>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub away: Option<Away>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unlinked: Option<Unlinked>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cart: Option<CartId>,
    /// Things in the cart when a page last counted them; `None`: they may have changed since.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cart_count: Option<i64>,
    /// Code of the currency that the visitor chose.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
    /// Of mailed links.
    #[serde(skip_serializing_if = "Opened::is_empty")]
    pub opened: Opened,
    #[serde(skip_serializing_if = "Carried::is_empty")]
    pub carried: Carried,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub flash: Option<Flash>,
    /// By which this browser is known again at its next sign-in. Empty: it never signed in.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub device: String,
    /// Day of the last write; a visit on another day writes the cookie again and so prolongs it. Zero: it is to be written again now.
    pub day: i64,
}

impl Content {
    /// Makes it fit into a cookie: what is too long loses its message, on which nothing but courtesy depends, and then what was begun
    /// with a provider of identities, which can be begun again.
    ///
    /// # Errors
    /// It is too long even without.
    pub fn fit(&mut self) -> anyhow::Result<()> {
        if self.length()? > LONGEST_CONTENT && self.flash.take().is_some() {
            tracing::warn!("a message was too long for the session's cookie and is not shown");
        }
        if self.length()? > LONGEST_CONTENT && (self.away.take().is_some() | self.unlinked.take().is_some()) {
            tracing::warn!("what a provider of identities is to be asked was too long for the session's cookie, and is asked again");
        }
        let length = self.length()?;
        anyhow::ensure!(length <= LONGEST_CONTENT, "a session of {length} bytes does not fit into a cookie");
        Ok(())
    }

    fn length(&self) -> anyhow::Result<usize> {
        Ok(serde_json::to_string(self)?.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::OrderId;

    #[test]
    fn a_message_is_cut_between_two_letters() {
        let flash = Flash::new(FlashKind::Notice, "é".repeat(800), 0);
        assert_eq!((flash.text.len(), flash.text.chars().count()), (1000, 500));
        let odd = Flash::new(FlashKind::Notice, format!("x{}", "é".repeat(800)), 0);
        assert_eq!(odd.text.len(), 999);
    }

    #[test]
    fn a_message_is_news_for_two_minutes_whatever_the_clocks_differ() {
        let flash = Flash::new(FlashKind::Success, "Saved".into(), 10_000);
        for (now, is_young) in [(10_000, true), (10_120, true), (10_121, false), (9_700, true), (9_699, false), (20_000, false)] {
            assert_eq!(flash.is_young(now), is_young, "{now}");
        }
    }

    /// So no clock of a server, right or wrong, prolongs a sign-in or ends it: how old it is, the database alone says.
    #[test]
    fn a_sign_in_in_the_cookie_knows_no_time() {
        let sign_in = SignIn { id: SignInId(uuid::Uuid::nil()), account: AccountId(7), generation: 3 };
        let written = serde_json::to_value(&sign_in).unwrap();
        let expected = serde_json::json!({ "id": uuid::Uuid::nil(), "account": 7, "generation": 3 });
        assert_eq!(written, expected);
    }

    #[test]
    fn opened_orders_and_carried_tokens_fit_with_all_else_and_a_long_message() {
        let uuid = uuid::Uuid::from_bytes([7; 16]);
        let mut content = Content {
            secret: "s".repeat(32),
            sign_in: Some(SignIn { id: SignInId(uuid), account: AccountId(i64::MAX), generation: i32::MAX }),
            half: Some(Half { account: AccountId(i64::MAX), generation: i32::MAX, at: i64::MAX }),
            cart: Some(CartId(uuid)),
            cart_count: Some(i64::MAX),
            currency: Some("GBP".into()),
            flash: Some(Flash::new(FlashKind::Success, "x".repeat(2000), i64::MAX)),
            device: "d".repeat(24),
            day: 99_999,
            ..Content::default()
        };
        (0..20).for_each(|less| content.opened.add(OrderId(i64::MAX - less), "token"));
        (0..10).for_each(|kind| content.carried.put(&format!("/newsletter/confirmation{kind}"), &"x".repeat(64)));
        content.fit().unwrap();
        assert!(content.flash.is_some(), "{} bytes", content.length().unwrap());
    }

    #[test]
    fn what_is_too_long_for_a_cookie_loses_its_message_and_nothing_else() {
        let flash = Flash::new(FlashKind::Error, "\u{1}".repeat(1000), 0);
        let mut content = Content { secret: "s".repeat(32), flash: Some(flash), cart_count: Some(3), ..Content::default() };
        content.fit().unwrap();
        assert_eq!((content.flash, content.cart_count, content.secret.len()), (None, Some(3), 32));
        let mut broken = Content { secret: "s".repeat(3000), ..Content::default() };
        assert!(broken.fit().is_err());
    }
}
