use diesel::{
    dsl::now,
    prelude::*,
    sql_query,
    sql_types::{BigInt, Bool, Integer, Nullable, Text},
};

use super::super::model::{Erasure, Hindrances, Person};
use crate::{
    base::{AccountId, Conn, ErasureId, Page, PageRequest, Result},
    schema::erasures,
};

/// Notes that somebody is to be forgotten in so many days; `false` when that is noted already.
pub fn insert(conn: &mut Conn, person: &Person, asked_by: &str, days: i32) -> Result<bool> {
    let insert = sql_query(
        "INSERT INTO erasures (account_id, email, asked_by, due_at) VALUES ($1, $2, $3, now() + make_interval(days => $4))
         ON CONFLICT (email) WHERE done_at IS NULL AND withdrawn_at IS NULL DO NOTHING",
    );
    let noted = insert
        .bind::<Nullable<BigInt>, _>(person.account.map(|AccountId(id)| id))
        .bind::<Text, _>(&person.email)
        .bind::<Text, _>(asked_by)
        .bind::<Integer, _>(days)
        .execute(conn)?;
    Ok(noted == 1)
}

/// The erasure of this account that is still to come.
pub fn open_of(conn: &mut Conn, account: AccountId) -> Result<Option<Erasure>> {
    let open = erasures::table
        .filter(erasures::account_id.eq(account))
        .filter(erasures::done_at.is_null())
        .filter(erasures::withdrawn_at.is_null());
    Ok(open.select(Erasure::as_select()).first(conn).optional()?)
}

/// Takes it back; `false` when it is done or taken back already.
pub fn withdraw(conn: &mut Conn, id: ErasureId) -> Result<bool> {
    let open = erasures::table.find(id).filter(erasures::done_at.is_null()).filter(erasures::withdrawn_at.is_null());
    let ended =
        diesel::update(open).set(erasures::withdrawn_at.eq(now.into_sql::<Nullable<diesel::sql_types::Timestamptz>>())).execute(conn)?;
    Ok(ended == 1)
}

/// The next erasure whose time has come, locked; others' are left to them.
pub fn lock_due(conn: &mut Conn) -> Result<Option<Erasure>> {
    let due = erasures::table
        .filter(erasures::done_at.is_null())
        .filter(erasures::withdrawn_at.is_null())
        .filter(erasures::due_at.le(now))
        .order(erasures::due_at)
        .for_update()
        .skip_locked();
    Ok(due.select(Erasure::as_select()).first(conn).optional()?)
}

/// Tries again in a day: something is not finished yet.
pub fn postpone(conn: &mut Conn, id: ErasureId) -> Result<()> {
    sql_query("UPDATE erasures SET due_at = now() + interval '1 day' WHERE id = $1").bind::<BigInt, _>(id.0).execute(conn)?;
    Ok(())
}

pub fn set_done(conn: &mut Conn, id: ErasureId, outcome: &serde_json::Value) -> Result<()> {
    diesel::update(erasures::table.find(id))
        .set((
            erasures::done_at.eq(now.into_sql::<Nullable<diesel::sql_types::Timestamptz>>()),
            erasures::email.eq(""),
            erasures::outcome.eq(outcome),
        ))
        .execute(conn)?;
    Ok(())
}

/// The newest first.
pub fn list(conn: &mut Conn, request: PageRequest) -> Result<Page<Erasure>> {
    let total = erasures::table.count().get_result(conn)?;
    let rows = erasures::table.order(erasures::id.desc()).limit(request.limit()).offset(request.offset());
    Ok(request.of(rows.select(Erasure::as_select()).load(conn)?, total))
}

#[derive(QueryableByName)]
struct Found {
    #[diesel(sql_type = Bool)]
    is_staff: bool,
    #[diesel(sql_type = diesel::sql_types::Array<Text>)]
    open_orders: Vec<String>,
    #[diesel(sql_type = diesel::sql_types::Array<Text>)]
    open_returns: Vec<String>,
}

#[derive(QueryableByName)]
struct Credit {
    #[diesel(sql_type = Text)]
    currency: String,
    #[diesel(sql_type = BigInt)]
    balance: i64,
}

/// What is not finished with this person, and what they would lose.
pub fn hindrances(conn: &mut Conn, person: &Person) -> Result<(Hindrances, Vec<(String, i64)>)> {
    let account = person.account.map(|AccountId(id)| id);
    let found: Found = sql_query(
        "WITH theirs AS (SELECT id, number, lifecycle FROM orders WHERE account_id = $1 OR (account_id IS NULL AND lower(email) = $2))
         SELECT EXISTS (SELECT FROM accounts WHERE id = $1 AND role IS NOT NULL) AS is_staff,
                ARRAY(SELECT number FROM theirs WHERE lifecycle = 'placed' ORDER BY id LIMIT 20) AS open_orders,
                ARRAY(SELECT r.number FROM returns r JOIN theirs t ON t.id = r.order_id WHERE r.state IN ('requested', 'approved', 'received') ORDER BY r.id LIMIT 20) AS open_returns",
    )
    .bind::<Nullable<BigInt>, _>(account)
    .bind::<Text, _>(&person.email)
    .get_result(conn)?;
    let credit =
        sql_query("SELECT currency, balance FROM credits WHERE account_id = $1 AND kind = 'store_credit' AND balance > 0 ORDER BY id")
            .bind::<Nullable<BigInt>, _>(account)
            .load::<Credit>(conn)?;
    let Found { is_staff, open_orders, open_returns } = found;
    let open = Hindrances { is_staff, open_orders, open_returns, credit: vec![] };
    Ok((open, credit.into_iter().map(|credit| (credit.currency, credit.balance)).collect()))
}
