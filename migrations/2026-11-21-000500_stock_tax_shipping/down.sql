DROP TABLE shipping_rates, shipping_methods, shipping_zones, tax_rates, stock_movements, stock;
