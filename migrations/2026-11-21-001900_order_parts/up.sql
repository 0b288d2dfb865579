-- What an order is made of besides goods and delivery: discounts, fees, several taxes, edits, returns.
ALTER TABLE orders
    ADD COLUMN discount_total BIGINT NOT NULL DEFAULT 0 CONSTRAINT orders_discount_total_negative CHECK (discount_total <= 0),
    ADD COLUMN fee_total BIGINT NOT NULL DEFAULT 0 CONSTRAINT orders_fee_total_positive CHECK (fee_total >= 0),
    ADD COLUMN tax_included BOOLEAN NOT NULL DEFAULT true,
    ADD COLUMN tax_treatment TEXT NOT NULL DEFAULT 'taxed' CONSTRAINT orders_tax_treatment_known
        CHECK (tax_treatment IN ('taxed', 'reverse_charge', 'export', 'exempt')),
    ADD COLUMN tax_reason TEXT NOT NULL DEFAULT '',
    ADD COLUMN vat_number TEXT NOT NULL DEFAULT '',
    ADD COLUMN source TEXT NOT NULL DEFAULT 'shop' CONSTRAINT orders_source_known CHECK (source IN ('shop', 'staff', 'exchange')),
    ADD COLUMN shipping_method_id BIGINT REFERENCES shipping_methods ON DELETE SET NULL,
    ADD COLUMN delivery_entered BIGINT NOT NULL DEFAULT 0,
    ADD COLUMN is_pickup BOOLEAN NOT NULL DEFAULT false,
    ADD COLUMN revision INTEGER NOT NULL DEFAULT 1,
    DROP CONSTRAINT orders_total_adds_up,
    ADD CONSTRAINT orders_total_adds_up CHECK (
        total = items_total + discount_total + delivery_total + fee_total + CASE WHEN tax_included THEN 0 ELSE tax_total END
    ),
    ADD CONSTRAINT orders_total_positive CHECK (total >= 0),
    ADD CONSTRAINT orders_untaxed_means_no_tax CHECK (tax_treatment = 'taxed' OR tax_total = 0);
COMMENT ON COLUMN orders.items_total IS 'Minor units before discounts; with or without tax as tax_included says, like every amount of the order';
COMMENT ON COLUMN orders.discount_total IS 'Sum of order_discounts, never above zero';
COMMENT ON COLUMN orders.tax_included IS 'Whether the amounts contain tax_total or it comes on top';
COMMENT ON COLUMN orders.tax_treatment IS 'Three ways to owe no tax, kept apart since the law does: reverse charge, export, exemption';
COMMENT ON COLUMN orders.tax_reason IS 'The sentence that the customer read';
COMMENT ON COLUMN orders.total IS 'Minor units, what the customer pays';
COMMENT ON COLUMN orders.delivery_entered IS 'The delivery price as the shop entered it, for when an edit works it out anew';
COMMENT ON COLUMN orders.revision IS 'Raised by every edit, so that two of staff do not overwrite each other';

ALTER TABLE order_lines
    ADD COLUMN entered_price BIGINT,
    ADD COLUMN tax_class TEXT NOT NULL DEFAULT 'standard',
    ADD COLUMN is_gift_card BOOLEAN NOT NULL DEFAULT false,
    ADD COLUMN note TEXT NOT NULL DEFAULT '',
    ADD COLUMN returned INTEGER NOT NULL DEFAULT 0,
    ADD CONSTRAINT order_lines_returned_range CHECK (returned BETWEEN 0 AND shipped),
    DROP CONSTRAINT order_lines_quantity_range,
    ADD CONSTRAINT order_lines_quantity_range CHECK (quantity BETWEEN 0 AND 9999);
COMMENT ON COLUMN order_lines.entered_price IS 'The unit price as the shop entered it, with or without tax by its setting; NULL: the same as unit_price';
COMMENT ON COLUMN order_lines.quantity IS '0: taken out by an edit; the line stays for its history';
COMMENT ON COLUMN order_lines.note IS 'Why it costs what it costs, e.g. a sale or a gift';
COMMENT ON COLUMN order_lines.returned IS 'Units in returns that are open or done, so that nothing is returned twice';

