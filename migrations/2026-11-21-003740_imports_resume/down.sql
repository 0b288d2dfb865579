ALTER TABLE exchange_runs DROP COLUMN begun_from, DROP COLUMN told;
