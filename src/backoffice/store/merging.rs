//! What one account takes over from another, across rooms.

use diesel::{RunQueryDsl, sql_query, sql_types::BigInt};

use crate::{
    backoffice::model::{Counted, Counts},
    base::{AccountId, Conn, Result},
};

/// How much of each kind goes over to the account that takes over this one.
pub fn counts(conn: &mut Conn, from: AccountId) -> Result<Counts> {
    let all = sql_query(
        "SELECT (SELECT count(*) FROM orders WHERE account_id = a.id
                    OR (account_id IS NULL AND lower(email) = a.email AND a.confirmed_at IS NOT NULL)) AS orders,
            (SELECT COALESCE(sum(l.quantity), 0)::bigint FROM carts c JOIN cart_lines l ON l.cart_id = c.id
                WHERE c.account_id = a.id AND c.ordered_at IS NULL AND c.made_by IS NULL) AS in_cart,
            (SELECT count(*) FROM promotion_uses WHERE account_id = a.id) AS promotion_uses,
            (SELECT count(*) FROM wishlists WHERE account_id = a.id) AS lists,
            (SELECT count(*) FROM wishlist_items i JOIN wishlists w ON w.id = i.wishlist_id WHERE w.account_id = a.id) AS wishes,
            (SELECT count(*) FROM reviews WHERE account_id = a.id) AS reviews,
            (SELECT count(*) FROM alerts WHERE account_id = a.id AND told_at IS NULL) AS alerts,
            (SELECT count(*) FROM addresses WHERE account_id = a.id) AS addresses,
            (SELECT count(*) FROM account_tags WHERE account_id = a.id) AS tags,
            (SELECT count(*) FROM customer_notes WHERE account_id = a.id) AS notes
         FROM accounts a WHERE a.id = $1",
    );
    Ok(all.bind::<BigInt, _>(from).get_result(conn)?)
}

/// Whether one of the two is to be forgotten.
pub fn has_open_erasure(conn: &mut Conn, from: AccountId, into: AccountId) -> Result<bool> {
    let open = sql_query(
        "SELECT count(*) AS count FROM erasures e JOIN accounts a ON a.id IN ($1, $2) AND (a.id = e.account_id OR a.email = e.email)
         WHERE e.done_at IS NULL AND e.withdrawn_at IS NULL",
    );
    let Counted { count } = open.bind::<BigInt, _>(from).bind::<BigInt, _>(into).get_result(conn)?;
    Ok(count > 0)
}

/// Copies of what was known of the account go: nobody can sign in to fetch them any more.
pub fn delete_exports(conn: &mut Conn, from: AccountId) -> Result<()> {
    sql_query("DELETE FROM privacy_exports WHERE account_id = $1").bind::<BigInt, _>(from).execute(conn)?;
    Ok(())
}
