use chrono::{DateTime, Utc};
use diesel::{
    dsl::now,
    pg::Pg,
    prelude::*,
    sql_query,
    sql_types::{Array, BigInt, Date, Integer, Nullable, Text, Timestamptz},
};

use uuid::Uuid;

use super::model::{BoughtCard, CardFilter, Cause, Credit, Entry, Kind, Liability, NewCard, Recipient};
use crate::{
    base::{AccountId, Conn, CreditId, Currency, Error, Money, OnConstraint, OrderId, Page, PageRequest, RefundId, Result, typed},
    schema::{credit_entries, credit_sendings, credits, orders},
};

diesel::define_sql_function! { fn lower(text: Text) -> Text; }

/// A gift card's code as it is stored.
pub struct CodeHash<'a> {
    pub hash: &'a str,
    pub last4: &'a str,
}

pub fn find(conn: &mut Conn, id: CreditId) -> Result<Credit> {
    Ok(credits::table.find(id).select(Credit::as_select()).first(conn)?)
}

pub fn find_all(conn: &mut Conn, ids: &[CreditId]) -> Result<Vec<Credit>> {
    if ids.is_empty() {
        return Ok(vec![]);
    }
    Ok(credits::table.filter(credits::id.eq_any(ids)).limit(100).select(Credit::as_select()).load(conn)?)
}

/// Holds it until the transaction ends: whoever moves its balance does so one after the other.
pub fn lock(conn: &mut Conn, id: CreditId) -> Result<Credit> {
    Ok(credits::table.find(id).select(Credit::as_select()).for_no_key_update().first(conn)?)
}

/// A card by its code, while there is something on it that can be spent, by the database's clock.
pub fn usable_by_code(conn: &mut Conn, hash: &str) -> Result<Option<Credit>> {
    let live = credits::expires_at.is_null().or(credits::expires_at.gt(now.into_sql::<Nullable<Timestamptz>>()));
    let card = credits::table.filter(credits::code_hash.eq(hash)).filter(credits::disabled_at.is_null()).filter(credits::balance.gt(0));
    Ok(card.filter(live).select(Credit::as_select()).first(conn).optional()?)
}

pub fn store_credit_of(conn: &mut Conn, account: AccountId, currency: Currency) -> Result<Option<Credit>> {
    let theirs = credits::table.filter(credits::kind.eq(Kind::StoreCredit)).filter(credits::account_id.eq(account));
    Ok(theirs.filter(credits::currency.eq(currency)).select(Credit::as_select()).first(conn).optional()?)
}

/// All that a customer has, in whatever currency.
pub fn store_credits_of(conn: &mut Conn, account: AccountId) -> Result<Vec<Credit>> {
    let theirs = credits::table.filter(credits::kind.eq(Kind::StoreCredit)).filter(credits::account_id.eq(account));
    Ok(theirs.order(credits::id).limit(50).select(Credit::as_select()).load(conn)?)
}

/// All store credit of these accounts, locked in the order of its keys.
pub fn lock_store_credits(conn: &mut Conn, accounts: &[AccountId]) -> Result<Vec<Credit>> {
    let theirs = credits::table.filter(credits::kind.eq(Kind::StoreCredit)).filter(credits::account_id.eq_any(accounts));
    Ok(theirs.order(credits::id).limit(1000).for_no_key_update().select(Credit::as_select()).load(conn)?)
}

/// The gift cards that were bought with an order, locked in the order of their keys.
pub fn lock_of_order(conn: &mut Conn, order: OrderId) -> Result<Vec<Credit>> {
    let of = credits::table.filter(credits::order_id.eq(order)).order(credits::id).limit(10_000);
    Ok(of.for_no_key_update().select(Credit::as_select()).load(conn)?)
}

/// The gift cards that were bought with an order.
pub fn cards_of_order(conn: &mut Conn, order: OrderId) -> Result<Vec<Credit>> {
    let of = credits::table.filter(credits::order_id.eq(order)).order(credits::id).limit(1000);
    Ok(of.select(Credit::as_select()).load(conn)?)
}

/// The customer's store credit in this currency, made when there is none yet.
pub fn ensure_store_credit(conn: &mut Conn, account: AccountId, currency: Currency) -> Result<CreditId> {
    let row = (credits::kind.eq(Kind::StoreCredit), credits::account_id.eq(account), credits::currency.eq(currency));
    diesel::insert_into(credits::table).values(row).on_conflict_do_nothing().execute(conn)?;
    let found = store_credit_of(conn, account, currency)?;
    found.map(|credit| credit.id).ok_or_else(|| Error::internal("a store credit was neither found nor made"))
}

