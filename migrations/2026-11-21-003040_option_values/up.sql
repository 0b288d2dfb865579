-- What there is to choose of each option, so that a page can offer it without reading up to 2,000 variants. Kept by triggers from
-- what variants have; staff put the values in order.
CREATE TABLE option_values (
    product_id BIGINT NOT NULL CONSTRAINT option_values_product_fkey REFERENCES products ON DELETE CASCADE,
    option INTEGER NOT NULL CONSTRAINT option_values_option_range CHECK (option BETWEEN 1 AND 3),
    value TEXT NOT NULL,
    position INTEGER NOT NULL DEFAULT 0,
    used BOOLEAN NOT NULL DEFAULT true,
    PRIMARY KEY (product_id, option, value)
);
COMMENT ON COLUMN option_values.option IS 'Which of the product''s option_names, from 1';
COMMENT ON COLUMN option_values.used IS 'A variant that is not archived has it';

CREATE FUNCTION option_values_of(ids BIGINT[]) RETURNS void LANGUAGE sql AS $$
    WITH used AS (
        SELECT v.product_id, o.option, o.value, min(v.position) AS position
        FROM variants v, unnest(v.option_values) WITH ORDINALITY AS o(value, option)
        WHERE v.product_id = ANY (ids) AND v.archived_at IS NULL AND o.option <= 3 GROUP BY 1, 2, 3
    ), unused AS (
        UPDATE option_values o SET used = false WHERE o.product_id = ANY (ids) AND o.used
            AND NOT EXISTS (SELECT FROM used u WHERE (u.product_id, u.option, u.value) = (o.product_id, o.option, o.value))
    )
    INSERT INTO option_values (product_id, option, value, position) SELECT * FROM used
    ON CONFLICT (product_id, option, value) DO UPDATE SET used = true WHERE NOT option_values.used
$$;
CREATE FUNCTION option_values_added() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO option_values (product_id, option, value, position)
        SELECT t.product_id, o.option, o.value, min(t.position) FROM touched t, unnest(t.option_values) WITH ORDINALITY AS o(value, option)
        WHERE t.archived_at IS NULL AND o.option <= 3 GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
    ON CONFLICT (product_id, option, value) DO UPDATE SET used = true WHERE NOT option_values.used;
    RETURN NULL;
END $$;
CREATE TRIGGER option_values_added AFTER INSERT ON variants REFERENCING NEW TABLE AS touched
    FOR EACH STATEMENT EXECUTE FUNCTION option_values_added();
CREATE FUNCTION option_values_changed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    ids BIGINT[];
BEGIN
    SELECT array_agg(DISTINCT n.product_id) INTO ids FROM is_now n JOIN was o ON o.id = n.id
    WHERE n.option_values <> o.option_values OR (n.archived_at IS NULL) <> (o.archived_at IS NULL);
    IF ids IS NOT NULL THEN PERFORM option_values_of(ids); END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER option_values_changed AFTER UPDATE ON variants REFERENCING OLD TABLE AS was NEW TABLE AS is_now
    FOR EACH STATEMENT EXECUTE FUNCTION option_values_changed();
CREATE FUNCTION option_values_removed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    ids BIGINT[];
BEGIN
    -- Variants that go with their product take nothing along: the product's values go as well.
    SELECT array_agg(DISTINCT t.product_id) INTO ids FROM touched t JOIN products p ON p.id = t.product_id;
    IF ids IS NOT NULL THEN PERFORM option_values_of(ids); END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER option_values_removed AFTER DELETE ON variants REFERENCING OLD TABLE AS touched
    FOR EACH STATEMENT EXECUTE FUNCTION option_values_removed();
SELECT option_values_of(array_agg(id)) FROM products HAVING count(*) > 0;

-- The cheapest of many variants, and the dearest, without reading them all.
CREATE INDEX variants_by_price ON variants (product_id, price, position, id) WHERE archived_at IS NULL;
