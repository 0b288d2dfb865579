-- An account is made, or its password or address changed, only by who reads its mail.

-- When the address was shown to be theirs, by a link that was mailed to it. Customers from before this confirm at their next sign-in.
ALTER TABLE accounts ADD COLUMN IF NOT EXISTS confirmed_at TIMESTAMPTZ;
COMMENT ON COLUMN accounts.confirmed_at IS 'When somebody showed that they read the address''s mail; NULL: nobody did, so the account can''t be used';

-- Every mailed link of accounts. Each works once and for a while. The token itself stands only in its mail.
CREATE TABLE account_links (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    kind TEXT NOT NULL CONSTRAINT account_links_kind_known
        CHECK (kind IN ('sign_up', 'reset', 'email_old', 'email_new', 'sign_in')),
    token_hash BYTEA CONSTRAINT account_links_token_hash_key UNIQUE,
    account_id BIGINT REFERENCES accounts ON DELETE CASCADE,
    email TEXT NOT NULL CONSTRAINT account_links_email_short CHECK (length(email) <= 254),
    name TEXT NOT NULL DEFAULT '' CONSTRAINT account_links_name_short CHECK (length(name) <= 100),
    return_to TEXT NOT NULL DEFAULT '' CONSTRAINT account_links_return_to_short CHECK (length(return_to) <= 400),
    pair UUID,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    expires_at TIMESTAMPTZ NOT NULL DEFAULT now() + interval '1 day',
    used_at TIMESTAMPTZ,
    CONSTRAINT account_links_of_account CHECK (token_hash IS NULL OR (kind = 'sign_up') = (account_id IS NULL)),
    CONSTRAINT account_links_paired CHECK ((pair IS NOT NULL) = (kind IN ('email_old', 'email_new')))
);
COMMENT ON TABLE account_links IS 'Mailed links by which somebody shows that they read an address''s mail';
COMMENT ON COLUMN account_links.token_hash IS 'SHA-256 of 40 random characters; NULL: asked for, and the worker has not mailed it yet';
COMMENT ON COLUMN account_links.account_id IS 'NULL: of a sign-up, or not looked up yet, so that asking takes as long whether there is an account or not';
COMMENT ON COLUMN account_links.email IS 'Where it is mailed to';
COMMENT ON COLUMN account_links.expires_at IS 'Set anew when it is mailed; until then, how long the worker may take';
COMMENT ON COLUMN account_links.name IS 'Of who signs up';
COMMENT ON COLUMN account_links.return_to IS 'Path of the shop to go on to';
COMMENT ON COLUMN account_links.pair IS 'Joins both ends of one change of address';
CREATE INDEX account_links_by_email ON account_links (email, kind);
CREATE INDEX account_links_by_account ON account_links (account_id) WHERE account_id IS NOT NULL;
CREATE INDEX account_links_by_pair ON account_links (pair) WHERE pair IS NOT NULL;
CREATE INDEX account_links_old ON account_links (expires_at);

-- A mail with a link that opens an account is nobody's to read but the recipient's.
ALTER TABLE mails ADD COLUMN private BOOLEAN NOT NULL DEFAULT false;
COMMENT ON COLUMN mails.private IS 'Holds a link or code that opens something; the bodies are emptied once it is sent, and staff never see them';
