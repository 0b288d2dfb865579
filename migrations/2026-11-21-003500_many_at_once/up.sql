-- An import writes hundreds of products in a statement. What was done by a trigger for each row, with queries of its own, is done
-- once for the statement where that says the same. The former program's statements, of a row each, find what they found.

-- A variant that is new has no price list and no history yet: what everybody is asked is its own price, from now on.
CREATE FUNCTION variants_priced() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO price_history (variant_id, currency, valid_from, amount)
        SELECT a.id, s.currency, clock_timestamp(), a.price FROM added a CROSS JOIN store s ORDER BY a.id;
    RETURN NULL;
END $$;
DROP TRIGGER variant_priced ON variants;
CREATE TRIGGER variants_priced AFTER INSERT ON variants REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION variants_priced();

-- As product_attributes_choose, for all that a statement wrote: an array can't have a foreign key. The choices are locked, so that
-- whoever deletes one waits for the end of this transaction; and whoever deleted one is waited for here.
CREATE FUNCTION product_attributes_chosen() RETURNS trigger LANGUAGE plpgsql AS $$
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
DROP TRIGGER product_attributes_choose ON product_attributes;
CREATE TRIGGER product_attributes_chosen AFTER INSERT ON product_attributes REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION product_attributes_chosen();
CREATE TRIGGER product_attributes_chosen_anew AFTER UPDATE ON product_attributes REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION product_attributes_chosen();

-- Whoever writes many products looks brands and types up for all of them, holds their rows, and gives name and reference of each:
-- SET LOCAL ironmonger.in_step = 'given'. For everybody else it is as it was.
CREATE OR REPLACE FUNCTION products_in_step() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' AND current_setting('ironmonger.in_step', true) = 'given'
        AND (NEW.brand_id IS NULL) = (btrim(NEW.vendor) = '') AND (NEW.product_type_id IS NULL) = (btrim(NEW.product_type) = '') THEN
        RETURN NEW;
    END IF;
    IF NEW.brand_id IS NOT NULL AND (TG_OP = 'INSERT' OR NEW.brand_id IS DISTINCT FROM OLD.brand_id) THEN
        IF NOT EXISTS (SELECT FROM brands WHERE id = NEW.brand_id AND lower(name) = lower(btrim(NEW.vendor))) THEN
            SELECT name INTO NEW.vendor FROM brands WHERE id = NEW.brand_id;
        END IF;
    ELSIF TG_OP = 'UPDATE' AND NEW.brand_id IS NULL AND OLD.brand_id IS NOT NULL THEN
        NEW.vendor := '';
    ELSIF TG_OP = 'INSERT' OR NEW.vendor <> OLD.vendor THEN
        NEW.brand_id := CASE WHEN btrim(NEW.vendor) <> '' THEN brand_named(NEW.vendor) END;
    END IF;
    IF NEW.product_type_id IS NOT NULL AND (TG_OP = 'INSERT' OR NEW.product_type_id IS DISTINCT FROM OLD.product_type_id) THEN
        IF NOT EXISTS (SELECT FROM product_types WHERE id = NEW.product_type_id AND lower(name) = lower(btrim(NEW.product_type))) THEN
            SELECT name INTO NEW.product_type FROM product_types WHERE id = NEW.product_type_id;
        END IF;
    ELSIF TG_OP = 'UPDATE' AND NEW.product_type_id IS NULL AND OLD.product_type_id IS NOT NULL THEN
        NEW.product_type := '';
    ELSIF TG_OP = 'INSERT' OR NEW.product_type <> OLD.product_type THEN
        NEW.product_type_id := CASE WHEN btrim(NEW.product_type) <> '' THEN product_type_named(NEW.product_type) END;
    END IF;
    RETURN NEW;
END $$;
