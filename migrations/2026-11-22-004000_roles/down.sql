DROP TRIGGER accounts_owner_stays ON accounts;
DROP TRIGGER accounts_owner_stays_there ON accounts;
DROP TRIGGER accounts_owners_changed ON accounts;
DROP TRIGGER accounts_owners_deleted ON accounts;
DROP FUNCTION accounts_owner_stays();
DROP FUNCTION accounts_owners_one_by_one();
DROP INDEX accounts_staff;
ALTER TABLE invitations DROP COLUMN id, DROP COLUMN role_id, DROP COLUMN invited_by;
ALTER TABLE accounts DROP COLUMN role_id, DROP COLUMN IF EXISTS confirmed_at, DROP COLUMN IF EXISTS blocked_at,
    DROP COLUMN IF EXISTS blocked_reason, DROP COLUMN IF EXISTS merged_into, DROP COLUMN IF EXISTS erased_at, DROP COLUMN IF EXISTS phone;
DROP TABLE roles;
