-- What products are found and narrowed by besides: the attributes of their types. And products that the clock shows or hides.
DO $$
DECLARE
    change RECORD;
BEGIN
    FOR change IN SELECT * FROM (VALUES ('INSERT', 'NEW', 'added'), ('UPDATE', 'NEW', 'changed'), ('DELETE', 'OLD', 'removed')) AS c (event, side, word)
    LOOP
        EXECUTE format('CREATE TRIGGER search_%s AFTER %s ON product_attributes REFERENCING %s TABLE AS changed FOR EACH STATEMENT
            EXECUTE FUNCTION search_parts_changed()', change.word, change.event, change.side);
    END LOOP;
END $$;
CREATE FUNCTION search_attribute_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM search_touch('product', ARRAY(SELECT product_id FROM product_attributes WHERE attribute_id = NEW.id));
    RETURN NULL;
END $$;
CREATE TRIGGER search_changed AFTER UPDATE OF code, name, unit, filterable ON attributes
    FOR EACH ROW WHEN ((OLD.code, OLD.name, OLD.unit, OLD.filterable) IS DISTINCT FROM (NEW.code, NEW.name, NEW.unit, NEW.filterable))
    EXECUTE FUNCTION search_attribute_changed();
CREATE FUNCTION search_choice_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM search_touch('product', ARRAY(SELECT product_id FROM product_attributes WHERE choices @> ARRAY[NEW.id]));
    RETURN NULL;
END $$;
CREATE TRIGGER search_changed AFTER UPDATE OF value ON attribute_choices
    FOR EACH ROW WHEN (OLD.value <> NEW.value) EXECUTE FUNCTION search_choice_changed();

CREATE INDEX products_shown_from ON products (on_sale_from) WHERE on_sale_from IS NOT NULL;
CREATE INDEX products_shown_until ON products (on_sale_until) WHERE on_sale_until IS NOT NULL;
CREATE OR REPLACE FUNCTION search_tick() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    since TIMESTAMPTZ;
    turned BIGINT[];
BEGIN
    SELECT clock INTO since FROM search_feed;
    turned := ARRAY(SELECT id FROM products WHERE on_sale_from > since AND on_sale_from <= now()
        UNION SELECT id FROM products WHERE on_sale_until > since AND on_sale_until <= now()
        UNION SELECT v.product_id FROM price_lists l JOIN prices p ON p.list_id = l.id JOIN variants v ON v.id = p.variant_id
            WHERE l.active AND ((l.starts_at > since AND l.starts_at <= now()) OR (l.ends_at > since AND l.ends_at <= now())));
    IF cardinality(turned) = 0 THEN RETURN; END IF;
    UPDATE search_feed SET clock = now() WHERE clock = since;
    IF FOUND THEN PERFORM search_touch('product', turned); END IF;
END $$;
