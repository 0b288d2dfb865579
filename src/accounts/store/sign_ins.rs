use chrono::{DateTime, Utc};
use diesel::{dsl::now, prelude::*, sql_query, sql_types};

use crate::{
    accounts::{
        model::{AccountRow, EndedBy, NewSignIn, SignInRow},
        rules::Hold,
    },
    base::{AccountId, Conn, Page, PageRequest, Result, SignInId},
    schema::{accounts, sign_ins},
    web::SignIn,
};

pub fn insert(conn: &mut Conn, row: &NewSignIn<'_>) -> Result<()> {
    diesel::insert_into(sign_ins::table).values(row).execute(conn)?;
    Ok(())
}

/// The account and the open row of a sign-in, while the account is not disabled and has its generation, with the database's time.
pub fn current(conn: &mut Conn, sign_in: &SignIn) -> Result<Option<(AccountRow, SignInRow, DateTime<Utc>)>> {
    let found = sign_ins::table
        .inner_join(accounts::table)
        .filter(sign_ins::id.eq(sign_in.id))
        .filter(sign_ins::ended_at.is_null())
        .filter(accounts::id.eq(sign_in.account))
        .filter(accounts::generation.eq(sign_in.generation))
        .filter(accounts::disabled_at.is_null())
        .select((AccountRow::as_select(), SignInRow::as_select(), now.into_sql::<sql_types::Timestamptz>()))
        .first(conn);
    Ok(found.optional()?)
}

/// Notes that it was used. Whoever else notes that, or ends it, is not waited for.
pub fn note_use(conn: &mut Conn, id: SignInId) -> Result<()> {
    sql_query(
        "UPDATE sign_ins SET seen_at = now() WHERE id = (SELECT id FROM sign_ins WHERE id = $1 AND ended_at IS NULL FOR UPDATE SKIP LOCKED)",
    )
    .bind::<sql_types::Uuid, _>(id)
    .execute(conn)?;
    Ok(())
}

/// `false`: this account has no such open sign-in.
pub fn end(conn: &mut Conn, account: AccountId, id: SignInId, by: EndedBy) -> Result<bool> {
    let open = sign_ins::table.find(id).filter(sign_ins::account_id.eq(account)).filter(sign_ins::ended_at.is_null());
    Ok(diesel::update(open).set((sign_ins::ended_at.eq(now), sign_ins::ended_by.eq(by.as_str()))).execute(conn)? == 1)
}

/// Ends all but one, or all. Gives how many.
pub fn end_all(conn: &mut Conn, account: AccountId, but: Option<SignInId>, by: EndedBy) -> Result<usize> {
    let open = sign_ins::table.filter(sign_ins::account_id.eq(account)).filter(sign_ins::ended_at.is_null());
    let ended = (sign_ins::ended_at.eq(now), sign_ins::ended_by.eq(by.as_str()));
    Ok(match but {
        Some(id) => diesel::update(open.filter(sign_ins::id.ne(id))).set(ended).execute(conn)?,
        None => diesel::update(open).set(ended).execute(conn)?,
    })
}

/// Ends whatever was begun under the former generation, also where that is not known yet.
pub fn raise_generation(conn: &mut Conn, account: AccountId) -> Result<i32> {
    let raised = diesel::update(accounts::table.find(account)).set(accounts::generation.eq(accounts::generation + 1));
    Ok(raised.returning(accounts::generation).get_result(conn)?)
}

/// Those that hold at `at`, the one used last first.
pub fn list(conn: &mut Conn, account: AccountId, hold: Hold, at: DateTime<Utc>, page: PageRequest) -> Result<Page<SignInRow>> {
    let open = || {
        let of = sign_ins::table.filter(sign_ins::account_id.eq(account)).filter(sign_ins::ended_at.is_null());
        of.filter(sign_ins::started_at.gt(at - hold.absolute)).filter(sign_ins::seen_at.gt(at - hold.idle))
    };
    let total = open().count().get_result(conn)?;
    let rows = open().order((sign_ins::seen_at.desc(), sign_ins::id)).limit(page.limit()).offset(page.offset());
    Ok(page.of(rows.select(SignInRow::as_select()).load(conn)?, total))
}

/// The person has shown again that it is them.
pub fn prove(conn: &mut Conn, id: SignInId) -> Result<bool> {
    let open = sign_ins::table.find(id).filter(sign_ins::ended_at.is_null());
    Ok(diesel::update(open).set(sign_ins::proved_at.eq(now)).execute(conn)? == 1)
}
