CREATE TABLE stock (
    variant_id BIGINT PRIMARY KEY REFERENCES variants ON DELETE CASCADE,
    tracked BOOLEAN NOT NULL DEFAULT true,
    on_hand INTEGER NOT NULL DEFAULT 0 CONSTRAINT stock_on_hand_range CHECK (on_hand BETWEEN 0 AND 100000000 OR NOT tracked),
    allocated INTEGER NOT NULL DEFAULT 0 CONSTRAINT stock_allocated_positive CHECK (allocated >= 0),
    CONSTRAINT stock_available CHECK (on_hand >= allocated OR NOT tracked)
);
COMMENT ON COLUMN stock.tracked IS 'false: sold without counting (made to order, services)';
COMMENT ON COLUMN stock.on_hand IS 'Units in the building, sold ones that have not left included';
COMMENT ON COLUMN stock.allocated IS 'Units on hand that belong to orders not yet shipped';
COMMENT ON CONSTRAINT stock_available ON stock IS 'The shop never oversells: whatever races, the second buyer''s UPDATE fails here';

CREATE TABLE stock_movements (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    variant_id BIGINT NOT NULL REFERENCES variants ON DELETE CASCADE,
    cause TEXT NOT NULL CONSTRAINT stock_movements_cause_known
        CHECK (cause IN ('imported', 'adjusted', 'allocated', 'released', 'shipped', 'returned')),
    on_hand INTEGER NOT NULL,
    allocated INTEGER NOT NULL,
    order_id BIGINT,
    actor TEXT NOT NULL,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    CONSTRAINT stock_movements_not_empty CHECK (on_hand <> 0 OR allocated <> 0)
);
COMMENT ON TABLE stock_movements IS 'Ledger: the sums over a variant''s rows are its stock row';
COMMENT ON COLUMN stock_movements.on_hand IS 'Change, in units';
COMMENT ON COLUMN stock_movements.actor IS 'Who or what did it, e.g. staff''s name or "checkout"';
CREATE INDEX stock_movements_of_variant ON stock_movements (variant_id, id DESC);
CREATE INDEX stock_movements_of_order ON stock_movements (order_id) WHERE order_id IS NOT NULL;

CREATE TABLE tax_rates (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tax_class TEXT NOT NULL DEFAULT 'standard',
    country TEXT NOT NULL CONSTRAINT tax_rates_country_code CHECK (country ~ '^[A-Z]{2}$'),
    region TEXT NOT NULL DEFAULT '',
    label TEXT NOT NULL,
    rate NUMERIC(7, 4) NOT NULL CONSTRAINT tax_rates_range CHECK (rate BETWEEN 0 AND 100),
    CONSTRAINT tax_rates_place_key UNIQUE (tax_class, country, region)
);
COMMENT ON COLUMN tax_rates.rate IS 'Percent, exact';
COMMENT ON COLUMN tax_rates.region IS 'ISO 3166-2 code; empty: the whole country';

CREATE TABLE shipping_zones (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name TEXT NOT NULL CONSTRAINT shipping_zones_name_key UNIQUE,
    countries TEXT[] NOT NULL DEFAULT '{}',
    rest_of_world BOOLEAN NOT NULL DEFAULT false
);
COMMENT ON COLUMN shipping_zones.rest_of_world IS 'Holds every country that no other zone names';
CREATE UNIQUE INDEX shipping_zones_one_rest ON shipping_zones (rest_of_world) WHERE rest_of_world;

CREATE TABLE shipping_methods (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name TEXT NOT NULL CONSTRAINT shipping_methods_name_key UNIQUE,
    description TEXT NOT NULL DEFAULT '',
    position INTEGER NOT NULL DEFAULT 0
);

CREATE TABLE shipping_rates (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    method_id BIGINT NOT NULL REFERENCES shipping_methods ON DELETE CASCADE,
    zone_id BIGINT NOT NULL REFERENCES shipping_zones ON DELETE CASCADE,
    max_weight_grams INTEGER NOT NULL CONSTRAINT shipping_rates_weight_positive CHECK (max_weight_grams > 0),
    price BIGINT NOT NULL CONSTRAINT shipping_rates_price_positive CHECK (price >= 0),
    CONSTRAINT shipping_rates_step_key UNIQUE (method_id, zone_id, max_weight_grams)
);
COMMENT ON COLUMN shipping_rates.max_weight_grams IS 'The rate holds up to this weight; a heavier parcel takes the next row, and none means the method is not offered';
COMMENT ON COLUMN shipping_rates.price IS 'Minor units, tax included';
