-- What a credit note is for, and a further invoice for an order that was changed: allowed once the former one is taken back as a whole.
ALTER TABLE invoices
    ADD COLUMN cause TEXT NOT NULL DEFAULT '' CONSTRAINT invoices_cause_known CHECK (cause IN ('', 'edit', 'return', 'refund')),
    ADD COLUMN return_id BIGINT REFERENCES returns ON DELETE RESTRICT,
    ADD COLUMN order_revision INTEGER NOT NULL DEFAULT 0,
    ADD CONSTRAINT invoices_cause_of_credit_note CHECK (kind = 'credit_note' OR cause = ''),
    ADD CONSTRAINT invoices_return_is_cause CHECK ((cause = 'return') = (return_id IS NOT NULL));
COMMENT ON COLUMN invoices.cause IS 'Why a credit note was issued; empty: an invoice, or a credit note from before this was written down, which is for a refund';
COMMENT ON COLUMN invoices.return_id IS 'The return whose lines a credit note takes back';
COMMENT ON COLUMN invoices.order_revision IS 'The revision of the order that the paper was written for: a later one may want other papers';
CREATE UNIQUE INDEX invoices_one_per_return ON invoices (corrects_id, return_id) WHERE return_id IS NOT NULL;

-- Orders that were changed before this have the papers that they had then.
ALTER TABLE invoices DISABLE TRIGGER invoices_stay;
UPDATE invoices SET order_revision = orders.revision FROM orders WHERE orders.id = invoices.order_id AND orders.revision <> 0;
ALTER TABLE invoices ENABLE TRIGGER invoices_stay;

DROP INDEX invoices_one_per_order;
CREATE OR REPLACE FUNCTION invoices_fit() RETURNS trigger LANGUAGE plpgsql AS $$
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
    -- Issuers take turns by their series' row, so that no two of them miss each other here.
    IF NEW.kind = 'invoice' AND EXISTS (
        SELECT FROM invoices other WHERE other.order_id = NEW.order_id AND other.kind = 'invoice'
            AND other.total > (SELECT COALESCE(sum(total), 0) FROM invoices WHERE corrects_id = other.id)) THEN
        RAISE EXCEPTION 'the former invoice of order % still stands', NEW.order_number
            USING ERRCODE = 'check_violation', CONSTRAINT = 'invoices_one_per_order';
    END IF;
    RETURN NEW;
END $$;