CREATE TABLE order_discounts (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    order_id BIGINT NOT NULL REFERENCES orders ON DELETE CASCADE,
    order_line_id BIGINT REFERENCES order_lines ON DELETE CASCADE,
    promotion_id BIGINT,
    coupon_id BIGINT,
    label TEXT NOT NULL,
    amount BIGINT NOT NULL CONSTRAINT order_discounts_amount_negative CHECK (amount <= 0)
);
COMMENT ON COLUMN order_discounts.order_line_id IS 'NULL: a discount on delivery';
COMMENT ON COLUMN order_discounts.promotion_id IS 'The winner that was applied; no foreign key, since the label is the record';
CREATE INDEX order_discounts_of_order ON order_discounts (order_id);
CREATE INDEX order_discounts_of_line ON order_discounts (order_line_id);
CREATE INDEX order_discounts_of_promotion ON order_discounts (promotion_id) WHERE promotion_id IS NOT NULL;

CREATE TABLE order_fees (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    order_id BIGINT NOT NULL REFERENCES orders ON DELETE CASCADE,
    label TEXT NOT NULL,
    tax_class TEXT NOT NULL DEFAULT 'standard',
    entered BIGINT NOT NULL DEFAULT 0,
    amount BIGINT NOT NULL CONSTRAINT order_fees_amount_positive CHECK (amount >= 0)
);
CREATE INDEX order_fees_of_order ON order_fees (order_id);

ALTER TABLE order_tax_lines
    ADD COLUMN base BIGINT NOT NULL DEFAULT 0,
    ADD COLUMN order_fee_id BIGINT REFERENCES order_fees ON DELETE CASCADE;
COMMENT ON COLUMN order_tax_lines.base IS 'Net amount that was taxed';
COMMENT ON COLUMN order_tax_lines.order_line_id IS 'NULL: tax on delivery or, with order_fee_id, on a fee';
CREATE INDEX order_tax_lines_of_fee ON order_tax_lines (order_fee_id) WHERE order_fee_id IS NOT NULL;

-- One look at each order, however many of its rows changed: the sums of lines, discounts, fees and taxes.
CREATE OR REPLACE FUNCTION order_adds_up() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    of_order BIGINT := CASE WHEN TG_TABLE_NAME = 'orders' THEN (to_jsonb(NEW) ->> 'id')::BIGINT ELSE (to_jsonb(NEW) ->> 'order_id')::BIGINT END;
BEGIN
    PERFORM FROM orders o WHERE o.id = of_order AND (
        o.items_total <> (SELECT COALESCE(sum(total), 0) FROM order_lines WHERE order_id = o.id)
        OR o.discount_total <> (SELECT COALESCE(sum(amount), 0) FROM order_discounts WHERE order_id = o.id)
        OR o.fee_total <> (SELECT COALESCE(sum(amount), 0) FROM order_fees WHERE order_id = o.id)
        OR o.tax_total <> (SELECT COALESCE(sum(amount), 0) FROM order_tax_lines WHERE order_id = o.id));
    IF FOUND THEN
        RAISE EXCEPTION 'order % does not add up', of_order USING ERRCODE = 'check_violation', CONSTRAINT = 'orders_lines_add_up';
    END IF;
    RETURN NULL;
END $$;
DROP TRIGGER orders_lines_add_up ON orders;
DROP TRIGGER order_lines_add_up ON order_lines;
CREATE CONSTRAINT TRIGGER orders_lines_add_up
    AFTER INSERT OR UPDATE OF items_total, discount_total, fee_total, tax_total ON orders
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION order_adds_up();
-- New lines come with their order, which is looked at anyway; a changed one must have changed its order too.
CREATE CONSTRAINT TRIGGER order_lines_add_up AFTER UPDATE OF total ON order_lines
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION order_adds_up();

ALTER TABLE shipments
    ADD COLUMN delivered_at TIMESTAMPTZ,
    ADD COLUMN location_id BIGINT,
    ADD COLUMN tracking_url TEXT NOT NULL DEFAULT '';
