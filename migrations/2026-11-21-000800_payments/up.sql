CREATE TABLE payment_attempts (
    id UUID PRIMARY KEY,
    order_id BIGINT NOT NULL REFERENCES orders ON DELETE RESTRICT,
    gateway TEXT NOT NULL,
    gateway_reference TEXT,
    amount BIGINT NOT NULL CONSTRAINT payment_attempts_amount_positive CHECK (amount > 0),
    currency TEXT NOT NULL CONSTRAINT payment_attempts_currency_code CHECK (currency ~ '^[A-Z]{3}$'),
    state TEXT NOT NULL DEFAULT 'pending' CONSTRAINT payment_attempts_state_known
        CHECK (state IN ('pending', 'authorised', 'captured', 'failed', 'voided')),
    captured BIGINT NOT NULL DEFAULT 0 CONSTRAINT payment_attempts_captured_positive CHECK (captured >= 0),
    refunded BIGINT NOT NULL DEFAULT 0 CONSTRAINT payment_attempts_refunds_within_captured CHECK (refunded BETWEEN 0 AND captured),
    redirect_url TEXT,
    failure TEXT,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    updated_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    CONSTRAINT payment_attempts_reference_key UNIQUE (gateway, gateway_reference)
);
COMMENT ON TABLE payment_attempts IS 'One row for each try to pay an order; its id is the idempotency key at the gateway';
COMMENT ON COLUMN payment_attempts.refunded IS 'Refunds asked for and not failed; the CHECK makes sum of refunds <= captured hold whatever runs in parallel';
CREATE INDEX payment_attempts_of_order ON payment_attempts (order_id, created_at);
CREATE INDEX payment_attempts_open ON payment_attempts (updated_at) WHERE state IN ('pending', 'authorised');

CREATE TABLE payment_events (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    attempt_id UUID NOT NULL REFERENCES payment_attempts ON DELETE RESTRICT,
    gateway TEXT NOT NULL,
    gateway_event_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    amount BIGINT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    CONSTRAINT payment_events_gateway_event_key UNIQUE (gateway, gateway_event_id)
);
COMMENT ON TABLE payment_events IS 'Append-only ledger of what gateways told; an event that is told twice is stored once';
CREATE INDEX payment_events_of_attempt ON payment_events (attempt_id, id);

CREATE TABLE refunds (
    id UUID PRIMARY KEY,
    attempt_id UUID NOT NULL REFERENCES payment_attempts ON DELETE RESTRICT,
    amount BIGINT NOT NULL CONSTRAINT refunds_amount_positive CHECK (amount > 0),
    state TEXT NOT NULL DEFAULT 'pending' CONSTRAINT refunds_state_known CHECK (state IN ('pending', 'succeeded', 'failed')),
    reason TEXT NOT NULL DEFAULT '',
    gateway_reference TEXT,
    failure TEXT,
    actor TEXT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    settled_at TIMESTAMPTZ
);
COMMENT ON TABLE refunds IS 'Its id is the idempotency key at the gateway';
CREATE INDEX refunds_of_attempt ON refunds (attempt_id, created_at);
