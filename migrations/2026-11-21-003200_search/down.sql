DROP TABLE search_terms;
DROP TABLE search_pins;
DROP TABLE search_synonyms;
DO $$
DECLARE
    watched RECORD;
BEGIN
    FOR watched IN SELECT t.tgname, c.relname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid WHERE t.tgname LIKE 'search\_%' AND NOT t.tgisinternal
    LOOP
        EXECUTE format('DROP TRIGGER %I ON %I', watched.tgname, watched.relname);
    END LOOP;
END $$;
DROP FUNCTION search_tick();
DROP FUNCTION search_list_changed();
DROP FUNCTION search_stock_turned();
DROP FUNCTION search_all_changed();
DROP FUNCTION search_words_changed();
DROP FUNCTION search_categories_renamed();
DROP FUNCTION search_categories_changed();
DROP FUNCTION search_pages_changed();
DROP FUNCTION search_variants_changed();
DROP FUNCTION search_parts_changed();
DROP FUNCTION search_products_changed();
DROP FUNCTION search_touch(TEXT, BIGINT[]);
DROP TABLE search_feed;
DROP TABLE search_changes;
