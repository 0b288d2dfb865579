-- Goods that are files: what a variant's buyers download, and the links by which they do.

ALTER TABLE variants ADD COLUMN is_digital BOOLEAN NOT NULL DEFAULT false;
COMMENT ON COLUMN variants.is_digital IS 'Its buyers get links to its files; nothing of it goes into a parcel';
ALTER TABLE order_lines ADD COLUMN is_digital BOOLEAN NOT NULL DEFAULT false;
COMMENT ON COLUMN order_lines.is_digital IS 'As variants.is_digital when it was ordered';

ALTER TABLE store
    ADD COLUMN download_days INTEGER NOT NULL DEFAULT 30 CONSTRAINT store_download_days_range CHECK (download_days BETWEEN 1 AND 3650),
    ADD COLUMN download_most INTEGER NOT NULL DEFAULT 5 CONSTRAINT store_download_most_range CHECK (download_most BETWEEN 1 AND 1000),
    ADD COLUMN download_megabytes INTEGER NOT NULL DEFAULT 500
        CONSTRAINT store_download_megabytes_range CHECK (download_megabytes BETWEEN 1 AND 10240);
COMMENT ON COLUMN store.download_days IS 'How long a new link can be used';
COMMENT ON COLUMN store.download_most IS 'How often a new link can be used, for each unit that was bought';
COMMENT ON COLUMN store.download_megabytes IS 'Largest file that staff can upload, in MB of 1,000,000 bytes';

CREATE TABLE download_files (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    variant_id BIGINT REFERENCES variants ON DELETE SET NULL,
    name TEXT NOT NULL CONSTRAINT download_files_name_present CHECK (btrim(name) <> '' AND length(name) <= 200),
    content_hash TEXT NOT NULL CONSTRAINT download_files_hash_shape CHECK (content_hash ~ '^[0-9a-f]{64}$'),
    bytes BIGINT NOT NULL CONSTRAINT download_files_bytes_positive CHECK (bytes > 0),
    added_by TEXT NOT NULL,
    added_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    removed_at TIMESTAMPTZ,
    purged_at TIMESTAMPTZ,
    CONSTRAINT download_files_removed_first CHECK (purged_at IS NULL OR removed_at IS NOT NULL)
);
COMMENT ON TABLE download_files IS 'A row is what customers bought: replacing a file keeps the row and changes its content, for all who have it';
COMMENT ON COLUMN download_files.name IS 'What it is called where it is saved';
COMMENT ON COLUMN download_files.content_hash IS 'SHA-256 of the content in hex; in the media store it is private/HASH, which no address of the shop leads to';
COMMENT ON COLUMN download_files.removed_at IS 'New buyers don''t get it since then; who has a link keeps it';
COMMENT ON COLUMN download_files.purged_at IS 'Nobody could use it any more, so its content was given up';
CREATE UNIQUE INDEX download_files_name_key ON download_files (variant_id, lower(name)) WHERE removed_at IS NULL;
CREATE INDEX download_files_of_content ON download_files (content_hash) WHERE purged_at IS NULL;
CREATE INDEX download_files_removed ON download_files (removed_at) WHERE removed_at IS NOT NULL AND purged_at IS NULL;

CREATE TABLE download_leftovers (
    content_hash TEXT PRIMARY KEY,
    since TIMESTAMPTZ NOT NULL DEFAULT now()
);
COMMENT ON TABLE download_leftovers IS 'Contents that a file no longer has. A job removes them from the media store, unless another file has them';
CREATE INDEX download_leftovers_by_age ON download_leftovers (since);

CREATE TABLE downloads (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    order_id BIGINT NOT NULL REFERENCES orders ON DELETE CASCADE,
    order_line_id BIGINT NOT NULL REFERENCES order_lines ON DELETE CASCADE,
    file_id BIGINT NOT NULL REFERENCES download_files ON DELETE RESTRICT,
    expires_at TIMESTAMPTZ NOT NULL,
    most INTEGER NOT NULL CONSTRAINT downloads_most_positive CHECK (most > 0),
    used INTEGER NOT NULL DEFAULT 0,
    continued BIGINT NOT NULL DEFAULT 0,
    renewals INTEGER NOT NULL DEFAULT 0,
    withdrawn_at TIMESTAMPTZ,
    used_at TIMESTAMPTZ,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    CONSTRAINT downloads_used_range CHECK (used BETWEEN 0 AND most),
    -- Paying for an order may be told twice.
    CONSTRAINT downloads_line_key UNIQUE (order_line_id, file_id)
);
COMMENT ON TABLE downloads IS 'What an order''s line gives access to. Its link bears an HMAC under the order''s own token, so nothing here opens anything';
COMMENT ON COLUMN downloads.used IS 'Downloads that were begun; the CHECK holds whatever races';
COMMENT ON COLUMN downloads.continued IS 'Bytes sent for downloads that were broken off and gone on with; for each one begun the file''s size at most, beyond which it counts as another';
COMMENT ON COLUMN downloads.renewals IS 'Is part of what the link''s HMAC is made of: a renewal ends the former link';
COMMENT ON COLUMN downloads.withdrawn_at IS 'Staff ended it';
CREATE INDEX downloads_of_order ON downloads (order_id);
CREATE INDEX downloads_of_file ON downloads (file_id, expires_at);
