use diesel::{prelude::*, sql_query, sql_types::BigInt};

use crate::{
    base::{Conn, OrderId, Result},
    doctor::model::OrderBook,
};

/// The next orders after this one, with what their payments, lines and parcels add up to. Sums are made as for
/// [`crate::payments::summary`].
pub fn books(conn: &mut Conn, after: OrderId, limit: i64) -> Result<Vec<OrderBook>> {
    let asked = sql_query(
        "SELECT o.id, o.number, o.total, o.lifecycle, o.payment_state, o.fulfilment_state,
                m.captured, m.by_credit, m.authorised, m.pending, m.failed, r.refunded, r.corrected, r.refunding, r.correcting,
                l.ordered, l.shipped, l.returned, l.has_gift_cards, p.parcelled,
                COALESCE(o.lifecycle = 'placed' AND o.payment_state IN ('due', 'failed') AND o.pay_before < now() - interval '6 hours', false)
                    AS is_forgotten
         FROM (SELECT * FROM orders WHERE id > $1 AND source <> 'import' ORDER BY id LIMIT $2) o
         CROSS JOIN LATERAL (
            SELECT COALESCE(sum(captured), 0)::bigint AS captured,
                   COALESCE(sum(captured) FILTER (WHERE credit_id IS NOT NULL), 0)::bigint AS by_credit,
                   COALESCE(sum(GREATEST(authorised - captured, 0)) FILTER (WHERE state IN ('authorised', 'captured') AND NOT is_closed), 0)::bigint
                       AS authorised,
                   count(*) FILTER (WHERE state IN ('pending', 'authorised')) AS pending,
                   count(*) FILTER (WHERE state IN ('failed', 'expired') OR (state = 'voided' AND authorised > 0)) AS failed
            FROM payment_attempts WHERE order_id = o.id) m
         CROSS JOIN LATERAL (
            SELECT COALESCE(sum(f.amount) FILTER (WHERE f.state = 'succeeded'), 0)::bigint AS refunded,
                   COALESCE(sum(f.amount) FILTER (WHERE f.state = 'succeeded' AND f.corrects), 0)::bigint AS corrected,
                   COALESCE(sum(f.amount) FILTER (WHERE f.state = 'pending'), 0)::bigint AS refunding,
                   COALESCE(sum(f.amount) FILTER (WHERE f.state = 'pending' AND f.corrects), 0)::bigint AS correcting
            FROM refunds f JOIN payment_attempts a ON a.id = f.attempt_id WHERE a.order_id = o.id) r
         CROSS JOIN LATERAL (
            SELECT COALESCE(sum(quantity) FILTER (WHERE NOT (is_gift_card OR is_digital)), 0)::bigint AS ordered,
                   COALESCE(sum(shipped) FILTER (WHERE NOT (is_gift_card OR is_digital)), 0)::bigint AS shipped,
                   COALESCE(sum(returned) FILTER (WHERE NOT (is_gift_card OR is_digital)), 0)::bigint AS returned,
                   COALESCE(bool_or(is_gift_card OR is_digital), false) AS has_gift_cards
            FROM order_lines WHERE order_id = o.id) l
         CROSS JOIN LATERAL (
            SELECT COALESCE(sum(s.quantity), 0)::bigint AS parcelled FROM shipment_lines s JOIN order_lines ol ON ol.id = s.order_line_id
            WHERE ol.order_id = o.id AND NOT (ol.is_gift_card OR ol.is_digital)) p
         ORDER BY o.id",
    );
    Ok(asked.bind::<BigInt, _>(after).bind::<BigInt, _>(limit).load(conn)?)
}
