-- What many new goods at once cost, looked at for all of them together instead of row by row. Measured with a batch of 500 products
-- (872 variants): docs/bench.md.

-- As before (003500_many_at_once), but each choice is looked for once, not each row's by a query of its own.
CREATE OR REPLACE FUNCTION product_attributes_chosen() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM written WHERE choices IS NOT NULL) THEN RETURN NULL; END IF;
    PERFORM FROM attribute_choices WHERE id = ANY (ARRAY(SELECT DISTINCT c FROM written w, unnest(w.choices) c)) ORDER BY id FOR KEY SHARE;
    IF EXISTS (
        SELECT FROM written w, unnest(w.choices) AS c
        WHERE NOT EXISTS (SELECT FROM attribute_choices a WHERE a.id = c AND a.attribute_id = w.attribute_id)
    ) OR EXISTS (
        -- None is named twice.
        SELECT FROM written w
        WHERE cardinality(w.choices) > 1 AND cardinality(w.choices) <> (SELECT count(DISTINCT c) FROM unnest(w.choices) AS c)
    ) THEN
        RAISE EXCEPTION 'no such choice' USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'product_attributes_choices_fkey';
    END IF;
    RETURN NULL;
END $$;

-- Whoever inserts stock together with its locations, in one statement, says so (003500_many_at_once). That it is so is seen at the
-- statement's end; whatever changes later is seen by row when the transaction ends, as before.
CREATE FUNCTION location_stock_given() RETURNS TRIGGER LANGUAGE plpgsql AS $$
DECLARE
    odd BIGINT;
BEGIN
    IF current_setting('ironmonger.places', true) IS DISTINCT FROM 'given' THEN RETURN NULL; END IF;
    SELECT s.variant_id INTO odd
        FROM (SELECT variant_id, sum(on_hand) AS units FROM location_stock
              WHERE variant_id = ANY (ARRAY(SELECT variant_id FROM added)) GROUP BY variant_id) placed
        JOIN stock s USING (variant_id) WHERE s.on_hand <> placed.units LIMIT 1;
    IF odd IS NOT NULL THEN
        RAISE EXCEPTION 'the locations of variant % do not add up to its stock', odd
            USING ERRCODE = 'check_violation', CONSTRAINT = 'location_stock_adds_up';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER location_stock_given AFTER INSERT ON location_stock REFERENCING NEW TABLE AS added
    FOR EACH STATEMENT EXECUTE FUNCTION location_stock_given();

DROP TRIGGER location_stock_adds_up ON location_stock;
CREATE CONSTRAINT TRIGGER location_stock_adds_up AFTER UPDATE OR DELETE ON location_stock DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION location_stock_adds_up();
CREATE CONSTRAINT TRIGGER location_stock_new_adds_up AFTER INSERT ON location_stock DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (current_setting('ironmonger.places', true) IS DISTINCT FROM 'given') EXECUTE FUNCTION location_stock_adds_up();

DROP TRIGGER stock_spread_new ON stock;
CREATE CONSTRAINT TRIGGER stock_spread_new AFTER INSERT ON stock DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (NEW.on_hand <> 0 AND current_setting('ironmonger.places', true) IS DISTINCT FROM 'given')
    EXECUTE FUNCTION stock_spread();

-- Nobody asks by it: numbers are filtered by the search's index, and collections find them by their attribute.
DROP INDEX product_attributes_number;
