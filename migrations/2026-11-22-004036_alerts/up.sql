-- Customers are told by mail when something is back, or costs less than they said.
CREATE TABLE alerts (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    account_id BIGINT NOT NULL CONSTRAINT alerts_account_id_fkey REFERENCES accounts ON DELETE CASCADE,
    variant_id BIGINT NOT NULL CONSTRAINT alerts_variant_id_fkey REFERENCES variants ON DELETE CASCADE,
    kind TEXT NOT NULL CONSTRAINT alerts_kind_known CHECK (kind IN ('stock', 'price')),
    below BIGINT CONSTRAINT alerts_below_positive CHECK (below > 0),
    currency TEXT,
    asked_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    told_at TIMESTAMPTZ,
    token_hash TEXT CONSTRAINT alerts_token_hash_key UNIQUE,
    CONSTRAINT alerts_price_below CHECK ((kind = 'price') = (below IS NOT NULL) AND (kind = 'price') = (currency IS NOT NULL)),
    CONSTRAINT alerts_token_when_told CHECK (token_hash IS NULL OR told_at IS NOT NULL)
);
COMMENT ON COLUMN alerts.kind IS 'stock: when it can be had again; price: when it costs less than below';
COMMENT ON COLUMN alerts.below IS 'Minor units of currency, as the customer reads prices: in their group, with or without tax';
COMMENT ON COLUMN alerts.told_at IS 'When the mail was written, once; NULL: still waits';
COMMENT ON COLUMN alerts.token_hash IS 'SHA-256 in hex of the part of the mail''s link that ends all alerts of the account';
CREATE UNIQUE INDEX alerts_one_open ON alerts (account_id, variant_id, kind) WHERE told_at IS NULL;
CREATE INDEX alerts_open ON alerts (id) WHERE told_at IS NULL;
CREATE INDEX alerts_of_variant ON alerts (variant_id);
CREATE INDEX alerts_of_account ON alerts (account_id, id DESC);

CREATE FUNCTION alerts_bounded() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM accounts WHERE id = NEW.account_id FOR NO KEY UPDATE;
    IF (SELECT count(*) FROM alerts WHERE account_id = NEW.account_id AND told_at IS NULL) >= 100 THEN
        RAISE EXCEPTION 'an account waits for 100 things at most' USING ERRCODE = 'check_violation', CONSTRAINT = 'alerts_at_most_100';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER alerts_bounded BEFORE INSERT ON alerts FOR EACH ROW EXECUTE FUNCTION alerts_bounded();
