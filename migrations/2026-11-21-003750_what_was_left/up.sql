-- Bundles, files and their races, mended.

ALTER TABLE download_leftovers ADD COLUMN purging_at TIMESTAMPTZ;
COMMENT ON COLUMN download_leftovers.purging_at IS 'Somebody is removing the content from the media store since then: no file may take it until the row is gone, or until this is too long ago to be true';
COMMENT ON COLUMN download_leftovers.since IS 'Renewed by whoever is bringing the content in';

-- Who a gift card was sent to, and when. No money moves by it, so it is none of the ledger's.
CREATE TABLE credit_sendings (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    credit_id BIGINT NOT NULL REFERENCES credits ON DELETE RESTRICT,
    recipient_email TEXT NOT NULL,
    code_before TEXT NOT NULL CONSTRAINT credit_sendings_code_before_shape CHECK (code_before ~ '^[0-9A-Z]{4}$'),
    code_after TEXT NOT NULL CONSTRAINT credit_sendings_code_after_shape CHECK (code_after ~ '^[0-9A-Z]{4}$'),
    actor TEXT NOT NULL,
    sent_at TIMESTAMPTZ NOT NULL DEFAULT now()
);
COMMENT ON TABLE credit_sendings IS 'Each time a gift card''s code was sent anew, after the first mail';
COMMENT ON COLUMN credit_sendings.code_before IS 'The end of the code that is worth nothing since then';
COMMENT ON COLUMN credit_sendings.code_after IS 'The end of the code that the mail told';
COMMENT ON COLUMN credit_sendings.actor IS 'Staff''s name, or "customer"';
CREATE INDEX credit_sendings_of_credit ON credit_sendings (credit_id, id DESC);

-- A refund leaves an order due or authorised where more is to be paid than ever came. What nothing is kept for is over all the same.
CREATE FUNCTION downloads_ended(of_order orders) RETURNS BOOLEAN LANGUAGE sql STABLE AS $$
    SELECT of_order.lifecycle = 'cancelled' OR of_order.payment_state = 'refunded'
        OR (of_order.payment_state IN ('due', 'authorised', 'failed')
            AND (SELECT COALESCE(sum(r.amount) FILTER (WHERE r.state = 'succeeded' AND NOT r.corrects), 0) > 0
                    AND COALESCE(sum(r.amount) FILTER (WHERE r.state = 'succeeded' OR (r.state = 'pending' AND r.corrects)), 0)
                        >= (SELECT sum(a.captured) FROM payment_attempts a WHERE a.order_id = of_order.id)
                 FROM refunds r JOIN payment_attempts a ON a.id = r.attempt_id WHERE a.order_id = of_order.id))
$$;
COMMENT ON FUNCTION downloads_ended IS 'Whether the links to the order''s files open nothing any more: it is cancelled, or all that was paid went back. As payments'' Summary counts it';

CREATE OR REPLACE FUNCTION bundle_parts_checked() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('bundle_parts', 0));
    -- Whoever is about to make a download of one of them holds it: what that comes to is seen below.
    PERFORM FROM variants v WHERE v.id IN (NEW.bundle_id, NEW.part_id) ORDER BY v.id FOR KEY SHARE;
    IF EXISTS (SELECT FROM bundle_parts WHERE bundle_id = NEW.part_id OR part_id = NEW.bundle_id) THEN
        RAISE EXCEPTION 'a bundle can not be a part of another' USING ERRCODE = 'check_violation', CONSTRAINT = 'bundle_parts_do_not_nest';
    END IF;
    IF EXISTS (SELECT FROM variants v JOIN products p ON p.id = v.product_id
               WHERE v.id IN (NEW.bundle_id, NEW.part_id) AND (v.is_digital OR p.is_gift_card)) THEN
        RAISE EXCEPTION 'bundles are made of goods' USING ERRCODE = 'check_violation', CONSTRAINT = 'bundle_parts_are_goods';
    END IF;
    RETURN NEW;
END $$;

