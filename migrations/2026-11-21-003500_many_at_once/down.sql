DROP FUNCTION shelve_new;
CREATE OR REPLACE FUNCTION search_parts_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM search_touch('product', ARRAY(SELECT DISTINCT product_id FROM changed));
    RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION search_variants_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM search_touch('product', ARRAY(SELECT DISTINCT v.product_id FROM changed c JOIN variants v ON v.id = c.variant_id));
    RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION pages_part_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pages_tell(pages_products(ARRAY(SELECT DISTINCT product_id FROM changed)));
    RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION pages_prices_changed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    ids BIGINT[];
BEGIN
    SELECT array_agg(DISTINCT v.product_id) INTO ids FROM changed c JOIN variants v ON v.id = c.variant_id;
    PERFORM pages_tell(pages_products(ids));
    RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION stock_spread() RETURNS TRIGGER LANGUAGE plpgsql AS $$
BEGIN
    PERFORM stock_put(s.variant_id, NULL, s.on_hand - d.units)
        FROM stock s, LATERAL (SELECT COALESCE(sum(l.on_hand), 0)::integer AS units FROM location_stock l WHERE l.variant_id = s.variant_id) d
        WHERE s.variant_id = NEW.variant_id AND s.on_hand <> d.units;
    RETURN NULL;
END $$;
DROP FUNCTION goods_are_new;
DROP TRIGGER variants_priced ON variants;
DROP FUNCTION variants_priced;
CREATE TRIGGER variant_priced AFTER INSERT ON variants FOR EACH ROW EXECUTE FUNCTION variant_price_changed();
DROP TRIGGER product_attributes_chosen ON product_attributes;
DROP TRIGGER product_attributes_chosen_anew ON product_attributes;
DROP FUNCTION product_attributes_chosen;
CREATE TRIGGER product_attributes_choose BEFORE INSERT OR UPDATE ON product_attributes
    FOR EACH ROW WHEN (NEW.choices IS NOT NULL) EXECUTE FUNCTION product_attributes_choose();
CREATE OR REPLACE FUNCTION products_in_step() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
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
