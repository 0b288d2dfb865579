DELETE FROM carts WHERE made_by IS NOT NULL AND ordered_at IS NULL;
DROP INDEX carts_one_open_per_account;
CREATE UNIQUE INDEX carts_one_open_per_account ON carts (account_id) WHERE account_id IS NOT NULL AND ordered_at IS NULL;
