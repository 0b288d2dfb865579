DROP TABLE coupon_tries;
DROP TABLE promotion_uses;
DROP TABLE coupons;
DROP TABLE promotion_targets;
DROP TABLE promotion_conditions;
DROP TABLE promotions;
