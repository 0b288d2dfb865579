DROP INDEX variants_by_price;
DROP TRIGGER option_values_removed ON variants;
DROP TRIGGER option_values_changed ON variants;
DROP TRIGGER option_values_added ON variants;
DROP FUNCTION option_values_removed;
DROP FUNCTION option_values_changed;
DROP FUNCTION option_values_added;
DROP FUNCTION option_values_of;
DROP TABLE option_values;
