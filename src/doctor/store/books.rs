//! Books that SQL alone compares. Each question gives `about` and `words` of a difference, and takes the most it may give.

use diesel::{prelude::*, sql_query, sql_types::BigInt};

use crate::{
    base::{Conn, Result},
    doctor::model::{Book, Finding, Found},
};

/// Units that belong to an order by its lines, of bundles their parts as it took them, against those that the stock ledger set aside for it. The ledger's sums against
/// the stock rows are the inventory's own to compare.
const ALLOCATED: &str = "
    SELECT COALESCE(o.number, 'no order') AS about,
           format('%s: %s units belong to it by its lines, %s by the stock ledger', COALESCE(v.sku, '?'), open, moved) AS words
    FROM (SELECT order_id, variant_id, sum(open) AS open, sum(moved) AS moved FROM (
            SELECT l.order_id, COALESCE(t.part_id, l.variant_id) AS variant_id, sum((l.quantity - l.shipped) * COALESCE(t.quantity, 1)) AS open,
                   0 AS moved
            FROM order_lines l JOIN orders o ON o.id = l.order_id
            LEFT JOIN bundle_takings t ON t.order_id = l.order_id AND t.bundle_id = l.variant_id
            WHERE o.lifecycle <> 'cancelled' AND l.quantity > l.shipped AND l.variant_id IS NOT NULL GROUP BY 1, 2
            UNION ALL
            SELECT order_id, variant_id, 0, sum(allocated) FROM stock_movements GROUP BY 1, 2
          ) both_sides GROUP BY 1, 2 HAVING sum(open) <> sum(moved)) differing
    LEFT JOIN orders o ON o.id = order_id LEFT JOIN variants v ON v.id = variant_id
    ORDER BY order_id, variant_id LIMIT $1";

/// Units shipped by an order's lines, against those that the ledger says left for it. Gift cards and files may be sold beyond what
/// is counted: of these no more left than the lines say.
const LEFT: &str = "
    SELECT o.number AS about,
           format('%s: %s units are shipped by its lines, %s by the stock ledger', v.sku, shipped + mailed, gone) AS words
    FROM (SELECT order_id, variant_id, sum(shipped) AS shipped, sum(mailed) AS mailed, sum(gone) AS gone FROM (
            SELECT l.order_id, s.variant_id,
                   COALESCE(sum(l.shipped * COALESCE(t.quantity, 1)) FILTER (WHERE NOT (l.is_gift_card OR l.is_digital)), 0) AS shipped,
                   COALESCE(sum(l.shipped) FILTER (WHERE l.is_gift_card OR l.is_digital), 0) AS mailed, 0 AS gone
            FROM order_lines l
            LEFT JOIN bundle_takings t ON t.order_id = l.order_id AND t.bundle_id = l.variant_id
            JOIN stock s ON s.variant_id = COALESCE(t.part_id, l.variant_id)
            WHERE s.tracked AND l.shipped > 0 GROUP BY 1, 2
            UNION ALL
            SELECT m.order_id, m.variant_id, 0, 0, -sum(m.on_hand) FROM stock_movements m JOIN stock s USING (variant_id)
            WHERE s.tracked AND m.cause = 'shipped' AND m.order_id IS NOT NULL GROUP BY 1, 2
          ) both_sides GROUP BY 1, 2 HAVING sum(gone) NOT BETWEEN sum(shipped) AND sum(shipped) + sum(mailed)) differing
    JOIN orders o ON o.id = order_id JOIN variants v ON v.id = variant_id
    -- What was sold without counting while it left has no units in the ledger.
    WHERE gone <> 0
    ORDER BY order_id, variant_id LIMIT $1";

/// An order's totals against its lines, discounts, fees and taxes, and discounts against what they are on.
const SUMS: &str = "
    SELECT o.number AS about, concat_ws('; ',
        CASE WHEN o.items_total <> items THEN format('items_total is %s, its lines are %s', o.items_total, items) END,
        CASE WHEN o.discount_total <> discounts THEN format('discount_total is %s, its discounts are %s', o.discount_total, discounts) END,
        CASE WHEN o.fee_total <> fees THEN format('fee_total is %s, its fees are %s', o.fee_total, fees) END,
        CASE WHEN o.tax_total <> taxes THEN format('tax_total is %s, its tax lines are %s', o.tax_total, taxes) END,
        CASE WHEN o.total <> right_total THEN format('total is %s, its parts are %s', o.total, right_total) END) AS words
    FROM (SELECT o.*,
            (SELECT COALESCE(sum(total), 0) FROM order_lines WHERE order_id = o.id) AS items,
            (SELECT COALESCE(sum(amount), 0) FROM order_discounts WHERE order_id = o.id) AS discounts,
            (SELECT COALESCE(sum(amount), 0) FROM order_fees WHERE order_id = o.id) AS fees,
            (SELECT COALESCE(sum(amount), 0) FROM order_tax_lines WHERE order_id = o.id) AS taxes,
            o.items_total + o.discount_total + o.delivery_total + o.fee_total + CASE WHEN o.tax_included THEN 0 ELSE o.tax_total END
                AS right_total
          FROM orders o) o
    WHERE o.items_total <> items OR o.discount_total <> discounts OR o.fee_total <> fees OR o.tax_total <> taxes OR o.total <> right_total
    ORDER BY o.id LIMIT $1";

