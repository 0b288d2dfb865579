-- Where units are, who holds some for a while, and how they come in and are counted.

CREATE TABLE locations (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name TEXT NOT NULL CONSTRAINT locations_name_present CHECK (btrim(name) <> '' AND length(name) <= 80),
    kind TEXT NOT NULL DEFAULT 'warehouse' CONSTRAINT locations_kind_known CHECK (kind IN ('warehouse', 'shop_floor')),
    address TEXT NOT NULL DEFAULT '' CONSTRAINT locations_address_short CHECK (length(address) <= 500),
    active BOOLEAN NOT NULL DEFAULT true,
    is_default BOOLEAN NOT NULL DEFAULT false,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    CONSTRAINT locations_default_active CHECK (active OR NOT is_default)
);
COMMENT ON COLUMN locations.address IS 'As on an envelope, one line each';
COMMENT ON COLUMN locations.active IS 'false: nothing is received there any more';
COMMENT ON COLUMN locations.is_default IS 'Where units go and come from when nobody says where';
CREATE UNIQUE INDEX locations_name_key ON locations (lower(name));
CREATE UNIQUE INDEX locations_one_default ON locations (is_default) WHERE is_default;
INSERT INTO locations (name, is_default) VALUES ('Warehouse', true);

-- A stored generated column is compared by its value when PostgreSQL decides whether an UPDATE may stay within its page
-- (HOT), so an index on scarcity costs the sale of a plentiful article nothing; one on on_hand - allocated always would.
ALTER TABLE stock
    ADD COLUMN reserved INTEGER NOT NULL DEFAULT 0 CONSTRAINT stock_reserved_positive CHECK (reserved >= 0),
    ADD COLUMN backorder_limit INTEGER NOT NULL DEFAULT 0
        CONSTRAINT stock_backorder_limit_range CHECK (backorder_limit BETWEEN 0 AND 1000000),
    ADD COLUMN preorder BOOLEAN NOT NULL DEFAULT false,
    ADD COLUMN available_from DATE,
    ADD COLUMN low_at INTEGER CONSTRAINT stock_low_at_range CHECK (low_at BETWEEN 0 AND 100000),
    ADD COLUMN most_per_order INTEGER CONSTRAINT stock_most_per_order_range CHECK (most_per_order BETWEEN 1 AND 999),
    ADD COLUMN scarcity INTEGER GENERATED ALWAYS AS (CASE WHEN tracked THEN LEAST(on_hand - allocated, 100) END) STORED,
    ADD CONSTRAINT stock_preorder_dated CHECK (NOT preorder OR available_from IS NOT NULL),
    DROP CONSTRAINT stock_available,
    ADD CONSTRAINT stock_available CHECK (on_hand::bigint + backorder_limit >= allocated::bigint + reserved OR NOT tracked),
    SET (fillfactor = 50);
COMMENT ON COLUMN stock.allocated IS 'Units that belong to orders not yet shipped; more than on_hand only as far as backorder_limit goes';
COMMENT ON COLUMN stock.reserved IS 'Sum of the variant''s reservations, those over but not yet swept included';
COMMENT ON COLUMN stock.backorder_limit IS 'Units that may be sold beyond those on hand';
COMMENT ON COLUMN stock.preorder IS 'Until available_from it is sold as not out yet, whatever is on hand';
COMMENT ON COLUMN stock.available_from IS 'Day from which what is sold beyond stock is expected to leave';
COMMENT ON COLUMN stock.low_at IS 'Counts as low from so many units down; NULL: store.low_stock';
COMMENT ON COLUMN stock.most_per_order IS 'NULL: as many as there are';
COMMENT ON COLUMN stock.scarcity IS 'Units on hand that belong to nobody, 100 standing for more; NULL: not counted. For finding what runs out';
COMMENT ON CONSTRAINT stock_available ON stock IS
    'The shop never sells or holds more than it has and may owe: whatever races, the second buyer''s UPDATE fails here';
CREATE INDEX stock_scarce ON stock (scarcity, variant_id) WHERE scarcity < 100;
CREATE INDEX stock_own_threshold ON stock (variant_id) WHERE low_at IS NOT NULL;

