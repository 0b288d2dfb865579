ALTER TABLE returns
    DROP CONSTRAINT returns_refunded_when_closed,
    DROP CONSTRAINT returns_closed_means_settled,
    DROP COLUMN settled_as;
ALTER TABLE return_lines DROP COLUMN tax, DROP COLUMN worth;
