//! Attempts, what was told of them, and what moves their money.

use crate::{
    base::{AttemptId, CaptureId, Conn, CreditId, Error, Money, OrderId, RefundId, Result},
    payments::{
        gateway::{Outcome, Standing, Started},
        model::{Attempt, AttemptState, Capture, CaptureState, RefundState},
        rules,
        store::{self, NewAttempt},
    },
};

/// Begins a try to pay. A try at the same gateway that is still open and for the same amount is gone on with, so that a
/// double click pays once.
pub fn open_attempt(conn: &mut Conn, order: OrderId, gateway: &str, amount: Money) -> Result<Attempt> {
    let attempts = store::attempts_of(conn, order)?;
    let open = attempts.into_iter().find(|attempt| attempt.is_pending() && attempt.gateway == gateway && attempt.money() == amount);
    match open {
        Some(open) => Ok(open),
        None => store::insert(conn, NewAttempt::new(order, gateway, amount)),
    }
}

/// The first attempts of orders that have just been written, and so have none open: which of what order, at which gateway, for how
/// much. In no particular order.
pub fn first_attempts(conn: &mut Conn, due: &[(OrderId, &str, Money)]) -> Result<Vec<Attempt>> {
    let new: Vec<_> = due.iter().map(|(order, gateway, amount)| NewAttempt::new(*order, gateway, *amount)).collect();
    store::insert_all(conn, &new)
}

/// Writes down what a gift card or store credit has paid; the credit's own ledger has the other side.
pub fn paid_by_credit(conn: &mut Conn, order: OrderId, credit: CreditId, is_gift_card: bool, amount: Money) -> Result<()> {
    let gateway = if is_gift_card { "gift_card" } else { "store_credit" };
    let attempt = store::insert_by_credit(conn, order, gateway, credit, amount)?;
    record(conn, attempt, &format!("spent-{attempt}"), &Standing::Captured { amount }).map(|_| ())
}

/// Notes how the gateway took the attempt.
pub fn begun(conn: &mut Conn, attempt: AttemptId, started: &Started) -> Result<()> {
    match started {
        Started::Redirect { reference, url } => store::set_started(conn, attempt, reference, Some(url)),
        Started::Settled { reference, standing } => {
            store::set_started(conn, attempt, reference, None)?;
            record(conn, attempt, &format!("start-{attempt}"), standing).map(|_| ())
        }
        Started::Awaited => Ok(()),
        Started::Declined { reason } => {
            record(conn, attempt, &format!("start-{attempt}"), &Standing::Failed { reason: reason.clone() }).map(|_| ())
        }
    }
}

/// Writes what a gateway told into the ledger, with its effect. `false`: it was told before, or changes nothing. Money in a
/// foreign currency is written down and flagged for staff, and counts for nothing.
pub fn record(conn: &mut Conn, attempt: AttemptId, event_id: &str, standing: &Standing) -> Result<bool> {
    let attempt = store::lock(conn, attempt)?;
    if *standing == Standing::Pending || !store::insert_event(conn, &attempt, event_id, &rules::entry(standing, attempt.currency))? {
        return Ok(false);
    }
    if let Some(money) = rules::foreign(standing, attempt.currency) {
        tracing::error!(payment.attempt = %attempt.id, money.currency = money.currency.code(), "a payment came in a foreign currency");
        store::set_flag(conn, attempt.id, &format!("The provider tells of {money}, not of {}. It is not counted.", attempt.money()))?;
        return Ok(false);
    }
    let Some(position) = rules::next(attempt.position(), standing) else { return Ok(false) };
    let failure = match position.state {
        AttemptState::Captured | AttemptState::Authorised => None,
        state if state == attempt.state => attempt.failure.as_deref(),
        _ => rules::failure(standing),
    };
    store::set_position(conn, attempt.id, &position, failure)?;
    tracing::info!(payment.attempt = %attempt.id, payment.state = %position.state, "a payment changed");
    Ok(true)
}

/// Sets money aside to be given back, from the order's payments in turn. What is told to the gateway is the caller's to enqueue.
///
/// # Errors
/// `Invalid` on `amount` when less than that is left, whatever else runs at the same time.
pub fn request_refund(conn: &mut Conn, order: OrderId, amount: Money, reason: &str, actor: &str) -> Result<Vec<RefundId>> {
    let mut attempts = store::attempts_of(conn, order)?;
    attempts.sort_by_key(|attempt| attempt.id);
    refund_from(conn, &attempts, amount, reason, actor)
}

