-- Where former addresses lead. What changes its slug leaves one behind by itself; staff and imports add their own.
CREATE TABLE redirects (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    from_path TEXT NOT NULL CONSTRAINT redirects_from_path_key UNIQUE
        CONSTRAINT redirects_from_path_shape CHECK (from_path ~ '^/[^?#[:space:]]+$' AND length(from_path) <= 1000),
    to_path TEXT CONSTRAINT redirects_to_path_shape CHECK (to_path ~ '^/([^/\\[:space:]][^[:space:]]*)?$' AND length(to_path) <= 2000),
    product_id BIGINT CONSTRAINT redirects_product_fkey REFERENCES products ON DELETE CASCADE,
    category_id BIGINT CONSTRAINT redirects_category_fkey REFERENCES categories ON DELETE CASCADE,
    brand_id BIGINT CONSTRAINT redirects_brand_fkey REFERENCES brands ON DELETE CASCADE,
    page_id BIGINT CONSTRAINT redirects_page_fkey REFERENCES pages ON DELETE CASCADE,
    by_hand BOOLEAN NOT NULL DEFAULT false,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    CONSTRAINT redirects_one_target CHECK (num_nonnulls(to_path, product_id, category_id, brand_id, page_id) = 1)
);
COMMENT ON COLUMN redirects.from_path IS 'A former address, from its first slash on, without query';
COMMENT ON COLUMN redirects.to_path IS 'Leads there. What has a row of its own is named by its id instead, so that it is found however often it moves';
COMMENT ON COLUMN redirects.by_hand IS 'Staff or an import made it; otherwise a change of slug did';
CREATE INDEX redirects_to_path ON redirects (to_path) WHERE to_path IS NOT NULL;
CREATE INDEX redirects_product ON redirects (product_id) WHERE product_id IS NOT NULL;
CREATE INDEX redirects_category ON redirects (category_id) WHERE category_id IS NOT NULL;
CREATE INDEX redirects_brand ON redirects (brand_id) WHERE brand_id IS NOT NULL;
CREATE INDEX redirects_page ON redirects (page_id) WHERE page_id IS NOT NULL;

-- The present path of what a redirect names.
CREATE FUNCTION redirect_target(r redirects) RETURNS TEXT LANGUAGE sql STABLE AS $$
    SELECT COALESCE(r.to_path,
        (SELECT '/products/' || slug FROM products WHERE id = r.product_id),
        (SELECT '/categories/' || slug FROM categories WHERE id = r.category_id),
        (SELECT '/brands/' || slug FROM brands WHERE id = r.brand_id),
        (SELECT '/pages/' || slug FROM pages WHERE id = r.page_id))
$$;

-- Every redirect leads to its end at once: a chain is collapsed when its second link is made, and a ring is refused. One at a
-- time, since two that are each right could make a ring together.
CREATE FUNCTION redirect_collapses() RETURNS trigger LANGUAGE plpgsql AS $$
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
CREATE TRIGGER redirect_collapses BEFORE INSERT OR UPDATE OF from_path, to_path ON redirects
    FOR EACH ROW WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION redirect_collapses();

-- A new slug leaves a redirect at the old one, and what led away from the new one ends. TG_ARGV: the path's beginning, the column.
CREATE FUNCTION slug_changed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    was TEXT := TG_ARGV[0] || OLD.slug;
BEGIN
    DELETE FROM redirects WHERE from_path IN (was, TG_ARGV[0] || NEW.slug);
    EXECUTE format('UPDATE redirects SET to_path = NULL, %I = $1 WHERE to_path = $2', TG_ARGV[1]) USING NEW.id, was;
    EXECUTE format('INSERT INTO redirects (from_path, %I) VALUES ($1, $2)', TG_ARGV[1]) USING was, NEW.id;
    RETURN NULL;
END $$;
-- What newly stands at an address is not led away from.
CREATE FUNCTION slug_taken() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM redirects r USING taken t WHERE r.from_path = TG_ARGV[0] || t.slug;
    RETURN NULL;
END $$;
DO $$
DECLARE
    of TEXT[];
BEGIN
    FOREACH of SLICE 1 IN ARRAY ARRAY[['products', 'product_id'], ['categories', 'category_id'], ['brands', 'brand_id'], ['pages', 'page_id']] LOOP
        EXECUTE format('CREATE TRIGGER slug_changed AFTER UPDATE OF slug ON %I FOR EACH ROW WHEN (OLD.slug <> NEW.slug)
            EXECUTE FUNCTION slug_changed(%L, %L)', of[1], '/' || of[1] || '/', of[2]);
        EXECUTE format('CREATE TRIGGER slug_taken AFTER INSERT ON %I REFERENCING NEW TABLE AS taken FOR EACH STATEMENT
            EXECUTE FUNCTION slug_taken(%L)', of[1], '/' || of[1] || '/');
    END LOOP;
END $$;
