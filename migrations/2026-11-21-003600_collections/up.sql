-- Collections: products that belong together for the shop, chosen by hand and in order, or by rules ("under 20, of this brand, on
-- sale"). They are shelves (see `shelves`) of their own kind, so that lists of them are read, sorted and forgotten like categories.
--
-- Which products a collection has is kept in collection_members. Nothing that is written waits for it: `collections_follow` reads
-- the same feed of changes that search indexes follow (see `search`), at once and many at a time, and servers call it whenever the
-- feed has something new. What the clock changes is known ahead: a member has a time from and until which it is one.
CREATE TABLE collections (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    slug TEXT NOT NULL CONSTRAINT collections_slug_key UNIQUE CONSTRAINT collections_slug_shape CHECK (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'),
    title TEXT NOT NULL CONSTRAINT collections_title_present CHECK (btrim(title) <> ''),
    description TEXT NOT NULL DEFAULT '',
    media_id UUID CONSTRAINT collections_media_fkey REFERENCES media ON DELETE RESTRICT,
    seo_title TEXT NOT NULL DEFAULT '',
    seo_description TEXT NOT NULL DEFAULT '',
    shown BOOLEAN NOT NULL DEFAULT false,
    position INTEGER NOT NULL DEFAULT 0,
    sort TEXT NOT NULL DEFAULT 'newest' CONSTRAINT collections_sort_known CHECK (sort IN ('chosen', 'newest', 'cheapest', 'dearest', 'title')),
    chosen_by TEXT NOT NULL DEFAULT 'rules' CONSTRAINT collections_chosen_by_known CHECK (chosen_by IN ('hand', 'rules')),
    any_rule BOOLEAN NOT NULL DEFAULT false,
    asked_to BIGINT,
    leaving BOOLEAN NOT NULL DEFAULT false,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    CONSTRAINT collections_order_of_hand CHECK (sort <> 'chosen' OR chosen_by = 'hand'),
    CONSTRAINT collections_leave_unseen CHECK (NOT (leaving AND shown))
);
COMMENT ON COLUMN collections.description IS 'Plain text; an empty line parts paragraphs';
COMMENT ON COLUMN collections.seo_title IS 'What search engines and browsers'' tabs show; empty: the title';
COMMENT ON COLUMN collections.seo_description IS 'What search engines show below it; empty: the description';
COMMENT ON COLUMN collections.shown IS 'Shoppers see it; otherwise it is a draft';
COMMENT ON COLUMN collections.position IS 'Its place among the collections';
COMMENT ON COLUMN collections.sort IS 'How its products are sorted unless a shopper wants it otherwise; chosen: as staff put them';
COMMENT ON COLUMN collections.any_rule IS 'A product that meets one of the rules is in it; otherwise it must meet all';
COMMENT ON COLUMN collections.asked_to IS 'Of all products the rules have been asked up to this id; NULL: of every one';
COMMENT ON COLUMN collections.leaving IS 'It is deleted; its members go little by little, and then itself';
CREATE INDEX collections_in_order ON collections (position, title, id) WHERE NOT leaving;
CREATE INDEX collections_media ON collections (media_id) WHERE media_id IS NOT NULL;
CREATE INDEX collections_at_work ON collections (id) WHERE asked_to IS NOT NULL OR leaving;

CREATE TABLE collection_rules (
    collection_id BIGINT NOT NULL CONSTRAINT collection_rules_collection_fkey REFERENCES collections ON DELETE CASCADE,
    position INTEGER NOT NULL,
    subject TEXT NOT NULL CONSTRAINT collection_rules_subject_known
        CHECK (subject IN ('price', 'brand', 'category', 'type', 'tag', 'attribute', 'sale', 'stock', 'new', 'title')),
    brand_id BIGINT CONSTRAINT collection_rules_brand_fkey REFERENCES brands ON DELETE RESTRICT,
    category_id BIGINT CONSTRAINT collection_rules_category_fkey REFERENCES categories ON DELETE RESTRICT,
    product_type_id BIGINT CONSTRAINT collection_rules_type_fkey REFERENCES product_types ON DELETE RESTRICT,
    attribute_id BIGINT CONSTRAINT collection_rules_attribute_fkey REFERENCES attributes ON DELETE RESTRICT,
    choice_id BIGINT CONSTRAINT collection_rules_choice_fkey REFERENCES attribute_choices ON DELETE RESTRICT,
    low NUMERIC(20, 6),
    high NUMERIC(20, 6),
    text TEXT,
    PRIMARY KEY (collection_id, position),
    CONSTRAINT collection_rules_whole CHECK (CASE subject
        WHEN 'price' THEN num_nonnulls(low, high) > 0
        WHEN 'brand' THEN brand_id IS NOT NULL
        WHEN 'category' THEN category_id IS NOT NULL
        WHEN 'type' THEN product_type_id IS NOT NULL
        WHEN 'attribute' THEN attribute_id IS NOT NULL AND num_nonnulls(choice_id, high, text) = 1
        WHEN 'new' THEN high BETWEEN 1 AND 3650
        WHEN 'sale' THEN true WHEN 'stock' THEN true
        ELSE btrim(text) <> '' END),
    CONSTRAINT collection_rules_range CHECK (low <= high)
);
COMMENT ON COLUMN collection_rules.low IS 'The least that fits: minor units of the shop''s currency, or an attribute''s number';
COMMENT ON COLUMN collection_rules.high IS 'The most that fits: likewise; of new: days';
COMMENT ON COLUMN collection_rules.text IS 'Of tag and title: what they are or hold; of an attribute: its text, or yes or no; whatever the case';
CREATE INDEX collection_rules_brand ON collection_rules (brand_id) WHERE brand_id IS NOT NULL;
CREATE INDEX collection_rules_category ON collection_rules (category_id) WHERE category_id IS NOT NULL;
CREATE INDEX collection_rules_type ON collection_rules (product_type_id) WHERE product_type_id IS NOT NULL;
CREATE INDEX collection_rules_attribute ON collection_rules (attribute_id) WHERE attribute_id IS NOT NULL;
CREATE INDEX collection_rules_choice ON collection_rules (choice_id) WHERE choice_id IS NOT NULL;

CREATE TABLE collection_members (
    collection_id BIGINT NOT NULL CONSTRAINT collection_members_collection_fkey REFERENCES collections ON DELETE RESTRICT,
    product_id BIGINT NOT NULL CONSTRAINT collection_members_product_fkey REFERENCES products ON DELETE CASCADE,
    position INTEGER NOT NULL DEFAULT 0,
    from_at TIMESTAMPTZ,
    until_at TIMESTAMPTZ,
    PRIMARY KEY (collection_id, product_id),
    CONSTRAINT collection_members_until_after_from CHECK (until_at > from_at)
);
COMMENT ON TABLE collection_members IS 'Products of collections: put there by hand, or by collections_follow as the rules say';
COMMENT ON COLUMN collection_members.position IS 'Its place where staff chose; 0 where rules did';
COMMENT ON COLUMN collection_members.from_at IS 'It is one from this moment on, when a sale begins perhaps; NULL: already';
COMMENT ON COLUMN collection_members.until_at IS 'It is none any more from this moment on; NULL: no end is known';
CREATE INDEX collection_members_of_product ON collection_members (product_id);
CREATE INDEX collection_members_to_come ON collection_members (from_at) WHERE from_at IS NOT NULL;
CREATE INDEX collection_members_to_go ON collection_members (until_at) WHERE until_at IS NOT NULL;

CREATE TABLE collection_feed (
    id INTEGER PRIMARY KEY DEFAULT 1 CONSTRAINT collection_feed_only_one CHECK (id = 1),
    position BIGINT NOT NULL DEFAULT 0
);
COMMENT ON TABLE collection_feed IS 'One row, held by whoever follows the feed for all servers';
COMMENT ON COLUMN collection_feed.position IS 'Changes of transactions before this one are in collection_members';
INSERT INTO collection_feed (position) SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint;

-- Which of these active products meet the rules of each collection, by the clock: from and until when. `any_of`: the collections
-- of which one rule is enough. The rules come as rows, so that they can be tried before they are kept. A price is what everybody
-- is asked for one unit of the cheapest variant in the shop's currency, and a product is on sale when a former price stands beside
-- that of one variant: the same choice as pricing::rules makes.
CREATE FUNCTION collection_fits(rules collection_rules[], any_of BIGINT[], ids BIGINT[])
RETURNS TABLE (collection_id BIGINT, product_id BIGINT, from_at TIMESTAMPTZ, until_at TIMESTAMPTZ) LANGUAGE plpgsql STABLE AS $$
BEGIN
    -- As text, so that it is planned for the number of products at hand.
    RETURN QUERY EXECUTE $query$
    WITH rule AS MATERIALIZED (SELECT * FROM unnest($1)),
    goods AS MATERIALIZED (
        SELECT p.id, p.title, p.brand_id, p.product_type_id, p.tags, GREATEST(p.created_at, p.on_sale_from) AS came
        FROM products p WHERE p.id = ANY ($3) AND p.status = 'active'
    ), priced_by AS (SELECT bool_or(subject IN ('price', 'sale')) AS prices FROM rule
    ), sold AS MATERIALIZED (
        SELECT v.product_id, v.id AS variant_id, v.price, v.compare_at FROM variants v
        WHERE v.product_id = ANY ($3) AND v.archived_at IS NULL AND (SELECT prices FROM priced_by)
    ), offer AS MATERIALIZED (
        SELECT s.product_id, s.variant_id, p.amount, p.compare_at, l.id AS list, l.kind = 'sale' AS sale, l.replaces_base,
            COALESCE(l.starts_at, '-infinity') AS starts_at, COALESCE(l.ends_at, 'infinity') AS ends_at
        FROM sold s JOIN prices p ON p.variant_id = s.variant_id AND p.min_quantity = 1
        JOIN price_lists l ON l.id = p.list_id AND l.active AND l.group_id IS NULL AND (l.ends_at IS NULL OR l.ends_at > now())
        JOIN store ON store.currency = l.currency
    ), moment AS MATERIALIZED (
        SELECT id AS product_id, now() AS at FROM goods
        UNION SELECT o.product_id, o.starts_at FROM offer o WHERE o.starts_at > now()
        UNION SELECT o.product_id, o.ends_at FROM offer o WHERE o.ends_at < 'infinity'
        UNION SELECT g.id, g.came + r.high * interval '1 day' FROM goods g, rule r
            WHERE r.subject = 'new' AND g.came + r.high * interval '1 day' > now()
    ), candidate AS (
        SELECT m.product_id, m.at, s.variant_id, s.price AS amount, s.compare_at, 0::bigint AS list, false AS sale,
            COALESCE(bool_or(o.replaces_base), false) AS replaced, COALESCE(bool_or(o.replaces_base AND NOT o.sale), false) AS replaced_plainly
        FROM moment m JOIN sold s ON s.product_id = m.product_id
        LEFT JOIN offer o ON o.variant_id = s.variant_id AND o.starts_at <= m.at AND m.at < o.ends_at
        GROUP BY m.product_id, m.at, s.variant_id, s.price, s.compare_at
        UNION ALL
        SELECT m.product_id, m.at, o.variant_id, o.amount, o.compare_at, o.list, o.sale, false, false
        FROM moment m JOIN offer o ON o.product_id = m.product_id AND o.starts_at <= m.at AND m.at < o.ends_at
    ), ranked AS (
        SELECT c.*, row_number() OVER w AS rank,
            min(c.amount) FILTER (WHERE NOT c.sale AND NOT c.replaced_plainly) OVER (PARTITION BY c.product_id, c.at, c.variant_id) AS otherwise
        FROM candidate c WINDOW w AS (PARTITION BY c.product_id, c.at, c.variant_id ORDER BY c.replaced, c.amount, c.list > 0, c.sale, c.list)
    ), priced AS MATERIALIZED (
        SELECT r.product_id, r.at, min(r.amount) AS lowest,
            COALESCE(bool_or(COALESCE(r.compare_at, CASE WHEN r.sale THEN r.otherwise END) > r.amount), false) AS sale
        FROM ranked r WHERE r.rank = 1 AND NOT r.replaced GROUP BY r.product_id, r.at
    ), lasting AS MATERIALIZED (
        SELECT r.collection_id, r.position, g.id AS product_id FROM rule r JOIN goods g ON g.brand_id = r.brand_id WHERE r.subject = 'brand'
        UNION SELECT r.collection_id, r.position, g.id FROM rule r JOIN goods g ON g.product_type_id = r.product_type_id WHERE r.subject = 'type'
        UNION SELECT r.collection_id, r.position, pc.product_id FROM product_categories pc JOIN categories c ON c.id = pc.category_id
            JOIN rule r ON r.category_id = ANY (c.path) AND r.subject = 'category' WHERE pc.product_id = ANY ($3)
        UNION SELECT r.collection_id, r.position, g.id FROM goods g CROSS JOIN unnest(g.tags) AS tag
            JOIN rule r ON lower(r.text) = lower(tag) AND r.subject = 'tag'
        UNION SELECT r.collection_id, r.position, g.id FROM goods g JOIN rule r ON strpos(lower(g.title), lower(r.text)) > 0 AND r.subject = 'title'
        UNION SELECT r.collection_id, r.position, a.product_id FROM product_attributes a JOIN rule r ON r.attribute_id = a.attribute_id
            AND (r.choice_id = ANY (a.choices) OR a.number BETWEEN COALESCE(r.low, r.high) AND r.high OR lower(a.text) = lower(r.text)
                OR a.boolean = (r.text = 'yes')) WHERE a.product_id = ANY ($3) AND r.subject = 'attribute'
        UNION SELECT r.collection_id, r.position, v.product_id FROM variants v JOIN stock s ON s.variant_id = v.id
            AND (NOT s.tracked OR s.on_hand + s.backorder_limit - s.allocated - s.reserved > 0)
            JOIN rule r ON r.subject = 'stock' WHERE v.product_id = ANY ($3) AND v.archived_at IS NULL
    ), met AS (
        SELECT l.collection_id, l.position, m.product_id, m.at FROM lasting l JOIN moment m ON m.product_id = l.product_id
        UNION ALL SELECT r.collection_id, r.position, p.product_id, p.at FROM priced p JOIN rule r ON r.subject = 'price'
            AND p.lowest >= COALESCE(r.low, p.lowest) AND p.lowest <= COALESCE(r.high, p.lowest)
        UNION ALL SELECT r.collection_id, r.position, p.product_id, p.at FROM priced p JOIN rule r ON r.subject = 'sale' WHERE p.sale
        UNION ALL SELECT r.collection_id, r.position, m.product_id, m.at FROM moment m JOIN goods g ON g.id = m.product_id
            JOIN rule r ON r.subject = 'new' AND m.at < g.came + r.high * interval '1 day'
    ), fits AS (
        SELECT m.collection_id, m.product_id, m.at FROM met m
        JOIN (SELECT r.collection_id, count(*) AS rules FROM rule r GROUP BY r.collection_id) w ON w.collection_id = m.collection_id
        GROUP BY m.collection_id, m.product_id, m.at, w.rules HAVING m.collection_id = ANY ($2) OR count(*) = w.rules
    ), turns AS (SELECT m.product_id, array_agg(m.at) AS all_at FROM moment m GROUP BY m.product_id
    ), first AS (
        SELECT f.collection_id, f.product_id, min(f.at) AS begins, array_agg(f.at) AS at FROM fits f GROUP BY f.collection_id, f.product_id
    )
    SELECT f.collection_id, f.product_id, NULLIF(f.begins, now()), (SELECT min(t) FROM unnest(s.all_at) t WHERE t > f.begins AND t <> ALL (f.at))
    FROM first f JOIN turns s ON s.product_id = f.product_id
    $query$ USING rules, any_of, ids;
END $$;

-- Puts these products into the collections by rule, or into these alone, and takes them out. Whoever saves a collection meanwhile
-- waits, and asks again.
CREATE FUNCTION collections_ask(ids BIGINT[], only_of BIGINT[] DEFAULT NULL) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    asked BIGINT[];
    any_of BIGINT[];
    rules collection_rules[];
BEGIN
    PERFORM FROM collections WHERE chosen_by = 'rules' AND NOT leaving AND (only_of IS NULL OR id = ANY (only_of)) ORDER BY id FOR SHARE;
    SELECT array_agg(id), COALESCE(array_agg(id) FILTER (WHERE any_rule), '{}') INTO asked, any_of
        FROM collections WHERE chosen_by = 'rules' AND NOT leaving AND (only_of IS NULL OR id = ANY (only_of));
    IF asked IS NULL THEN RETURN; END IF;
    rules := ARRAY(SELECT r FROM collection_rules r WHERE r.collection_id = ANY (asked));
    WITH fits AS MATERIALIZED (SELECT * FROM collection_fits(rules, any_of, ids)),
    gone AS (
        DELETE FROM collection_members m WHERE m.product_id = ANY (ids) AND m.collection_id = ANY (asked)
            AND NOT EXISTS (SELECT FROM fits f WHERE f.collection_id = m.collection_id AND f.product_id = m.product_id)
    )
    INSERT INTO collection_members (collection_id, product_id, from_at, until_at) SELECT * FROM fits
    ON CONFLICT (collection_id, product_id) DO UPDATE SET position = 0, from_at = EXCLUDED.from_at, until_at = EXCLUDED.until_at
    WHERE (collection_members.position, collection_members.from_at, collection_members.until_at)
        IS DISTINCT FROM (0, EXCLUDED.from_at, EXCLUDED.until_at);
END $$;

-- One step of what collections follow: products whose time as a member has come or gone, a collection whose rules are new, one that
-- is deleted. `false`: nothing is left to do just now.
CREATE FUNCTION collections_work(most INTEGER) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    ids BIGINT[];
    work RECORD;
BEGIN
    ids := ARRAY(SELECT DISTINCT product_id FROM (
        (SELECT m.product_id FROM collection_members m JOIN collections c ON c.id = m.collection_id AND c.chosen_by = 'rules' AND NOT c.leaving
            WHERE m.from_at <= now() LIMIT most)
        UNION ALL
        (SELECT m.product_id FROM collection_members m JOIN collections c ON c.id = m.collection_id AND c.chosen_by = 'rules' AND NOT c.leaving
            WHERE m.until_at <= now() LIMIT most)) turned);
    IF cardinality(ids) > 0 THEN
        PERFORM collections_ask(ids);
        RETURN true;
    END IF;
    SELECT id, asked_to, leaving INTO work FROM collections WHERE asked_to IS NOT NULL OR leaving ORDER BY id LIMIT 1 FOR NO KEY UPDATE;
    IF NOT FOUND THEN RETURN false; END IF;
    IF work.leaving THEN
        ids := ARRAY(SELECT product_id FROM collection_members WHERE collection_id = work.id LIMIT most);
        DELETE FROM collection_members WHERE collection_id = work.id AND product_id = ANY (ids);
        IF cardinality(ids) < most THEN DELETE FROM collections WHERE id = work.id; END IF;
        RETURN true;
    END IF;
    ids := ARRAY(SELECT id FROM products WHERE id > work.asked_to ORDER BY id LIMIT most);
    IF cardinality(ids) > 0 THEN PERFORM collections_ask(ids, ARRAY[work.id]); END IF;
    UPDATE collections SET asked_to = CASE WHEN cardinality(ids) < most THEN NULL ELSE ids[most] END WHERE id = work.id;
    RETURN true;
END $$;

-- Collections are shelves too.
ALTER TABLE shelves DROP CONSTRAINT shelves_kind_known, ADD CONSTRAINT shelves_kind_known CHECK (kind IN ('c', 'b', 'k')),
    ADD COLUMN position INTEGER NOT NULL DEFAULT 0;
COMMENT ON COLUMN shelves.kind IS 'c: of_id is a category that the product stands in or below. b: of_id is its brand. k: a collection';
COMMENT ON COLUMN shelves.position IS 'Of a collection: its place there';
COMMENT ON COLUMN shelves.shown_from IS 'As products.on_sale_from; of a collection: not before it is a member';
CREATE INDEX shelves_as_chosen ON shelves (of_id, position, product_id) INCLUDE (shown_from, shown_until) WHERE kind = 'k';

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
        SELECT DISTINCT 'c' AS kind, above.id AS of_id, s.id AS product_id, s.lowest, s.title, s.on_sale_from, s.on_sale_until, 0 AS position
        FROM sold s JOIN product_categories pc ON pc.product_id = s.id JOIN categories c ON c.id = pc.category_id, unnest(c.path) AS above(id)
        UNION ALL
        SELECT 'b', s.brand_id, s.id, s.lowest, s.title, s.on_sale_from, s.on_sale_until, 0 FROM sold s WHERE s.brand_id IS NOT NULL
        UNION ALL
        SELECT 'k', m.collection_id, s.id, s.lowest, s.title, GREATEST(s.on_sale_from, m.from_at), LEAST(s.on_sale_until, m.until_at), m.position
        FROM sold s JOIN collection_members m ON m.product_id = s.id
        WHERE (GREATEST(s.on_sale_from, m.from_at) < LEAST(s.on_sale_until, m.until_at)) IS NOT FALSE
    ), gone AS (
        DELETE FROM shelves s WHERE s.product_id = ANY (ids)
            AND NOT EXISTS (SELECT FROM wanted w WHERE w.product_id = s.product_id AND w.kind = s.kind AND w.of_id = s.of_id)
    )
    INSERT INTO shelves SELECT * FROM wanted
    ON CONFLICT (product_id, kind, of_id) DO UPDATE SET lowest = EXCLUDED.lowest, title = EXCLUDED.title,
        shown_from = EXCLUDED.shown_from, shown_until = EXCLUDED.shown_until, position = EXCLUDED.position
    WHERE (shelves.lowest, shelves.title, shelves.shown_from, shelves.shown_until, shelves.position)
        IS DISTINCT FROM (EXCLUDED.lowest, EXCLUDED.title, EXCLUDED.shown_from, EXCLUDED.shown_until, EXCLUDED.position);
END $$;

CREATE TRIGGER shelve_added AFTER INSERT ON collection_members REFERENCING NEW TABLE AS touched
    FOR EACH STATEMENT EXECUTE FUNCTION shelve_changed();
CREATE TRIGGER shelve_changed AFTER UPDATE ON collection_members REFERENCING NEW TABLE AS touched
    FOR EACH STATEMENT EXECUTE FUNCTION shelve_changed();
CREATE TRIGGER shelve_removed AFTER DELETE ON collection_members REFERENCING OLD TABLE AS touched
    FOR EACH STATEMENT EXECUTE FUNCTION shelve_changed();

-- Former addresses of collections lead to them.
ALTER TABLE redirects ADD COLUMN collection_id BIGINT CONSTRAINT redirects_collection_fkey REFERENCES collections ON DELETE CASCADE,
    DROP CONSTRAINT redirects_one_target,
    ADD CONSTRAINT redirects_one_target CHECK (num_nonnulls(to_path, product_id, category_id, brand_id, page_id, collection_id) = 1);
CREATE INDEX redirects_collection ON redirects (collection_id) WHERE collection_id IS NOT NULL;

CREATE OR REPLACE FUNCTION redirect_target(r redirects) RETURNS TEXT LANGUAGE sql STABLE AS $$
    SELECT COALESCE(r.to_path,
        (SELECT '/products/' || slug FROM products WHERE id = r.product_id),
        (SELECT '/categories/' || slug FROM categories WHERE id = r.category_id),
        (SELECT '/brands/' || slug FROM brands WHERE id = r.brand_id),
        (SELECT '/pages/' || slug FROM pages WHERE id = r.page_id),
        (SELECT '/collections/' || slug FROM collections WHERE id = r.collection_id))
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
            NEW.collection_id := next.collection_id;
        ELSIF bare = NEW.to_path THEN
            NEW.product_id := (SELECT id FROM products WHERE bare LIKE '/products/%' AND slug = substr(bare, 11));
            NEW.category_id := (SELECT id FROM categories WHERE bare LIKE '/categories/%' AND slug = substr(bare, 13));
            NEW.brand_id := (SELECT id FROM brands WHERE bare LIKE '/brands/%' AND slug = substr(bare, 9));
            NEW.page_id := (SELECT id FROM pages WHERE bare LIKE '/pages/%' AND slug = substr(bare, 8));
            NEW.collection_id := (SELECT id FROM collections WHERE bare LIKE '/collections/%' AND slug = substr(bare, 14));
            IF num_nonnulls(NEW.product_id, NEW.category_id, NEW.brand_id, NEW.page_id, NEW.collection_id) > 0 THEN
                NEW.to_path := NULL;
            END IF;
        END IF;
    END IF;
    IF split_part(split_part(redirect_target(NEW), '#', 1), '?', 1) = NEW.from_path THEN
        RAISE EXCEPTION 'the redirect leads back to itself' USING ERRCODE = 'check_violation', CONSTRAINT = 'redirects_no_ring';
    END IF;
    UPDATE redirects SET to_path = NEW.to_path, product_id = NEW.product_id, category_id = NEW.category_id, brand_id = NEW.brand_id,
        page_id = NEW.page_id, collection_id = NEW.collection_id WHERE to_path = NEW.from_path AND id <> NEW.id;
    RETURN NEW;
END $$;
CREATE TRIGGER slug_changed AFTER UPDATE OF slug ON collections FOR EACH ROW WHEN (OLD.slug <> NEW.slug AND NOT NEW.leaving)
    EXECUTE FUNCTION slug_changed('/collections/', 'collection_id');
CREATE TRIGGER slug_taken AFTER INSERT ON collections REFERENCING NEW TABLE AS taken FOR EACH STATEMENT
    EXECUTE FUNCTION slug_taken('/collections/');
-- Nothing leads to what is going.
CREATE FUNCTION collection_leaves() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    DELETE FROM redirects WHERE collection_id = NEW.id;
    RETURN NULL;
END $$;
CREATE TRIGGER collection_leaves AFTER UPDATE OF leaving ON collections FOR EACH ROW WHEN (NEW.leaving) EXECUTE FUNCTION collection_leaves();

CREATE OR REPLACE VIEW media_uses AS
    SELECT i.media_id, 'product' AS kind, p.id AS of_id, p.title AS name FROM product_images i JOIN products p ON p.id = i.product_id
    UNION ALL SELECT media_id, 'category', id, name FROM categories WHERE media_id IS NOT NULL
    UNION ALL SELECT media_id, 'brand', id, name FROM brands WHERE media_id IS NOT NULL
    UNION ALL SELECT media_id, 'collection', id, title FROM collections WHERE media_id IS NOT NULL
    UNION ALL SELECT m.id, 'page', p.id, p.title FROM media m JOIN pages p ON strpos(p.body, '/media/' || m.content_hash || '/') > 0;

-- Kept pages (see `pages_told`) have these tags besides:
--
--   k:ID, k:ID/price, k:ID/title, k:ID/facets   as c: of a category, of a collection's shelf
--   collection:ID   a collection's own words and picture, and whether it is shown
--   collections     which collections are shown, and what they are called
CREATE FUNCTION pages_collection_changed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    was TEXT := CASE WHEN TG_OP <> 'INSERT' AND OLD.shown THEN OLD.slug || ' ' || OLD.title END;
    is_now TEXT := CASE WHEN TG_OP <> 'DELETE' AND NEW.shown THEN NEW.slug || ' ' || NEW.title END;
BEGIN
    -- That there are collections stands below every page.
    PERFORM pages_tell(ARRAY['collections', 'collection:' || COALESCE(NEW.id, OLD.id)]
        || CASE WHEN (was IS NULL) <> (is_now IS NULL) THEN ARRAY['shop'] ELSE '{}' END);
    RETURN NULL;
END $$;
CREATE TRIGGER pages_changed AFTER UPDATE ON collections FOR EACH ROW
    WHEN ((OLD.slug, OLD.title, OLD.description, OLD.media_id, OLD.seo_title, OLD.seo_description, OLD.shown, OLD.position, OLD.sort, OLD.chosen_by)
          IS DISTINCT FROM
          (NEW.slug, NEW.title, NEW.description, NEW.media_id, NEW.seo_title, NEW.seo_description, NEW.shown, NEW.position, NEW.sort, NEW.chosen_by))
    EXECUTE FUNCTION pages_collection_changed();
CREATE TRIGGER pages_added AFTER INSERT ON collections FOR EACH ROW WHEN (NEW.shown) EXECUTE FUNCTION pages_collection_changed();
CREATE TRIGGER pages_removed AFTER DELETE ON collections FOR EACH ROW WHEN (OLD.shown) EXECUTE FUNCTION pages_collection_changed();
CREATE TRIGGER pages_emptied AFTER TRUNCATE ON collections FOR EACH STATEMENT EXECUTE FUNCTION pages_all_changed();

CREATE OR REPLACE FUNCTION pages_shelf_sorted() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pages_tell(ARRAY(
        SELECT DISTINCT n.kind || ':' || n.of_id || change.what
        FROM is_now n JOIN was o USING (product_id, kind, of_id) CROSS JOIN LATERAL (VALUES
            ('/price', n.lowest <> o.lowest), ('/title', n.title <> o.title),
            ('', (n.shown_from, n.shown_until, n.position) IS DISTINCT FROM (o.shown_from, o.shown_until, o.position))) AS change (what, has)
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
            || ARRAY(SELECT tag FROM collections, LATERAL (VALUES ('collection:' || id), ('collections')) AS tags (tag) WHERE media_id = ANY (ids))
            || ARRAY(SELECT tag FROM brands, LATERAL (VALUES ('brand:' || id), ('brands')) AS tags (tag) WHERE media_id = ANY (ids)));
    END IF;
    RETURN NULL;
END $$;

-- Search indexes hold which collections a product is in, and what collections say.
ALTER TABLE search_changes DROP CONSTRAINT search_changes_kind_known,
    ADD CONSTRAINT search_changes_kind_known CHECK (kind IN ('product', 'category', 'collection', 'page', 'words', 'all'));
CREATE FUNCTION search_shelves_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM search_touch('product', ARRAY(SELECT DISTINCT product_id FROM changed WHERE kind = 'k'));
    RETURN NULL;
END $$;
CREATE TRIGGER search_added AFTER INSERT ON shelves REFERENCING NEW TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION search_shelves_changed();
CREATE TRIGGER search_removed AFTER DELETE ON shelves REFERENCING OLD TABLE AS changed FOR EACH STATEMENT EXECUTE FUNCTION search_shelves_changed();
CREATE FUNCTION search_shelves_turned() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM search_touch('product', ARRAY(SELECT DISTINCT product_id FROM is_now n JOIN was o USING (product_id, kind, of_id)
        WHERE kind = 'k' AND (n.shown_from, n.shown_until) IS DISTINCT FROM (o.shown_from, o.shown_until)));
    RETURN NULL;
END $$;
CREATE TRIGGER search_changed AFTER UPDATE ON shelves REFERENCING OLD TABLE AS was NEW TABLE AS is_now
    FOR EACH STATEMENT EXECUTE FUNCTION search_shelves_turned();
CREATE FUNCTION search_collection_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM search_touch('collection', ARRAY[COALESCE(NEW.id, OLD.id)]);
    RETURN NULL;
END $$;
CREATE TRIGGER search_added AFTER INSERT OR DELETE ON collections FOR EACH ROW EXECUTE FUNCTION search_collection_changed();
-- Also when its rules are to be asked anew: whoever follows the feed is woken by it.
CREATE TRIGGER search_changed AFTER UPDATE ON collections FOR EACH ROW
    WHEN ((OLD.slug, OLD.title, OLD.description, OLD.shown, OLD.leaving) IS DISTINCT FROM (NEW.slug, NEW.title, NEW.description, NEW.shown, NEW.leaving)
          OR (OLD.asked_to IS NULL AND NEW.asked_to IS NOT NULL)) EXECUTE FUNCTION search_collection_changed();

-- Also where rows come by replication, or by a session that holds other triggers off.
ALTER TABLE collections ENABLE ALWAYS TRIGGER pages_changed, ENABLE ALWAYS TRIGGER pages_added, ENABLE ALWAYS TRIGGER pages_removed,
    ENABLE ALWAYS TRIGGER pages_emptied;
