-- Customers and orders that come from another shop.

-- An order of another shop is a record: nothing is shipped, charged or given back by it here, and no stock belongs to it.
ALTER TABLE orders DROP CONSTRAINT orders_source_known,
    ADD CONSTRAINT orders_source_known CHECK (source IN ('shop', 'staff', 'exchange', 'import')) NOT VALID,
    ADD CONSTRAINT orders_import_is_closed CHECK (source <> 'import' OR lifecycle IN ('completed', 'cancelled')) NOT VALID;
ALTER TABLE orders VALIDATE CONSTRAINT orders_source_known;
ALTER TABLE orders VALIDATE CONSTRAINT orders_import_is_closed;
COMMENT ON COLUMN orders.source IS 'shop, staff, exchange (in place of what came back), or import: a record of another shop, closed for ever';

ALTER TABLE accounts
    ADD COLUMN has_password BOOLEAN NOT NULL DEFAULT true,
    ADD COLUMN offers_agreed_at TIMESTAMPTZ;
COMMENT ON COLUMN accounts.has_password IS 'false: came by an import; password_hash fits nothing that anybody knows until the customer sets a password';
COMMENT ON COLUMN accounts.offers_agreed_at IS 'When the customer agreed to be sent offers (consent, GDPR art. 7); NULL: did not';
