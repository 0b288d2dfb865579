DROP TABLE invoices;
DROP FUNCTION invoices_fit, invoices_stay;
DROP TABLE number_series;
ALTER TABLE store
    DROP COLUMN legal_name, DROP COLUMN registration, DROP COLUMN invoice_prefix CASCADE, DROP COLUMN credit_note_prefix CASCADE;
