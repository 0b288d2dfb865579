use diesel::prelude::*;
use uuid::Uuid;

use crate::{
    base::{AccountId, LinkId, text_enum},
    schema::account_links,
};

text_enum! {
    /// What a mailed link is for.
    pub enum LinkKind {
        /// Makes the account that somebody asked for.
        SignUp = "sign_up",
        /// Sets a new password.
        Reset = "reset",
        /// Agrees to a change of address, at the address so far.
        EmailOld = "email_old",
        /// Agrees to it at the new address.
        EmailNew = "email_new",
        /// Signs in without a password.
        SignIn = "sign_in",
    }
}

impl LinkKind {
    /// Seconds for which a link works, by the database's clock.
    pub fn life(self) -> i32 {
        match self {
            Self::SignUp => 48 * 3600,
            Self::EmailOld | Self::EmailNew => 24 * 3600,
            Self::Reset => 3600,
            Self::SignIn => 15 * 60,
        }
    }

    /// The same as people say it.
    pub fn life_in_words(self) -> &'static str {
        match self {
            Self::SignUp => "two days",
            Self::EmailOld | Self::EmailNew => "one day",
            Self::Reset => "one hour",
            Self::SignIn => "fifteen minutes",
        }
    }

    /// The page that a link of this kind opens.
    pub fn path(self) -> &'static str {
        match self {
            Self::SignUp => "/sign-up",
            Self::Reset => "/sign-in/reset",
            Self::EmailOld | Self::EmailNew => "/account/email",
            Self::SignIn => "/sign-in/link",
        }
    }
}

/// A link as it is kept: everything but its token.
#[derive(Queryable, Selectable, Clone, Debug)]
#[diesel(table_name = account_links)]
pub struct Link {
    pub id: LinkId,
    pub kind: LinkKind,
    /// `None`: of a sign-up, or not looked up yet.
    pub account_id: Option<AccountId>,
    /// Where it is mailed to, in lower case.
    pub email: String,
    /// Of who signs up.
    pub name: String,
    /// A path of ours to go on to; may be empty.
    pub return_to: String,
    /// Of both ends of one change of address.
    pub pair: Option<Uuid>,
}

/// A link that somebody asked for, before the worker has looked whether there is an account and mailed it.
#[derive(Insertable, Clone, Debug)]
#[diesel(table_name = account_links)]
pub struct Asked {
    pub kind: LinkKind,
    pub account_id: Option<AccountId>,
    pub email: String,
    pub name: String,
    pub return_to: String,
    pub pair: Option<Uuid>,
}

impl Asked {
    /// A link to this address, whether it has an account or not.
    pub fn by(kind: LinkKind, email: &str, return_to: &str) -> Self {
        Self { kind, account_id: None, email: email.to_owned(), name: String::new(), return_to: return_to.to_owned(), pair: None }
    }
}
