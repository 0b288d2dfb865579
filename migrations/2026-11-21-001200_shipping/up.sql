-- Delivery grows: zones by state and postcode, prices by weight, sum or number, surcharges, pick-up, and carriers that are asked.
UPDATE shipping_zones SET countries = '{}' WHERE rest_of_world;
ALTER TABLE shipping_zones
    ADD COLUMN regions TEXT[] NOT NULL DEFAULT '{}',
    ADD COLUMN postcodes TEXT[] NOT NULL DEFAULT '{}',
    ADD CONSTRAINT shipping_zones_name_present CHECK (btrim(name) <> ''),
    ADD CONSTRAINT shipping_zones_rest_alone CHECK (NOT rest_of_world OR (countries = '{}' AND regions = '{}' AND postcodes = '{}'));
COMMENT ON COLUMN shipping_zones.countries IS 'ISO 3166-1 alpha-2; a place in any of them is in the zone';
COMMENT ON COLUMN shipping_zones.regions IS 'ISO 3166-2, e.g. US-CA; a place in any of them is in the zone, whether or not its country is named';
COMMENT ON COLUMN shipping_zones.postcodes IS 'Patterns that narrow the zone: SY8 1AE, IV*, 10000-19999; empty: all postcodes';
COMMENT ON COLUMN shipping_zones.rest_of_world IS 'Holds every place for which a method has no narrower zone';
-- Zones may overlap: each method takes the narrowest of its zones (postcodes, states, countries, the rest).

ALTER TABLE shipping_methods
    ADD COLUMN active BOOLEAN NOT NULL DEFAULT true,
    ADD COLUMN delivery_time TEXT NOT NULL DEFAULT '',
    ADD COLUMN is_pickup BOOLEAN NOT NULL DEFAULT false,
    ADD COLUMN pickup_address TEXT NOT NULL DEFAULT '',
    ADD COLUMN tax_class TEXT,
    ADD COLUMN carrier TEXT NOT NULL DEFAULT '',
    ADD COLUMN carrier_url TEXT NOT NULL DEFAULT '',
    ADD COLUMN carrier_token TEXT NOT NULL DEFAULT '',
    ADD COLUMN carrier_service TEXT NOT NULL DEFAULT '',
    ADD CONSTRAINT shipping_methods_name_present CHECK (btrim(name) <> ''),
    ADD CONSTRAINT shipping_methods_pickup_no_carrier CHECK (NOT is_pickup OR carrier = ''),
    ADD CONSTRAINT shipping_methods_carrier_url CHECK (carrier = '' OR carrier_url <> '');
COMMENT ON COLUMN shipping_methods.delivery_time IS 'For shoppers, e.g. 2 to 4 working days';
COMMENT ON COLUMN shipping_methods.pickup_address IS 'Where and when goods are picked up; only with is_pickup';
COMMENT ON COLUMN shipping_methods.tax_class IS 'NULL: as the tax settings say for delivery';
COMMENT ON COLUMN shipping_methods.carrier IS 'Code of the carrier that is asked for prices; empty: none, the own prices hold';
COMMENT ON COLUMN shipping_methods.carrier_token IS 'Encrypted with the shop''s keys; empty: none';
COMMENT ON COLUMN shipping_methods.carrier_service IS 'Which of the services in the carrier''s answer; empty: its cheapest';

CREATE TABLE shipping_tariffs (
    method_id BIGINT NOT NULL REFERENCES shipping_methods ON DELETE CASCADE,
    zone_id BIGINT NOT NULL REFERENCES shipping_zones ON DELETE CASCADE,
    kind TEXT NOT NULL CONSTRAINT shipping_tariffs_kind CHECK (kind IN ('none', 'flat', 'per_kg', 'by_weight', 'by_total', 'by_items')),
    price BIGINT NOT NULL DEFAULT 0 CONSTRAINT shipping_tariffs_price_positive CHECK (price >= 0),
    price_per_kg BIGINT NOT NULL DEFAULT 0 CONSTRAINT shipping_tariffs_price_per_kg_positive CHECK (price_per_kg >= 0),
    whole_kg BOOLEAN NOT NULL DEFAULT false,
    free_above BIGINT CONSTRAINT shipping_tariffs_free_above_positive CHECK (free_above >= 0),
    min_weight_grams BIGINT CONSTRAINT shipping_tariffs_min_weight_positive CHECK (min_weight_grams >= 0),
    max_weight_grams BIGINT CONSTRAINT shipping_tariffs_max_weight_positive CHECK (max_weight_grams > 0),
    min_total BIGINT CONSTRAINT shipping_tariffs_min_total_positive CHECK (min_total >= 0),
    max_total BIGINT CONSTRAINT shipping_tariffs_max_total_positive CHECK (max_total >= 0),
    PRIMARY KEY (method_id, zone_id),
    CONSTRAINT shipping_tariffs_weights_in_order CHECK (min_weight_grams <= max_weight_grams),
    CONSTRAINT shipping_tariffs_totals_in_order CHECK (min_total <= max_total),
    CONSTRAINT shipping_tariffs_price_of_kind CHECK (price = 0 OR kind IN ('flat', 'per_kg')),
    CONSTRAINT shipping_tariffs_per_kg_of_kind CHECK (price_per_kg = 0 OR kind = 'per_kg')
);
COMMENT ON TABLE shipping_tariffs IS 'What a method costs in a zone; the steps of the tables are in shipping_rates';
COMMENT ON COLUMN shipping_tariffs.kind IS 'none: the method does not go there, though a wider zone would; flat; per_kg: price + price_per_kg by weight; by_*: steps';
COMMENT ON COLUMN shipping_tariffs.price IS 'Minor units of the shop''s currency, as prices are entered: the flat price, or what a parcel per kg costs besides';
COMMENT ON COLUMN shipping_tariffs.whole_kg IS 'Whether a started kilogram counts as a whole one; else grams count exactly, rounded half up';
COMMENT ON COLUMN shipping_tariffs.free_above IS 'From this sum of goods after discounts on, only surcharges are paid; NULL: never';
COMMENT ON COLUMN shipping_tariffs.max_weight_grams IS 'A heavier parcel is not taken; NULL: no bound but the table''s';
COMMENT ON COLUMN shipping_tariffs.min_total IS 'Goods after discounts, minor units';
CREATE INDEX shipping_tariffs_of_zone ON shipping_tariffs (zone_id, method_id);

