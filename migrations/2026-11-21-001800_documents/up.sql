-- Invoices and credit notes: numbered without a gap, never changed.
ALTER TABLE store
    ADD COLUMN legal_name TEXT NOT NULL DEFAULT '' CONSTRAINT store_legal_name_short CHECK (length(legal_name) <= 120),
    ADD COLUMN registration TEXT NOT NULL DEFAULT '' CONSTRAINT store_registration_short CHECK (length(registration) <= 200),
    ADD COLUMN invoice_prefix TEXT NOT NULL DEFAULT 'INV-{year}-' CONSTRAINT store_invoice_prefix_shape
        CHECK (invoice_prefix ~ '^[A-Z0-9/-]*(\{year\})?[A-Z0-9/-]*$' AND length(invoice_prefix) BETWEEN 1 AND 20),
    ADD COLUMN credit_note_prefix TEXT NOT NULL DEFAULT 'CN-{year}-' CONSTRAINT store_credit_note_prefix_shape
        CHECK (credit_note_prefix ~ '^[A-Z0-9/-]*(\{year\})?[A-Z0-9/-]*$' AND length(credit_note_prefix) BETWEEN 1 AND 20),
    ADD CONSTRAINT store_prefixes_differ CHECK (invoice_prefix <> credit_note_prefix);
COMMENT ON COLUMN store.legal_name IS 'Who sells, on invoices; empty: the shop''s name';
COMMENT ON COLUMN store.registration IS 'For invoices, e.g. the company''s number and register';
COMMENT ON COLUMN store.invoice_prefix IS '{year} becomes the year of issue, with which a new series begins at 1';

CREATE TABLE number_series (
    series TEXT PRIMARY KEY,
    next BIGINT NOT NULL DEFAULT 1 CONSTRAINT number_series_next_positive CHECK (next > 0)
);
COMMENT ON TABLE number_series IS 'UPDATE … RETURNING takes the next number; its row lock lets one transaction after the other have one, and a rollback gives it back';

CREATE TABLE invoices (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind TEXT NOT NULL CONSTRAINT invoices_kind_known CHECK (kind IN ('invoice', 'credit_note')),
    series TEXT NOT NULL REFERENCES number_series,
    number BIGINT NOT NULL CONSTRAINT invoices_number_positive CHECK (number > 0),
    formatted TEXT NOT NULL CONSTRAINT invoices_formatted_key UNIQUE,
    order_id BIGINT NOT NULL REFERENCES orders ON DELETE RESTRICT,
    order_number TEXT NOT NULL,
    corrects_id BIGINT REFERENCES invoices,
    buyer TEXT NOT NULL,
    currency TEXT NOT NULL CONSTRAINT invoices_currency_code CHECK (currency ~ '^[A-Z]{3}$'),
    tax_total BIGINT NOT NULL CONSTRAINT invoices_tax_positive CHECK (tax_total >= 0),
    total BIGINT NOT NULL CONSTRAINT invoices_total_positive CHECK (total >= 0),
    issued_at TIMESTAMPTZ NOT NULL,
    paper JSONB NOT NULL,
    CONSTRAINT invoices_tax_within_total CHECK (tax_total <= total),
    CONSTRAINT invoices_number_key UNIQUE (series, number),
    CONSTRAINT invoices_credit_note_corrects CHECK ((kind = 'credit_note') = (corrects_id IS NOT NULL))
);
COMMENT ON TABLE invoices IS 'Append-only: what was issued stays. A mistake is mended by a credit note';
COMMENT ON COLUMN invoices.formatted IS 'The number as it is printed, e.g. INV-2026-000123';
COMMENT ON COLUMN invoices.buyer IS 'Name and company, to search for';
COMMENT ON COLUMN invoices.total IS 'Minor units, tax included; of a credit note: what is given back';
COMMENT ON COLUMN invoices.paper IS 'All that stands on it, so that it reads the same for ever';
COMMENT ON COLUMN invoices.corrects_id IS 'The invoice that a credit note takes back, in part or as a whole';
CREATE UNIQUE INDEX invoices_one_per_order ON invoices (order_id) WHERE kind = 'invoice';
CREATE INDEX invoices_of_order ON invoices (order_id, id);
CREATE INDEX invoices_newest ON invoices (issued_at DESC, id DESC);
CREATE INDEX invoices_by_order_number ON invoices (order_number text_pattern_ops);
CREATE INDEX invoices_by_formatted ON invoices (formatted text_pattern_ops);
CREATE INDEX invoices_by_buyer ON invoices (lower(buyer) text_pattern_ops);
CREATE INDEX invoices_corrections ON invoices (corrects_id) WHERE corrects_id IS NOT NULL;

-- No number without the one before it, but for a series' first: who comes from another system may go on counting.
-- What is given back stays within what was charged; ops locks the invoice, so that two credit notes come one after the other.
CREATE FUNCTION invoices_fit() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    corrected RECORD;
BEGIN
    IF EXISTS (SELECT FROM invoices WHERE series = NEW.series)
        AND NOT EXISTS (SELECT FROM invoices WHERE series = NEW.series AND number = NEW.number - 1) THEN
        RAISE EXCEPTION 'invoice % leaves a gap', NEW.formatted USING ERRCODE = 'check_violation', CONSTRAINT = 'invoices_without_gap';
    END IF;
    IF NEW.kind = 'credit_note' THEN
        SELECT order_id, currency, total, kind INTO corrected FROM invoices WHERE id = NEW.corrects_id FOR UPDATE;
        IF corrected.kind <> 'invoice' OR corrected.order_id <> NEW.order_id OR corrected.currency <> NEW.currency THEN
            RAISE EXCEPTION 'credit note % corrects another order''s invoice', NEW.formatted
                USING ERRCODE = 'check_violation', CONSTRAINT = 'invoices_corrects_its_own';
        END IF;
        IF corrected.total < NEW.total + (SELECT COALESCE(sum(total), 0) FROM invoices WHERE corrects_id = NEW.corrects_id) THEN
            RAISE EXCEPTION 'credit note % gives back more than was charged', NEW.formatted
                USING ERRCODE = 'check_violation', CONSTRAINT = 'invoices_credit_within_invoice';
        END IF;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER invoices_fit BEFORE INSERT ON invoices FOR EACH ROW EXECUTE FUNCTION invoices_fit();

CREATE FUNCTION invoices_stay() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'invoices are append-only' USING ERRCODE = 'restrict_violation', CONSTRAINT = 'invoices_append_only';
END $$;
CREATE TRIGGER invoices_stay BEFORE UPDATE OR DELETE ON invoices FOR EACH ROW EXECUTE FUNCTION invoices_stay();
CREATE TRIGGER invoices_stay_all BEFORE TRUNCATE ON invoices FOR EACH STATEMENT EXECUTE FUNCTION invoices_stay();
