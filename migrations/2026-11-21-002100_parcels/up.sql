-- Parcels one after the other, each with its own way to be followed.
-- NOT VALID would save a look at old rows, but their tracking_url is the default of the migration before.
ALTER TABLE shipments
    ADD CONSTRAINT shipments_tracking_url_https CHECK (tracking_url = '' OR (tracking_url ~ '^https://' AND length(tracking_url) <= 500));
COMMENT ON COLUMN shipments.tracking_url IS 'Where the customer follows the parcel; https only, since it stands as a link in mails';
COMMENT ON COLUMN shipments.delivered_at IS 'Arrived, or picked up; NULL: nobody said so yet';
COMMENT ON TABLE shipment_lines IS 'Goods only: gift cards count as shipped once they are issued and lie in no parcel';
CREATE INDEX shipment_lines_of_order_line ON shipment_lines (order_line_id);
