use chrono::{DateTime, Utc};
use diesel::prelude::*;

use crate::{
    base::{Email, MailId},
    schema::mails,
};

/// A mail to be sent, with its text as plain text and as HTML.
pub struct Message {
    /// Name of its template, e.g. `order_placed`.
    pub kind: &'static str,
    /// What it tells of, e.g. an order's number.
    pub about: String,
    /// `Name <address>` or a bare address.
    pub sender: String,
    pub recipient: Email,
    pub subject: String,
    pub text: String,
    pub html: String,
}

#[derive(Queryable, Selectable, Insertable, Clone, Debug)]
#[diesel(table_name = mails)]
pub struct Mail {
    pub id: MailId,
    pub kind: String,
    pub about: String,
    pub sender: String,
    pub recipient: String,
    pub subject: String,
    pub body_text: String,
    pub body_html: String,
    pub created_at: DateTime<Utc>,
    pub sent_at: Option<DateTime<Utc>>,
    pub last_error: Option<String>,
}
