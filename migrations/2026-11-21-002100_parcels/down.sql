DROP INDEX shipment_lines_of_order_line;
COMMENT ON TABLE shipment_lines IS NULL;
COMMENT ON COLUMN shipments.delivered_at IS NULL;
COMMENT ON COLUMN shipments.tracking_url IS NULL;
ALTER TABLE shipments DROP CONSTRAINT shipments_tracking_url_https;
