CREATE INDEX product_attributes_number ON product_attributes (attribute_id, number) WHERE number IS NOT NULL;
DROP TRIGGER stock_spread_new ON stock;
CREATE CONSTRAINT TRIGGER stock_spread_new AFTER INSERT ON stock DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (NEW.on_hand <> 0) EXECUTE FUNCTION stock_spread();
DROP TRIGGER location_stock_given ON location_stock;
DROP TRIGGER location_stock_new_adds_up ON location_stock;
DROP TRIGGER location_stock_adds_up ON location_stock;
CREATE CONSTRAINT TRIGGER location_stock_adds_up AFTER INSERT OR UPDATE OR DELETE ON location_stock DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION location_stock_adds_up();
DROP FUNCTION location_stock_given;
CREATE OR REPLACE FUNCTION product_attributes_chosen() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM written WHERE choices IS NOT NULL) THEN RETURN NULL; END IF;
    PERFORM FROM attribute_choices WHERE id = ANY (ARRAY(SELECT DISTINCT c FROM written w, unnest(w.choices) c)) ORDER BY id FOR KEY SHARE;
    IF EXISTS (
        SELECT FROM written w WHERE w.choices IS NOT NULL AND cardinality(w.choices) <> (
            SELECT count(*) FROM attribute_choices a WHERE a.attribute_id = w.attribute_id AND a.id = ANY (w.choices))
    ) THEN
        RAISE EXCEPTION 'no such choice' USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'product_attributes_choices_fkey';
    END IF;
    RETURN NULL;
END $$;
