-- An import of hours is broken off many a time. Its attempts count anew whenever it got on.
ALTER TABLE exchange_runs
    ADD COLUMN begun_from BIGINT NOT NULL DEFAULT 0 CONSTRAINT exchange_runs_begun_from_positive CHECK (begun_from >= 0),
    ADD COLUMN told BIGINT NOT NULL DEFAULT 0 CONSTRAINT exchange_runs_told_positive CHECK (told >= 0);
COMMENT ON COLUMN exchange_runs.begun_from IS 'The position from which the last attempt began; while it does not rise, attempts are in vain';
COMMENT ON COLUMN exchange_runs.told IS 'Problems and notes that are kept of it, so that nobody need count them';
UPDATE exchange_runs r SET told = (SELECT count(*) FROM exchange_problems p WHERE p.run_id = r.id), begun_from = position;
