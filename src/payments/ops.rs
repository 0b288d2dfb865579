use super::{
    gateway::{RefundOutcome, Standing, Started},
    model::{Attempt, AttemptState, RefundState},
    rules, store,
};
use crate::base::{AttemptId, Conn, Error, Money, OrderId, RefundId, Result};

/// Begins a try to pay. A try at the same gateway that is still open and for the same amount is gone on with, so that a
/// double click pays once.
pub fn open_attempt(conn: &mut Conn, order: OrderId, gateway: &str, amount: Money) -> Result<Attempt> {
    let attempts = store::attempts_of(conn, order)?;
    let open = attempts.into_iter().find(|attempt| attempt.is_pending() && attempt.gateway == gateway && attempt.amount == amount.minor);
    match open {
        Some(open) => Ok(open),
        None => {
            let id = store::insert(conn, order, gateway, amount)?;
            store::find(conn, id)
        }
    }
}

/// Notes how the gateway took the attempt.
pub fn begun(conn: &mut Conn, attempt: AttemptId, started: &Started) -> Result<()> {
    match started {
        Started::Redirect { reference, url } => store::set_started(conn, attempt, reference, url),
        Started::Awaited => Ok(()),
        Started::Declined { reason } => {
            record(conn, attempt, &format!("start-{attempt}"), &Standing::Failed { reason: reason.clone() }).map(|_| ())
        }
    }
}

/// Writes what a gateway told into the ledger, with its effect. `false`: it was told before, or changes nothing.
///
/// # Errors
/// `Internal` when it tells of another currency than the attempt's.
pub fn record(conn: &mut Conn, attempt: AttemptId, event_id: &str, standing: &Standing) -> Result<bool> {
    let attempt = store::lock(conn, attempt)?;
    let (kind, captured, failure) = match standing {
        Standing::Pending => return Ok(false),
        Standing::Captured { amount } if amount.currency != attempt.currency => {
            return Err(Error::internal(format!(
                "attempt {} was paid in {}, not in {}",
                attempt.id,
                amount.currency.code(),
                attempt.currency.code()
            )));
        }
        Standing::Captured { amount } => ("captured", amount.minor, None),
        Standing::Failed { reason } => ("failed", 0, Some(reason.as_str())),
    };
    if !store::insert_event(conn, &attempt, event_id, kind, captured)? {
        return Ok(false);
    }
    let Some(state) = rules::next(attempt.state, standing) else { return Ok(false) };
    store::set_state(conn, attempt.id, state, captured, failure)?;
    tracing::info!(payment.attempt = %attempt.id, payment.state = %state, "a payment changed");
    Ok(true)
}

/// Sets money aside to be given back, from the order's payments in turn. What is told to the gateway is the caller's to enqueue.
///
/// # Errors
/// `Invalid` on `amount` when less than that is left, whatever else runs at the same time.
pub fn request_refund(conn: &mut Conn, order: OrderId, amount: Money, reason: &str, actor: &str) -> Result<Vec<RefundId>> {
    let mut left = amount.minor;
    let mut refunds = vec![];
    let mut attempts = store::attempts_of(conn, order)?;
    attempts.sort_by_key(|attempt| attempt.id);
    for attempt in attempts.iter().filter(|attempt| attempt.state == AttemptState::Captured) {
        let part = left.min(attempt.captured - attempt.refunded);
        if part > 0 && store::reserve_refund(conn, attempt.id, part)? {
            refunds.push(store::insert_refund(conn, attempt.id, part, reason, actor)?);
            left -= part;
        }
    }
    if left > 0 {
        let most = Money::new(amount.minor - left, amount.currency);
        return Err(Error::invalid("amount", format!("At most {most} can be given back")));
    }
    Ok(refunds)
}

/// Sets aside all that is left, if anything is.
pub fn refund_remaining(conn: &mut Conn, order: OrderId, reason: &str, actor: &str) -> Result<Vec<RefundId>> {
    let attempts = store::attempts_of(conn, order)?;
    let left: i64 = attempts.iter().map(|attempt| attempt.captured - attempt.refunded).sum();
    match attempts.first() {
        Some(attempt) if left > 0 => request_refund(conn, order, Money::new(left, attempt.currency), reason, actor),
        _ => Ok(vec![]),
    }
}

/// Notes what became of a refund. `false`: it was known already.
pub fn settle_refund(conn: &mut Conn, id: RefundId, outcome: &RefundOutcome) -> Result<bool> {
    match outcome {
        RefundOutcome::Succeeded { reference } => store::end_refund(conn, id, RefundState::Succeeded, reference.as_deref(), None),
        RefundOutcome::Refused { reason } => {
            let ended = store::end_refund(conn, id, RefundState::Failed, None, Some(reason))?;
            if ended {
                let refund = store::refund(conn, id)?;
                store::release_refund(conn, refund.attempt_id, refund.amount)?;
            }
            Ok(ended)
        }
    }
}
