DO $$
DECLARE
    followed regclass;
BEGIN
    FOR followed IN SELECT tgrelid::regclass FROM pg_trigger WHERE tgname = 'audit_change' LOOP
        EXECUTE format('DROP TRIGGER audit_change ON %s', followed);
    END LOOP;
END $$;
DROP FUNCTION audit_follow(TEXT, TEXT, TEXT, TEXT, TEXT, TEXT);
DROP FUNCTION audit_change();
