-- Somebody of the staff does in the shop what a customer asks for, as that customer, without knowing the password. It belongs to one
-- sign-in, so that another device of the same person goes on as before.
CREATE TABLE acting_for (
    id UUID PRIMARY KEY,
    sign_in_id UUID NOT NULL REFERENCES sign_ins ON DELETE CASCADE,
    staff_id BIGINT NOT NULL REFERENCES accounts ON DELETE CASCADE,
    customer_id BIGINT NOT NULL REFERENCES accounts ON DELETE CASCADE,
    reason TEXT NOT NULL CONSTRAINT acting_for_reason_told CHECK (btrim(reason) <> '' AND length(reason) <= 200),
    began_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    ended_at TIMESTAMPTZ
);
COMMENT ON COLUMN acting_for.ended_at IS 'NULL: goes on, for an hour at most after it began';
CREATE UNIQUE INDEX acting_for_one_at_a_time ON acting_for (sign_in_id) WHERE ended_at IS NULL;
CREATE INDEX acting_for_of_customer ON acting_for (customer_id, began_at DESC);
CREATE INDEX acting_for_by_staff ON acting_for (staff_id);

-- Servers keep names in memory for kept pages, under the tag sign-in:ID.
CREATE FUNCTION pages_acting_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('pages', 'sign-in:' || NEW.sign_in_id);
    RETURN NULL;
END $$;
CREATE TRIGGER pages_changed AFTER INSERT OR UPDATE ON acting_for FOR EACH ROW EXECUTE FUNCTION pages_acting_changed();
ALTER TABLE acting_for ENABLE ALWAYS TRIGGER pages_changed;

SELECT audit_follow('acting_for', 'id', 'sign_in_id', 'reason');
