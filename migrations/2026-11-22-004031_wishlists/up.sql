-- What customers mean to buy one day, for themselves or to be given. Private, until they make a link of it.
CREATE TABLE wishlists (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    account_id BIGINT NOT NULL REFERENCES accounts ON DELETE CASCADE,
    name TEXT NOT NULL CONSTRAINT wishlists_name_short CHECK (btrim(name) <> '' AND length(name) <= 80),
    is_default BOOLEAN NOT NULL DEFAULT false,
    share_token_hash TEXT CONSTRAINT wishlists_share_token_key UNIQUE,
    shared_at TIMESTAMPTZ,
    shows_owner BOOLEAN NOT NULL DEFAULT false,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    CONSTRAINT wishlists_shared_by_token CHECK ((share_token_hash IS NULL) = (shared_at IS NULL))
);
COMMENT ON COLUMN wishlists.is_default IS 'What is put on a list without saying which is put on this one';
COMMENT ON COLUMN wishlists.share_token_hash IS 'SHA-256 of the link''s token; NULL: nobody else sees the list';
COMMENT ON COLUMN wishlists.shows_owner IS 'Whoever has the link is told the owner''s name';
CREATE UNIQUE INDEX wishlists_name_key ON wishlists (account_id, lower(name));
CREATE UNIQUE INDEX wishlists_one_default ON wishlists (account_id) WHERE is_default;

CREATE TABLE wishlist_items (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    wishlist_id BIGINT NOT NULL REFERENCES wishlists ON DELETE CASCADE,
    product_id BIGINT NOT NULL REFERENCES products ON DELETE CASCADE,
    variant_id BIGINT REFERENCES variants ON DELETE CASCADE,
    note TEXT NOT NULL DEFAULT '' CONSTRAINT wishlist_items_note_short CHECK (length(note) <= 200),
    added_at TIMESTAMPTZ NOT NULL DEFAULT now()
);
COMMENT ON COLUMN wishlist_items.variant_id IS 'NULL: nothing is chosen yet, or there is nothing to choose';
CREATE UNIQUE INDEX wishlist_items_variant_once ON wishlist_items (wishlist_id, product_id, variant_id) WHERE variant_id IS NOT NULL;
CREATE UNIQUE INDEX wishlist_items_product_once ON wishlist_items (wishlist_id, product_id) WHERE variant_id IS NULL;
CREATE INDEX wishlist_items_newest ON wishlist_items (wishlist_id, id DESC);
CREATE INDEX wishlist_items_of_product ON wishlist_items (product_id);
CREATE INDEX wishlist_items_of_variant ON wishlist_items (variant_id) WHERE variant_id IS NOT NULL;

-- Counted under the lock of what they belong to, so that two at once can't both be the last.
CREATE FUNCTION wishlists_bounded() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM accounts WHERE id = NEW.account_id FOR NO KEY UPDATE;
    IF (SELECT count(*) FROM wishlists WHERE account_id = NEW.account_id) >= 20 THEN
        RAISE EXCEPTION 'an account has 20 wishlists at most' USING ERRCODE = 'check_violation', CONSTRAINT = 'wishlists_number';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER wishlists_bounded BEFORE INSERT ON wishlists FOR EACH ROW EXECUTE FUNCTION wishlists_bounded();

CREATE FUNCTION wishlist_items_bounded() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.variant_id IS NOT NULL AND NOT EXISTS (SELECT FROM variants WHERE id = NEW.variant_id AND product_id = NEW.product_id) THEN
        RAISE EXCEPTION 'the variant is another product''s' USING ERRCODE = 'check_violation', CONSTRAINT = 'wishlist_items_variant_of_product';
    END IF;
    PERFORM FROM wishlists WHERE id = NEW.wishlist_id FOR NO KEY UPDATE;
    IF (SELECT count(*) FROM wishlist_items WHERE wishlist_id = NEW.wishlist_id) >= 500 THEN
        RAISE EXCEPTION 'a wishlist has 500 things at most' USING ERRCODE = 'check_violation', CONSTRAINT = 'wishlist_items_number';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER wishlist_items_bounded BEFORE INSERT OR UPDATE OF wishlist_id ON wishlist_items
    FOR EACH ROW EXECUTE FUNCTION wishlist_items_bounded();
