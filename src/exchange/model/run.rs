//! Files that come and go by the back office.

use chrono::{DateTime, Utc};
use diesel::prelude::*;
use serde_json::Value;

use super::Subject;
use crate::{
    base::{AccountId, ExchangeId, text_enum},
    catalog::Editor,
    exchange::report::Report,
    schema::exchange_runs,
};

text_enum! {
    pub enum Direction {
        In = "in",
        Out = "out",
    }
}

text_enum! {
    /// How far a file is that came or goes by the back office.
    pub enum RunState {
        /// A worker looks what would become of it.
        Checking = "checking",
        /// Somebody is to say whether it shall be done.
        Checked = "checked",
        Running = "running",
        Done = "done",
        /// What was done till then stays.
        Cancelled = "cancelled",
        /// The file can't be used.
        Failed = "failed",
    }
}

impl RunState {
    pub fn label(self) -> &'static str {
        match self {
            Self::Checking => "Being looked through",
            Self::Checked => "Waiting for you",
            Self::Running => "At work",
            Self::Done => "Done",
            Self::Cancelled => "Cancelled",
            Self::Failed => "Failed",
        }
    }

    /// A worker is at it, so the page shall look again.
    pub fn is_moving(self) -> bool {
        matches!(self, Self::Checking | Self::Running)
    }
}

/// A file that came or goes by the back office.
#[derive(Queryable, Selectable, Clone, Debug)]
#[diesel(table_name = exchange_runs)]
pub struct Run {
    pub id: ExchangeId,
    pub direction: Direction,
    pub subject: Subject,
    pub state: RunState,
    /// What the file was called where it came from.
    pub file_name: String,
    /// Empty until it is known.
    pub format: String,
    pub mapping: Value,
    pub fetch_images: bool,
    /// Products of the file that are done.
    pub position: i64,
    pub report: Value,
    pub failure: String,
    pub account_id: Option<AccountId>,
    pub by_name: String,
    pub created_at: DateTime<Utc>,
    pub ended_at: Option<DateTime<Utc>>,
    /// The file is deleted then.
    pub expires_at: DateTime<Utc>,
}

impl Run {
    pub fn counts(&self) -> Report {
        serde_json::from_value(self.report.clone()).unwrap_or_default()
    }

    /// Who asked for it, for the history of what it changes.
    pub fn by(&self) -> Editor {
        Editor { account: self.account_id, name: self.by_name.clone() }
    }

    /// Whether its file is not to be had any more.
    pub fn has_expired(&self) -> bool {
        self.expires_at <= Utc::now()
    }

    pub fn columns(&self) -> Vec<(String, Option<String>)> {
        serde_json::from_value(self.mapping.clone()).unwrap_or_default()
    }
}
