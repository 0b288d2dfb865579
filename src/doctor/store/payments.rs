use chrono::{DateTime, Utc};
use diesel::{
    prelude::*,
    sql_query,
    sql_types::{Array, Text, Timestamptz},
};

use crate::{
    base::{Conn, Result},
    doctor::model::OurPayment,
};

#[derive(QueryableByName)]
struct Code {
    #[diesel(sql_type = Text)]
    code: String,
}

/// Gateways by which anybody tried to pay since then. Credits and exchanges are books of our own.
pub fn gateways_used(conn: &mut Conn, since: DateTime<Utc>) -> Result<Vec<String>> {
    let asked = sql_query(
        "SELECT DISTINCT gateway AS code FROM payment_attempts
         WHERE created_at >= $1 AND credit_id IS NULL AND gateway <> 'exchange' ORDER BY gateway",
    );
    let codes: Vec<Code> = asked.bind::<Timestamptz, _>(since).load(conn)?;
    Ok(codes.into_iter().map(|code| code.code).collect())
}

/// Payments by a gateway that began since then, and those that it names. What was given back without it does not count.
pub fn ours(conn: &mut Conn, gateway: &str, since: DateTime<Utc>, named: &[String]) -> Result<Vec<OurPayment>> {
    let asked = sql_query(
        "SELECT o.number, a.gateway_reference AS reference, a.currency, a.captured, a.created_at >= $2 AS is_recent,
                COALESCE(sum(r.amount) FILTER (WHERE r.state = 'succeeded' AND r.way = 'gateway'), 0)::bigint AS refunded,
                COALESCE(sum(r.amount) FILTER (WHERE r.state = 'pending'), 0)::bigint AS refunding
         FROM payment_attempts a JOIN orders o ON o.id = a.order_id LEFT JOIN refunds r ON r.attempt_id = a.id
         WHERE a.gateway = $1 AND (a.created_at >= $2 OR a.gateway_reference = ANY ($3))
         GROUP BY a.id, o.id ORDER BY o.id, a.id",
    );
    Ok(asked.bind::<Text, _>(gateway).bind::<Timestamptz, _>(since).bind::<Array<Text>, _>(named).load(conn)?)
}
