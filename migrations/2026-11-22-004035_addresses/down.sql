DROP INDEX orders_of_guests;
DROP TABLE addresses;
DROP FUNCTION addresses_bounded;
