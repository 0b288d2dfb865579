//! What people are told by mail.

use askama::Template;

use super::model::Credit;
use crate::{
    base::{Conn, Email, Error, Result},
    mail::{self, Message},
    settings::{self, Store},
};

macro_rules! gift_card_mail {
    ($name:ident, $path:literal) => {
        #[derive(Template)]
        #[template(path = $path)]
        struct $name<'a> {
            store: &'a Store,
            card: &'a Credit,
            /// As it is typed, in groups of four.
            code: &'a str,
            shop_url: &'a str,
            balance_url: &'a str,
        }
    };
}

gift_card_mail!(GiftCardText, "mail/gift_card/body.txt");
gift_card_mail!(GiftCardHtml, "mail/gift_card/body.html");

/// Tells a card's code to its recipient: the only place where it stands. `number`: of the order that bought it, or empty.
pub fn gift_card(conn: &mut Conn, site: &str, card: &Credit, code: &str, number: &str) -> Result<()> {
    let store = settings::store(conn)?;
    let recipient = Email::parse(&card.recipient_email).map_err(Error::internal)?;
    let (shop_url, balance_url) = (format!("{site}/"), format!("{site}/gift-cards/balance"));
    let text = GiftCardText { store: &store, card, code, shop_url: &shop_url, balance_url: &balance_url }.render()?;
    let html = GiftCardHtml { store: &store, card, code, shop_url: &shop_url, balance_url: &balance_url }.render()?;
    let subject = format!("A gift card of {} for {}", card.balance_money(), store.name);
    let about = if number.is_empty() { card.label() } else { number.to_owned() };
    mail::enqueue(conn, &Message { kind: "gift_card", about, sender: store.sender(), recipient, subject, text, html }).map(|_| ())
}