/// A line that costs less than nothing after its discounts.
const DISCOUNTS: &str = "
    SELECT o.number AS about, format('%s costs %s and is discounted by %s', l.sku, l.total, -sum(d.amount)) AS words
    FROM order_discounts d JOIN order_lines l ON l.id = d.order_line_id JOIN orders o ON o.id = l.order_id
    GROUP BY o.id, l.id HAVING l.total + sum(d.amount) < 0 ORDER BY o.id, l.id LIMIT $1";

/// A payment's sums and state against its events, refunds and captures.
const ATTEMPTS: &str = "
    SELECT number AS about, format('payment %s by %s: %s', id, gateway, concat_ws('; ',
        CASE WHEN captured <> told THEN format('captured is %s, it was told of %s', captured, told) END,
        CASE WHEN authorised <> aside THEN format('authorised is %s, it was told of %s', authorised, aside) END,
        CASE WHEN refunded <> going_back THEN format('refunded is %s, its refunds are %s', refunded, going_back) END,
        CASE WHEN capturing <> asked THEN format('capturing is %s, its captures are %s', capturing, asked) END,
        CASE WHEN currency <> order_currency THEN format('it is in %s and its order in %s', currency, order_currency) END,
        CASE WHEN (state = 'captured') <> (captured > 0) THEN format('it stands as %s with %s captured', state, captured) END)) AS words
    FROM (SELECT a.*, o.number, o.currency AS order_currency,
            (SELECT COALESCE(max(amount), 0) FROM payment_events WHERE attempt_id = a.id AND kind = 'captured') AS told,
            (SELECT COALESCE(max(amount), 0) FROM payment_events WHERE attempt_id = a.id AND kind = 'authorised') AS aside,
            (SELECT COALESCE(sum(amount), 0) FROM refunds WHERE attempt_id = a.id AND state <> 'failed') AS going_back,
            (SELECT COALESCE(sum(amount), 0) FROM captures WHERE attempt_id = a.id AND state <> 'failed') AS asked
          FROM payment_attempts a JOIN orders o ON o.id = a.order_id) a
    WHERE captured <> told OR authorised <> aside OR refunded <> going_back OR capturing <> asked OR currency <> order_currency
        OR (state = 'captured') <> (captured > 0)
    ORDER BY order_id, id LIMIT $1";

/// A balance against the sum of its entries.
const BALANCES: &str = "
    SELECT CASE c.kind WHEN 'gift_card' THEN format('gift card …%s', c.code_last4) ELSE format('store credit %s', c.id) END AS about,
           format('its balance is %s, its entries are %s', c.balance, COALESCE(sum(e.amount), 0)) AS words
    FROM credits c LEFT JOIN credit_entries e ON e.credit_id = c.id
    GROUP BY c.id HAVING c.balance <> COALESCE(sum(e.amount), 0) ORDER BY c.id LIMIT $1";

/// What a credit paid for an order by its own ledger, against the order's payments by it; and what went back onto it.
const SPENT: &str = "
    SELECT o.number AS about, format('credit %s: by its entries %s was spent and %s given back, by the payments %s and %s',
           credit_id, sum(spent), sum(given), sum(paid), sum(returned)) AS words
    FROM (
        SELECT credit_id, order_id, -sum(amount) FILTER (WHERE cause = 'spent') AS spent,
               COALESCE(sum(amount) FILTER (WHERE cause = 'given_back'), 0) AS given, 0 AS paid, 0 AS returned
        FROM credit_entries WHERE cause IN ('spent', 'given_back') GROUP BY 1, 2
        UNION ALL
        SELECT a.credit_id, a.order_id, 0, 0, sum(a.captured),
               COALESCE(sum((SELECT sum(r.amount) FROM refunds r WHERE r.attempt_id = a.id AND r.state = 'succeeded')), 0)
        FROM payment_attempts a WHERE a.credit_id IS NOT NULL GROUP BY 1, 2
    ) both_sides JOIN orders o ON o.id = order_id
    GROUP BY o.id, credit_id HAVING COALESCE(sum(spent), 0) <> sum(paid) OR sum(given) <> sum(returned)
    ORDER BY o.id, credit_id LIMIT $1";

