//! The register of what the database holds of people.
//!
//! In each statement `$1` is the account's id, or NULL for who has none, and `$2` the e-mail address in lower case.

use diesel::{
    QueryableByName, RunQueryDsl, sql_query,
    sql_types::{BigInt, Jsonb, Nullable, Text},
};

use super::super::model::{Person, Section};
use crate::base::{AccountId, Conn, Result};

/// What becomes of a person's rows when they are erased.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// The rows go.
    Deleted(&'static str),
    /// The rows stay for the sake of others (totals, stock, uses) and speak of nobody any more.
    Emptied(&'static str),
    /// They go with the rows of another table.
    With(&'static str),
    /// They stay as they are, and why.
    Kept(&'static str),
}

/// One table that speaks of people.
#[derive(Clone, Copy, Debug)]
pub struct Holding {
    pub table: &'static str,
    pub title: &'static str,
    /// A row of JSON in the column `known` for each of theirs; empty: told with another table's.
    pub known: &'static str,
    pub fate: Fate,
}

/// Orders placed while signed in, and those of a guest with this address that no account has taken over.
macro_rules! theirs {
    ($before:literal, $after:literal) => {
        concat!($before, "(SELECT o.id FROM orders o WHERE o.account_id = $1 OR (o.account_id IS NULL AND lower(o.email) = $2))", $after)
    };
}

/// In the order in which they are erased: what is found by way of another row comes before that row.
pub const HOLDINGS: &[Holding] = &[
    Holding {
        table: "mails",
        title: "Mails that we sent",
        known: "SELECT to_jsonb(t) AS known FROM (SELECT created_at, sent_at, subject, recipient, CASE WHEN private THEN '' ELSE body_text END AS text FROM mails
                WHERE lower(recipient) = $2 ORDER BY created_at DESC LIMIT 2000) t",
        fate: Fate::Deleted("DELETE FROM mails WHERE lower(recipient) = $2"),
    },
    Holding {
        table: "carts",
        title: "Carts",
        known: "SELECT to_jsonb(t) AS known FROM (SELECT c.created_at, c.updated_at, c.currency, c.coupons,
                    (SELECT jsonb_agg(jsonb_build_object('sku', v.sku, 'quantity', l.quantity)) FROM cart_lines l JOIN variants v ON v.id = l.variant_id WHERE l.cart_id = c.id) AS things
                FROM carts c WHERE c.ordered_at IS NULL AND (c.account_id = $1 OR c.id IN (SELECT cart_id FROM checkouts WHERE lower(email) = $2)) LIMIT 100) t",
        fate: Fate::Deleted(
            "DELETE FROM carts c WHERE c.ordered_at IS NULL AND (c.account_id = $1 OR c.id IN (SELECT cart_id FROM checkouts WHERE lower(email) = $2))",
        ),
    },
    Holding {
        table: "checkouts",
        title: "What was answered at the checkout",
        known: "SELECT to_jsonb(t) AS known FROM (SELECT k.email, k.phone, k.delivery_address, k.billing_address, k.vat_number, k.vat_standing, k.note, k.reminder_consent, k.updated_at
                FROM checkouts k JOIN carts c ON c.id = k.cart_id WHERE c.account_id = $1 OR lower(k.email) = $2 LIMIT 1000) t",
        fate: Fate::Deleted("DELETE FROM checkouts k USING carts c WHERE c.id = k.cart_id AND (c.account_id = $1 OR lower(k.email) = $2)"),
    },
    Holding {
        table: "order_addresses",
        title: "Addresses of orders",
        known: theirs!(
            "SELECT to_jsonb(t) AS known FROM (SELECT o.number AS order, a.kind, a.name, a.company, a.line1, a.line2, a.city, a.region, a.postcode, a.country
                FROM order_addresses a JOIN orders o ON o.id = a.order_id WHERE o.id IN ",
            " ORDER BY o.placed_at DESC) t"
        ),
        fate: Fate::Emptied(theirs!(
            "UPDATE order_addresses SET name = 'Erased', company = '', line1 = '', line2 = '', city = '', postcode = '' WHERE order_id IN ",
            ""
        )),
    },
    Holding {
        table: "order_events",
        title: "What happened to orders",
        known: theirs!(
            "SELECT to_jsonb(t) AS known FROM (SELECT o.number AS order, e.created_at, e.kind, CASE WHEN e.kind = 'note' THEN '' ELSE e.detail END AS detail
                FROM order_events e JOIN orders o ON o.id = e.order_id WHERE o.id IN ",
            " ORDER BY e.id DESC LIMIT 5000) t"
        ),
        // Notes and edits hold what was typed, and one a VAT number; the rest is numbers and states.
        fate: Fate::Emptied(theirs!(
            "UPDATE order_events SET detail = '' WHERE detail <> '' AND (kind IN ('note', 'edited', 'vat_number') OR position($2 in lower(detail)) > 0) AND order_id IN ",
            ""
        )),
    },
    Holding {
        table: "returns",
        title: "Returns",
        known: theirs!(
            "SELECT to_jsonb(t) AS known FROM (SELECT r.number, o.number AS order, r.created_at, r.state, r.wish, r.customer_note
                FROM returns r JOIN orders o ON o.id = r.order_id WHERE o.id IN ",
            " ORDER BY r.id DESC) t"
        ),
        fate: Fate::Emptied(theirs!("UPDATE returns SET customer_note = '', staff_note = '' WHERE order_id IN ", "")),
    },
    Holding {
        table: "shipments",
        title: "Parcels",
        known: theirs!(
            "SELECT to_jsonb(t) AS known FROM (SELECT o.number AS order, s.carrier, s.tracking_number, s.tracking_url, s.shipped_at, s.delivered_at
                FROM shipments s JOIN orders o ON o.id = s.order_id WHERE o.id IN ",
            " ORDER BY s.id DESC) t"
        ),
        fate: Fate::Emptied(theirs!("UPDATE shipments SET tracking_number = '', tracking_url = '' WHERE order_id IN ", "")),
    },
    Holding {
        table: "credit_sendings",
        title: "Gift cards sent on",
        known: "",
        fate: Fate::Emptied(theirs!(
            "UPDATE credit_sendings SET recipient_email = '' WHERE lower(recipient_email) = $2 OR credit_id IN (SELECT id FROM credits WHERE order_id IN ",
            ")"
        )),
    },
    Holding {
        table: "credits",
        title: "Gift cards and store credit",
        known: theirs!(
            "SELECT to_jsonb(t) AS known FROM (SELECT kind, currency, issued, balance, code_last4, recipient_name, recipient_email, message, created_at, expires_at
                FROM credits WHERE account_id = $1 OR lower(recipient_email) = $2 OR order_id IN ",
            " ORDER BY id DESC) t"
        ),
        fate: Fate::Emptied(theirs!(
            "UPDATE credits SET recipient_email = '', recipient_name = '', message = '' WHERE account_id = $1 OR lower(recipient_email) = $2 OR order_id IN ",
            ""
        )),
    },
    Holding {
        table: "promotion_uses",
        title: "Promotions used",
        known: "SELECT to_jsonb(t) AS known FROM (SELECT p.name AS promotion, u.email, u.taken_at FROM promotion_uses u JOIN promotions p ON p.id = u.promotion_id
                WHERE u.account_id = $1 OR lower(u.email) = $2 ORDER BY u.id DESC) t",
        fate: Fate::Emptied("UPDATE promotion_uses SET email = 'erased-' || id || '@erased.invalid' WHERE account_id = $1 OR lower(email) = $2"),
    },
    Holding {
        table: "invoices",
        title: "Invoices and credit notes",
        known: theirs!(
            "SELECT to_jsonb(t) AS known FROM (SELECT formatted AS number, kind, issued_at, currency, total, tax_total, buyer FROM invoices WHERE order_id IN ",
            " ORDER BY id DESC) t"
        ),
        fate: Fate::Kept("The law wants invoices kept as they were given: six years in the United Kingdom (VAT Notice 700/21), eight in Germany (UStG § 14b)"),
    },
    Holding {
        table: "invitations",
        title: "Invitations to the staff",
        known: "SELECT to_jsonb(t) AS known FROM (SELECT email, role, created_at, used_at FROM invitations WHERE lower(email) = $2) t",
        fate: Fate::Deleted("DELETE FROM invitations WHERE lower(email) = $2"),
    },
    Holding {
        table: "wishlist_items",
        title: "Things on lists",
        known: "SELECT to_jsonb(t) AS known FROM (SELECT w.name AS list, p.title, i.note, i.added_at FROM wishlist_items i
                JOIN wishlists w ON w.id = i.wishlist_id JOIN products p ON p.id = i.product_id WHERE w.account_id = $1 ORDER BY i.id DESC LIMIT 5000) t",
        fate: Fate::With("wishlists"),
    },
    Holding {
        table: "wishlists",
        title: "Lists",
        known: "SELECT to_jsonb(t) AS known FROM (SELECT name, created_at, shared_at FROM wishlists WHERE account_id = $1 ORDER BY id) t",
        fate: Fate::Deleted("DELETE FROM wishlists WHERE account_id = $1"),
    },
    Holding {
        table: "reviews",
        title: "Reviews",
        known: "SELECT to_jsonb(t) AS known FROM (SELECT p.title AS product, r.name, r.stars, r.title, r.body, r.state, r.reason, r.reply, r.created_at FROM reviews r
                JOIN products p ON p.id = r.product_id WHERE r.account_id = $1 ORDER BY r.id DESC) t",
        fate: Fate::Deleted("DELETE FROM reviews WHERE account_id = $1"),
    },
    Holding {
        table: "customer_notes",
        title: "Notes of the staff",
        known: "SELECT to_jsonb(t) AS known FROM (SELECT created_at, body FROM customer_notes WHERE account_id = $1 ORDER BY id DESC) t",
        fate: Fate::Deleted("DELETE FROM customer_notes WHERE account_id = $1"),
    },
    Holding {
        table: "account_tags",
        title: "Tags",
        known: "SELECT to_jsonb(t) AS known FROM (SELECT c.name AS tag FROM account_tags a JOIN customer_tags c ON c.id = a.tag_id WHERE a.account_id = $1 ORDER BY 1) t",
        fate: Fate::Deleted("DELETE FROM account_tags WHERE account_id = $1"),
    },
    Holding {
        table: "sign_ins",
        title: "Where you are and were signed in",
        known: "SELECT to_jsonb(t) AS known FROM (SELECT device, address, way, started_at, seen_at, ended_at FROM sign_ins WHERE account_id = $1 ORDER BY started_at DESC LIMIT 2000) t",
        fate: Fate::Deleted("DELETE FROM sign_ins WHERE account_id = $1"),
    },
    Holding {
        table: "known_devices",
        title: "Devices that we know",
        known: "SELECT to_jsonb(t) AS known FROM (SELECT seen_at FROM known_devices WHERE account_id = $1 ORDER BY 1 DESC) t",
        fate: Fate::Deleted("DELETE FROM known_devices WHERE account_id = $1"),
    },
    Holding {
        table: "second_factors",
        title: "Codes from an app",
        known: "SELECT to_jsonb(t) AS known FROM (SELECT created_at, confirmed_at FROM second_factors WHERE account_id = $1) t",
        fate: Fate::Deleted("DELETE FROM second_factors WHERE account_id = $1"),
    },
    Holding {
        table: "recovery_codes",
        title: "Recovery codes",
        known: "",
        fate: Fate::Deleted("DELETE FROM recovery_codes WHERE account_id = $1"),
    },
    Holding {
        table: "identities",
        title: "Providers by which you sign in",
        known: "SELECT to_jsonb(t) AS known FROM (SELECT p.name AS provider, p.issuer, i.subject, i.known_as, i.linked_at, i.used_at FROM identities i
                JOIN identity_providers p ON p.id = i.provider_id WHERE i.account_id = $1 ORDER BY i.id) t",
        fate: Fate::Deleted("DELETE FROM identities WHERE account_id = $1"),
    },
    Holding {
        table: "account_links",
        title: "Links that we mailed",
        known: "SELECT to_jsonb(t) AS known FROM (SELECT kind, email, name, created_at, used_at FROM account_links WHERE account_id = $1 OR lower(email) = $2 ORDER BY id DESC LIMIT 2000) t",
        fate: Fate::Deleted("DELETE FROM account_links WHERE account_id = $1 OR lower(email) = $2"),
    },
    Holding {
        table: "acting_for",
        title: "When staff acted for you",
        known: "SELECT to_jsonb(t) AS known FROM (SELECT began_at, ended_at, reason FROM acting_for WHERE customer_id = $1 ORDER BY began_at DESC) t",
        fate: Fate::Deleted("DELETE FROM acting_for WHERE customer_id = $1"),
    },
    Holding {
        table: "audit_entries",
        title: "What staff did about your account",
        known: "",
        fate: Fate::Kept("The record of what staff did can't be altered, so that nobody covers anything up"),
    },
    Holding {
        table: "privacy_exports",
        title: "Copies like this one",
        known: "SELECT to_jsonb(t) AS known FROM (SELECT asked_at, made_at, expires_at FROM privacy_exports WHERE account_id = $1 ORDER BY asked_at DESC) t",
        fate: Fate::Deleted("DELETE FROM privacy_exports WHERE account_id = $1"),
    },
    Holding {
        table: "addresses",
        title: "Your addresses",
        known: "SELECT to_jsonb(t) AS known FROM (SELECT address, phone, delivery_default, billing_default, created_at FROM addresses WHERE account_id = $1 ORDER BY id) t",
        fate: Fate::Deleted("DELETE FROM addresses WHERE account_id = $1"),
    },
    Holding {
        table: "alerts",
        title: "Things that you wait for",
        known: "SELECT to_jsonb(t) AS known FROM (SELECT p.title, v.sku, a.kind, a.below, a.currency, a.asked_at, a.told_at
                FROM alerts a JOIN variants v ON v.id = a.variant_id JOIN products p ON p.id = v.product_id WHERE a.account_id = $1 ORDER BY a.id) t",
        fate: Fate::Deleted("DELETE FROM alerts WHERE account_id = $1"),
    },
    Holding {
        table: "subscribers",
        title: "The newsletter",
        known: "SELECT to_jsonb(t) AS known FROM (SELECT email, state, source, asked_at, confirmed_at, ended_at FROM subscribers WHERE email = $2) t",
        fate: Fate::Deleted("DELETE FROM subscribers WHERE email = $2"),
    },
    Holding {
        table: "consents",
        title: "What you agreed to",
        known: "SELECT to_jsonb(t) AS known FROM (SELECT person, purpose, given, wording, source, host(address) AS address, at FROM consents
                WHERE person = $2 OR account_id = $1 ORDER BY id) t",
        // That somebody agreed stays on record, and not who.
        fate: Fate::Emptied("UPDATE consents SET person = 'erased', account_id = NULL, address = NULL WHERE person = $2 OR account_id = $1"),
    },
    Holding {
        table: "orders",
        title: "Orders",
        known: theirs!(
            "SELECT to_jsonb(t) AS known FROM (SELECT number, placed_at, email, phone, vat_number, currency, total, tax_total, lifecycle, payment_state, fulfilment_state, delivery_method,
                    (SELECT jsonb_agg(jsonb_build_object('title', l.title, 'sku', l.sku, 'quantity', l.quantity, 'total', l.total) ORDER BY l.position) FROM order_lines l WHERE l.order_id = orders.id) AS lines
                FROM orders WHERE id IN ",
            " ORDER BY placed_at DESC) t"
        ),
        // A new token, so that links in old mails open nothing any more.
        fate: Fate::Emptied(theirs!(
            "UPDATE orders SET email = 'erased-' || id || '@erased.invalid', phone = '', vat_number = '', token = replace(gen_random_uuid()::text, '-', '') WHERE id IN ",
            ""
        )),
    },
    Holding {
        table: "accounts",
        title: "Your account",
        known: "SELECT to_jsonb(t) AS known FROM (SELECT email, name, phone, confirmed_at, created_at, signed_in_at, tax_exemption, offers_agreed_at,
                    (SELECT g.name FROM customer_groups g WHERE g.id = accounts.group_id) AS customer_group FROM accounts WHERE id = $1) t",
        fate: Fate::Emptied(
            "UPDATE accounts SET email = 'erased-' || id || '@erased.invalid', name = 'Erased', phone = '', confirmed_at = NULL, has_password = false, group_id = NULL, tax_exemption = '',
                offers_agreed_at = NULL, signed_in_at = NULL, blocked_at = NULL, blocked_reason = '', generation = generation + 1, disabled_at = COALESCE(disabled_at, now()) WHERE id = $1",
        ),
    },
];

