use diesel::{
    dsl::now,
    prelude::*,
    sql_query,
    sql_types::{Bool, Text, Uuid},
};

use super::model::{Left, Link};
use crate::{
    base::{CartId, Conn, Result},
    schema::checkouts,
};

/// The next checkout to remind of, locked: with consent, nothing done to it for as long as the shop waits, not ordered since
/// (with another cart either), and not older than a month, when nobody wants to be reminded any more.
pub fn lock_left(conn: &mut Conn) -> Result<Option<Left>> {
    let next = sql_query(
        "SELECT c.cart_id, c.email FROM checkouts c JOIN carts k ON k.id = c.cart_id CROSS JOIN store s
         WHERE c.reminder_consent AND c.reminded_at IS NULL AND k.ordered_at IS NULL
           AND c.updated_at > now() - interval '30 days'
           AND GREATEST(c.updated_at, k.updated_at) < now() - make_interval(hours => s.reminder_hours)
           AND EXISTS (SELECT FROM cart_lines l WHERE l.cart_id = c.cart_id)
           AND NOT EXISTS (SELECT FROM orders o WHERE lower(o.email) = lower(c.email) AND o.placed_at > c.updated_at)
         ORDER BY c.updated_at LIMIT 1 FOR UPDATE OF c SKIP LOCKED",
    );
    Ok(next.get_result(conn).optional()?)
}

/// Notes that the one reminder is sent, and the hash by which its links are known.
pub fn set_reminded(conn: &mut Conn, cart: CartId, token_hash: &str) -> Result<()> {
    // The answers themselves did not change, so `updated_at` stays.
    diesel::update(checkouts::table.find(cart))
        .set((
            checkouts::reminded_at.eq(now.into_sql::<diesel::sql_types::Nullable<diesel::sql_types::Timestamptz>>()),
            checkouts::reminder_token.eq(token_hash),
        ))
        .execute(conn)?;
    Ok(())
}

#[derive(QueryableByName)]
struct Found {
    #[diesel(sql_type = Uuid)]
    cart_id: CartId,
    #[diesel(sql_type = Bool)]
    is_ordered: bool,
}

/// Where a link leads, which works for sixty days, by the database's clock.
pub fn by_token(conn: &mut Conn, token_hash: &str) -> Result<Link> {
    let found: Option<Found> = sql_query(
        "SELECT c.cart_id, k.ordered_at IS NOT NULL AS is_ordered FROM checkouts c JOIN carts k ON k.id = c.cart_id
         WHERE c.reminder_token = $1 AND c.reminded_at > now() - interval '60 days'",
    )
    .bind::<Text, _>(token_hash)
    .get_result(conn)
    .optional()?;
    Ok(match found {
        None => Link::Ended,
        Some(found) if found.is_ordered => Link::Ordered,
        Some(found) => Link::Cart(found.cart_id),
    })
}

/// Takes the consent back from all checkouts of the link's address; `false` when the link leads nowhere.
pub fn withdraw_consent(conn: &mut Conn, token_hash: &str) -> Result<bool> {
    let withdrawn = sql_query(
        "UPDATE checkouts SET reminder_consent = false
         WHERE lower(email) = (SELECT lower(email) FROM checkouts WHERE reminder_token = $1)",
    );
    Ok(withdrawn.bind::<Text, _>(token_hash).execute(conn)? > 0)
}
