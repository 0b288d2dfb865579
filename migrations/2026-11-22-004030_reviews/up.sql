-- What buyers say of what they bought, looked at by staff before anybody sees it, and what that adds up to.
CREATE TABLE reviews (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    product_id BIGINT NOT NULL REFERENCES products ON DELETE CASCADE,
    account_id BIGINT REFERENCES accounts ON DELETE SET NULL,
    order_line_id BIGINT,
    name TEXT NOT NULL CONSTRAINT reviews_name_short CHECK (length(name) <= 60),
    stars SMALLINT NOT NULL CONSTRAINT reviews_stars_five CHECK (stars BETWEEN 1 AND 5),
    title TEXT NOT NULL DEFAULT '' CONSTRAINT reviews_title_short CHECK (length(title) <= 120),
    body TEXT NOT NULL CONSTRAINT reviews_body_short CHECK (length(body) <= 4000),
    state TEXT NOT NULL DEFAULT 'waiting' CONSTRAINT reviews_state_known CHECK (state IN ('waiting', 'published', 'refused')),
    reply TEXT NOT NULL DEFAULT '' CONSTRAINT reviews_reply_short CHECK (length(reply) <= 2000),
    revision INTEGER NOT NULL DEFAULT 1,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    changed_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    decided_at TIMESTAMPTZ,
    decided_by BIGINT REFERENCES accounts ON DELETE SET NULL,
    CONSTRAINT reviews_one_each UNIQUE (product_id, account_id)
);
COMMENT ON COLUMN reviews.account_id IS 'Who wrote it; NULL: brought from elsewhere, or an account that is gone. Such a one stays without an author';
COMMENT ON COLUMN reviews.order_line_id IS 'The line by which they bought it, as it was when they wrote. No reference: staff may rewrite an order''s lines';
COMMENT ON COLUMN reviews.name IS 'What stands beside it, as the author chose; empty: a customer';
COMMENT ON COLUMN reviews.body IS 'Plain text: shown as it was typed, with no links made of it';
COMMENT ON COLUMN reviews.state IS 'waiting: staff have not looked at this wording. published: everybody sees it. refused: only its author and staff do';
COMMENT ON COLUMN reviews.revision IS 'Counts wordings: staff decide on the one that they have read';
COMMENT ON COLUMN reviews.changed_at IS 'When its author wrote it last';
CREATE INDEX reviews_shown ON reviews (product_id, id DESC) WHERE state = 'published';
CREATE INDEX reviews_waiting ON reviews (id) WHERE state = 'waiting';
CREATE INDEX reviews_by_state ON reviews (state, id DESC);
CREATE INDEX reviews_of_account ON reviews (account_id, id DESC) WHERE account_id IS NOT NULL;
CREATE INDEX reviews_decided_by ON reviews (decided_by) WHERE decided_by IS NOT NULL;

CREATE TABLE product_ratings (
    product_id BIGINT PRIMARY KEY REFERENCES products ON DELETE CASCADE,
    reviews INTEGER NOT NULL DEFAULT 0 CONSTRAINT product_ratings_reviews_counted CHECK (reviews >= 0),
    stars INTEGER NOT NULL DEFAULT 0,
    CONSTRAINT product_ratings_stars_fit CHECK (stars BETWEEN reviews AND 5 * reviews)
);
COMMENT ON TABLE product_ratings IS 'Derived by triggers: how many reviews of a product are published, and how many stars they give together';

ALTER TABLE store ADD COLUMN reviews_moderated BOOLEAN NOT NULL DEFAULT true;
COMMENT ON COLUMN store.reviews_moderated IS 'Reviews are shown only once staff have published them';

-- Products first and in the order of their ids, as everybody locks them who writes of several.
CREATE FUNCTION ratings_add(of_products BIGINT[], counts INTEGER[], sums INTEGER[]) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF of_products IS NULL THEN RETURN; END IF;
    PERFORM FROM products WHERE id = ANY (of_products) ORDER BY id FOR NO KEY UPDATE;
    -- A product that is just being deleted takes its reviews along, and is not there any more.
    INSERT INTO product_ratings (product_id) SELECT id FROM products WHERE id = ANY (of_products) ORDER BY id ON CONFLICT DO NOTHING;
    UPDATE product_ratings r SET reviews = r.reviews + c.number, stars = r.stars + c.stars
        FROM unnest(of_products, counts, sums) AS c (product, number, stars) WHERE r.product_id = c.product;
