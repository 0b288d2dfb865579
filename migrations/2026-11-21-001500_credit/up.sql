-- Gift cards and store credit: money that the shop owes. Both are one thing, a balance with a ledger, and differ in who may
-- spend it: whoever knows the code, or the customer whose it is.
CREATE TABLE credits (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind TEXT NOT NULL CONSTRAINT credits_kind_known CHECK (kind IN ('gift_card', 'store_credit')),
    code_hash TEXT CONSTRAINT credits_code_hash_key UNIQUE CONSTRAINT credits_code_hash_shape CHECK (code_hash ~ '^[0-9a-f]{64}$'),
    code_last4 TEXT NOT NULL DEFAULT '' CONSTRAINT credits_code_last4_shape CHECK (code_last4 ~ '^([0-9A-Z]{4})?$'),
    account_id BIGINT REFERENCES accounts ON DELETE SET NULL,
    currency TEXT NOT NULL CONSTRAINT credits_currency_code CHECK (currency ~ '^[A-Z]{3}$'),
    balance BIGINT NOT NULL DEFAULT 0 CONSTRAINT credits_balance_positive CHECK (balance >= 0),
    issued BIGINT NOT NULL DEFAULT 0 CONSTRAINT credits_issued_positive CHECK (issued >= 0),
    expires_at TIMESTAMPTZ,
    disabled_at TIMESTAMPTZ,
    order_id BIGINT REFERENCES orders ON DELETE RESTRICT,
    order_line_id BIGINT REFERENCES order_lines ON DELETE RESTRICT,
    unit INTEGER CONSTRAINT credits_unit_range CHECK (unit BETWEEN 1 AND 999),
    recipient_email TEXT NOT NULL DEFAULT '',
    recipient_name TEXT NOT NULL DEFAULT '',
    request_id UUID CONSTRAINT credits_request_key UNIQUE,
    message TEXT NOT NULL DEFAULT '' CONSTRAINT credits_message_short CHECK (length(message) <= 1000),
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    CONSTRAINT credits_code_of_gift_card CHECK ((kind = 'gift_card') = (code_hash IS NOT NULL)),
    CONSTRAINT credits_bought_as_unit CHECK ((order_line_id IS NULL) = (unit IS NULL)),
    -- Paying for an order may be told twice; each unit of a line is issued once.
    CONSTRAINT credits_unit_of_line_key UNIQUE (order_line_id, unit)
);
COMMENT ON COLUMN credits.code_hash IS 'SHA-256 of the code in hex. A code has 80 random bits, so that its hash needs no salt; the code itself stands only in the mail that tells it';
COMMENT ON COLUMN credits.code_last4 IS 'The code''s last characters, by which people tell their cards apart';
COMMENT ON COLUMN credits.account_id IS 'Whose store credit it is; NULL for a gift card, which belongs to whoever knows its code';
COMMENT ON COLUMN credits.balance IS 'Minor units; the sum of the ledger''s entries, kept by triggers and never written by the program';
COMMENT ON COLUMN credits.issued IS 'What a gift card was worth at first, in minor units';
COMMENT ON COLUMN credits.expires_at IS 'NULL: never';
COMMENT ON COLUMN credits.disabled_at IS 'Can''t be spent since then; what is on it is still owed';
COMMENT ON COLUMN credits.request_id IS 'The form by which staff issued it: sent twice, it issues once';
COMMENT ON COLUMN credits.unit IS 'Which unit of the order''s line it is, counted from 1';
CREATE UNIQUE INDEX credits_one_store_credit ON credits (account_id, currency) WHERE kind = 'store_credit' AND account_id IS NOT NULL;
CREATE INDEX credits_newest ON credits (kind, id DESC);
CREATE INDEX credits_by_last4 ON credits (code_last4);
CREATE INDEX credits_by_recipient ON credits (lower(recipient_email) text_pattern_ops);
CREATE INDEX credits_of_order ON credits (order_id) WHERE order_id IS NOT NULL;
CREATE INDEX credits_to_expire ON credits (expires_at) WHERE expires_at IS NOT NULL AND balance > 0;
CREATE INDEX credits_owed ON credits (currency, kind) INCLUDE (balance) WHERE balance > 0;

CREATE TABLE credit_entries (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    credit_id BIGINT NOT NULL REFERENCES credits ON DELETE RESTRICT,
    amount BIGINT NOT NULL,
    cause TEXT NOT NULL CONSTRAINT credit_entries_cause_known
        CHECK (cause IN ('issued', 'bought', 'spent', 'given_back', 'granted', 'adjusted', 'expired', 'voided')),
    order_id BIGINT REFERENCES orders ON DELETE RESTRICT,
    refund_id UUID CONSTRAINT credit_entries_refund_key UNIQUE REFERENCES refunds ON DELETE RESTRICT,
    note TEXT NOT NULL DEFAULT '' CONSTRAINT credit_entries_note_short CHECK (length(note) <= 500),
    actor TEXT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    CONSTRAINT credit_entries_sign CHECK (CASE
        WHEN cause IN ('spent', 'expired', 'voided') THEN amount < 0
        WHEN cause = 'adjusted' THEN amount <> 0
        ELSE amount > 0
    END),
    CONSTRAINT credit_entries_order_known CHECK (cause NOT IN ('spent', 'given_back') OR order_id IS NOT NULL)
);
COMMENT ON TABLE credit_entries IS 'Append-only ledger: why there is as much on a gift card or a store credit';
COMMENT ON COLUMN credit_entries.amount IS 'Change in minor units of the credit''s currency';
COMMENT ON COLUMN credit_entries.order_id IS 'Paid with it, given back from it, or the reason for a grant';
COMMENT ON COLUMN credit_entries.refund_id IS 'Makes the giving back of one refund happen once';
COMMENT ON COLUMN credit_entries.actor IS 'Who or what did it, e.g. staff''s name or "checkout"';
CREATE INDEX credit_entries_of_credit ON credit_entries (credit_id, id DESC);
CREATE INDEX credit_entries_of_order ON credit_entries (order_id) WHERE order_id IS NOT NULL;

