-- Discounts: what a promotion does stands in its own row, when it does it in its conditions, of which all must hold.
CREATE TABLE promotions (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name TEXT NOT NULL CONSTRAINT promotions_name_present CHECK (btrim(name) <> ''),
    label TEXT NOT NULL CONSTRAINT promotions_label_present CHECK (btrim(label) <> ''),
    active BOOLEAN NOT NULL DEFAULT false,
    by_coupon BOOLEAN NOT NULL DEFAULT false,
    exclusive BOOLEAN NOT NULL DEFAULT false,
    priority INTEGER NOT NULL DEFAULT 100 CONSTRAINT promotions_priority_range CHECK (priority BETWEEN 0 AND 9999),
    currency TEXT NOT NULL CONSTRAINT promotions_currency_code CHECK (currency ~ '^[A-Z]{3}$'),
    starts_at TIMESTAMPTZ,
    ends_at TIMESTAMPTZ,
    max_uses INTEGER CONSTRAINT promotions_max_uses_positive CHECK (max_uses > 0),
    max_uses_each INTEGER CONSTRAINT promotions_max_uses_each_positive CHECK (max_uses_each > 0),
    uses INTEGER NOT NULL DEFAULT 0 CONSTRAINT promotions_uses_positive CHECK (uses >= 0),
    action TEXT NOT NULL CONSTRAINT promotions_action_known CHECK (action IN
        ('order_percent', 'order_amount', 'goods_percent', 'goods_amount', 'cheapest_free', 'buy_get', 'delivery', 'gift')),
    percent NUMERIC(7, 4) CONSTRAINT promotions_percent_range CHECK (percent > 0 AND percent <= 100),
    amount BIGINT CONSTRAINT promotions_amount_range CHECK (amount BETWEEN 1 AND 100000000000),
    most BIGINT CONSTRAINT promotions_most_range CHECK (most BETWEEN 1 AND 100000000000),
    buy INTEGER CONSTRAINT promotions_buy_range CHECK (buy BETWEEN 1 AND 999),
    gets INTEGER CONSTRAINT promotions_gets_range CHECK (gets BETWEEN 1 AND 999),
    most_times INTEGER CONSTRAINT promotions_most_times_range CHECK (most_times BETWEEN 1 AND 999),
    gift_variant_id BIGINT CONSTRAINT promotions_gift_variant_id_fkey REFERENCES variants ON DELETE RESTRICT,
    all_goods BOOLEAN NOT NULL DEFAULT true,
    all_bought BOOLEAN NOT NULL DEFAULT true,
    skip_reduced BOOLEAN NOT NULL DEFAULT false,
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    updated_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    CONSTRAINT promotions_ends_after_start CHECK (ends_at > starts_at),
    CONSTRAINT promotions_within_limit CHECK (uses <= max_uses),
    CONSTRAINT promotions_action_complete CHECK (CASE action
        WHEN 'order_percent' THEN percent IS NOT NULL
        WHEN 'order_amount' THEN amount IS NOT NULL
        WHEN 'goods_percent' THEN percent IS NOT NULL
        WHEN 'goods_amount' THEN amount IS NOT NULL
        WHEN 'cheapest_free' THEN buy >= 2
        WHEN 'buy_get' THEN buy IS NOT NULL AND gets IS NOT NULL AND percent IS NOT NULL
        WHEN 'delivery' THEN percent IS NOT NULL
        WHEN 'gift' THEN gift_variant_id IS NOT NULL AND gets IS NOT NULL
    END)
);
COMMENT ON COLUMN promotions.name IS 'For staff';
COMMENT ON COLUMN promotions.label IS 'For customers: stands beside the discount in cart, order and mail';
COMMENT ON COLUMN promotions.by_coupon IS 'Only with one of its codes; else it applies by itself';
COMMENT ON COLUMN promotions.exclusive IS 'Never together with another';
COMMENT ON COLUMN promotions.priority IS 'The lowest is asked first; among equals the older';
COMMENT ON COLUMN promotions.currency IS 'Of amount, most and the amounts of its conditions; orders in another don''t get it';
COMMENT ON COLUMN promotions.uses IS 'Orders that have it now: one for each row of promotion_uses that is not released';
COMMENT ON COLUMN promotions.amount IS 'Minor units: off the order, or off each matching unit';
COMMENT ON COLUMN promotions.most IS 'Minor units off one order at most; NULL: no cap';
COMMENT ON COLUMN promotions.buy IS 'cheapest_free: units in a group of which one is free; buy_get: units to be bought';
COMMENT ON COLUMN promotions.gets IS 'buy_get: units that then cost less; gift: units given';
COMMENT ON COLUMN promotions.most_times IS 'buy_get and cheapest_free: how often in one order at most; NULL: as often as it fits';
COMMENT ON COLUMN promotions.all_goods IS 'false: only the goods named in promotion_targets, so that a target''s deletion never widens it';
COMMENT ON COLUMN promotions.all_bought IS 'buy_get: the same for the goods that must be bought';
COMMENT ON COLUMN promotions.skip_reduced IS 'Goods at a sale price are neither discounted nor counted';
COMMENT ON CONSTRAINT promotions_within_limit ON promotions IS 'Whatever races, the use beyond the limit fails here';
CREATE INDEX promotions_in_force ON promotions (priority, id) WHERE active;
CREATE INDEX promotions_listed ON promotions (active DESC, priority, id);

