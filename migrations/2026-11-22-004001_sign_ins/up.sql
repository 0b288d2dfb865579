-- One row for each device on which somebody is signed in. The session itself is the cookie; this row is why a copy of the cookie is
-- worth nothing once the sign-in has ended.
CREATE TABLE sign_ins (
    id UUID PRIMARY KEY,
    account_id BIGINT NOT NULL REFERENCES accounts ON DELETE CASCADE,
    device TEXT NOT NULL DEFAULT '' CONSTRAINT sign_ins_device_short CHECK (length(device) <= 120),
    device_hash BYTEA NOT NULL CONSTRAINT sign_ins_device_hash_whole CHECK (length(device_hash) = 32),
    address TEXT CONSTRAINT sign_ins_address_is_one CHECK (family(address::inet) IN (4, 6)),
    way TEXT NOT NULL CONSTRAINT sign_ins_way_known CHECK (way IN ('password', 'code', 'recovery', 'oidc', 'invitation', 'link')),
    started_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    seen_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    proved_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    ended_at TIMESTAMPTZ,
    ended_by TEXT CONSTRAINT sign_ins_ended_by_known
        CHECK (ended_by IN ('self', 'elsewhere', 'staff', 'password', 'role', 'disabled', 'erased', 'merged')),
    CONSTRAINT sign_ins_ended_told CHECK ((ended_at IS NULL) = (ended_by IS NULL))
);
-- Without seen_at, which changes often: what no index holds is changed within its page.
CREATE INDEX sign_ins_open ON sign_ins (account_id) WHERE ended_at IS NULL;
CREATE INDEX sign_ins_ended ON sign_ins (ended_at) WHERE ended_at IS NOT NULL;
CREATE INDEX sign_ins_started ON sign_ins (started_at);
COMMENT ON TABLE sign_ins IS 'Where somebody is or was signed in, a row for each device and sign-in; old ones are swept';
COMMENT ON COLUMN sign_ins.id IS 'Stands in the session cookie, encrypted; version 4, since it must not be guessed';
COMMENT ON COLUMN sign_ins.device IS 'As the browser called itself, in words: "Firefox on Linux"; empty: it said nothing';
COMMENT ON COLUMN sign_ins.device_hash IS 'SHA-256 of the mark by which the browser is known again';
COMMENT ON COLUMN sign_ins.address IS 'From where it began';
COMMENT ON COLUMN sign_ins.way IS 'password; code: with the second factor; recovery: with a recovery code; oidc: by another provider; invitation; link: by a mailed link';
COMMENT ON COLUMN sign_ins.seen_at IS 'Last use, within a minute';
COMMENT ON COLUMN sign_ins.proved_at IS 'When the person last showed that it is them: at the sign-in, and before what is delicate';
COMMENT ON COLUMN sign_ins.ended_by IS 'self: signed out there; elsewhere: from another device; staff; password, role, disabled, erased, merged: since that happened to the account';

-- Servers keep names in memory for kept pages, under the tag sign-in:ID.
CREATE FUNCTION pages_sign_in_ended() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('pages', 'sign-in:' || OLD.id);
    RETURN NULL;
END $$;
CREATE TRIGGER pages_ended AFTER UPDATE OF ended_at ON sign_ins FOR EACH ROW
    WHEN (OLD.ended_at IS NULL AND NEW.ended_at IS NOT NULL) EXECUTE FUNCTION pages_sign_in_ended();

CREATE FUNCTION pages_sign_ins_gone() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    payload TEXT;
BEGIN
    -- A payload has less than 8,000 bytes, a tag 44.
    FOR payload IN
        SELECT string_agg('sign-in:' || id, ' ') FROM (SELECT id, row_number() OVER () / 150 AS part FROM gone WHERE ended_at IS NULL) one GROUP BY part
    LOOP
        PERFORM pg_notify('pages', payload);
    END LOOP;
    RETURN NULL;
END $$;
CREATE TRIGGER pages_gone AFTER DELETE ON sign_ins REFERENCING OLD TABLE AS gone
    FOR EACH STATEMENT EXECUTE FUNCTION pages_sign_ins_gone();
CREATE TRIGGER pages_emptied AFTER TRUNCATE ON sign_ins FOR EACH STATEMENT EXECUTE FUNCTION pages_all_changed();

ALTER TABLE sign_ins ENABLE ALWAYS TRIGGER pages_ended;
ALTER TABLE sign_ins ENABLE ALWAYS TRIGGER pages_gone;
ALTER TABLE sign_ins ENABLE ALWAYS TRIGGER pages_emptied;
