//! Mails to the merchant and the shop's owners.

use super::{
    model::{Finding, Report},
    store,
};
use crate::{
    base::{Conn, Result},
    limits::Burst,
    mail::{self, Envelope, letter},
    settings::{self, Store},
};

/// Differences that a mail tells; the rest stands on the page.
const TOLD: usize = 50;

letter!(
    /// `more`: so many are not told, if any.
    BooksDiffer { store: &'a Store, findings: &'a [Finding], more: Option<usize>, page_url: &'a str },
    "mail/books_differ/body.txt",
    "mail/books_differ/body.html"
);

pub fn books_differ(conn: &mut Conn, site: &str, report: &Report) -> Result<()> {
    let store = settings::store(conn)?;
    let findings = &report.findings[..report.findings.len().min(TOLD)];
    let more = Some(report.findings.len() - findings.len()).filter(|more| *more > 0);
    let page_url = format!("{site}/admin/doctor");
    let letter = BooksDiffer { store: &store, findings, more, page_url: &page_url };
    let (about, subject) = (String::new(), "The shop's books differ".to_owned());
    let envelope = Envelope { kind: "books_differ", about, sender: store.sender(), recipient: &store.email, subject };
    mail::post(conn, &letter, envelope).map(|_| ())
}

letter!(
    KnockedOften { store: &'a Store, bursts: &'a [Burst], page_url: &'a str },
    "mail/burst/body.txt",
    "mail/burst/body.html"
);

/// Tells each owner, and the shop's own address while nobody owns it.
pub fn burst(conn: &mut Conn, site: &str, bursts: &[Burst]) -> Result<()> {
    let shop = settings::store(conn)?;
    let mut recipients = store::owners(conn)?;
    if recipients.is_empty() {
        recipients.push(shop.email.clone());
    }
    let page_url = format!("{site}/admin");
    for recipient in &recipients {
        let letter = KnockedOften { store: &shop, bursts, page_url: &page_url };
        let subject = "Somebody knocks very often at the shop".to_owned();
        let envelope = Envelope { kind: "burst", about: String::new(), sender: shop.sender(), recipient, subject };
        mail::post(conn, &letter, envelope)?;
    }
    Ok(())
}
