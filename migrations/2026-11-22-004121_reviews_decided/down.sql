DROP TRIGGER audit_change ON reviews;
SELECT audit_follow('reviews', 'id', 'changed_at', 'name,title,body', 'UPDATE OR DELETE');
ALTER TABLE reviews DROP COLUMN reason;
