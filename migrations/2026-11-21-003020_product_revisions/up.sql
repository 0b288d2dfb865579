-- Many products changed alike in one go, by staff who saw beforehand what would become of them.
CREATE TABLE bulk_edits (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    account_id BIGINT CONSTRAINT bulk_edits_account_fkey REFERENCES accounts ON DELETE SET NULL,
    by_name TEXT NOT NULL,
    selection JSONB NOT NULL,
    action JSONB NOT NULL,
    state TEXT NOT NULL DEFAULT 'draft' CONSTRAINT bulk_edits_state_known CHECK (state IN ('draft', 'running', 'done', 'undoing', 'undone')),
    up_to BIGINT NOT NULL DEFAULT 0,
    last_id BIGINT NOT NULL DEFAULT 0,
    total INTEGER NOT NULL DEFAULT 0,
    changed INTEGER NOT NULL DEFAULT 0,
    skipped INTEGER NOT NULL DEFAULT 0,
    notes TEXT[] NOT NULL DEFAULT '{}',
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    ended_at TIMESTAMPTZ
);
COMMENT ON COLUMN bulk_edits.selection IS 'The products'' ids, or the filter of the list that they all match';
COMMENT ON COLUMN bulk_edits.state IS 'draft: looked at, not done yet. running and undoing: a job is at work';
COMMENT ON COLUMN bulk_edits.up_to IS 'The highest id when it was confirmed: products that are new since are not meant';
COMMENT ON COLUMN bulk_edits.last_id IS 'Products up to this id are done';
COMMENT ON COLUMN bulk_edits.notes IS 'Why products were left out, the first hundred';
CREATE INDEX bulk_edits_latest ON bulk_edits (id DESC) WHERE state <> 'draft';

-- What was done to a product. Kept as the parts that differ, each as it was before and after: a variant's price, not all variants.
CREATE TABLE product_revisions (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    product_id BIGINT NOT NULL CONSTRAINT product_revisions_product_fkey REFERENCES products ON DELETE CASCADE,
    version INTEGER NOT NULL,
    at TIMESTAMPTZ NOT NULL DEFAULT now(),
    account_id BIGINT CONSTRAINT product_revisions_account_fkey REFERENCES accounts ON DELETE SET NULL,
    by_name TEXT NOT NULL,
    what TEXT NOT NULL CONSTRAINT product_revisions_what_known CHECK (what IN ('created', 'edited', 'variants', 'pictures', 'status', 'bulk', 'undone', 'restored', 'imported')),
    bulk_edit_id BIGINT CONSTRAINT product_revisions_bulk_edit_fkey REFERENCES bulk_edits ON DELETE SET NULL,
    before JSONB NOT NULL,
    after JSONB NOT NULL
);
COMMENT ON COLUMN product_revisions.version IS 'The product''s version after it';
COMMENT ON COLUMN product_revisions.by_name IS 'Who did it, also when the account is gone';
COMMENT ON COLUMN product_revisions.before IS 'The parts that differ, as they were. A part that was not there is missing';
COMMENT ON COLUMN product_revisions.after IS 'The same parts, as they became';
CREATE INDEX product_revisions_of_product ON product_revisions (product_id, id DESC);
CREATE INDEX product_revisions_of_bulk_edit ON product_revisions (bulk_edit_id, product_id) WHERE bulk_edit_id IS NOT NULL;
