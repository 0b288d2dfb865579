CREATE TABLE sign_in_rules (
    id SMALLINT PRIMARY KEY DEFAULT 1 CONSTRAINT sign_in_rules_single CHECK (id = 1),
    owners_need_second_factor BOOLEAN NOT NULL DEFAULT false
);
COMMENT ON TABLE sign_in_rules IS 'One row: what is asked of everybody of a kind who signs in';
COMMENT ON COLUMN sign_in_rules.owners_need_second_factor IS 'An owner without a second factor sets one up before anything else; roles say the same of their staff';
INSERT INTO sign_in_rules DEFAULT VALUES;
SELECT audit_follow('sign_in_rules', 'id');
