-- Servers keep rendered pages in memory. Each page carries tags of what it shows; the database tells on the channel `pages`, after
-- the commit, which tags changed, so that no way to change something (a page, an import, a hand at psql) is forgotten.
--
--   product:ID   what is shown of a product: words, pictures, price, whether it can be had
--   c:ID, b:ID   which products stand on the shelf of a category or a brand
--   c:ID/price   the lowest price of one of them, c:ID/title a title: for lists sorted by these; b: likewise
--   c:ID/facets  how many of them have this or that, b: likewise: with any change of one of them
--   featured     which products the home page picks
--   category:ID, brand:ID, page:ID   a category's own words, a brand's, a page's
--   brands       which brands there are
--   account:ID   name, group and right to be signed in
--   shop         what every page shows: names in menu and footer, currencies
--   all          everything: settings and taxes change every price

CREATE FUNCTION pages_tell(tags TEXT[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    payload TEXT;
BEGIN
    -- More than this is told as everything: it would take longer to look for than to render.
    IF cardinality(tags) > 4000 OR 'all' = ANY (tags) THEN
        PERFORM pg_notify('pages', 'all');
        RETURN;
    END IF;
    -- A payload has less than 8,000 bytes.
    FOR payload IN
        SELECT string_agg(tag, ' ') FROM (
            SELECT tag, row_number() OVER () / 200 AS part FROM (SELECT DISTINCT t AS tag FROM unnest(tags) t WHERE t IS NOT NULL) one
        ) parts GROUP BY part
    LOOP
        PERFORM pg_notify('pages', payload);
    END LOOP;
END $$;

CREATE FUNCTION pages_tags(kind TEXT, ids BIGINT[]) RETURNS TEXT[] LANGUAGE sql IMMUTABLE AS $$
    SELECT COALESCE(array_agg(kind || ':' || id), '{}') FROM unnest(ids) id
$$;

-- What changed of a product, wherever it is shown or counted.
CREATE FUNCTION pages_products(ids BIGINT[]) RETURNS TEXT[] LANGUAGE sql STABLE AS $$
    SELECT pages_tags('product', ids) || ARRAY(SELECT DISTINCT kind || ':' || of_id || '/facets' FROM shelves WHERE product_id = ANY (ids))
$$;

CREATE FUNCTION pages_product_changed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    shown BIGINT[];
    picked BOOLEAN;
BEGIN
    SELECT array_agg(n.id), bool_or(n.featured <> o.featured OR (n.featured AND n.status <> o.status)) INTO shown, picked
    FROM is_now n JOIN was o ON o.id = n.id
    WHERE to_jsonb(n) - '{updated_at,document,version}'::text[] <> to_jsonb(o) - '{updated_at,document,version}'::text[];
    PERFORM pages_tell(pages_products(shown) || CASE WHEN picked THEN ARRAY['featured'] ELSE '{}' END);
    RETURN NULL;
END $$;
CREATE TRIGGER pages_changed AFTER UPDATE ON products REFERENCING OLD TABLE AS was NEW TABLE AS is_now
    FOR EACH STATEMENT EXECUTE FUNCTION pages_product_changed();

CREATE FUNCTION pages_product_gone() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pages_tell(ARRAY(SELECT 'product:' || id FROM changed) || ARRAY['featured']);
    RETURN NULL;
END $$;
CREATE TRIGGER pages_gone AFTER DELETE ON products REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION pages_product_gone();

CREATE FUNCTION pages_product_new() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM changed WHERE featured) THEN PERFORM pages_tell(ARRAY['featured']); END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER pages_new AFTER INSERT ON products REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION pages_product_new();

-- Pictures, attributes, related products, categories: shown with their product.
CREATE FUNCTION pages_part_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pages_tell(pages_products(ARRAY(SELECT DISTINCT product_id FROM changed)));
    RETURN NULL;
END $$;
CREATE FUNCTION pages_variant_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pages_tell(pages_products(ARRAY(SELECT DISTINCT n.product_id FROM is_now n JOIN was o ON o.id = n.id
        WHERE to_jsonb(n) - 'updated_at' <> to_jsonb(o) - 'updated_at')));
    RETURN NULL;
END $$;
CREATE TRIGGER pages_changed AFTER UPDATE ON variants REFERENCING OLD TABLE AS was NEW TABLE AS is_now
    FOR EACH STATEMENT EXECUTE FUNCTION pages_variant_changed();

CREATE FUNCTION pages_shelf_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- The list of brands has those of which something is sold.
    PERFORM pages_tell(ARRAY(SELECT DISTINCT kind || ':' || of_id FROM changed) || ARRAY(SELECT 'brands' FROM changed WHERE kind = 'b' LIMIT 1));
    RETURN NULL;
END $$;
CREATE TRIGGER pages_added AFTER INSERT ON shelves REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION pages_shelf_changed();
CREATE TRIGGER pages_removed AFTER DELETE ON shelves REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION pages_shelf_changed();
CREATE FUNCTION pages_shelf_sorted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pages_tell(ARRAY(
        SELECT DISTINCT n.kind || ':' || n.of_id || change.what
        FROM is_now n JOIN was o USING (product_id, kind, of_id) CROSS JOIN LATERAL (VALUES
            ('/price', n.lowest <> o.lowest), ('/title', n.title <> o.title),
            ('', (n.shown_from, n.shown_until) IS DISTINCT FROM (o.shown_from, o.shown_until))) AS change (what, has)
        WHERE change.has));
    RETURN NULL;
END $$;
CREATE TRIGGER pages_changed AFTER UPDATE ON shelves REFERENCING OLD TABLE AS was NEW TABLE AS is_now
    FOR EACH STATEMENT EXECUTE FUNCTION pages_shelf_sorted();
-- When a list is another one by the clock.
CREATE INDEX shelves_to_come ON shelves (kind, of_id, shown_from) WHERE shown_from IS NOT NULL;
CREATE INDEX shelves_to_go ON shelves (kind, of_id, shown_until) WHERE shown_until IS NOT NULL;

CREATE FUNCTION pages_prices_changed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    ids BIGINT[];
BEGIN
    SELECT array_agg(DISTINCT v.product_id) INTO ids FROM changed c JOIN variants v ON v.id = c.variant_id;
    PERFORM pages_tell(pages_products(ids));
    RETURN NULL;
END $$;

DO $$
DECLARE
    watched RECORD;
    change RECORD;
BEGIN
    FOR watched IN SELECT * FROM (VALUES
        ('product_images', 'pages_part_changed', true), ('related_products', 'pages_part_changed', true),
        ('product_categories', 'pages_part_changed', true), ('product_attributes', 'pages_part_changed', true),
        ('prices', 'pages_prices_changed', true), ('variants', 'pages_part_changed', false)) AS w (name, called, updated)
    LOOP
        FOR change IN SELECT * FROM (VALUES ('INSERT', 'NEW', 'added'), ('UPDATE', 'NEW', 'changed'), ('DELETE', 'OLD', 'removed')) AS c (event, side, word)
        LOOP
            CONTINUE WHEN change.event = 'UPDATE' AND NOT watched.updated;
            EXECUTE format('CREATE TRIGGER pages_%s AFTER %s ON %I REFERENCING %s TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION %I()',
                change.word, change.event, watched.name, change.side, watched.called);
        END LOOP;
    END LOOP;
END $$;

-- What shoppers are told of a stock row, as inventory's Stock::availability says it. `low`: the shop's threshold.
CREATE FUNCTION pages_stock_look(s stock, low INTEGER) RETURNS TEXT LANGUAGE sql IMMUTABLE AS $$
    SELECT concat_ws('/', CASE
        WHEN NOT s.tracked THEN 'there'
        WHEN s.on_hand::bigint + s.backorder_limit - s.allocated - s.reserved <= 0 THEN 'out'
        WHEN s.on_hand::bigint - s.allocated - s.reserved <= 0 THEN 'back-ordered'
        WHEN s.on_hand::bigint - s.allocated - s.reserved <= COALESCE(s.low_at, low) THEN (s.on_hand - s.allocated - s.reserved)::text
        ELSE 'there' END, s.preorder, s.available_from, s.most_per_order)
$$;
CREATE FUNCTION pages_stock_changed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    low INTEGER;
BEGIN
    SELECT low_stock INTO low FROM store;
    IF pages_stock_look(OLD, low) IS DISTINCT FROM pages_stock_look(NEW, low) THEN
        PERFORM pages_tell(pages_products(ARRAY(SELECT product_id FROM variants WHERE id = NEW.variant_id)));
    END IF;
    RETURN NULL;
END $$;
-- While there is plenty, an order pays no more than this condition.
CREATE TRIGGER pages_changed AFTER UPDATE ON stock FOR EACH ROW
    WHEN ((OLD.tracked, OLD.backorder_limit, OLD.preorder, OLD.available_from, OLD.low_at, OLD.most_per_order,
           LEAST(OLD.on_hand - OLD.allocated - OLD.reserved, GREATEST(COALESCE(OLD.low_at, 0), 100) + 1))
          IS DISTINCT FROM
          (NEW.tracked, NEW.backorder_limit, NEW.preorder, NEW.available_from, NEW.low_at, NEW.most_per_order,
           LEAST(NEW.on_hand - NEW.allocated - NEW.reserved, GREATEST(COALESCE(NEW.low_at, 0), 100) + 1)))
    EXECUTE FUNCTION pages_stock_changed();
CREATE TRIGGER pages_added AFTER INSERT ON stock REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION pages_prices_changed();
CREATE TRIGGER pages_removed AFTER DELETE ON stock REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION pages_prices_changed();

CREATE FUNCTION pages_list_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pages_tell(ARRAY['shop'] || pages_products(ARRAY(SELECT DISTINCT v.product_id FROM prices p JOIN variants v ON v.id = p.variant_id
        WHERE p.list_id = COALESCE(NEW.id, OLD.id))));
    RETURN NULL;
END $$;
CREATE TRIGGER pages_changed AFTER UPDATE ON price_lists FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION pages_list_changed();
CREATE TRIGGER pages_added AFTER INSERT ON price_lists FOR EACH ROW WHEN (NEW.active) EXECUTE FUNCTION pages_list_changed();
CREATE TRIGGER pages_removed AFTER DELETE ON price_lists FOR EACH ROW WHEN (OLD.active) EXECUTE FUNCTION pages_list_changed();

CREATE FUNCTION pages_shop_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pages_tell(ARRAY['shop']);
    RETURN NULL;
END $$;
-- A category's name stands in the menu of every page. Its text stands on its own.
CREATE FUNCTION pages_category_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pages_tell(ARRAY['category:' || NEW.id] || CASE
        WHEN (OLD.name, OLD.slug, OLD.position, OLD.parent_id) IS DISTINCT FROM (NEW.name, NEW.slug, NEW.position, NEW.parent_id)
        THEN ARRAY['shop'] ELSE '{}' END);
    RETURN NULL;
END $$;
CREATE TRIGGER pages_changed AFTER UPDATE ON categories FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION pages_category_changed();
CREATE TRIGGER pages_listed AFTER INSERT OR DELETE ON categories FOR EACH STATEMENT EXECUTE FUNCTION pages_shop_changed();

CREATE FUNCTION pages_brand_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pages_tell(ARRAY['brands', 'brand:' || COALESCE(NEW.id, OLD.id)]);
    RETURN NULL;
END $$;
CREATE TRIGGER pages_changed AFTER INSERT OR UPDATE OR DELETE ON brands FOR EACH ROW EXECUTE FUNCTION pages_brand_changed();

-- What an attribute is called, and its choices, stand on every product that has it.
CREATE FUNCTION pages_attribute_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pages_tell(ARRAY(SELECT 'product:' || product_id FROM product_attributes WHERE attribute_id = NEW.id));
    RETURN NULL;
END $$;
CREATE TRIGGER pages_changed AFTER UPDATE ON attributes FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION pages_attribute_changed();
CREATE FUNCTION pages_choice_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pages_tell(ARRAY(SELECT 'product:' || product_id FROM product_attributes WHERE choices @> ARRAY[NEW.id]));
    RETURN NULL;
END $$;
CREATE TRIGGER pages_changed AFTER UPDATE ON attribute_choices FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*)
    EXECUTE FUNCTION pages_choice_changed();

