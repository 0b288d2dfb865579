DROP TRIGGER new_edition ON promotion_conditions;
DROP TRIGGER new_edition ON promotions;
CREATE TRIGGER new_edition AFTER INSERT OR DELETE OR TRUNCATE OR UPDATE OF active, by_coupon ON promotions
    FOR EACH STATEMENT EXECUTE FUNCTION new_edition();
ALTER TABLE promotions ENABLE ALWAYS TRIGGER new_edition;
