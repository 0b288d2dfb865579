-- Prices beside the variants' own: lists by currency, customer group, quantity and date, and what everybody was asked before.
CREATE TABLE price_lists (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name TEXT NOT NULL CONSTRAINT price_lists_name_present CHECK (btrim(name) <> ''),
    kind TEXT NOT NULL DEFAULT 'regular' CONSTRAINT price_lists_kind_known CHECK (kind IN ('regular', 'sale')),
    currency TEXT NOT NULL CONSTRAINT price_lists_currency_shape CHECK (currency ~ '^[A-Z]{3}$'),
    group_id BIGINT REFERENCES customer_groups ON DELETE RESTRICT,
    starts_at TIMESTAMPTZ,
    ends_at TIMESTAMPTZ,
    replaces_base BOOLEAN NOT NULL DEFAULT false,
    active BOOLEAN NOT NULL DEFAULT false,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    CONSTRAINT price_lists_period CHECK (ends_at > starts_at)
);
COMMENT ON TABLE price_lists IS 'Prices that stand beside variants.price; the lowest that applies is asked';
COMMENT ON COLUMN price_lists.kind IS 'sale: a reduction, shown with the former price struck through; regular: simply another price';
COMMENT ON COLUMN price_lists.group_id IS 'For this group of customers only; NULL: for everybody';
COMMENT ON COLUMN price_lists.starts_at IS 'First moment at which it applies; NULL: always has';
COMMENT ON COLUMN price_lists.ends_at IS 'First moment at which it does not apply any more; NULL: never ends';
COMMENT ON COLUMN price_lists.replaces_base IS 'Its prices stand instead of variants.price, even where they are higher';
COMMENT ON COLUMN price_lists.active IS 'Switched on; it applies within its period only';
CREATE UNIQUE INDEX price_lists_name_key ON price_lists (lower(name));
CREATE INDEX price_lists_active ON price_lists (currency, id) WHERE active;
CREATE INDEX price_lists_of_group ON price_lists (group_id) WHERE group_id IS NOT NULL;

CREATE TABLE prices (
    list_id BIGINT NOT NULL REFERENCES price_lists ON DELETE CASCADE,
    variant_id BIGINT NOT NULL REFERENCES variants ON DELETE CASCADE,
    min_quantity INTEGER NOT NULL DEFAULT 1 CONSTRAINT prices_min_quantity_range CHECK (min_quantity BETWEEN 1 AND 999),
    amount BIGINT NOT NULL CONSTRAINT prices_amount_range CHECK (amount BETWEEN 0 AND 100000000000),
    compare_at BIGINT CONSTRAINT prices_compare_at_range CHECK (compare_at BETWEEN 0 AND 100000000000),
    PRIMARY KEY (list_id, variant_id, min_quantity),
    CONSTRAINT prices_compare_at_above CHECK (compare_at > amount)
);
COMMENT ON COLUMN prices.min_quantity IS 'Holds from so many units of the variant on';
COMMENT ON COLUMN prices.amount IS 'Minor units of the list''s currency for one unit, entered as variants.price is';
COMMENT ON COLUMN prices.compare_at IS 'Former price in minor units; NULL: a sale strikes through what would be asked without it';
CREATE INDEX prices_of_variant ON prices (variant_id, list_id);

-- The directive 98/6/EC, art. 6a (2019/2161) has a reduction announced beside the lowest price of the 30 days before it. So
-- what everybody was asked for one unit is kept, for each currency. Sales that are to start and end are written ahead, as rows
-- of the future that every change rewrites: no job has to be in time for the history to be exact.
CREATE TABLE price_history (
    variant_id BIGINT NOT NULL REFERENCES variants ON DELETE CASCADE,
    currency TEXT NOT NULL,
    valid_from TIMESTAMPTZ NOT NULL,
    amount BIGINT,
    written_by BIGINT NOT NULL DEFAULT pg_current_xact_id()::text::bigint,
    PRIMARY KEY (variant_id, currency, valid_from)
);
COMMENT ON TABLE price_history IS 'What everybody is asked for one unit, without groups and quantities; rows of the future are what is planned';
COMMENT ON COLUMN price_history.valid_from IS 'Until the next row of the same variant and currency';
COMMENT ON COLUMN price_history.amount IS 'Minor units of the currency; NULL: not sold in it';
COMMENT ON COLUMN price_history.written_by IS 'The transaction: a price that a transaction took back was never asked, and is not kept';

-- The same choice as pricing::rules makes for one unit and nobody's group.
CREATE FUNCTION public_price(variant BIGINT, sold_in TEXT, at TIMESTAMPTZ) RETURNS BIGINT LANGUAGE sql STABLE AS $$
    WITH offers AS (
        SELECT p.amount, l.replaces_base FROM prices p JOIN price_lists l ON l.id = p.list_id
        WHERE p.variant_id = variant AND p.min_quantity = 1 AND l.currency = sold_in AND l.active AND l.group_id IS NULL
          AND (l.starts_at IS NULL OR l.starts_at <= at) AND (l.ends_at IS NULL OR at < l.ends_at)
    )
    SELECT min(amount) FROM (
        SELECT amount FROM offers
        UNION ALL
        SELECT v.price FROM variants v JOIN store s ON s.currency = sold_in
        WHERE v.id = variant AND NOT EXISTS (SELECT FROM offers WHERE replaces_base)
    ) applying