COMMENT ON COLUMN shipments.location_id IS 'Where it left from; NULL: nobody said';

CREATE TABLE returns (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    order_id BIGINT NOT NULL REFERENCES orders ON DELETE RESTRICT,
    number TEXT NOT NULL CONSTRAINT returns_number_key UNIQUE,
    state TEXT NOT NULL DEFAULT 'requested' CONSTRAINT returns_state_known
        CHECK (state IN ('requested', 'approved', 'declined', 'withdrawn', 'received', 'closed')),
    wish TEXT NOT NULL DEFAULT 'refund' CONSTRAINT returns_wish_known CHECK (wish IN ('refund', 'store_credit', 'exchange')),
    customer_note TEXT NOT NULL DEFAULT '',
    staff_note TEXT NOT NULL DEFAULT '',
    requested_by TEXT NOT NULL,
    refunded BIGINT NOT NULL DEFAULT 0 CONSTRAINT returns_refunded_positive CHECK (refunded >= 0),
    exchange_order_id BIGINT REFERENCES orders ON DELETE SET NULL,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    updated_at TIMESTAMPTZ NOT NULL DEFAULT now()
);
COMMENT ON COLUMN returns.number IS 'RMA number that goes onto the parcel';
COMMENT ON COLUMN returns.refunded IS 'Minor units of the order''s currency given back for it, by whichever way';
CREATE INDEX returns_of_order ON returns (order_id, id);
CREATE INDEX returns_by_state ON returns (state, created_at DESC, id DESC);

CREATE TABLE return_lines (
    return_id BIGINT NOT NULL REFERENCES returns ON DELETE CASCADE,
    order_line_id BIGINT NOT NULL REFERENCES order_lines ON DELETE RESTRICT,
    quantity INTEGER NOT NULL CONSTRAINT return_lines_quantity_positive CHECK (quantity > 0),
    reason TEXT NOT NULL DEFAULT '',
    restocked INTEGER NOT NULL DEFAULT 0 CONSTRAINT return_lines_restocked_positive CHECK (restocked >= 0),
    scrapped INTEGER NOT NULL DEFAULT 0 CONSTRAINT return_lines_scrapped_positive CHECK (scrapped >= 0),
    PRIMARY KEY (return_id, order_line_id),
    CONSTRAINT return_lines_received_within CHECK (restocked + scrapped <= quantity)
);
CREATE INDEX return_lines_of_order_line ON return_lines (order_line_id);

ALTER TABLE checkouts
    ADD COLUMN vat_number TEXT NOT NULL DEFAULT '',
    ADD COLUMN use_store_credit BOOLEAN NOT NULL DEFAULT false,
    ADD COLUMN gift_cards BIGINT[] NOT NULL DEFAULT '{}' CONSTRAINT checkouts_few_gift_cards CHECK (cardinality(gift_cards) <= 10);
COMMENT ON COLUMN checkouts.gift_cards IS 'Credits that the shopper showed the codes of, in the order in which they are spent';

ALTER TABLE carts
    ADD COLUMN coupons TEXT[] NOT NULL DEFAULT '{}' CONSTRAINT carts_few_coupons CHECK (cardinality(coupons) <= 10),
    ADD COLUMN currency TEXT CONSTRAINT carts_currency_code CHECK (currency ~ '^[A-Z]{3}$'),
    ADD COLUMN made_by BIGINT REFERENCES accounts ON DELETE SET NULL;
COMMENT ON COLUMN carts.coupons IS 'Codes as the shopper gave them, the first one first';
COMMENT ON COLUMN carts.currency IS 'NULL: the shop''s own';
COMMENT ON COLUMN carts.made_by IS 'Staff who is putting an order together for somebody; NULL: a shopper';

ALTER TABLE store
    ADD COLUMN return_days INTEGER NOT NULL DEFAULT 30 CONSTRAINT store_return_days_range CHECK (return_days BETWEEN 0 AND 3650);
COMMENT ON COLUMN store.return_days IS 'Days after shipping within which a customer can ask for a return; 14 is the least that EU law gives (Directive 2011/83/EU art. 9)';
