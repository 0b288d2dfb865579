-- Customers keep the addresses that they order to, and say which are offered first.

-- Both stand in the migration of roles as well.
ALTER TABLE accounts ADD COLUMN IF NOT EXISTS confirmed_at TIMESTAMPTZ, ADD COLUMN IF NOT EXISTS phone TEXT NOT NULL DEFAULT '';

CREATE TABLE addresses (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    account_id BIGINT NOT NULL CONSTRAINT addresses_account_id_fkey REFERENCES accounts ON DELETE CASCADE,
    address JSONB NOT NULL CONSTRAINT addresses_address_object CHECK (jsonb_typeof(address) = 'object'),
    phone TEXT NOT NULL DEFAULT '' CONSTRAINT addresses_phone_short CHECK (length(phone) <= 40),
    delivery_default BOOLEAN NOT NULL DEFAULT false,
    billing_default BOOLEAN NOT NULL DEFAULT false,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now()
);
COMMENT ON TABLE addresses IS 'What customers keep for their next order; an order has copies of its own';
COMMENT ON COLUMN addresses.address IS 'As in checkouts: name, company, line1, line2, city, region, postcode, country';
COMMENT ON COLUMN addresses.delivery_default IS 'Chosen at the checkout unless the customer chooses another';
COMMENT ON COLUMN addresses.billing_default IS 'The same for a bill that goes elsewhere';
CREATE INDEX addresses_of_account ON addresses (account_id, id);
CREATE UNIQUE INDEX addresses_one_delivery_default ON addresses (account_id) WHERE delivery_default;
CREATE UNIQUE INDEX addresses_one_billing_default ON addresses (account_id) WHERE billing_default;

-- Counted under the account's lock, so that two at once can't both be the fiftieth. The lock lets orders refer to the account meanwhile.
CREATE FUNCTION addresses_bounded() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM accounts WHERE id = NEW.account_id FOR NO KEY UPDATE;
    IF (SELECT count(*) FROM addresses WHERE account_id = NEW.account_id) >= 50 THEN
        RAISE EXCEPTION 'an account keeps 50 addresses at most' USING ERRCODE = 'check_violation', CONSTRAINT = 'addresses_at_most_50';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER addresses_bounded BEFORE INSERT ON addresses FOR EACH ROW EXECUTE FUNCTION addresses_bounded();

-- Guests' orders wait under their address for an account that proves it.
CREATE INDEX orders_of_guests ON orders (lower(email)) WHERE account_id IS NULL;
