-- Each server keeps an index of the goods on its own disk and follows this feed to keep it right. The database writes the feed
-- itself, so that no way to change goods (a page, an import, a hand at psql) is forgotten.
CREATE TABLE search_changes (
    xid BIGINT NOT NULL DEFAULT pg_current_xact_id()::text::bigint,
    kind TEXT NOT NULL CONSTRAINT search_changes_kind_known CHECK (kind IN ('product', 'category', 'page', 'words', 'all')),
    subject BIGINT NOT NULL,
    at TIMESTAMPTZ NOT NULL DEFAULT now(),
    PRIMARY KEY (xid, kind, subject)
);
COMMENT ON TABLE search_changes IS 'What servers must look at again for their search indexes; each thing once for each transaction';
COMMENT ON COLUMN search_changes.xid IS 'The transaction. Whoever has seen every transaction below a snapshot''s xmin has missed nothing, in whatever order they commit';
COMMENT ON COLUMN search_changes.subject IS 'Id of the product, category or page; 0 for words (synonyms) and for all';
CREATE INDEX search_changes_by_age ON search_changes (at);

CREATE TABLE search_feed (
    id INTEGER PRIMARY KEY DEFAULT 1 CONSTRAINT search_feed_only_one CHECK (id = 1),
    kept_from BIGINT NOT NULL DEFAULT 0,
    clock TIMESTAMPTZ NOT NULL DEFAULT now()
);
COMMENT ON TABLE search_feed IS 'One row: how far the feed goes back, and until when prices that change by the clock are in it';
COMMENT ON COLUMN search_feed.kept_from IS 'Changes of transactions before this one may have been forgotten: an index that has seen less is built anew';
COMMENT ON COLUMN search_feed.clock IS 'Price lists that began or ended up to here have been told';
INSERT INTO search_feed DEFAULT VALUES;