#[derive(QueryableByName)]
struct IdRow {
    #[diesel(sql_type = BigInt)]
    id: CreditId,
}

/// A card for one unit of an order's line, with the shop's usual life. `None`: that unit has its card already.
pub fn insert_bought(
    conn: &mut Conn,
    order: OrderId,
    card: &BoughtCard,
    unit: i32,
    email: &str,
    code: &CodeHash<'_>,
) -> Result<Option<CreditId>> {
    let inserted = sql_query(
        "INSERT INTO credits (kind, code_hash, code_last4, currency, issued, order_id, order_line_id, unit, recipient_email, expires_at)
         VALUES ('gift_card', $1, $2, $3, $4, $5, $6, $7, $8,
            (SELECT now() + make_interval(months => gift_card_months) FROM store))
         ON CONFLICT ON CONSTRAINT credits_unit_of_line_key DO NOTHING RETURNING id",
    )
    .bind::<Text, _>(code.hash)
    .bind::<Text, _>(code.last4)
    .bind::<Text, _>(card.currency)
    .bind::<BigInt, _>(card.unit_amount)
    .bind::<BigInt, _>(order)
    .bind::<BigInt, _>(card.order_line)
    .bind::<Integer, _>(unit)
    .bind::<Text, _>(email);
    let row: Option<IdRow> = inserted.get_result(conn).optional()?;
    Ok(row.map(|row| row.id))
}

/// A card by staff's hand. `None`: this request has its card already.
pub fn insert_issued(conn: &mut Conn, new: &NewCard, code: &CodeHash<'_>) -> Result<Option<CreditId>> {
    let inserted = sql_query(
        "INSERT INTO credits
            (kind, code_hash, code_last4, currency, issued, recipient_email, recipient_name, message, expires_at, request_id)
         VALUES ('gift_card', $1, $2, $3, $4, $5, $6, $7, ($8::date + 1)::timestamp AT TIME ZONE 'UTC', $9)
         ON CONFLICT ON CONSTRAINT credits_request_key DO NOTHING RETURNING id",
    )
    .bind::<Text, _>(code.hash)
    .bind::<Text, _>(code.last4)
    .bind::<Text, _>(new.amount.currency)
    .bind::<BigInt, _>(new.amount.minor)
    .bind::<Text, _>(&new.to.email)
    .bind::<Text, _>(&new.to.name)
    .bind::<Text, _>(&new.to.message)
    .bind::<Nullable<Date>, _>(new.expires)
    .bind::<diesel::sql_types::Uuid, _>(new.request);
    let row: Option<IdRow> = inserted.get_result(conn).optional()?;
    Ok(row.map(|row| row.id))
}

pub fn by_request(conn: &mut Conn, request: Uuid) -> Result<CreditId> {
    Ok(credits::table.filter(credits::request_id.eq(request)).select(credits::id).first(conn)?)
}

/// Another code and recipient: the old code opens nothing from now on.
pub fn set_code(conn: &mut Conn, id: CreditId, code: &CodeHash<'_>, to: &Recipient) -> Result<()> {
    let change = (
        (credits::code_hash.eq(code.hash), credits::code_last4.eq(code.last4)),
        (credits::recipient_email.eq(&to.email), credits::recipient_name.eq(&to.name), credits::message.eq(&to.message)),
        credits::sent.eq(credits::sent + 1),
    );
    let card = credits::table.find(id).filter(credits::kind.eq(Kind::GiftCard));
    if diesel::update(card).set(change).execute(conn)? == 0 { Err(Error::NotFound) } else { Ok(()) }
}

pub fn set_disabled(conn: &mut Conn, id: CreditId, disabled: bool) -> Result<()> {
    let row = credits::table.find(id);
    let changed = if disabled {
        let open = row.filter(credits::disabled_at.is_null());
        diesel::update(open).set(credits::disabled_at.eq(now.into_sql::<Nullable<Timestamptz>>())).execute(conn)?
    } else {
        diesel::update(row).set(credits::disabled_at.eq(None::<DateTime<Utc>>)).execute(conn)?
    };
    tracing::info!(event = "credit_switched", credit.id = id.0, disabled, changed, "a credit was switched");
    Ok(())
}

/// A row for the ledger.
pub struct NewEntry<'a> {
    pub credit: CreditId,
    pub amount: i64,
    pub cause: Cause,
    pub order: Option<OrderId>,
    pub refund: Option<RefundId>,
    pub note: &'a str,
    pub actor: &'a str,
}

