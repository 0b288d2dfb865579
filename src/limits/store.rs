//! Counting, each in one statement.

use diesel::{
    prelude::*,
    sql_query,
    sql_types::{BigInt, Integer, Text},
};

use super::model::{Limit, Who};
use crate::base::{Conn, Result};

#[derive(QueryableByName)]
struct Wait {
    #[diesel(sql_type = Integer)]
    seconds: i32,
}

/// Counts a try, or gives the seconds to wait for the next; then nothing is counted.
pub fn take(conn: &mut Conn, limit: &Limit, who: &Who) -> Result<Option<u32>> {
    let wait: Wait = sql_query("SELECT tries_take($1, $2, $3, $4) AS seconds")
        .bind::<Text, _>(limit.door.as_str())
        .bind::<Text, _>(who.as_str())
        .bind::<Integer, _>(i32::try_from(limit.most).unwrap_or(i32::MAX))
        .bind::<Integer, _>(i32::try_from(limit.within).unwrap_or(i32::MAX))
        .get_result(conn)?;
    Ok(u32::try_from(wait.seconds).ok().filter(|seconds| *seconds > 0))
}

/// Makes a try that was counted none.
pub fn give_back(conn: &mut Conn, limit: &Limit, who: &Who) -> Result<()> {
    sql_query("UPDATE tries SET free_at = free_at - make_interval(secs => $3::double precision / $4) WHERE door = $1 AND who = $2")
        .bind::<Text, _>(limit.door.as_str())
        .bind::<Text, _>(who.as_str())
        .bind::<Integer, _>(i32::try_from(limit.within).unwrap_or(i32::MAX))
        .bind::<Integer, _>(i32::try_from(limit.most).unwrap_or(i32::MAX))
        .execute(conn)?;
    Ok(())
}

/// Adds to the counts of this minute, and forgets those of yesterday.
pub fn count(conn: &mut Conn, events: &[(&str, i64)]) -> Result<()> {
    for (event, n) in events {
        sql_query(
            "INSERT INTO security_counts AS c (minute, event, n) VALUES (date_trunc('minute', now()), $1, $2)
             ON CONFLICT (minute, event) DO UPDATE SET n = c.n + excluded.n",
        )
        .bind::<Text, _>(event)
        .bind::<BigInt, _>(n)
        .execute(conn)?;
    }
    sql_query("DELETE FROM security_counts WHERE minute < now() - interval '1 day'").execute(conn)?;
    Ok(())
}

#[derive(QueryableByName)]
pub struct Counted {
    #[diesel(sql_type = Text)]
    pub event: String,
    #[diesel(sql_type = BigInt)]
    pub n: i64,
}

/// Events of the last ten minutes.
pub fn recent(conn: &mut Conn) -> Result<Vec<Counted>> {
    let asked = sql_query(
        "SELECT event, sum(n)::bigint AS n FROM security_counts WHERE minute > now() - interval '10 minutes' GROUP BY event ORDER BY event",
    );
    Ok(asked.load(conn)?)
}

/// Whether the owners may be told of such events now: not more than once an hour. Who is told first, tells.
pub fn may_tell(conn: &mut Conn, event: &str) -> Result<bool> {
    let told = sql_query(
        "INSERT INTO security_alarms AS a (event, told_at) VALUES ($1, now()) ON CONFLICT (event) DO UPDATE SET told_at = now()
         WHERE a.told_at < now() - interval '1 hour'",
    );
    Ok(told.bind::<Text, _>(event).execute(conn)? == 1)
}
