-- What staff keep about customers: words to find them by, notes, and who can't order.
CREATE TABLE customer_tags (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name TEXT NOT NULL CONSTRAINT customer_tags_name_short CHECK (btrim(name) <> '' AND length(name) <= 40)
);
CREATE UNIQUE INDEX customer_tags_name_key ON customer_tags (lower(name));

CREATE TABLE account_tags (
    account_id BIGINT NOT NULL REFERENCES accounts ON DELETE CASCADE,
    tag_id BIGINT NOT NULL REFERENCES customer_tags ON DELETE CASCADE,
    PRIMARY KEY (account_id, tag_id)
);
CREATE INDEX account_tags_by_tag ON account_tags (tag_id, account_id);

CREATE TABLE customer_notes (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    account_id BIGINT NOT NULL REFERENCES accounts ON DELETE CASCADE,
    author_id BIGINT REFERENCES accounts ON DELETE SET NULL,
    author TEXT NOT NULL,
    body TEXT NOT NULL CONSTRAINT customer_notes_body_short CHECK (btrim(body) <> '' AND length(body) <= 2000),
    created_at TIMESTAMPTZ NOT NULL DEFAULT now()
);
COMMENT ON TABLE customer_notes IS 'For the staff; customers get them with all that is known of them when they ask for it';
COMMENT ON COLUMN customer_notes.author IS 'Their name at that time';
CREATE INDEX customer_notes_of ON customer_notes (account_id, id DESC);
CREATE INDEX customer_notes_by ON customer_notes (author_id) WHERE author_id IS NOT NULL;

CREATE INDEX accounts_blocked ON accounts (id, email) WHERE blocked_at IS NOT NULL;

-- A blocked customer can't order, signed in or as a guest with the same address, by whichever way the order comes. What replaces
-- goods that came back, and records of another shop, are no orders of theirs.
CREATE FUNCTION orders_of_nobody_blocked() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM accounts WHERE blocked_at IS NOT NULL AND (id = NEW.account_id OR email = lower(NEW.email))) THEN
        RAISE EXCEPTION 'this customer is blocked' USING ERRCODE = 'check_violation', CONSTRAINT = 'orders_of_nobody_blocked';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER orders_of_nobody_blocked BEFORE INSERT ON orders
    FOR EACH ROW WHEN (NEW.source IN ('shop', 'staff')) EXECUTE FUNCTION orders_of_nobody_blocked();

SELECT audit_follow('customer_tags', 'id');
SELECT audit_follow('account_tags', 'account_id,tag_id');
SELECT audit_follow('customer_notes', 'id', '', 'body');