/// Writes into the ledger; a trigger moves the balance. `false`: this refund was written before.
///
/// # Errors
/// `Conflict` when the balance would fall below zero, or more be given back than was spent.
pub fn enter(conn: &mut Conn, entry: &NewEntry<'_>) -> Result<bool> {
    let row = (
        (credit_entries::credit_id.eq(entry.credit), credit_entries::amount.eq(entry.amount), credit_entries::cause.eq(entry.cause)),
        (credit_entries::order_id.eq(entry.order), credit_entries::refund_id.eq(entry.refund)),
        (credit_entries::note.eq(entry.note), credit_entries::actor.eq(entry.actor)),
    );
    let inserted = diesel::insert_into(credit_entries::table).values(row).on_conflict(credit_entries::refund_id).do_nothing().execute(conn);
    let written = inserted
        .on_constraint("credits_balance_positive", || Error::Conflict("There is less on it than would be taken off".to_owned()))
        .on_constraint("credit_entries_within_spent", || {
            Error::Conflict("No more can be given back to it than the order was paid with".to_owned())
        })?;
    Ok(written == 1)
}

#[derive(QueryableByName)]
struct Taken {
    #[diesel(sql_type = BigInt)]
    taken: i64,
}

/// Takes what is there, `most` at most, in one statement: however many try at once, each takes what the others left. Nothing
/// is taken from what is disabled, expired or in another currency than the order.
pub fn spend(conn: &mut Conn, id: CreditId, order: OrderId, most: i64) -> Result<i64> {
    let taken: Option<Taken> = sql_query(
        "WITH held AS (
            SELECT c.id, LEAST(c.balance, $3) AS amount FROM credits c JOIN orders o ON o.id = $2 AND o.currency = c.currency
            WHERE c.id = $1 AND c.disabled_at IS NULL AND (c.expires_at IS NULL OR c.expires_at > now())
            FOR NO KEY UPDATE OF c
         )
         INSERT INTO credit_entries (credit_id, amount, cause, order_id, actor)
         SELECT id, -amount, 'spent', $2, 'checkout' FROM held WHERE amount > 0
         RETURNING -amount AS taken",
    )
    .bind::<BigInt, _>(id)
    .bind::<BigInt, _>(order)
    .bind::<BigInt, _>(most)
    .get_result(conn)
    .optional()?;
    Ok(taken.map_or(0, |row| row.taken))
}

#[derive(QueryableByName)]
struct Sum {
    #[diesel(sql_type = BigInt)]
    sum: i64,
}

/// What of these cards was spent and not given back, in minor units.
pub fn spent_of(conn: &mut Conn, cards: &[Credit]) -> Result<i64> {
    let ids: Vec<i64> = cards.iter().map(|card| card.id.0).collect();
    let row: Sum = sql_query(
        "SELECT COALESCE(-sum(amount), 0)::bigint AS sum FROM credit_entries
         WHERE credit_id = ANY($1) AND cause IN ('spent', 'given_back')",
    )
    .bind::<diesel::sql_types::Array<BigInt>, _>(ids)
    .get_result(conn)?;
    Ok(row.sum)
}

/// Money that comes back to a card which has ended meanwhile can be spent for three months at least.
pub fn prolong(conn: &mut Conn, id: CreditId) -> Result<()> {
    sql_query("UPDATE credits SET expires_at = GREATEST(expires_at, now() + interval '3 months') WHERE id = $1 AND expires_at IS NOT NULL")
        .bind::<BigInt, _>(id)
        .execute(conn)?;
    Ok(())
}

/// The next cards that have expired with something on them, locked. Those that somebody else holds wait for the next round.
pub fn lock_expired(conn: &mut Conn, limit: i64) -> Result<Vec<Credit>> {
    let over = credits::table.filter(credits::expires_at.le(now.into_sql::<Nullable<Timestamptz>>())).filter(credits::balance.gt(0));
    Ok(over.order(credits::id).limit(limit).for_no_key_update().skip_locked().select(Credit::as_select()).load(conn)?)
}

/// Notes that a gift card was sent anew.
pub fn note_sending(conn: &mut Conn, card: &Credit, to: &Recipient, code_after: &str, actor: &str) -> Result<()> {
    let row = (
        (credit_sendings::credit_id.eq(card.id), credit_sendings::recipient_email.eq(&to.email)),
        (credit_sendings::code_before.eq(&card.last4), credit_sendings::code_after.eq(code_after)),
        credit_sendings::actor.eq(actor),
    );
    diesel::insert_into(credit_sendings::table).values(row).execute(conn)?;
    Ok(())
}

