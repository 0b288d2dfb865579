ALTER TABLE accounts DROP COLUMN has_password, DROP COLUMN offers_agreed_at;
DELETE FROM orders WHERE source = 'import';
ALTER TABLE orders DROP CONSTRAINT orders_import_is_closed,
    DROP CONSTRAINT orders_source_known,
    ADD CONSTRAINT orders_source_known CHECK (source IN ('shop', 'staff', 'exchange'));
COMMENT ON COLUMN orders.source IS NULL;
