-- Files that come in and go out by the back office: each is a run that a worker does, with a report that stays.
CREATE TABLE exchange_runs (
    id UUID PRIMARY KEY,
    direction TEXT NOT NULL CONSTRAINT exchange_runs_direction_known CHECK (direction IN ('in', 'out')),
    subject TEXT NOT NULL CONSTRAINT exchange_runs_subject_known CHECK (subject IN ('products', 'orders', 'customers', 'stock', 'redirects')),
    state TEXT NOT NULL CONSTRAINT exchange_runs_state_known
        CHECK (state IN ('checking', 'checked', 'running', 'done', 'cancelled', 'failed')),
    file_name TEXT NOT NULL DEFAULT '',
    format TEXT NOT NULL DEFAULT '',
    mapping JSONB NOT NULL DEFAULT '[]',
    fetch_images BOOLEAN NOT NULL DEFAULT false,
    position BIGINT NOT NULL DEFAULT 0 CONSTRAINT exchange_runs_position_positive CHECK (position >= 0),
    report JSONB NOT NULL DEFAULT '{}',
    failure TEXT NOT NULL DEFAULT '',
    account_id BIGINT REFERENCES accounts ON DELETE SET NULL,
    by_name TEXT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    ended_at TIMESTAMPTZ,
    expires_at TIMESTAMPTZ NOT NULL DEFAULT now() + INTERVAL '7 days'
);
COMMENT ON COLUMN exchange_runs.direction IS 'in: an import. out: an export';
COMMENT ON COLUMN exchange_runs.mapping IS 'The file''s headers, each with what it becomes or null';
COMMENT ON COLUMN exchange_runs.position IS 'Products of the file that are done, written in the transaction of each: a run that is cut short goes on from here';
COMMENT ON COLUMN exchange_runs.expires_at IS 'The file is deleted then; the run and its report stay';
CREATE INDEX exchange_runs_newest ON exchange_runs (created_at DESC, id DESC);
CREATE INDEX exchange_runs_of_account ON exchange_runs (account_id) WHERE account_id IS NOT NULL;
CREATE INDEX exchange_runs_expiring ON exchange_runs (expires_at);

CREATE TABLE exchange_problems (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    run_id UUID NOT NULL CONSTRAINT exchange_problems_run_fkey REFERENCES exchange_runs ON DELETE CASCADE,
    line BIGINT NOT NULL,
    is_note BOOLEAN NOT NULL DEFAULT false,
    message TEXT NOT NULL
);
COMMENT ON COLUMN exchange_problems.line IS 'Of the file, where the row begins; the header is 1';
COMMENT ON COLUMN exchange_problems.is_note IS 'It came in, but perhaps not as meant';
CREATE INDEX exchange_problems_of_run ON exchange_problems (run_id, line, id);

ALTER TABLE store ADD COLUMN import_megabytes INTEGER NOT NULL DEFAULT 1024
    CONSTRAINT store_import_range CHECK (import_megabytes BETWEEN 1 AND 10240);
COMMENT ON COLUMN store.import_megabytes IS 'The largest file that may be uploaded to be imported, in MB of 1,000,000 bytes';
