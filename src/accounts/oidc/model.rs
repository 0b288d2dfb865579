//! Who vouches for people, and whom they know.

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use crate::{
    base::{AccountId, IdentityId, ProviderId},
    schema::{identities, identity_providers},
    web::Role,
};

/// A provider of identities.
#[derive(Queryable, Selectable, Clone, Debug)]
#[diesel(table_name = identity_providers)]
pub struct Provider {
    pub id: ProviderId,
    /// In the address to which it sends people back.
    pub slug: String,
    pub name: String,
    /// By which it calls itself in what it signs.
    pub issuer: String,
    pub client_id: String,
    /// Empty: it asks the shop for no password.
    pub secret_sealed: String,
    pub for_customers: bool,
    pub for_staff: bool,
    pub active: bool,
    /// Where it has people sign in; empty: not looked up yet.
    pub sign_in_origin: String,
}

impl Provider {
    /// Whether it vouches for people of this role, or for customers.
    pub fn serves(&self, role: Option<Role>) -> bool {
        self.active && if role.is_some() { self.for_staff } else { self.for_customers }
    }

    /// For whom, in words.
    pub fn serves_in_words(&self) -> &'static str {
        match (self.for_customers, self.for_staff) {
            (true, true) => "Customers and staff",
            (true, false) => "Customers",
            (false, _) => "Staff",
        }
    }
}

/// A provider with how many accounts are linked with it, and how many of them have no password.
#[derive(Clone, Debug)]
pub struct ProviderRow {
    pub provider: Provider,
    pub linked: i64,
    pub without_password: i64,
}

/// What the owner says of a provider.
#[derive(Insertable, Clone, Debug)]
#[diesel(table_name = identity_providers)]
pub struct NewProvider {
    pub slug: String,
    pub name: String,
    pub issuer: String,
    pub client_id: String,
    pub for_customers: bool,
    pub for_staff: bool,
    pub active: bool,
}

/// What has to be known of a provider to ask it.
#[derive(Clone, Debug)]
pub struct Partner {
    pub issuer: String,
    pub client_id: String,
    pub secret: Option<String>,
    /// Where people come back to.
    pub answer_url: String,
}

/// Somebody as a provider knows them.
#[derive(Insertable, Clone, Debug)]
#[diesel(table_name = identities)]
pub struct NewIdentity<'a> {
    pub provider_id: ProviderId,
    pub subject: &'a str,
    pub account_id: AccountId,
    /// The address that the provider told; may be empty.
    pub known_as: &'a str,
}

/// What an account is linked with, for its owner.
#[derive(Clone, Debug)]
pub struct Linked {
    pub id: IdentityId,
    pub provider: Provider,
    pub known_as: String,
    pub linked_at: DateTime<Utc>,
    pub used_at: Option<DateTime<Utc>>,
}

/// What a provider has signed about somebody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// Its own name for them.
    pub subject: String,
    /// As it was told, or `None`.
    pub email: Option<String>,
    /// The provider says that they read the address's mail.
    pub is_email_verified: bool,
    /// May be empty.
    pub name: String,
    /// They showed two factors there (RFC 8176).
    pub is_strong: bool,
    /// When they last showed there who they are; few providers say it unasked.
    pub shown_at: Option<DateTime<Utc>>,
}