-- As before (003710_bundles), with the bundles' own limits.
CREATE OR REPLACE FUNCTION stock_reserve(for_holder UUID, variants BIGINT[], quantities INTEGER[], minutes INTEGER)
RETURNS TABLE (short_of BIGINT, could_be INTEGER, limited BOOLEAN, held_until TIMESTAMPTZ) LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM bundle_parts b WHERE b.bundle_id = ANY (variants)) THEN
        RETURN QUERY SELECT w.variant, s.most_per_order, true, NULL::TIMESTAMPTZ
            FROM (SELECT u.variant, sum(u.quantity) AS quantity FROM unnest(variants, quantities) AS u (variant, quantity) GROUP BY u.variant) w
            JOIN stock s ON s.variant_id = w.variant WHERE s.is_bundle AND w.quantity > s.most_per_order;
        IF FOUND THEN RETURN; END IF;
        SELECT array_agg(e.variant), array_agg(e.quantity) INTO variants, quantities
        FROM (SELECT COALESCE(b.part_id, u.variant) AS variant, u.quantity * COALESCE(b.quantity, 1) AS quantity
              FROM unnest(variants, quantities) AS u (variant, quantity) LEFT JOIN bundle_parts b ON b.bundle_id = u.variant) e;
    END IF;
    -- One holder does one thing at a time: two tabs of one shopper must not wait for each other in a circle.
    PERFORM pg_advisory_xact_lock(hashtextextended(for_holder::text, 0));
    RETURN QUERY SELECT s.short_of, s.could_be, s.limited, NULL::TIMESTAMPTZ FROM stock_shortages(for_holder, variants, quantities) s;
    IF FOUND THEN RETURN; END IF;
    held_until := clock_timestamp() + make_interval(mins => minutes);
    UPDATE stock s SET reserved = s.reserved + c.change
        FROM (SELECT COALESCE(w.variant, r.variant_id) AS variant, COALESCE(w.quantity, 0) - COALESCE(r.quantity, 0) AS change
              FROM (SELECT u.variant, sum(u.quantity)::integer AS quantity FROM unnest(variants, quantities) AS u (variant, quantity)
                    GROUP BY u.variant) w
              FULL JOIN (SELECT h.variant_id, h.quantity FROM reservations h WHERE h.holder = for_holder) r ON r.variant_id = w.variant) c
        WHERE s.variant_id = c.variant AND c.change <> 0;
    DELETE FROM reservations r WHERE r.holder = for_holder AND r.variant_id <> ALL (variants);
    INSERT INTO reservations (holder, variant_id, quantity, reserved_until)
        SELECT for_holder, u.variant, sum(u.quantity), held_until FROM unnest(variants, quantities) AS u (variant, quantity) GROUP BY u.variant
        ON CONFLICT (holder, variant_id) DO UPDATE SET quantity = excluded.quantity, reserved_until = excluded.reserved_until;
    RETURN NEXT;
END $$;

CREATE OR REPLACE FUNCTION stock_allocate_all(for_orders BIGINT[], from_holders UUID[], variants BIGINT[], quantities INTEGER[], by_actor TEXT)
RETURNS TABLE (short_of BIGINT, could_be INTEGER, limited BOOLEAN) LANGUAGE plpgsql AS $$
DECLARE
    holders UUID[] := ARRAY (SELECT DISTINCT h FROM unnest(from_holders) h WHERE h IS NOT NULL ORDER BY h);
    is_one BOOLEAN := (SELECT count(DISTINCT o) <= 1 FROM unnest(for_orders) o);
    change RECORD;
