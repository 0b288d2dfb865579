//! Attempts, their ledger, captures and refunds.

use chrono::{DateTime, Utc};
use diesel::{
    dsl::now,
    prelude::*,
    sql_query,
    sql_types::{Array, BigInt, Integer, Nullable, Text, Timestamptz},
};
use serde::Serialize;

use crate::{
    base::{AttemptId, CaptureId, Conn, CreditId, Error, Money, OrderId, RefundId, Result, prepared},
    payments::{
        gateway::CaptureAt,
        model::{Attempt, AttemptState, Capture, CaptureState, LedgerEntry, Position, Refund, RefundState, Summary},
    },
    schema::{captures, orders, payment_attempts, payment_events, refunds},
};

/// A first or another try to pay an order.
#[derive(Serialize, Clone, Copy, Debug)]
pub struct NewAttempt<'a> {
    id: AttemptId,
    order_id: OrderId,
    gateway: &'a str,
    /// Minor units.
    amount: i64,
    currency: &'static str,
}

impl<'a> NewAttempt<'a> {
    pub fn new(order: OrderId, gateway: &'a str, amount: Money) -> Self {
        Self { id: AttemptId::new(), order_id: order, gateway, amount: amount.minor, currency: amount.currency.code() }
    }
}

pub fn insert(conn: &mut Conn, new: NewAttempt<'_>) -> Result<Attempt> {
    insert_all(conn, &[new])?.pop().ok_or(Error::NotFound)
}