$$;

-- Writes what holds from now on, for these variants. The caller holds the lists' rows that it changes; the variants' rows are
-- held here, in the order of their ids, so that of two changes at once the second sees the first.
CREATE FUNCTION write_price_history(changed BIGINT[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    at TIMESTAMPTZ;
BEGIN
    PERFORM FROM variants WHERE id = ANY (changed) ORDER BY id FOR NO KEY UPDATE;
    at := clock_timestamp();
    DELETE FROM price_history WHERE variant_id = ANY (changed)
        AND (valid_from > at OR (written_by = pg_current_xact_id()::text::bigint AND valid_from >= now()));
    INSERT INTO price_history (variant_id, currency, valid_from, amount)
    WITH sold AS (
        SELECT v.id, s.currency FROM variants v CROSS JOIN store s WHERE v.id = ANY (changed)
        UNION SELECT p.variant_id, l.currency FROM prices p JOIN price_lists l ON l.id = p.list_id WHERE p.variant_id = ANY (changed)
        UNION SELECT h.variant_id, h.currency FROM price_history h JOIN variants v ON v.id = h.variant_id WHERE h.variant_id = ANY (changed)
    ), moments AS (
        SELECT id, currency, at AS moment FROM sold
        UNION SELECT s.id, s.currency, m.moment FROM sold s
            JOIN prices p ON p.variant_id = s.id
            JOIN price_lists l ON l.id = p.list_id AND l.currency = s.currency AND l.active
            CROSS JOIN LATERAL (VALUES (l.starts_at), (l.ends_at)) m (moment)
        WHERE m.moment > at
    ), planned AS (
        SELECT id, currency, moment, public_price(id, currency, moment) AS amount FROM moments
    ), before AS (
        SELECT p.*, COALESCE(lag(moment) OVER w IS NOT NULL, false) AS follows, lag(amount) OVER w AS former,
            (SELECT h.amount FROM price_history h WHERE h.variant_id = p.id AND h.currency = p.currency AND h.valid_from <= at
             ORDER BY h.valid_from DESC LIMIT 1) AS last
        FROM planned p WINDOW w AS (PARTITION BY id, currency ORDER BY moment)
    )
    SELECT id, currency, moment, amount FROM before
    WHERE amount IS DISTINCT FROM CASE WHEN follows THEN former ELSE last END;
END $$;

CREATE FUNCTION variant_price_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM write_price_history(ARRAY[NEW.id]);
    RETURN NULL;
END $$;
CREATE TRIGGER variant_priced AFTER INSERT ON variants FOR EACH ROW EXECUTE FUNCTION variant_price_changed();
CREATE TRIGGER variant_price_changed AFTER UPDATE OF price ON variants
    FOR EACH ROW WHEN (OLD.price <> NEW.price) EXECUTE FUNCTION variant_price_changed();

-- Holding the lists makes a change of a list's terms and one of its prices wait for each other.
CREATE FUNCTION list_prices_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM FROM price_lists WHERE id IN (SELECT list_id FROM changed) ORDER BY id FOR NO KEY UPDATE;
    PERFORM write_price_history(ARRAY(SELECT DISTINCT variant_id FROM changed));
    RETURN NULL;
END $$;
CREATE TRIGGER prices_added AFTER INSERT ON prices REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION list_prices_changed();
CREATE TRIGGER prices_changed AFTER UPDATE ON prices REFERENCING NEW TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION list_prices_changed();
CREATE TRIGGER prices_removed AFTER DELETE ON prices REFERENCING OLD TABLE AS changed
    FOR EACH STATEMENT EXECUTE FUNCTION list_prices_changed();

CREATE FUNCTION price_list_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.currency <> NEW.currency AND EXISTS (SELECT FROM prices WHERE list_id = NEW.id) THEN
        RAISE EXCEPTION 'the prices are in %', OLD.currency USING ERRCODE = 'check_violation', CONSTRAINT = 'price_lists_currency_in_use';
    END IF;
    PERFORM write_price_history(ARRAY(SELECT DISTINCT variant_id FROM prices WHERE list_id = NEW.id));
    RETURN NULL;
END $$;
CREATE TRIGGER price_list_changed AFTER UPDATE OF currency, group_id, starts_at, ends_at, replaces_base, active ON price_lists
    FOR EACH ROW EXECUTE FUNCTION price_list_changed();

-- What was asked before is not known; the history begins today.
SELECT write_price_history(ARRAY(SELECT id FROM variants));
