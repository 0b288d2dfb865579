ALTER TABLE reviews ADD COLUMN reason TEXT NOT NULL DEFAULT '' CONSTRAINT reviews_reason_short CHECK (length(reason) <= 1000);
COMMENT ON COLUMN reviews.reason IS 'Why staff refused this wording, for its author; empty: nothing was said';
-- What staff write to somebody may name them, and the record can't be changed.
DROP TRIGGER audit_change ON reviews;
SELECT audit_follow('reviews', 'id', 'changed_at', 'name,title,body,reason', 'UPDATE OR DELETE');
