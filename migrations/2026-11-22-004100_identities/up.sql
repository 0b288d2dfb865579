-- Signing in by OpenID Connect: who vouches for people, and whom they know.

CREATE TABLE identity_providers (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    slug TEXT NOT NULL CONSTRAINT identity_providers_slug_key UNIQUE CONSTRAINT identity_providers_slug_plain CHECK (slug ~ '^[a-z0-9-]{1,40}$'),
    name TEXT NOT NULL CONSTRAINT identity_providers_name_short CHECK (length(name) BETWEEN 1 AND 60),
    issuer TEXT NOT NULL CONSTRAINT identity_providers_issuer_key UNIQUE
        CONSTRAINT identity_providers_issuer_is_address CHECK (issuer ~ '^https?://' AND length(issuer) <= 400),
    client_id TEXT NOT NULL CONSTRAINT identity_providers_client_id_short CHECK (length(client_id) BETWEEN 1 AND 255),
    secret_sealed TEXT NOT NULL DEFAULT '',
    for_customers BOOLEAN NOT NULL DEFAULT false,
    for_staff BOOLEAN NOT NULL DEFAULT false,
    active BOOLEAN NOT NULL DEFAULT true,
    sign_in_origin TEXT NOT NULL DEFAULT '' CONSTRAINT identity_providers_origin_plain CHECK (sign_in_origin ~ '^(https?://[^\s;,]+)?$'),
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    CONSTRAINT identity_providers_for_somebody CHECK (for_customers OR for_staff)
);
COMMENT ON TABLE identity_providers IS 'Who vouches for people that sign in by OpenID Connect';
COMMENT ON COLUMN identity_providers.slug IS 'In the address to which the provider sends people back, which it knows too: never changed';
COMMENT ON COLUMN identity_providers.issuer IS 'By which the provider calls itself in what it signs; its description is found below it';
COMMENT ON COLUMN identity_providers.secret_sealed IS 'The password of the shop at the provider, sealed under the shop''s key ring; empty: it has none';
COMMENT ON COLUMN identity_providers.active IS 'false: its button is gone and nobody comes in by it, and whoever was linked stays linked';
COMMENT ON COLUMN identity_providers.sign_in_origin IS 'Where people are sent to sign in, as pages with its button must allow; empty: not looked up yet';

CREATE TABLE identities (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    provider_id BIGINT NOT NULL REFERENCES identity_providers ON DELETE CASCADE,
    subject TEXT NOT NULL CONSTRAINT identities_subject_plain CHECK (subject ~ '^[\x20-\x7e]{1,255}$'),
    account_id BIGINT NOT NULL REFERENCES accounts ON DELETE CASCADE,
    known_as TEXT NOT NULL DEFAULT '' CONSTRAINT identities_known_as_short CHECK (length(known_as) <= 254),
    linked_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    used_at TIMESTAMPTZ,
    CONSTRAINT identities_subject_key UNIQUE (provider_id, subject)
);
CREATE INDEX identities_by_account ON identities (account_id);
COMMENT ON TABLE identities IS 'People as a provider knows them, each of whom opens one account here';
COMMENT ON COLUMN identities.subject IS 'The provider''s own name for the person, which it gives to nobody else (OpenID Connect Core 1.0, 2)';
COMMENT ON COLUMN identities.known_as IS 'The address that the provider told when it was linked, to be read by its owner; decides nothing';
COMMENT ON COLUMN identities.used_at IS 'Last sign-in by it; NULL: none since it was linked';

-- Linked are as many as somebody may have; the account's lock keeps two at once from being one too many.
CREATE FUNCTION identities_at_most_20() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM accounts WHERE id = NEW.account_id FOR NO KEY UPDATE;
    IF (SELECT count(*) FROM identities WHERE account_id = NEW.account_id) >= 20 THEN
        RAISE EXCEPTION 'an account has 20 identities at most' USING ERRCODE = 'check_violation', CONSTRAINT = 'identities_at_most_20';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER identities_at_most_20 BEFORE INSERT ON identities FOR EACH ROW EXECUTE FUNCTION identities_at_most_20();

-- A subject is a name that this issuer gave: under another one it would be somebody else.
CREATE FUNCTION identity_providers_stay() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a provider keeps its issuer and address' USING ERRCODE = 'check_violation', CONSTRAINT = 'identity_providers_stay';
END $$;
CREATE TRIGGER identity_providers_stay BEFORE UPDATE OF issuer, slug ON identity_providers FOR EACH ROW
    WHEN (NEW.issuer <> OLD.issuer OR NEW.slug <> OLD.slug) EXECUTE FUNCTION identity_providers_stay();

SELECT audit_follow('identity_providers', 'id', 'sign_in_origin', 'secret_sealed');
SELECT audit_follow('identities', 'id', 'used_at', 'subject,known_as');
