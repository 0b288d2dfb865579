-- Other goods in place of those that came back. What the return is worth pays the new order: on the old order it counts as given
-- back, on the new one as a payment, and no gateway has anything to do with it.
ALTER TABLE returns
    ADD COLUMN exchanged BIGINT NOT NULL DEFAULT 0,
    ADD CONSTRAINT returns_exchanged_within_refunded CHECK (exchanged BETWEEN 0 AND refunded),
    ADD CONSTRAINT returns_exchange_settles CHECK (exchange_order_id IS NULL OR settled_as = 'exchange');
COMMENT ON COLUMN returns.exchanged IS 'Minor units, a part of refunded: what paid for the order with the other goods';
COMMENT ON COLUMN returns.exchange_order_id IS 'The order with the goods that the customer got instead';
CREATE UNIQUE INDEX returns_of_exchange ON returns (exchange_order_id) WHERE exchange_order_id IS NOT NULL;

ALTER TABLE refunds
    ADD COLUMN way TEXT NOT NULL DEFAULT 'gateway' CONSTRAINT refunds_way_known CHECK (way IN ('gateway', 'store_credit', 'exchange')),
    ADD COLUMN return_id BIGINT REFERENCES returns ON DELETE RESTRICT,
    ADD COLUMN told TEXT NOT NULL DEFAULT '';
COMMENT ON COLUMN refunds.way IS 'gateway: the way it came; store_credit: it was granted as store credit instead; exchange: it paid another order';
COMMENT ON COLUMN refunds.return_id IS 'The return that it makes good, for the lines of the credit note';
COMMENT ON COLUMN refunds.reason IS 'For staff only';
COMMENT ON COLUMN refunds.told IS 'What the credit note says of it; empty: the order''s number';
CREATE INDEX refunds_of_return ON refunds (return_id) WHERE return_id IS NOT NULL;

CREATE TABLE moved_refunds (
    refund_id UUID PRIMARY KEY REFERENCES refunds ON DELETE RESTRICT,
    attempt_id UUID NOT NULL REFERENCES payment_attempts ON DELETE RESTRICT
);
COMMENT ON TABLE moved_refunds IS 'Which payment of an exchange''s order a refund of the first order became; when that payment goes back, it goes back the way the first order was paid';
CREATE INDEX moved_refunds_of_attempt ON moved_refunds (attempt_id);
