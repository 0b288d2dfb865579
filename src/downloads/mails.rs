//! What people are told by mail.

use askama::Template;

use super::model::{Buyer, Download};
use crate::{
    base::{Conn, Email, Error, Result},
    mail::{self, Message},
    settings::{self, Store},
};

macro_rules! links_mail {
    ($name:ident, $path:literal) => {
        #[derive(Template)]
        #[template(path = $path)]
        struct $name<'a> {
            store: &'a Store,
            number: &'a str,
            site: &'a str,
            order_url: &'a str,
            downloads: &'a [Download],
            renewed: bool,
        }
    };
}

links_mail!(LinksText, "mail/downloads/body.txt");
links_mail!(LinksHtml, "mail/downloads/body.html");

/// The links to files that were bought. They lead to a page first: programs that look through mails open links, and must not use
/// up downloads. `renewed`: they take the place of former ones.
pub fn links(conn: &mut Conn, buyer: &Buyer<'_>, downloads: &[Download], renewed: bool) -> Result<()> {
    let store = settings::store(conn)?;
    let recipient = Email::parse(buyer.email).map_err(Error::internal)?;
    let Buyer { number, site, order_url, .. } = *buyer;
    let text = LinksText { store: &store, number, site, order_url, downloads, renewed }.render()?;
    let html = LinksHtml { store: &store, number, site, order_url, downloads, renewed }.render()?;
    let subject = match renewed {
        true => format!("A new download link for your order {number}"),
        false => format!("Your downloads of order {number}"),
    };
    let message = Message { kind: "downloads", about: number.to_owned(), sender: store.sender(), recipient, subject, text, html };
    mail::enqueue(conn, &message).map(|_| ())
}
