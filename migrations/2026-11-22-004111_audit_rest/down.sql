DROP TRIGGER IF EXISTS audit_change ON attribute_choices;
DROP TRIGGER IF EXISTS audit_change ON collection_rules;
DROP TRIGGER IF EXISTS audit_change ON collection_members;
DROP TRIGGER IF EXISTS audit_change ON option_values;
DROP TRIGGER IF EXISTS audit_change ON related_products;
DROP TRIGGER IF EXISTS audit_change ON bundle_parts;
DROP TRIGGER IF EXISTS audit_change ON downloads;