/// Payments by exchange against what was moved from the orders of which goods came back.
const EXCHANGES: &str = "
    SELECT o.number AS about, format('%s is paid by exchange, %s was moved for it', a.captured - given, moved) AS words
    FROM (SELECT a.*,
            (SELECT COALESCE(sum(r.amount), 0) FROM refunds r WHERE r.attempt_id = a.id AND r.state = 'succeeded') AS given,
            (SELECT COALESCE(sum(r.amount), 0) FROM moved_refunds m JOIN refunds r ON r.id = m.refund_id
             WHERE m.attempt_id = a.id AND r.state = 'succeeded' AND r.way = 'exchange') AS moved
          FROM payment_attempts a WHERE a.gateway = 'exchange') a JOIN orders o ON o.id = a.order_id
    WHERE a.captured - given <> moved ORDER BY o.id, a.id LIMIT $1";

/// The counters of promotions and coupons against the uses.
const COUNTERS: &str = "
    SELECT about, words FROM (
        SELECT p.name AS about, format('%s uses are counted, %s orders have it', p.uses, count(u.id)) AS words, 1 AS sort, p.id
        FROM promotions p LEFT JOIN promotion_uses u ON u.promotion_id = p.id AND u.released_at IS NULL
        GROUP BY p.id HAVING p.uses <> count(u.id)
        UNION ALL
        SELECT c.code, format('%s uses are counted, %s orders have it', c.uses, count(u.id)), 2, c.id
        FROM coupons c LEFT JOIN promotion_uses u ON u.coupon_id = c.id AND u.released_at IS NULL
        GROUP BY c.id HAVING c.uses <> count(u.id)
    ) differing ORDER BY sort, id LIMIT $1";

/// Uses against the orders: a cancelled one has none, a paid one has those by which it was discounted. One
/// that was given back when the payment failed and used up by others before the money came stays given back. Goods
/// that are exchanged keep the price that was agreed, for which the first order is the use.
const USES: &str = "
    SELECT about, words FROM (
        SELECT o.id, o.number AS about, format('it is cancelled and still counts as a use of %s', p.name) AS words
        FROM promotion_uses u JOIN orders o ON o.id = u.order_id JOIN promotions p ON p.id = u.promotion_id
        WHERE u.released_at IS NULL AND o.lifecycle = 'cancelled'
        UNION ALL
        SELECT DISTINCT o.id, o.number, format('it is discounted by promotion %s and does not count as a use of it', d.promotion_id)
        FROM order_discounts d JOIN orders o ON o.id = d.order_id
        WHERE d.promotion_id IS NOT NULL AND o.lifecycle <> 'cancelled' AND o.payment_state NOT IN ('due', 'failed') AND o.source <> 'exchange'
          AND NOT EXISTS (SELECT FROM promotion_uses u WHERE u.order_id = o.id AND u.promotion_id = d.promotion_id)
    ) differing ORDER BY id, words LIMIT $1";

/// How many reviews a product has and how many stars they give together, against the reviews themselves.
const RATINGS: &str = "
    SELECT p.slug AS about, format('%s reviews with %s stars are counted, %s with %s are published', counted, given, written, stars) AS words
    FROM (SELECT product_id, sum(counted) AS counted, sum(given) AS given, sum(written) AS written, sum(stars) AS stars FROM (
            SELECT product_id, reviews AS counted, stars AS given, 0 AS written, 0 AS stars FROM product_ratings
            UNION ALL
            SELECT product_id, 0, 0, count(*), sum(stars) FROM reviews WHERE state = 'published' GROUP BY product_id
          ) both_sides GROUP BY product_id HAVING sum(counted) <> sum(written) OR sum(given) <> sum(stars)) differing
    JOIN products p ON p.id = product_id ORDER BY product_id LIMIT $1";

const QUESTIONS: &[(Book, &str)] = &[
    (Book::Stock, ALLOCATED),
    (Book::Stock, LEFT),
    (Book::Orders, SUMS),
    (Book::Orders, DISCOUNTS),
    (Book::Money, ATTEMPTS),
    (Book::Credits, BALANCES),
    (Book::Credits, SPENT),
    (Book::Money, EXCHANGES),
    (Book::Promotions, COUNTERS),
    (Book::Promotions, USES),
    (Book::Reviews, RATINGS),
];

/// Every difference, so many of each kind at most.
pub fn compare(conn: &mut Conn, most: i64) -> Result<Vec<Finding>> {
    let mut findings = vec![];
    for (book, question) in QUESTIONS {
        let found: Vec<Found> = sql_query(*question).bind::<BigInt, _>(most).load(conn)?;
        findings.extend(found.into_iter().map(|found| Finding::new(*book, found.about, found.words)));
    }
    Ok(findings)
}
