-- The stand-in payment provider's own books. Nothing of the shop refers to them.
CREATE TABLE sandbox_payments (
    id TEXT PRIMARY KEY,
    idempotency_key TEXT NOT NULL CONSTRAINT sandbox_payments_idempotency_key UNIQUE,
    amount BIGINT NOT NULL CONSTRAINT sandbox_payments_amount_positive CHECK (amount > 0),
    currency TEXT NOT NULL,
    description TEXT NOT NULL,
    return_url TEXT NOT NULL,
    webhook_url TEXT NOT NULL,
    state TEXT NOT NULL DEFAULT 'open' CONSTRAINT sandbox_payments_state_known CHECK (state IN ('open', 'verifying', 'captured', 'declined', 'cancelled')),
    refunded BIGINT NOT NULL DEFAULT 0 CONSTRAINT sandbox_payments_refunds_within_captured CHECK (refunded BETWEEN 0 AND amount),
    failure TEXT,
    card TEXT,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now()
);
COMMENT ON COLUMN sandbox_payments.card IS 'Last four digits; the full number is never kept';

CREATE TABLE sandbox_refunds (
    id TEXT PRIMARY KEY,
    payment_id TEXT NOT NULL REFERENCES sandbox_payments,
    idempotency_key TEXT NOT NULL CONSTRAINT sandbox_refunds_idempotency_key UNIQUE,
    amount BIGINT NOT NULL CONSTRAINT sandbox_refunds_amount_positive CHECK (amount > 0),
    created_at TIMESTAMPTZ NOT NULL DEFAULT now()
);
CREATE INDEX sandbox_refunds_of_payment ON sandbox_refunds (payment_id);
