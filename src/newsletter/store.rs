use diesel::{dsl::now, pg::Pg, prelude::*, query_dsl::methods, sql_query, sql_types::Text};

use super::model::{State, Subscriber};
use crate::{
    base::{Conn, Email, Page, PageRequest, Result},
    schema::subscribers,
};

/// Hours that a mailed link works.
pub const LINK_HOURS: i32 = 24;

/// Notes that somebody gave this address, and the hash by which the mailed link is known. `None`: it is on the list already.
pub fn ask(conn: &mut Conn, email: &Email, token_hash: &str, end_token: &str, source: &str) -> Result<Option<Subscriber>> {
    let upsert = diesel::insert_into(subscribers::table)
        .values((
            subscribers::email.eq(email.as_str()),
            subscribers::state.eq(State::Pending),
            subscribers::token_hash.eq(token_hash),
            subscribers::end_token.eq(end_token),
            subscribers::source.eq(source),
        ))
        .on_conflict(subscribers::email)
        .do_update()
        .set((
            subscribers::state.eq(State::Pending),
            subscribers::token_hash.eq(token_hash),
            subscribers::source.eq(source),
            subscribers::asked_at.eq(now),
        ));
    let asked = methods::FilterDsl::filter(upsert, subscribers::state.ne(State::Confirmed));
    Ok(asked.returning(Subscriber::as_returning()).get_result(conn).optional()?)
}

/// Puts an address on the list whose owner is known by other means. `false`: it was there.
pub fn put(conn: &mut Conn, email: &Email, end_token: &str, source: &str) -> Result<bool> {
    let put = sql_query(
        "INSERT INTO subscribers AS s (email, state, end_token, source, confirmed_at) VALUES ($1, 'confirmed', $2, $3, now())
         ON CONFLICT (email) DO UPDATE SET state = 'confirmed', token_hash = NULL, source = EXCLUDED.source, asked_at = now(), confirmed_at = now()
         WHERE s.state <> 'confirmed'",
    );
    Ok(put.bind::<Text, _>(email.as_str()).bind::<Text, _>(end_token).bind::<Text, _>(source).execute(conn)? == 1)
}

/// Whose mailed link this is, while it works, by the database's clock.
pub fn by_link(conn: &mut Conn, token_hash: &str) -> Result<Option<Subscriber>> {
    let open = subscribers::table
        .filter(subscribers::token_hash.eq(token_hash))
        .filter(subscribers::state.eq(State::Pending))
        .filter(diesel::dsl::sql::<diesel::sql_types::Bool>(&format!("asked_at > now() - interval '{LINK_HOURS} hours'")));
    Ok(open.select(Subscriber::as_select()).first(conn).optional()?)
}

/// The link's page was confirmed. `None`: the link has ended, or was used.
pub fn confirm(conn: &mut Conn, token_hash: &str) -> Result<Option<Subscriber>> {
    let open = subscribers::table
        .filter(subscribers::token_hash.eq(token_hash))
        .filter(subscribers::state.eq(State::Pending))
        .filter(diesel::dsl::sql::<diesel::sql_types::Bool>(&format!("asked_at > now() - interval '{LINK_HOURS} hours'")));
    let confirmed = diesel::update(open)
        .set((subscribers::state.eq(State::Confirmed), subscribers::confirmed_at.eq(now), subscribers::token_hash.eq(None::<String>)))
        .returning(Subscriber::as_returning());
    Ok(confirmed.get_result(conn).optional()?)
}

pub fn by_end_link(conn: &mut Conn, end_token: &str) -> Result<Option<Subscriber>> {
    Ok(subscribers::table.filter(subscribers::end_token.eq(end_token)).select(Subscriber::as_select()).first(conn).optional()?)
}

pub fn by_email(conn: &mut Conn, email: &str) -> Result<Option<Subscriber>> {
    Ok(subscribers::table.filter(subscribers::email.eq(email)).select(Subscriber::as_select()).first(conn).optional()?)
}

/// Nothing more goes there. `false`: it was so already.
pub fn end(conn: &mut Conn, subscriber: &Subscriber) -> Result<bool> {
    let ended = diesel::update(subscribers::table.find(subscriber.id).filter(subscribers::state.ne(State::Ended)))
        .set((subscribers::state.eq(State::Ended), subscribers::ended_at.eq(now), subscribers::token_hash.eq(None::<String>)))
        .execute(conn)?;
    Ok(ended == 1)
}

/// Those in one state, or all, the newest first.
pub fn list(conn: &mut Conn, state: Option<State>, page: PageRequest) -> Result<Page<Subscriber>> {
    let rows = of(state).order((subscribers::asked_at.desc(), subscribers::id.desc())).limit(page.limit()).offset(page.offset());
    Ok(page.of(rows.select(Subscriber::as_select()).load(conn)?, of(state).count().get_result(conn)?))
}

fn of(state: Option<State>) -> subscribers::BoxedQuery<'static, Pg> {
    let all = subscribers::table.into_boxed();
    match state {
        Some(state) => all.filter(subscribers::state.eq(state)),
        None => all,
    }
}

/// Rows of a file at most.
pub const MOST: i64 = 500_000;

/// All who get it, for a file.
pub fn confirmed(conn: &mut Conn) -> Result<Vec<Subscriber>> {
    let confirmed = subscribers::table.filter(subscribers::state.eq(State::Confirmed)).order(subscribers::id).limit(MOST);
    Ok(confirmed.select(Subscriber::as_select()).load(conn)?)
}