CREATE TABLE reservations (
    holder UUID NOT NULL,
    variant_id BIGINT NOT NULL REFERENCES stock ON DELETE CASCADE,
    quantity INTEGER NOT NULL CONSTRAINT reservations_quantity_range CHECK (quantity BETWEEN 1 AND 100000),
    reserved_until TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (holder, variant_id)
);
COMMENT ON TABLE reservations IS
    'Units held for somebody who is about to order. Rows are made and swept under the lock of their stock row; who orders deletes them first and takes them off the stock row then';
COMMENT ON COLUMN reservations.holder IS 'The cart';
CREATE INDEX reservations_over ON reservations (reserved_until);
CREATE INDEX reservations_of_variant ON reservations (variant_id, reserved_until);

CREATE TABLE location_stock (
    variant_id BIGINT NOT NULL REFERENCES stock ON DELETE CASCADE,
    location_id BIGINT NOT NULL CONSTRAINT location_stock_location_id_fkey REFERENCES locations ON DELETE RESTRICT,
    on_hand INTEGER NOT NULL DEFAULT 0 CONSTRAINT location_stock_on_hand_range CHECK (on_hand BETWEEN 0 AND 100000000),
    PRIMARY KEY (variant_id, location_id)
);
COMMENT ON TABLE location_stock IS 'What of stock.on_hand is where; the sum over a variant''s rows is stock.on_hand';
CREATE INDEX location_stock_of_location ON location_stock (location_id, variant_id) WHERE on_hand > 0;
INSERT INTO location_stock (variant_id, location_id, on_hand)
    SELECT variant_id, (SELECT id FROM locations WHERE is_default), on_hand FROM stock WHERE tracked AND on_hand > 0;

CREATE TABLE receipts (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    submission UUID NOT NULL CONSTRAINT receipts_submission_key UNIQUE,
    location_id BIGINT NOT NULL REFERENCES locations ON DELETE RESTRICT,
    supplier TEXT NOT NULL DEFAULT '',
    reference TEXT NOT NULL DEFAULT '',
    actor TEXT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now()
);
COMMENT ON TABLE receipts IS 'Goods that came in; what came is in the movements that name the receipt';
COMMENT ON COLUMN receipts.submission IS 'Made with the form: sending it twice books once';
COMMENT ON COLUMN receipts.reference IS 'E.g. the number of the delivery note';
CREATE INDEX receipts_of_location ON receipts (location_id);

CREATE TABLE transfers (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    submission UUID NOT NULL CONSTRAINT transfers_submission_key UNIQUE,
    from_id BIGINT NOT NULL REFERENCES locations ON DELETE RESTRICT,
    to_id BIGINT NOT NULL REFERENCES locations ON DELETE RESTRICT,
    reference TEXT NOT NULL DEFAULT '',
    actor TEXT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    CONSTRAINT transfers_elsewhere CHECK (from_id <> to_id)
);
COMMENT ON TABLE transfers IS 'Goods carried from one location to another; what was carried is in the movements that name the transfer';
CREATE INDEX transfers_from ON transfers (from_id);
CREATE INDEX transfers_to ON transfers (to_id);

CREATE TABLE stocktakes (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    location_id BIGINT NOT NULL REFERENCES locations ON DELETE RESTRICT,
    scope TEXT NOT NULL,
    state TEXT NOT NULL DEFAULT 'open' CONSTRAINT stocktakes_state_known CHECK (state IN ('open', 'booked', 'abandoned')),
    actor TEXT NOT NULL,
    started_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    closed_at TIMESTAMPTZ,
    closed_by TEXT,
    CONSTRAINT stocktakes_closed_told CHECK ((state = 'open') = (closed_at IS NULL) AND (closed_at IS NULL) = (closed_by IS NULL))
);
COMMENT ON COLUMN stocktakes.scope IS 'What is counted, in words: the category''s name as of then, or "Everything"';
CREATE INDEX stocktakes_of_location ON stocktakes (location_id);
CREATE UNIQUE INDEX stocktakes_one_open ON stocktakes (location_id, scope) WHERE state = 'open';

