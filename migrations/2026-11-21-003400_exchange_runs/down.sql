ALTER TABLE store DROP COLUMN import_megabytes;
DROP TABLE exchange_problems;
DROP TABLE exchange_runs;
