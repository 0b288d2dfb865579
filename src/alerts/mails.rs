//! The two mails.

use super::model::{Thing, Waiting};
use crate::{
    accounts::AccountRow,
    base::{Conn, Money, Result},
    mail::{self, Envelope, letter},
    settings::{self, Store},
};

letter!(
    BackInStock { store: &'a Store, name: &'a str, thing: &'a str, price: Option<Money>, url: &'a str, end_url: &'a str },
    "mail/back_in_stock/body.txt",
    "mail/back_in_stock/body.html"
);

letter!(
    PriceFell { store: &'a Store, name: &'a str, thing: &'a str, price: Money, below: Money, url: &'a str, end_url: &'a str },
    "mail/price_fell/body.txt",
    "mail/price_fell/body.html"
);

fn end_url(site: &str, token: &str) -> String {
    format!("{site}/alerts/end?token={token}")
}

pub fn back_in_stock(conn: &mut Conn, site: &str, account: &AccountRow, thing: &Thing, token: &str) -> Result<()> {
    let store = settings::store(conn)?;
    let (name, url, end_url) = (thing.name(), format!("{site}{}", thing.path()), end_url(site, token));
    let letter = BackInStock { store: &store, name: &account.name, thing: &name, price: thing.price, url: &url, end_url: &end_url };
    let (about, subject) = (String::new(), format!("Back in stock: {}", thing.item.title));
    let envelope = Envelope { kind: "back_in_stock", about, sender: store.sender(), recipient: &account.email, subject };
    mail::post_with_end(conn, &letter, envelope, &end_url).map(|_| ())
}

/// Nothing where there is no price to tell.
pub fn price_fell(conn: &mut Conn, site: &str, account: &AccountRow, waiting: &Waiting, token: &str) -> Result<()> {
    let (Some(price), Some(below)) = (waiting.thing.price, waiting.alert.below()) else { return Ok(()) };
    let (store, thing) = (settings::store(conn)?, &waiting.thing);
    let (name, url, end_url) = (thing.name(), format!("{site}{}", thing.path()), end_url(site, token));
    let letter = PriceFell { store: &store, name: &account.name, thing: &name, price, below, url: &url, end_url: &end_url };
    let (about, subject) = (String::new(), format!("{} costs {price} now", thing.item.title));
    let envelope = Envelope { kind: "price_fell", about, sender: store.sender(), recipient: &account.email, subject };
    mail::post_with_end(conn, &letter, envelope, &end_url).map(|_| ())
}
