mod merging;

use diesel::{
    prelude::*,
    sql_query,
    sql_types::{BigInt, Nullable, Text},
};

pub use self::merging::{counts, delete_exports, has_open_erasure};
use super::model::{Counted, Customer};
use crate::base::{Conn, Error, Page, PageRequest, Result, TagId, typed};

/// Guests are known from their orders, customers from their accounts; one address is one person, and so are those of accounts that
/// another took over. The conditions narrow the orders `o` and the accounts `c`, each beginning with AND.
fn people(orders: &str, accounts: &str) -> String {
    format!(
        "WITH people AS (
            SELECT COALESCE(k.email, lower(o.email)) AS email, count(*) AS orders,
                   COALESCE(sum(o.total) FILTER (WHERE o.lifecycle <> 'cancelled'), 0)::bigint AS spent, max(o.placed_at) AS last_order_at,
                   (array_agg(a.name ORDER BY o.placed_at DESC))[1] AS name, (array_agg(o.number ORDER BY o.id))[1] AS first_order
            FROM orders o JOIN order_addresses a ON a.order_id = o.id AND a.kind = 'delivery' {orders}
            LEFT JOIN (accounts s JOIN accounts k ON k.id = s.merged_into) ON s.email = lower(o.email)
            GROUP BY COALESCE(k.email, lower(o.email))
        )
        SELECT COALESCE(p.email, c.email) AS email, COALESCE(c.name, p.name) AS name, c.id AS account, p.first_order,
               COALESCE(p.orders, 0) AS orders, COALESCE(p.spent, 0) AS spent, p.last_order_at
        FROM people p FULL JOIN (SELECT * FROM accounts c WHERE role IS NULL AND merged_into IS NULL {accounts}) c ON c.email = p.email"
    )
}

/// Of those with an account, whom tags are for; $2 NULL: all.
const TAGGED: &str = "($2 IS NULL OR EXISTS (SELECT FROM account_tags t WHERE t.account_id = k.account AND t.tag_id = $2))";

#[derive(QueryableByName)]
struct Address {
    #[diesel(sql_type = Text)]
    email: String,
}

/// Customers whose name or address holds `text` and who have the tag, the latest buyers first.
pub fn customers(conn: &mut Conn, text: &str, tag: Option<TagId>, page: PageRequest) -> Result<Page<Customer>> {
    let like = format!("%{}%", typed::like(&text.to_lowercase()));
    let all = people("", "");
    let narrowed = format!("SELECT * FROM ({all}) k WHERE (lower(k.email) LIKE $1 OR lower(k.name) LIKE $1) AND {TAGGED}");
    let rows = sql_query(format!("{narrowed} ORDER BY last_order_at DESC NULLS LAST, email LIMIT $3 OFFSET $4"))
        .bind::<Text, _>(&like)
        .bind::<Nullable<BigInt>, _>(tag)
        .bind::<BigInt, _>(page.limit())
        .bind::<BigInt, _>(page.offset())
        .load(conn)?;
    let count = sql_query(format!("SELECT count(*) AS count FROM ({narrowed}) n")).bind::<Text, _>(&like).bind::<Nullable<BigInt>, _>(tag);
    let Counted { count } = count.get_result(conn)?;
    Ok(page.of(rows, count))
}

/// # Errors
/// `NotFound` when nobody of this address bought or has an account.
pub fn customer(conn: &mut Conn, email: &str) -> Result<Customer> {
    let kept = sql_query("SELECT k.email FROM accounts s JOIN accounts k ON k.id = s.merged_into WHERE s.email = $1");
    let kept: Option<Address> = kept.bind::<Text, _>(email.to_lowercase()).get_result(conn).optional()?;
    let email = kept.map_or_else(|| email.to_lowercase(), |kept| kept.email);
    let theirs = "AND lower(o.email) IN (SELECT $1 UNION ALL
        SELECT s.email FROM accounts s JOIN accounts k ON k.id = s.merged_into WHERE k.email = $1)";
    let found = sql_query(people(theirs, "AND c.email = $1")).bind::<Text, _>(email);
    found.get_result(conn).optional()?.ok_or(Error::NotFound)
}
