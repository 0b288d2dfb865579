use std::path::PathBuf;

use chrono::{DateTime, Utc};
use diesel::{prelude::*, sql_types};

use super::rules;
use crate::{
    base::{AccountId, Db, DownloadFileId, DownloadId, OrderId, OrderLineId, VariantId, text_enum},
    media::MediaStore,
    schema::store,
    web::Opened,
};

/// What taking a file in needs.
#[derive(Clone)]
pub struct Intake {
    pub db: Db,
    pub media: MediaStore,
    /// Where a file lies while it arrives.
    pub folder: PathBuf,
}

/// A file that has arrived and lies in the media store.
#[derive(Clone, Debug)]
pub struct NewFile {
    pub name: String,
    /// SHA-256 of its content in hex.
    pub content_hash: String,
    pub bytes: i64,
}

/// A file that buyers of a variant get.
#[derive(QueryableByName, Clone, Debug)]
pub struct File {
    #[diesel(sql_type = sql_types::BigInt)]
    pub id: DownloadFileId,
    /// `None`: the variant was deleted since.
    #[diesel(sql_type = sql_types::Nullable<sql_types::BigInt>)]
    pub variant_id: Option<VariantId>,
    #[diesel(sql_type = sql_types::Text)]
    pub sku: String,
    #[diesel(sql_type = sql_types::Text)]
    pub title: String,
    #[diesel(sql_type = sql_types::Text)]
    pub name: String,
    #[diesel(sql_type = sql_types::Text)]
    pub content_hash: String,
    #[diesel(sql_type = sql_types::BigInt)]
    pub bytes: i64,
    #[diesel(sql_type = sql_types::Text)]
    pub added_by: String,
    #[diesel(sql_type = sql_types::Timestamptz)]
    pub added_at: DateTime<Utc>,
    #[diesel(sql_type = sql_types::Bool)]
    pub is_removed: bool,
    /// Links by which somebody can download it now.
    #[diesel(sql_type = sql_types::BigInt)]
    pub links: i64,
}

impl File {
    pub fn size(&self) -> String {
        rules::size(self.bytes)
    }
}

/// How long and how often a new link can be used, and how large a file may be.
#[derive(Queryable, Selectable, AsChangeset, Clone, Copy, Debug, PartialEq, Eq)]
#[diesel(table_name = store)]
pub struct Limits {
    pub download_days: i32,
    /// For each unit that was bought.
    pub download_most: i32,
    /// Largest file that staff can upload, in MB of 1,000,000 bytes.
    pub download_megabytes: i32,
}

impl Limits {
    /// Bytes of the largest file.
    pub fn most_bytes(&self) -> u64 {
        u64::try_from(self.download_megabytes).unwrap_or(0) * 1_000_000
    }
}

text_enum! {
    /// What stands in the way of a download.
    pub enum State {
        /// Nothing.
        Open = "open",
        Expired = "expired",
        UsedUp = "used_up",
        /// Staff ended it.
        Withdrawn = "withdrawn",
        /// The order was cancelled, or all of its money went back.
        Ended = "ended",
    }
}

impl State {
    pub fn label(self) -> &'static str {
        match self {
            Self::Open => "Open",
            Self::Expired => "Expired",
            Self::UsedUp => "Used up",
            Self::Withdrawn => "Ended by the shop",
            Self::Ended => "Refunded or cancelled",
        }
    }

    pub fn tone(self) -> &'static str {
        match self {
            Self::Open => "good",
            Self::Expired | Self::UsedUp => "warn",
            Self::Withdrawn | Self::Ended => "",
        }
    }
}

/// The right of an order's line to download a file, as it stands now.
#[derive(QueryableByName, Clone, Debug)]
pub struct Download {
    #[diesel(sql_type = sql_types::BigInt)]
    pub id: DownloadId,
    #[diesel(sql_type = sql_types::BigInt)]
    pub order_id: OrderId,
    #[diesel(sql_type = sql_types::BigInt)]
    pub order_line_id: OrderLineId,
    #[diesel(sql_type = sql_types::Text)]
    pub order_number: String,
    #[diesel(sql_type = sql_types::Text)]
    order_token: String,
    #[diesel(sql_type = sql_types::Nullable<sql_types::BigInt>)]
    order_account: Option<AccountId>,
    /// Of the order's line.
    #[diesel(sql_type = sql_types::Text)]
    pub title: String,
    /// Of the file.
    #[diesel(sql_type = sql_types::Text)]
    pub name: String,
    #[diesel(sql_type = sql_types::Text)]
    pub content_hash: String,
    #[diesel(sql_type = sql_types::BigInt)]
    pub bytes: i64,
    #[diesel(sql_type = sql_types::Timestamptz)]
    pub expires_at: DateTime<Utc>,
    #[diesel(sql_type = sql_types::Integer)]
    pub most: i32,
    #[diesel(sql_type = sql_types::Integer)]
    pub used: i32,
    #[diesel(sql_type = sql_types::Integer)]
    pub renewals: i32,
    #[diesel(sql_type = sql_types::Text)]
    pub state: State,
    /// Nobody has its content any more, so it can't be renewed.
    #[diesel(sql_type = sql_types::Bool)]
    pub is_purged: bool,
}

impl Download {
    /// For mails alone: the page that says what it is. Whoever has this address can download.
    pub fn mailed_path(&self) -> String {
        format!("/downloads/{}/{}", self.id, rules::link_token(&self.order_token, self.id, self.renewals))
    }

    /// The file itself, for a browser in which the link was opened, and for whoever may see the order.
    pub fn file_path(&self) -> String {
        format!("{}/opened/file", Self::kind(self.id))
    }

    /// What its link is for.
    pub fn kind(id: DownloadId) -> String {
        format!("/downloads/{id}")
    }

    /// Whether somebody may see the order that it was bought with.
    pub fn is_of(&self, account: Option<AccountId>, opened: &Opened) -> bool {
        let is_theirs = account.is_some() && self.order_account == account;
        is_theirs || opened.holds(self.order_id, &self.order_token)
    }

    pub fn opens(&self, token: &str) -> bool {
        rules::is_same(token, &rules::link_token(&self.order_token, self.id, self.renewals))
    }

    pub fn size(&self) -> String {
        rules::size(self.bytes)
    }

    pub fn left(&self) -> i32 {
        self.most - self.used
    }

    pub fn is_open(&self) -> bool {
        self.state == State::Open
    }

    /// Staff can give it another time.
    pub fn can_be_renewed(&self) -> bool {
        self.state != State::Ended && !self.is_purged
    }
}

/// Whose order it is, for links and mails.
#[derive(Clone, Copy, Debug)]
pub struct Buyer<'a> {
    pub order: OrderId,
    pub number: &'a str,
    pub email: &'a str,
    /// The shop's address without a slash at its end.
    pub site: &'a str,
    /// The order's own page, for the mail.
    pub order_url: &'a str,
}

/// Units of a line that were paid for.
#[derive(Clone, Copy, Debug)]
pub struct Bought {
    pub line: OrderLineId,
    pub variant: VariantId,
    pub quantity: i32,
}
