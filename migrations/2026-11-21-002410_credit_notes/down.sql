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
    RETURN NEW;
END $$;
CREATE UNIQUE INDEX invoices_one_per_order ON invoices (order_id) WHERE kind = 'invoice';
DROP INDEX invoices_one_per_return;
ALTER TABLE invoices
    DROP CONSTRAINT invoices_return_is_cause,
    DROP CONSTRAINT invoices_cause_of_credit_note,
    DROP COLUMN order_revision,
    DROP COLUMN return_id,
    DROP COLUMN cause;