BEGIN
    IF EXISTS (SELECT FROM bundle_parts b WHERE b.bundle_id = ANY (variants))
        OR EXISTS (SELECT FROM bundle_takings t WHERE t.order_id = ANY (for_orders) AND t.bundle_id = ANY (variants)) THEN
        INSERT INTO bundle_takings (order_id, bundle_id, part_id, quantity, position, title, options, sku)
            SELECT w.for_order, b.bundle_id, b.part_id, b.quantity, b.position, p.title, array_to_string(v.option_values, ' · '), v.sku
            FROM (SELECT DISTINCT u.for_order, u.variant FROM unnest(for_orders, variants) AS u (for_order, variant)) w
            JOIN bundle_parts b ON b.bundle_id = w.variant JOIN variants v ON v.id = b.part_id JOIN products p ON p.id = v.product_id
            WHERE NOT EXISTS (SELECT FROM bundle_takings t WHERE t.order_id = w.for_order AND t.bundle_id = w.variant);
        -- What is left below has the limits of the parts only.
        RETURN QUERY SELECT w.variant, CASE WHEN is_one THEN s.most_per_order ELSE 0 END, is_one
            FROM (SELECT u.for_order, u.variant, sum(u.quantity) AS quantity
                  FROM unnest(for_orders, variants, quantities) AS u (for_order, variant, quantity) GROUP BY u.for_order, u.variant) w
            JOIN stock s ON s.variant_id = w.variant
            WHERE w.quantity > s.most_per_order
              AND EXISTS (SELECT FROM bundle_takings t WHERE t.order_id = w.for_order AND t.bundle_id = w.variant);
        IF FOUND THEN RETURN; END IF;
        SELECT array_agg(e.for_order), array_agg(e.variant), array_agg(e.quantity) INTO for_orders, variants, quantities
        FROM (SELECT u.for_order, COALESCE(t.part_id, u.variant) AS variant, u.quantity * COALESCE(t.quantity, 1) AS quantity
              FROM unnest(for_orders, variants, quantities) AS u (for_order, variant, quantity)
              LEFT JOIN bundle_takings t ON t.order_id = u.for_order AND t.bundle_id = u.variant) e;
    END IF;
    -- One after the other, in the order of the keys.
    FOR i IN 1 .. cardinality(holders) LOOP
        PERFORM pg_advisory_xact_lock(hashtextextended(holders[i]::text, 0));
    END LOOP;
    FOR attempt IN 1..2 LOOP
        BEGIN
            -- What can be done before the first lock of a stock row is: the holds are taken back and the ledger is written.
            INSERT INTO stock_movements (variant_id, cause, on_hand, allocated, order_id, actor)
                SELECT u.variant, 'allocated', 0, sum(u.quantity), u.for_order, by_actor
                FROM unnest(for_orders, variants, quantities) AS u (for_order, variant, quantity) GROUP BY u.for_order, u.variant;
            FOR change IN
                WITH held AS (
                    DELETE FROM reservations r WHERE r.holder = ANY (holders) RETURNING r.variant_id, r.quantity
                ), let_go AS (
                    SELECT h.variant_id, sum(h.quantity)::integer AS quantity FROM held h GROUP BY h.variant_id
                ), each AS (
                    SELECT u.variant, sum(u.quantity)::integer AS quantity
                    FROM unnest(for_orders, variants, quantities) AS u (for_order, variant, quantity) GROUP BY u.for_order, u.variant
                ), wish AS (
                    SELECT e.variant, sum(e.quantity)::integer AS quantity, max(e.quantity) AS most FROM each e GROUP BY e.variant
                )
                SELECT COALESCE(w.variant, l.variant_id) AS variant, COALESCE(w.quantity, 0) AS sold, COALESCE(w.most, 0) AS most,
                       COALESCE(l.quantity, 0) AS held
                FROM wish w FULL JOIN let_go l ON l.variant_id = w.variant ORDER BY 1
            LOOP
                UPDATE stock s SET allocated = s.allocated + change.sold, reserved = s.reserved - change.held
                    WHERE s.variant_id = change.variant AND (s.most_per_order IS NULL OR change.most <= s.most_per_order)
                      AND (change.sold = 0 OR NOT s.tracked
                           OR s.on_hand::bigint + s.backorder_limit - s.allocated - s.reserved + change.held >= change.sold);
                IF NOT FOUND THEN RAISE EXCEPTION 'short' USING ERRCODE = 'IM001'; END IF;
            END LOOP;
            RETURN;
        EXCEPTION WHEN SQLSTATE 'IM001' THEN
            -- All of it is undone. Holds that are over may be what stands in the way: telling what is short gives them back.
            IF NOT is_one THEN
                short_of := change.variant; could_be := 0; limited := false;
                RETURN NEXT;
                RETURN;
            END IF;
            RETURN QUERY SELECT * FROM stock_shortages(holders[1], variants, quantities);
            IF FOUND THEN RETURN; END IF;
        END;
    END LOOP;
    RAISE EXCEPTION 'stock of order % can neither be allocated nor is short', for_orders[1];
END $$;