END $$;

-- What was published before is taken off, what is published now is put on.
CREATE FUNCTION reviews_counted() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    ids BIGINT[];
    counts INTEGER[];
    sums INTEGER[];
BEGIN
    IF TG_OP = 'INSERT' THEN
        SELECT array_agg(product_id), array_agg(number), array_agg(total) INTO ids, counts, sums
        FROM (SELECT product_id, count(*) AS number, sum(stars) AS total FROM is_now WHERE state = 'published' GROUP BY product_id) c;
    ELSIF TG_OP = 'DELETE' THEN
        SELECT array_agg(product_id), array_agg(number), array_agg(total) INTO ids, counts, sums
        FROM (SELECT product_id, -count(*) AS number, -sum(stars) AS total FROM was WHERE state = 'published' GROUP BY product_id) c;
    ELSE
        SELECT array_agg(product_id), array_agg(number), array_agg(total) INTO ids, counts, sums
        FROM (SELECT product_id, sum(each.number) AS number, sum(each.total) AS total
              FROM (SELECT product_id, 1 AS number, stars::integer AS total FROM is_now WHERE state = 'published'
                    UNION ALL SELECT product_id, -1, -stars FROM was WHERE state = 'published') each
              GROUP BY product_id HAVING sum(each.number) <> 0 OR sum(each.total) <> 0) c;
    END IF;
    PERFORM ratings_add(ids, counts, sums);
    RETURN NULL;
END $$;
CREATE TRIGGER reviews_added AFTER INSERT ON reviews REFERENCING NEW TABLE AS is_now FOR EACH STATEMENT EXECUTE FUNCTION reviews_counted();
CREATE TRIGGER reviews_changed AFTER UPDATE ON reviews REFERENCING OLD TABLE AS was NEW TABLE AS is_now
    FOR EACH STATEMENT EXECUTE FUNCTION reviews_counted();
CREATE TRIGGER reviews_removed AFTER DELETE ON reviews REFERENCING OLD TABLE AS was FOR EACH STATEMENT EXECUTE FUNCTION reviews_counted();
CREATE FUNCTION reviews_emptied() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE product_ratings SET reviews = 0, stars = 0 WHERE reviews > 0;
    RETURN NULL;
END $$;
CREATE TRIGGER reviews_emptied AFTER TRUNCATE ON reviews FOR EACH STATEMENT EXECUTE FUNCTION reviews_emptied();

-- Pages in memory. What is said of a product stands on its own page and on its page of reviews: product:ID/said. Its stars stand on
-- lists, too, and are told as all that a product shows.
CREATE FUNCTION pages_review_changed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    ids BIGINT[];
BEGIN
    IF TG_OP = 'INSERT' THEN
        SELECT array_agg(DISTINCT product_id) INTO ids FROM is_now WHERE state = 'published';
    ELSIF TG_OP = 'DELETE' THEN
        SELECT array_agg(DISTINCT product_id) INTO ids FROM was WHERE state = 'published';
    ELSE
        SELECT array_agg(DISTINCT n.product_id) INTO ids FROM is_now n JOIN was o ON o.id = n.id
        WHERE 'published' IN (n.state, o.state)
            AND (n.state, n.name, n.stars, n.title, n.body, n.reply, n.created_at)
                IS DISTINCT FROM (o.state, o.name, o.stars, o.title, o.body, o.reply, o.created_at);
    END IF;
    PERFORM pages_tell(ARRAY(SELECT 'product:' || id || '/said' FROM unnest(ids) id));
    RETURN NULL;
