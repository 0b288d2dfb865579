use diesel::{
    prelude::*,
    sql_query,
    sql_types::{BigInt, Nullable, Text, Timestamptz},
};

use super::model::{Entry, Filter, Kind};
use crate::base::{Conn, Page, PageRequest, Result, typed};

/// Nobody counts further.
const MOST: i64 = 10_000;

const COLUMNS: &str = "id, at, kind, actor_id, actor, acting_for, COALESCE(host(address), '') AS address,
    COALESCE(request_id::text, '') AS request_id, door, path, subject, about, before, after";

/// Each condition stands whether or not it is asked for, so that there is one text for all filters.
const FITTING: &str = "FROM audit_entries WHERE ($1 IS NULL OR actor_id = $1) AND ($2 = '' OR actor ILIKE $2) AND ($3 = '' OR kind = $3)
    AND ($4 = '' OR subject = $4) AND ($5 = '' OR about = $5) AND ($6 = '' OR door ILIKE $6) AND ($7 IS NULL OR at >= $7)
    AND ($8 IS NULL OR at < $8) AND ($9 = '' OR request_id::text = $9)";

macro_rules! asked {
    ($query:expr, $filter:expr) => {{
        let like = |text: &str| if text.is_empty() { String::new() } else { format!("%{}%", typed::like(text)) };
        $query
            .bind::<Nullable<BigInt>, _>($filter.actor_id)
            .bind::<Text, _>(like(&$filter.actor))
            .bind::<Text, _>($filter.kind.map_or("", Kind::as_str))
            .bind::<Text, _>($filter.subject.clone())
            .bind::<Text, _>($filter.about.clone())
            .bind::<Text, _>(like(&$filter.door))
            .bind::<Nullable<Timestamptz>, _>($filter.from)
            .bind::<Nullable<Timestamptz>, _>($filter.until)
            .bind::<Text, _>($filter.request_id.clone())
    }};
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

/// The newest first.
pub fn list(conn: &mut Conn, filter: &Filter, page: PageRequest) -> Result<Page<Entry>> {
    let rows = sql_query(format!("SELECT {COLUMNS} {FITTING} ORDER BY id DESC LIMIT $10 OFFSET $11"));
    let rows = asked!(rows, filter).bind::<BigInt, _>(page.limit()).bind::<BigInt, _>(page.offset()).load(conn)?;
    let count = sql_query(format!("SELECT count(*) AS count FROM (SELECT 1 {FITTING} LIMIT $10) counted"));
    let Count { count } = asked!(count, filter).bind::<BigInt, _>(MOST + 1).get_result(conn)?;
    Ok(page.of_counted(rows, count, MOST))
}

/// Up to `most` that are older than the entry `before`, the newest first.
pub fn older(conn: &mut Conn, filter: &Filter, before: i64, most: i64) -> Result<Vec<Entry>> {
    let rows = sql_query(format!("SELECT {COLUMNS} {FITTING} AND id < $10 ORDER BY id DESC LIMIT $11"));
    Ok(asked!(rows, filter).bind::<BigInt, _>(before).bind::<BigInt, _>(most).load(conn)?)
}

/// Tables of which a change is on record.
pub fn subjects(conn: &mut Conn) -> Result<Vec<String>> {
    #[derive(QueryableByName)]
    struct Found {
        #[diesel(sql_type = Text)]
        subject: String,
    }
    // From one to the next by the index, since there are few among many.
    let steps = "WITH RECURSIVE steps AS (
        (SELECT subject FROM audit_entries WHERE subject > '' ORDER BY subject LIMIT 1)
        UNION ALL
        SELECT (SELECT a.subject FROM audit_entries a WHERE a.subject > s.subject ORDER BY a.subject LIMIT 1) FROM steps s WHERE s.subject IS NOT NULL
    ) SELECT subject FROM steps WHERE subject IS NOT NULL LIMIT 200";
    Ok(sql_query(steps).load::<Found>(conn)?.into_iter().map(|found| found.subject).collect())
}

/// What is to be written down; the database says when.
pub struct NewEntry<'a> {
    pub kind: Kind,
    pub actor_id: Option<i64>,
    pub actor: &'a str,
    pub acting_for: Option<i64>,
    pub address: Option<String>,
    pub request_id: &'a str,
    pub door: &'a str,
    pub path: &'a str,
    pub subject: &'a str,
    pub about: &'a str,
}

pub fn insert(conn: &mut Conn, new: &NewEntry<'_>) -> Result<()> {
    let text = "INSERT INTO audit_entries (kind, actor_id, actor, acting_for, address, request_id, door, path, subject, about)
        VALUES ($1, $2, $3, $4, $5::inet, CASE WHEN $6 ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' THEN $6::uuid END, $7, $8, $9, $10)";
    sql_query(text)
        .bind::<Text, _>(new.kind)
        .bind::<Nullable<BigInt>, _>(new.actor_id)
        .bind::<Text, _>(new.actor)
        .bind::<Nullable<BigInt>, _>(new.acting_for)
        .bind::<Nullable<Text>, _>(new.address.as_deref())
        .bind::<Text, _>(new.request_id)
        .bind::<Text, _>(new.door)
        .bind::<Text, _>(new.path)
        .bind::<Text, _>(new.subject)
        .bind::<Text, _>(new.about)
        .execute(conn)?;
    Ok(())
}
