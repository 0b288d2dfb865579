DROP TRIGGER orders_of_nobody_blocked ON orders;
DROP FUNCTION orders_of_nobody_blocked();
DROP INDEX accounts_blocked;
DROP TABLE customer_notes;
DROP TABLE account_tags;
DROP TABLE customer_tags;
