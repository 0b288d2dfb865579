use chrono::{DateTime, Utc};
use diesel::prelude::*;
use serde::Serialize;

use crate::{
    base::{AccountId, ErasureId, ExportId},
    schema::{erasures, privacy_exports},
};

/// Days for which a copy can be fetched, where the merchant has said nothing else.
pub const EXPORT_DAYS: i32 = 7;

/// Somebody whose data is looked for: an account, or whoever bought with an address and has none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    pub account: Option<AccountId>,
    /// In lower case.
    pub email: String,
}

/// What a table knows of a person.
#[derive(Clone, Debug, Serialize)]
pub struct Section {
    pub title: &'static str,
    pub table: &'static str,
    /// Why it stays when the person is erased; empty: it does not.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub kept_because: &'static str,
    pub rows: Vec<serde_json::Value>,
}

/// All that the shop knows of a person.
#[derive(Clone, Debug, Serialize)]
pub struct Dossier {
    pub shop: String,
    pub made_at: DateTime<Utc>,
    pub email: String,
    pub sections: Vec<Section>,
}

/// A copy that somebody asked for, without its texts.
#[derive(Queryable, Selectable, Clone, Debug)]
#[diesel(table_name = privacy_exports)]
pub struct Export {
    pub id: ExportId,
    pub asked_at: DateTime<Utc>,
    /// `None`: it is being made.
    pub expires_at: Option<DateTime<Utc>>,
}

/// As what a copy is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    Json,
    Html,
}

#[derive(Queryable, Selectable, Clone, Debug)]
#[diesel(table_name = erasures)]
pub struct Erasure {
    pub id: ErasureId,
    pub account_id: Option<AccountId>,
    pub email: String,
    pub asked_by: String,
    pub asked_at: DateTime<Utc>,
    pub due_at: DateTime<Utc>,
    pub withdrawn_at: Option<DateTime<Utc>>,
    pub done_at: Option<DateTime<Utc>>,
    pub outcome: serde_json::Value,
}

impl Erasure {
    pub fn is_open(&self) -> bool {
        self.withdrawn_at.is_none() && self.done_at.is_none()
    }

    pub fn person(&self) -> Person {
        Person { account: self.account_id, email: self.email.clone() }
    }

    /// "2 in accounts, 5 in orders".
    pub fn story(&self) -> String {
        let counts = self.outcome.as_object().into_iter().flatten().map(|(table, rows)| format!("{rows} in {table}"));
        counts.collect::<Vec<_>>().join(", ")
    }
}

/// What stands in the way of an erasure, or would be lost by it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hindrances {
    pub is_staff: bool,
    /// Numbers of orders that are not finished.
    pub open_orders: Vec<String>,
    /// Numbers of returns that are not finished.
    pub open_returns: Vec<String>,
    /// Store credit that is left, as money with its currency.
    pub credit: Vec<String>,
}

/// How long one kind of thing is kept.
#[derive(Clone, Debug)]
pub struct Rule {
    pub kind: &'static str,
    /// "Mails that were sent".
    pub title: &'static str,
    /// What becomes of it: "are deleted".
    pub fate: &'static str,
    pub days: i32,
    pub ran_at: Option<DateTime<Utc>>,
    /// Rows deleted or emptied by it, ever.
    pub removed: i64,
}

impl Rule {
    /// Its days as people say them: whole years where they are.
    pub fn span(&self) -> String {
        match (self.days, self.days % 365) {
            (1, _) => "1 day".to_owned(),
            (365, _) => "1 year".to_owned(),
            (days, 0) if days > 0 => format!("{} years", days / 365),
            (days, _) => format!("{days} days"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_years_are_not_told_in_days() {
        let told = |days| Rule { kind: "", title: "", fate: "", days, ran_at: None, removed: 0 }.span();
        assert_eq!([1, 60, 365, 400, 3650].map(told), ["1 day", "60 days", "1 year", "400 days", "10 years"]);
    }
}
