-- A brand or a product type that gets another name, or a category that gets another name or place, reaches every product of it. A
-- few hundred follow in the same transaction; many follow little by little, so that whoever saves it need not wait: `catalog_work`
-- does so many at a time, and servers call it as they call collections_work.
CREATE TABLE catalog_chores (
    kind TEXT NOT NULL CONSTRAINT catalog_chores_kind_known CHECK (kind IN ('brand', 'type', 'category')),
    subject BIGINT NOT NULL,
    after BIGINT NOT NULL DEFAULT 0,
    done BIGINT NOT NULL DEFAULT 0,
    since TIMESTAMPTZ NOT NULL DEFAULT now(),
    PRIMARY KEY (kind, subject)
);
COMMENT ON TABLE catalog_chores IS 'What many products have yet to follow';
COMMENT ON COLUMN catalog_chores.subject IS 'Id of the brand, product type or category';
COMMENT ON COLUMN catalog_chores.after IS 'Products up to this id have followed';
COMMENT ON COLUMN catalog_chores.done IS 'So many have';
CREATE INDEX catalog_chores_by_age ON catalog_chores (since, kind, subject);

CREATE FUNCTION catalog_chore(of_kind TEXT, of_subject BIGINT) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF of_kind = 'category' THEN
        -- What stands below follows with it.
        DELETE FROM catalog_chores k USING categories c WHERE k.kind = 'category' AND c.id = k.subject AND c.id <> of_subject
            AND c.path @> ARRAY[of_subject];
    END IF;
    INSERT INTO catalog_chores (kind, subject) VALUES (of_kind, of_subject) ON CONFLICT (kind, subject) DO UPDATE SET after = 0, done = 0;
    PERFORM pg_notify('search_changes', '');
END $$;

CREATE OR REPLACE FUNCTION brand_renamed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT count(*) FROM (SELECT FROM products WHERE brand_id = NEW.id LIMIT 501) bounded) > 500 THEN
        PERFORM catalog_chore('brand', NEW.id);
    ELSE
        UPDATE products SET vendor = NEW.name WHERE brand_id = NEW.id AND vendor <> NEW.name;
    END IF;
    RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION product_type_renamed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT count(*) FROM (SELECT FROM products WHERE product_type_id = NEW.id LIMIT 501) bounded) > 500 THEN
        PERFORM catalog_chore('type', NEW.id);
    ELSE
        UPDATE products SET product_type = NEW.name WHERE product_type_id = NEW.id AND product_type <> NEW.name;
    END IF;
    RETURN NULL;
END $$;

CREATE OR REPLACE FUNCTION shelve_moved() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    moved BIGINT[];
    ids BIGINT[];
BEGIN
    SELECT array_agg(n.id) INTO moved FROM is_now n JOIN was o ON o.id = n.id AND o.path <> n.path;
    IF moved IS NULL THEN RETURN NULL; END IF;
    ids := ARRAY(SELECT product_id FROM product_categories WHERE category_id = ANY (moved) LIMIT 501);
    IF cardinality(ids) > 500 THEN
        PERFORM catalog_chore('category', c.id) FROM categories c WHERE c.id = ANY (moved) AND (c.parent_id = ANY (moved)) IS NOT TRUE;
    ELSIF cardinality(ids) > 0 THEN
        PERFORM shelve(ids);
    END IF;
    RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION search_categories_renamed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    renamed BIGINT;
    ids BIGINT[];
BEGIN
    PERFORM search_touch('category', ARRAY(SELECT id FROM changed));
    FOR renamed IN SELECT c.id FROM changed c JOIN former f ON f.id = c.id WHERE (c.name, c.parent_id) IS DISTINCT FROM (f.name, f.parent_id) LOOP
        ids := ARRAY(SELECT p.product_id FROM categories c JOIN product_categories p ON p.category_id = c.id WHERE c.path @> ARRAY[renamed] LIMIT 501);
        IF cardinality(ids) > 500 THEN PERFORM catalog_chore('category', renamed); ELSE PERFORM search_touch('product', ids); END IF;
    END LOOP;
    RETURN NULL;
END $$;

-- So many products follow. `false`: there are none just now.
CREATE FUNCTION catalog_work(most INTEGER) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    chore catalog_chores;
    ids BIGINT[];
BEGIN
    SELECT * INTO chore FROM catalog_chores ORDER BY since, kind, subject LIMIT 1 FOR UPDATE SKIP LOCKED;
    IF NOT FOUND THEN RETURN false; END IF;
    ids := CASE chore.kind
        WHEN 'brand' THEN ARRAY(SELECT id FROM products WHERE brand_id = chore.subject AND id > chore.after ORDER BY id LIMIT most)
        WHEN 'type' THEN ARRAY(SELECT id FROM products WHERE product_type_id = chore.subject AND id > chore.after ORDER BY id LIMIT most)
        ELSE ARRAY(SELECT DISTINCT p.product_id FROM product_categories p WHERE p.product_id > chore.after
                AND p.category_id IN (SELECT id FROM categories WHERE path @> ARRAY[chore.subject]) ORDER BY p.product_id LIMIT most) END;
    IF chore.kind = 'category' THEN
        PERFORM shelve(ids);
        PERFORM search_touch('product', ids);
    ELSE
        PERFORM FROM products WHERE id = ANY (ids) ORDER BY id FOR NO KEY UPDATE;
        UPDATE products p SET vendor = b.name FROM brands b
            WHERE chore.kind = 'brand' AND b.id = chore.subject AND p.id = ANY (ids) AND p.brand_id = b.id AND p.vendor <> b.name;
        UPDATE products p SET product_type = t.name FROM product_types t
            WHERE chore.kind = 'type' AND t.id = chore.subject AND p.id = ANY (ids) AND p.product_type_id = t.id AND p.product_type <> t.name;
    END IF;
    IF cardinality(ids) < most THEN
        DELETE FROM catalog_chores WHERE kind = chore.kind AND subject = chore.subject;
    ELSE
        UPDATE catalog_chores SET after = ids[most], done = done + most WHERE kind = chore.kind AND subject = chore.subject;
    END IF;
    RETURN true;
END $$;
