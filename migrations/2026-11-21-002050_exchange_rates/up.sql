-- Goods have prices of their own in each currency; delivery and fees are turned into it at the owner's rate.
CREATE TABLE exchange_rates (
    currency TEXT PRIMARY KEY CONSTRAINT exchange_rates_currency_code CHECK (currency ~ '^[A-Z]{3}$'),
    rate NUMERIC(18, 8) NOT NULL CONSTRAINT exchange_rates_range CHECK (rate > 0 AND rate < 1000000),
    updated_at TIMESTAMPTZ NOT NULL DEFAULT now()
);
COMMENT ON COLUMN exchange_rates.rate IS 'How many of this currency are one of the shop''s own';
