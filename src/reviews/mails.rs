//! What authors are told by mail.

use super::model::Queued;
use crate::{
    base::{Conn, Result},
    mail::{self, Envelope, letter},
    settings::{self, Store},
};

letter!(
    ReviewPublished { store: &'a Store, name: &'a str, thing: &'a str, url: &'a str },
    "mail/review_published/body.txt",
    "mail/review_published/body.html"
);

letter!(
    /// `reason`: in the words of whoever refused it; empty: none was given.
    ReviewRefused { store: &'a Store, name: &'a str, thing: &'a str, reason: &'a str, url: &'a str },
    "mail/review_refused/body.txt",
    "mail/review_refused/body.html"
);

/// Tells an author that their review is shown. Nobody is told of one that came from elsewhere.
pub fn published(conn: &mut Conn, site: &str, decided: &Queued) -> Result<()> {
    let Some(recipient) = &decided.email else { return Ok(()) };
    let (store, thing) = (settings::store(conn)?, decided.product.title.as_str());
    let url = format!("{site}{}", decided.product.url());
    let letter = ReviewPublished { store: &store, name: decided.review.by(), thing, url: &url };
    let (kind, subject) = ("review_published", format!("Your review of {thing} is shown"));
    mail::post(conn, &letter, Envelope { kind, about: String::new(), sender: store.sender(), recipient, subject }).map(|_| ())
}

/// Tells an author that their review is not shown, why, and what they can do.
pub fn refused(conn: &mut Conn, site: &str, decided: &Queued) -> Result<()> {
    let Some(recipient) = &decided.email else { return Ok(()) };
    let (store, thing) = (settings::store(conn)?, decided.product.title.as_str());
    let url = format!("{site}{}", decided.product.writing_path());
    let letter = ReviewRefused { store: &store, name: decided.review.by(), thing, reason: &decided.review.reason, url: &url };
    let (kind, subject) = ("review_refused", format!("Your review of {thing} is not shown"));
    mail::post(conn, &letter, Envelope { kind, about: String::new(), sender: store.sender(), recipient, subject }).map(|_| ())
}
