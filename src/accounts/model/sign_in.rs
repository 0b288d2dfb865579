use chrono::{DateTime, Utc};
use diesel::prelude::*;
use sha2::{Digest, Sha256};

use crate::{
    accounts::rules::{Times, device_name},
    base::{AccountId, SignInId, text_enum},
    schema::sign_ins,
};

text_enum! {
    /// How somebody came to be signed in.
    pub enum Way {
        Password = "password",
        /// With the code of a second factor.
        Code = "code",
        /// With a recovery code in its place.
        Recovery = "recovery",
        /// By another provider.
        Oidc = "oidc",
        Invitation = "invitation",
        /// By a mailed link.
        Link = "link",
    }
}

text_enum! {
    /// What ended a sign-in before its time.
    pub enum EndedBy {
        /// Signed out there.
        Own = "self",
        /// From another device of the same person.
        Elsewhere = "elsewhere",
        Staff = "staff",
        /// The password, the address or the second factor was changed.
        Password = "password",
        Role = "role",
        Disabled = "disabled",
        Erased = "erased",
        Merged = "merged",
    }
}

/// A browser on which somebody signs in.
#[derive(Clone, Debug)]
pub struct Device {
    /// In words; empty: nothing is known.
    pub name: String,
    /// SHA-256 of the mark in its cookie.
    pub hash: Vec<u8>,
}

impl Device {
    /// `agent`: as the browser calls itself. `mark`: see `web::Session::device_mark`.
    pub fn of(agent: &str, mark: &str) -> Self {
        Self { name: device_name(agent), hash: Sha256::digest(mark.as_bytes()).to_vec() }
    }
}

/// Where somebody is or was signed in.
#[derive(Queryable, Selectable, Clone, Debug)]
#[diesel(table_name = sign_ins)]
pub struct SignInRow {
    pub id: SignInId,
    pub account_id: AccountId,
    pub device: String,
    pub address: Option<String>,
    pub way: Way,
    pub started_at: DateTime<Utc>,
    pub seen_at: DateTime<Utc>,
    pub proved_at: DateTime<Utc>,
    pub ended_at: Option<DateTime<Utc>>,
}

impl SignInRow {
    pub fn times(&self) -> Times {
        Times { started_at: self.started_at, seen_at: self.seen_at, proved_at: self.proved_at }
    }

    pub fn device_name(&self) -> &str {
        if self.device.is_empty() { "Unknown browser" } else { &self.device }
    }
}

#[derive(Insertable)]
#[diesel(table_name = sign_ins)]
pub struct NewSignIn<'a> {
    pub id: SignInId,
    pub account_id: AccountId,
    pub device: &'a str,
    pub device_hash: &'a [u8],
    pub address: Option<String>,
    pub way: Way,
    /// `None`: now.
    pub proved_at: Option<DateTime<Utc>>,
}
