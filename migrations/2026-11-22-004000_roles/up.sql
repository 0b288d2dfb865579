-- Who of the staff may do what: a role is a named set of permissions. An owner may everything and needs no row here.
CREATE TABLE roles (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name TEXT NOT NULL CONSTRAINT roles_name_short CHECK (btrim(name) <> '' AND length(name) <= 60),
    permissions TEXT[] NOT NULL DEFAULT '{}' CONSTRAINT roles_permissions_whole CHECK (array_position(permissions, NULL) IS NULL),
    needs_second_factor BOOLEAN NOT NULL DEFAULT false,
    standard BOOLEAN NOT NULL DEFAULT false,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now()
);
COMMENT ON COLUMN roles.permissions IS 'room.act, as in the program''s list; one that a program does not know is ignored by it, so that two versions share the table';
COMMENT ON COLUMN roles.needs_second_factor IS 'Whoever has this role sets a second factor up before anything else';
COMMENT ON COLUMN roles.standard IS 'That of staff without a role of their own (accounts.role_id is NULL): those whom a former program made';
CREATE UNIQUE INDEX roles_name_key ON roles (lower(name));
CREATE UNIQUE INDEX roles_one_standard ON roles (standard) WHERE standard;

INSERT INTO roles (name, standard, permissions) VALUES
    ('Standard', true, '{orders.see,orders.change,orders.refund,orders.export,customers.see,customers.change,catalog.see,catalog.change,stock.see,stock.change,promotions.see,credit.see,credit.issue,content.see,content.change,reviews.see,reviews.change,newsletter.see,reports.see,mails.see,jobs.see,jobs.change}'),
    ('Warehouse', false, '{orders.see,orders.change,catalog.see,stock.see,stock.change}'),
    ('Support', false, '{orders.see,orders.change,orders.refund,customers.see,customers.change,catalog.see,stock.see,promotions.see,credit.see,credit.issue,content.see,reviews.see,reviews.change,mails.see}'),
    ('Marketing', false, '{customers.see,catalog.see,catalog.change,prices.see,promotions.see,promotions.change,content.see,content.change,reviews.see,reviews.change,newsletter.see,newsletter.export,reports.see}'),
    ('Books', false, '{orders.see,orders.export,customers.see,customers.export,catalog.see,prices.see,promotions.see,credit.see,reports.see,books.see,settings.see,exchange.export}');

ALTER TABLE accounts
    ADD COLUMN role_id BIGINT CONSTRAINT accounts_role_id_fkey REFERENCES roles ON DELETE RESTRICT,
    ADD COLUMN IF NOT EXISTS confirmed_at TIMESTAMPTZ,
    ADD COLUMN IF NOT EXISTS blocked_at TIMESTAMPTZ,
    ADD COLUMN IF NOT EXISTS blocked_reason TEXT NOT NULL DEFAULT '',
    ADD COLUMN IF NOT EXISTS merged_into BIGINT REFERENCES accounts,
    ADD COLUMN IF NOT EXISTS erased_at TIMESTAMPTZ,
    ADD COLUMN IF NOT EXISTS phone TEXT NOT NULL DEFAULT '',
    ADD CONSTRAINT accounts_role_id_of_staff CHECK (role_id IS NULL OR role = 'staff'),
    ADD CONSTRAINT accounts_blocked_reason_short CHECK (length(blocked_reason) <= 200 AND (blocked_at IS NOT NULL OR blocked_reason = ''));
COMMENT ON COLUMN accounts.role_id IS 'What somebody of the staff may do; NULL: the standard role, or none for customers and owners';
COMMENT ON COLUMN accounts.confirmed_at IS 'When somebody proved that the address is theirs; NULL: nobody has yet';
COMMENT ON COLUMN accounts.blocked_at IS 'Can''t order since then; signs in and reads as before';
COMMENT ON COLUMN accounts.blocked_reason IS 'Why, for the staff; the customer does not read it';
COMMENT ON COLUMN accounts.merged_into IS 'The account that took everything over; this one is an empty, disabled shell';
COMMENT ON COLUMN accounts.erased_at IS 'The person asked to be forgotten; what stands here names nobody';
-- Staff came by an invitation; customers confirm their address at their next sign-in.
UPDATE accounts SET confirmed_at = created_at WHERE role IS NOT NULL AND confirmed_at IS NULL;
CREATE INDEX accounts_of_role ON accounts (role_id) WHERE role_id IS NOT NULL;
CREATE INDEX accounts_staff ON accounts (name, id) WHERE role IS NOT NULL;
CREATE INDEX accounts_merged ON accounts (merged_into) WHERE merged_into IS NOT NULL;

ALTER TABLE invitations
    ADD COLUMN id BIGINT GENERATED ALWAYS AS IDENTITY CONSTRAINT invitations_id_key UNIQUE,
    ADD COLUMN role_id BIGINT CONSTRAINT invitations_role_id_fkey REFERENCES roles ON DELETE RESTRICT,
    ADD COLUMN invited_by BIGINT REFERENCES accounts ON DELETE CASCADE,
    ADD CONSTRAINT invitations_role_id_of_staff CHECK (role_id IS NULL OR role = 'staff');
COMMENT ON COLUMN invitations.role_id IS 'NULL: the standard role, or an owner';
COMMENT ON COLUMN invitations.invited_by IS 'NULL: the command line, or the first owner';
CREATE INDEX invitations_of_role ON invitations (role_id) WHERE role_id IS NOT NULL;
CREATE INDEX invitations_by ON invitations (invited_by) WHERE invited_by IS NOT NULL;
CREATE INDEX invitations_open ON invitations (id DESC) WHERE used_at IS NULL;

-- The shop always has an owner who can sign in: the last one is neither demoted, disabled nor deleted, also not by two who demote
-- each other at the same moment. The lock comes first, so that the second of them looks when the first is done.
CREATE FUNCTION accounts_owners_one_by_one() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('owners'));
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER accounts_owners_changed BEFORE UPDATE OF role, disabled_at ON accounts
    FOR EACH ROW WHEN (OLD.role = 'owner' AND OLD.disabled_at IS NULL) EXECUTE FUNCTION accounts_owners_one_by_one();
CREATE TRIGGER accounts_owners_deleted BEFORE DELETE ON accounts
    FOR EACH ROW WHEN (OLD.role = 'owner' AND OLD.disabled_at IS NULL) EXECUTE FUNCTION accounts_owners_one_by_one();

CREATE FUNCTION accounts_owner_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM accounts WHERE role = 'owner' AND disabled_at IS NULL) THEN
        RAISE EXCEPTION 'the shop would have no owner' USING ERRCODE = 'check_violation', CONSTRAINT = 'accounts_owner_stays';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER accounts_owner_stays AFTER UPDATE OF role, disabled_at ON accounts
    FOR EACH ROW WHEN (OLD.role = 'owner' AND OLD.disabled_at IS NULL) EXECUTE FUNCTION accounts_owner_stays();
CREATE TRIGGER accounts_owner_stays_there AFTER DELETE ON accounts
    FOR EACH ROW WHEN (OLD.role = 'owner' AND OLD.disabled_at IS NULL) EXECUTE FUNCTION accounts_owner_stays();
