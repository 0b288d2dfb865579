DROP TRIGGER search_changed ON attribute_choices;
DROP TRIGGER search_changed ON attributes;
DROP TRIGGER search_added ON product_attributes;
DROP TRIGGER search_changed ON product_attributes;
DROP TRIGGER search_removed ON product_attributes;
DROP FUNCTION search_choice_changed, search_attribute_changed;
DROP INDEX products_shown_from, products_shown_until;
CREATE OR REPLACE FUNCTION search_tick() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    since TIMESTAMPTZ;
BEGIN
    IF NOT EXISTS (SELECT FROM price_lists l, search_feed f WHERE l.active
            AND ((l.starts_at > f.clock AND l.starts_at <= now()) OR (l.ends_at > f.clock AND l.ends_at <= now()))) THEN
        RETURN;
    END IF;
    SELECT clock INTO since FROM search_feed FOR UPDATE SKIP LOCKED;
    IF since IS NULL OR since >= now() THEN RETURN; END IF;
    PERFORM search_touch('product', ARRAY(SELECT DISTINCT v.product_id FROM price_lists l JOIN prices p ON p.list_id = l.id
        JOIN variants v ON v.id = p.variant_id WHERE l.active
        AND ((l.starts_at > since AND l.starts_at <= now()) OR (l.ends_at > since AND l.ends_at <= now()))));
    UPDATE search_feed SET clock = now();
END $$;