CREATE FUNCTION pages_page_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pages_tell(ARRAY['page:' || NEW.id] || CASE
        WHEN (OLD.title, OLD.slug, OLD.position) IS DISTINCT FROM (NEW.title, NEW.slug, NEW.position) THEN ARRAY['shop'] ELSE '{}' END);
    RETURN NULL;
END $$;
CREATE TRIGGER pages_changed AFTER UPDATE ON pages FOR EACH ROW EXECUTE FUNCTION pages_page_changed();
CREATE TRIGGER pages_listed AFTER INSERT OR DELETE ON pages FOR EACH STATEMENT EXECUTE FUNCTION pages_shop_changed();

CREATE FUNCTION pages_account_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pages_tell(ARRAY['account:' || OLD.id]);
    RETURN NULL;
END $$;
CREATE TRIGGER pages_changed AFTER UPDATE OR DELETE ON accounts FOR EACH ROW EXECUTE FUNCTION pages_account_changed();

CREATE FUNCTION pages_all_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pages_tell(ARRAY['all']);
    RETURN NULL;
END $$;
DO $$
DECLARE
    rules TEXT;
BEGIN
    FOREACH rules IN ARRAY ARRAY['store', 'tax_classes', 'tax_settings', 'tax_zones', 'tax_areas', 'tax_zone_rates', 'exchange_rates', 'customer_groups']
    LOOP
        EXECUTE format('CREATE TRIGGER pages_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON %I
            FOR EACH STATEMENT EXECUTE FUNCTION pages_all_changed()', rules);
    END LOOP;
    FOREACH rules IN ARRAY ARRAY['products', 'variants', 'product_categories', 'product_images', 'related_products', 'prices', 'price_lists',
        'stock', 'categories', 'pages', 'accounts', 'brands', 'shelves', 'product_attributes']
    LOOP
        EXECUTE format('CREATE TRIGGER pages_emptied AFTER TRUNCATE ON %I FOR EACH STATEMENT EXECUTE FUNCTION pages_all_changed()', rules);
    END LOOP;
END $$;

-- Also where rows come by replication, or by a session that holds other triggers off.
DO $$
DECLARE
    made RECORD;
BEGIN
    FOR made IN SELECT tgname, tgrelid::regclass AS of FROM pg_trigger WHERE tgname LIKE 'pages\_%' AND NOT tgisinternal LOOP
        EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER %I', made.of, made.tgname);
    END LOOP;
END $$;
