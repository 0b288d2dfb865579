-- An account that another took over is an empty shell for good: nobody signs in to it, and nobody becomes staff by it.
ALTER TABLE accounts ADD CONSTRAINT accounts_merged_is_shell
    CHECK (merged_into IS NULL OR (merged_into <> id AND role IS NULL AND disabled_at IS NOT NULL));

-- Who is blocked does not order as a guest with an address that was merged into theirs either.
CREATE OR REPLACE FUNCTION orders_of_nobody_blocked() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM accounts WHERE blocked_at IS NOT NULL AND (id = NEW.account_id OR email = lower(NEW.email)
            OR id = (SELECT merged_into FROM accounts WHERE email = lower(NEW.email)))) THEN
        RAISE EXCEPTION 'this customer is blocked' USING ERRCODE = 'check_violation', CONSTRAINT = 'orders_of_nobody_blocked';
    END IF;
    RETURN NEW;
END $$;
