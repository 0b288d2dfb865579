ALTER TABLE payment_attempts
    DROP CONSTRAINT payment_attempts_state_known,
    ADD CONSTRAINT payment_attempts_state_known CHECK (state IN ('pending', 'authorised', 'captured', 'failed', 'voided', 'expired')),
    ADD COLUMN capture_at TEXT NOT NULL DEFAULT 'placing' CONSTRAINT payment_attempts_capture_at_known CHECK (capture_at IN ('placing', 'shipping')),
    ADD COLUMN authorised BIGINT NOT NULL DEFAULT 0 CONSTRAINT payment_attempts_authorised_positive CHECK (authorised >= 0),
    ADD COLUMN authorised_until TIMESTAMPTZ,
    ADD COLUMN capturing BIGINT NOT NULL DEFAULT 0,
    ADD COLUMN is_closed BOOLEAN NOT NULL DEFAULT FALSE,
    ADD COLUMN flag TEXT,
    ADD COLUMN checked_at TIMESTAMPTZ,
    ADD CONSTRAINT payment_attempts_captures_within_authorised CHECK (capturing BETWEEN 0 AND authorised);
COMMENT ON COLUMN payment_attempts.capture_at IS 'As the setting was when it began, so that asking again is asking for the same';
COMMENT ON COLUMN payment_attempts.authorised IS 'The most that the gateway ever said is set aside, minor units';
COMMENT ON COLUMN payment_attempts.capturing IS 'Captures asked for and not failed; the CHECK makes sum of captures <= authorised hold whatever runs in parallel';
COMMENT ON COLUMN payment_attempts.is_closed IS 'Nothing more will be captured: the rest was let go of, or is about to be';
COMMENT ON COLUMN payment_attempts.flag IS 'What a person must look at, such as money in a foreign currency';
COMMENT ON COLUMN payment_attempts.checked_at IS 'When the reconciler asked last';
DROP INDEX payment_attempts_open;
CREATE INDEX payment_attempts_open ON payment_attempts (checked_at NULLS FIRST, id) WHERE state IN ('pending', 'authorised');
CREATE INDEX payment_attempts_flagged ON payment_attempts (created_at) WHERE flag IS NOT NULL;

ALTER TABLE payment_events ADD COLUMN currency TEXT, ADD COLUMN detail TEXT NOT NULL DEFAULT '';
COMMENT ON COLUMN payment_events.currency IS 'As the gateway told it; NULL where no money is told of';
CREATE INDEX payment_events_of_gateway ON payment_events (gateway, created_at);

-- A ledger that can be changed is none.
CREATE FUNCTION payment_events_are_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'payment_events is append-only' USING ERRCODE = 'restrict_violation', CONSTRAINT = 'payment_events_append_only';
END $$;
CREATE TRIGGER payment_events_append_only BEFORE UPDATE OR DELETE ON payment_events
    FOR EACH ROW EXECUTE FUNCTION payment_events_are_append_only();
CREATE TRIGGER payment_events_never_emptied BEFORE TRUNCATE ON payment_events
    FOR EACH STATEMENT EXECUTE FUNCTION payment_events_are_append_only();

CREATE TABLE captures (
    id UUID PRIMARY KEY,
    attempt_id UUID NOT NULL REFERENCES payment_attempts ON DELETE RESTRICT,
    amount BIGINT NOT NULL CONSTRAINT captures_amount_positive CHECK (amount > 0),
    is_final BOOLEAN NOT NULL DEFAULT FALSE,
    state TEXT NOT NULL DEFAULT 'pending' CONSTRAINT captures_state_known CHECK (state IN ('pending', 'succeeded', 'failed')),
    gateway_reference TEXT,
    failure TEXT,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    checked_at TIMESTAMPTZ,
    settled_at TIMESTAMPTZ
);
COMMENT ON TABLE captures IS 'Money set aside that is taken as parcels leave; the id is the idempotency key at the gateway';
COMMENT ON COLUMN captures.is_final IS 'The rest of what was set aside is let go of';
CREATE INDEX captures_of_attempt ON captures (attempt_id, created_at);
CREATE INDEX captures_open ON captures (checked_at NULLS FIRST, id) WHERE state = 'pending';

ALTER TABLE refunds ADD COLUMN checked_at TIMESTAMPTZ;
COMMENT ON COLUMN refunds.checked_at IS 'When the reconciler asked last';
CREATE INDEX refunds_open ON refunds (checked_at NULLS FIRST, id) WHERE state = 'pending';

CREATE TABLE gateway_settings (
    code TEXT PRIMARY KEY CONSTRAINT gateway_settings_code_plain CHECK (code ~ '^[a-z_]{2,30}$'),
    active BOOLEAN NOT NULL DEFAULT FALSE,
    position INTEGER NOT NULL,
    mode TEXT NOT NULL DEFAULT 'test' CONSTRAINT gateway_settings_mode_known CHECK (mode IN ('test', 'live')),
    name TEXT NOT NULL DEFAULT '',
    description TEXT NOT NULL DEFAULT '',
    capture_at TEXT NOT NULL DEFAULT 'placing' CONSTRAINT gateway_settings_capture_at_known CHECK (capture_at IN ('placing', 'shipping')),
    public JSONB NOT NULL DEFAULT '{}',
    secrets JSONB NOT NULL DEFAULT '{}',
    version BIGINT NOT NULL DEFAULT 1,
    last_success_at TIMESTAMPTZ,
    last_failure_at TIMESTAMPTZ,
    last_failure TEXT,
    updated_at TIMESTAMPTZ NOT NULL DEFAULT now()
);
COMMENT ON TABLE gateway_settings IS 'How the shop takes money: one row for each way of paying that the program knows';
COMMENT ON COLUMN gateway_settings.name IS 'For shoppers; empty: the gateway''s own';
COMMENT ON COLUMN gateway_settings.public IS 'Keys that are no secret, by field';
COMMENT ON COLUMN gateway_settings.secrets IS 'Ciphertexts by field, sealed with the shop''s key ring; gateway and field are authenticated with them';
COMMENT ON COLUMN gateway_settings.version IS 'Rises with every change, so that other servers notice';
COMMENT ON COLUMN gateway_settings.last_failure IS 'In words, never with a secret';
INSERT INTO gateway_settings (code, active, position) VALUES
    ('sandbox', TRUE, 1), ('manual', TRUE, 2), ('stripe', FALSE, 3), ('paypal', FALSE, 4), ('bank_transfer', FALSE, 5), ('on_delivery', FALSE, 6);
