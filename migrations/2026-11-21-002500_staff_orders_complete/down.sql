DELETE FROM gateway_settings WHERE code = 'in_shop';
ALTER TABLE store DROP COLUMN payment_link_days;
ALTER TABLE checkouts DROP COLUMN note, DROP COLUMN fees;
