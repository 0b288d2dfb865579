CREATE TABLE jobs (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind TEXT NOT NULL,
    payload JSONB NOT NULL,
    run_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    attempts INTEGER NOT NULL DEFAULT 0,
    leased_until TIMESTAMPTZ,
    parked_at TIMESTAMPTZ,
    last_error TEXT,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now()
);
COMMENT ON TABLE jobs IS 'Work to be done; a finished job is deleted';
COMMENT ON COLUMN jobs.leased_until IS 'A worker has it until then; past that the worker is taken for dead and another may run it';
COMMENT ON COLUMN jobs.parked_at IS 'Failed too often; waits for a person';
CREATE INDEX jobs_due ON jobs (run_at, id) WHERE parked_at IS NULL;
CREATE INDEX jobs_parked ON jobs (parked_at DESC, id DESC) WHERE parked_at IS NOT NULL;

CREATE TABLE mails (
    id UUID PRIMARY KEY,
    kind TEXT NOT NULL,
    about TEXT NOT NULL DEFAULT '',
    sender TEXT NOT NULL,
    recipient TEXT NOT NULL,
    subject TEXT NOT NULL,
    body_text TEXT NOT NULL,
    body_html TEXT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    sent_at TIMESTAMPTZ,
    last_error TEXT
);
COMMENT ON COLUMN mails.kind IS 'Name of the template, e.g. order_placed';
COMMENT ON COLUMN mails.about IS 'What it tells of, e.g. an order''s number';
CREATE INDEX mails_newest ON mails (created_at DESC, id DESC);
CREATE INDEX mails_about ON mails (about, created_at DESC);

CREATE TABLE media (
    id UUID PRIMARY KEY,
    content_hash TEXT NOT NULL CONSTRAINT media_content_hash_key UNIQUE,
    width INTEGER NOT NULL CONSTRAINT media_width_positive CHECK (width > 0),
    height INTEGER NOT NULL CONSTRAINT media_height_positive CHECK (height > 0),
    created_at TIMESTAMPTZ NOT NULL DEFAULT now()
);
COMMENT ON COLUMN media.content_hash IS 'First 32 hex digits of the SHA-256 of the uploaded bytes; names the files in the object store';
COMMENT ON COLUMN media.width IS 'Pixels of the picture as uploaded, after its EXIF orientation is applied';
