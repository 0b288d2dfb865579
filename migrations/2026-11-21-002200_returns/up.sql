-- What a return is worth, once it is here, and how it was made good.
ALTER TABLE return_lines
    ADD COLUMN worth BIGINT NOT NULL DEFAULT 0 CONSTRAINT return_lines_worth_positive CHECK (worth >= 0),
    ADD COLUMN tax BIGINT NOT NULL DEFAULT 0 CONSTRAINT return_lines_tax_positive CHECK (tax >= 0);
COMMENT ON COLUMN return_lines.worth IS 'Minor units that the customer paid for the units that came back, after discounts and with tax; fixed when they are received, so that the parts of a line add up to the cent';
COMMENT ON COLUMN return_lines.tax IS 'Tax within worth, for the credit note';
ALTER TABLE returns
    ADD COLUMN settled_as TEXT NOT NULL DEFAULT '' CONSTRAINT returns_settled_as_known
        CHECK (settled_as IN ('', 'refund', 'store_credit', 'exchange', 'nothing')),
    ADD CONSTRAINT returns_closed_means_settled CHECK ((state = 'closed') = (settled_as <> '')),
    ADD CONSTRAINT returns_refunded_when_closed CHECK (refunded = 0 OR state = 'closed');
COMMENT ON COLUMN returns.settled_as IS 'How it was made good: money the way it came, store credit, other goods, or nothing since nothing was owed; empty until then';