CREATE TABLE stocktake_lines (
    stocktake_id BIGINT NOT NULL REFERENCES stocktakes ON DELETE CASCADE,
    variant_id BIGINT NOT NULL REFERENCES variants ON DELETE CASCADE,
    counted INTEGER CONSTRAINT stocktake_lines_counted_range CHECK (counted BETWEEN 0 AND 1000000),
    expected INTEGER,
    counted_by TEXT,
    counted_at TIMESTAMPTZ,
    PRIMARY KEY (stocktake_id, variant_id),
    CONSTRAINT stocktake_lines_counted_whole CHECK (
        (counted IS NULL) = (expected IS NULL) AND (counted IS NULL) = (counted_at IS NULL) AND (counted IS NULL) = (counted_by IS NULL)
    )
);
COMMENT ON COLUMN stocktake_lines.expected IS
    'On hand at the location, by the books, when the count was entered. counted - expected is booked, so what moves afterwards stays moved';
CREATE INDEX stocktake_lines_of_variant ON stocktake_lines (variant_id);

ALTER TABLE stock_movements
    ADD COLUMN location_id BIGINT REFERENCES locations ON DELETE RESTRICT,
    ADD COLUMN receipt_id BIGINT REFERENCES receipts ON DELETE RESTRICT,
    ADD COLUMN transfer_id BIGINT REFERENCES transfers ON DELETE RESTRICT,
    ADD COLUMN stocktake_id BIGINT REFERENCES stocktakes ON DELETE RESTRICT,
    ADD COLUMN note TEXT NOT NULL DEFAULT '',
    DROP CONSTRAINT stock_movements_cause_known,
    ADD CONSTRAINT stock_movements_cause_known CHECK (cause IN (
        'imported', 'adjusted', 'allocated', 'released', 'shipped', 'returned', 'received', 'counted', 'scrapped', 'transferred'));
COMMENT ON COLUMN stock_movements.location_id IS 'Where on_hand changed; NULL while it did not, and in rows of programs older than locations';
CREATE INDEX stock_movements_of_receipt ON stock_movements (receipt_id) WHERE receipt_id IS NOT NULL;
CREATE INDEX stock_movements_of_transfer ON stock_movements (transfer_id) WHERE transfer_id IS NOT NULL;
CREATE INDEX stock_movements_of_stocktake ON stock_movements (stocktake_id) WHERE stocktake_id IS NOT NULL;
CREATE INDEX stock_movements_of_location ON stock_movements (location_id) WHERE location_id IS NOT NULL;
UPDATE stock_movements SET location_id = (SELECT id FROM locations WHERE is_default) WHERE on_hand <> 0;

ALTER TABLE store ADD COLUMN hold_minutes INTEGER NOT NULL DEFAULT 15 CONSTRAINT store_hold_range CHECK (hold_minutes BETWEEN 1 AND 1440);
COMMENT ON COLUMN store.hold_minutes IS 'How long units are held for somebody who checks an order before paying';

-- Books a change of what is on hand at a location and tells where it was booked. Without one, units come to the default
-- location, and go from there and then from wherever there is most. The caller has locked the stock row, or has written it.
CREATE FUNCTION stock_put(of_variant BIGINT, at_location BIGINT, change INTEGER)
RETURNS TABLE (place BIGINT, booked INTEGER) LANGUAGE plpgsql AS $$
DECLARE
    rest INTEGER := change;
BEGIN
    IF rest > 0 OR at_location IS NOT NULL THEN
        place := COALESCE(at_location, (SELECT id FROM locations WHERE is_default));
        booked := rest;
        -- Not one statement: a row that falls below zero must fail its CHECK, not the proposed new row's.
        UPDATE location_stock SET on_hand = on_hand + rest WHERE variant_id = of_variant AND location_id = place;
        IF NOT FOUND THEN INSERT INTO location_stock (variant_id, location_id, on_hand) VALUES (of_variant, place, rest); END IF;
        RETURN NEXT;
        RETURN;
    END IF;
    FOR place, booked IN
        SELECT l.location_id, l.on_hand FROM location_stock l JOIN locations p ON p.id = l.location_id
        WHERE l.variant_id = of_variant AND l.on_hand > 0 ORDER BY p.is_default DESC, l.on_hand DESC, p.id
    LOOP
        EXIT WHEN rest = 0;
        booked := -LEAST(booked, -rest);
        UPDATE location_stock SET on_hand = on_hand + booked WHERE variant_id = of_variant AND location_id = place;
        rest := rest - booked;
        RETURN NEXT;
    END LOOP;
