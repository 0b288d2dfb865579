-- After a large import PostgreSQL is to see how the tables of goods have grown. ANALYZE is the tables' owner's to say, and the account
-- that serves the shop owns none (see src/base/privileges.rs), so this is done for whoever is let in here. It reads no argument, and
-- its search path leaves nobody a way to put a table of their own in the place of ours.
DO $make$
BEGIN
    EXECUTE format($function$
        CREATE FUNCTION look_at_goods() RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = %I, pg_temp AS $$
        BEGIN
            ANALYZE products, variants, stock, location_stock, product_categories, product_attributes, option_values, shelves, price_history;
        END $$
    $function$, current_schema());
END $make$;
REVOKE ALL ON FUNCTION look_at_goods() FROM PUBLIC;
COMMENT ON FUNCTION look_at_goods() IS 'Has the tables of goods measured anew, for accounts that do not own them';