END $$;
CREATE TRIGGER pages_added AFTER INSERT ON reviews REFERENCING NEW TABLE AS is_now FOR EACH STATEMENT EXECUTE FUNCTION pages_review_changed();
CREATE TRIGGER pages_changed AFTER UPDATE ON reviews REFERENCING OLD TABLE AS was NEW TABLE AS is_now
    FOR EACH STATEMENT EXECUTE FUNCTION pages_review_changed();
CREATE TRIGGER pages_removed AFTER DELETE ON reviews REFERENCING OLD TABLE AS was FOR EACH STATEMENT EXECUTE FUNCTION pages_review_changed();
CREATE TRIGGER pages_emptied AFTER TRUNCATE ON reviews FOR EACH STATEMENT EXECUTE FUNCTION pages_all_changed();

-- As catalog's Rating::level: the mean, rounded half up to a tenth, gives so many whole stars; four at most, since nobody asks for
-- five and up. Lists count by it.
CREATE FUNCTION rating_level(reviews INTEGER, stars INTEGER) RETURNS INTEGER LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN reviews = 0 THEN 0 ELSE LEAST((stars::bigint * 20 + reviews) / (reviews::bigint * 2) / 10, 4)::integer END
$$;

CREATE FUNCTION pages_rating_changed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    id BIGINT := COALESCE(NEW.product_id, OLD.product_id);
BEGIN
    PERFORM pages_tell(ARRAY['product:' || id] || CASE
        WHEN rating_level(COALESCE(OLD.reviews, 0), COALESCE(OLD.stars, 0)) <> rating_level(COALESCE(NEW.reviews, 0), COALESCE(NEW.stars, 0))
        THEN ARRAY(SELECT DISTINCT kind || ':' || of_id || '/facets' FROM shelves WHERE product_id = id) ELSE '{}' END);
    RETURN NULL;
END $$;
CREATE TRIGGER pages_added AFTER INSERT ON product_ratings FOR EACH ROW WHEN (NEW.reviews > 0) EXECUTE FUNCTION pages_rating_changed();
CREATE TRIGGER pages_changed AFTER UPDATE ON product_ratings FOR EACH ROW WHEN (OLD.* IS DISTINCT FROM NEW.*)
    EXECUTE FUNCTION pages_rating_changed();
CREATE TRIGGER pages_removed AFTER DELETE ON product_ratings FOR EACH ROW WHEN (OLD.reviews > 0) EXECUTE FUNCTION pages_rating_changed();
CREATE TRIGGER pages_emptied AFTER TRUNCATE ON product_ratings FOR EACH STATEMENT EXECUTE FUNCTION pages_all_changed();
DO $$
DECLARE
    made RECORD;
BEGIN
    FOR made IN SELECT tgname, tgrelid::regclass AS of FROM pg_trigger
        WHERE tgname LIKE 'pages\_%' AND NOT tgisinternal AND tgrelid IN ('reviews'::regclass, 'product_ratings'::regclass)
    LOOP
        EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER %I', made.of, made.tgname);
    END LOOP;
END $$;

-- The search narrows by the level and knows nothing else of ratings.
CREATE FUNCTION search_rating_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM search_touch('product', ARRAY[COALESCE(NEW.product_id, OLD.product_id)]);
    RETURN NULL;
END $$;
CREATE TRIGGER search_added AFTER INSERT ON product_ratings FOR EACH ROW WHEN (rating_level(NEW.reviews, NEW.stars) > 0)
    EXECUTE FUNCTION search_rating_changed();
CREATE TRIGGER search_turned AFTER UPDATE ON product_ratings FOR EACH ROW
    WHEN (rating_level(OLD.reviews, OLD.stars) <> rating_level(NEW.reviews, NEW.stars)) EXECUTE FUNCTION search_rating_changed();
CREATE TRIGGER search_removed AFTER DELETE ON product_ratings FOR EACH ROW WHEN (rating_level(OLD.reviews, OLD.stars) > 0)
    EXECUTE FUNCTION search_rating_changed();
CREATE TRIGGER search_emptied AFTER TRUNCATE ON product_ratings FOR EACH STATEMENT EXECUTE FUNCTION search_all_changed();
