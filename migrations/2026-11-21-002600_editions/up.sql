-- What an order costs is decided by rules that seldom change: the shop's settings, taxes, ways of delivery, price lists. Servers
-- keep them in memory, each under the edition that it read them under, and ask for the edition in force with every decision.
CREATE TABLE editions (
    id INTEGER PRIMARY KEY DEFAULT 1 CONSTRAINT editions_only_one CHECK (id = 1),
    edition UUID NOT NULL DEFAULT gen_random_uuid()
);
COMMENT ON TABLE editions IS 'One row: the edition of the shop''s rules that is in force';
COMMENT ON COLUMN editions.edition IS 'Another one after each change. Random, so that no two databases and no two changes ever share one';
INSERT INTO editions DEFAULT VALUES;

CREATE FUNCTION new_edition() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE editions SET edition = gen_random_uuid();
    RETURN NULL;
END $$;

-- Always: also where rows come by replication, or by a session that holds other triggers off.
DO $$
DECLARE
    rules TEXT;
BEGIN
    FOREACH rules IN ARRAY ARRAY['store', 'tax_classes', 'tax_settings', 'tax_zones', 'tax_areas', 'tax_zone_rates', 'shipping_zones',
        'shipping_methods', 'shipping_tariffs', 'shipping_rates', 'shipping_surcharges', 'price_lists', 'customer_groups']
    LOOP
        EXECUTE format('CREATE TRIGGER new_edition AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON %I
            FOR EACH STATEMENT EXECUTE FUNCTION new_edition()', rules);
        EXECUTE format('ALTER TABLE %I ENABLE ALWAYS TRIGGER new_edition', rules);
    END LOOP;
END $$;
-- Not with each use that is counted.
CREATE TRIGGER new_edition AFTER INSERT OR DELETE OR TRUNCATE OR UPDATE OF active, by_coupon ON promotions
    FOR EACH STATEMENT EXECUTE FUNCTION new_edition();
ALTER TABLE promotions ENABLE ALWAYS TRIGGER new_edition;
-- Surcharges are told with their names.
CREATE TRIGGER new_edition AFTER UPDATE OF name ON categories FOR EACH STATEMENT EXECUTE FUNCTION new_edition();
ALTER TABLE categories ENABLE ALWAYS TRIGGER new_edition;

-- The same look as before, which does not turn the whole row into JSON to find its id.
CREATE OR REPLACE FUNCTION order_adds_up() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    of_order BIGINT;
BEGIN
    IF TG_TABLE_NAME = 'orders' THEN of_order := NEW.id; ELSE of_order := NEW.order_id; END IF;
    PERFORM FROM orders o WHERE o.id = of_order AND (
        o.items_total <> (SELECT COALESCE(sum(total), 0) FROM order_lines WHERE order_id = o.id)
        OR o.discount_total <> (SELECT COALESCE(sum(amount), 0) FROM order_discounts WHERE order_id = o.id)
        OR o.fee_total <> (SELECT COALESCE(sum(amount), 0) FROM order_fees WHERE order_id = o.id)
        OR o.tax_total <> (SELECT COALESCE(sum(amount), 0) FROM order_tax_lines WHERE order_id = o.id));
    IF FOUND THEN
        RAISE EXCEPTION 'order % does not add up', of_order USING ERRCODE = 'check_violation', CONSTRAINT = 'orders_lines_add_up';
    END IF;
    RETURN NULL;
END $$;
