DROP TRIGGER variant_priced ON variants;
DROP TRIGGER variant_price_changed ON variants;
DROP TABLE price_history, prices, price_lists;
DROP FUNCTION variant_price_changed, list_prices_changed, price_list_changed, write_price_history, public_price;
