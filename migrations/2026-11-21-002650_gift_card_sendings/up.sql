-- A buyer can send a gift card on, but the shop must not become a way to send mail to strangers.
ALTER TABLE credits ADD COLUMN sent INTEGER NOT NULL DEFAULT 0 CONSTRAINT credits_sent_positive CHECK (sent >= 0);
COMMENT ON COLUMN credits.sent IS 'How often its code was sent anew, after the first mail';
