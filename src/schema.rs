// @generated automatically by Diesel CLI.

pub mod sql_types {
    #[derive(diesel::query_builder::QueryId, Clone, diesel::sql_types::SqlType)]
    #[diesel(postgres_type(name = "tsvector", schema = "pg_catalog"))]
    pub struct Tsvector;
}

diesel::table! {
    account_links (id) {
        id -> Int8,
        kind -> Text,
        token_hash -> Nullable<Bytea>,
        account_id -> Nullable<Int8>,
        email -> Text,
        name -> Text,
        return_to -> Text,
        pair -> Nullable<Uuid>,
        created_at -> Timestamptz,
        expires_at -> Timestamptz,
        used_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    account_tags (account_id, tag_id) {
        account_id -> Int8,
        tag_id -> Int8,
    }
}

diesel::table! {
    accounts (id) {
        id -> Int8,
        email -> Text,
        name -> Text,
        password_hash -> Text,
        role -> Nullable<Text>,
        generation -> Int4,
        disabled_at -> Nullable<Timestamptz>,
        signed_in_at -> Nullable<Timestamptz>,
        created_at -> Timestamptz,
        group_id -> Nullable<Int8>,
        tax_exemption -> Text,
        has_password -> Bool,
        offers_agreed_at -> Nullable<Timestamptz>,
        role_id -> Nullable<Int8>,
        confirmed_at -> Nullable<Timestamptz>,
        blocked_at -> Nullable<Timestamptz>,
        blocked_reason -> Text,
        merged_into -> Nullable<Int8>,
        erased_at -> Nullable<Timestamptz>,
        phone -> Text,
    }
}

diesel::table! {
    acting_for (id) {
        id -> Uuid,
        sign_in_id -> Uuid,
        staff_id -> Int8,
        customer_id -> Int8,
        reason -> Text,
        began_at -> Timestamptz,
        ended_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    addresses (id) {
        id -> Int8,
        account_id -> Int8,
        address -> Jsonb,
        phone -> Text,
        delivery_default -> Bool,
        billing_default -> Bool,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    alerts (id) {
        id -> Int8,
        account_id -> Int8,
        variant_id -> Int8,
        kind -> Text,
        below -> Nullable<Int8>,
        currency -> Nullable<Text>,
        asked_at -> Timestamptz,
        told_at -> Nullable<Timestamptz>,
        token_hash -> Nullable<Text>,
    }
}

diesel::table! {
    attribute_choices (id) {
        id -> Int8,
        attribute_id -> Int8,
        value -> Text,
        colour -> Text,
        position -> Int4,
    }
}

diesel::table! {
    attributes (id) {
        id -> Int8,
        product_type_id -> Int8,
        code -> Text,
        name -> Text,
        kind -> Text,
        unit -> Text,
        filterable -> Bool,
        position -> Int4,
    }
}

diesel::table! {
    audit_entries (id) {
        id -> Int8,
        at -> Timestamptz,
        kind -> Text,
        actor_id -> Nullable<Int8>,
        actor -> Text,
        acting_for -> Nullable<Int8>,
        address -> Nullable<Inet>,
        request_id -> Nullable<Uuid>,
        door -> Text,
        path -> Text,
        subject -> Text,
        about -> Text,
        before -> Nullable<Jsonb>,
        after -> Nullable<Jsonb>,
    }
}

diesel::table! {
    bought_together (product_id, other_id) {
        product_id -> Int8,
        other_id -> Int8,
        position -> Int4,
    }
}

diesel::table! {
    brands (id) {
        id -> Int8,
        slug -> Text,
        name -> Text,
        description -> Text,
        media_id -> Nullable<Uuid>,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    bulk_edits (id) {
        id -> Int8,
        account_id -> Nullable<Int8>,
        by_name -> Text,
        selection -> Jsonb,
        action -> Jsonb,
        state -> Text,
        up_to -> Int8,
        last_id -> Int8,
        total -> Int4,
        changed -> Int4,
        skipped -> Int4,
        notes -> Array<Nullable<Text>>,
        created_at -> Timestamptz,
        ended_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    bundle_parts (bundle_id, part_id) {
        bundle_id -> Int8,
        part_id -> Int8,
        quantity -> Int4,
        position -> Int4,
    }
}

diesel::table! {
    bundle_takings (order_id, bundle_id, part_id) {
        order_id -> Int8,
        bundle_id -> Int8,
        part_id -> Int8,
        quantity -> Int4,
        position -> Int4,
        title -> Text,
        options -> Text,
        sku -> Text,
    }
}

diesel::table! {
    captures (id) {
        id -> Uuid,
        attempt_id -> Uuid,
        amount -> Int8,
        is_final -> Bool,
        state -> Text,
        gateway_reference -> Nullable<Text>,
        failure -> Nullable<Text>,
        created_at -> Timestamptz,
        checked_at -> Nullable<Timestamptz>,
        settled_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    cart_lines (cart_id, variant_id) {
        cart_id -> Uuid,
        variant_id -> Int8,
        quantity -> Int4,
        seen_price -> Int8,
        added_at -> Timestamptz,
    }
}

diesel::table! {
    carts (id) {
        id -> Uuid,
        account_id -> Nullable<Int8>,
        ordered_at -> Nullable<Timestamptz>,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
        coupons -> Array<Nullable<Text>>,
        currency -> Nullable<Text>,
        made_by -> Nullable<Int8>,
    }
}

diesel::table! {
    catalog_chores (kind, subject) {
        kind -> Text,
        subject -> Int8,
        after -> Int8,
        done -> Int8,
        since -> Timestamptz,
    }
}

diesel::table! {
    categories (id) {
        id -> Int8,
        parent_id -> Nullable<Int8>,
        slug -> Text,
        name -> Text,
        description -> Text,
        position -> Int4,
        created_at -> Timestamptz,
        media_id -> Nullable<Uuid>,
        path -> Array<Nullable<Int8>>,
    }
}

diesel::table! {
    checkouts (cart_id) {
        cart_id -> Uuid,
        email -> Text,
        phone -> Text,
        delivery_address -> Jsonb,
        billing_address -> Nullable<Jsonb>,
        shipping_method_id -> Nullable<Int8>,
        updated_at -> Timestamptz,
        reminder_consent -> Bool,
        reminder_token -> Nullable<Text>,
        reminded_at -> Nullable<Timestamptz>,
        vat_number -> Text,
        use_store_credit -> Bool,
        gift_cards -> Array<Nullable<Int8>>,
        fees -> Jsonb,
        note -> Text,
        vat_standing -> Text,
    }
}

diesel::table! {
    collection_feed (id) {
        id -> Int4,
        position -> Int8,
    }
}

diesel::table! {
    collection_members (collection_id, product_id) {
        collection_id -> Int8,
        product_id -> Int8,
        position -> Int4,
        from_at -> Nullable<Timestamptz>,
        until_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    collection_rules (collection_id, position) {
        collection_id -> Int8,
        position -> Int4,
        subject -> Text,
        brand_id -> Nullable<Int8>,
        category_id -> Nullable<Int8>,
        product_type_id -> Nullable<Int8>,
        attribute_id -> Nullable<Int8>,
        choice_id -> Nullable<Int8>,
        low -> Nullable<Numeric>,
        high -> Nullable<Numeric>,
        text -> Nullable<Text>,
    }
}

diesel::table! {
    collections (id) {
        id -> Int8,
        slug -> Text,
        title -> Text,
        description -> Text,
        media_id -> Nullable<Uuid>,
        seo_title -> Text,
        seo_description -> Text,
        shown -> Bool,
        position -> Int4,
        sort -> Text,
        chosen_by -> Text,
        any_rule -> Bool,
        asked_to -> Nullable<Int8>,
        leaving -> Bool,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    consents (id) {
        id -> Int8,
        person -> Text,
        account_id -> Nullable<Int8>,
        purpose -> Text,
        given -> Bool,
        wording -> Text,
        source -> Text,
        address -> Nullable<Inet>,
        at -> Timestamptz,
    }
}

diesel::table! {
    coupon_tries (who) {
        who -> Text,
        began_at -> Timestamptz,
        tries -> Int4,
    }
}

diesel::table! {
    coupons (id) {
        id -> Int8,
        promotion_id -> Int8,
        code -> Text,
        batch -> Text,
        active -> Bool,
        starts_at -> Nullable<Timestamptz>,
        ends_at -> Nullable<Timestamptz>,
        max_uses -> Nullable<Int4>,
        max_uses_each -> Nullable<Int4>,
        uses -> Int4,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    credit_entries (id) {
        id -> Int8,
        credit_id -> Int8,
        amount -> Int8,
        cause -> Text,
        order_id -> Nullable<Int8>,
        refund_id -> Nullable<Uuid>,
        note -> Text,
        actor -> Text,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    credit_sendings (id) {
        id -> Int8,
        credit_id -> Int8,
        recipient_email -> Text,
        code_before -> Text,
        code_after -> Text,
        actor -> Text,
        sent_at -> Timestamptz,
    }
}

diesel::table! {
    credit_tries (id) {
        id -> Int8,
        who -> Text,
        tried_at -> Timestamptz,
    }
}

diesel::table! {
    credits (id) {
        id -> Int8,
        kind -> Text,
        code_hash -> Nullable<Text>,
        code_last4 -> Text,
        account_id -> Nullable<Int8>,
        currency -> Text,
        balance -> Int8,
        issued -> Int8,
        expires_at -> Nullable<Timestamptz>,
        disabled_at -> Nullable<Timestamptz>,
        order_id -> Nullable<Int8>,
        order_line_id -> Nullable<Int8>,
        unit -> Nullable<Int4>,
        recipient_email -> Text,
        recipient_name -> Text,
        request_id -> Nullable<Uuid>,
        message -> Text,
        created_at -> Timestamptz,
        sent -> Int4,
    }
}

diesel::table! {
    customer_groups (id) {
        id -> Int8,
        name -> Text,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    customer_notes (id) {
        id -> Int8,
        account_id -> Int8,
        author_id -> Nullable<Int8>,
        author -> Text,
        body -> Text,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    customer_tags (id) {
        id -> Int8,
        name -> Text,
    }
}

diesel::table! {
    download_files (id) {
        id -> Int8,
        variant_id -> Nullable<Int8>,
        name -> Text,
        content_hash -> Text,
        bytes -> Int8,
        added_by -> Text,
        added_at -> Timestamptz,
        removed_at -> Nullable<Timestamptz>,
        purged_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    download_leftovers (content_hash) {
        content_hash -> Text,
        since -> Timestamptz,
        purging_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    downloads (id) {
        id -> Int8,
        order_id -> Int8,
        order_line_id -> Int8,
        file_id -> Int8,
        expires_at -> Timestamptz,
        most -> Int4,
        used -> Int4,
        continued -> Int8,
        renewals -> Int4,
        withdrawn_at -> Nullable<Timestamptz>,
        used_at -> Nullable<Timestamptz>,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    editions (id) {
        id -> Int4,
        edition -> Uuid,
    }
}

diesel::table! {
    erasures (id) {
        id -> Int8,
        account_id -> Nullable<Int8>,
        email -> Text,
        asked_by -> Text,
        asked_at -> Timestamptz,
        due_at -> Timestamptz,
        withdrawn_at -> Nullable<Timestamptz>,
        done_at -> Nullable<Timestamptz>,
        outcome -> Jsonb,
    }
}

diesel::table! {
    exchange_problems (id) {
        id -> Int8,
        run_id -> Uuid,
        line -> Int8,
        is_note -> Bool,
        message -> Text,
    }
}

diesel::table! {
    exchange_rates (currency) {
        currency -> Text,
        rate -> Numeric,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    exchange_runs (id) {
        id -> Uuid,
        direction -> Text,
        subject -> Text,
        state -> Text,
        file_name -> Text,
        format -> Text,
        mapping -> Jsonb,
        fetch_images -> Bool,
        position -> Int8,
        report -> Jsonb,
        failure -> Text,
        account_id -> Nullable<Int8>,
        by_name -> Text,
        created_at -> Timestamptz,
        ended_at -> Nullable<Timestamptz>,
        expires_at -> Timestamptz,
        begun_from -> Int8,
        told -> Int8,
    }
}

diesel::table! {
    gateway_settings (code) {
        code -> Text,
        active -> Bool,
        position -> Int4,
        mode -> Text,
        name -> Text,
        description -> Text,
        capture_at -> Text,
        public -> Jsonb,
        secrets -> Jsonb,
        version -> Int8,
        last_success_at -> Nullable<Timestamptz>,
        last_failure_at -> Nullable<Timestamptz>,
        last_failure -> Nullable<Text>,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    identities (id) {
        id -> Int8,
        provider_id -> Int8,
        subject -> Text,
        account_id -> Int8,
        known_as -> Text,
        linked_at -> Timestamptz,
        used_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    identity_providers (id) {
        id -> Int8,
        slug -> Text,
        name -> Text,
        issuer -> Text,
        client_id -> Text,
        secret_sealed -> Text,
        for_customers -> Bool,
        for_staff -> Bool,
        active -> Bool,
        sign_in_origin -> Text,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    invitations (token_hash) {
        token_hash -> Bytea,
        email -> Nullable<Text>,
        role -> Text,
        expires_at -> Timestamptz,
        used_at -> Nullable<Timestamptz>,
        created_at -> Timestamptz,
        id -> Int8,
        role_id -> Nullable<Int8>,
        invited_by -> Nullable<Int8>,
    }
}

diesel::table! {
    invoices (id) {
        id -> Int8,
        kind -> Text,
        series -> Text,
        number -> Int8,
        formatted -> Text,
        order_id -> Int8,
        order_number -> Text,
        corrects_id -> Nullable<Int8>,
        buyer -> Text,
        currency -> Text,
        tax_total -> Int8,
        total -> Int8,
        issued_at -> Timestamptz,
        paper -> Jsonb,
        cause -> Text,
        return_id -> Nullable<Int8>,
        order_revision -> Int4,
    }
}

diesel::table! {
    jobs (id) {
        id -> Int8,
        kind -> Text,
        payload -> Jsonb,
        run_at -> Timestamptz,
        attempts -> Int4,
        leased_until -> Nullable<Timestamptz>,
        parked_at -> Nullable<Timestamptz>,
        last_error -> Nullable<Text>,
        created_at -> Timestamptz,
        schedule_key -> Nullable<Text>,
    }
}

diesel::table! {
    known_devices (account_id, device_hash) {
        account_id -> Int8,
        device_hash -> Bytea,
        seen_at -> Timestamptz,
    }
}

diesel::table! {
    location_stock (variant_id, location_id) {
        variant_id -> Int8,
        location_id -> Int8,
        on_hand -> Int4,
    }
}

diesel::table! {
    locations (id) {
        id -> Int8,
        name -> Text,
        kind -> Text,
        address -> Text,
        active -> Bool,
        is_default -> Bool,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    mails (id) {
        id -> Uuid,
        kind -> Text,
        about -> Text,
        sender -> Text,
        recipient -> Text,
        subject -> Text,
        body_text -> Text,
        body_html -> Text,
        created_at -> Timestamptz,
        sent_at -> Nullable<Timestamptz>,
        last_error -> Nullable<Text>,
        private -> Bool,
        unsubscribe_url -> Text,
    }
}

diesel::table! {
    media (id) {
        id -> Uuid,
        content_hash -> Text,
        width -> Int4,
        height -> Int4,
        created_at -> Timestamptz,
        file_name -> Text,
        alt -> Text,
        avif -> Bool,
        avif_tries -> Int2,
    }
}

diesel::table! {
    moved_refunds (refund_id) {
        refund_id -> Uuid,
        attempt_id -> Uuid,
    }
}

diesel::table! {
    number_series (series) {
        series -> Text,
        next -> Int8,
    }
}

diesel::table! {
    option_values (product_id, option, value) {
        product_id -> Int8,
        option -> Int4,
        value -> Text,
        position -> Int4,
        used -> Bool,
    }
}

diesel::table! {
    order_addresses (order_id, kind) {
        order_id -> Int8,
        kind -> Text,
        name -> Text,
        company -> Text,
        line1 -> Text,
        line2 -> Text,
        city -> Text,
        region -> Text,
        postcode -> Text,
        country -> Text,
    }
}

diesel::table! {
    order_discounts (id) {
        id -> Int8,
        order_id -> Int8,
        order_line_id -> Nullable<Int8>,
        promotion_id -> Nullable<Int8>,
        coupon_id -> Nullable<Int8>,
        label -> Text,
        amount -> Int8,
    }
}

diesel::table! {
    order_events (id) {
        id -> Int8,
        order_id -> Int8,
        kind -> Text,
        detail -> Text,
        actor -> Text,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    order_fees (id) {
        id -> Int8,
        order_id -> Int8,
        label -> Text,
        tax_class -> Text,
        entered -> Int8,
        amount -> Int8,
    }
}

diesel::table! {
    order_lines (id) {
        id -> Int8,
        order_id -> Int8,
        position -> Int4,
        variant_id -> Nullable<Int8>,
        title -> Text,
        options -> Text,
        sku -> Text,
        image -> Nullable<Text>,
        unit_price -> Int8,
        quantity -> Int4,
        total -> Int8,
        weight_grams -> Int4,
        shipped -> Int4,
        entered_price -> Nullable<Int8>,
        tax_class -> Text,
        is_gift_card -> Bool,
        note -> Text,
        returned -> Int4,
        is_digital -> Bool,
    }
}

diesel::table! {
    order_tax_lines (id) {
        id -> Int8,
        order_id -> Int8,
        order_line_id -> Nullable<Int8>,
        label -> Text,
        rate -> Numeric,
        amount -> Int8,
        base -> Int8,
        order_fee_id -> Nullable<Int8>,
    }
}

diesel::table! {
    orders (id) {
        id -> Int8,
        number -> Text,
        token -> Text,
        cart_id -> Uuid,
        account_id -> Nullable<Int8>,
        email -> Text,
        phone -> Text,
        currency -> Text,
        lifecycle -> Text,
        payment_state -> Text,
        fulfilment_state -> Text,
        items_total -> Int8,
        delivery_total -> Int8,
        tax_total -> Int8,
        total -> Int8,
        delivery_method -> Text,
        gateway -> Text,
        pay_before -> Nullable<Timestamptz>,
        placed_at -> Timestamptz,
        cancelled_at -> Nullable<Timestamptz>,
        completed_at -> Nullable<Timestamptz>,
        discount_total -> Int8,
        fee_total -> Int8,
        tax_included -> Bool,
        tax_treatment -> Text,
        tax_reason -> Text,
        vat_number -> Text,
        source -> Text,
        shipping_method_id -> Nullable<Int8>,
        delivery_entered -> Int8,
        is_pickup -> Bool,
        revision -> Int4,
    }
}

diesel::table! {
    pages (id) {
        id -> Int8,
        slug -> Text,
        title -> Text,
        body -> Text,
        position -> Int4,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    payment_attempts (id) {
        id -> Uuid,
        order_id -> Int8,
        gateway -> Text,
        gateway_reference -> Nullable<Text>,
        amount -> Int8,
        currency -> Text,
        state -> Text,
        captured -> Int8,
        refunded -> Int8,
        redirect_url -> Nullable<Text>,
        failure -> Nullable<Text>,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
        capture_at -> Text,
        authorised -> Int8,
        authorised_until -> Nullable<Timestamptz>,
        capturing -> Int8,
        is_closed -> Bool,
        flag -> Nullable<Text>,
        checked_at -> Nullable<Timestamptz>,
        credit_id -> Nullable<Int8>,
    }
}

diesel::table! {
    payment_events (id) {
        id -> Int8,
        attempt_id -> Uuid,
        gateway -> Text,
        gateway_event_id -> Text,
        kind -> Text,
        amount -> Int8,
        created_at -> Timestamptz,
        currency -> Nullable<Text>,
        detail -> Text,
    }
}

diesel::table! {
    price_history (variant_id, currency, valid_from) {
        variant_id -> Int8,
        currency -> Text,
        valid_from -> Timestamptz,
        amount -> Nullable<Int8>,
        written_by -> Int8,
    }
}

diesel::table! {
    price_lists (id) {
        id -> Int8,
        name -> Text,
        kind -> Text,
        currency -> Text,
        group_id -> Nullable<Int8>,
        starts_at -> Nullable<Timestamptz>,
        ends_at -> Nullable<Timestamptz>,
        replaces_base -> Bool,
        active -> Bool,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    prices (list_id, variant_id, min_quantity) {
        list_id -> Int8,
        variant_id -> Int8,
        min_quantity -> Int4,
        amount -> Int8,
        compare_at -> Nullable<Int8>,
    }
}

diesel::table! {
    privacy_exports (id) {
        id -> Uuid,
        account_id -> Int8,
        asked_at -> Timestamptz,
        made_at -> Nullable<Timestamptz>,
        expires_at -> Nullable<Timestamptz>,
        as_json -> Nullable<Text>,
        as_html -> Nullable<Text>,
    }
}

diesel::table! {
    product_attributes (product_id, attribute_id) {
        product_id -> Int8,
        attribute_id -> Int8,
        kind -> Text,
        text -> Nullable<Text>,
        number -> Nullable<Numeric>,
        boolean -> Nullable<Bool>,
        choices -> Nullable<Array<Nullable<Int8>>>,
    }
}

diesel::table! {
    product_categories (category_id, product_id) {
        product_id -> Int8,
        category_id -> Int8,
    }
}

diesel::table! {
    product_images (product_id, media_id) {
        product_id -> Int8,
        media_id -> Uuid,
        position -> Int4,
        alt -> Text,
    }
}

diesel::table! {
    product_ratings (product_id) {
        product_id -> Int8,
        reviews -> Int4,
        stars -> Int4,
    }
}

diesel::table! {
    product_revisions (id) {
        id -> Int8,
        product_id -> Int8,
        version -> Int4,
        at -> Timestamptz,
        account_id -> Nullable<Int8>,
        by_name -> Text,
        what -> Text,
        bulk_edit_id -> Nullable<Int8>,
        before -> Jsonb,
        after -> Jsonb,
    }
}

diesel::table! {
    product_types (id) {
        id -> Int8,
        slug -> Text,
        name -> Text,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    use diesel::sql_types::*;
    use super::sql_types::Tsvector;

    products (id) {
        id -> Int8,
        slug -> Text,
        title -> Text,
        description -> Text,
        vendor -> Text,
        product_type -> Text,
        tags -> Array<Nullable<Text>>,
        option_names -> Array<Nullable<Text>>,
        status -> Text,
        featured -> Bool,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
        document -> Tsvector,
        is_gift_card -> Bool,
        brand_id -> Nullable<Int8>,
        product_type_id -> Nullable<Int8>,
        on_sale_from -> Nullable<Timestamptz>,
        on_sale_until -> Nullable<Timestamptz>,
        version -> Int4,
    }
}

diesel::table! {
    promotion_conditions (id) {
        id -> Int8,
        promotion_id -> Int8,
        kind -> Text,
        amount -> Nullable<Int8>,
        number -> Nullable<Int4>,
        all_goods -> Bool,
    }
}

diesel::table! {
    promotion_targets (id) {
        id -> Int8,
        promotion_id -> Int8,
        condition_id -> Nullable<Int8>,
        purpose -> Text,
        product_id -> Nullable<Int8>,
        category_id -> Nullable<Int8>,
        group_id -> Nullable<Int8>,
        country -> Nullable<Text>,
    }
}

diesel::table! {
    promotion_uses (id) {
        id -> Int8,
        promotion_id -> Int8,
        coupon_id -> Nullable<Int8>,
        order_id -> Int8,
        account_id -> Nullable<Int8>,
        email -> Text,
        taken_at -> Timestamptz,
        released_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    promotions (id) {
        id -> Int8,
        name -> Text,
        label -> Text,
        active -> Bool,
        by_coupon -> Bool,
        exclusive -> Bool,
        priority -> Int4,
        currency -> Text,
        starts_at -> Nullable<Timestamptz>,
        ends_at -> Nullable<Timestamptz>,
        max_uses -> Nullable<Int4>,
        max_uses_each -> Nullable<Int4>,
        uses -> Int4,
        action -> Text,
        percent -> Nullable<Numeric>,
        amount -> Nullable<Int8>,
        most -> Nullable<Int8>,
        buy -> Nullable<Int4>,
        gets -> Nullable<Int4>,
        most_times -> Nullable<Int4>,
        gift_variant_id -> Nullable<Int8>,
        all_goods -> Bool,
        all_bought -> Bool,
        skip_reduced -> Bool,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    receipts (id) {
        id -> Int8,
        submission -> Uuid,
        location_id -> Int8,
        supplier -> Text,
        reference -> Text,
        actor -> Text,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    recovery_codes (account_id, code_hash) {
        account_id -> Int8,
        code_hash -> Bytea,
        used_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    redirects (id) {
        id -> Int8,
        from_path -> Text,
        to_path -> Nullable<Text>,
        product_id -> Nullable<Int8>,
        category_id -> Nullable<Int8>,
        brand_id -> Nullable<Int8>,
        page_id -> Nullable<Int8>,
        by_hand -> Bool,
        created_at -> Timestamptz,
        collection_id -> Nullable<Int8>,
    }
}

diesel::table! {
    refunds (id) {
        id -> Uuid,
        attempt_id -> Uuid,
        amount -> Int8,
        state -> Text,
        reason -> Text,
        gateway_reference -> Nullable<Text>,
        failure -> Nullable<Text>,
        actor -> Text,
        created_at -> Timestamptz,
        settled_at -> Nullable<Timestamptz>,
        checked_at -> Nullable<Timestamptz>,
        corrects -> Bool,
        way -> Text,
        return_id -> Nullable<Int8>,
        told -> Text,
    }
}

diesel::table! {
    related_products (product_id, related_id) {
        product_id -> Int8,
        related_id -> Int8,
        position -> Int4,
        kind -> Text,
    }
}

diesel::table! {
    reservations (holder, variant_id) {
        holder -> Uuid,
        variant_id -> Int8,
        quantity -> Int4,
        reserved_until -> Timestamptz,
    }
}

diesel::table! {
    retention_rules (kind) {
        kind -> Text,
        days -> Int4,
        ran_at -> Nullable<Timestamptz>,
        removed -> Int8,
    }
}

diesel::table! {
    return_lines (return_id, order_line_id) {
        return_id -> Int8,
        order_line_id -> Int8,
        quantity -> Int4,
        reason -> Text,
        restocked -> Int4,
        scrapped -> Int4,
        worth -> Int8,
        tax -> Int8,
    }
}

diesel::table! {
    returns (id) {
        id -> Int8,
        order_id -> Int8,
        number -> Text,
        state -> Text,
        wish -> Text,
        customer_note -> Text,
        staff_note -> Text,
        requested_by -> Text,
        refunded -> Int8,
        exchange_order_id -> Nullable<Int8>,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
        settled_as -> Text,
        exchanged -> Int8,
    }
}

diesel::table! {
    reviews (id) {
        id -> Int8,
        product_id -> Int8,
        account_id -> Nullable<Int8>,
        order_line_id -> Nullable<Int8>,
        name -> Text,
        stars -> Int2,
        title -> Text,
        body -> Text,
        state -> Text,
        reply -> Text,
        revision -> Int4,
        created_at -> Timestamptz,
        changed_at -> Timestamptz,
        decided_at -> Nullable<Timestamptz>,
        decided_by -> Nullable<Int8>,
        reason -> Text,
    }
}

diesel::table! {
    roles (id) {
        id -> Int8,
        name -> Text,
        permissions -> Array<Nullable<Text>>,
        needs_second_factor -> Bool,
        standard -> Bool,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    sandbox_captures (id) {
        id -> Text,
        payment_id -> Text,
        idempotency_key -> Text,
        amount -> Int8,
        is_final -> Bool,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    sandbox_faults (id) {
        id -> Int8,
        place -> Text,
        kind -> Text,
    }
}

diesel::table! {
    sandbox_payments (id) {
        id -> Text,
        idempotency_key -> Text,
        amount -> Int8,
        currency -> Text,
        description -> Text,
        return_url -> Text,
        webhook_url -> Text,
        state -> Text,
        refunded -> Int8,
        failure -> Nullable<Text>,
        card -> Nullable<Text>,
        created_at -> Timestamptz,
        capture -> Text,
        metadata -> Text,
        authorised -> Int8,
        authorised_until -> Nullable<Timestamptz>,
        captured -> Int8,
        refund_behaviour -> Text,
    }
}

diesel::table! {
    sandbox_refunds (id) {
        id -> Text,
        payment_id -> Text,
        idempotency_key -> Text,
        amount -> Int8,
        created_at -> Timestamptz,
        state -> Text,
        metadata -> Text,
    }
}

diesel::table! {
    search_changes (xid, kind, subject) {
        xid -> Int8,
        kind -> Text,
        subject -> Int8,
        at -> Timestamptz,
    }
}

diesel::table! {
    search_feed (id) {
        id -> Int4,
        kept_from -> Int8,
        clock -> Timestamptz,
    }
}

diesel::table! {
    search_pins (query, product_id) {
        query -> Text,
        product_id -> Int8,
        position -> Int4,
    }
}

diesel::table! {
    search_synonyms (id) {
        id -> Int8,
        words -> Array<Nullable<Text>>,
        one_way -> Bool,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    search_terms (day, text) {
        day -> Date,
        text -> Text,
        searches -> Int8,
        fruitless -> Int8,
    }
}

diesel::table! {
    second_factors (account_id) {
        account_id -> Int8,
        seed_sealed -> Text,
        confirmed_at -> Nullable<Timestamptz>,
        last_step -> Int8,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    security_alarms (event) {
        event -> Text,
        told_at -> Timestamptz,
    }
}

diesel::table! {
    security_counts (minute, event) {
        minute -> Timestamptz,
        event -> Text,
        n -> Int8,
    }
}

diesel::table! {
    shelves (product_id, kind, of_id) {
        kind -> Text,
        of_id -> Int8,
        product_id -> Int8,
        lowest -> Int8,
        title -> Text,
        shown_from -> Nullable<Timestamptz>,
        shown_until -> Nullable<Timestamptz>,
        position -> Int4,
    }
}

diesel::table! {
    shipment_lines (shipment_id, order_line_id) {
        shipment_id -> Int8,
        order_line_id -> Int8,
        quantity -> Int4,
    }
}

diesel::table! {
    shipments (id) {
        id -> Int8,
        order_id -> Int8,
        carrier -> Text,
        tracking_number -> Text,
        actor -> Text,
        shipped_at -> Timestamptz,
        delivered_at -> Nullable<Timestamptz>,
        location_id -> Nullable<Int8>,
        tracking_url -> Text,
    }
}

diesel::table! {
    shipping_carrier_rates (method_id, country, region, postcode, weight_class) {
        method_id -> Int8,
        country -> Text,
        region -> Text,
        postcode -> Text,
        weight_class -> Int8,
        price -> Nullable<Int8>,
        expires_at -> Timestamptz,
    }
}

diesel::table! {
    shipping_methods (id) {
        id -> Int8,
        name -> Text,
        description -> Text,
        position -> Int4,
        active -> Bool,
        delivery_time -> Text,
        is_pickup -> Bool,
        pickup_address -> Text,
        tax_class -> Nullable<Text>,
        carrier -> Text,
        carrier_url -> Text,
        carrier_token -> Text,
        carrier_service -> Text,
    }
}

diesel::table! {
    shipping_rates (id) {
        id -> Int8,
        method_id -> Int8,
        zone_id -> Int8,
        max_weight_grams -> Nullable<Int4>,
        price -> Int8,
        max_total -> Nullable<Int8>,
        max_items -> Nullable<Int8>,
    }
}

diesel::table! {
    shipping_surcharges (method_id, category_id) {
        method_id -> Int8,
        category_id -> Int8,
        price -> Int8,
        per_unit -> Bool,
    }
}

diesel::table! {
    shipping_tariffs (method_id, zone_id) {
        method_id -> Int8,
        zone_id -> Int8,
        kind -> Text,
        price -> Int8,
        price_per_kg -> Int8,
        whole_kg -> Bool,
        free_above -> Nullable<Int8>,
        min_weight_grams -> Nullable<Int8>,
        max_weight_grams -> Nullable<Int8>,
        min_total -> Nullable<Int8>,
        max_total -> Nullable<Int8>,
    }
}

diesel::table! {
    shipping_zones (id) {
        id -> Int8,
        name -> Text,
        countries -> Array<Nullable<Text>>,
        rest_of_world -> Bool,
        regions -> Array<Nullable<Text>>,
        postcodes -> Array<Nullable<Text>>,
    }
}

diesel::table! {
    sign_in_rules (id) {
        id -> Int2,
        owners_need_second_factor -> Bool,
    }
}

diesel::table! {
    sign_ins (id) {
        id -> Uuid,
        account_id -> Int8,
        device -> Text,
        device_hash -> Bytea,
        address -> Nullable<Text>,
        way -> Text,
        started_at -> Timestamptz,
        seen_at -> Timestamptz,
        proved_at -> Timestamptz,
        ended_at -> Nullable<Timestamptz>,
        ended_by -> Nullable<Text>,
    }
}

diesel::table! {
    stock (variant_id) {
        variant_id -> Int8,
        tracked -> Bool,
        on_hand -> Int4,
        allocated -> Int4,
        reserved -> Int4,
        backorder_limit -> Int4,
        preorder -> Bool,
        available_from -> Nullable<Date>,
        low_at -> Nullable<Int4>,
        most_per_order -> Nullable<Int4>,
        scarcity -> Nullable<Int4>,
        is_bundle -> Bool,
        in_bundles -> Bool,
    }
}

diesel::table! {
    stock_movements (id) {
        id -> Int8,
        variant_id -> Int8,
        cause -> Text,
        on_hand -> Int4,
        allocated -> Int4,
        order_id -> Nullable<Int8>,
        actor -> Text,
        created_at -> Timestamptz,
        location_id -> Nullable<Int8>,
        receipt_id -> Nullable<Int8>,
        transfer_id -> Nullable<Int8>,
        stocktake_id -> Nullable<Int8>,
        note -> Text,
    }
}

diesel::table! {
    stocktake_lines (stocktake_id, variant_id) {
        stocktake_id -> Int8,
        variant_id -> Int8,
        counted -> Nullable<Int4>,
        expected -> Nullable<Int4>,
        counted_by -> Nullable<Text>,
        counted_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    stocktakes (id) {
        id -> Int8,
        location_id -> Int8,
        scope -> Text,
        state -> Text,
        actor -> Text,
        started_at -> Timestamptz,
        closed_at -> Nullable<Timestamptz>,
        closed_by -> Nullable<Text>,
    }
}

diesel::table! {
    store (id) {
        id -> Int2,
        name -> Text,
        tagline -> Text,
        email -> Text,
        phone -> Text,
        line1 -> Text,
        line2 -> Text,
        city -> Text,
        postcode -> Text,
        country -> Text,
        currency -> Text,
        sender_name -> Text,
        sender_email -> Text,
        bank_details -> Text,
        unpaid_minutes -> Int4,
        low_stock -> Int4,
        updated_at -> Timestamptz,
        gift_card_months -> Nullable<Int4>,
        reminder_hours -> Int4,
        hold_minutes -> Int4,
        legal_name -> Text,
        registration -> Text,
        invoice_prefix -> Text,
        credit_note_prefix -> Text,
        return_days -> Int4,
        payment_link_days -> Int4,
        import_megabytes -> Int4,
        download_days -> Int4,
        download_most -> Int4,
        download_megabytes -> Int4,
        reviews_moderated -> Bool,
    }
}

diesel::table! {
    subscribers (id) {
        id -> Int8,
        email -> Text,
        state -> Text,
        token_hash -> Nullable<Text>,
        end_token -> Text,
        source -> Text,
        asked_at -> Timestamptz,
        confirmed_at -> Nullable<Timestamptz>,
        ended_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    tax_areas (id) {
        id -> Int8,
        zone_id -> Int8,
        country -> Text,
        region -> Text,
        postcode_from -> Text,
        postcode_to -> Text,
    }
}

diesel::table! {
    tax_classes (code) {
        code -> Text,
        name -> Text,
        position -> Int4,
    }
}

diesel::table! {
    tax_rates (id) {
        id -> Int8,
        tax_class -> Text,
        country -> Text,
        region -> Text,
        label -> Text,
        rate -> Numeric,
    }
}

diesel::table! {
    tax_settings (id) {
        id -> Int2,
        entered -> Text,
        rounding -> Text,
        delivery_class -> Nullable<Text>,
        untaxed_at_net -> Bool,
        vat_number -> Text,
        checks_online -> Bool,
        usual_class -> Text,
    }
}

diesel::table! {
    tax_zone_rates (id) {
        id -> Int8,
        zone_id -> Int8,
        tax_class -> Text,
        label -> Text,
        rate -> Numeric,
        priority -> Int4,
        compound -> Bool,
        starts_on -> Nullable<Date>,
        ends_on -> Nullable<Date>,
    }
}

diesel::table! {
    tax_zones (id) {
        id -> Int8,
        name -> Text,
        basis -> Nullable<Text>,
        outside -> Bool,
    }
}

diesel::table! {
    together_due (order_id) {
        order_id -> Int8,
        at -> Timestamptz,
    }
}

diesel::table! {
    together_orders (order_id) {
        order_id -> Int8,
        placed_at -> Timestamptz,
        products -> Array<Nullable<Int8>>,
    }
}

diesel::table! {
    together_pairs (product_id, other_id) {
        product_id -> Int8,
        other_id -> Int8,
        orders -> Int4,
    }
}

diesel::table! {
    together_products (product_id) {
        product_id -> Int8,
        orders -> Int4,
    }
}

diesel::table! {
    transfers (id) {
        id -> Int8,
        submission -> Uuid,
        from_id -> Int8,
        to_id -> Int8,
        reference -> Text,
        actor -> Text,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    tries (door, who) {
        door -> Text,
        who -> Text,
        free_at -> Timestamptz,
    }
}

diesel::table! {
    variants (id) {
        id -> Int8,
        product_id -> Int8,
        position -> Int4,
        sku -> Text,
        option_values -> Array<Nullable<Text>>,
        price -> Int8,
        compare_at -> Nullable<Int8>,
        weight_grams -> Int4,
        barcode -> Text,
        tax_class -> Text,
        archived_at -> Nullable<Timestamptz>,
        updated_at -> Timestamptz,
        is_digital -> Bool,
        is_bundle -> Bool,
    }
}

diesel::table! {
    wishlist_items (id) {
        id -> Int8,
        wishlist_id -> Int8,
        product_id -> Int8,
        variant_id -> Nullable<Int8>,
        note -> Text,
        added_at -> Timestamptz,
    }
}

diesel::table! {
    wishlists (id) {
        id -> Int8,
        account_id -> Int8,
        name -> Text,
        is_default -> Bool,
        share_token_hash -> Nullable<Text>,
        shared_at -> Nullable<Timestamptz>,
        shows_owner -> Bool,
        created_at -> Timestamptz,
    }
}

diesel::joinable!(account_links -> accounts (account_id));
diesel::joinable!(account_tags -> accounts (account_id));
diesel::joinable!(account_tags -> customer_tags (tag_id));
diesel::joinable!(accounts -> customer_groups (group_id));
diesel::joinable!(accounts -> roles (role_id));
diesel::joinable!(acting_for -> sign_ins (sign_in_id));
diesel::joinable!(addresses -> accounts (account_id));
diesel::joinable!(alerts -> accounts (account_id));
diesel::joinable!(alerts -> variants (variant_id));
diesel::joinable!(attribute_choices -> attributes (attribute_id));
diesel::joinable!(attributes -> product_types (product_type_id));
diesel::joinable!(brands -> media (media_id));
diesel::joinable!(bulk_edits -> accounts (account_id));
diesel::joinable!(bundle_takings -> orders (order_id));
diesel::joinable!(captures -> payment_attempts (attempt_id));
diesel::joinable!(cart_lines -> carts (cart_id));
diesel::joinable!(cart_lines -> variants (variant_id));
diesel::joinable!(categories -> media (media_id));
diesel::joinable!(checkouts -> carts (cart_id));
diesel::joinable!(checkouts -> shipping_methods (shipping_method_id));
diesel::joinable!(collection_members -> collections (collection_id));
diesel::joinable!(collection_members -> products (product_id));
diesel::joinable!(collection_rules -> attribute_choices (choice_id));
diesel::joinable!(collection_rules -> attributes (attribute_id));
diesel::joinable!(collection_rules -> brands (brand_id));
diesel::joinable!(collection_rules -> categories (category_id));
diesel::joinable!(collection_rules -> collections (collection_id));
diesel::joinable!(collection_rules -> product_types (product_type_id));
diesel::joinable!(collections -> media (media_id));
diesel::joinable!(consents -> accounts (account_id));
diesel::joinable!(coupons -> promotions (promotion_id));
diesel::joinable!(credit_entries -> credits (credit_id));
diesel::joinable!(credit_entries -> orders (order_id));
diesel::joinable!(credit_entries -> refunds (refund_id));
diesel::joinable!(credit_sendings -> credits (credit_id));
diesel::joinable!(credits -> accounts (account_id));
diesel::joinable!(credits -> order_lines (order_line_id));
diesel::joinable!(credits -> orders (order_id));
diesel::joinable!(download_files -> variants (variant_id));
diesel::joinable!(downloads -> download_files (file_id));
diesel::joinable!(downloads -> order_lines (order_line_id));
diesel::joinable!(downloads -> orders (order_id));
diesel::joinable!(erasures -> accounts (account_id));
diesel::joinable!(exchange_problems -> exchange_runs (run_id));
diesel::joinable!(exchange_runs -> accounts (account_id));
diesel::joinable!(identities -> accounts (account_id));
diesel::joinable!(identities -> identity_providers (provider_id));
diesel::joinable!(invitations -> accounts (invited_by));
diesel::joinable!(invitations -> roles (role_id));
diesel::joinable!(invoices -> number_series (series));
diesel::joinable!(invoices -> orders (order_id));
diesel::joinable!(invoices -> returns (return_id));
diesel::joinable!(known_devices -> accounts (account_id));
diesel::joinable!(location_stock -> locations (location_id));
diesel::joinable!(location_stock -> stock (variant_id));
diesel::joinable!(moved_refunds -> payment_attempts (attempt_id));
diesel::joinable!(moved_refunds -> refunds (refund_id));
diesel::joinable!(option_values -> products (product_id));
diesel::joinable!(order_addresses -> orders (order_id));
diesel::joinable!(order_discounts -> order_lines (order_line_id));
diesel::joinable!(order_discounts -> orders (order_id));
diesel::joinable!(order_events -> orders (order_id));
diesel::joinable!(order_fees -> orders (order_id));
diesel::joinable!(order_lines -> orders (order_id));
diesel::joinable!(order_lines -> variants (variant_id));
diesel::joinable!(order_tax_lines -> order_fees (order_fee_id));
diesel::joinable!(order_tax_lines -> order_lines (order_line_id));
diesel::joinable!(order_tax_lines -> orders (order_id));
diesel::joinable!(orders -> accounts (account_id));
diesel::joinable!(orders -> shipping_methods (shipping_method_id));
diesel::joinable!(payment_attempts -> credits (credit_id));
diesel::joinable!(payment_attempts -> orders (order_id));
diesel::joinable!(payment_events -> payment_attempts (attempt_id));
diesel::joinable!(price_history -> variants (variant_id));
diesel::joinable!(price_lists -> customer_groups (group_id));
diesel::joinable!(prices -> price_lists (list_id));
diesel::joinable!(prices -> variants (variant_id));
diesel::joinable!(privacy_exports -> accounts (account_id));
diesel::joinable!(product_attributes -> products (product_id));
diesel::joinable!(product_categories -> categories (category_id));
diesel::joinable!(product_categories -> products (product_id));
diesel::joinable!(product_images -> media (media_id));
diesel::joinable!(product_images -> products (product_id));
diesel::joinable!(product_ratings -> products (product_id));
diesel::joinable!(product_revisions -> accounts (account_id));
diesel::joinable!(product_revisions -> bulk_edits (bulk_edit_id));
diesel::joinable!(product_revisions -> products (product_id));
diesel::joinable!(products -> brands (brand_id));
diesel::joinable!(products -> product_types (product_type_id));
diesel::joinable!(promotion_conditions -> promotions (promotion_id));
diesel::joinable!(promotion_targets -> categories (category_id));
diesel::joinable!(promotion_targets -> customer_groups (group_id));
diesel::joinable!(promotion_targets -> products (product_id));
diesel::joinable!(promotion_targets -> promotion_conditions (condition_id));
diesel::joinable!(promotion_targets -> promotions (promotion_id));
diesel::joinable!(promotion_uses -> accounts (account_id));
diesel::joinable!(promotion_uses -> orders (order_id));
diesel::joinable!(promotion_uses -> promotions (promotion_id));
diesel::joinable!(promotions -> variants (gift_variant_id));
diesel::joinable!(receipts -> locations (location_id));
diesel::joinable!(recovery_codes -> accounts (account_id));
diesel::joinable!(redirects -> brands (brand_id));
diesel::joinable!(redirects -> categories (category_id));
diesel::joinable!(redirects -> collections (collection_id));
diesel::joinable!(redirects -> pages (page_id));
diesel::joinable!(redirects -> products (product_id));
diesel::joinable!(refunds -> payment_attempts (attempt_id));
diesel::joinable!(refunds -> returns (return_id));
diesel::joinable!(reservations -> stock (variant_id));
diesel::joinable!(return_lines -> order_lines (order_line_id));
diesel::joinable!(return_lines -> returns (return_id));
diesel::joinable!(reviews -> products (product_id));
diesel::joinable!(sandbox_captures -> sandbox_payments (payment_id));
diesel::joinable!(sandbox_refunds -> sandbox_payments (payment_id));
diesel::joinable!(search_pins -> products (product_id));
diesel::joinable!(second_factors -> accounts (account_id));
diesel::joinable!(shipment_lines -> order_lines (order_line_id));
diesel::joinable!(shipment_lines -> shipments (shipment_id));
diesel::joinable!(shipments -> orders (order_id));
diesel::joinable!(shipping_carrier_rates -> shipping_methods (method_id));
diesel::joinable!(shipping_rates -> shipping_methods (method_id));
diesel::joinable!(shipping_rates -> shipping_zones (zone_id));
diesel::joinable!(shipping_surcharges -> categories (category_id));
diesel::joinable!(shipping_surcharges -> shipping_methods (method_id));
diesel::joinable!(shipping_tariffs -> shipping_methods (method_id));
diesel::joinable!(shipping_tariffs -> shipping_zones (zone_id));
diesel::joinable!(sign_ins -> accounts (account_id));
diesel::joinable!(stock -> variants (variant_id));
diesel::joinable!(stock_movements -> locations (location_id));
diesel::joinable!(stock_movements -> orders (order_id));
diesel::joinable!(stock_movements -> receipts (receipt_id));
diesel::joinable!(stock_movements -> stocktakes (stocktake_id));
diesel::joinable!(stock_movements -> transfers (transfer_id));
diesel::joinable!(stock_movements -> variants (variant_id));
diesel::joinable!(stocktake_lines -> stocktakes (stocktake_id));
diesel::joinable!(stocktake_lines -> variants (variant_id));
diesel::joinable!(stocktakes -> locations (location_id));
diesel::joinable!(tax_areas -> tax_zones (zone_id));
diesel::joinable!(tax_zone_rates -> tax_classes (tax_class));
diesel::joinable!(tax_zone_rates -> tax_zones (zone_id));
diesel::joinable!(variants -> products (product_id));
diesel::joinable!(variants -> tax_classes (tax_class));
diesel::joinable!(wishlist_items -> products (product_id));
diesel::joinable!(wishlist_items -> variants (variant_id));
diesel::joinable!(wishlist_items -> wishlists (wishlist_id));
diesel::joinable!(wishlists -> accounts (account_id));
