ALTER TABLE mails DROP COLUMN private;
DROP TABLE account_links;
ALTER TABLE accounts DROP COLUMN IF EXISTS confirmed_at;
