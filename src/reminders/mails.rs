//! The one mail.

use askama::Template;

use crate::{
    base::{Conn, Email, Error, Result},
    cart::CartView,
    mail::{self, Message},
    settings::{self, Store},
};

macro_rules! reminder {
    ($name:ident, $path:literal) => {
        #[derive(Template)]
        #[template(path = $path)]
        struct $name<'a> {
            store: &'a Store,
            cart: &'a CartView,
            restore_url: &'a str,
            refusal_url: &'a str,
        }
    };
}

reminder!(ReminderText, "mail/cart_reminder/body.txt");
reminder!(ReminderHtml, "mail/cart_reminder/body.html");

pub fn cart_reminder(conn: &mut Conn, site: &str, email: &str, cart: &CartView, token: &str) -> Result<()> {
    let store = settings::store(conn)?;
    let recipient = Email::parse(email).map_err(Error::internal)?;
    let (restore_url, refusal_url) = (format!("{site}/cart/restore?token={token}"), format!("{site}/cart/no-reminders?token={token}"));
    let text = ReminderText { store: &store, cart, restore_url: &restore_url, refusal_url: &refusal_url }.render()?;
    let html = ReminderHtml { store: &store, cart, restore_url: &restore_url, refusal_url: &refusal_url }.render()?;
    let subject = format!("Your things at {} are still here", store.name);
    let about = String::new();
    mail::enqueue(conn, &Message { kind: "cart_reminder", about, sender: store.sender(), recipient, subject, text, html }).map(|_| ())
}
