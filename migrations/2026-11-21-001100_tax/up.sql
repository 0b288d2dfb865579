-- Classes × zones × rates. The table tax_rates stays for the program before this one, which reads it while both run.

CREATE TABLE tax_classes (
    code TEXT PRIMARY KEY CONSTRAINT tax_classes_code_shape CHECK (code ~ '^[a-z0-9]+(-[a-z0-9]+)*$' AND length(code) <= 40),
    name TEXT NOT NULL CONSTRAINT tax_classes_name_present CHECK (btrim(name) <> '' AND length(name) <= 80),
    position INTEGER NOT NULL DEFAULT 0
);
COMMENT ON TABLE tax_classes IS 'Kinds of goods that the law taxes alike: standard, reduced, zero';
COMMENT ON COLUMN tax_classes.code IS 'What a variant keeps; never changed, so that an import may name it';
CREATE UNIQUE INDEX tax_classes_name_key ON tax_classes (lower(name));

INSERT INTO tax_classes (code, name, position) VALUES ('standard', 'Standard', 1), ('reduced', 'Reduced', 2), ('zero', 'Zero', 3);
-- Classes that were plain text until now; what can't be a code becomes standard.
INSERT INTO tax_classes (code, name, position)
SELECT tax_class, tax_class, 4
FROM (SELECT tax_class FROM variants UNION SELECT tax_class FROM tax_rates) known
WHERE tax_class ~ '^[a-z0-9]+(-[a-z0-9]+)*$' AND length(tax_class) <= 40
ON CONFLICT DO NOTHING;
UPDATE variants SET tax_class = 'standard' WHERE tax_class NOT IN (SELECT code FROM tax_classes);

-- Added unchecked and then checked, so that the shop sells on while its goods are looked through.
ALTER TABLE variants ADD CONSTRAINT variants_tax_class_fkey FOREIGN KEY (tax_class) REFERENCES tax_classes NOT VALID;
ALTER TABLE variants VALIDATE CONSTRAINT variants_tax_class_fkey;
CREATE INDEX variants_of_tax_class ON variants (tax_class);

CREATE TABLE tax_settings (
    id SMALLINT PRIMARY KEY DEFAULT 1 CONSTRAINT tax_settings_single CHECK (id = 1),
    entered TEXT NOT NULL DEFAULT 'gross' CONSTRAINT tax_settings_entered_known CHECK (entered IN ('gross', 'net')),
    rounding TEXT NOT NULL DEFAULT 'line' CONSTRAINT tax_settings_rounding_known CHECK (rounding IN ('line', 'order')),
    delivery_class TEXT DEFAULT 'standard' CONSTRAINT tax_settings_delivery_class_fkey REFERENCES tax_classes,
    untaxed_at_net BOOLEAN NOT NULL DEFAULT true,
    vat_number TEXT NOT NULL DEFAULT '' CONSTRAINT tax_settings_vat_number_short CHECK (length(vat_number) <= 20),
    checks_online BOOLEAN NOT NULL DEFAULT false,
    usual_class TEXT NOT NULL DEFAULT 'standard' CONSTRAINT tax_settings_usual_class_fkey REFERENCES tax_classes
        CONSTRAINT tax_settings_usual_class_standard CHECK (usual_class = 'standard')
);
COMMENT ON TABLE tax_settings IS 'One row';
COMMENT ON COLUMN tax_settings.entered IS 'Whether the prices that staff enters have tax in them';
COMMENT ON COLUMN tax_settings.rounding IS 'Tax is rounded once for each line, or once for the order and spread over its lines';
COMMENT ON COLUMN tax_settings.delivery_class IS 'NULL: delivery is taxed as the dearest rate in the cart';
COMMENT ON COLUMN tax_settings.untaxed_at_net IS 'Whoever pays no tax pays the price without the home country''s';
COMMENT ON COLUMN tax_settings.vat_number IS 'The shop''s own, with its prefix; empty: not registered';
COMMENT ON COLUMN tax_settings.checks_online IS 'Shoppers'' VAT numbers are asked after at VIES';
COMMENT ON COLUMN tax_settings.usual_class IS 'The class of variants that name none; this reference keeps it from being deleted';
COMMENT ON COLUMN variants.price IS 'Minor units of the shop''s currency, with or without tax as tax_settings.entered says';
INSERT INTO tax_settings DEFAULT VALUES;

CREATE TABLE tax_zones (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name TEXT NOT NULL CONSTRAINT tax_zones_name_present CHECK (btrim(name) <> '' AND length(name) <= 80),
    basis TEXT CONSTRAINT tax_zones_basis_known CHECK (basis IN ('gross', 'net')),
    outside BOOLEAN NOT NULL DEFAULT false
);
COMMENT ON COLUMN tax_zones.basis IS 'How prices are shown there; NULL: as they are entered';
COMMENT ON COLUMN tax_zones.outside IS 'Outside the tax territory of its country, as the Canary Islands are: sales there are exports';
CREATE UNIQUE INDEX tax_zones_name_key ON tax_zones (lower(name));

-- Equality and overlap in one exclusion constraint without the extension btree_gist, which not every server has:
-- a single value is a range of one point.
CREATE TYPE tax_text_range AS RANGE (subtype = text, collation = "C");

