-- Gift cards and store credit pay like any other attempt, and money that goes back since an order got smaller is told apart.
ALTER TABLE payment_attempts
    ADD COLUMN credit_id BIGINT REFERENCES credits ON DELETE RESTRICT,
    ADD CONSTRAINT payment_attempts_credit_named CHECK ((credit_id IS NOT NULL) = (gateway IN ('gift_card', 'store_credit')));
COMMENT ON COLUMN payment_attempts.credit_id IS 'The gift card or store credit that paid; no gateway has anything to do with it';
CREATE INDEX payment_attempts_of_credit ON payment_attempts (credit_id) WHERE credit_id IS NOT NULL;

ALTER TABLE refunds ADD COLUMN corrects BOOLEAN NOT NULL DEFAULT false;
COMMENT ON COLUMN refunds.corrects IS 'Given back because the order''s total fell: the order is not partly refunded by it, it costs less';
