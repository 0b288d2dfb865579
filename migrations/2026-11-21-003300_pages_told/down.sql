DO $$
DECLARE
    made RECORD;
BEGIN
    FOR made IN SELECT tgname, tgrelid::regclass AS of FROM pg_trigger WHERE tgname LIKE 'pages\_%' AND NOT tgisinternal LOOP
        EXECUTE format('DROP TRIGGER %I ON %s', made.tgname, made.of);
    END LOOP;
END $$;
DROP INDEX shelves_to_come, shelves_to_go;
DROP FUNCTION pages_product_changed, pages_product_gone, pages_product_new, pages_part_changed, pages_variant_changed, pages_shelf_changed,
    pages_shelf_sorted, pages_prices_changed, pages_stock_changed, pages_stock_look, pages_list_changed, pages_shop_changed,
    pages_category_changed, pages_brand_changed, pages_attribute_changed, pages_choice_changed, pages_page_changed, pages_account_changed,
    pages_all_changed, pages_products, pages_tags, pages_tell;
