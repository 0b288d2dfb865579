-- What goes with a product: related products and accessories that staff name, and what is bought together with it.
ALTER TABLE related_products ADD COLUMN kind TEXT NOT NULL DEFAULT 'related'
    CONSTRAINT related_products_kind_known CHECK (kind IN ('related', 'accessory'));
COMMENT ON COLUMN related_products.kind IS 'related: another of its sort; accessory: what one needs with it. A product is either to another';

-- Bought together: counted from orders of the last year that are paid and not cancelled, each once, by a job that looks at those
-- orders only that have changed. An order's first so many products count, so that one with hundreds of lines does not tie them all.
CREATE FUNCTION together_counts(o orders) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT o.lifecycle <> 'cancelled' AND o.payment_state IN ('paid', 'partly_refunded', 'overcharged') AND o.placed_at > now() - interval '1 year'
$$;

CREATE TABLE together_due (
    order_id BIGINT PRIMARY KEY,
    at TIMESTAMPTZ NOT NULL DEFAULT now()
);
COMMENT ON TABLE together_due IS 'Orders that have come to count, or do not any more, since the job looked last';
CREATE TABLE together_orders (
    order_id BIGINT PRIMARY KEY,
    placed_at TIMESTAMPTZ NOT NULL,
    products BIGINT[] NOT NULL
);
COMMENT ON TABLE together_orders IS 'Orders that are counted, with what was counted of them';
CREATE INDEX together_orders_by_age ON together_orders (placed_at);
CREATE TABLE together_products (
    product_id BIGINT PRIMARY KEY,
    orders INTEGER NOT NULL
);
COMMENT ON TABLE together_products IS 'In how many counted orders each product is';
CREATE TABLE together_pairs (
    product_id BIGINT NOT NULL,
    other_id BIGINT NOT NULL,
    orders INTEGER NOT NULL,
    PRIMARY KEY (product_id, other_id)
);
COMMENT ON TABLE together_pairs IS 'In how many counted orders two products are together; each pair stands here both ways';
CREATE TABLE bought_together (
    product_id BIGINT NOT NULL REFERENCES products ON DELETE CASCADE,
    other_id BIGINT NOT NULL REFERENCES products ON DELETE CASCADE,
    position INTEGER NOT NULL,
    PRIMARY KEY (product_id, other_id)
);
COMMENT ON TABLE bought_together IS 'The few that stand on a product''s page';
CREATE INDEX bought_together_of_other ON bought_together (other_id);

CREATE FUNCTION together_order_turned() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- A row that is there is written all the same: the job must not take it away before this is committed.
    INSERT INTO together_due (order_id) VALUES (NEW.id) ON CONFLICT (order_id) DO UPDATE SET at = now();
    RETURN NULL;
END $$;
CREATE TRIGGER together_new AFTER INSERT ON orders FOR EACH ROW WHEN (together_counts(NEW)) EXECUTE FUNCTION together_order_turned();
CREATE TRIGGER together_turned AFTER UPDATE OF payment_state, lifecycle ON orders
    FOR EACH ROW WHEN (together_counts(OLD) <> together_counts(NEW)) EXECUTE FUNCTION together_order_turned();
INSERT INTO together_due (order_id) SELECT id FROM orders o WHERE together_counts(o);

-- Counts so many orders that have changed. `false`: none are left, or somebody else is counting.
--
-- Of those that are bought with a product, two times at least, the first few stand on its page. What is in half of all carts would
-- go with everything, so others count for more the rarer they are: by the square root of how often they are bought at all.
CREATE FUNCTION together_count(most INTEGER) RETURNS boolean LANGUAGE plpgsql AS $$
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
            FROM together_pairs p JOIN together_products n ON n.product_id = p.other_id
            JOIN products own ON own.id = p.product_id JOIN products o ON o.id = p.other_id AND o.status = 'active'
            WHERE p.product_id = ANY (touched) AND p.orders >= 2
        ) ranked WHERE position <= 6
    ), gone AS (
        DELETE FROM bought_together b WHERE b.product_id = ANY (touched)
            AND NOT EXISTS (SELECT FROM wanted w WHERE w.product_id = b.product_id AND w.other_id = b.other_id)
    )
    INSERT INTO bought_together (product_id, other_id, position) SELECT product_id, other_id, position FROM wanted
    ON CONFLICT (product_id, other_id) DO UPDATE SET position = EXCLUDED.position WHERE bought_together.position <> EXCLUDED.position;
    RETURN true;
END $$;

-- Shown with their product, but not counted by any list.
CREATE FUNCTION pages_together_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pages_tell(ARRAY(SELECT DISTINCT 'product:' || product_id FROM changed));
    RETURN NULL;
END $$;
CREATE TRIGGER pages_added AFTER INSERT ON bought_together REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION pages_together_changed();
CREATE TRIGGER pages_changed AFTER UPDATE ON bought_together REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION pages_together_changed();
CREATE TRIGGER pages_removed AFTER DELETE ON bought_together REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION pages_together_changed();
ALTER TABLE bought_together ENABLE ALWAYS TRIGGER pages_added, ENABLE ALWAYS TRIGGER pages_changed, ENABLE ALWAYS TRIGGER pages_removed;