END $$;

-- Keeps location_stock beside stock. The program writes both; what writes stock alone (an older program during an update, a
-- hand at psql) has its change booked as if nobody said where. Runs at the end of the transaction and only when on_hand
-- changed, so selling pays nothing for it.
CREATE FUNCTION stock_spread() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    PERFORM stock_put(s.variant_id, NULL, s.on_hand - d.units)
        FROM stock s, LATERAL (SELECT COALESCE(sum(l.on_hand), 0)::integer AS units FROM location_stock l WHERE l.variant_id = s.variant_id) d
        WHERE s.variant_id = NEW.variant_id AND s.on_hand <> d.units;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER stock_spread_changed AFTER UPDATE OF on_hand ON stock DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (OLD.on_hand IS DISTINCT FROM NEW.on_hand) EXECUTE FUNCTION stock_spread();
CREATE CONSTRAINT TRIGGER stock_spread_new AFTER INSERT ON stock DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (NEW.on_hand <> 0) EXECUTE FUNCTION stock_spread();

CREATE FUNCTION location_stock_adds_up() RETURNS TRIGGER LANGUAGE plpgsql AS $$
DECLARE
    variant BIGINT := COALESCE(NEW.variant_id, OLD.variant_id);
BEGIN
    IF EXISTS (SELECT FROM stock s WHERE s.variant_id = variant
               AND s.on_hand <> COALESCE((SELECT sum(l.on_hand) FROM location_stock l WHERE l.variant_id = variant), 0)) THEN
        RAISE EXCEPTION 'the locations of variant % do not add up to its stock', variant
            USING ERRCODE = 'check_violation', CONSTRAINT = 'location_stock_adds_up';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER location_stock_adds_up AFTER INSERT OR UPDATE OR DELETE ON location_stock DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION location_stock_adds_up();

-- What follows is one call for a whole cart or order, so that the lock of a much wanted row is held for no round trip.

-- Gives back what holds of a variant are over, except the holder's own. The caller has locked the stock row. A hold that
-- somebody puts off this moment is left alone rather than waited for.
CREATE FUNCTION stock_sweep(of_variant BIGINT, except_holder UUID) RETURNS INTEGER LANGUAGE plpgsql AS $$
DECLARE
    freed INTEGER;
