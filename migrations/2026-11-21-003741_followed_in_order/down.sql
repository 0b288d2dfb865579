DROP INDEX search_changes_of_all;
CREATE OR REPLACE FUNCTION collections_ask(ids BIGINT[], only_of BIGINT[] DEFAULT NULL) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    asked BIGINT[];
    any_of BIGINT[];
    rules collection_rules[];
BEGIN
    PERFORM FROM collections WHERE chosen_by = 'rules' AND NOT leaving AND (only_of IS NULL OR id = ANY (only_of)) ORDER BY id FOR SHARE;
    SELECT array_agg(id), COALESCE(array_agg(id) FILTER (WHERE any_rule), '{}') INTO asked, any_of
        FROM collections WHERE chosen_by = 'rules' AND NOT leaving AND (only_of IS NULL OR id = ANY (only_of));
    IF asked IS NULL THEN RETURN; END IF;
    rules := ARRAY(SELECT r FROM collection_rules r WHERE r.collection_id = ANY (asked));
    WITH fits AS MATERIALIZED (SELECT * FROM collection_fits(rules, any_of, ids)),
    gone AS (
        DELETE FROM collection_members m WHERE m.product_id = ANY (ids) AND m.collection_id = ANY (asked)
            AND NOT EXISTS (SELECT FROM fits f WHERE f.collection_id = m.collection_id AND f.product_id = m.product_id)
    )
    INSERT INTO collection_members (collection_id, product_id, from_at, until_at) SELECT * FROM fits
    ON CONFLICT (collection_id, product_id) DO UPDATE SET position = 0, from_at = EXCLUDED.from_at, until_at = EXCLUDED.until_at
    WHERE (collection_members.position, collection_members.from_at, collection_members.until_at)
        IS DISTINCT FROM (0, EXCLUDED.from_at, EXCLUDED.until_at);
END $$;
