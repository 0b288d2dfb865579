-- Tables that came after audit_follow, of which it is told what staff change.
SELECT audit_follow('reviews', 'id', 'changed_at', 'name,title,body', 'UPDATE OR DELETE');
SELECT audit_follow('retention_rules', 'kind', 'ran_at,removed');
SELECT audit_follow('erasures', 'id', 'outcome', 'email,asked_by');
