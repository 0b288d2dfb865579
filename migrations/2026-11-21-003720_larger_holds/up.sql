-- A cart has 999 of a bundle at most, and a bundle 1,000 of a part: then more units of one article are held than a line alone can want.
ALTER TABLE reservations DROP CONSTRAINT reservations_quantity_range,
    ADD CONSTRAINT reservations_quantity_range CHECK (quantity BETWEEN 1 AND 100000000);
