-- What staff say of an order that they put together, beside the answers that a shopper gives.
ALTER TABLE checkouts
    ADD COLUMN fees JSONB NOT NULL DEFAULT '[]' CONSTRAINT checkouts_fees_list CHECK (jsonb_typeof(fees) = 'array'),
    ADD COLUMN note TEXT NOT NULL DEFAULT '' CONSTRAINT checkouts_note_length CHECK (char_length(note) <= 2000);
COMMENT ON COLUMN checkouts.fees IS 'Charges that staff puts on the order: label, tax class, and minor units as the shop enters prices';
COMMENT ON COLUMN checkouts.note IS 'For the order''s timeline, read by staff only';

ALTER TABLE store
    ADD COLUMN payment_link_days INTEGER NOT NULL DEFAULT 7 CONSTRAINT store_payment_link_days_range CHECK (payment_link_days BETWEEN 1 AND 90);
COMMENT ON COLUMN store.payment_link_days IS 'How long an order that staff put together waits for its payment by the link';

-- What is paid at the counter. It is never offered to shoppers, so it stays off.
INSERT INTO gateway_settings (code, active, position) VALUES ('in_shop', FALSE, 7) ON CONFLICT DO NOTHING;

-- An order whose tries were only let go of by the shop, or of which a part was paid by a gateway, is due and not failed.
UPDATE orders o SET payment_state = 'due' WHERE payment_state = 'failed' AND (
    NOT EXISTS (SELECT FROM payment_attempts a WHERE a.order_id = o.id
                AND (a.state IN ('failed', 'expired') OR (a.state = 'voided' AND a.authorised > 0)))
    OR EXISTS (SELECT FROM payment_attempts a WHERE a.order_id = o.id AND a.credit_id IS NULL AND a.captured > 0));
