-- tax_rates still holds what it held; the zones' rates are lost.
ALTER TABLE variants DROP CONSTRAINT variants_tax_class_fkey;
DROP INDEX variants_of_tax_class;
COMMENT ON COLUMN variants.price IS 'Minor units of the shop''s currency, tax included';
DROP INDEX accounts_exempt;
DROP TABLE tax_zone_rates, tax_areas, tax_zones, tax_settings, tax_classes;
DROP TYPE tax_text_range;
