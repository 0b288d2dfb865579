-- Bundles: a variant that is made of others, with a price of its own and no stock but theirs.

ALTER TABLE variants ADD COLUMN is_bundle BOOLEAN NOT NULL DEFAULT false;
COMMENT ON COLUMN variants.is_bundle IS 'Has rows in bundle_parts; kept by a trigger';
ALTER TABLE stock
    ADD COLUMN is_bundle BOOLEAN NOT NULL DEFAULT false,
    ADD COLUMN in_bundles BOOLEAN NOT NULL DEFAULT false,
    ADD CONSTRAINT stock_bundle_empty CHECK (NOT is_bundle OR (tracked AND on_hand = 0 AND allocated = 0 AND reserved = 0));
COMMENT ON COLUMN stock.is_bundle IS 'As variants.is_bundle, kept by the same trigger: whoever reads the row knows that the parts'' rows are to be read';
COMMENT ON COLUMN stock.in_bundles IS 'Is a part of a bundle; kept by a trigger, so that the sale of anything else looks for none';
COMMENT ON CONSTRAINT stock_bundle_empty ON stock IS 'Nobody counts, holds or sells a bundle itself';

CREATE TABLE bundle_parts (
    bundle_id BIGINT NOT NULL CONSTRAINT bundle_parts_bundle_id_fkey REFERENCES variants ON DELETE CASCADE,
    part_id BIGINT NOT NULL CONSTRAINT bundle_parts_part_id_fkey REFERENCES variants ON DELETE RESTRICT,
    quantity INTEGER NOT NULL CONSTRAINT bundle_parts_quantity_range CHECK (quantity BETWEEN 1 AND 1000),
    position INTEGER NOT NULL,
    PRIMARY KEY (bundle_id, part_id),
    CONSTRAINT bundle_parts_of_others CHECK (bundle_id <> part_id)
);
COMMENT ON COLUMN bundle_parts.quantity IS 'Units of the part in one bundle';
CREATE INDEX bundle_parts_of_part ON bundle_parts (part_id);

-- What a bundle was made of when an order first took it. What the order takes, ships and gives back goes by this, whatever becomes
-- of the bundle: so exactly what was taken comes back. Its lines of the same bundle share it.
CREATE TABLE bundle_takings (
    order_id BIGINT NOT NULL REFERENCES orders ON DELETE CASCADE,
    bundle_id BIGINT NOT NULL REFERENCES variants ON DELETE CASCADE,
    part_id BIGINT NOT NULL REFERENCES variants ON DELETE CASCADE,
    quantity INTEGER NOT NULL CONSTRAINT bundle_takings_quantity_range CHECK (quantity BETWEEN 1 AND 1000),
    position INTEGER NOT NULL,
    title TEXT NOT NULL,
    options TEXT NOT NULL,
    sku TEXT NOT NULL,
    PRIMARY KEY (order_id, bundle_id, part_id)
);
COMMENT ON COLUMN bundle_takings.quantity IS 'Units of the part in one bundle';
COMMENT ON COLUMN bundle_takings.title IS 'Copied, like options and sku: an order shares nothing with the catalogue';
CREATE INDEX bundle_takings_of_bundle ON bundle_takings (bundle_id);
CREATE INDEX bundle_takings_of_part ON bundle_takings (part_id);

-- Edits of bundles are rare and take turns, so that two of them don't nest what neither could nest alone.
CREATE FUNCTION bundle_parts_checked() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('bundle_parts', 0));
    IF EXISTS (SELECT FROM bundle_parts WHERE bundle_id = NEW.part_id OR part_id = NEW.bundle_id) THEN
        RAISE EXCEPTION 'a bundle can not be a part of another' USING ERRCODE = 'check_violation', CONSTRAINT = 'bundle_parts_do_not_nest';
    END IF;
    IF EXISTS (SELECT FROM variants v JOIN products p ON p.id = v.product_id
               WHERE v.id IN (NEW.bundle_id, NEW.part_id) AND (v.is_digital OR p.is_gift_card)) THEN
        RAISE EXCEPTION 'bundles are made of goods' USING ERRCODE = 'check_violation', CONSTRAINT = 'bundle_parts_are_goods';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER bundle_parts_checked BEFORE INSERT OR UPDATE ON bundle_parts FOR EACH ROW EXECUTE FUNCTION bundle_parts_checked();

-- Rows are marked in the order of their keys.
CREATE FUNCTION bundle_parts_marked() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    marked RECORD;
    bundles BOOLEAN;
    parts BOOLEAN;
