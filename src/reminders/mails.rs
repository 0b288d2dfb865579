//! The one mail.

use crate::{
    base::{Conn, Result},
    cart::CartView,
    mail::{self, Envelope, letter},
    settings::{self, Store},
};

letter!(
    Reminder { store: &'a Store, cart: &'a CartView, restore_url: &'a str, refusal_url: &'a str },
    "mail/cart_reminder/body.txt",
    "mail/cart_reminder/body.html"
);

pub fn cart_reminder(conn: &mut Conn, site: &str, email: &str, cart: &CartView, token: &str) -> Result<()> {
    let store = settings::store(conn)?;
    let (restore_url, refusal_url) = (format!("{site}/cart/restore?token={token}"), format!("{site}/cart/no-reminders?token={token}"));
    let letter = Reminder { store: &store, cart, restore_url: &restore_url, refusal_url: &refusal_url };
    let (about, subject) = (String::new(), format!("Your things at {} are still here", store.name));
    let envelope = Envelope { kind: "cart_reminder", about, sender: store.sender(), recipient: email, subject };
    mail::post(conn, &letter, envelope).map(|_| ())
}
