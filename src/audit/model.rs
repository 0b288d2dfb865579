use chrono::{DateTime, Utc};
use diesel::{
    QueryableByName,
    sql_types::{BigInt, Jsonb, Nullable, Text, Timestamptz},
};
use serde_json::Value;

use crate::base::{AccountId, text_enum};

text_enum! {
    /// What an entry tells.
    pub enum Kind {
        /// Somebody used a door.
        Act = "act",
        /// A row that an act changed.
        Change = "change",
        /// A door stayed shut.
        Refusal = "refusal",
        SignIn = "sign_in",
        /// The command line did it.
        Program = "program",
    }
}

impl Kind {
    pub fn label(self) -> &'static str {
        match self {
            Self::Act => "Act",
            Self::Change => "Change",
            Self::Refusal => "Refusal",
            Self::SignIn => "Sign-in",
            Self::Program => "Command line",
        }
    }
}

/// One line of the record.
#[derive(QueryableByName, Clone, Debug)]
pub struct Entry {
    #[diesel(sql_type = BigInt)]
    pub id: i64,
    #[diesel(sql_type = Timestamptz)]
    pub at: DateTime<Utc>,
    #[diesel(sql_type = Text)]
    pub kind: Kind,
    #[diesel(sql_type = Nullable<BigInt>)]
    pub actor_id: Option<AccountId>,
    /// Their name at that time.
    #[diesel(sql_type = Text)]
    pub actor: String,
    #[diesel(sql_type = Nullable<BigInt>)]
    pub acting_for: Option<AccountId>,
    /// Empty: not known, or too long ago to be kept.
    #[diesel(sql_type = Text)]
    pub address: String,
    /// Empty: none.
    #[diesel(sql_type = Text)]
    pub request_id: String,
    /// Method and route.
    #[diesel(sql_type = Text)]
    pub door: String,
    #[diesel(sql_type = Text)]
    pub path: String,
    /// Table of the changed row.
    #[diesel(sql_type = Text)]
    pub subject: String,
    /// Key of the changed row.
    #[diesel(sql_type = Text)]
    pub about: String,
    #[diesel(sql_type = Nullable<Jsonb>)]
    pub before: Option<Value>,
    #[diesel(sql_type = Nullable<Jsonb>)]
    pub after: Option<Value>,
}

/// A column that differs; `None`: there was no row, or there is none any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    pub column: String,
    pub before: Option<String>,
    pub after: Option<String>,
}

/// What somebody looks for in the record.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    pub actor_id: Option<i64>,
    /// A part of the name; empty: anybody.
    pub actor: String,
    pub kind: Option<Kind>,
    /// Empty: any.
    pub subject: String,
    /// Empty: any.
    pub about: String,
    /// A part of the door; empty: any.
    pub door: String,
    pub from: Option<DateTime<Utc>>,
    /// The first moment after.
    pub until: Option<DateTime<Utc>>,
    /// All of one request; empty: any.
    pub request_id: String,
}
