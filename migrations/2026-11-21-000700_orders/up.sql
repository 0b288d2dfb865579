CREATE TABLE orders (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    number TEXT NOT NULL CONSTRAINT orders_number_key UNIQUE,
    token TEXT NOT NULL CONSTRAINT orders_token_key UNIQUE,
    cart_id UUID NOT NULL CONSTRAINT orders_cart_id_key UNIQUE,
    account_id BIGINT REFERENCES accounts ON DELETE SET NULL,
    email TEXT NOT NULL,
    phone TEXT NOT NULL DEFAULT '',
    currency TEXT NOT NULL CONSTRAINT orders_currency_code CHECK (currency ~ '^[A-Z]{3}$'),
    lifecycle TEXT NOT NULL DEFAULT 'placed' CONSTRAINT orders_lifecycle_known CHECK (lifecycle IN ('placed', 'cancelled', 'completed')),
    payment_state TEXT NOT NULL DEFAULT 'due' CONSTRAINT orders_payment_state_known
        CHECK (payment_state IN ('due', 'authorised', 'paid', 'partly_refunded', 'refunded', 'failed', 'overcharged')),
    fulfilment_state TEXT NOT NULL DEFAULT 'unfulfilled' CONSTRAINT orders_fulfilment_state_known
        CHECK (fulfilment_state IN ('unfulfilled', 'partial', 'shipped', 'delivered', 'returned')),
    items_total BIGINT NOT NULL CONSTRAINT orders_items_total_positive CHECK (items_total >= 0),
    delivery_total BIGINT NOT NULL CONSTRAINT orders_delivery_total_positive CHECK (delivery_total >= 0),
    tax_total BIGINT NOT NULL CONSTRAINT orders_tax_within_total CHECK (tax_total BETWEEN 0 AND total),
    total BIGINT NOT NULL CONSTRAINT orders_total_adds_up CHECK (total = items_total + delivery_total),
    delivery_method TEXT NOT NULL,
    gateway TEXT NOT NULL,
    pay_before TIMESTAMPTZ,
    placed_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    cancelled_at TIMESTAMPTZ,
    completed_at TIMESTAMPTZ
);
COMMENT ON TABLE orders IS 'A copy of what was agreed: shares nothing with cart or catalogue';
COMMENT ON COLUMN orders.number IS 'Random, so that it does not tell how many orders there are';
COMMENT ON COLUMN orders.token IS 'Unguessable part of the guest''s link to the order';
COMMENT ON COLUMN orders.cart_id IS 'Unique: a double click finds the same order. No foreign key, since old carts are deleted';
COMMENT ON COLUMN orders.total IS 'Minor units, tax included';
COMMENT ON COLUMN orders.tax_total IS 'Tax contained in total, the sum of order_tax_lines';
COMMENT ON COLUMN orders.pay_before IS 'Cancelled when still unpaid by then; NULL: waits for staff';
CREATE INDEX orders_newest ON orders (placed_at DESC, id DESC);
CREATE INDEX orders_by_email ON orders (lower(email), placed_at DESC);
CREATE INDEX orders_by_account ON orders (account_id, placed_at DESC) WHERE account_id IS NOT NULL;
CREATE INDEX orders_to_ship ON orders (placed_at) WHERE lifecycle = 'placed' AND fulfilment_state IN ('unfulfilled', 'partial');
CREATE INDEX orders_by_payment ON orders (payment_state, placed_at DESC);

CREATE TABLE order_addresses (
    order_id BIGINT NOT NULL REFERENCES orders ON DELETE CASCADE,
    kind TEXT NOT NULL CONSTRAINT order_addresses_kind_known CHECK (kind IN ('delivery', 'billing')),
    name TEXT NOT NULL,
    company TEXT NOT NULL,
    line1 TEXT NOT NULL,
    line2 TEXT NOT NULL,
    city TEXT NOT NULL,
    region TEXT NOT NULL,
    postcode TEXT NOT NULL,
    country TEXT NOT NULL CONSTRAINT order_addresses_country_code CHECK (country ~ '^[A-Z]{2}$'),
    PRIMARY KEY (order_id, kind)
);
CREATE INDEX order_addresses_by_name ON order_addresses (lower(name) text_pattern_ops);

