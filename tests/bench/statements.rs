//! What the server asks of PostgreSQL while it places one order, read from PostgreSQL's own log.

use std::{fs, thread, time::Duration};

use anyhow::{Context, Result};
use diesel::{PgConnection, connection::SimpleConnection};

use crate::site::Site;

/// A statement as it was sent, with its values as texts.
#[derive(Clone, Debug)]
pub struct Statement {
    pub sql: String,
    /// 1, or 2 where it had to be parsed before.
    pub round_trips: usize,
    pub values: Vec<Option<String>>,
}

/// Longer than PostgreSQL takes to heed a changed setting.
const HEED: Duration = Duration::from_millis(400);

/// All that the connection asks that places an order while `work` runs, in its order.
pub fn during(site: &Site, conn: &mut PgConnection, work: impl FnOnce() -> Result<()>) -> Result<Vec<Statement>> {
    let switch = |conn: &mut PgConnection, how: &str| -> Result<()> {
        conn.batch_execute(&format!("ALTER SYSTEM SET log_statement = '{how}'"))?;
        conn.batch_execute("SELECT pg_reload_conf()")?;
        thread::sleep(HEED);
        Ok(())
    };
    switch(conn, "all")?;
    work()?;
    switch(conn, "none")?;
    let log = fs::read(site.statement_log()).context("PostgreSQL wrote no log of statements")?;
    let (mut statements, mut connections) = (vec![], vec![]);
    for row in csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(log.as_slice()).records() {
        let row = row?;
        let (message, detail) = (row.get(13).unwrap_or_default(), row.get(14).unwrap_or_default());
        let told = message
            .strip_prefix("statement: ")
            .or_else(|| message.strip_prefix("execute ").and_then(|rest| Some(rest.split_once(": ")?.1)));
        if let Some(sql) = told.filter(|sql| !sql.contains("pg_reload_conf") && !sql.starts_with("ALTER SYSTEM")) {
            let round_trips = if message.starts_with("execute <unnamed>") { 2 } else { 1 };
            connections.push(row.get(3).unwrap_or_default().to_owned());
            statements.push(Statement { sql: sql.to_owned(), round_trips, values: values(detail) });
        }
    }
    // The server follows the catalogue meanwhile, on connections of its own.
    let placing = statements.iter().position(|statement: &Statement| statement.sql.starts_with("INSERT INTO orders"));
    let placing = placing.and_then(|at| connections.get(at).cloned()).context("no order was placed")?;
    let of_placing = statements.into_iter().zip(connections).filter(|(_, connection)| *connection == placing);
    Ok(of_placing.map(|(statement, _)| statement).collect())
}

/// `parameters: $1 = 'a', $2 = NULL` as the values.
fn values(detail: &str) -> Vec<Option<String>> {
    let mut rest = detail.strip_prefix("parameters: ").or_else(|| detail.strip_prefix("Parameters: ")).unwrap_or_default();
    let mut values = vec![];
    while let Some((_, value)) = rest.split_once(" = ") {
        let Some(quoted) = value.strip_prefix('\'') else {
            values.push(None);
            rest = value.split_once(", ").map_or("", |(_, rest)| rest);
            continue;
        };
        let (mut text, mut chars) = (String::new(), quoted.char_indices().peekable());
        rest = "";
        while let Some((at, char)) = chars.next() {
            if char != '\'' {
                text.push(char);
            } else if chars.peek().is_some_and(|(_, next)| *next == '\'') {
                chars.next();
                text.push('\'');
            } else {
                rest = &quoted[at + 1..];
                break;
            }
        }
        values.push(Some(text));
    }
    values
}