/// `$1`: which credits. A sending stands after what the ledger says of the same moment.
const HISTORY: &str = "
    SELECT e.amount, c.currency, e.cause, o.number AS order_number, e.note, e.actor, e.created_at, 0 AS kind, e.id
    FROM credit_entries e JOIN credits c ON c.id = e.credit_id LEFT JOIN orders o ON o.id = e.order_id WHERE e.credit_id = ANY ($1)
    UNION ALL
    SELECT 0, c.currency, 'sent', NULL, format('to %s, with the code …%s in place of …%s', s.recipient_email, s.code_after, s.code_before),
           s.actor, s.sent_at, 1, s.id
    FROM credit_sendings s JOIN credits c ON c.id = s.credit_id WHERE s.credit_id = ANY ($1)";

/// The history of these credits, the newest first: what moved, and where gift cards were sent.
pub fn entries(conn: &mut Conn, ids: &[CreditId], page: PageRequest) -> Result<Page<Entry>> {
    let listed = sql_query(format!("{HISTORY} ORDER BY created_at DESC, kind DESC, id DESC LIMIT $2 OFFSET $3"));
    let listed = listed.bind::<Array<BigInt>, _>(ids).bind::<BigInt, _>(page.limit()).bind::<BigInt, _>(page.offset());
    let rows: Vec<Entry> = listed.load(conn)?;
    let entries: i64 = credit_entries::table.filter(credit_entries::credit_id.eq_any(ids)).count().get_result(conn)?;
    let sendings: i64 = credit_sendings::table.filter(credit_sendings::credit_id.eq_any(ids)).count().get_result(conn)?;
    Ok(page.of(rows, entries + sendings))
}

/// The number that people know an order by.
pub fn order_number(conn: &mut Conn, id: OrderId) -> Result<String> {
    Ok(orders::table.find(id).select(orders::number).first(conn)?)
}

fn narrowed<'a>(filter: &CardFilter) -> credits::BoxedQuery<'a, Pg> {
    let cards = credits::table.filter(credits::kind.eq(Kind::GiftCard)).into_boxed();
    if let Some(hash) = &filter.code_hash {
        return cards.filter(credits::code_hash.eq(hash.clone()));
    }
    if filter.text.is_empty() {
        return cards;
    }
    let order = orders::table.filter(orders::number.eq(filter.text.to_uppercase())).select(orders::id.nullable());
    let email = format!("{}%", typed::like(&filter.text.to_lowercase()));
    let last4 = filter.last4.clone().unwrap_or_else(|| "none".to_owned());
    cards.filter(credits::code_last4.eq(last4).or(lower(credits::recipient_email).like(email)).or(credits::order_id.eq_any(order)))
}

/// Gift cards that fit, the newest first.
pub fn list(conn: &mut Conn, filter: &CardFilter, page: PageRequest) -> Result<Page<Credit>> {
    let listed = narrowed(filter).order(credits::id.desc()).limit(page.limit()).offset(page.offset());
    let rows = listed.select(Credit::as_select()).load(conn)?;
    Ok(page.of(rows, narrowed(filter).count().get_result(conn)?))
}

/// All that the shop owes, by currency and kind.
pub fn liability(conn: &mut Conn) -> Result<Vec<Liability>> {
    #[derive(QueryableByName)]
    struct Row {
        #[diesel(sql_type = Text)]
        kind: Kind,
        #[diesel(sql_type = Text)]
        currency: Currency,
        #[diesel(sql_type = BigInt)]
        owed: i64,
        #[diesel(sql_type = BigInt)]
        count: i64,
    }
    let rows: Vec<Row> = sql_query(
        "SELECT kind, currency, sum(balance)::bigint AS owed, count(*) AS count FROM credits
         WHERE balance > 0 GROUP BY currency, kind ORDER BY currency, kind",
    )
    .load(conn)?;
    let owed = |row: Row| Liability { kind: row.kind, owed: Money::new(row.owed, row.currency), count: row.count };
    Ok(rows.into_iter().map(owed).collect())
}

/// The database's time, which decides what has expired.
pub fn time(conn: &mut Conn) -> Result<DateTime<Utc>> {
    Ok(diesel::select(now.into_sql::<Timestamptz>()).get_result(conn)?)
}
