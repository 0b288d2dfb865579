-- Who pays another price, or no tax, and work that comes round again.
CREATE TABLE customer_groups (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name TEXT NOT NULL CONSTRAINT customer_groups_name_present CHECK (btrim(name) <> ''),
    created_at TIMESTAMPTZ NOT NULL DEFAULT now()
);
COMMENT ON TABLE customer_groups IS 'E.g. trade customers: prices and promotions can be theirs alone';
CREATE UNIQUE INDEX customer_groups_name_key ON customer_groups (lower(name));

ALTER TABLE accounts
    ADD COLUMN group_id BIGINT REFERENCES customer_groups ON DELETE SET NULL,
    ADD COLUMN tax_exemption TEXT NOT NULL DEFAULT '' CONSTRAINT accounts_tax_exemption_short CHECK (length(tax_exemption) <= 200);
COMMENT ON COLUMN accounts.group_id IS 'NULL: an ordinary customer';
COMMENT ON COLUMN accounts.tax_exemption IS 'Why this customer pays no tax, e.g. the certificate''s number; empty: pays tax';
CREATE INDEX accounts_of_group ON accounts (group_id, id) WHERE group_id IS NOT NULL;

ALTER TABLE jobs ADD COLUMN schedule_key TEXT CONSTRAINT jobs_schedule_key_key UNIQUE;
COMMENT ON COLUMN jobs.schedule_key IS 'Not NULL: comes round again and again; the only one of its key';
