ALTER TABLE sandbox_payments
    DROP CONSTRAINT sandbox_payments_state_known,
    ADD CONSTRAINT sandbox_payments_state_known
        CHECK (state IN ('open', 'verifying', 'processing', 'authorised', 'captured', 'declined', 'cancelled', 'voided', 'expired')),
    ADD COLUMN capture TEXT NOT NULL DEFAULT 'automatic' CONSTRAINT sandbox_payments_capture_known CHECK (capture IN ('automatic', 'manual')),
    ADD COLUMN metadata TEXT NOT NULL DEFAULT '',
    ADD COLUMN authorised BIGINT NOT NULL DEFAULT 0 CONSTRAINT sandbox_payments_authorised_range CHECK (authorised BETWEEN 0 AND amount),
    ADD COLUMN authorised_until TIMESTAMPTZ,
    ADD COLUMN captured BIGINT NOT NULL DEFAULT 0,
    ADD COLUMN refund_behaviour TEXT NOT NULL DEFAULT 'succeeds'
        CONSTRAINT sandbox_payments_refund_behaviour_known CHECK (refund_behaviour IN ('succeeds', 'fails', 'waits')),
    DROP CONSTRAINT sandbox_payments_refunds_within_captured;
UPDATE sandbox_payments SET captured = amount WHERE state = 'captured';
ALTER TABLE sandbox_payments
    ADD CONSTRAINT sandbox_payments_captured_range CHECK (captured BETWEEN 0 AND amount),
    ADD CONSTRAINT sandbox_payments_refunds_within_captured CHECK (refunded BETWEEN 0 AND amount);
COMMENT ON COLUMN sandbox_payments.capture IS 'automatic: taken as the shopper pays; manual: set aside until the merchant takes it';
COMMENT ON COLUMN sandbox_payments.metadata IS 'The merchant''s own word for it, sent back with each event';
COMMENT ON COLUMN sandbox_payments.refund_behaviour IS 'By the card it was paid with, for trying out refunds that fail or take their time';
CREATE INDEX sandbox_payments_newest ON sandbox_payments (created_at);

ALTER TABLE sandbox_refunds
    ADD COLUMN state TEXT NOT NULL DEFAULT 'succeeded' CONSTRAINT sandbox_refunds_state_known CHECK (state IN ('pending', 'succeeded', 'failed')),
    ADD COLUMN metadata TEXT NOT NULL DEFAULT '';

CREATE TABLE sandbox_captures (
    id TEXT PRIMARY KEY,
    payment_id TEXT NOT NULL REFERENCES sandbox_payments,
    idempotency_key TEXT NOT NULL CONSTRAINT sandbox_captures_idempotency_key UNIQUE,
    amount BIGINT NOT NULL CONSTRAINT sandbox_captures_amount_positive CHECK (amount > 0),
    is_final BOOLEAN NOT NULL,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now()
);
CREATE INDEX sandbox_captures_of_payment ON sandbox_captures (payment_id);

CREATE TABLE sandbox_faults (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    place TEXT NOT NULL CONSTRAINT sandbox_faults_place_known CHECK (place IN ('start', 'standing', 'capture', 'void', 'refund', 'webhook')),
    kind TEXT NOT NULL CONSTRAINT sandbox_faults_kind_known CHECK (kind IN
        ('refuse', 'reset', 'hang', 'answer_lost', 'error', 'garbage', 'slow_drip', 'lost', 'late', 'twice', 'out_of_order', 'early')),
    CONSTRAINT sandbox_faults_kind_fits CHECK ((place = 'webhook') = (kind IN ('lost', 'late', 'twice', 'out_of_order', 'early')))
);
COMMENT ON TABLE sandbox_faults IS 'Armed faults; each strikes once, the oldest first';
CREATE INDEX sandbox_faults_of_place ON sandbox_faults (place, id);
