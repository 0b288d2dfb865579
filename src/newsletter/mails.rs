//! The mail that asks whether it was them.

use super::model::{Subscriber, WORDING};
use crate::{
    base::{Conn, Result},
    mail::{self, Envelope, letter},
    settings::{self, Store},
};

letter!(
    Confirm { store: &'a Store, wording: &'a str, hours: i32, url: &'a str },
    "mail/newsletter_confirm/body.txt",
    "mail/newsletter_confirm/body.html"
);

pub fn newsletter_confirm(conn: &mut Conn, site: &str, subscriber: &Subscriber, token: &str) -> Result<()> {
    let store = settings::store(conn)?;
    let url = format!("{site}/newsletter/confirmation?token={token}");
    let end_url = format!("{site}/newsletter/end?token={}", subscriber.end_token);
    let letter = Confirm { store: &store, wording: WORDING, hours: super::store::LINK_HOURS, url: &url };
    let (about, subject) = (String::new(), format!("Do you want the newsletter of {}?", store.name));
    let envelope = Envelope { kind: "newsletter_confirm", about, sender: store.sender(), recipient: &subscriber.email, subject };
    mail::post_with_end(conn, &letter, envelope, &end_url).map(|_| ())
}
