DROP TRIGGER pages_changed ON media;
DROP FUNCTION pages_media_changed();
DROP FUNCTION media_forgotten(TEXT);
DROP VIEW media_uses;
DROP INDEX product_images_of_media;
DROP INDEX media_without_avif;
DROP INDEX media_newest;
ALTER TABLE media DROP COLUMN file_name, DROP COLUMN alt, DROP COLUMN avif, DROP COLUMN avif_tries;
