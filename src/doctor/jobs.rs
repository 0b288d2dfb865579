use serde::{Deserialize, Serialize};

use super::{mails, model::Doctor, ops};
use crate::{base::Result, jobs::Job, limits};

/// Compares the books every night, and tells the merchant of every difference.
#[derive(Serialize, Deserialize)]
pub struct ExamineBooks {}

impl ExamineBooks {
    /// Seconds from one examination to the next: a day.
    pub const EVERY: u32 = 86_400;

    /// Days back for which gateways are asked: a payment that nobody finds within a week is found by the next call by hand.
    const DAYS: u32 = 7;
}

impl Job for ExamineBooks {
    const KIND: &'static str = "examine_books";
    const MOST_SECONDS: u32 = 900;
    type Services = Doctor;

    async fn run(self, doctor: Doctor) -> Result<()> {
        let report = ops::settle_and_examine(&doctor, Self::DAYS).await?;
        for unread in &report.unread {
            tracing::warn!(event = "books_unread", "the books of a payment provider could not be compared: {unread}");
        }
        if report.is_clean() {
            tracing::info!(event = "books_agree", orders = report.orders, payments = report.listed, "the books agree");
            return Ok(());
        }
        for finding in &report.findings {
            tracing::error!(event = "books_differ", book = finding.book.as_str(), about = finding.about, "{}", finding.words);
        }
        let site = doctor.till.base_url.clone();
        doctor.till.db.write(move |conn| mails::books_differ(conn, &site, &report)).await
    }
}

/// Tells the owners when something that may be an attack happens very often, see `limits`.
#[derive(Serialize, Deserialize)]
pub struct TellBursts {}

impl TellBursts {
    /// Seconds from one look at the counts to the next.
    pub const EVERY: u32 = 60;
}

impl Job for TellBursts {
    const KIND: &'static str = "tell_bursts";
    type Services = Doctor;

    async fn run(self, doctor: Doctor) -> Result<()> {
        let site = doctor.till.base_url.clone();
        let told = doctor.till.db.write(move |conn| {
            let bursts = limits::bursts(conn)?;
            if !bursts.is_empty() {
                mails::burst(conn, &site, &bursts)?;
            }
            Ok(bursts)
        });
        for burst in told.await? {
            tracing::warn!(event = "burst", of = burst.event, times = burst.times, "the owners are told of a burst");
        }
        Ok(())
    }
}