/// Tables with a column of such a name that speak of no customer, and why.
pub const EXCUSED: &[(&str, &str)] = &[
    ("erasures", "emptied of the address when it is done"),
    ("coupon_tries", "hashes and addresses of guessers, forgotten after ten minutes"),
    ("credit_tries", "hashes and addresses of guessers, forgotten after ten minutes"),
    ("exchange_runs", "who of the staff brought a file; the file itself is deleted after its days"),
    ("bulk_edits", "who of the staff did it"),
    ("product_revisions", "who of the staff did it"),
    ("store", "the merchant's own"),
    ("locations", "the merchant's own"),
    ("shipping_methods", "where the merchant's goods are picked up"),
    ("receipts", "who delivered goods to the merchant"),
    ("tax_settings", "the merchant's own number"),
];

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = Jsonb)]
    known: serde_json::Value,
}

/// All that each table of the register knows of the person; tables that know nothing are left out.
pub fn known_of(conn: &mut Conn, person: &Person) -> Result<Vec<Section>> {
    let mut sections = vec![];
    for holding in HOLDINGS.iter().rev().filter(|holding| !holding.known.is_empty()) {
        let rows = sql_query(holding.known)
            .bind::<Nullable<BigInt>, _>(person.account.map(|AccountId(id)| id))
            .bind::<Text, _>(&person.email)
            .load::<Row>(conn)?;
        let kept_because = if let Fate::Kept(reason) = holding.fate { reason } else { "" };
        if !rows.is_empty() {
            let rows = rows.into_iter().map(|row| row.known).collect();
            sections.push(Section { title: holding.title, table: holding.table, kept_because, rows });
        }
    }
    Ok(sections)
}

/// Erases the person, table by table; gives the rows that were deleted or emptied in each.
pub fn erase(conn: &mut Conn, person: &Person) -> Result<Vec<(&'static str, usize)>> {
    let mut done = vec![];
    for holding in HOLDINGS {
        let (Fate::Deleted(statement) | Fate::Emptied(statement)) = holding.fate else { continue };
        let rows = sql_query(statement)
            .bind::<Nullable<BigInt>, _>(person.account.map(|AccountId(id)| id))
            .bind::<Text, _>(&person.email)
            .execute(conn)?;
        if rows > 0 {
            done.push((holding.table, rows));
        }
    }
    Ok(done)
}
