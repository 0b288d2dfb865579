DROP TRIGGER audit_change ON reviews;
DROP TRIGGER audit_change ON retention_rules;
DROP TRIGGER audit_change ON erasures;
