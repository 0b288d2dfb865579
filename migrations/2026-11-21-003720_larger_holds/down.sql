-- Holds that are larger stay until they are over.
ALTER TABLE reservations DROP CONSTRAINT reservations_quantity_range,
    ADD CONSTRAINT reservations_quantity_range CHECK (quantity BETWEEN 1 AND 100000) NOT VALID;
