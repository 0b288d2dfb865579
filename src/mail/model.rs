use chrono::{DateTime, Utc};
use diesel::prelude::*;

use crate::{
    base::{Email, MailId, Result},
    schema::mails,
};

/// What a mail says, once as plain text and once as HTML. Made by [`letter`].
pub trait Letter {
    /// # Errors
    /// The template can't be rendered.
    fn text(&self) -> Result<String>;

    /// # Errors
    /// The template can't be rendered.
    fn html(&self) -> Result<String>;
}

/// A letter's fields and its two templates, for plain text and for HTML: both are filled from the same, so they say the same.
macro_rules! letter {
    ($(#[$doc:meta])* $name:ident { $($field:ident: $type:ty),* $(,)? }, $text:literal, $html:literal) => {
        $(#[$doc])*
        #[derive(askama::Template)]
        #[template(path = $text)]
        struct $name<'a> {
            $($field: $type,)*
        }

        impl<'a> $crate::mail::Letter for $name<'a> {
            fn text(&self) -> $crate::base::Result<String> {
                Ok(askama::Template::render(self)?)
            }

            fn html(&self) -> $crate::base::Result<String> {
                #[derive(askama::Template)]
                #[template(path = $html)]
                struct Html<'a, 'b> {
                    $($field: &'b $type,)*
                }
                Ok(askama::Template::render(&Html { $($field: &self.$field,)* })?)
            }
        }
    };
}

pub(crate) use letter;

/// What stands on the outside of a letter.
pub struct Envelope<'a> {
    /// Name of the letter's template, e.g. `order_placed`.
    pub kind: &'static str,
    /// What it tells of, e.g. an order's number.
    pub about: String,
    /// `Name <address>` or a bare address.
    pub sender: String,
    /// An address that was found right when it was kept.
    pub recipient: &'a str,
    pub subject: String,
}

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
    /// See [`Mail::private`].
    pub private: bool,
    /// See [`Mail::unsubscribe_url`].
    pub unsubscribe_url: String,
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
    /// Where mail programs end what it belongs to; empty: it belongs to nothing that can be ended.
    pub unsubscribe_url: String,
    /// It holds a link that opens an account: nobody's to read but the recipient's, and forgotten once it is sent.
    pub private: bool,
}
