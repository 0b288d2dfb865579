use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use futures_util::{StreamExt, stream};

use super::{
    model::{Book, Doctor, Finding, Report},
    rules, store,
};
use crate::{
    base::{Conn, OrderId, Result, db_now},
    checkout, inventory,
    payments::{Gateway, GatewayPayment, Told},
};

/// Differences of one kind that are told at most; who has more of them has one cause to look for.
const MOST: i64 = 200;

/// Orders looked at in one statement.
const BATCH: i64 = 500;

/// Payments that a gateway without a list is asked for one by one, at most, and how many of them at once.
const MOST_ASKED: usize = 2000;
const AT_ONCE: usize = 4;

/// Between two looks at a gateway: what was on its way has arrived by then.
const PAUSE: Duration = Duration::from_secs(4);

/// A gateway's clock may differ from ours, and its payment begins later than our attempt.
const MARGIN: TimeDelta = TimeDelta::hours(24);

/// Asks the gateways about everything that is not final, writes down what they say, and compares everything then.
///
/// # Errors
/// The database can't be read or written. A gateway that does not answer is told in the report.
pub async fn settle_and_examine(doctor: &Doctor, days: u32) -> Result<Report> {
    let settled = checkout::settle_open(&doctor.till).await?;
    let mut report = examine(doctor, days).await?;
    if settled.silent > 0 {
        report.not_compared(format!("{} of what is not final, about which nobody answered", settled.silent));
    }
    Ok(Report { settled: Some(settled), ..report })
}

/// Compares everything, the lists of gateways for so many days back. Changes nothing.
///
/// # Errors
/// The database can't be read. A gateway that does not answer is told in the report.
pub async fn examine(doctor: &Doctor, days: u32) -> Result<Report> {
    let mut report = doctor.till.db.write(examine_books).await?;
    doctor.till.gateways.refresh().await;
    let days = TimeDelta::days(days.into());
    let (since, codes) = doctor
        .till
        .db
        .read(move |conn| {
            let since = db_now(conn)? - days;
            Ok((since, store::payments::gateways_used(conn, since)?))
        })
        .await?;
    for code in codes {
        examine_gateway(doctor, &code, since, &mut report).await?;
    }
    Ok(report)
}

/// Compares the shop's own books with each other, all as of one moment. The first thing in its transaction.
pub fn examine_books(conn: &mut Conn) -> Result<Report> {
    store::hold_still(conn)?;
    let mut report = Report::default();
    for wrong in inventory::disagreements(conn, MOST)? {
        report.findings.push(Finding::new(Book::Stock, wrong.sku, format!("its own books contradict {}", wrong.wrong)));
    }
    report.findings.extend(store::books::compare(conn, MOST)?);
    let mut after = OrderId(0);
    loop {
        let orders = store::orders::books(conn, after, BATCH)?;
        let Some(last) = orders.last() else { break };
        after = last.id;
        report.orders += i64::try_from(orders.len()).unwrap_or(i64::MAX);
        report.findings.extend(orders.iter().flat_map(rules::order));
    }
    Ok(report)
}

async fn examine_gateway(doctor: &Doctor, code: &str, since: DateTime<Utc>, report: &mut Report) -> Result<()> {
    let Some((listed, first)) = look(doctor, code, since, report).await? else { return Ok(()) };
    report.listed += listed;
    if first.is_empty() {
        return Ok(());
    }
    tokio::time::sleep(PAUSE).await;
    if let Some((_, second)) = look(doctor, code, since, report).await? {
        report.findings.extend(rules::lasting(first, &second));
    }
    Ok(())
}

/// `None`: there is nothing to compare, or the gateway did not tell it.
async fn look(doctor: &Doctor, code: &str, since: DateTime<Utc>, report: &mut Report) -> Result<Option<(usize, Vec<Finding>)>> {
    let name = doctor.till.gateways.name_of(code);
    let Ok(gateway) = doctor.till.gateways.get(code) else {
        report.not_compared(format!("{name} is not set up any more"));
        return Ok(None);
    };
    let theirs: Vec<GatewayPayment> = match gateway.list(since - MARGIN).await {
        Ok(Some(list)) => list,
        // Of what staff takes in by hand nobody else keeps a book.
        Ok(None) if gateway.is_manual() => return Ok(None),
        Ok(None) => return one_by_one(doctor, gateway.as_ref(), &name, since, report).await.map(Some),
        Err(error) => {
            report.not_compared(format!("{name}: {error}"));
            return Ok(None);
        }
    };
    let (code, named) = (code.to_owned(), theirs.iter().map(|payment| payment.reference.clone()).collect::<Vec<_>>());
    let ours = doctor.till.db.read(move |conn| store::payments::ours(conn, &code, since, &named)).await?;
    Ok(Some((theirs.len(), rules::gateway(&name, &ours, &theirs))))
}

/// Of a gateway without a list every payment of these days is asked for by its name, the newest first. What it has and we know
/// nothing of is not found so. How many it did not tell of is said in the report.
async fn one_by_one(
    doctor: &Doctor,
    gateway: &dyn Gateway,
    name: &str,
    since: DateTime<Utc>,
    report: &mut Report,
) -> Result<(usize, Vec<Finding>)> {
    let code = gateway.code();
    let mut ours = doctor.till.db.read(move |conn| store::payments::ours(conn, code, since, &[])).await?;
    ours.reverse();
    let (nameless, mut named): (Vec<_>, Vec<_>) = ours.into_iter().partition(|payment| payment.reference.is_none());
    let beyond = named.split_off(named.len().min(MOST_ASKED)).len();
    let asked = stream::iter(named.into_iter().map(|payment| async move {
        let told = gateway.tell(payment.reference.as_deref().unwrap_or_default()).await;
        (payment, told)
    }));
    let answers: Vec<_> = asked.buffer_unordered(AT_ONCE).collect().await;
    let (mut ours, mut theirs, mut untold) = (nameless, vec![], beyond);
    for (payment, told) in answers {
        match told {
            Ok(Told::Payment(told)) => theirs.push(told),
            Ok(Told::NoSuchPayment) => {}
            Ok(Told::Nothing) | Err(_) => {
                untold += 1;
                continue;
            }
        }
        ours.push(payment);
    }
    if untold > 0 {
        report.not_compared(format!("{untold} payments of {name}, which gives no list and told nothing of them"));
    }
    Ok((theirs.len(), rules::gateway(name, &ours, &theirs)))
}
