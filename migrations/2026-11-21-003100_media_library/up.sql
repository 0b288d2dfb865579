ALTER TABLE media
    ADD COLUMN file_name TEXT NOT NULL DEFAULT '' CONSTRAINT media_file_name_length CHECK (length(file_name) <= 200),
    ADD COLUMN alt TEXT NOT NULL DEFAULT '' CONSTRAINT media_alt_length CHECK (length(alt) <= 200),
    ADD COLUMN avif BOOLEAN NOT NULL DEFAULT false,
    ADD COLUMN avif_tries SMALLINT NOT NULL DEFAULT 0 CONSTRAINT media_avif_tries_few CHECK (avif_tries BETWEEN 0 AND 3);
COMMENT ON COLUMN media.file_name IS 'What the file was called when it came; staff find the picture by it';
COMMENT ON COLUMN media.alt IS 'What it shows, in words; said wherever it has no words of its own there';
COMMENT ON COLUMN media.avif IS 'Every width is in the store as AVIF too; pages offer it only then';
COMMENT ON COLUMN media.avif_tries IS 'How often the worker began with its AVIFs. After 3 it is left as it is';

CREATE INDEX media_newest ON media (created_at DESC, id DESC);
CREATE INDEX media_without_avif ON media (created_at DESC, id DESC) WHERE NOT avif AND avif_tries < 3;
CREATE INDEX product_images_of_media ON product_images (media_id);

-- Where a picture is shown. Pages refer to it in their Markdown.
CREATE VIEW media_uses AS
    SELECT i.media_id, 'product' AS kind, p.id AS of_id, p.title AS name FROM product_images i JOIN products p ON p.id = i.product_id
    UNION ALL SELECT media_id, 'category', id, name FROM categories WHERE media_id IS NOT NULL
    UNION ALL SELECT media_id, 'brand', id, name FROM brands WHERE media_id IS NOT NULL
    UNION ALL SELECT m.id, 'page', p.id, p.title FROM media m JOIN pages p ON strpos(p.body, '/media/' || m.content_hash || '/') > 0;

-- Lines of orders show the picture that was shown then, while there is one. No index: asked by a job, when a picture is deleted.
CREATE FUNCTION media_forgotten(hash TEXT) RETURNS void LANGUAGE sql AS $$
    UPDATE order_lines SET image = NULL WHERE image = hash
$$;

-- Pages that show a picture are told when its AVIFs are there, and when its words change (see pages_told).
CREATE FUNCTION pages_media_changed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    ids UUID[];
BEGIN
    SELECT array_agg(n.id) INTO ids FROM is_now n JOIN was o ON o.id = n.id WHERE (n.avif, n.alt) IS DISTINCT FROM (o.avif, o.alt);
    IF ids IS NOT NULL THEN
        PERFORM pages_tell(
            ARRAY(SELECT DISTINCT 'product:' || product_id FROM product_images WHERE media_id = ANY (ids))
            || ARRAY(SELECT 'category:' || id FROM categories WHERE media_id = ANY (ids))
            || ARRAY(SELECT tag FROM brands, LATERAL (VALUES ('brand:' || id), ('brands')) AS tags (tag) WHERE media_id = ANY (ids)));
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER pages_changed AFTER UPDATE ON media REFERENCING OLD TABLE AS was NEW TABLE AS is_now
    FOR EACH STATEMENT EXECUTE FUNCTION pages_media_changed();
ALTER TABLE media ENABLE ALWAYS TRIGGER pages_changed;