CREATE TABLE tax_areas (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    zone_id BIGINT NOT NULL REFERENCES tax_zones ON DELETE CASCADE,
    country TEXT NOT NULL CONSTRAINT tax_areas_country_code CHECK (country ~ '^[A-Z]{2}$'),
    region TEXT NOT NULL DEFAULT '' CONSTRAINT tax_areas_region_code CHECK (region = '' OR region ~ '^[A-Z]{2}-[A-Z0-9]{1,3}$' AND left(region, 2) = country),
    postcode_from TEXT NOT NULL DEFAULT '' CONSTRAINT tax_areas_postcode_from_shape CHECK (postcode_from ~ '^[A-Z0-9]{0,12}$'),
    postcode_to TEXT NOT NULL DEFAULT '' CONSTRAINT tax_areas_postcode_to_shape CHECK (postcode_to ~ '^[A-Z0-9]{0,12}$'),
    CONSTRAINT tax_areas_postcode_order CHECK (
        (postcode_from = '') = (postcode_to = '') AND (postcode_from COLLATE "C" <= postcode_to || '~' COLLATE "C")
    ),
    CONSTRAINT tax_areas_overlap EXCLUDE USING gist (
        tax_text_range(country, country, '[]') WITH &&,
        tax_text_range(region, region, '[]') WITH &&,
        tax_text_range(postcode_from, CASE WHEN postcode_to = '' THEN '' ELSE postcode_to || '~' END, '[]') WITH &&
    )
);
COMMENT ON TABLE tax_areas IS 'The places of a zone. The most specific area that holds an address wins: region and postcode, postcode, region, country';
COMMENT ON COLUMN tax_areas.region IS 'ISO 3166-2; empty: the whole country';
COMMENT ON COLUMN tax_areas.postcode_from IS 'Letters and digits only; compared from the left, so 35 to 38 holds 38999. Both empty: no matter which';
COMMENT ON CONSTRAINT tax_areas_overlap ON tax_areas IS 'No two areas of equal specificity hold the same address. ~ sorts behind all letters and digits';
CREATE INDEX tax_areas_of_zone ON tax_areas (zone_id, country, region, postcode_from);
CREATE INDEX tax_areas_at_place ON tax_areas (country, region, postcode_from);

CREATE TABLE tax_zone_rates (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    zone_id BIGINT NOT NULL REFERENCES tax_zones ON DELETE CASCADE,
    tax_class TEXT NOT NULL CONSTRAINT tax_zone_rates_tax_class_fkey REFERENCES tax_classes,
    label TEXT NOT NULL CONSTRAINT tax_zone_rates_label_present CHECK (btrim(label) <> '' AND length(label) <= 60),
    rate NUMERIC(7, 4) NOT NULL CONSTRAINT tax_zone_rates_range CHECK (rate BETWEEN 0 AND 100),
    priority INTEGER NOT NULL DEFAULT 1 CONSTRAINT tax_zone_rates_priority_range CHECK (priority BETWEEN 1 AND 9),
    compound BOOLEAN NOT NULL DEFAULT false,
    starts_on DATE,
    ends_on DATE,
    CONSTRAINT tax_zone_rates_days_order CHECK (starts_on <= ends_on),
    CONSTRAINT tax_zone_rates_overlap EXCLUDE USING gist (
        int8range(zone_id, zone_id, '[]') WITH &&,
        tax_text_range(tax_class, tax_class, '[]') WITH &&,
        int4range(priority, priority, '[]') WITH &&,
        daterange(starts_on, ends_on, '[]') WITH &&
    )
);
COMMENT ON COLUMN tax_zone_rates.label IS 'For the shopper: VAT 20%';
COMMENT ON COLUMN tax_zone_rates.rate IS 'Percent, exact';
COMMENT ON COLUMN tax_zone_rates.priority IS 'Rates of one class with different places are all due, lowest first: 1 the state''s, 2 the county''s';
COMMENT ON COLUMN tax_zone_rates.compound IS 'Due on the amount with the rates before it, not on the amount alone';
COMMENT ON COLUMN tax_zone_rates.starts_on IS 'First day, in UTC; NULL: since ever';
COMMENT ON COLUMN tax_zone_rates.ends_on IS 'Last day, in UTC; NULL: until further notice';
COMMENT ON CONSTRAINT tax_zone_rates_overlap ON tax_zone_rates IS 'A new rate follows an old one: they don''t hold on the same day';
CREATE INDEX tax_zone_rates_of_zone ON tax_zone_rates (zone_id, tax_class, priority, starts_on);
CREATE INDEX tax_zone_rates_of_class ON tax_zone_rates (tax_class);

-- The list of customers who pay no tax is asked for apart from the others.
CREATE INDEX accounts_exempt ON accounts (name, id) WHERE tax_exemption <> '';

-- What was known until now: a zone for each country or state that has rates.
INSERT INTO tax_zones (name) SELECT DISTINCT CASE WHEN region = '' THEN country ELSE region END FROM tax_rates;
INSERT INTO tax_areas (zone_id, country, region)
SELECT DISTINCT z.id, r.country, r.region
FROM tax_rates r JOIN tax_zones z ON z.name = CASE WHEN r.region = '' THEN r.country ELSE r.region END;
INSERT INTO tax_zone_rates (zone_id, tax_class, label, rate)
SELECT z.id, r.tax_class, CASE WHEN btrim(r.label) = '' THEN 'Tax' ELSE left(r.label, 60) END, r.rate
FROM tax_rates r JOIN tax_zones z ON z.name = CASE WHEN r.region = '' THEN r.country ELSE r.region END
WHERE r.tax_class IN (SELECT code FROM tax_classes);