INSERT INTO shipping_tariffs (method_id, zone_id, kind) SELECT DISTINCT method_id, zone_id, 'by_weight' FROM shipping_rates;
-- Until now the rest of the world held no country that another zone named, so these methods did not go there.
INSERT INTO shipping_tariffs (method_id, zone_id, kind)
SELECT tariff.method_id, zone.id, 'none'
FROM shipping_tariffs tariff
JOIN shipping_zones rest ON rest.id = tariff.zone_id AND rest.rest_of_world
CROSS JOIN shipping_zones zone
WHERE NOT zone.rest_of_world AND zone.countries <> '{}'
ON CONFLICT DO NOTHING;

ALTER TABLE shipping_rates
    ALTER COLUMN max_weight_grams DROP NOT NULL,
    ADD COLUMN max_total BIGINT CONSTRAINT shipping_rates_total_positive CHECK (max_total > 0),
    ADD COLUMN max_items BIGINT CONSTRAINT shipping_rates_items_positive CHECK (max_items > 0),
    ADD CONSTRAINT shipping_rates_one_bound CHECK (num_nonnulls(max_weight_grams, max_total, max_items) <= 1),
    ADD CONSTRAINT shipping_rates_total_key UNIQUE (method_id, zone_id, max_total),
    ADD CONSTRAINT shipping_rates_items_key UNIQUE (method_id, zone_id, max_items),
    ADD CONSTRAINT shipping_rates_tariff_fkey FOREIGN KEY (method_id, zone_id) REFERENCES shipping_tariffs ON DELETE CASCADE;
COMMENT ON COLUMN shipping_rates.max_total IS 'The rate holds up to this sum of goods, minor units';
COMMENT ON COLUMN shipping_rates.max_items IS 'The rate holds up to this number of units; a row without any bound holds for all beyond the others';
COMMENT ON COLUMN shipping_rates.price IS 'Minor units, as prices are entered';
CREATE UNIQUE INDEX shipping_rates_one_open_end ON shipping_rates (method_id, zone_id)
    WHERE max_weight_grams IS NULL AND max_total IS NULL AND max_items IS NULL;

CREATE TABLE shipping_surcharges (
    method_id BIGINT NOT NULL REFERENCES shipping_methods ON DELETE CASCADE,
    category_id BIGINT NOT NULL REFERENCES categories ON DELETE CASCADE,
    price BIGINT NOT NULL CONSTRAINT shipping_surcharges_price_positive CHECK (price >= 0),
    per_unit BOOLEAN NOT NULL DEFAULT false,
    PRIMARY KEY (method_id, category_id)
);
COMMENT ON TABLE shipping_surcharges IS 'What a method costs more for goods of a category or the categories in it';
COMMENT ON COLUMN shipping_surcharges.price IS 'Minor units, as prices are entered';
COMMENT ON COLUMN shipping_surcharges.per_unit IS 'For each unit; else once for the order';
CREATE INDEX shipping_surcharges_of_category ON shipping_surcharges (category_id);

CREATE TABLE shipping_carrier_rates (
    method_id BIGINT NOT NULL REFERENCES shipping_methods ON DELETE CASCADE,
    country TEXT NOT NULL,
    region TEXT NOT NULL,
    postcode TEXT NOT NULL,
    weight_class BIGINT NOT NULL CONSTRAINT shipping_carrier_rates_weight_positive CHECK (weight_class > 0),
    price BIGINT CONSTRAINT shipping_carrier_rates_price_positive CHECK (price >= 0),
    expires_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (method_id, country, region, postcode, weight_class)
);
COMMENT ON TABLE shipping_carrier_rates IS 'What carriers answered lately; a row that has expired counts no more';
COMMENT ON COLUMN shipping_carrier_rates.weight_class IS 'Grams: the parcel''s weight rounded up, for which the carrier was asked';
COMMENT ON COLUMN shipping_carrier_rates.price IS 'Minor units; NULL: the carrier does not take it there';
CREATE INDEX shipping_carrier_rates_expiry ON shipping_carrier_rates (expires_at);