/// Inserts all of these, in no particular order.
pub fn insert_all(conn: &mut Conn, new: &[NewAttempt<'_>]) -> Result<Vec<Attempt>> {
    if new.is_empty() {
        return Ok(vec![]);
    }
    let inserted = sql_query(
        "INSERT INTO payment_attempts (id, order_id, gateway, amount, currency, capture_at)
         SELECT a.id, a.order_id, a.gateway, a.amount, a.currency, COALESCE(s.capture_at, $2)
         FROM json_to_recordset($1::json) AS a (id uuid, order_id bigint, gateway text, amount bigint, currency text)
         LEFT JOIN gateway_settings s ON s.code = a.gateway
         RETURNING *",
    );
    let inserted = inserted.bind::<Text, _>(serde_json::to_string(new)?).bind::<Text, _>(CaptureAt::default());
    Ok(prepared(inserted).load(conn)?)
}

/// A payment by gift card or store credit. Its reference is of the order, since a credit pays many orders.
pub fn insert_by_credit(conn: &mut Conn, order: OrderId, gateway: &str, credit: CreditId, amount: Money) -> Result<AttemptId> {
    let id = AttemptId::new();
    let row = (
        payment_attempts::id.eq(id),
        payment_attempts::order_id.eq(order),
        payment_attempts::gateway.eq(gateway),
        payment_attempts::gateway_reference.eq(id.to_string()),
        payment_attempts::credit_id.eq(credit),
        payment_attempts::amount.eq(amount.minor),
        payment_attempts::currency.eq(amount.currency),
    );
    diesel::insert_into(payment_attempts::table).values(row).execute(conn)?;
    Ok(id)
}

pub fn find(conn: &mut Conn, id: AttemptId) -> Result<Attempt> {
    Ok(payment_attempts::table.find(id).select(Attempt::as_select()).first(conn)?)
}

pub fn lock(conn: &mut Conn, id: AttemptId) -> Result<Attempt> {
    Ok(payment_attempts::table.find(id).select(Attempt::as_select()).for_update().first(conn)?)
}

pub fn find_by_reference(conn: &mut Conn, gateway: &str, reference: &str) -> Result<Option<Attempt>> {
    let named =
        payment_attempts::table.filter(payment_attempts::gateway.eq(gateway)).filter(payment_attempts::gateway_reference.eq(reference));
    Ok(named.select(Attempt::as_select()).first(conn).optional()?)
}

/// An order's attempts, the newest first.
pub fn attempts_of(conn: &mut Conn, order: OrderId) -> Result<Vec<Attempt>> {
    let of = payment_attempts::table.filter(payment_attempts::order_id.eq(order));
    Ok(of.order((payment_attempts::created_at.desc(), payment_attempts::id.desc())).limit(100).select(Attempt::as_select()).load(conn)?)
}

pub fn set_started(conn: &mut Conn, id: AttemptId, reference: &str, redirect_url: Option<&str>) -> Result<()> {
    let change = (
        payment_attempts::gateway_reference.eq(reference),
        payment_attempts::redirect_url.eq(redirect_url),
        payment_attempts::updated_at.eq(now),
    );
    diesel::update(payment_attempts::table.find(id)).set(change).execute(conn)?;
    Ok(())
}

/// A message came before the answer to `start`: now we know the gateway's id of it.
pub fn set_reference(conn: &mut Conn, id: AttemptId, reference: &str) -> Result<()> {
    let nameless = payment_attempts::table.find(id).filter(payment_attempts::gateway_reference.is_null());
    diesel::update(nameless).set(payment_attempts::gateway_reference.eq(reference)).execute(conn)?;
    Ok(())
}

pub fn set_position(conn: &mut Conn, id: AttemptId, position: &Position, failure: Option<&str>) -> Result<()> {
    let change = (
        payment_attempts::state.eq(position.state),
        payment_attempts::authorised.eq(position.authorised),
        payment_attempts::authorised_until.eq(position.until),
        payment_attempts::captured.eq(position.captured),
        payment_attempts::is_closed.eq(position.is_closed),
        payment_attempts::failure.eq(failure),
        payment_attempts::updated_at.eq(now),
    );
    diesel::update(payment_attempts::table.find(id)).set(change).execute(conn)?;
    Ok(())
}

pub fn close(conn: &mut Conn, id: AttemptId) -> Result<()> {
    diesel::update(payment_attempts::table.find(id)).set(payment_attempts::is_closed.eq(true)).execute(conn)?;
    Ok(())
}

/// Marks what a person must look at.
pub fn set_flag(conn: &mut Conn, id: AttemptId, flag: &str) -> Result<()> {
    diesel::update(payment_attempts::table.find(id)).set(payment_attempts::flag.eq(flag)).execute(conn)?;
    Ok(())
}

/// `false`: this event is in the ledger already.
pub fn insert_event(conn: &mut Conn, attempt: &Attempt, event_id: &str, entry: &LedgerEntry<'_>) -> Result<bool> {
    let row = (
        payment_events::attempt_id.eq(attempt.id),
        payment_events::gateway.eq(&attempt.gateway),
        payment_events::gateway_event_id.eq(event_id),
        payment_events::kind.eq(entry.kind),
        payment_events::amount.eq(entry.money.map_or(0, |money| money.minor)),
        payment_events::currency.eq(entry.money.map(|money| money.currency)),
        payment_events::detail.eq(entry.detail),
    );
    let inserted = diesel::insert_into(payment_events::table).values(row).on_conflict_do_nothing().execute(conn)?;
    Ok(inserted == 1)
}

/// Open attempts that the reconciler should ask about, those it asked about longest ago first. A payment that has been open for
/// long is asked about less often: again after a twentieth of its age, but within a minute for new ones.
///
/// `by_hand`: the gateways of which only staff knows anything. `before`: instead, all that were not asked about since then, whatever
/// their age.
pub fn attempts_to_check(conn: &mut Conn, by_hand: &[&str], before: Option<DateTime<Utc>>, most: i32) -> Result<Vec<Attempt>> {
    #[derive(QueryableByName)]
    struct Found {
        #[diesel(sql_type = diesel::sql_types::Uuid)]
        id: AttemptId,
    }
    let found: Vec<Found> = sql_query(
        "UPDATE payment_attempts SET checked_at = now() WHERE id IN
            (SELECT id FROM payment_attempts WHERE state IN ('pending', 'authorised')
             AND CASE WHEN $3 IS NULL THEN created_at < now() - interval '30 seconds'
                    AND (checked_at IS NULL OR checked_at < now() - GREATEST(interval '50 seconds', (now() - created_at) / 20))
                 ELSE checked_at IS NULL OR checked_at < $3 END
             AND gateway <> ALL ($2)
             ORDER BY checked_at NULLS FIRST, id LIMIT $1 FOR UPDATE SKIP LOCKED)
         RETURNING id",
    )
    .bind::<Integer, _>(most)
    .bind::<Array<Text>, _>(by_hand)
    .bind::<Nullable<Timestamptz>, _>(before)
    .load(conn)?;
    let ids: Vec<AttemptId> = found.into_iter().map(|found| found.id).collect();
    Ok(payment_attempts::table.filter(payment_attempts::id.eq_any(ids)).select(Attempt::as_select()).load(conn)?)
}

/// Payments that a person must look at, the newest first, with the numbers of their orders.
pub fn flagged(conn: &mut Conn, most: i64) -> Result<Vec<(Attempt, String)>> {
    let flagged = payment_attempts::table.inner_join(orders::table).filter(payment_attempts::flag.is_not_null());
    let newest = flagged.order((payment_attempts::created_at.desc(), payment_attempts::id)).limit(most);
    Ok(newest.select((Attempt::as_select(), orders::number)).load(conn)?)
}

pub fn summary(conn: &mut Conn, order: OrderId) -> Result<Summary> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = BigInt)]
        captured: i64,
        #[diesel(sql_type = BigInt)]
        by_credit: i64,
        #[diesel(sql_type = BigInt)]
        authorised: i64,
        #[diesel(sql_type = BigInt)]
        pending: i64,
        #[diesel(sql_type = BigInt)]
        failed: i64,
        #[diesel(sql_type = BigInt)]
        refunded: i64,
        #[diesel(sql_type = BigInt)]
        corrected: i64,
        #[diesel(sql_type = BigInt)]
        refunding: i64,
        #[diesel(sql_type = BigInt)]
        correcting: i64,
    }
    let row: Row = sql_query(
        "SELECT COALESCE(sum(captured), 0)::bigint AS captured,
                COALESCE(sum(captured) FILTER (WHERE credit_id IS NOT NULL), 0)::bigint AS by_credit,
                COALESCE(sum(GREATEST(authorised - captured, 0)) FILTER (WHERE state IN ('authorised', 'captured') AND NOT is_closed), 0)::bigint
                    AS authorised,
                count(*) FILTER (WHERE state IN ('pending', 'authorised')) AS pending,
                count(*) FILTER (WHERE state IN ('failed', 'expired') OR (state = 'voided' AND authorised > 0)) AS failed,
                (SELECT COALESCE(sum(r.amount), 0)::bigint FROM refunds r JOIN payment_attempts a ON a.id = r.attempt_id
                 WHERE a.order_id = $1 AND r.state = 'succeeded') AS refunded,
                (SELECT COALESCE(sum(r.amount), 0)::bigint FROM refunds r JOIN payment_attempts a ON a.id = r.attempt_id
                 WHERE a.order_id = $1 AND r.state = 'succeeded' AND r.corrects) AS corrected,
                (SELECT COALESCE(sum(r.amount), 0)::bigint FROM refunds r JOIN payment_attempts a ON a.id = r.attempt_id
                 WHERE a.order_id = $1 AND r.state = 'pending') AS refunding,
                (SELECT COALESCE(sum(r.amount), 0)::bigint FROM refunds r JOIN payment_attempts a ON a.id = r.attempt_id
                 WHERE a.order_id = $1 AND r.state = 'pending' AND r.corrects) AS correcting
         FROM payment_attempts WHERE order_id = $1",
    )
    .bind::<BigInt, _>(order)
    .get_result(conn)?;
    let Row { captured, by_credit, authorised, pending, failed, refunded, corrected, refunding, correcting } = row;
    Ok(Summary { captured, by_credit, authorised, refunded, corrected, refunding, correcting, pending, failed })
}

