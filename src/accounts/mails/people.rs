//! What people are told of their account. Mails with links that open something are private: see [`mail::post_private`].

use chrono::{DateTime, Utc};

use crate::{
    accounts::model::{AccountRow, Link},
    base::{Conn, Result},
    mail::{self, Envelope, letter},
    settings::{self, Store},
};

letter!(
    ConfirmAddress { store: &'a Store, url: &'a str, life: &'a str },
    "mail/confirm_address/body.txt",
    "mail/confirm_address/body.html"
);

letter!(
    AccountExists { store: &'a Store, sign_in_url: &'a str, reset_url: &'a str },
    "mail/account_exists/body.txt",
    "mail/account_exists/body.html"
);

letter!(
    ResetPassword { store: &'a Store, name: &'a str, url: &'a str, life: &'a str },
    "mail/reset_password/body.txt",
    "mail/reset_password/body.html"
);

letter!(
    SignInLink { store: &'a Store, name: &'a str, url: &'a str, life: &'a str },
    "mail/sign_in_link/body.txt",
    "mail/sign_in_link/body.html"
);

letter!(
    /// To both ends of a change of address.
    EmailChange { store: &'a Store, name: &'a str, url: &'a str, life: &'a str, from: &'a str, to: &'a str, is_new: bool },
    "mail/email_change/body.txt",
    "mail/email_change/body.html"
);

letter!(
    EmailChanged { store: &'a Store, name: &'a str, to: &'a str },
    "mail/email_changed/body.txt",
    "mail/email_changed/body.html"
);

letter!(
    /// To both addresses of accounts that are one now.
    Merged { store: &'a Store, name: &'a str, gone: &'a str, kept: &'a str, sign_in_url: &'a str },
    "mail/accounts_merged/body.txt",
    "mail/accounts_merged/body.html"
);

letter!(
    PasswordChanged { store: &'a Store, name: &'a str, reset_url: &'a str },
    "mail/password_changed/body.txt",
    "mail/password_changed/body.html"
);

letter!(
    NewDevice { store: &'a Store, name: &'a str, device: &'a str, at: String, reset_url: &'a str },
    "mail/new_device/body.txt",
    "mail/new_device/body.html"
);

letter!(
    SecondFactorChanged { store: &'a Store, name: &'a str, title: &'a str, words: &'a str, reset_url: &'a str },
    "mail/second_factor_changed/body.txt",
    "mail/second_factor_changed/body.html"
);

/// The name that was typed stands nowhere in it: whoever asks could write anything there, to anybody.
pub fn confirm_address(conn: &mut Conn, link: &Link, url: &str) -> Result<()> {
    let store = settings::store(conn)?;
    let letter = ConfirmAddress { store: &store, url, life: link.kind.life_in_words() };
    let subject = format!("Confirm your address for {}", store.name);
    mail::post_private(conn, &letter, envelope(&store, "confirm_address", &link.email, subject)).map(|_| ())
}

/// To an address that somebody wanted to use, though it is in use.
pub fn account_exists(conn: &mut Conn, site: &str, email: &str) -> Result<()> {
    let store = settings::store(conn)?;
    let (sign_in_url, reset_url) = (format!("{site}/sign-in"), reset_url(site));
    let letter = AccountExists { store: &store, sign_in_url: &sign_in_url, reset_url: &reset_url };
    let subject = format!("You have an account at {} already", store.name);
    mail::post(conn, &letter, envelope(&store, "account_exists", email, subject)).map(|_| ())
}

pub fn reset_password(conn: &mut Conn, account: &AccountRow, link: &Link, url: &str) -> Result<()> {
    let store = settings::store(conn)?;
    let letter = ResetPassword { store: &store, name: &account.name, url, life: link.kind.life_in_words() };
    let subject = format!("Choose a new password for {}", store.name);
    mail::post_private(conn, &letter, envelope(&store, "reset_password", &account.email, subject)).map(|_| ())
}

pub fn sign_in_link(conn: &mut Conn, account: &AccountRow, link: &Link, url: &str) -> Result<()> {
    let store = settings::store(conn)?;
    let letter = SignInLink { store: &store, name: &account.name, url, life: link.kind.life_in_words() };
    let subject = format!("Your link to sign in to {}", store.name);
    mail::post_private(conn, &letter, envelope(&store, "sign_in_link", &account.email, subject)).map(|_| ())
}

/// To the end of a change of address that `link` is mailed to. `to`: the new address.
pub fn email_change(conn: &mut Conn, account: &AccountRow, link: &Link, to: &str, url: &str) -> Result<()> {
    let store = settings::store(conn)?;
    let (from, is_new, life) = (account.email.as_str(), link.email == to, link.kind.life_in_words());
    let letter = EmailChange { store: &store, name: &account.name, url, life, from, to, is_new };
    let subject = format!("Your address at {}", store.name);
    mail::post_private(conn, &letter, envelope(&store, "email_change", &link.email, subject)).map(|_| ())
}

/// To the address so far. `account`: as it is now.
pub fn email_changed(conn: &mut Conn, account: &AccountRow, former: &str) -> Result<()> {
    let store = settings::store(conn)?;
    let letter = EmailChanged { store: &store, name: &account.name, to: &account.email };
    let subject = format!("Your address at {} was changed", store.name);
    mail::post(conn, &letter, envelope(&store, "email_changed", former, subject)).map(|_| ())
}

/// To either address of two accounts that are one now. `name`: of the one that stays.
pub fn merged(conn: &mut Conn, site: &str, name: &str, (gone, kept): (&str, &str), recipient: &str) -> Result<()> {
    let store = settings::store(conn)?;
    let sign_in_url = format!("{site}/sign-in");
    let letter = Merged { store: &store, name, gone, kept, sign_in_url: &sign_in_url };
    let subject = format!("Your accounts at {} are one now", store.name);
    mail::post(conn, &letter, envelope(&store, "accounts_merged", recipient, subject)).map(|_| ())
}

pub fn password_changed(conn: &mut Conn, site: &str, account: &AccountRow) -> Result<()> {
    let store = settings::store(conn)?;
    let reset_url = reset_url(site);
    let letter = PasswordChanged { store: &store, name: &account.name, reset_url: &reset_url };
    let subject = format!("Your password at {} was changed", store.name);
    mail::post(conn, &letter, envelope(&store, "password_changed", &account.email, subject)).map(|_| ())
}

/// `device`: such as "Firefox on Linux". `at`: by the database's clock.
pub fn new_device(conn: &mut Conn, site: &str, account: &AccountRow, device: &str, at: DateTime<Utc>) -> Result<()> {
    let store = settings::store(conn)?;
    let at = at.format("%-d %B %Y, %H:%M").to_string();
    let reset_url = reset_url(site);
    let letter = NewDevice { store: &store, name: &account.name, device, at, reset_url: &reset_url };
    let subject = format!("You signed in to {} at a new device", store.name);
    mail::post(conn, &letter, envelope(&store, "new_device", &account.email, subject)).map(|_| ())
}

/// What became of the second factor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Changed {
    SetUp,
    Removed,
    NewCodes,
    CodeUsed,
}

impl Changed {
    fn title(self) -> &'static str {
        match self {
            Self::SetUp => "Codes of your app are asked for now",
            Self::Removed => "Codes of your app are asked for no more",
            Self::NewCodes => "You have new recovery codes",
            Self::CodeUsed => "A recovery code was used",
        }
    }

    fn words(self) -> &'static str {
        match self {
            Self::SetUp => "From now on, signing in to your account asks for a code of your authenticator app besides the password.",
            Self::Removed => "From now on, signing in to your account asks for the password alone.",
            Self::NewCodes => "New recovery codes were made for your account. Those from before are worth nothing now.",
            Self::CodeUsed => "Somebody signed in to your account with one of your recovery codes in place of your authenticator app.",
        }
    }
}

pub fn second_factor_changed(conn: &mut Conn, site: &str, account: &AccountRow, changed: Changed) -> Result<()> {
    let store = settings::store(conn)?;
    let (title, words, reset_url) = (changed.title(), changed.words(), reset_url(site));
    let letter = SecondFactorChanged { store: &store, name: &account.name, title, words, reset_url: &reset_url };
    let subject = format!("{title} ({})", store.name);
    mail::post(conn, &letter, envelope(&store, "second_factor_changed", &account.email, subject)).map(|_| ())
}

/// A provider of identities of this name opens the account from now on, or does so no more.
pub fn identity_changed(conn: &mut Conn, site: &str, account: &AccountRow, provider: &str, is_linked: bool) -> Result<()> {
    let store = settings::store(conn)?;
    let (title, words) = if is_linked {
        (
            format!("{provider} opens your account now"),
            format!("From now on, whoever signs in at {provider} as you do is signed in to your account here."),
        )
    } else {
        (
            format!("{provider} opens your account no more"),
            format!("From now on, nobody comes into your account by signing in at {provider}."),
        )
    };
    let reset_url = reset_url(site);
    let letter = SecondFactorChanged { store: &store, name: &account.name, title: &title, words: &words, reset_url: &reset_url };
    let subject = format!("{title} ({})", store.name);
    mail::post(conn, &letter, envelope(&store, "identity_changed", &account.email, subject)).map(|_| ())
}

fn envelope<'a>(store: &Store, kind: &'static str, recipient: &'a str, subject: String) -> Envelope<'a> {
    Envelope { kind, about: String::new(), sender: store.sender(), recipient, subject }
}

fn reset_url(site: &str) -> String {
    format!("{site}/sign-in/reset")
}
