CREATE TABLE categories (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    parent_id BIGINT REFERENCES categories ON DELETE RESTRICT,
    slug TEXT NOT NULL CONSTRAINT categories_slug_key UNIQUE CONSTRAINT categories_slug_shape CHECK (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'),
    name TEXT NOT NULL CONSTRAINT categories_name_present CHECK (btrim(name) <> ''),
    description TEXT NOT NULL DEFAULT '',
    position INTEGER NOT NULL DEFAULT 0,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    CONSTRAINT categories_not_own_parent CHECK (parent_id <> id)
);
CREATE UNIQUE INDEX categories_name_key ON categories (COALESCE(parent_id, 0), lower(name));
CREATE INDEX categories_parent ON categories (parent_id, position, name);

-- Full text needs an immutable expression; array_to_string is only stable in general, yet immutable for text.
CREATE FUNCTION tags_text(tags TEXT[]) RETURNS TEXT LANGUAGE sql IMMUTABLE PARALLEL SAFE
    AS $$ SELECT array_to_string(tags, ' ') $$;

CREATE TABLE products (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    slug TEXT NOT NULL CONSTRAINT products_slug_key UNIQUE CONSTRAINT products_slug_shape CHECK (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'),
    title TEXT NOT NULL CONSTRAINT products_title_present CHECK (btrim(title) <> ''),
    description TEXT NOT NULL DEFAULT '',
    vendor TEXT NOT NULL DEFAULT '',
    product_type TEXT NOT NULL DEFAULT '',
    tags TEXT[] NOT NULL DEFAULT '{}',
    option_names TEXT[] NOT NULL DEFAULT '{}' CONSTRAINT products_three_options CHECK (cardinality(option_names) <= 3),
    status TEXT NOT NULL DEFAULT 'draft' CONSTRAINT products_status_known CHECK (status IN ('draft', 'active', 'archived')),
    featured BOOLEAN NOT NULL DEFAULT false,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    updated_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    document TSVECTOR NOT NULL GENERATED ALWAYS AS (
        setweight(to_tsvector('english', title), 'A')
        || setweight(to_tsvector('english', vendor || ' ' || product_type || ' ' || tags_text(tags)), 'B')
        || setweight(to_tsvector('english', regexp_replace(description, '<[^>]*>', ' ', 'g')), 'C')
    ) STORED
);
COMMENT ON COLUMN products.description IS 'HTML, already sanitised';
COMMENT ON COLUMN products.option_names IS 'What a shopper chooses, e.g. {Length,Finish}; a variant has one value for each';
COMMENT ON COLUMN products.featured IS 'Picked for the home page';
CREATE INDEX products_document ON products USING gin (document);
CREATE INDEX products_by_status ON products (status, updated_at DESC, id DESC);
CREATE INDEX products_featured ON products (id) WHERE featured AND status = 'active';

CREATE TABLE variants (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    product_id BIGINT NOT NULL REFERENCES products ON DELETE CASCADE,
    position INTEGER NOT NULL DEFAULT 0,
    sku TEXT NOT NULL CONSTRAINT variants_sku_key UNIQUE CONSTRAINT variants_sku_shape CHECK (sku ~ '^[^\s].{0,63}$'),
    option_values TEXT[] NOT NULL DEFAULT '{}',
    price BIGINT NOT NULL CONSTRAINT variants_price_range CHECK (price BETWEEN 0 AND 100000000000),
    compare_at BIGINT CONSTRAINT variants_compare_at_above CHECK (compare_at > price),
    weight_grams INTEGER NOT NULL DEFAULT 0 CONSTRAINT variants_weight_range CHECK (weight_grams BETWEEN 0 AND 10000000),
    barcode TEXT NOT NULL DEFAULT '',
    tax_class TEXT NOT NULL DEFAULT 'standard',
    archived_at TIMESTAMPTZ,
    updated_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    CONSTRAINT variants_options_key UNIQUE (product_id, option_values)
);
COMMENT ON COLUMN variants.price IS 'Minor units of the shop''s currency, tax included';
COMMENT ON COLUMN variants.compare_at IS 'Former or recommended price in minor units, shown struck through';
COMMENT ON COLUMN variants.option_values IS 'One value for each of the product''s option_names, in their order';
CREATE INDEX variants_by_sku ON variants (upper(sku) text_pattern_ops);
CREATE INDEX variants_of_product ON variants (product_id, position, id);

CREATE TABLE product_categories (
    product_id BIGINT NOT NULL REFERENCES products ON DELETE CASCADE,
    category_id BIGINT NOT NULL REFERENCES categories ON DELETE RESTRICT,
    PRIMARY KEY (category_id, product_id)
);
CREATE INDEX product_categories_of_product ON product_categories (product_id);

CREATE TABLE product_images (
    product_id BIGINT NOT NULL REFERENCES products ON DELETE CASCADE,
    media_id UUID NOT NULL REFERENCES media ON DELETE RESTRICT,
    position INTEGER NOT NULL,
    alt TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (product_id, media_id)
);
CREATE INDEX product_images_in_order ON product_images (product_id, position);

CREATE TABLE related_products (
    product_id BIGINT NOT NULL REFERENCES products ON DELETE CASCADE,
    related_id BIGINT NOT NULL REFERENCES products ON DELETE CASCADE,
    position INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (product_id, related_id),
    CONSTRAINT related_products_other CHECK (product_id <> related_id)
);

CREATE TABLE pages (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    slug TEXT NOT NULL CONSTRAINT pages_slug_key UNIQUE CONSTRAINT pages_slug_shape CHECK (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'),
    title TEXT NOT NULL CONSTRAINT pages_title_present CHECK (btrim(title) <> ''),
    body TEXT NOT NULL DEFAULT '',
    position INTEGER NOT NULL DEFAULT 0,
    updated_at TIMESTAMPTZ NOT NULL DEFAULT now()
);
COMMENT ON COLUMN pages.body IS 'Markdown, rendered and sanitised when shown';

-- An amount means nothing without its currency, so the currency stays once there are amounts.
CREATE FUNCTION store_currency_in_use() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM variants) THEN
        RAISE EXCEPTION 'prices are in %', OLD.currency USING ERRCODE = 'check_violation', CONSTRAINT = 'store_currency_in_use';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER store_currency_in_use BEFORE UPDATE ON store
    FOR EACH ROW WHEN (OLD.currency <> NEW.currency) EXECUTE FUNCTION store_currency_in_use();
