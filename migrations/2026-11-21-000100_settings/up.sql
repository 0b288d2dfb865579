-- One row: what the merchant says of the shop. The CHECK on id keeps it one row.
CREATE TABLE store (
    id SMALLINT PRIMARY KEY DEFAULT 1 CONSTRAINT store_single CHECK (id = 1),
    name TEXT NOT NULL CONSTRAINT store_name_present CHECK (btrim(name) <> ''),
    tagline TEXT NOT NULL DEFAULT '',
    email TEXT NOT NULL CONSTRAINT store_email_shape CHECK (email LIKE '%_@_%'),
    phone TEXT NOT NULL DEFAULT '',
    line1 TEXT NOT NULL DEFAULT '',
    line2 TEXT NOT NULL DEFAULT '',
    city TEXT NOT NULL DEFAULT '',
    postcode TEXT NOT NULL DEFAULT '',
    country TEXT NOT NULL CONSTRAINT store_country_code CHECK (country ~ '^[A-Z]{2}$'),
    currency TEXT NOT NULL CONSTRAINT store_currency_code CHECK (currency ~ '^[A-Z]{3}$'),
    sender_name TEXT NOT NULL,
    sender_email TEXT NOT NULL CONSTRAINT store_sender_shape CHECK (sender_email LIKE '%_@_%'),
    bank_details TEXT NOT NULL DEFAULT '',
    unpaid_minutes INTEGER NOT NULL DEFAULT 60 CONSTRAINT store_unpaid_range CHECK (unpaid_minutes BETWEEN 10 AND 10080),
    low_stock INTEGER NOT NULL DEFAULT 5 CONSTRAINT store_low_stock_range CHECK (low_stock BETWEEN 0 AND 100000),
    updated_at TIMESTAMPTZ NOT NULL DEFAULT now()
);
COMMENT ON COLUMN store.country IS 'ISO 3166-1 alpha-2';
COMMENT ON COLUMN store.currency IS 'ISO 4217; every amount of the shop is in this currency''s minor units';
COMMENT ON COLUMN store.bank_details IS 'Shown to a shopper who pays by bank transfer';
COMMENT ON COLUMN store.unpaid_minutes IS 'How long an order paid through a gateway waits for its payment before it is cancelled and its stock released';
COMMENT ON COLUMN store.low_stock IS 'A variant with this many available units or fewer is listed as low';
