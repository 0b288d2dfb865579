CREATE TABLE accounts (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    email TEXT NOT NULL CONSTRAINT accounts_email_key UNIQUE CONSTRAINT accounts_email_lower CHECK (email = lower(email)),
    name TEXT NOT NULL CONSTRAINT accounts_name_present CHECK (btrim(name) <> ''),
    password_hash TEXT NOT NULL,
    role TEXT CONSTRAINT accounts_role_known CHECK (role IN ('owner', 'staff')),
    generation INTEGER NOT NULL DEFAULT 1,
    disabled_at TIMESTAMPTZ,
    signed_in_at TIMESTAMPTZ,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now()
);
COMMENT ON COLUMN accounts.role IS 'NULL: a customer';
COMMENT ON COLUMN accounts.password_hash IS 'argon2id in PHC form';
COMMENT ON COLUMN accounts.generation IS 'Raised by a change of password or role; a session cookie of an older generation is signed out';

-- A link by which somebody sets a password and becomes staff. Only the token's hash is kept.
CREATE TABLE invitations (
    token_hash BYTEA PRIMARY KEY,
    email TEXT,
    role TEXT NOT NULL CONSTRAINT invitations_role_known CHECK (role IN ('owner', 'staff')),
    expires_at TIMESTAMPTZ NOT NULL,
    used_at TIMESTAMPTZ,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now()
);
COMMENT ON COLUMN invitations.email IS 'NULL: the person who opens the link gives the address (first owner)';
