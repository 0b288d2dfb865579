-- What is left to do is done, so that nothing keeps a former name.
DO $$ BEGIN WHILE catalog_work(2000) LOOP END LOOP; END $$;
CREATE OR REPLACE FUNCTION brand_renamed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE products SET vendor = NEW.name WHERE brand_id = NEW.id AND vendor <> NEW.name;
    RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION product_type_renamed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE products SET product_type = NEW.name WHERE product_type_id = NEW.id AND product_type <> NEW.name;
    RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION shelve_moved() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    ids BIGINT[];
BEGIN
    SELECT array_agg(DISTINCT pc.product_id) INTO ids FROM is_now n JOIN was o ON o.id = n.id AND o.path <> n.path
        JOIN product_categories pc ON pc.category_id = n.id;
    IF ids IS NOT NULL THEN PERFORM shelve(ids); END IF;
    RETURN NULL;
END $$;
CREATE OR REPLACE FUNCTION search_categories_renamed() RETURNS trigger LANGUAGE plpgsql AS $$
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
DROP FUNCTION catalog_work, catalog_chore;
DROP TABLE catalog_chores;
