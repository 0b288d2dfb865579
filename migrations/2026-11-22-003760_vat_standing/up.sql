ALTER TABLE checkouts ADD COLUMN vat_standing TEXT NOT NULL DEFAULT 'unchecked'
    CONSTRAINT checkouts_vat_standing_known CHECK (vat_standing IN ('valid', 'invalid', 'unchecked'));
COMMENT ON COLUMN checkouts.vat_standing IS 'What the register said of the VAT number when it was given; noted in the order''s history. unchecked: nobody was asked, or nobody answered';
