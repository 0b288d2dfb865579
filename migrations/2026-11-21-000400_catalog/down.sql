DROP TRIGGER store_currency_in_use ON store;
DROP FUNCTION store_currency_in_use();
DROP TABLE pages, related_products, product_images, product_categories, variants, products, categories;
DROP FUNCTION tags_text(TEXT[]);
