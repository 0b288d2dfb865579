CREATE TABLE carts (
    id UUID PRIMARY KEY,
    account_id BIGINT REFERENCES accounts ON DELETE CASCADE,
    ordered_at TIMESTAMPTZ,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    updated_at TIMESTAMPTZ NOT NULL DEFAULT now()
);
COMMENT ON COLUMN carts.ordered_at IS 'An order was placed from it; it is not changed any more';
CREATE UNIQUE INDEX carts_one_open_per_account ON carts (account_id) WHERE account_id IS NOT NULL AND ordered_at IS NULL;
CREATE INDEX carts_stale ON carts (updated_at);

CREATE TABLE cart_lines (
    cart_id UUID NOT NULL REFERENCES carts ON DELETE CASCADE,
    variant_id BIGINT NOT NULL REFERENCES variants ON DELETE CASCADE,
    quantity INTEGER NOT NULL CONSTRAINT cart_lines_quantity_range CHECK (quantity BETWEEN 1 AND 999),
    seen_price BIGINT NOT NULL,
    added_at TIMESTAMPTZ NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (cart_id, variant_id)
);
COMMENT ON COLUMN cart_lines.seen_price IS 'Unit price in minor units that the shopper was last shown; the cart tells when it changed';
CREATE INDEX cart_lines_of_variant ON cart_lines (variant_id);

CREATE TABLE checkouts (
    cart_id UUID PRIMARY KEY REFERENCES carts ON DELETE CASCADE,
    email TEXT NOT NULL,
    phone TEXT NOT NULL DEFAULT '',
    delivery_address JSONB NOT NULL,
    billing_address JSONB,
    shipping_method_id BIGINT REFERENCES shipping_methods ON DELETE SET NULL,
    updated_at TIMESTAMPTZ NOT NULL DEFAULT now()
);
COMMENT ON TABLE checkouts IS 'Answers given so far on the way to an order';
COMMENT ON COLUMN checkouts.billing_address IS 'NULL: the same as delivery_address';
