-- What people of the staff did, who was refused, and what they changed: written once, never touched again.
CREATE TABLE audit_entries (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp(),
    kind TEXT NOT NULL CONSTRAINT audit_entries_kind_known CHECK (kind IN ('act', 'change', 'refusal', 'sign_in', 'program')),
    actor_id BIGINT,
    actor TEXT NOT NULL,
    acting_for BIGINT,
    address INET,
    request_id UUID,
    door TEXT NOT NULL DEFAULT '',
    path TEXT NOT NULL DEFAULT '',
    subject TEXT NOT NULL DEFAULT '',
    about TEXT NOT NULL DEFAULT '',
    before JSONB,
    after JSONB
);
COMMENT ON TABLE audit_entries IS 'Append-only. No column refers to another table, so nothing that is deleted takes an entry along';
COMMENT ON COLUMN audit_entries.kind IS 'act: somebody used a door; change: a row that the act changed; refusal: a door stayed shut; sign_in; program: the command line';
COMMENT ON COLUMN audit_entries.actor IS 'Their name at that time';
COMMENT ON COLUMN audit_entries.acting_for IS 'The customer on whose behalf they acted';
COMMENT ON COLUMN audit_entries.address IS 'Where the request came from; emptied after 180 days';
COMMENT ON COLUMN audit_entries.request_id IS 'Joins an act with its changes and with the log';
COMMENT ON COLUMN audit_entries.door IS 'Method and route, e.g. POST /admin/staff/{id}/role';
COMMENT ON COLUMN audit_entries.path IS 'The address that was asked, without query';
COMMENT ON COLUMN audit_entries.subject IS 'Table of the changed row';
COMMENT ON COLUMN audit_entries.about IS 'Key of the changed row';
COMMENT ON COLUMN audit_entries.before IS 'The columns that differ, as they were; NULL for a new row. Secrets are masked';
COMMENT ON COLUMN audit_entries.after IS 'The columns that differ, as they became; NULL for a deleted row';
CREATE INDEX audit_entries_of_actor ON audit_entries (actor_id, id DESC);
CREATE INDEX audit_entries_of_subject ON audit_entries (subject, about, id DESC);
CREATE INDEX audit_entries_of_kind ON audit_entries (kind, id DESC);
CREATE INDEX audit_entries_of_request ON audit_entries (request_id) WHERE request_id IS NOT NULL;
CREATE INDEX audit_entries_by_time ON audit_entries (at);
CREATE INDEX audit_entries_with_address ON audit_entries (at) WHERE address IS NOT NULL;

-- ALWAYS: also for who switches triggers off. The one exception keeps personal data no longer than it is needed: an entry older
-- than 180 days may lose its address, and nothing else.
CREATE FUNCTION audit_entries_stay() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF OLD.at < now() - interval '180 days' AND NEW.address IS NULL AND to_jsonb(NEW) - 'address' = to_jsonb(OLD) - 'address' THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'audit_entries is append-only' USING ERRCODE = 'check_violation', CONSTRAINT = 'audit_entries_append_only';
END $$;
CREATE TRIGGER audit_entries_append_only BEFORE UPDATE OR DELETE ON audit_entries FOR EACH ROW EXECUTE FUNCTION audit_entries_stay();
CREATE TRIGGER audit_entries_not_emptied BEFORE TRUNCATE ON audit_entries FOR EACH STATEMENT EXECUTE FUNCTION audit_entries_stay();
ALTER TABLE audit_entries ENABLE ALWAYS TRIGGER audit_entries_append_only, ENABLE ALWAYS TRIGGER audit_entries_not_emptied;