CREATE TABLE promotion_conditions (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    promotion_id BIGINT NOT NULL REFERENCES promotions ON DELETE CASCADE,
    kind TEXT NOT NULL CONSTRAINT promotion_conditions_kind_known CHECK (kind IN
        ('total_from', 'total_up_to', 'quantity_from', 'group', 'first_order', 'order_exactly', 'order_from', 'orders_more_than', 'destination')),
    amount BIGINT CONSTRAINT promotion_conditions_amount_range CHECK (amount BETWEEN 1 AND 100000000000),
    number INTEGER CONSTRAINT promotion_conditions_number_range CHECK (number BETWEEN 1 AND 100000),
    all_goods BOOLEAN NOT NULL DEFAULT true,
    CONSTRAINT promotion_conditions_complete CHECK (CASE
        WHEN kind IN ('total_from', 'total_up_to') THEN amount IS NOT NULL
        WHEN kind IN ('quantity_from', 'order_exactly', 'order_from', 'orders_more_than') THEN number IS NOT NULL
        ELSE true
    END)
);
COMMENT ON TABLE promotion_conditions IS 'All of a promotion''s conditions must hold; the targets of one are alternatives';
COMMENT ON COLUMN promotion_conditions.amount IS 'Minor units of the promotion''s currency, at shown prices before any discount, without gift cards';
COMMENT ON COLUMN promotion_conditions.number IS 'Units, or the count of orders';
CREATE INDEX promotion_conditions_of_promotion ON promotion_conditions (promotion_id, id);

CREATE TABLE promotion_targets (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    promotion_id BIGINT NOT NULL REFERENCES promotions ON DELETE CASCADE,
    condition_id BIGINT REFERENCES promotion_conditions ON DELETE CASCADE,
    purpose TEXT NOT NULL CONSTRAINT promotion_targets_purpose_known CHECK (purpose IN ('goods', 'bought', 'condition')),
    product_id BIGINT REFERENCES products ON DELETE CASCADE,
    category_id BIGINT REFERENCES categories ON DELETE CASCADE,
    group_id BIGINT REFERENCES customer_groups ON DELETE CASCADE,
    country TEXT CONSTRAINT promotion_targets_country_code CHECK (country ~ '^[A-Z]{2}$'),
    CONSTRAINT promotion_targets_of_condition CHECK ((purpose = 'condition') = (condition_id IS NOT NULL)),
    CONSTRAINT promotion_targets_one_thing CHECK (num_nonnulls(product_id, category_id, group_id, country) = 1)
);
-- PostgreSQL 14 has no UNIQUE NULLS NOT DISTINCT yet.
CREATE UNIQUE INDEX promotion_targets_key ON promotion_targets (promotion_id, COALESCE(condition_id, 0), purpose, COALESCE(product_id, 0),
    COALESCE(category_id, 0), COALESCE(group_id, 0), COALESCE(country, ''));
