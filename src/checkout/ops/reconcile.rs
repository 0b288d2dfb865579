//! Asking about everything that is not final, whoever should have told us: payments whose shopper and whose webhook both stayed
//! away, payments whose beginning got no answer, refunds and captures that take their time. It goes on after an order is
//! cancelled, so that money which came late is found and goes back.

use chrono::{DateTime, Utc};
use futures_util::{StreamExt, future::BoxFuture, stream};

use super::ask_about;
use crate::{
    base::{Result, db_now},
    checkout::model::{Settled, Till},
    jobs::Job as _,
    orders::{self, CapturePayment, RefundPayment, RefundServices},
    payments::{self, Attempt, CaptureState, RefundState},
};

/// What one round looks at, at most, of each kind.
const ROUND: i32 = 50;

/// How many gateways' answers it waits for at once.
const AT_ONCE: usize = 4;

/// One round, of what is due to be asked about: the older a payment, the less often.
pub async fn reconcile(till: &Till) -> Result<()> {
    round(till, None).await.map(|_| ())
}

/// All of it once, whatever its age. What nobody answers for stays as it is.
pub async fn settle_open(till: &Till) -> Result<Settled> {
    let began = till.db.read(db_now).await?;
    let mut settled = Settled::default();
    loop {
        let of_round = round(till, Some(began)).await?;
        if of_round.asked == 0 {
            return Ok(settled);
        }
        settled.add(of_round);
    }
}

/// `before`: whatever was not asked about since then; `None`: what is due by its age.
async fn round(till: &Till, before: Option<DateTime<Utc>>) -> Result<Settled> {
    till.gateways.refresh().await;
    let by_hand = till.gateways.by_hand();
    let found = till.db.write(move |conn| {
        let attempts = payments::attempts_to_check(conn, &by_hand, before, ROUND)?;
        Ok((attempts, payments::refunds_to_check(conn, before, ROUND)?, payments::captures_to_check(conn, before, ROUND)?))
    });
    let (attempts, refunds, captures) = found.await?;
    let mut asked: Vec<BoxFuture<'_, Result<End>>> = vec![];
    for attempt in attempts {
        asked.push(Box::pin(ask_attempt(till, attempt)));
    }
    for refund in refunds {
        asked.push(Box::pin(ask_refund(till, RefundPayment { refund })));
    }
    for capture in captures {
        asked.push(Box::pin(ask_capture(till, CapturePayment { capture })));
    }
    let ends = stream::iter(asked).buffer_unordered(AT_ONCE);
    let ends: Vec<End> = ends.map(noted).collect().await;
    let count = |wanted| ends.iter().filter(|end| **end == wanted).count();
    Ok(Settled { asked: ends.len(), settled: count(End::Final), silent: count(End::Silent) })
}

/// What asking came to.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum End {
    Final,
    /// The shopper or a bank has still to decide.
    Open,
    Silent,
}

/// One that can't be settled now holds the others up no more than a line in the log does.
fn noted(end: Result<End>) -> End {
    end.unwrap_or_else(|error| {
        tracing::warn!(error = %error, "a payment could not be reconciled; the next round tries again");
        End::Silent
    })
}

fn end_of(is_open: bool) -> End {
    if is_open { End::Open } else { End::Final }
}

async fn ask_attempt(till: &Till, attempt: Attempt) -> Result<End> {
    let is_known = ask_about(till, &attempt).await?;
    let order = attempt.order_id;
    let order = till.db.read(move |conn| orders::find(conn, order)).await?;
    if order.is_cancelled() {
        till.db.write(move |conn| orders::release(conn, &order)).await?;
    }
    let attempt = till.db.read(move |conn| payments::attempt(conn, attempt.id)).await?;
    Ok(if is_known || !attempt.is_open() { end_of(attempt.is_open()) } else { End::Silent })
}

fn services(till: &Till) -> RefundServices {
    RefundServices { db: till.db.clone(), gateways: till.gateways.clone(), links: till.links.clone() }
}

async fn ask_refund(till: &Till, job: RefundPayment) -> Result<End> {
    let id = job.refund;
    job.run(services(till)).await?;
    let refund = till.db.read(move |conn| payments::refund(conn, id)).await?;
    Ok(end_of(refund.state == RefundState::Pending))
}

async fn ask_capture(till: &Till, job: CapturePayment) -> Result<End> {
    let id = job.capture;
    job.run(services(till)).await?;
    let capture = till.db.read(move |conn| payments::capture(conn, id)).await?;
    Ok(end_of(capture.state == CaptureState::Pending))
}
