-- Servers keep in memory whether any promotion that applies by itself has a limit or counts a customer's orders: orders are placed
-- together only where none does. A counted use is still no change of the rules.
DROP TRIGGER new_edition ON promotions;
CREATE TRIGGER new_edition AFTER INSERT OR DELETE OR TRUNCATE OR UPDATE OF active, by_coupon, max_uses, max_uses_each ON promotions
    FOR EACH STATEMENT EXECUTE FUNCTION new_edition();
ALTER TABLE promotions ENABLE ALWAYS TRIGGER new_edition;
CREATE TRIGGER new_edition AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON promotion_conditions
    FOR EACH STATEMENT EXECUTE FUNCTION new_edition();
ALTER TABLE promotion_conditions ENABLE ALWAYS TRIGGER new_edition;
