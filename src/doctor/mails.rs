//! The one mail, to the merchant.

use askama::Template;

use super::model::{Finding, Report};
use crate::{
    base::{Conn, Email, Error, Result},
    mail::{self, Message},
    settings::{self, Store},
};

/// Differences that a mail tells; the rest stands on the page.
const TOLD: usize = 50;

macro_rules! differing {
    ($name:ident, $path:literal) => {
        #[derive(Template)]
        #[template(path = $path)]
        struct $name<'a> {
            store: &'a Store,
            findings: &'a [Finding],
            more: usize,
            page_url: &'a str,
        }
    };
}

differing!(DifferText, "mail/books_differ/body.txt");
differing!(DifferHtml, "mail/books_differ/body.html");

pub fn books_differ(conn: &mut Conn, site: &str, report: &Report) -> Result<()> {
    let store = settings::store(conn)?;
    let recipient = Email::parse(&store.email).map_err(Error::internal)?;
    let findings = &report.findings[..report.findings.len().min(TOLD)];
    let (more, page_url) = (report.findings.len() - findings.len(), format!("{site}/admin/doctor"));
    let text = DifferText { store: &store, findings, more, page_url: &page_url }.render()?;
    let html = DifferHtml { store: &store, findings, more, page_url: &page_url }.render()?;
    let subject = "The shop's books differ".to_owned();
    let message = Message { kind: "books_differ", about: String::new(), sender: store.sender(), recipient, subject, text, html };
    mail::enqueue(conn, &message).map(|_| ())
}