/// Sets so much aside to be given back. `false`: less than that is left of this payment.
pub fn reserve_refund(conn: &mut Conn, attempt: AttemptId, amount: i64) -> Result<bool> {
    let row = payment_attempts::table.find(attempt).filter((payment_attempts::captured - payment_attempts::refunded).ge(amount));
    let change = (payment_attempts::refunded.eq(payment_attempts::refunded + amount), payment_attempts::updated_at.eq(now));
    Ok(diesel::update(row).set(change).execute(conn)? == 1)
}

/// A refund failed: the money is still here.
pub fn release_refund(conn: &mut Conn, attempt: AttemptId, amount: i64) -> Result<()> {
    let change = payment_attempts::refunded.eq(payment_attempts::refunded - amount);
    diesel::update(payment_attempts::table.find(attempt)).set(change).execute(conn)?;
    Ok(())
}

pub fn insert_refund(conn: &mut Conn, attempt: AttemptId, amount: i64, reason: &str, actor: &str) -> Result<RefundId> {
    let id = RefundId::new();
    let row = (
        refunds::id.eq(id),
        refunds::attempt_id.eq(attempt),
        refunds::amount.eq(amount),
        refunds::reason.eq(reason),
        refunds::actor.eq(actor),
    );
    diesel::insert_into(refunds::table).values(row).execute(conn)?;
    Ok(id)
}

