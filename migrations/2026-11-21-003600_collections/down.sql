DROP TRIGGER search_added ON shelves;
DROP TRIGGER search_removed ON shelves;
DROP TRIGGER search_changed ON shelves;
DELETE FROM shelves WHERE kind = 'k';
DELETE FROM redirects WHERE collection_id IS NOT NULL;
CREATE OR REPLACE FUNCTION shelve(ids BIGINT[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    -- Two who change two variants of a product at once must see each other's prices: the second waits, then looks afresh.
    PERFORM FROM products WHERE id = ANY (ids) ORDER BY id FOR NO KEY UPDATE;
    WITH sold AS (
        SELECT p.id, p.brand_id, v.lowest, lower(left(p.title, 80)) AS title, p.on_sale_from, p.on_sale_until
        FROM products p
        JOIN LATERAL (SELECT min(price) AS lowest FROM variants WHERE product_id = p.id AND archived_at IS NULL) v ON v.lowest IS NOT NULL
        WHERE p.id = ANY (ids) AND p.status = 'active'
    ), wanted AS (
        SELECT DISTINCT 'c' AS kind, above.id AS of_id, s.id AS product_id, s.lowest, s.title, s.on_sale_from, s.on_sale_until
        FROM sold s JOIN product_categories pc ON pc.product_id = s.id JOIN categories c ON c.id = pc.category_id, unnest(c.path) AS above(id)
        UNION ALL
        SELECT 'b', s.brand_id, s.id, s.lowest, s.title, s.on_sale_from, s.on_sale_until FROM sold s WHERE s.brand_id IS NOT NULL
    ), gone AS (
        DELETE FROM shelves s WHERE s.product_id = ANY (ids)
            AND NOT EXISTS (SELECT FROM wanted w WHERE w.product_id = s.product_id AND w.kind = s.kind AND w.of_id = s.of_id)
    )
    INSERT INTO shelves SELECT * FROM wanted
    ON CONFLICT (product_id, kind, of_id) DO UPDATE SET lowest = EXCLUDED.lowest, title = EXCLUDED.title,
        shown_from = EXCLUDED.shown_from, shown_until = EXCLUDED.shown_until
    WHERE (shelves.lowest, shelves.title, shelves.shown_from, shelves.shown_until)
        IS DISTINCT FROM (EXCLUDED.lowest, EXCLUDED.title, EXCLUDED.shown_from, EXCLUDED.shown_until);
END $$;
CREATE OR REPLACE FUNCTION redirect_target(r redirects) RETURNS TEXT LANGUAGE sql STABLE AS $$
    SELECT COALESCE(r.to_path,
        (SELECT '/products/' || slug FROM products WHERE id = r.product_id),
        (SELECT '/categories/' || slug FROM categories WHERE id = r.category_id),
        (SELECT '/brands/' || slug FROM brands WHERE id = r.brand_id),
        (SELECT '/pages/' || slug FROM pages WHERE id = r.page_id))
$$;
CREATE OR REPLACE FUNCTION redirect_collapses() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    bare TEXT;
    next redirects;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('redirects'));
    IF NEW.to_path IS NOT NULL THEN
        bare := split_part(split_part(NEW.to_path, '#', 1), '?', 1);
        SELECT * INTO next FROM redirects WHERE from_path = bare AND id <> NEW.id;
        IF FOUND THEN
            NEW.to_path := next.to_path;
            NEW.product_id := next.product_id;
            NEW.category_id := next.category_id;
            NEW.brand_id := next.brand_id;
            NEW.page_id := next.page_id;
        ELSIF bare = NEW.to_path THEN
            NEW.product_id := (SELECT id FROM products WHERE bare LIKE '/products/%' AND slug = substr(bare, 11));
            NEW.category_id := (SELECT id FROM categories WHERE bare LIKE '/categories/%' AND slug = substr(bare, 13));
            NEW.brand_id := (SELECT id FROM brands WHERE bare LIKE '/brands/%' AND slug = substr(bare, 9));
            NEW.page_id := (SELECT id FROM pages WHERE bare LIKE '/pages/%' AND slug = substr(bare, 8));
            IF num_nonnulls(NEW.product_id, NEW.category_id, NEW.brand_id, NEW.page_id) > 0 THEN
                NEW.to_path := NULL;
            END IF;
        END IF;
    END IF;
    IF split_part(split_part(redirect_target(NEW), '#', 1), '?', 1) = NEW.from_path THEN
        RAISE EXCEPTION 'the redirect leads back to itself' USING ERRCODE = 'check_violation', CONSTRAINT = 'redirects_no_ring';
    END IF;
    UPDATE redirects SET to_path = NEW.to_path, product_id = NEW.product_id, category_id = NEW.category_id, brand_id = NEW.brand_id,
        page_id = NEW.page_id WHERE to_path = NEW.from_path AND id <> NEW.id;
    RETURN NEW;
END $$;
CREATE OR REPLACE FUNCTION pages_shelf_sorted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pages_tell(ARRAY(
        SELECT DISTINCT n.kind || ':' || n.of_id || change.what
        FROM is_now n JOIN was o USING (product_id, kind, of_id) CROSS JOIN LATERAL (VALUES
            ('/price', n.lowest <> o.lowest), ('/title', n.title <> o.title),
            ('', (n.shown_from, n.shown_until) IS DISTINCT FROM (o.shown_from, o.shown_until))) AS change (what, has)
        WHERE change.has));
    RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION pages_media_changed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    ids UUID[];
BEGIN
    SELECT array_agg(n.id) INTO ids FROM is_now n JOIN was o ON o.id = n.id WHERE (n.avif, n.alt) IS DISTINCT FROM (o.avif, o.alt);
    IF ids IS NOT NULL THEN
        PERFORM pages_tell(
            ARRAY(SELECT DISTINCT 'product:' || product_id FROM product_images WHERE media_id = ANY (ids))
            || ARRAY(SELECT 'category:' || id FROM categories WHERE media_id = ANY (ids))
            || ARRAY(SELECT tag FROM brands, LATERAL (VALUES ('brand:' || id), ('brands')) AS tags (tag) WHERE media_id = ANY (ids)));
    END IF;
    RETURN NULL;
END $$;
DROP VIEW media_uses;
CREATE VIEW media_uses AS
    SELECT i.media_id, 'product' AS kind, p.id AS of_id, p.title AS name FROM product_images i JOIN products p ON p.id = i.product_id
    UNION ALL SELECT media_id, 'category', id, name FROM categories WHERE media_id IS NOT NULL
    UNION ALL SELECT media_id, 'brand', id, name FROM brands WHERE media_id IS NOT NULL
    UNION ALL SELECT m.id, 'page', p.id, p.title FROM media m JOIN pages p ON strpos(p.body, '/media/' || m.content_hash || '/') > 0;
ALTER TABLE redirects DROP CONSTRAINT redirects_one_target, DROP COLUMN collection_id,
    ADD CONSTRAINT redirects_one_target CHECK (num_nonnulls(to_path, product_id, category_id, brand_id, page_id) = 1);
DROP FUNCTION collections_work, collections_ask, collection_fits;
DROP TABLE collection_members, collection_rules, collection_feed, collections;
DROP FUNCTION collection_leaves, pages_collection_changed, search_collection_changed, search_shelves_changed, search_shelves_turned;
DROP INDEX shelves_as_chosen;
ALTER TABLE shelves DROP COLUMN position, DROP CONSTRAINT shelves_kind_known,
    ADD CONSTRAINT shelves_kind_known CHECK (kind IN ('c', 'b'));
DELETE FROM search_changes WHERE kind = 'collection';
ALTER TABLE search_changes DROP CONSTRAINT search_changes_kind_known,
    ADD CONSTRAINT search_changes_kind_known CHECK (kind IN ('product', 'category', 'page', 'words', 'all'));
