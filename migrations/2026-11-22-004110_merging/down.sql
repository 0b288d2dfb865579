CREATE OR REPLACE FUNCTION orders_of_nobody_blocked() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM accounts WHERE blocked_at IS NOT NULL AND (id = NEW.account_id OR email = lower(NEW.email))) THEN
        RAISE EXCEPTION 'this customer is blocked' USING ERRCODE = 'check_violation', CONSTRAINT = 'orders_of_nobody_blocked';
    END IF;
    RETURN NEW;
END $$;
ALTER TABLE accounts DROP CONSTRAINT IF EXISTS accounts_merged_is_shell;