BEGIN
    WITH past AS (
        SELECT r.holder FROM reservations r
        WHERE r.variant_id = of_variant AND r.reserved_until <= clock_timestamp() AND r.holder IS DISTINCT FROM except_holder
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

-- Locks the stock of what is wanted and of what the holder holds, in the order of the keys, and tells what there is too little
-- of: (variant, how many could be had, whether it is the limit per order that stands in the way).
CREATE FUNCTION stock_shortages(for_holder UUID, variants BIGINT[], quantities INTEGER[])
RETURNS TABLE (short_of BIGINT, could_be INTEGER, limited BOOLEAN) LANGUAGE plpgsql AS $$
DECLARE
    wish RECORD;
BEGIN
    PERFORM FROM stock s
        WHERE s.variant_id = ANY (variants || ARRAY (SELECT r.variant_id FROM reservations r WHERE r.holder = for_holder))
        ORDER BY s.variant_id FOR UPDATE;
    FOR wish IN
        SELECT w.variant, w.quantity, COALESCE(s.tracked, true) AS tracked, s.most_per_order,
               COALESCE(s.on_hand + s.backorder_limit - s.allocated - s.reserved + COALESCE(r.quantity, 0), 0) AS free
        FROM (SELECT u.variant, sum(u.quantity)::integer AS quantity FROM unnest(variants, quantities) AS u (variant, quantity)
              GROUP BY u.variant) w
        LEFT JOIN stock s ON s.variant_id = w.variant
        LEFT JOIN reservations r ON r.variant_id = w.variant AND r.holder = for_holder
        ORDER BY w.variant
    LOOP
        IF wish.tracked AND wish.free < wish.quantity THEN
            wish.free := wish.free + stock_sweep(wish.variant, for_holder);
        END IF;
        IF wish.tracked AND wish.free < wish.quantity THEN
            short_of := wish.variant; could_be := GREATEST(LEAST(wish.free, wish.most_per_order), 0); limited := false;
            RETURN NEXT;
        ELSIF wish.quantity > wish.most_per_order THEN
            short_of := wish.variant; could_be := wish.most_per_order; limited := true;
            RETURN NEXT;
        END IF;
    END LOOP;
END $$;

-- The holder's holds become exactly these, for so many minutes; or nothing changes and what is short is told. One row without
-- `short_of` tells until when they hold.
CREATE FUNCTION stock_reserve(for_holder UUID, variants BIGINT[], quantities INTEGER[], minutes INTEGER)
RETURNS TABLE (short_of BIGINT, could_be INTEGER, limited BOOLEAN, held_until TIMESTAMPTZ) LANGUAGE plpgsql AS $$
BEGIN
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

-- These units belong to the order from now on, the holder's own holds first; or nothing changes and what is short is told.
-- A sale is won or lost by how long a much wanted row is locked, so all that can be done before the first lock is: the holds
-- are taken back (whoever deletes a hold takes it off the stock row, and sweeps pass over what others delete) and the ledger is
-- written. Then each row is changed by one statement, in the order of the keys.
CREATE FUNCTION stock_allocate(for_order BIGINT, from_holder UUID, variants BIGINT[], quantities INTEGER[], by_actor TEXT)
RETURNS TABLE (short_of BIGINT, could_be INTEGER, limited BOOLEAN) LANGUAGE plpgsql AS $$
DECLARE
    change RECORD;
BEGIN
    IF from_holder IS NOT NULL THEN PERFORM pg_advisory_xact_lock(hashtextextended(from_holder::text, 0)); END IF;
    FOR attempt IN 1..2 LOOP
        BEGIN
            INSERT INTO stock_movements (variant_id, cause, on_hand, allocated, order_id, actor)
                SELECT u.variant, 'allocated', 0, sum(u.quantity), for_order, by_actor
                FROM unnest(variants, quantities) AS u (variant, quantity) GROUP BY u.variant;
            FOR change IN
                WITH held AS (
                    DELETE FROM reservations r WHERE r.holder = from_holder RETURNING r.variant_id, r.quantity
                ), wish AS (
                    SELECT u.variant, sum(u.quantity)::integer AS quantity FROM unnest(variants, quantities) AS u (variant, quantity)
                    GROUP BY u.variant
                )
                SELECT COALESCE(w.variant, h.variant_id) AS variant, COALESCE(w.quantity, 0) AS sold, COALESCE(h.quantity, 0) AS held
                FROM wish w FULL JOIN held h ON h.variant_id = w.variant ORDER BY 1
            LOOP
                UPDATE stock s SET allocated = s.allocated + change.sold, reserved = s.reserved - change.held
                    WHERE s.variant_id = change.variant AND (change.sold = 0 OR s.most_per_order IS NULL OR change.sold <= s.most_per_order)
                      AND (change.sold = 0 OR NOT s.tracked
                           OR s.on_hand::bigint + s.backorder_limit - s.allocated - s.reserved + change.held >= change.sold);
                IF NOT FOUND THEN RAISE EXCEPTION 'short' USING ERRCODE = 'IM001'; END IF;
            END LOOP;
            RETURN;
        EXCEPTION WHEN SQLSTATE 'IM001' THEN
            -- All of it is undone. Holds that are over may be what stands in the way: telling what is short gives them back.
            RETURN QUERY SELECT * FROM stock_shortages(from_holder, variants, quantities);
            IF FOUND THEN RETURN; END IF;
        END;
    END LOOP;
    RAISE EXCEPTION 'stock of order % can neither be allocated nor is short', for_order;
END $$;

-- The holder needs them no more.
CREATE FUNCTION stock_let_go(of_holder UUID) RETURNS VOID LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended(of_holder::text, 0));
    PERFORM FROM stock s WHERE s.variant_id IN (SELECT r.variant_id FROM reservations r WHERE r.holder = of_holder)
        ORDER BY s.variant_id FOR UPDATE;
    WITH gone AS (DELETE FROM reservations r WHERE r.holder = of_holder RETURNING r.variant_id, r.quantity)
    UPDATE stock s SET reserved = s.reserved - gone.quantity FROM gone WHERE s.variant_id = gone.variant_id;
END $$;
