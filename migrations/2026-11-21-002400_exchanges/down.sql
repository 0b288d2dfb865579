DROP TABLE moved_refunds;
ALTER TABLE refunds DROP COLUMN told, DROP COLUMN return_id, DROP COLUMN way;
COMMENT ON COLUMN refunds.reason IS NULL;
DROP INDEX returns_of_exchange;
COMMENT ON COLUMN returns.exchange_order_id IS NULL;
ALTER TABLE returns DROP CONSTRAINT returns_exchange_settles, DROP CONSTRAINT returns_exchanged_within_refunded, DROP COLUMN exchanged;
