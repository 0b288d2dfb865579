//! What people are told by mail.

use super::model::Credit;
use crate::{
    base::{Conn, Result},
    mail::{self, Envelope, letter},
    settings::{self, Store},
};

letter!(
    /// `code`: as it is typed, in groups of four.
    GiftCard { store: &'a Store, card: &'a Credit, code: &'a str, shop_url: &'a str, balance_url: &'a str },
    "mail/gift_card/body.txt",
    "mail/gift_card/body.html"
);

/// Tells a card's code to its recipient: the only place where it stands. `number`: of the order that bought it, or empty.
pub fn gift_card(conn: &mut Conn, site: &str, card: &Credit, code: &str, number: &str) -> Result<()> {
    let store = settings::store(conn)?;
    let (shop_url, balance_url) = (format!("{site}/"), format!("{site}/gift-cards/balance"));
    let letter = GiftCard { store: &store, card, code, shop_url: &shop_url, balance_url: &balance_url };
    let subject = format!("A gift card of {} for {}", card.balance_money(), store.name);
    let about = if number.is_empty() { card.label() } else { number.to_owned() };
    let envelope = Envelope { kind: "gift_card", about, sender: store.sender(), recipient: &card.recipient_email, subject };
    mail::post(conn, &letter, envelope).map(|_| ())
}
