use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use super::{
    model::{Book, Doctor, Finding, Report},
    rules, store,
};
use crate::{
    base::{Conn, OrderId, Result, db_now},
    inventory,
    payments::GatewayPayment,
};

/// Differences of one kind that are told at most; who has more of them has one cause to look for.
const MOST: i64 = 200;

/// Orders looked at in one statement.
const BATCH: i64 = 500;

/// Between two looks at a gateway: what was on its way has arrived by then.
const PAUSE: Duration = Duration::from_secs(4);

/// A gateway's clock may differ from ours, and its payment begins later than our attempt.
const MARGIN: TimeDelta = TimeDelta::hours(24);

/// Compares everything, the lists of gateways for so many days back.
///
/// # Errors
/// The database can't be read. A gateway that does not answer is told in the report.
pub async fn examine(doctor: &Doctor, days: u32) -> Result<Report> {
    let mut report = doctor.db.write(examine_books).await?;
    doctor.gateways.refresh().await;
    let days = TimeDelta::days(days.into());
    let (since, codes) = doctor
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

/// `None`: this gateway has no list, or did not give it.
async fn look(doctor: &Doctor, code: &str, since: DateTime<Utc>, report: &mut Report) -> Result<Option<(usize, Vec<Finding>)>> {
    let name = doctor.gateways.name_of(code);
    let Ok(gateway) = doctor.gateways.get(code) else {
        report.unread.push(format!("{name} is not set up any more"));
        return Ok(None);
    };
    let theirs: Vec<GatewayPayment> = match gateway.list(since - MARGIN).await {
        Ok(Some(list)) => list,
        Ok(None) => return Ok(None),
        Err(error) => {
            report.unread.push(format!("{name}: {error}"));
            return Ok(None);
        }
    };
    let (code, named) = (code.to_owned(), theirs.iter().map(|payment| payment.reference.clone()).collect::<Vec<_>>());
    let ours = doctor.db.read(move |conn| store::payments::ours(conn, &code, since, &named)).await?;
    Ok(Some((theirs.len(), rules::gateway(&name, &ours, &theirs))))
}