BEGIN
    FOR marked IN
        SELECT v.id FROM variants v WHERE v.id IN (SELECT c.bundle_id FROM changed c UNION SELECT c.part_id FROM changed c) ORDER BY v.id
    LOOP
        bundles := EXISTS (SELECT FROM bundle_parts WHERE bundle_id = marked.id);
        parts := EXISTS (SELECT FROM bundle_parts WHERE part_id = marked.id);
        UPDATE variants SET is_bundle = bundles WHERE id = marked.id AND is_bundle <> bundles;
        INSERT INTO stock (variant_id, is_bundle, in_bundles) VALUES (marked.id, bundles, parts)
            ON CONFLICT (variant_id) DO UPDATE SET is_bundle = excluded.is_bundle, in_bundles = excluded.in_bundles
            WHERE (stock.is_bundle, stock.in_bundles) <> (excluded.is_bundle, excluded.in_bundles);
    END LOOP;
    RETURN NULL;
END $$;
CREATE TRIGGER bundle_parts_added AFTER INSERT ON bundle_parts REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION bundle_parts_marked();
CREATE TRIGGER bundle_parts_removed AFTER DELETE ON bundle_parts REFERENCING OLD TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION bundle_parts_marked();

-- What of a bundle can still be sold: the least of its parts, 0 when one is archived; NULL: all of them are sold without counting.
-- As inventory's Stock::of_parts says it.
CREATE FUNCTION bundle_available(of_bundle BIGINT) RETURNS BIGINT LANGUAGE sql STABLE AS $$
    SELECT CASE WHEN bool_or(v.archived_at IS NOT NULL OR p.status = 'archived') THEN 0
           ELSE min(CASE WHEN COALESCE(s.tracked, true) THEN floor((COALESCE(s.on_hand::bigint + s.backorder_limit - s.allocated - s.reserved, 0)
               + COALESCE((SELECT sum(r.quantity) FROM reservations r WHERE r.variant_id = s.variant_id AND r.reserved_until <= statement_timestamp()), 0))
               / b.quantity::numeric)::bigint END) END
    FROM bundle_parts b JOIN variants v ON v.id = b.part_id JOIN products p ON p.id = v.product_id LEFT JOIN stock s ON s.variant_id = b.part_id
    WHERE b.bundle_id = of_bundle
$$;

-- As before (002700_orders_together), with bundles taken apart first. What an order took of a bundle before is what it takes again.
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

-- As before (001600_inventory), with bundles taken apart first: their parts are held.
CREATE OR REPLACE FUNCTION stock_reserve(for_holder UUID, variants BIGINT[], quantities INTEGER[], minutes INTEGER)
RETURNS TABLE (short_of BIGINT, could_be INTEGER, limited BOOLEAN, held_until TIMESTAMPTZ) LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM bundle_parts b WHERE b.bundle_id = ANY (variants)) THEN
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

-- Kept pages and the search follow the parts. A part's look in a bundle is by whole bundles, so it can change where its own does not.
CREATE FUNCTION bundles_with(parts BIGINT[]) RETURNS BIGINT[] LANGUAGE sql STABLE AS $$
    SELECT ARRAY(SELECT DISTINCT v.product_id FROM bundle_parts b JOIN variants v ON v.id = b.bundle_id WHERE b.part_id = ANY (parts))
$$;
COMMENT ON FUNCTION bundles_with IS 'Ids of the products that are sold as bundles with one of these variants';

CREATE FUNCTION pages_part_look(s stock, low INTEGER, per INTEGER) RETURNS TEXT LANGUAGE sql IMMUTABLE AS $$
    SELECT concat_ws('/', CASE
        WHEN NOT s.tracked THEN 'there'
        WHEN floor((s.on_hand::bigint + s.backorder_limit - s.allocated - s.reserved) / per::numeric) <= 0 THEN 'out'
        WHEN floor((s.on_hand::bigint - s.allocated - s.reserved) / per::numeric) <= 0 THEN 'back-ordered'
        WHEN floor((s.on_hand::bigint - s.allocated - s.reserved) / per::numeric) <= low
            THEN floor((s.on_hand::bigint - s.allocated - s.reserved) / per::numeric)::text
        ELSE 'there' END, s.preorder, s.available_from, s.most_per_order / per)
$$;
CREATE FUNCTION pages_part_changed_stock() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    shown BIGINT[];
    turned BIGINT[];
