-- What people may ask for: a copy of all that is known of them, and to be forgotten.
CREATE TABLE privacy_exports (
    id UUID PRIMARY KEY,
    account_id BIGINT NOT NULL CONSTRAINT privacy_exports_account_id_fkey REFERENCES accounts ON DELETE CASCADE,
    asked_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    made_at TIMESTAMPTZ,
    expires_at TIMESTAMPTZ,
    as_json TEXT,
    as_html TEXT,
    CONSTRAINT privacy_exports_made_whole CHECK (num_nonnulls(made_at, expires_at, as_json, as_html) IN (0, 4))
);
COMMENT ON COLUMN privacy_exports.id IS 'Random: part of the link, which opens nothing for who is not signed in';
COMMENT ON COLUMN privacy_exports.expires_at IS 'The link works until then; afterwards the row is deleted';
CREATE INDEX privacy_exports_of_account ON privacy_exports (account_id, asked_at DESC);
CREATE INDEX privacy_exports_ended ON privacy_exports (expires_at) WHERE expires_at IS NOT NULL;
-- One at a time, however often the button is pressed.
CREATE UNIQUE INDEX privacy_exports_one_waits ON privacy_exports (account_id) WHERE made_at IS NULL;

CREATE TABLE erasures (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    account_id BIGINT CONSTRAINT erasures_account_id_fkey REFERENCES accounts ON DELETE SET NULL,
    email TEXT NOT NULL,
    asked_by TEXT NOT NULL,
    asked_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    due_at TIMESTAMPTZ NOT NULL,
    withdrawn_at TIMESTAMPTZ,
    done_at TIMESTAMPTZ,
    outcome JSONB NOT NULL DEFAULT '{}' CONSTRAINT erasures_outcome_table CHECK (jsonb_typeof(outcome) = 'object'),
    CONSTRAINT erasures_one_end CHECK (withdrawn_at IS NULL OR done_at IS NULL),
    CONSTRAINT erasures_forgets_whom CHECK (done_at IS NULL OR email = '')
);
COMMENT ON COLUMN erasures.account_id IS 'NULL: somebody who bought without an account';
COMMENT ON COLUMN erasures.email IS 'Lower case; emptied when it is done, so that the list of the forgotten names nobody';
COMMENT ON COLUMN erasures.asked_by IS 'customer, or the name of who of the staff did it';
COMMENT ON COLUMN erasures.due_at IS 'Until then it can be taken back';
COMMENT ON COLUMN erasures.outcome IS 'Rows deleted or emptied, by table';
CREATE UNIQUE INDEX erasures_one_open ON erasures (email) WHERE done_at IS NULL AND withdrawn_at IS NULL;
CREATE INDEX erasures_due ON erasures (due_at) WHERE done_at IS NULL AND withdrawn_at IS NULL;
CREATE INDEX erasures_newest ON erasures (id DESC);
CREATE INDEX erasures_of_account ON erasures (account_id) WHERE account_id IS NOT NULL;

CREATE TABLE retention_rules (
    kind TEXT PRIMARY KEY,
    days INTEGER NOT NULL CONSTRAINT retention_rules_days_range CHECK (days BETWEEN 1 AND 7300),
    ran_at TIMESTAMPTZ,
    removed BIGINT NOT NULL DEFAULT 0 CONSTRAINT retention_rules_removed_positive CHECK (removed >= 0)
);
COMMENT ON TABLE retention_rules IS 'Only rules whose time was changed, or that ran; the program knows the others';
COMMENT ON COLUMN retention_rules.removed IS 'Rows deleted or emptied by it, ever';
