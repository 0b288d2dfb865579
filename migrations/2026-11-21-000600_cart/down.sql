DROP TABLE checkouts, cart_lines, carts;
