-- A cart that staff fills for a customer is beside the customer's own, of which there is one.
DROP INDEX carts_one_open_per_account;
CREATE UNIQUE INDEX carts_one_open_per_account ON carts (account_id) WHERE account_id IS NOT NULL AND ordered_at IS NULL AND made_by IS NULL;
