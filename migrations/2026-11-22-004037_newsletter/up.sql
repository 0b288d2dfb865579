-- Who gets the newsletter: only addresses whose owners said so twice, the second time by a link that was mailed to them.
CREATE TABLE subscribers (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    email TEXT NOT NULL CONSTRAINT subscribers_email_key UNIQUE CONSTRAINT subscribers_email_lower CHECK (email = lower(email)),
    state TEXT NOT NULL CONSTRAINT subscribers_state_known CHECK (state IN ('pending', 'confirmed', 'ended')),
    token_hash TEXT CONSTRAINT subscribers_token_hash_key UNIQUE,
    end_token TEXT NOT NULL CONSTRAINT subscribers_end_token_key UNIQUE CONSTRAINT subscribers_end_token_long CHECK (length(end_token) >= 32),
    source TEXT NOT NULL,
    asked_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    confirmed_at TIMESTAMPTZ,
    ended_at TIMESTAMPTZ,
    CONSTRAINT subscribers_confirmed_when CHECK (state <> 'confirmed' OR confirmed_at IS NOT NULL),
    CONSTRAINT subscribers_ended_when CHECK (state <> 'ended' OR ended_at IS NOT NULL),
    CONSTRAINT subscribers_link_while_pending CHECK (token_hash IS NULL OR state = 'pending')
);
COMMENT ON COLUMN subscribers.state IS 'pending: asked for, not confirmed; nothing but the link is sent. ended: kept so that it is not imported anew';
COMMENT ON COLUMN subscribers.token_hash IS 'SHA-256 in hex of the mailed link''s token, which works for 24 hours from asked_at';
COMMENT ON COLUMN subscribers.end_token IS 'Ends the subscription and opens nothing, so it is kept as it is: every newsletter must carry it';
COMMENT ON COLUMN subscribers.source IS 'Where it was asked for: form, account';
CREATE INDEX subscribers_newest ON subscribers (asked_at DESC, id DESC);

-- What people agreed to and took back, as it was put to them. Nothing is changed or deleted but who it was, when a person is erased.
CREATE TABLE consents (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    person TEXT NOT NULL CONSTRAINT consents_person_present CHECK (person <> ''),
    account_id BIGINT CONSTRAINT consents_account_id_fkey REFERENCES accounts ON DELETE SET NULL,
    purpose TEXT NOT NULL CONSTRAINT consents_purpose_present CHECK (purpose <> ''),
    given BOOLEAN NOT NULL,
    wording TEXT NOT NULL,
    source TEXT NOT NULL,
    address INET,
    at TIMESTAMPTZ NOT NULL DEFAULT now()
);
COMMENT ON TABLE consents IS 'Append-only';
COMMENT ON COLUMN consents.person IS 'E-mail address in lower case, or what stands in its place once the person is erased';
COMMENT ON COLUMN consents.purpose IS 'newsletter_asked: the address was given and is not proven; newsletter: said by whoever reads its mail';
COMMENT ON COLUMN consents.given IS 'false: taken back';
COMMENT ON COLUMN consents.wording IS 'The sentence that was agreed to';
COMMENT ON COLUMN consents.source IS 'Where: form, mail, account';
COMMENT ON COLUMN consents.address IS 'From where';
CREATE INDEX consents_of_person ON consents (person, id DESC);
CREATE INDEX consents_of_account ON consents (account_id) WHERE account_id IS NOT NULL;

CREATE FUNCTION consents_stand() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND to_jsonb(NEW) - '{person,account_id,address}'::text[] = to_jsonb(OLD) - '{person,account_id,address}'::text[]
       AND (NEW.account_id IS NULL OR NEW.account_id = OLD.account_id) AND (NEW.address IS NULL OR NEW.address = OLD.address) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'consents are only added to' USING ERRCODE = 'restrict_violation', CONSTRAINT = 'consents_append_only';
END $$;
CREATE TRIGGER consents_stand BEFORE UPDATE OR DELETE ON consents FOR EACH ROW EXECUTE FUNCTION consents_stand();
CREATE FUNCTION consents_stay() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'consents are only added to' USING ERRCODE = 'restrict_violation', CONSTRAINT = 'consents_append_only';
END $$;
CREATE TRIGGER consents_stay BEFORE TRUNCATE ON consents FOR EACH STATEMENT EXECUTE FUNCTION consents_stay();

ALTER TABLE mails ADD COLUMN unsubscribe_url TEXT NOT NULL DEFAULT '';
COMMENT ON COLUMN mails.unsubscribe_url IS 'Where mail programs end what this mail belongs to by one click (RFC 8058); empty: it belongs to nothing that can be ended';
