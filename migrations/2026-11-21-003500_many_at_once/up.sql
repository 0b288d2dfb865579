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

-- The same setting says that variants, categories, attributes and stock which are inserted belong to products that this transaction
-- has made. Then there is nothing to tell: the search was told of each product when it was
-- made, no server keeps a page of one that was not there, and lists are told when it is put on its shelves.
CREATE FUNCTION goods_are_new() RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT current_setting('ironmonger.in_step', true) IS NOT DISTINCT FROM 'given'
$$;

CREATE OR REPLACE FUNCTION search_parts_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' AND goods_are_new() THEN RETURN NULL; END IF;
    PERFORM search_touch('product', ARRAY(SELECT DISTINCT product_id FROM changed));
    RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION search_variants_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' AND goods_are_new() THEN RETURN NULL; END IF;
    PERFORM search_touch('product', ARRAY(SELECT DISTINCT v.product_id FROM changed c JOIN variants v ON v.id = c.variant_id));
    RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION pages_part_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' AND goods_are_new() THEN RETURN NULL; END IF;
    PERFORM pages_tell(pages_products(ARRAY(SELECT DISTINCT product_id FROM changed)));
    RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION pages_prices_changed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    ids BIGINT[];
BEGIN
    IF TG_OP = 'INSERT' AND goods_are_new() THEN RETURN NULL; END IF;
    SELECT array_agg(DISTINCT v.product_id) INTO ids FROM changed c JOIN variants v ON v.id = c.variant_id;
    PERFORM pages_tell(pages_products(ids));
    RETURN NULL;
END $$;

-- Puts products that this transaction has made on their shelves: as `shelve`, of which nobody else can hold or have put anything.
CREATE FUNCTION shelve_new(ids BIGINT[]) RETURNS void LANGUAGE sql AS $$
    WITH sold AS (
        SELECT p.id, p.brand_id, v.lowest, lower(left(p.title, 80)) AS title, p.on_sale_from, p.on_sale_until
        FROM products p
        JOIN LATERAL (SELECT min(price) AS lowest FROM variants WHERE product_id = p.id AND archived_at IS NULL) v ON v.lowest IS NOT NULL
        WHERE p.id = ANY (ids) AND p.status = 'active'
    )
    INSERT INTO shelves
    SELECT DISTINCT 'c', above.id, s.id, s.lowest, s.title, s.on_sale_from, s.on_sale_until
    FROM sold s JOIN product_categories pc ON pc.product_id = s.id JOIN categories c ON c.id = pc.category_id, unnest(c.path) AS above(id)
    UNION ALL
    SELECT 'b', s.brand_id, s.id, s.lowest, s.title, s.on_sale_from, s.on_sale_until FROM sold s WHERE s.brand_id IS NOT NULL
$$;

-- Whoever inserts stock together with its locations says so, until the transaction ends: SET LOCAL ironmonger.places = 'given'. That it
-- is so, location_stock_adds_up looks for each.
CREATE OR REPLACE FUNCTION stock_spread() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' AND current_setting('ironmonger.places', true) = 'given' THEN RETURN NULL; END IF;
    PERFORM stock_put(s.variant_id, NULL, s.on_hand - d.units)
        FROM stock s, LATERAL (SELECT COALESCE(sum(l.on_hand), 0)::integer AS units FROM location_stock l WHERE l.variant_id = s.variant_id) d
        WHERE s.variant_id = NEW.variant_id AND s.on_hand <> d.units;
    RETURN NULL;
END $$;
