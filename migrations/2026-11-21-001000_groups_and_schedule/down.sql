ALTER TABLE jobs DROP COLUMN schedule_key;
ALTER TABLE accounts DROP COLUMN tax_exemption, DROP COLUMN group_id;
DROP TABLE customer_groups;
