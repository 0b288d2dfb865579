use chrono::{DateTime, Utc};

use super::model::Person;
use crate::{
    base::{Conn, Result},
    mail::{self, Envelope, letter},
    settings::{self, Store},
};

letter!(
    ExportReady { store: &'a Store, url: &'a str, until: &'a str },
    "mail/privacy_export/body.txt",
    "mail/privacy_export/body.html"
);

letter!(
    ErasureAsked { store: &'a Store, url: &'a str, day: &'a str, has_account: &'a bool },
    "mail/erasure_asked/body.txt",
    "mail/erasure_asked/body.html"
);

fn day(moment: DateTime<Utc>) -> String {
    moment.format("%-d %B %Y").to_string()
}

pub fn export_ready(conn: &mut Conn, site: &str, email: &str, until: DateTime<Utc>) -> Result<()> {
    let store = settings::store(conn)?;
    let (url, until) = (format!("{site}/account/data"), day(until));
    let subject = format!("The copy of your data at {}", store.name);
    let envelope = Envelope { kind: "privacy_export", about: String::new(), sender: store.sender(), recipient: email, subject };
    mail::post(conn, &ExportReady { store: &store, url: &url, until: &until }, envelope).map(|_| ())
}

pub fn erasure_asked(conn: &mut Conn, site: &str, person: &Person, due: DateTime<Utc>) -> Result<()> {
    let store = settings::store(conn)?;
    let (url, day, has_account) = (format!("{site}/account/data"), day(due), person.account.is_some());
    let subject = format!("Your data at {} will be erased on {day}", store.name);
    let envelope = Envelope { kind: "erasure_asked", about: String::new(), sender: store.sender(), recipient: &person.email, subject };
    mail::post(conn, &ErasureAsked { store: &store, url: &url, day: &day, has_account: &has_account }, envelope).map(|_| ())
}