-- Whoever listens is woken once the transaction is committed; the text says nothing, since the rows do.
CREATE FUNCTION search_touch(of_kind TEXT, subjects BIGINT[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF cardinality(subjects) > 0 THEN
        INSERT INTO search_changes (kind, subject) SELECT DISTINCT of_kind, s FROM unnest(subjects) s WHERE s IS NOT NULL ON CONFLICT DO NOTHING;
        PERFORM pg_notify('search_changes', '');
    END IF;
END $$;

CREATE FUNCTION search_products_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM search_touch('product', ARRAY(SELECT id FROM changed));
    RETURN NULL;
END $$;
CREATE FUNCTION search_parts_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM search_touch('product', ARRAY(SELECT DISTINCT product_id FROM changed));
    RETURN NULL;
END $$;
CREATE FUNCTION search_variants_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM search_touch('product', ARRAY(SELECT DISTINCT v.product_id FROM changed c JOIN variants v ON v.id = c.variant_id));
    RETURN NULL;
END $$;
CREATE FUNCTION search_pages_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM search_touch('page', ARRAY(SELECT id FROM changed));
    RETURN NULL;
END $$;
CREATE FUNCTION search_categories_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM search_touch('category', ARRAY(SELECT id FROM changed));
    RETURN NULL;
END $$;
-- Products are found by the names of their categories and counted in those above, so what stands below follows as well.
CREATE FUNCTION search_categories_renamed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM search_touch('category', ARRAY(SELECT id FROM changed));
    PERFORM search_touch('product', ARRAY(
        WITH RECURSIVE below (id) AS (
            SELECT c.id FROM changed c JOIN former f ON f.id = c.id WHERE (c.name, c.parent_id) IS DISTINCT FROM (f.name, f.parent_id)
            UNION SELECT k.id FROM categories k JOIN below b ON k.parent_id = b.id
        )
        SELECT DISTINCT p.product_id FROM product_categories p JOIN below b ON b.id = p.category_id));
    RETURN NULL;
END $$;
CREATE FUNCTION search_words_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM search_touch('words', ARRAY[0]);
    RETURN NULL;
END $$;
CREATE FUNCTION search_all_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM search_touch('all', ARRAY[0]);
    RETURN NULL;
END $$;
-- One product at a time, and only when it begins or ceases to be there: a sale that leaves units pays nothing for the search.
CREATE FUNCTION search_stock_turned() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM search_touch('product', ARRAY(SELECT product_id FROM variants WHERE id = NEW.variant_id));
    RETURN NULL;
END $$;
CREATE FUNCTION search_list_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM search_touch('product', ARRAY(SELECT DISTINCT v.product_id FROM prices p JOIN variants v ON v.id = p.variant_id WHERE p.list_id = NEW.id));
    RETURN NULL;
END $$;

DO $$
DECLARE
    watched RECORD;
    change RECORD;
BEGIN
    FOR watched IN SELECT * FROM (VALUES
        ('products', 'search_products_changed'), ('variants', 'search_parts_changed'), ('product_categories', 'search_parts_changed'),
        ('prices', 'search_variants_changed'), ('pages', 'search_pages_changed')) AS w (name, called)
    LOOP
        FOR change IN SELECT * FROM (VALUES ('INSERT', 'NEW', 'added'), ('UPDATE', 'NEW', 'changed'), ('DELETE', 'OLD', 'removed')) AS c (event, side, word)
        LOOP
            EXECUTE format('CREATE TRIGGER search_%s AFTER %s ON %I REFERENCING %s TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION %I()',
                change.word, change.event, watched.name, change.side, watched.called);
        END LOOP;
        EXECUTE format('CREATE TRIGGER search_emptied AFTER TRUNCATE ON %I FOR EACH STATEMENT EXECUTE FUNCTION search_all_changed()', watched.name);
    END LOOP;
END $$;
CREATE TRIGGER search_added AFTER INSERT ON categories REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION search_categories_changed();
CREATE TRIGGER search_removed AFTER DELETE ON categories REFERENCING OLD TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION search_categories_changed();
CREATE TRIGGER search_renamed AFTER UPDATE ON categories REFERENCING OLD TABLE AS former NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION search_categories_renamed();
CREATE TRIGGER search_added AFTER INSERT ON stock REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION search_variants_changed();
CREATE TRIGGER search_removed AFTER DELETE ON stock REFERENCING OLD TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION search_variants_changed();
CREATE TRIGGER search_turned AFTER UPDATE ON stock FOR EACH ROW
    WHEN ((NOT OLD.tracked OR OLD.on_hand + OLD.backorder_limit - OLD.allocated - OLD.reserved > 0)
          IS DISTINCT FROM (NOT NEW.tracked OR NEW.on_hand + NEW.backorder_limit - NEW.allocated - NEW.reserved > 0))
    EXECUTE FUNCTION search_stock_turned();
CREATE TRIGGER search_changed AFTER UPDATE OF kind, currency, group_id, starts_at, ends_at, replaces_base, active ON price_lists
    FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*) EXECUTE FUNCTION search_list_changed();
CREATE TRIGGER search_changed AFTER UPDATE OF currency ON store
    FOR EACH ROW WHEN (OLD.currency <> NEW.currency) EXECUTE FUNCTION search_all_changed();

-- Prices that the clock has changed since it was last looked at come into the feed. Servers call it every second; it writes only
-- when a list has begun or ended meanwhile.
CREATE FUNCTION search_tick() RETURNS void LANGUAGE plpgsql AS $$
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

CREATE TABLE search_synonyms (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    words TEXT[] NOT NULL CONSTRAINT search_synonyms_words_number CHECK (cardinality(words) BETWEEN 2 AND 20),
    one_way BOOLEAN NOT NULL DEFAULT false,
    updated_at TIMESTAMPTZ NOT NULL DEFAULT now()
);
COMMENT ON COLUMN search_synonyms.words IS 'Words or short phrases, in small letters';
COMMENT ON COLUMN search_synonyms.one_way IS 'Whoever looks for the first finds the others too, and not the other way round';
CREATE UNIQUE INDEX search_synonyms_key ON search_synonyms (words);
CREATE TRIGGER search_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON search_synonyms
    FOR EACH STATEMENT EXECUTE FUNCTION search_words_changed();

CREATE TABLE search_pins (
    query TEXT NOT NULL CONSTRAINT search_pins_query_present CHECK (btrim(query) <> ''),
    product_id BIGINT NOT NULL REFERENCES products ON DELETE CASCADE,
    position INTEGER NOT NULL,
    PRIMARY KEY (query, product_id)
);
COMMENT ON TABLE search_pins IS 'Products that staff want to stand first when this is searched for';
COMMENT ON COLUMN search_pins.query IS 'As search_terms.text';
CREATE INDEX search_pins_of_product ON search_pins (product_id);

CREATE TABLE search_terms (
    day DATE NOT NULL,
    text TEXT NOT NULL,
    searches BIGINT NOT NULL DEFAULT 0,
    fruitless BIGINT NOT NULL DEFAULT 0,
    PRIMARY KEY (day, text),
    CONSTRAINT search_terms_counts CHECK (searches > 0 AND fruitless BETWEEN 0 AND searches)
);
COMMENT ON TABLE search_terms IS 'What was searched for and how often; who searched is not known';
COMMENT ON COLUMN search_terms.text IS 'In small letters, with single blanks';
COMMENT ON COLUMN search_terms.fruitless IS 'How many of the searches found no product';