BEGIN
    SELECT array_agg(DISTINCT v.product_id) FILTER (WHERE was.look IS DISTINCT FROM is_now.look),
           array_agg(DISTINCT v.product_id) FILTER (WHERE (was.look LIKE 'out/%') IS DISTINCT FROM (is_now.look LIKE 'out/%'))
        INTO shown, turned
        FROM bundle_parts b JOIN variants v ON v.id = b.bundle_id LEFT JOIN stock own ON own.variant_id = b.bundle_id CROSS JOIN store
        CROSS JOIN LATERAL (SELECT pages_part_look(OLD, COALESCE(own.low_at, store.low_stock), b.quantity) AS look) was
        CROSS JOIN LATERAL (SELECT pages_part_look(NEW, COALESCE(own.low_at, store.low_stock), b.quantity) AS look) is_now
        WHERE b.part_id = NEW.variant_id;
    IF shown IS NOT NULL THEN PERFORM pages_tell(pages_products(shown)); END IF;
    IF turned IS NOT NULL THEN PERFORM search_touch('product', turned); END IF;
    RETURN NULL;
END $$;
-- What is no part of a bundle pays no more than this condition.
CREATE TRIGGER pages_part_changed AFTER UPDATE ON stock FOR EACH ROW
    WHEN (NEW.in_bundles AND (OLD.tracked, OLD.on_hand - OLD.allocated - OLD.reserved, OLD.backorder_limit, OLD.preorder, OLD.available_from, OLD.most_per_order)
        IS DISTINCT FROM (NEW.tracked, NEW.on_hand - NEW.allocated - NEW.reserved, NEW.backorder_limit, NEW.preorder, NEW.available_from, NEW.most_per_order))
    EXECUTE FUNCTION pages_part_changed_stock();

-- A bundle with an archived part can't be had. Its page and its weight also tell of the parts.
CREATE FUNCTION pages_part_changed_variant() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    bundles BIGINT[];
BEGIN
    SELECT bundles_with(array_agg(n.id)) INTO bundles FROM is_now n JOIN was o ON o.id = n.id
        WHERE (n.archived_at IS NULL, n.weight_grams, n.sku, n.option_values) IS DISTINCT FROM (o.archived_at IS NULL, o.weight_grams, o.sku, o.option_values);
    IF cardinality(bundles) > 0 THEN
        PERFORM pages_tell(pages_products(bundles));
        PERFORM search_touch('product', bundles);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER pages_part_changed AFTER UPDATE ON variants REFERENCING OLD TABLE AS was NEW TABLE AS is_now
    FOR EACH STATEMENT EXECUTE FUNCTION pages_part_changed_variant();
CREATE FUNCTION pages_part_changed_product() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    bundles BIGINT[];
BEGIN
    SELECT bundles_with(array_agg(v.id)) INTO bundles FROM is_now n JOIN was o ON o.id = n.id JOIN variants v ON v.product_id = n.id
        WHERE (n.status = 'archived', n.title, n.slug) IS DISTINCT FROM (o.status = 'archived', o.title, o.slug);
    IF cardinality(bundles) > 0 THEN
        PERFORM pages_tell(pages_products(bundles));
        PERFORM search_touch('product', bundles);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER pages_part_changed AFTER UPDATE ON products REFERENCING OLD TABLE AS was NEW TABLE AS is_now
    FOR EACH STATEMENT EXECUTE FUNCTION pages_part_changed_product();

CREATE FUNCTION pages_bundle_changed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    bundles BIGINT[] := ARRAY(SELECT DISTINCT v.product_id FROM changed c JOIN variants v ON v.id = c.bundle_id);
BEGIN
    PERFORM pages_tell(pages_products(bundles));
    PERFORM search_touch('product', bundles);
    RETURN NULL;
END $$;
CREATE TRIGGER pages_added AFTER INSERT ON bundle_parts REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION pages_bundle_changed();
CREATE TRIGGER pages_changed AFTER UPDATE ON bundle_parts REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION pages_bundle_changed();
CREATE TRIGGER pages_removed AFTER DELETE ON bundle_parts REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION pages_bundle_changed();
CREATE TRIGGER pages_emptied AFTER TRUNCATE ON bundle_parts FOR EACH STATEMENT EXECUTE FUNCTION pages_all_changed();

DO $$
DECLARE
    made RECORD;
BEGIN
    FOR made IN SELECT tgname, tgrelid::regclass AS of FROM pg_trigger WHERE tgname LIKE 'pages\_%' AND NOT tgisinternal AND tgenabled <> 'A' LOOP
        EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER %I', made.of, made.tgname);
    END LOOP;
END $$;
