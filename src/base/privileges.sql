-- What the account that serves may do, in the schema where the tables stand. Run by their owner after each migration; the setting
-- ironmonger.serving names the account. Says nothing and writes nothing where all is as it should be, since a GRANT has every
-- connection plan its statements anew.
DO $$
DECLARE
    serving CONSTANT regrole := quote_ident(current_setting('ironmonger.serving'))::regrole;
    place CONSTANT regnamespace := quote_ident(current_schema())::regnamespace;
    -- Tables that are only added to, each with the columns that the program writes later nevertheless: an old entry of the record
    -- loses its address, a person is taken out of the consents. Triggers see to it that no more than that is done. An invoice is
    -- locked by its number while a credit note is made, which takes the right to change some column; this one takes no value.
    kept CONSTANT jsonb := '{"audit_entries": "address", "consents": "person, account_id, address", "credit_entries": null,
        "invoices": "id", "payment_events": null, "stock_movements": null}';
    ours record;
    own record;
BEGIN
    -- Everybody may create things in the schema public of PostgreSQL 14, and in one that came along from there.
    IF has_schema_privilege(serving, place, 'CREATE') AND (SELECT pg_has_role(nspowner, 'USAGE') FROM pg_namespace WHERE oid = place) THEN
        EXECUTE format('REVOKE CREATE ON SCHEMA %s FROM PUBLIC, %s', place, serving);
    END IF;
    IF NOT has_schema_privilege(serving, place, 'USAGE') THEN
        EXECUTE format('GRANT USAGE ON SCHEMA %s TO %s', place, serving);
    END IF;

    FOR ours IN
        SELECT c.oid::regclass AS name, c.relname, c.oid FROM pg_class c
        WHERE c.relnamespace = place AND c.relkind IN ('r', 'p', 'v', 'm') AND pg_has_role(c.relowner, 'USAGE')
    LOOP
        IF has_table_privilege(serving, ours.oid, 'TRUNCATE, REFERENCES, TRIGGER') THEN
            EXECUTE format('REVOKE TRUNCATE, REFERENCES, TRIGGER ON %s FROM PUBLIC, %s', ours.name, serving);
        END IF;
        IF ours.relname = '__diesel_schema_migrations' THEN
            IF has_table_privilege(serving, ours.oid, 'INSERT, UPDATE, DELETE') THEN
                EXECUTE format('REVOKE INSERT, UPDATE, DELETE ON %s FROM PUBLIC, %s', ours.name, serving);
            END IF;
            IF NOT has_table_privilege(serving, ours.oid, 'SELECT') THEN
                EXECUTE format('GRANT SELECT ON %s TO %s', ours.name, serving);
            END IF;
        ELSIF kept ? ours.relname THEN
            IF has_table_privilege(serving, ours.oid, 'UPDATE, DELETE') THEN
                EXECUTE format('REVOKE UPDATE, DELETE ON %s FROM PUBLIC, %s', ours.name, serving);
            END IF;
            IF NOT (has_table_privilege(serving, ours.oid, 'SELECT') AND has_table_privilege(serving, ours.oid, 'INSERT')) THEN
                EXECUTE format('GRANT SELECT, INSERT ON %s TO %s', ours.name, serving);
            END IF;
            IF kept ->> ours.relname IS NOT NULL AND NOT has_any_column_privilege(serving, ours.oid, 'UPDATE') THEN
                EXECUTE format('GRANT UPDATE (%s) ON %s TO %s', kept ->> ours.relname, ours.name, serving);
            END IF;
        ELSIF NOT (has_table_privilege(serving, ours.oid, 'SELECT') AND has_table_privilege(serving, ours.oid, 'INSERT')
                AND has_table_privilege(serving, ours.oid, 'UPDATE') AND has_table_privilege(serving, ours.oid, 'DELETE')) THEN
            EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %s TO %s', ours.name, serving);
        END IF;
    END LOOP;

    FOR own IN
        SELECT c.oid::regclass AS name FROM pg_class c
        WHERE c.relnamespace = place AND c.relkind = 'S' AND pg_has_role(c.relowner, 'USAGE')
            AND CASE c.relkind WHEN 'S' THEN NOT has_sequence_privilege(serving, c.oid, 'USAGE') END
    LOOP
        EXECUTE format('GRANT USAGE ON SEQUENCE %s TO %s', own.name, serving);
    END LOOP;
    FOR own IN
        SELECT p.oid::regprocedure AS name FROM pg_proc p
        WHERE p.pronamespace = place AND pg_has_role(p.proowner, 'USAGE') AND NOT has_function_privilege(serving, p.oid, 'EXECUTE')
    LOOP
        EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO %s', own.name, serving);
    END LOOP;

    -- A table that a newer program makes can be used before that program has come to this place.
    IF NOT EXISTS (SELECT FROM pg_default_acl d, aclexplode(d.defaclacl) a
                   WHERE d.defaclrole = quote_ident(current_user)::regrole AND d.defaclnamespace = place AND a.grantee = serving) THEN
        EXECUTE format('ALTER DEFAULT PRIVILEGES IN SCHEMA %s GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO %s', place, serving);
        EXECUTE format('ALTER DEFAULT PRIVILEGES IN SCHEMA %s GRANT USAGE ON SEQUENCES TO %s', place, serving);
    END IF;
END $$
