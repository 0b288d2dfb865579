// @generated automatically by Diesel CLI.

pub mod sql_types {
    #[derive(diesel::query_builder::QueryId, Clone, diesel::sql_types::SqlType)]
    #[diesel(postgres_type(name = "tsvector", schema = "pg_catalog"))]
    pub struct Tsvector;
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
    invitations (token_hash) {
        token_hash -> Bytea,
        email -> Nullable<Text>,
        role -> Text,
        expires_at -> Timestamptz,
        used_at -> Nullable<Timestamptz>,
        created_at -> Timestamptz,
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
    }
}

diesel::table! {
    media (id) {
        id -> Uuid,
        content_hash -> Text,
        width -> Int4,
        height -> Int4,
        created_at -> Timestamptz,
    }
}

diesel::table! {
    number_series (series) {
        series -> Text,
        next -> Int8,
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
    }
}

diesel::table! {
    related_products (product_id, related_id) {
        product_id -> Int8,
        related_id -> Int8,
        position -> Int4,
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
    }
}

diesel::table! {
    sandbox_refunds (id) {
        id -> Text,
        payment_id -> Text,
        idempotency_key -> Text,
        amount -> Int8,
        created_at -> Timestamptz,
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
    }
}

diesel::table! {
    shipping_methods (id) {
        id -> Int8,
        name -> Text,
        description -> Text,
        position -> Int4,
    }
}

diesel::table! {
    shipping_rates (id) {
        id -> Int8,
        method_id -> Int8,
        zone_id -> Int8,
        max_weight_grams -> Int4,
        price -> Int8,
    }
}

diesel::table! {
    shipping_zones (id) {
        id -> Int8,
        name -> Text,
        countries -> Array<Nullable<Text>>,
        rest_of_world -> Bool,
    }
}

diesel::table! {
    stock (variant_id) {
        variant_id -> Int8,
        tracked -> Bool,
        on_hand -> Int4,
        allocated -> Int4,
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
        legal_name -> Text,
        registration -> Text,
        invoice_prefix -> Text,
        credit_note_prefix -> Text,
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
    }
}

diesel::joinable!(accounts -> customer_groups (group_id));
diesel::joinable!(cart_lines -> carts (cart_id));
diesel::joinable!(cart_lines -> variants (variant_id));
diesel::joinable!(carts -> accounts (account_id));
diesel::joinable!(checkouts -> carts (cart_id));
diesel::joinable!(checkouts -> shipping_methods (shipping_method_id));
diesel::joinable!(invoices -> number_series (series));
diesel::joinable!(invoices -> orders (order_id));
diesel::joinable!(order_addresses -> orders (order_id));
diesel::joinable!(order_events -> orders (order_id));
diesel::joinable!(order_lines -> orders (order_id));
diesel::joinable!(order_lines -> variants (variant_id));
diesel::joinable!(order_tax_lines -> order_lines (order_line_id));
diesel::joinable!(order_tax_lines -> orders (order_id));
diesel::joinable!(orders -> accounts (account_id));
diesel::joinable!(payment_attempts -> orders (order_id));
diesel::joinable!(payment_events -> payment_attempts (attempt_id));
diesel::joinable!(product_categories -> categories (category_id));
diesel::joinable!(product_categories -> products (product_id));
diesel::joinable!(product_images -> media (media_id));
diesel::joinable!(product_images -> products (product_id));
diesel::joinable!(refunds -> payment_attempts (attempt_id));
diesel::joinable!(sandbox_refunds -> sandbox_payments (payment_id));
diesel::joinable!(shipment_lines -> order_lines (order_line_id));
diesel::joinable!(shipment_lines -> shipments (shipment_id));
diesel::joinable!(shipments -> orders (order_id));
diesel::joinable!(shipping_rates -> shipping_methods (method_id));
diesel::joinable!(shipping_rates -> shipping_zones (zone_id));
diesel::joinable!(stock -> variants (variant_id));
diesel::joinable!(stock_movements -> orders (order_id));
diesel::joinable!(stock_movements -> variants (variant_id));
diesel::joinable!(variants -> products (product_id));

diesel::allow_tables_to_appear_in_same_query!(
    accounts,
    cart_lines,
    carts,
    categories,
    checkouts,
    customer_groups,
    invitations,
    invoices,
    jobs,
    mails,
    media,
    number_series,
    order_addresses,
    order_events,
    order_lines,
    order_tax_lines,
    orders,
    pages,
    payment_attempts,
    payment_events,
    product_categories,
    product_images,
    products,
    refunds,
    related_products,
    sandbox_payments,
    sandbox_refunds,
    shipment_lines,
    shipments,
    shipping_methods,
    shipping_rates,
    shipping_zones,
    stock,
    stock_movements,
    store,
    tax_rates,
    variants,
);
