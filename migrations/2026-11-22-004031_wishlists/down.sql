DROP TABLE wishlist_items;
DROP TABLE wishlists;
DROP FUNCTION wishlist_items_bounded();
DROP FUNCTION wishlists_bounded();
