//! What people are told by mail.

use super::model::{Buyer, Download};
use crate::{
    base::{Conn, Result},
    mail::{self, Envelope, letter},
    settings::{self, Store},
};

letter!(
    Links { store: &'a Store, number: &'a str, site: &'a str, order_url: &'a str, downloads: &'a [Download], renewed: bool },
    "mail/downloads/body.txt",
    "mail/downloads/body.html"
);

/// The links to files that were bought. They lead to a page first: programs that look through mails open links, and must not use
/// up downloads. `renewed`: they take the place of former ones.
pub fn links(conn: &mut Conn, buyer: &Buyer<'_>, downloads: &[Download], renewed: bool) -> Result<()> {
    let store = settings::store(conn)?;
    let Buyer { number, site, order_url, .. } = *buyer;
    let letter = Links { store: &store, number, site, order_url, downloads, renewed };
    let subject = match renewed {
        true => format!("A new download link for your order {number}"),
        false => format!("Your downloads of order {number}"),
    };
    let (kind, about) = ("downloads", number.to_owned());
    mail::post(conn, &letter, Envelope { kind, about, sender: store.sender(), recipient: buyer.email, subject }).map(|_| ())
}