/// These give back what is not owed any more.
pub fn set_corrects(conn: &mut Conn, ids: &[RefundId]) -> Result<()> {
    diesel::update(refunds::table.filter(refunds::id.eq_any(ids))).set(refunds::corrects.eq(true)).execute(conn)?;
    Ok(())
}

pub fn refund(conn: &mut Conn, id: RefundId) -> Result<Refund> {
    Ok(refunds::table.find(id).select(Refund::as_select()).first(conn)?)
}

/// Ends a refund. One that succeeded can still fail, when the shopper's bank sends the money back; nothing else changes an
/// end. `false`: it was ended already.
pub fn end_refund(conn: &mut Conn, id: RefundId, state: RefundState, reference: Option<&str>, failure: Option<&str>) -> Result<bool> {
    let from = if state == RefundState::Failed { vec![RefundState::Pending, RefundState::Succeeded] } else { vec![RefundState::Pending] };
    let open = refunds::table.find(id).filter(refunds::state.eq_any(from));
    let change = (refunds::state.eq(state), refunds::failure.eq(failure), refunds::settled_at.eq(now));
    let ended = diesel::update(open).set(change).execute(conn)? == 1;
    if ended && reference.is_some() {
        note_refund(conn, id, reference)?;
    }
    Ok(ended)
}

/// The gateway's id of a refund that it took on.
pub fn note_refund(conn: &mut Conn, id: RefundId, reference: Option<&str>) -> Result<()> {
    let nameless = refunds::table.find(id).filter(refunds::gateway_reference.is_null());
    diesel::update(nameless).set(refunds::gateway_reference.eq(reference)).execute(conn)?;
    Ok(())
}

/// Refunds that wait, to be asked about: those asked about longest ago first. `before`: as for [`attempts_to_check`].
pub fn refunds_to_check(conn: &mut Conn, before: Option<DateTime<Utc>>, most: i32) -> Result<Vec<RefundId>> {
    #[derive(QueryableByName)]
    struct Found {
        #[diesel(sql_type = diesel::sql_types::Uuid)]
        id: RefundId,
    }
    let found: Vec<Found> = sql_query(
        "UPDATE refunds SET checked_at = now() WHERE id IN
            (SELECT id FROM refunds WHERE state = 'pending'
             AND CASE WHEN $2 IS NULL THEN created_at < now() - interval '30 seconds'
                    AND (checked_at IS NULL OR checked_at < now() - GREATEST(interval '50 seconds', (now() - created_at) / 20))
                 ELSE checked_at IS NULL OR checked_at < $2 END
             ORDER BY checked_at NULLS FIRST, id LIMIT $1 FOR UPDATE SKIP LOCKED)
         RETURNING id",
    )
    .bind::<Integer, _>(most)
    .bind::<Nullable<Timestamptz>, _>(before)
    .load(conn)?;
    Ok(found.into_iter().map(|found| found.id).collect())
}

