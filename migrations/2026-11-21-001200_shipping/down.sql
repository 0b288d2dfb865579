DROP TABLE shipping_carrier_rates, shipping_surcharges;
ALTER TABLE shipping_rates DROP CONSTRAINT shipping_rates_tariff_fkey, DROP CONSTRAINT shipping_rates_total_key, DROP CONSTRAINT shipping_rates_items_key;
DROP INDEX shipping_rates_one_open_end;
-- The former program knows steps by weight only.
DELETE FROM shipping_rates WHERE max_weight_grams IS NULL;
ALTER TABLE shipping_rates DROP COLUMN max_total, DROP COLUMN max_items, ALTER COLUMN max_weight_grams SET NOT NULL;
COMMENT ON COLUMN shipping_rates.price IS 'Minor units, tax included';
DROP TABLE shipping_tariffs;
ALTER TABLE shipping_methods
    DROP CONSTRAINT shipping_methods_name_present,
    DROP COLUMN active, DROP COLUMN delivery_time, DROP COLUMN is_pickup, DROP COLUMN pickup_address, DROP COLUMN tax_class,
    DROP COLUMN carrier, DROP COLUMN carrier_url, DROP COLUMN carrier_token, DROP COLUMN carrier_service;
ALTER TABLE shipping_zones
    DROP CONSTRAINT shipping_zones_name_present, DROP CONSTRAINT shipping_zones_rest_alone,
    DROP COLUMN regions, DROP COLUMN postcodes;
COMMENT ON COLUMN shipping_zones.countries IS NULL;
COMMENT ON COLUMN shipping_zones.rest_of_world IS 'Holds every country that no other zone names';
