-- Product types with their declared attributes, brands, categories of any depth, and a time from and until which a product is sold.
-- What the former program writes (products.vendor, products.product_type as text) is kept in step by triggers, so that it can run
-- beside this one.

-- An address made of a name, where no program is at hand to make one. Letters with marks lose them; other scripts give nothing.
CREATE FUNCTION slug_from(name TEXT) RETURNS TEXT LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT btrim(regexp_replace(translate(lower(name), 'àáâãäåçèéêëìíîïñòóôõöøùúûüýÿ', 'aaaaaaceeeeiiiinoooooouuuuyy'), '[^a-z0-9]+', '-', 'g'), '-')
$$;

CREATE TABLE product_types (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    slug TEXT NOT NULL CONSTRAINT product_types_slug_key UNIQUE CONSTRAINT product_types_slug_shape CHECK (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'),
    name TEXT NOT NULL CONSTRAINT product_types_name_present CHECK (btrim(name) <> ''),
    created_at TIMESTAMPTZ NOT NULL DEFAULT now()
);
COMMENT ON TABLE product_types IS 'Kinds of goods that have the same attributes, e.g. Claw hammer';
CREATE UNIQUE INDEX product_types_name_key ON product_types (lower(name));

CREATE TABLE attributes (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    product_type_id BIGINT NOT NULL CONSTRAINT attributes_product_type_fkey REFERENCES product_types ON DELETE CASCADE,
    code TEXT NOT NULL CONSTRAINT attributes_code_shape CHECK (code ~ '^[a-z][a-z0-9_]{0,39}$'),
    name TEXT NOT NULL CONSTRAINT attributes_name_present CHECK (btrim(name) <> ''),
    kind TEXT NOT NULL CONSTRAINT attributes_kind_known CHECK (kind IN ('text', 'number', 'boolean', 'choice', 'colour')),
    unit TEXT NOT NULL DEFAULT '' CONSTRAINT attributes_unit_of_number CHECK (unit = '' OR kind = 'number'),
    filterable BOOLEAN NOT NULL DEFAULT true,
    position INTEGER NOT NULL DEFAULT 0,
    CONSTRAINT attributes_code_key UNIQUE (product_type_id, code),
    -- What product_attributes refers to, so that a value is always of its attribute's kind.
    CONSTRAINT attributes_id_kind_key UNIQUE (id, kind)
);
COMMENT ON COLUMN attributes.code IS 'How files and addresses name it, e.g. head_weight. Types that share a code share a filter';
COMMENT ON COLUMN attributes.unit IS 'Of a number, e.g. mm; empty for a bare one';
COMMENT ON COLUMN attributes.filterable IS 'Shoppers can narrow lists by it';

CREATE TABLE attribute_choices (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    attribute_id BIGINT NOT NULL REFERENCES attributes ON DELETE CASCADE,
    value TEXT NOT NULL CONSTRAINT attribute_choices_value_present CHECK (btrim(value) <> ''),
    colour TEXT NOT NULL DEFAULT '' CONSTRAINT attribute_choices_colour_shape CHECK (colour = '' OR colour ~ '^#[0-9a-f]{6}$'),
    position INTEGER NOT NULL DEFAULT 0
);
COMMENT ON COLUMN attribute_choices.colour IS 'Of a colour: what is painted beside its name, as #rrggbb';
CREATE UNIQUE INDEX attribute_choices_value_key ON attribute_choices (attribute_id, lower(value));

CREATE TABLE product_attributes (
    product_id BIGINT NOT NULL CONSTRAINT product_attributes_product_fkey REFERENCES products ON DELETE CASCADE,
    attribute_id BIGINT NOT NULL,
    kind TEXT NOT NULL,
    text TEXT,
    number NUMERIC(20, 6),
    boolean BOOLEAN,
    choices BIGINT[],
    PRIMARY KEY (product_id, attribute_id),
    CONSTRAINT product_attributes_attribute_fkey FOREIGN KEY (attribute_id, kind) REFERENCES attributes (id, kind) ON UPDATE RESTRICT ON DELETE CASCADE,
    CONSTRAINT product_attributes_typed CHECK (
        (text IS NOT NULL) = (kind = 'text') AND (number IS NOT NULL) = (kind = 'number') AND (boolean IS NOT NULL) = (kind = 'boolean')
        AND (choices IS NOT NULL) = (kind IN ('choice', 'colour'))),
    CONSTRAINT product_attributes_text_present CHECK (btrim(text) <> ''),
    CONSTRAINT product_attributes_choices_present CHECK (cardinality(choices) > 0 AND array_position(choices, NULL) IS NULL)
);
COMMENT ON TABLE product_attributes IS 'What a product''s attributes are: one value of the attribute''s kind. No row: not said';
COMMENT ON COLUMN product_attributes.kind IS 'The attribute''s, repeated so that CHECK can see it';
COMMENT ON COLUMN product_attributes.choices IS 'Ids of attribute_choices: one or several';
CREATE INDEX product_attributes_of_attribute ON product_attributes (attribute_id, product_id);
CREATE INDEX product_attributes_number ON product_attributes (attribute_id, number) WHERE number IS NOT NULL;
CREATE INDEX product_attributes_choices ON product_attributes USING gin (choices) WHERE choices IS NOT NULL;

-- An array can't have a foreign key: these two stand in for one. The writer locks the choices; whoever deletes one waits for it.
CREATE FUNCTION product_attributes_choose() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM attribute_choices WHERE attribute_id = NEW.attribute_id AND id = ANY (NEW.choices) ORDER BY id FOR KEY SHARE;
    IF (SELECT count(*) FROM attribute_choices WHERE attribute_id = NEW.attribute_id AND id = ANY (NEW.choices)) <> cardinality(NEW.choices) THEN
        RAISE EXCEPTION 'no such choice' USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'product_attributes_choices_fkey';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER product_attributes_choose BEFORE INSERT OR UPDATE ON product_attributes
    FOR EACH ROW WHEN (NEW.choices IS NOT NULL) EXECUTE FUNCTION product_attributes_choose();

CREATE FUNCTION attribute_choices_in_use() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- With the attribute go its values as well, and there is nothing to guard.
    IF EXISTS (SELECT FROM attributes WHERE id = OLD.attribute_id)
        AND EXISTS (SELECT FROM product_attributes WHERE choices @> ARRAY[OLD.id]) THEN
        RAISE EXCEPTION 'the choice is in use' USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'attribute_choices_in_use';
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER attribute_choices_in_use AFTER DELETE ON attribute_choices FOR EACH ROW EXECUTE FUNCTION attribute_choices_in_use();

CREATE TABLE brands (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    slug TEXT NOT NULL CONSTRAINT brands_slug_key UNIQUE CONSTRAINT brands_slug_shape CHECK (slug ~ '^[a-z0-9]+(-[a-z0-9]+)*$'),
    name TEXT NOT NULL CONSTRAINT brands_name_present CHECK (btrim(name) <> ''),
    description TEXT NOT NULL DEFAULT '',
    media_id UUID CONSTRAINT brands_media_fkey REFERENCES media ON DELETE RESTRICT,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now()
);
COMMENT ON COLUMN brands.description IS 'Plain text; an empty line parts paragraphs';
CREATE UNIQUE INDEX brands_name_key ON brands (lower(name));
CREATE INDEX brands_media ON brands (media_id) WHERE media_id IS NOT NULL;

ALTER TABLE products
    ADD COLUMN brand_id BIGINT CONSTRAINT products_brand_fkey REFERENCES brands ON DELETE RESTRICT,
    ADD COLUMN product_type_id BIGINT CONSTRAINT products_product_type_fkey REFERENCES product_types ON DELETE RESTRICT,
    ADD COLUMN on_sale_from TIMESTAMPTZ,
    ADD COLUMN on_sale_until TIMESTAMPTZ,
    ADD COLUMN version INTEGER NOT NULL DEFAULT 1,
    ADD CONSTRAINT products_sale_ends_after_it_begins CHECK (on_sale_until > on_sale_from);
COMMENT ON COLUMN products.vendor IS 'The brand''s name, kept in step with brand_id. Whoever writes a new name here makes a brand of it';
COMMENT ON COLUMN products.product_type IS 'The product type''s name, kept in step with product_type_id';
COMMENT ON COLUMN products.on_sale_from IS 'An active product is not shown before this moment';
COMMENT ON COLUMN products.on_sale_until IS 'An active product is not shown from this moment on';
COMMENT ON COLUMN products.version IS 'Counts the changes of this row, so that who saves a form can be told of changes made meanwhile';

-- Whether shoppers may see it now, by the database's clock. Planned as if its text stood in the query.
CREATE FUNCTION product_is_shown(p products) RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT p.status = 'active' AND (p.on_sale_from IS NULL OR p.on_sale_from <= now()) AND (p.on_sale_until IS NULL OR p.on_sale_until > now())
$$;

-- The brand, or product type, of this name, whatever the case; a new one where there is none. Two who ask at once get the same.
CREATE FUNCTION brand_named(wanted TEXT) RETURNS BIGINT LANGUAGE plpgsql AS $$
DECLARE
    found_id BIGINT;
    base TEXT := COALESCE(NULLIF(left(slug_from(wanted), 120), ''), 'brand');
BEGIN
    FOR at IN 1..10000 LOOP
        SELECT id INTO found_id FROM brands WHERE lower(name) = lower(btrim(wanted));
        IF found_id IS NOT NULL THEN RETURN found_id; END IF;
        INSERT INTO brands (slug, name) VALUES (btrim(base, '-') || CASE at WHEN 1 THEN '' ELSE '-' || at END, btrim(wanted))
            ON CONFLICT DO NOTHING RETURNING id INTO found_id;
        IF found_id IS NOT NULL THEN RETURN found_id; END IF;
    END LOOP;
    RAISE EXCEPTION 'no address is free for the brand %', wanted;
END $$;
CREATE FUNCTION product_type_named(wanted TEXT) RETURNS BIGINT LANGUAGE plpgsql AS $$
DECLARE
    found_id BIGINT;
    base TEXT := COALESCE(NULLIF(left(slug_from(wanted), 120), ''), 'type');
BEGIN
    FOR at IN 1..10000 LOOP
        SELECT id INTO found_id FROM product_types WHERE lower(name) = lower(btrim(wanted));
        IF found_id IS NOT NULL THEN RETURN found_id; END IF;
        INSERT INTO product_types (slug, name) VALUES (btrim(base, '-') || CASE at WHEN 1 THEN '' ELSE '-' || at END, btrim(wanted))
            ON CONFLICT DO NOTHING RETURNING id INTO found_id;
        IF found_id IS NOT NULL THEN RETURN found_id; END IF;
    END LOOP;
    RAISE EXCEPTION 'no address is free for the product type %', wanted;
END $$;

-- A reference that changes brings its name; a name that changes alone finds or makes what it names. The case that was written
-- stays, so that a file which is imported twice changes nothing the second time.
CREATE FUNCTION products_in_step() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.brand_id IS NOT NULL AND (TG_OP = 'INSERT' OR NEW.brand_id IS DISTINCT FROM OLD.brand_id) THEN
        IF NOT EXISTS (SELECT FROM brands WHERE id = NEW.brand_id AND lower(name) = lower(btrim(NEW.vendor))) THEN
            SELECT name INTO NEW.vendor FROM brands WHERE id = NEW.brand_id;
        END IF;
    ELSIF TG_OP = 'UPDATE' AND NEW.brand_id IS NULL AND OLD.brand_id IS NOT NULL THEN
        NEW.vendor := '';
    ELSIF TG_OP = 'INSERT' OR NEW.vendor <> OLD.vendor THEN
        NEW.brand_id := CASE WHEN btrim(NEW.vendor) <> '' THEN brand_named(NEW.vendor) END;
    END IF;
    IF NEW.product_type_id IS NOT NULL AND (TG_OP = 'INSERT' OR NEW.product_type_id IS DISTINCT FROM OLD.product_type_id) THEN
        IF NOT EXISTS (SELECT FROM product_types WHERE id = NEW.product_type_id AND lower(name) = lower(btrim(NEW.product_type))) THEN
            SELECT name INTO NEW.product_type FROM product_types WHERE id = NEW.product_type_id;
        END IF;
    ELSIF TG_OP = 'UPDATE' AND NEW.product_type_id IS NULL AND OLD.product_type_id IS NOT NULL THEN
        NEW.product_type := '';
    ELSIF TG_OP = 'INSERT' OR NEW.product_type <> OLD.product_type THEN
        NEW.product_type_id := CASE WHEN btrim(NEW.product_type) <> '' THEN product_type_named(NEW.product_type) END;
    END IF;
    RETURN NEW;
END $$;

UPDATE products SET brand_id = brand_named(vendor) WHERE btrim(vendor) <> '';
UPDATE products SET product_type_id = product_type_named(product_type) WHERE btrim(product_type) <> '';

CREATE TRIGGER products_in_step BEFORE INSERT OR UPDATE OF vendor, brand_id, product_type, product_type_id ON products
    FOR EACH ROW EXECUTE FUNCTION products_in_step();

CREATE FUNCTION products_new_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.version := OLD.version + 1;
    RETURN NEW;
END $$;
CREATE TRIGGER products_new_version BEFORE UPDATE ON products FOR EACH ROW EXECUTE FUNCTION products_new_version();

CREATE FUNCTION brand_renamed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE products SET vendor = NEW.name WHERE brand_id = NEW.id AND vendor <> NEW.name;
    RETURN NULL;
END $$;
CREATE TRIGGER brand_renamed AFTER UPDATE OF name ON brands FOR EACH ROW WHEN (OLD.name <> NEW.name) EXECUTE FUNCTION brand_renamed();
CREATE FUNCTION product_type_renamed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE products SET product_type = NEW.name WHERE product_type_id = NEW.id AND product_type <> NEW.name;
    RETURN NULL;
END $$;
CREATE TRIGGER product_type_renamed AFTER UPDATE OF name ON product_types
    FOR EACH ROW WHEN (OLD.name <> NEW.name) EXECUTE FUNCTION product_type_renamed();

CREATE INDEX products_of_brand ON products (brand_id, id DESC) WHERE brand_id IS NOT NULL;
CREATE INDEX products_of_type ON products (product_type_id, id DESC) WHERE product_type_id IS NOT NULL;
CREATE INDEX products_tags ON products USING gin (tags);

-- The list of products in the back office begins with what changed last, whatever its status.
CREATE INDEX products_latest ON products (updated_at DESC, id DESC);

ALTER TABLE categories
    ADD COLUMN media_id UUID CONSTRAINT categories_media_fkey REFERENCES media ON DELETE RESTRICT,
    ADD COLUMN path BIGINT[] NOT NULL DEFAULT '{}';
COMMENT ON COLUMN categories.path IS 'Ids from the department down to this category itself, kept by triggers';
COMMENT ON COLUMN categories.description IS 'Plain text; an empty line parts paragraphs';
CREATE INDEX categories_media ON categories (media_id) WHERE media_id IS NOT NULL;
UPDATE categories SET path = ARRAY[id] WHERE parent_id IS NULL;
UPDATE categories c SET path = p.path || c.id FROM categories p WHERE p.id = c.parent_id;
CREATE INDEX categories_path ON categories USING gin (path);

-- One move at a time: two that are each right could make a ring together. Whoever moves a category takes this lock first.
CREATE FUNCTION category_stands() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtext('categories'));
    NEW.path := COALESCE((SELECT path FROM categories WHERE id = NEW.parent_id), '{}') || NEW.id;
    IF cardinality(NEW.path) <> (SELECT count(DISTINCT id) FROM unnest(NEW.path) AS id) THEN
        RAISE EXCEPTION 'a category can''t stand below itself' USING ERRCODE = 'check_violation', CONSTRAINT = 'categories_no_ring';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER category_stands_new BEFORE INSERT ON categories FOR EACH ROW EXECUTE FUNCTION category_stands();
CREATE TRIGGER category_stands BEFORE UPDATE OF parent_id ON categories
    FOR EACH ROW WHEN (NEW.parent_id IS DISTINCT FROM OLD.parent_id) EXECUTE FUNCTION category_stands();

CREATE FUNCTION category_moved() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE categories SET path = NEW.path || path[array_position(path, NEW.id) + 1:] WHERE path @> ARRAY[NEW.id] AND id <> NEW.id;
    RETURN NULL;
END $$;
CREATE TRIGGER category_moved AFTER UPDATE OF parent_id ON categories
    FOR EACH ROW WHEN (NEW.path <> OLD.path) EXECUTE FUNCTION category_moved();