/// Sets so much aside to be captured. `false`: less than that is left of what was authorised.
pub fn reserve_capture(conn: &mut Conn, attempt: AttemptId, amount: i64) -> Result<bool> {
    let stands = payment_attempts::state.eq_any([AttemptState::Authorised, AttemptState::Captured]);
    let left = payment_attempts::authorised - payment_attempts::capturing;
    let row = payment_attempts::table.find(attempt).filter(left.ge(amount)).filter(stands).filter(payment_attempts::is_closed.eq(false));
    let change = (payment_attempts::capturing.eq(payment_attempts::capturing + amount), payment_attempts::updated_at.eq(now));
    Ok(diesel::update(row).set(change).execute(conn)? == 1)
}

/// A capture failed: so much can be asked for again.
pub fn release_capture(conn: &mut Conn, attempt: AttemptId, amount: i64) -> Result<()> {
    let change = payment_attempts::capturing.eq(payment_attempts::capturing - amount);
    diesel::update(payment_attempts::table.find(attempt)).set(change).execute(conn)?;
    Ok(())
}

pub fn insert_capture(conn: &mut Conn, attempt: AttemptId, amount: i64, is_final: bool) -> Result<CaptureId> {
    let id = CaptureId::new();
    let row = (captures::id.eq(id), captures::attempt_id.eq(attempt), captures::amount.eq(amount), captures::is_final.eq(is_final));
    diesel::insert_into(captures::table).values(row).execute(conn)?;
    Ok(id)
}

pub fn capture(conn: &mut Conn, id: CaptureId) -> Result<Capture> {
    Ok(captures::table.find(id).select(Capture::as_select()).first(conn)?)
}

/// Lets a capture take all that is set aside.
pub fn widen_capture(conn: &mut Conn, id: CaptureId, amount: i64) -> Result<()> {
    diesel::update(captures::table.find(id)).set((captures::amount.eq(amount), captures::is_final.eq(true))).execute(conn)?;
    Ok(())
}

/// Ends a pending capture. `false`: it was ended already.
pub fn end_capture(conn: &mut Conn, id: CaptureId, state: CaptureState, reference: Option<&str>, failure: Option<&str>) -> Result<bool> {
    let pending = captures::table.find(id).filter(captures::state.eq(CaptureState::Pending));
    let change =
        (captures::state.eq(state), captures::gateway_reference.eq(reference), captures::failure.eq(failure), captures::settled_at.eq(now));
    Ok(diesel::update(pending).set(change).execute(conn)? == 1)
}

/// The captures of one payment, the oldest first.
pub fn captures_of(conn: &mut Conn, attempt: AttemptId) -> Result<Vec<Capture>> {
    let of = captures::table.filter(captures::attempt_id.eq(attempt));
    Ok(of.order((captures::created_at, captures::id)).limit(100).select(Capture::as_select()).load(conn)?)
}

/// Captures that wait, to be asked about: those asked about longest ago first. `before`: as for [`attempts_to_check`].
pub fn captures_to_check(conn: &mut Conn, before: Option<DateTime<Utc>>, most: i32) -> Result<Vec<CaptureId>> {
    #[derive(QueryableByName)]
    struct Found {
        #[diesel(sql_type = diesel::sql_types::Uuid)]
        id: CaptureId,
    }
    let found: Vec<Found> = sql_query(
        "UPDATE captures SET checked_at = now() WHERE id IN
            (SELECT id FROM captures WHERE state = 'pending'
             AND CASE WHEN $2 IS NULL THEN created_at < now() - interval '30 seconds'
                    AND (checked_at IS NULL OR checked_at < now() - GREATEST(interval '50 seconds', (now() - created_at) / 20))
                 ELSE checked_at IS NULL OR checked_at < $2 END
             ORDER BY checked_at NULLS FIRST, id LIMIT $1 FOR UPDATE SKIP LOCKED)
         RETURNING id",
    )
    .bind::<Integer, _>(most)
    .bind::<Nullable<Timestamptz>, _>(before)
    .load(conn)?;
    Ok(found.into_iter().map(|found| found.id).collect())
}

/// An order's refunds, the newest first.
pub fn refunds_of(conn: &mut Conn, order: OrderId) -> Result<Vec<Refund>> {
    let of = refunds::table.inner_join(payment_attempts::table).filter(payment_attempts::order_id.eq(order));
    Ok(of.order((refunds::created_at.desc(), refunds::id.desc())).limit(100).select(Refund::as_select()).load(conn)?)
}