-- What was written stays; a mistake is mended by another entry.
CREATE FUNCTION credit_entries_stay() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'credit_entries is append-only' USING ERRCODE = 'check_violation', CONSTRAINT = 'credit_entries_append_only';
END $$;
CREATE TRIGGER credit_entries_append_only BEFORE UPDATE OR DELETE ON credit_entries FOR EACH ROW EXECUTE FUNCTION credit_entries_stay();
CREATE TRIGGER credit_entries_not_emptied BEFORE TRUNCATE ON credit_entries FOR EACH STATEMENT EXECUTE FUNCTION credit_entries_stay();

-- Each entry moves its balance; the CHECK on it refuses what is not there. The row's lock, taken first, lets entries of one
-- credit come one after the other, so that the sum below is of all that went before.
CREATE FUNCTION credit_entry_counts() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE credits SET balance = balance + NEW.amount WHERE id = NEW.credit_id;
    IF NEW.cause = 'given_back' AND 0 < (
        SELECT sum(amount) FROM credit_entries
        WHERE credit_id = NEW.credit_id AND order_id = NEW.order_id AND cause IN ('spent', 'given_back')
    ) THEN
        RAISE EXCEPTION 'more would be given back than order % was paid with', NEW.order_id
            USING ERRCODE = 'check_violation', CONSTRAINT = 'credit_entries_within_spent';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER credit_entries_count AFTER INSERT ON credit_entries FOR EACH ROW EXECUTE FUNCTION credit_entry_counts();

-- Nor can a balance be written past the ledger.
CREATE FUNCTION credit_adds_up() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT balance FROM credits WHERE id = NEW.id) <> (SELECT COALESCE(sum(amount), 0) FROM credit_entries WHERE credit_id = NEW.id) THEN
        RAISE EXCEPTION 'credit % is not the sum of its entries', NEW.id USING ERRCODE = 'check_violation', CONSTRAINT = 'credits_add_up';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER credits_add_up AFTER INSERT OR UPDATE OF balance ON credits
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION credit_adds_up();

CREATE TABLE credit_tries (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    who TEXT NOT NULL,
    tried_at TIMESTAMPTZ NOT NULL DEFAULT now()
);
COMMENT ON TABLE credit_tries IS 'Codes that were wrong, so that nobody guesses on; rows older than ten minutes are swept';
COMMENT ON COLUMN credit_tries.who IS 'What tells one guesser from another, e.g. an address; hashed';
CREATE INDEX credit_tries_of ON credit_tries (who, tried_at);
CREATE INDEX credit_tries_by_time ON credit_tries (tried_at);

ALTER TABLE products ADD COLUMN is_gift_card BOOLEAN NOT NULL DEFAULT false;
COMMENT ON COLUMN products.is_gift_card IS 'Each unit sold becomes a gift card worth the variant''s price, sent by e-mail';

ALTER TABLE store
    ADD COLUMN gift_card_months INTEGER CONSTRAINT store_gift_card_months_range CHECK (gift_card_months BETWEEN 1 AND 1200),
    ADD COLUMN reminder_hours INTEGER NOT NULL DEFAULT 4 CONSTRAINT store_reminder_hours_range CHECK (reminder_hours BETWEEN 1 AND 720);
COMMENT ON COLUMN store.gift_card_months IS 'How long a new gift card can be spent; NULL: for ever';
COMMENT ON COLUMN store.reminder_hours IS 'How long a checkout is left alone before its one reminder is sent, where the shopper asked for one';

ALTER TABLE checkouts
    ADD COLUMN reminder_consent BOOLEAN NOT NULL DEFAULT false,
    ADD COLUMN reminder_token TEXT CONSTRAINT checkouts_reminder_token_key UNIQUE,
    ADD COLUMN reminded_at TIMESTAMPTZ;
COMMENT ON COLUMN checkouts.reminder_consent IS 'The shopper ticked that we may remind them by e-mail';
COMMENT ON COLUMN checkouts.reminder_token IS 'SHA-256 in hex of the unguessable part of the reminder''s links; set when it is sent';
COMMENT ON COLUMN checkouts.reminded_at IS 'When the one reminder was sent';
CREATE INDEX checkouts_to_remind ON checkouts (updated_at) WHERE reminder_consent AND reminded_at IS NULL;
