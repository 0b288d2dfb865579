ALTER TABLE refunds DROP COLUMN corrects;
ALTER TABLE payment_attempts DROP COLUMN credit_id;
