DROP TABLE product_revisions;
DROP TABLE bulk_edits;
