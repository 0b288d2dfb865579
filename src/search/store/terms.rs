//! What was searched for, by day.

use chrono::NaiveDate;
use diesel::{
    prelude::*,
    sql_query,
    sql_types::{Array, BigInt, Bool, Date, Integer, Text},
};

use crate::{
    base::{Conn, Page, PageRequest, Result},
    search::model::Searched,
};

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Text)]
    text: String,
    #[diesel(sql_type = BigInt)]
    searches: i64,
    #[diesel(sql_type = BigInt)]
    fruitless: i64,
    #[diesel(sql_type = Date)]
    last: NaiveDate,
    #[diesel(sql_type = BigInt)]
    total: i64,
}

/// Adds what was searched today.
pub fn add(conn: &mut Conn, counts: &[(String, i64, i64)]) -> Result<()> {
    let texts: Vec<&str> = counts.iter().map(|(text, ..)| text.as_str()).collect();
    let searches: Vec<i64> = counts.iter().map(|(_, searches, _)| *searches).collect();
    let fruitless: Vec<i64> = counts.iter().map(|(.., fruitless)| *fruitless).collect();
    let added = sql_query(
        "INSERT INTO search_terms (day, text, searches, fruitless)
         SELECT current_date, t, s, f FROM unnest($1, $2, $3) AS u (t, s, f) ORDER BY t
         ON CONFLICT (day, text) DO UPDATE SET searches = search_terms.searches + excluded.searches,
             fruitless = search_terms.fruitless + excluded.fruitless",
    );
    added.bind::<Array<Text>, _>(texts).bind::<Array<BigInt>, _>(searches).bind::<Array<BigInt>, _>(fruitless).execute(conn)?;
    Ok(())
}

/// What was searched for in the last days, the most frequent first; `fruitless`: what found nothing, that first which did so most.
pub fn list(conn: &mut Conn, days: i32, fruitless: bool, page: PageRequest) -> Result<Page<Searched>> {
    let asked = sql_query(
        "SELECT text, sum(searches)::bigint AS searches, sum(fruitless)::bigint AS fruitless, max(day) AS last, count(*) OVER () AS total
         FROM search_terms WHERE day > current_date - $1 GROUP BY text HAVING NOT $2 OR sum(fruitless) > 0
         ORDER BY CASE WHEN $2 THEN sum(fruitless) ELSE sum(searches) END DESC, text LIMIT $3 OFFSET $4",
    );
    let asked = asked.bind::<Integer, _>(days).bind::<Bool, _>(fruitless);
    let rows: Vec<Row> = asked.bind::<BigInt, _>(page.limit()).bind::<BigInt, _>(page.offset()).load(conn)?;
    let total = rows.first().map_or(0, |row| row.total);
    let searched = |row: Row| Searched { text: row.text, searches: row.searches, fruitless: row.fruitless, last: row.last };
    Ok(page.of(rows.into_iter().map(searched).collect(), total))
}

/// Forgets what was searched longer ago.
pub fn prune(conn: &mut Conn, days: i32) -> Result<usize> {
    Ok(sql_query("DELETE FROM search_terms WHERE day <= current_date - $1").bind::<Integer, _>(days).execute(conn)?)
}
