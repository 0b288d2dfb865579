-- Several orders that wait are placed together: one transaction, one statement for all of one kind.

-- Takes the lock under which a holder's holds change until the transaction ends, and tells whether it could be had at once.
CREATE FUNCTION stock_try_holder(of_holder UUID) RETURNS BOOLEAN LANGUAGE sql VOLATILE AS $$
    SELECT pg_try_advisory_xact_lock(hashtextextended(of_holder::text, 0))
$$;
COMMENT ON FUNCTION stock_try_holder IS
    'For who means to allocate for many holders: rather leave one out than wait for what that one does at the moment';

-- As stock_allocate, for several orders: the item at each place of the arrays belongs to the order and the holder at that place,
-- and is told with the order's own holds first. All of it, or nothing and what is short; of several orders only one article that
-- is short is told, since each is better asked for alone then.
--
-- Each row of stock is changed once, whoever of these orders wants of it, and in the order of the keys.
CREATE FUNCTION stock_allocate_all(for_orders BIGINT[], from_holders UUID[], variants BIGINT[], quantities INTEGER[], by_actor TEXT)
RETURNS TABLE (short_of BIGINT, could_be INTEGER, limited BOOLEAN) LANGUAGE plpgsql AS $$
DECLARE
    holders UUID[] := ARRAY (SELECT DISTINCT h FROM unnest(from_holders) h WHERE h IS NOT NULL ORDER BY h);
    is_one BOOLEAN := (SELECT count(DISTINCT o) <= 1 FROM unnest(for_orders) o);
    change RECORD;
BEGIN
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

-- The same as before. A clock that is read once lets the index find the holds that are over, and who sweeps a much wanted
-- article no longer looks at all that are not.
CREATE OR REPLACE FUNCTION stock_sweep(of_variant BIGINT, except_holder UUID) RETURNS INTEGER LANGUAGE plpgsql AS $$
DECLARE
    moment TIMESTAMPTZ := clock_timestamp();
    freed INTEGER;
BEGIN
    WITH past AS (
        SELECT r.holder FROM reservations r
        WHERE r.variant_id = of_variant AND r.reserved_until <= moment AND r.holder IS DISTINCT FROM except_holder
        FOR UPDATE SKIP LOCKED
    ), gone AS (
        DELETE FROM reservations r USING past WHERE r.variant_id = of_variant AND r.holder = past.holder RETURNING r.quantity
    )
    SELECT COALESCE(sum(quantity), 0) INTO freed FROM gone;
    IF freed > 0 THEN
        UPDATE stock SET reserved = reserved - freed WHERE variant_id = of_variant;
    END IF;
    RETURN freed;
END $$;
