DROP TRIGGER together_new ON orders;
DROP TRIGGER together_turned ON orders;
DROP TABLE bought_together, together_pairs, together_products, together_orders, together_due;
DROP FUNCTION together_count, together_order_turned, together_counts, pages_together_changed;
DELETE FROM related_products WHERE kind <> 'related';
ALTER TABLE related_products DROP COLUMN kind;