COMMENT ON COLUMN promotion_targets.purpose IS 'goods: what is discounted; bought: what must be bought for that; condition: what the condition names';
COMMENT ON COLUMN promotion_targets.category_id IS 'With the categories in it';
COMMENT ON COLUMN promotion_targets.country IS 'ISO 3166-1 alpha-2';
CREATE INDEX promotion_targets_of_condition ON promotion_targets (condition_id) WHERE condition_id IS NOT NULL;
CREATE INDEX promotion_targets_of_product ON promotion_targets (product_id) WHERE product_id IS NOT NULL;
CREATE INDEX promotion_targets_of_category ON promotion_targets (category_id) WHERE category_id IS NOT NULL;
CREATE INDEX promotion_targets_of_group ON promotion_targets (group_id) WHERE group_id IS NOT NULL;
CREATE INDEX promotions_of_gift ON promotions (gift_variant_id) WHERE gift_variant_id IS NOT NULL;

CREATE TABLE coupons (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    promotion_id BIGINT NOT NULL REFERENCES promotions ON DELETE CASCADE,
    code TEXT NOT NULL CONSTRAINT coupons_code_key UNIQUE CONSTRAINT coupons_code_shape CHECK (code ~ '^[A-Z0-9][A-Z0-9-]{2,39}$'),
    batch TEXT NOT NULL DEFAULT '' CONSTRAINT coupons_batch_short CHECK (length(batch) <= 60),
    active BOOLEAN NOT NULL DEFAULT true,
    starts_at TIMESTAMPTZ,
    ends_at TIMESTAMPTZ,
    max_uses INTEGER CONSTRAINT coupons_max_uses_positive CHECK (max_uses > 0),
    max_uses_each INTEGER CONSTRAINT coupons_max_uses_each_positive CHECK (max_uses_each > 0),
    uses INTEGER NOT NULL DEFAULT 0 CONSTRAINT coupons_uses_positive CHECK (uses >= 0),
    created_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    CONSTRAINT coupons_ends_after_start CHECK (ends_at > starts_at),
    CONSTRAINT coupons_within_limit CHECK (uses <= max_uses),
    CONSTRAINT coupons_of_promotion_key UNIQUE (id, promotion_id)
);
COMMENT ON COLUMN coupons.code IS 'In capitals without spaces, as whatever is typed is read';
COMMENT ON COLUMN coupons.batch IS 'Name of the batch it was made in; empty: made by hand';
COMMENT ON CONSTRAINT coupons_within_limit ON coupons IS 'Whatever races, the use beyond the limit fails here';
CREATE INDEX coupons_of_promotion ON coupons (promotion_id, id DESC);

CREATE TABLE promotion_uses (
    id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    promotion_id BIGINT NOT NULL REFERENCES promotions ON DELETE RESTRICT,
    coupon_id BIGINT,
    order_id BIGINT NOT NULL REFERENCES orders ON DELETE CASCADE,
    account_id BIGINT REFERENCES accounts ON DELETE SET NULL,
    email TEXT NOT NULL,
    taken_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    released_at TIMESTAMPTZ,
    CONSTRAINT promotion_uses_once_per_order UNIQUE (promotion_id, order_id),
    CONSTRAINT promotion_uses_coupon_id_fkey FOREIGN KEY (coupon_id, promotion_id) REFERENCES coupons (id, promotion_id) ON DELETE RESTRICT
);
COMMENT ON COLUMN promotion_uses.email IS 'In lower case';
COMMENT ON COLUMN promotion_uses.released_at IS 'Payment failed or the order was cancelled: does not count any more, until it is taken again';
CREATE INDEX promotion_uses_of_order ON promotion_uses (order_id);
CREATE INDEX promotion_uses_newest ON promotion_uses (promotion_id, taken_at DESC, id DESC);
CREATE INDEX promotion_uses_by_account ON promotion_uses (account_id, promotion_id) WHERE account_id IS NOT NULL;
CREATE INDEX promotion_uses_by_email ON promotion_uses (email, promotion_id);
CREATE INDEX promotion_uses_of_coupon ON promotion_uses (coupon_id) WHERE coupon_id IS NOT NULL;

CREATE TABLE coupon_tries (
    who TEXT PRIMARY KEY,
    began_at TIMESTAMPTZ NOT NULL DEFAULT now(),
    tries INTEGER NOT NULL CONSTRAINT coupon_tries_positive CHECK (tries >= 0)
);
COMMENT ON TABLE coupon_tries IS 'Codes tried in vain within ten minutes, against guessing';
COMMENT ON COLUMN coupon_tries.who IS 'SHA-256 of who tried, so that nobody can be read out of it';
CREATE INDEX coupon_tries_old ON coupon_tries (began_at);