fn refund_from(conn: &mut Conn, attempts: &[Attempt], amount: Money, reason: &str, actor: &str) -> Result<Vec<RefundId>> {
    let mut left = amount.minor;
    let mut refunds = vec![];
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

/// The same when the order's total has fallen: what goes back was never owed, so that the order counts as paid and not as partly
/// refunded.
///
/// # Errors
/// As for a refund.
pub fn request_correction(conn: &mut Conn, order: OrderId, amount: Money, reason: &str, actor: &str) -> Result<Vec<RefundId>> {
    let refunds = request_refund(conn, order, amount, reason, actor)?;
    store::set_corrects(conn, &refunds)?;
    Ok(refunds)
}

/// The same for money that came beyond the order's total: rather all of the payment that was one too many than parts of others.
///
/// # Errors
/// As for a refund.
pub fn request_surplus(conn: &mut Conn, order: OrderId, amount: Money, reason: &str, actor: &str) -> Result<Vec<RefundId>> {
    let mut attempts = store::attempts_of(conn, order)?;
    attempts.sort_by_key(|attempt| (attempt.captured - attempt.refunded != amount.minor, std::cmp::Reverse(attempt.id)));
    let refunds = refund_from(conn, &attempts, amount, reason, actor)?;
    store::set_corrects(conn, &refunds)?;
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

/// Notes what became of a refund. `false`: it was known already, or is not known yet.
pub fn settle_refund(conn: &mut Conn, id: RefundId, outcome: &Outcome) -> Result<bool> {
    match outcome {
        Outcome::Succeeded { reference } => store::end_refund(conn, id, RefundState::Succeeded, reference.as_deref(), None),
        Outcome::Pending { reference } => store::note_refund(conn, id, reference.as_deref()).map(|()| false),
        Outcome::Refused { reason } => {
            let ended = store::end_refund(conn, id, RefundState::Failed, None, Some(reason))?;
            if ended {
                let refund = store::refund(conn, id)?;
                store::release_refund(conn, refund.attempt_id, refund.amount)?;
            }
            Ok(ended)
        }
    }
}

/// Asks for a part of what is set aside for an order, as when a parcel leaves. What is set aside for less is taken whole; nothing
/// set aside is nothing asked for. What is told to the gateway is the caller's to enqueue.
pub fn request_capture(conn: &mut Conn, order: OrderId, amount: Money) -> Result<Vec<CaptureId>> {
    let mut left = amount.minor;
    let mut captures = vec![];
    let mut attempts = store::attempts_of(conn, order)?;
    attempts.sort_by_key(|attempt| attempt.id);
    for attempt in attempts.iter().filter(|attempt| attempt.currency == amount.currency) {
        let part = left.min(attempt.capturable());
        if part > 0 && store::reserve_capture(conn, attempt.id, part)? {
            captures.push(store::insert_capture(conn, attempt.id, part, part == attempt.capturable())?);
            left -= part;
        }
    }
    Ok(captures)
}

/// Before a gateway is asked that captures only once: the capture takes all that is set aside.
pub fn widen_capture(conn: &mut Conn, id: CaptureId) -> Result<Capture> {
    let capture = store::capture(conn, id)?;
    let attempt = store::lock(conn, capture.attempt_id)?;
    let rest = attempt.authorised - attempt.capturing;
    let is_first = attempt.capturing == capture.amount;
    if is_first && rest > 0 && store::reserve_capture(conn, attempt.id, rest)? {
        store::widen_capture(conn, id, capture.amount + rest)?;
    }
    store::capture(conn, id)
}

/// Notes what became of a capture, with its effect on the payment. `false`: it was known already, or is not known yet.
pub fn settle_capture(conn: &mut Conn, id: CaptureId, outcome: &Outcome) -> Result<bool> {
    let capture = store::capture(conn, id)?;
    let attempt = store::lock(conn, capture.attempt_id)?;
    match outcome {
        Outcome::Pending { .. } => Ok(false),
        Outcome::Succeeded { reference } => {
            if !store::end_capture(conn, id, CaptureState::Succeeded, reference.as_deref(), None)? {
                return Ok(false);
            }
            let done = store::captures_of(conn, attempt.id)?;
            let sum = done.iter().filter(|capture| capture.state == CaptureState::Succeeded).map(|capture| capture.amount).sum();
            record(conn, attempt.id, &format!("capture-{id}"), &Standing::Captured { amount: Money::new(sum, attempt.currency) })?;
            if capture.is_final {
                store::close(conn, attempt.id)?;
            }
            Ok(true)
        }
        Outcome::Refused { reason } => {
            let ended = store::end_capture(conn, id, CaptureState::Failed, None, Some(reason))?;
            if ended {
                store::release_capture(conn, attempt.id, capture.amount)?;
                store::set_flag(conn, attempt.id, &format!("The provider did not take what was set aside: {reason}"))?;
            }
            Ok(ended)
        }
    }
}

/// The payments of an order that must be let go of, since it will not be delivered. What is told to the gateway is the caller's
/// to enqueue.
pub fn request_void(conn: &mut Conn, order: OrderId) -> Result<Vec<AttemptId>> {
    let attempts = store::attempts_of(conn, order)?;
    Ok(attempts.iter().filter(|attempt| attempt.is_open() || attempt.capturable() > 0).map(|attempt| attempt.id).collect())
}

/// Notes that a gateway let go of a payment. `false`: it was known already, or it would not; then asking it tells why.
pub fn settle_void(conn: &mut Conn, id: AttemptId, outcome: &Outcome) -> Result<bool> {
    match outcome {
        Outcome::Succeeded { .. } => record(conn, id, &format!("void-{id}"), &Standing::Voided),
        Outcome::Pending { .. } | Outcome::Refused { .. } => Ok(false),
    }
}

/// A message named its payment by our id before we knew the gateway's.
pub fn learn_reference(conn: &mut Conn, id: AttemptId, reference: &str) -> Result<()> {
    store::set_reference(conn, id, reference)
}
