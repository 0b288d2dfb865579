//! What staff keep about customers.

use chrono::{DateTime, Utc};
use diesel::prelude::*;

use crate::{
    base::{AccountId, NoteId, TagId},
    schema::{accounts, customer_notes, customer_tags},
};

/// The back office's page of a customer who has an account. It names nobody: addresses stand in logs and histories.
pub fn customer_path(account: AccountId) -> String {
    format!("/admin/customers/{account}")
}

/// A word to find customers by.
#[derive(Queryable, Selectable, Clone, Debug)]
#[diesel(table_name = customer_tags)]
pub struct CustomerTag {
    pub id: TagId,
    pub name: String,
}

/// What somebody of the staff wrote about a customer.
#[derive(Queryable, Selectable, Clone, Debug)]
#[diesel(table_name = customer_notes)]
pub struct CustomerNote {
    pub id: NoteId,
    /// Their name at that time.
    pub author: String,
    pub body: String,
    pub created_at: DateTime<Utc>,
}

/// Since when a customer can't order, and why.
#[derive(Queryable, Selectable, Clone, Debug, Default)]
#[diesel(table_name = accounts)]
pub struct Blocking {
    /// `None`: not blocked.
    pub blocked_at: Option<DateTime<Utc>>,
    pub blocked_reason: String,
}
