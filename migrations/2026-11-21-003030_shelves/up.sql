-- Lists of the shop, ready to be read in order: which active products with something to buy stand in a category (or one below it)
-- or belong to a brand. A page of a category of 100,000 products reads 24 entries of an index, not 100,000 products.
--
-- Derived: `shelve` makes the entries of some products anew, and triggers call it for whatever is written. An import that writes
-- much does so once, at the end of each batch: SET LOCAL ironmonger.shelve = 'later', and then SELECT shelve(ids).
CREATE TABLE shelves (
    kind TEXT COLLATE "C" NOT NULL CONSTRAINT shelves_kind_known CHECK (kind IN ('c', 'b')),
    of_id BIGINT NOT NULL,
    product_id BIGINT NOT NULL,
    lowest BIGINT NOT NULL,
    title TEXT NOT NULL,
    shown_from TIMESTAMPTZ,
    shown_until TIMESTAMPTZ,
    PRIMARY KEY (product_id, kind, of_id)
);
COMMENT ON COLUMN shelves.kind IS 'c: of_id is a category that the product stands in or below. b: of_id is its brand';
COMMENT ON COLUMN shelves.lowest IS 'The lowest own price of its variants, in minor units';
COMMENT ON COLUMN shelves.title IS 'The title''s beginning in lower case, to sort by';
COMMENT ON COLUMN shelves.shown_from IS 'As products.on_sale_from';
CREATE INDEX shelves_newest ON shelves (kind, of_id, product_id DESC) INCLUDE (shown_from, shown_until);
CREATE INDEX shelves_by_price ON shelves (kind, of_id, lowest, product_id) INCLUDE (shown_from, shown_until);
CREATE INDEX shelves_by_title ON shelves (kind, of_id, title, product_id) INCLUDE (shown_from, shown_until);

CREATE FUNCTION shelve(ids BIGINT[]) RETURNS void LANGUAGE plpgsql AS $$
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

-- The products among these that changed in what shelves are made of.
CREATE FUNCTION shelve_now() RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT current_setting('ironmonger.shelve', true) IS DISTINCT FROM 'later'
$$;
CREATE FUNCTION shelve_products() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    ids BIGINT[];
BEGIN
    IF NOT shelve_now() THEN RETURN NULL; END IF;
    SELECT array_agg(n.id) INTO ids FROM is_now n JOIN was o ON o.id = n.id
    WHERE (n.status, n.title, n.brand_id, n.on_sale_from, n.on_sale_until)
        IS DISTINCT FROM (o.status, o.title, o.brand_id, o.on_sale_from, o.on_sale_until);
    IF ids IS NOT NULL THEN PERFORM shelve(ids); END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER shelve_products AFTER UPDATE ON products REFERENCING OLD TABLE AS was NEW TABLE AS is_now
    FOR EACH STATEMENT EXECUTE FUNCTION shelve_products();
CREATE FUNCTION unshelve_products() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM shelves WHERE product_id IN (SELECT id FROM was);
    RETURN NULL;
END $$;
CREATE TRIGGER unshelve_products AFTER DELETE ON products REFERENCING OLD TABLE AS was
    FOR EACH STATEMENT EXECUTE FUNCTION unshelve_products();

-- Of variants and of the categories that products stand in: the same for each that is added or taken away.
CREATE FUNCTION shelve_changed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    ids BIGINT[];
BEGIN
    IF NOT shelve_now() THEN RETURN NULL; END IF;
    SELECT array_agg(DISTINCT product_id) INTO ids FROM touched;
    IF ids IS NOT NULL THEN PERFORM shelve(ids); END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER shelve_added AFTER INSERT ON variants REFERENCING NEW TABLE AS touched FOR EACH STATEMENT EXECUTE FUNCTION shelve_changed();
CREATE TRIGGER shelve_removed AFTER DELETE ON variants REFERENCING OLD TABLE AS touched FOR EACH STATEMENT EXECUTE FUNCTION shelve_changed();
CREATE TRIGGER shelve_added AFTER INSERT ON product_categories REFERENCING NEW TABLE AS touched
    FOR EACH STATEMENT EXECUTE FUNCTION shelve_changed();
CREATE TRIGGER shelve_removed AFTER DELETE ON product_categories REFERENCING OLD TABLE AS touched
    FOR EACH STATEMENT EXECUTE FUNCTION shelve_changed();

CREATE FUNCTION shelve_variants() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    ids BIGINT[];
BEGIN
    IF NOT shelve_now() THEN RETURN NULL; END IF;
    SELECT array_agg(DISTINCT n.product_id) INTO ids FROM is_now n JOIN was o ON o.id = n.id
    WHERE n.price <> o.price OR (n.archived_at IS NULL) <> (o.archived_at IS NULL);
    IF ids IS NOT NULL THEN PERFORM shelve(ids); END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER shelve_variants AFTER UPDATE ON variants REFERENCING OLD TABLE AS was NEW TABLE AS is_now
    FOR EACH STATEMENT EXECUTE FUNCTION shelve_variants();

-- A category that moves takes all below it along.
CREATE FUNCTION shelve_moved() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    ids BIGINT[];
BEGIN
    SELECT array_agg(DISTINCT pc.product_id) INTO ids FROM is_now n JOIN was o ON o.id = n.id AND o.path <> n.path
        JOIN product_categories pc ON pc.category_id = n.id;
    IF ids IS NOT NULL THEN PERFORM shelve(ids); END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER shelve_moved AFTER UPDATE ON categories REFERENCING OLD TABLE AS was NEW TABLE AS is_now
    FOR EACH STATEMENT EXECUTE FUNCTION shelve_moved();

SELECT shelve(array_agg(id)) FROM products HAVING count(*) > 0;
