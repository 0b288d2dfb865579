use crate::base::{AccountId, Client, Email, sha256_hex, text_enum};

text_enum! {
    /// What is tried.
    pub enum Door {
        SignIn = "sign_in",
        SignUp = "sign_up",
        Reset = "reset",
        SignInLink = "sign_in_link",
        /// The code of a second factor.
        Code = "code",
        /// Saying again who one is.
        Proof = "proof",
        Coupon = "coupon",
        GiftCard = "gift_card",
        OrderLookup = "order_lookup",
        Place = "place",
        Review = "review",
        Alert = "alert",
        Wishlist = "wishlist",
        Newsletter = "newsletter",
        Export = "export",
    }
}

/// So many tries within so many seconds: all of them at once, and from then on one in each gap of `within / most`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    pub door: Door,
    pub most: u32,
    /// Seconds.
    pub within: u32,
}

/// Whose tries are counted together, as a hash: the table names nobody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Who {
    hash: String,
    /// For the log, where it is one.
    pub account: Option<AccountId>,
}

impl Who {
    pub fn account(id: AccountId) -> Self {
        Self { account: Some(id), ..Self::of(&format!("account {id}")) }
    }

    /// All addresses of one household count as one, see [`Client::network`].
    pub fn address(client: &Client) -> Self {
        Self::of(&format!("address {}", client.network()))
    }

    pub fn email(email: &Email) -> Self {
        Self::of(&format!("email {email}"))
    }

    /// A browser that somebody has signed in from before.
    pub fn device(device: &str, account: AccountId) -> Self {
        Self { account: Some(account), ..Self::of(&format!("device {device} of {account}")) }
    }

    /// Something else that is guessed at, such as an order's number.
    pub fn thing(what: &str) -> Self {
        Self::of(&format!("thing {what}"))
    }

    /// Everybody together.
    pub fn all() -> Self {
        Self::of("all")
    }

    pub fn as_str(&self) -> &str {
        &self.hash
    }

    fn of(text: &str) -> Self {
        Self { hash: sha256_hex(text.as_bytes()), account: None }
    }
}

/// More of one kind of event than a quiet day brings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Burst {
    /// As the log names it.
    pub event: String,
    /// In words, for the owners.
    pub words: &'static str,
    /// Within the last ten minutes.
    pub times: i64,
}
