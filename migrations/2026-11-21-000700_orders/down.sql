ALTER TABLE stock_movements DROP CONSTRAINT stock_movements_order_id_fkey;
DROP TABLE order_events, shipment_lines, shipments, order_tax_lines, order_lines, order_addresses, orders;
DROP FUNCTION order_adds_up();
