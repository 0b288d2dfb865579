DROP TABLE gateway_settings, captures;
DROP INDEX refunds_open, payment_events_of_gateway, payment_attempts_flagged, payment_attempts_open;
ALTER TABLE refunds DROP COLUMN checked_at;
DROP TRIGGER payment_events_append_only ON payment_events;
DROP TRIGGER payment_events_never_emptied ON payment_events;
DROP FUNCTION payment_events_are_append_only;
ALTER TABLE payment_events DROP COLUMN currency, DROP COLUMN detail;
UPDATE payment_attempts SET state = 'failed' WHERE state = 'expired';
ALTER TABLE payment_attempts
    DROP CONSTRAINT payment_attempts_captures_within_authorised,
    DROP COLUMN capture_at, DROP COLUMN authorised, DROP COLUMN authorised_until, DROP COLUMN capturing, DROP COLUMN is_closed,
    DROP COLUMN flag, DROP COLUMN checked_at,
    DROP CONSTRAINT payment_attempts_state_known,
    ADD CONSTRAINT payment_attempts_state_known CHECK (state IN ('pending', 'authorised', 'captured', 'failed', 'voided'));
CREATE INDEX payment_attempts_open ON payment_attempts (updated_at) WHERE state IN ('pending', 'authorised');
