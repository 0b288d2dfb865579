ALTER TABLE checkouts DROP COLUMN vat_standing;
