-- What a bestseller was ever bought with are tens of thousands of products, and each order of it ranked them all. Now the two hundred
-- that were bought with it most often are ranked: what is beyond them does not stand on its page by being rare.
CREATE INDEX together_pairs_best ON together_pairs (product_id, orders DESC, other_id) WHERE orders >= 2;

-- As before (003610_relations), but for that.
CREATE OR REPLACE FUNCTION together_count(most INTEGER) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    ids BIGINT[];
    touched BIGINT[];
    former together_orders[];
    new together_orders[];
BEGIN
    IF NOT pg_try_advisory_xact_lock(hashtext('together')) THEN RETURN false; END IF;
    WITH due AS (SELECT order_id FROM together_due ORDER BY order_id LIMIT most FOR UPDATE SKIP LOCKED),
    taken AS (DELETE FROM together_due d USING due WHERE d.order_id = due.order_id RETURNING d.order_id)
    SELECT array_agg(order_id) INTO ids FROM taken;
    ids := COALESCE(ids, '{}') || ARRAY(SELECT order_id FROM together_orders WHERE placed_at <= now() - interval '1 year' LIMIT most);
    IF cardinality(ids) = 0 THEN RETURN false; END IF;
    WITH gone AS (DELETE FROM together_orders t WHERE t.order_id = ANY (ids) RETURNING t) SELECT array_agg(t) INTO former FROM gone;
    WITH come AS (
        INSERT INTO together_orders AS t (order_id, placed_at, products)
        SELECT o.id, o.placed_at, l.products FROM orders o CROSS JOIN LATERAL (SELECT array_agg(product_id) AS products FROM (
            SELECT v.product_id FROM order_lines l JOIN variants v ON v.id = l.variant_id JOIN products p ON p.id = v.product_id
            WHERE l.order_id = o.id AND NOT p.is_gift_card GROUP BY v.product_id ORDER BY min(l.position) LIMIT 20) first) l
        WHERE o.id = ANY (ids) AND together_counts(o) AND l.products IS NOT NULL RETURNING t
    ) SELECT array_agg(t) INTO new FROM come;
    WITH change AS (SELECT -1 AS sign, products FROM unnest(former) UNION ALL SELECT 1, products FROM unnest(new))
    INSERT INTO together_products (product_id, orders)
        SELECT product, sum(sign) FROM change, unnest(products) AS product GROUP BY product HAVING sum(sign) <> 0
    ON CONFLICT (product_id) DO UPDATE SET orders = together_products.orders + EXCLUDED.orders;
    WITH change AS (SELECT -1 AS sign, products FROM unnest(former) UNION ALL SELECT 1, products FROM unnest(new)),
    changed AS (
        INSERT INTO together_pairs (product_id, other_id, orders)
            SELECT one, other, sum(sign) FROM change, unnest(products) AS one, unnest(products) AS other
            WHERE one <> other GROUP BY one, other HAVING sum(sign) <> 0
        ON CONFLICT (product_id, other_id) DO UPDATE SET orders = together_pairs.orders + EXCLUDED.orders RETURNING product_id
    )
    SELECT array_agg(DISTINCT product_id) INTO touched FROM changed;
    DELETE FROM together_products WHERE orders <= 0 AND product_id IN (SELECT unnest(products) FROM unnest(former));
    DELETE FROM together_pairs WHERE orders <= 0 AND product_id = ANY (touched);
    WITH wanted AS MATERIALIZED (
        SELECT * FROM (
            SELECT p.product_id, p.other_id,
                row_number() OVER (PARTITION BY p.product_id ORDER BY p.orders / sqrt(n.orders) DESC, p.orders DESC, p.other_id)::integer AS position
            FROM unnest(touched) AS t (id) JOIN products own ON own.id = t.id
            CROSS JOIN LATERAL (
                SELECT product_id, other_id, orders FROM together_pairs WHERE product_id = t.id AND orders >= 2
                ORDER BY orders DESC, other_id LIMIT 200) p
            JOIN together_products n ON n.product_id = p.other_id
            JOIN products o ON o.id = p.other_id AND o.status = 'active'
        ) ranked WHERE position <= 6
    ), gone AS (
        DELETE FROM bought_together b WHERE b.product_id = ANY (touched)
            AND NOT EXISTS (SELECT FROM wanted w WHERE w.product_id = b.product_id AND w.other_id = b.other_id)
    )
    INSERT INTO bought_together (product_id, other_id, position) SELECT product_id, other_id, position FROM wanted
    ON CONFLICT (product_id, other_id) DO UPDATE SET position = EXCLUDED.position WHERE bought_together.position <> EXCLUDED.position;
    RETURN true;
END $$;
