//! Nothing that staff change goes unrecorded: each table is followed by the record, or says what else tells of it.

use crate::harness::Shop;

/// Tables that doors of the staff write and whose changes `audit_change` does not tell, because something else does.
const OWN_RECORD: &[(&str, &str)] = &[
    ("account_links", "ways in, which end with what is done to the account, and that is told"),
    ("addresses", "the customer's; staff move them where accounts are merged, which is told of the accounts"),
    ("alerts", "the customer's; as addresses"),
    ("bulk_edits", "names who did what to how many, and keeps the revisions of each product"),
    ("bundle_takings", "follows from orders of bundles"),
    ("captures", "ledger of payments"),
    ("cart_lines", "what staff are about to order for somebody; the order's timeline tells who placed it"),
    ("carts", "as cart_lines"),
    ("catalog_chores", "work that follows from what was changed"),
    ("checkouts", "as cart_lines"),
    ("collection_feed", "work that follows from what was changed"),
    ("consents", "is itself a record that is only added to"),
    ("credit_entries", "ledger: who, when, why, and nothing of it can be changed"),
    ("credit_sendings", "names who sent a gift card where and when"),
    ("download_leftovers", "files that nothing names any more"),
    ("editions", "counts that something was changed"),
    ("exchange_problems", "what was told of the rows of a file"),
    ("exchange_runs", "names who brought or wrote out which file, with its report"),
    ("invoices", "papers, numbered and never changed"),
    ("jobs", "work that follows from what was done"),
    ("known_devices", "ways in, as account_links"),
    ("location_stock", "the sum of stock_movements"),
    ("mails", "the outbox keeps each mail as it went out"),
    ("moved_refunds", "ledger of payments"),
    ("number_series", "the next number"),
    ("order_discounts", "the order's timeline tells each change with who made it"),
    ("order_events", "the order's timeline itself: who, when, what"),
    ("order_fees", "as order_discounts"),
    ("order_lines", "as order_discounts"),
    ("order_tax_lines", "as order_discounts"),
    ("payment_attempts", "ledger of payments"),
    ("payment_events", "ledger of payments"),
    ("price_history", "is itself the record of prices, with who wrote them"),
    ("privacy_exports", "copies that end with the account"),
    ("product_attributes", "in product_revisions"),
    ("product_categories", "in product_revisions"),
    ("product_images", "in product_revisions"),
    ("product_ratings", "follows from reviews, which are told"),
    ("product_revisions", "is itself the record: who, when, before and after"),
    ("promotion_uses", "follows from orders"),
    ("receipts", "name who received what and when, and are not changed"),
    ("recovery_codes", "secrets; that they went is told of second_factors"),
    ("reservations", "stock that is set aside while somebody buys"),
    ("return_lines", "with returns, which are told"),
    ("sandbox_captures", "a provider that only pretends"),
    ("sandbox_faults", "a provider that only pretends"),
    ("sandbox_payments", "a provider that only pretends"),
    ("sandbox_refunds", "a provider that only pretends"),
    ("search_changes", "work that follows from what was changed"),
    ("search_feed", "work that follows from what was changed"),
    ("shelves", "follows from products and categories"),
    ("shipment_lines", "with shipments, which are told"),
    ("shipping_carrier_rates", "what carriers answered, kept for a while"),
    ("sign_ins", "a list of their own, with where and when and who ended them"),
    ("stock_movements", "ledger: who, when, why"),
    ("stocktake_lines", "name who counted"),
    ("stocktakes", "name who began and closed them"),
    ("transfers", "name who moved what and when, and are not changed"),
    ("tries", "counts against guessing"),
    ("wishlist_items", "the customer's; as addresses"),
    ("wishlists", "the customer's; as addresses"),
];

/// Tables that no door of the staff writes.
const NOT_OF_STAFF: &[(&str, &str)] = &[
    ("audit_entries", "the record"),
    ("bought_together", "counted from orders by a job"),
    ("coupon_tries", "not used any more"),
    ("credit_tries", "not used any more"),
    ("search_terms", "what shoppers look for"),
    ("security_alarms", "told by a job"),
    ("security_counts", "counts of events"),
    ("subscribers", "who wants the newsletter says so"),
    ("together_due", "counted from orders by a job"),
    ("together_orders", "counted from orders by a job"),
    ("together_pairs", "counted from orders by a job"),
    ("together_products", "counted from orders by a job"),
];

const TABLES: &str = "SELECT string_agg(c.relname, ' ' ORDER BY c.relname) FROM pg_class c
    WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND c.relname <> '__diesel_schema_migrations'
      AND NOT EXISTS (SELECT FROM pg_trigger t WHERE t.tgrelid = c.oid AND t.tgname = 'audit_change')";

fn is_in(list: &[(&str, &str)], table: &str) -> bool {
    list.iter().any(|(name, reason)| *name == table && reason.len() >= 5)
}

#[test]
fn every_table_is_followed_or_says_why_not() {
    let shop = Shop::open();
    let unfollowed = shop.first(TABLES);
    let silent: Vec<&str> = unfollowed.split(' ').filter(|table| !is_in(OWN_RECORD, table) && !is_in(NOT_OF_STAFF, table)).collect();
    assert!(silent.is_empty(), "follow these by audit_follow, or say here what records them: {silent:?}");
    let listed = OWN_RECORD.iter().chain(NOT_OF_STAFF).map(|(name, _)| *name);
    let stale: Vec<&str> = listed.filter(|name| !unfollowed.split(' ').any(|table| table == *name)).collect();
    assert!(stale.is_empty(), "these are followed, or gone: {stale:?}");
}
