DROP TABLE sandbox_faults, sandbox_captures;
ALTER TABLE sandbox_refunds DROP COLUMN state, DROP COLUMN metadata;
DROP INDEX sandbox_payments_newest;
UPDATE sandbox_payments SET state = 'cancelled' WHERE state IN ('processing', 'authorised', 'voided', 'expired');
ALTER TABLE sandbox_payments
    DROP COLUMN capture, DROP COLUMN metadata, DROP COLUMN authorised, DROP COLUMN authorised_until, DROP COLUMN captured, DROP COLUMN refund_behaviour,
    DROP CONSTRAINT sandbox_payments_state_known,
    ADD CONSTRAINT sandbox_payments_state_known CHECK (state IN ('open', 'verifying', 'captured', 'declined', 'cancelled'));