CREATE TABLE order_lines (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    order_id BIGINT NOT NULL REFERENCES orders ON DELETE CASCADE,
    position INTEGER NOT NULL,
    variant_id BIGINT REFERENCES variants ON DELETE SET NULL,
    title TEXT NOT NULL,
    options TEXT NOT NULL,
    sku TEXT NOT NULL,
    image TEXT,
    unit_price BIGINT NOT NULL CONSTRAINT order_lines_unit_price_positive CHECK (unit_price >= 0),
    quantity INTEGER NOT NULL CONSTRAINT order_lines_quantity_range CHECK (quantity BETWEEN 1 AND 999),
    total BIGINT NOT NULL CONSTRAINT order_lines_total_adds_up CHECK (total = unit_price * quantity),
    weight_grams INTEGER NOT NULL,
    shipped INTEGER NOT NULL DEFAULT 0 CONSTRAINT order_lines_shipped_range CHECK (shipped BETWEEN 0 AND quantity),
    CONSTRAINT order_lines_position_key UNIQUE (order_id, position)
);
COMMENT ON COLUMN order_lines.variant_id IS 'For stock only; names and prices are copies';
COMMENT ON COLUMN order_lines.image IS 'Content hash of the picture shown when it was ordered';
CREATE INDEX order_lines_of_variant ON order_lines (variant_id);

CREATE TABLE order_tax_lines (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    order_id BIGINT NOT NULL REFERENCES orders ON DELETE CASCADE,
    order_line_id BIGINT REFERENCES order_lines ON DELETE CASCADE,
    label TEXT NOT NULL,
    rate NUMERIC(7, 4) NOT NULL,
    amount BIGINT NOT NULL CONSTRAINT order_tax_lines_amount_positive CHECK (amount >= 0)
);
COMMENT ON COLUMN order_tax_lines.order_line_id IS 'NULL: tax on delivery';
CREATE INDEX order_tax_lines_of_order ON order_tax_lines (order_id);
CREATE INDEX order_tax_lines_of_line ON order_tax_lines (order_line_id);

-- A CHECK can't look at other rows, so the sums are checked when the transaction commits.
CREATE FUNCTION order_adds_up() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    of_order BIGINT := CASE WHEN TG_TABLE_NAME = 'orders' THEN (to_jsonb(NEW) ->> 'id')::BIGINT ELSE (to_jsonb(NEW) ->> 'order_id')::BIGINT END;
    stated RECORD;
BEGIN
    SELECT items_total, tax_total INTO stated FROM orders WHERE id = of_order;
    IF NOT FOUND THEN RETURN NULL; END IF;
    IF stated.items_total <> (SELECT COALESCE(sum(total), 0) FROM order_lines WHERE order_id = of_order)
        OR stated.tax_total <> (SELECT COALESCE(sum(amount), 0) FROM order_tax_lines WHERE order_id = of_order) THEN
        RAISE EXCEPTION 'order % does not add up', of_order USING ERRCODE = 'check_violation', CONSTRAINT = 'orders_lines_add_up';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER orders_lines_add_up AFTER INSERT OR UPDATE OF items_total, tax_total ON orders
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION order_adds_up();
CREATE CONSTRAINT TRIGGER order_lines_add_up AFTER INSERT OR UPDATE OF total ON order_lines
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION order_adds_up();

CREATE TABLE shipments (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    order_id BIGINT NOT NULL REFERENCES orders ON DELETE CASCADE,
    carrier TEXT NOT NULL DEFAULT '',
    tracking_number TEXT NOT NULL DEFAULT '',
    actor TEXT NOT NULL,
    shipped_at TIMESTAMPTZ NOT NULL DEFAULT now()
);
CREATE INDEX shipments_of_order ON shipments (order_id);

CREATE TABLE shipment_lines (
    shipment_id BIGINT NOT NULL REFERENCES shipments ON DELETE CASCADE,
    order_line_id BIGINT NOT NULL REFERENCES order_lines ON DELETE CASCADE,
    quantity INTEGER NOT NULL CONSTRAINT shipment_lines_quantity_positive CHECK (quantity > 0),
    PRIMARY KEY (shipment_id, order_line_id)
);

CREATE TABLE order_events (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    order_id BIGINT NOT NULL REFERENCES orders ON DELETE CASCADE,
    kind TEXT NOT NULL,
    detail TEXT NOT NULL DEFAULT '',
    actor TEXT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now()
);
COMMENT ON TABLE order_events IS 'The timeline that staff and the customer read';
CREATE INDEX order_events_of_order ON order_events (order_id, id);

ALTER TABLE stock_movements ADD CONSTRAINT stock_movements_order_id_fkey FOREIGN KEY (order_id) REFERENCES orders ON DELETE SET NULL;
