-- What staff change is written down by the database itself, in the transaction of the change, so that no way to change something
-- is forgotten. Only where an act is set (base::Act, transaction-local): jobs, imports and customers have records of their own.

-- TG_ARGV: the columns of the key; columns that say nothing; columns that are masked, since they are secret or tell who a customer
-- is: the record can't be changed, so nobody could be forgotten in it. Each a list with commas.
CREATE FUNCTION audit_change() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    act JSONB := current_setting('ironmonger.act')::jsonb;
    idle TEXT[] := string_to_array(TG_ARGV[1], ',');
    was JSONB;
    became JSONB;
    about TEXT;
    secret TEXT;
BEGIN
    IF TG_OP <> 'INSERT' THEN was := to_jsonb(OLD) - idle; END IF;
    IF TG_OP <> 'DELETE' THEN became := to_jsonb(NEW) - idle; END IF;
    SELECT string_agg(COALESCE(became, was) ->> k, '/') INTO about FROM unnest(string_to_array(TG_ARGV[0], ',')) k;
    IF TG_OP = 'UPDATE' THEN
        SELECT jsonb_object_agg(k, was -> k), jsonb_object_agg(k, became -> k) INTO was, became
        FROM jsonb_object_keys(was) k WHERE was -> k IS DISTINCT FROM became -> k;
        IF was IS NULL THEN RETURN NULL; END IF;
    END IF;
    -- That a secret changed is told, not what it was or became.
    FOREACH secret IN ARRAY string_to_array(TG_ARGV[2], ',') LOOP
        IF was ? secret THEN was := jsonb_set(was, ARRAY[secret], '"…"'); END IF;
        IF became ? secret THEN became := jsonb_set(became, ARRAY[secret], '"…"'); END IF;
    END LOOP;
    INSERT INTO audit_entries (kind, actor_id, actor, acting_for, address, request_id, door, subject, about, before, after)
    VALUES ('change', (act ->> 'account')::bigint, COALESCE(act ->> 'name', ''), (act ->> 'acting_for')::bigint, (act ->> 'client')::inet,
        CASE WHEN act ->> 'request_id' ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' THEN (act ->> 'request_id')::uuid END, COALESCE(act ->> 'door', ''), TG_TABLE_NAME, COALESCE(about, ''), was, became);
    RETURN NULL;
END $$;

-- Begins to write down what staff change in a table. `events`: e.g. INSERT OR UPDATE OR DELETE. `further`: one more condition,
-- e.g. that no trigger did it. Does nothing where the table or the trigger is not there or is there already.
CREATE FUNCTION audit_follow(followed TEXT, key TEXT, idle TEXT DEFAULT '', secret TEXT DEFAULT '',
    events TEXT DEFAULT 'INSERT OR UPDATE OR DELETE', further TEXT DEFAULT 'true') RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    IF to_regclass(followed) IS NULL OR EXISTS (SELECT FROM pg_trigger WHERE tgrelid = followed::regclass AND tgname = 'audit_change') THEN
        RETURN;
    END IF;
    EXECUTE format('CREATE TRIGGER audit_change AFTER %s ON %I FOR EACH ROW
        WHEN (current_setting(''ironmonger.act'', true) <> '''' AND %s) EXECUTE FUNCTION audit_change(%L, %L, %L)',
        events, followed, further, key, idle, secret);
END $$;

-- The shop's rules.
SELECT audit_follow('store', 'id', 'updated_at');
SELECT audit_follow('tax_areas', 'id');
SELECT audit_follow('tax_classes', 'code');
SELECT audit_follow('tax_rates', 'id');
SELECT audit_follow('tax_settings', 'id');
SELECT audit_follow('tax_zone_rates', 'id');
SELECT audit_follow('tax_zones', 'id');
SELECT audit_follow('shipping_methods', 'id', '', 'carrier_token');
SELECT audit_follow('shipping_rates', 'id');
SELECT audit_follow('shipping_surcharges', 'method_id,category_id');
SELECT audit_follow('shipping_tariffs', 'method_id,zone_id');
SELECT audit_follow('shipping_zones', 'id');
SELECT audit_follow('gateway_settings', 'code', 'updated_at,version,last_success_at,last_failure_at,last_failure', 'secrets');
SELECT audit_follow('exchange_rates', 'currency', 'updated_at');
SELECT audit_follow('locations', 'id');
-- What it costs. What goes along with its list or promotion is told by that one row.
SELECT audit_follow('price_lists', 'id');
SELECT audit_follow('prices', 'list_id,variant_id,min_quantity', '', '', 'INSERT OR UPDATE OR DELETE', 'pg_trigger_depth() = 0');
SELECT audit_follow('promotions', 'id', 'uses,updated_at');
SELECT audit_follow('promotion_conditions', 'id', '', '', 'INSERT OR UPDATE OR DELETE', 'pg_trigger_depth() = 0');
SELECT audit_follow('promotion_targets', 'id', '', '', 'INSERT OR UPDATE OR DELETE', 'pg_trigger_depth() = 0');
-- A batch makes thousands of codes by one act; that act is on record.
SELECT audit_follow('coupons', 'id', 'uses', 'code', 'UPDATE');
SELECT audit_follow('credits', 'id', 'balance', 'code_hash,message,recipient_email,recipient_name', 'UPDATE');
-- What there is to see.
SELECT audit_follow('categories', 'id');
SELECT audit_follow('brands', 'id');
SELECT audit_follow('collections', 'id', 'asked_to,leaving');
SELECT audit_follow('product_types', 'id');
SELECT audit_follow('attributes', 'id');
SELECT audit_follow('products', 'id', 'updated_at,document,version', '', 'INSERT OR UPDATE OR DELETE', 'pg_trigger_depth() = 0');
SELECT audit_follow('variants', 'id', 'updated_at', '', 'INSERT OR UPDATE OR DELETE', 'pg_trigger_depth() = 0');
SELECT audit_follow('stock', 'variant_id', 'on_hand,allocated,reserved,in_bundles', '', 'UPDATE', 'pg_trigger_depth() = 0');
SELECT audit_follow('media', 'id', 'avif,avif_tries,content_hash');
SELECT audit_follow('pages', 'id', 'updated_at');
SELECT audit_follow('redirects', 'id', '', '', 'INSERT OR UPDATE OR DELETE', 'pg_trigger_depth() = 0');
SELECT audit_follow('search_synonyms', 'id', 'updated_at');
SELECT audit_follow('search_pins', 'query,product_id');
SELECT audit_follow('download_files', 'id', 'content_hash', '', 'INSERT OR UPDATE');
-- People.
SELECT audit_follow('accounts', 'id', 'signed_in_at', 'password_hash,email,name,phone,blocked_reason');
SELECT audit_follow('roles', 'id');
SELECT audit_follow('invitations', 'id', '', 'token_hash,email');
SELECT audit_follow('customer_groups', 'id');
SELECT audit_follow('second_factors', 'account_id', 'last_step', 'seed_sealed,seed,secret');
SELECT audit_follow('identity_providers', 'id', '', 'secret_sealed,secret');
SELECT audit_follow('identities', 'provider_id,subject', 'used_at');
-- What was agreed. An order's own timeline tells more; this tells who.
SELECT audit_follow('orders', 'id', 'token,cart_id', 'email,phone,vat_number', 'UPDATE');
SELECT audit_follow('order_addresses', 'order_id,kind', '', 'name,company,line1,line2,city,postcode', 'UPDATE');
SELECT audit_follow('refunds', 'id', 'checked_at,told', 'reason', 'INSERT');
SELECT audit_follow('returns', 'id', 'updated_at', 'customer_note,staff_note');
SELECT audit_follow('shipments', 'id', '', 'tracking_number,tracking_url');
