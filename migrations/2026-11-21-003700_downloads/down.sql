DROP TABLE downloads;
DROP TABLE download_leftovers;
DROP TABLE download_files;
ALTER TABLE store DROP COLUMN download_days, DROP COLUMN download_most, DROP COLUMN download_megabytes;
ALTER TABLE order_lines DROP COLUMN is_digital;
ALTER TABLE variants DROP COLUMN is_digital;
