DROP FUNCTION stock_allocate_all(BIGINT[], UUID[], BIGINT[], INTEGER[], TEXT);
DROP FUNCTION stock_try_holder(UUID);

CREATE OR REPLACE FUNCTION stock_sweep(of_variant BIGINT, except_holder UUID) RETURNS INTEGER LANGUAGE plpgsql AS $$
DECLARE
    freed INTEGER;
BEGIN
    WITH past AS (
        SELECT r.holder FROM reservations r
        WHERE r.variant_id = of_variant AND r.reserved_until <= clock_timestamp() AND r.holder IS DISTINCT FROM except_holder
        FOR UPDATE SKIP LOCKED
    ), gone AS (
        DELETE FROM reservations r USING past WHERE r.variant_id = of_variant AND r.holder = past.holder RETURNING r.quantity
    )
    SELECT COALESCE(sum(quantity), 0) INTO freed FROM gone;
    IF freed > 0 THEN
        UPDATE stock SET reserved = reserved - freed WHERE variant_id = of_variant;
    END IF;
    RETURN freed;
END $$;
