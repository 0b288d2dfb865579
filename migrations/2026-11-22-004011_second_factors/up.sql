-- What somebody has besides the password they know, and the devices that we have seen them at.

-- Codes of an authenticator app (RFC 6238).
CREATE TABLE second_factors (
    account_id BIGINT PRIMARY KEY REFERENCES accounts ON DELETE CASCADE,
    seed_sealed TEXT NOT NULL,
    confirmed_at TIMESTAMPTZ,
    last_step BIGINT NOT NULL DEFAULT 0,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now()
);
COMMENT ON COLUMN second_factors.seed_sealed IS 'The secret shared with the app, sealed under the shop''s key ring';
COMMENT ON COLUMN second_factors.confirmed_at IS 'When a code showed that the app has the seed; NULL: begun, and asks nothing at sign-in';
COMMENT ON COLUMN second_factors.last_step IS 'Step of 30 seconds (since 1970) of the last code that was taken: no code of it or an earlier one is taken again';

-- For who has lost the app. Each works once.
CREATE TABLE recovery_codes (
    account_id BIGINT NOT NULL REFERENCES accounts ON DELETE CASCADE,
    code_hash BYTEA NOT NULL,
    used_at TIMESTAMPTZ,
    PRIMARY KEY (account_id, code_hash)
);
COMMENT ON COLUMN recovery_codes.code_hash IS 'SHA-256; a code has 112 bits at least, so nothing slower is needed';

-- Browsers at which somebody has signed in: a sign-in at another one is told by mail, and one at these is slowed apart from others.
CREATE TABLE known_devices (
    account_id BIGINT NOT NULL REFERENCES accounts ON DELETE CASCADE,
    device_hash BYTEA NOT NULL,
    seen_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    PRIMARY KEY (account_id, device_hash)
);
COMMENT ON COLUMN known_devices.device_hash IS 'SHA-256 of the random text that the browser''s cookie carries';
