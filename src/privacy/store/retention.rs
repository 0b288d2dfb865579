//! What the shop forgets by itself, and after how many days.
//!
//! In each statement `$1` is the number of days. Each takes a few thousand rows at most, and is repeated until it finds none.

use diesel::{
    prelude::*,
    sql_query,
    sql_types::{BigInt, Integer, Text},
};

use super::super::model::Rule;
use crate::{
    base::{Conn, Error, Result},
    schema::retention_rules,
};

struct Kept {
    kind: &'static str,
    title: &'static str,
    fate: &'static str,
    days: i32,
    statements: &'static [&'static str],
}

/// Orders that ended so many days ago and still name somebody. Money, goods and country stay for the books.
macro_rules! old_orders {
    ($before:literal) => {
        concat!(
            $before,
            "(SELECT id FROM orders WHERE lifecycle <> 'placed' AND placed_at < now() - make_interval(days => $1)
              AND email NOT LIKE 'erased-%@erased.invalid' ORDER BY placed_at LIMIT 500)"
        )
    };
}

const KEPT: &[Kept] = &[
    Kept {
        kind: "mails",
        title: "Mails that were sent",
        fate: "are deleted",
        days: 180,
        statements: &["DELETE FROM mails WHERE id IN (SELECT id FROM mails WHERE sent_at < now() - make_interval(days => $1) LIMIT 2000)"],
    },
    Kept {
        kind: "carts",
        title: "Carts of guests that nobody came back to",
        fate: "are deleted, with what was answered at the checkout",
        days: 60,
        statements: &[
            "DELETE FROM carts WHERE id IN (SELECT id FROM carts WHERE account_id IS NULL AND made_by IS NULL AND ordered_at IS NULL
                         AND updated_at < now() - make_interval(days => $1) LIMIT 2000)",
        ],
    },
    Kept {
        kind: "checkouts",
        title: "Answers at the checkout, once they stand in an order",
        fate: "are deleted",
        days: 60,
        statements: &["DELETE FROM checkouts WHERE cart_id IN (SELECT k.cart_id FROM checkouts k JOIN carts c ON c.id = k.cart_id
                         WHERE c.ordered_at < now() - make_interval(days => $1) LIMIT 2000)"],
    },
    Kept {
        kind: "orders",
        title: "Names, addresses and telephone numbers of finished orders",
        fate: "are emptied; sums, goods and invoices stay",
        days: 3650,
        statements: &[
            old_orders!(
                "UPDATE order_addresses SET name = 'Erased', company = '', line1 = '', line2 = '', city = '', postcode = '' WHERE order_id IN "
            ),
            old_orders!("UPDATE returns SET customer_note = '', staff_note = '' WHERE order_id IN "),
            old_orders!("UPDATE order_events SET detail = '' WHERE kind IN ('note', 'edited', 'vat_number') AND order_id IN "),
            // Last: by the address the others find what is left to do.
            old_orders!("UPDATE orders SET email = 'erased-' || id || '@erased.invalid', phone = '', vat_number = '' WHERE id IN "),
        ],
    },
    Kept {
        kind: "sign_ins",
        title: "Sign-ins that are over, with their device and network address",
        fate: "are deleted",
        days: 30,
        // No sign-in holds for longer, also where nothing ended it.
        statements: &["DELETE FROM sign_ins WHERE id IN (SELECT id FROM sign_ins WHERE LEAST(ended_at, started_at + interval '30 days')
                         < now() - make_interval(days => $1) LIMIT 2000)"],
    },
    Kept {
        kind: "devices",
        title: "Browsers that we know again by a mark, and that did not come back",
        fate: "are forgotten",
        days: 365,
        statements: &["DELETE FROM known_devices WHERE (account_id, device_hash) IN (SELECT account_id, device_hash FROM known_devices
                         WHERE seen_at < now() - make_interval(days => $1) LIMIT 2000)"],
    },
    Kept {
        kind: "links",
        title: "Mailed links and invitations that were used or are too old",
        fate: "are deleted",
        days: 7,
        statements: &[
            "DELETE FROM account_links WHERE id IN (SELECT id FROM account_links
                         WHERE LEAST(used_at, expires_at) < now() - make_interval(days => $1) LIMIT 2000)",
            "DELETE FROM invitations WHERE id IN (SELECT id FROM invitations
                         WHERE LEAST(used_at, expires_at) < now() - make_interval(days => $1) LIMIT 2000)",
        ],
    },
    Kept {
        kind: "record",
        title: "Addresses from which staff worked, in the record of what they did",
        fate: "are emptied; the record stays",
        days: 180,
        // The database lets nobody take an address out of a younger entry.
        statements: &["UPDATE audit_entries SET address = NULL WHERE id IN (SELECT id FROM audit_entries WHERE address IS NOT NULL
                         AND at < now() - make_interval(days => GREATEST($1, 181)) ORDER BY at LIMIT 2000)"],
    },
];

/// Days for which copies can be fetched stand among the rules as well.
pub const EXPORTS: &str = "exports";
const EXPORTS_TITLE: &str = "Copies that customers asked for";

/// All rules, as they are in force.
pub fn rules(conn: &mut Conn) -> Result<Vec<Rule>> {
    let stored: Vec<(String, i32, Option<chrono::DateTime<chrono::Utc>>, i64)> = retention_rules::table
        .select((retention_rules::kind, retention_rules::days, retention_rules::ran_at, retention_rules::removed))
        .load(conn)?;
    let known = KEPT.iter().map(|kept| (kept.kind, kept.title, kept.fate, kept.days));
    let known = known.chain([(EXPORTS, EXPORTS_TITLE, "are deleted", super::super::model::EXPORT_DAYS)]);
    let rule = |(kind, title, fate, days): (&'static str, &'static str, &'static str, i32)| {
        let found = stored.iter().find(|stored| stored.0 == kind);
        let (days, ran_at, removed) = found.map_or((days, None, 0), |(_, days, ran_at, removed)| (*days, *ran_at, *removed));
        Rule { kind, title, fate, days, ran_at, removed }
    };
    Ok(known.map(rule).collect())
}

/// Days of one rule.
pub fn days_of(conn: &mut Conn, kind: &str) -> Result<i32> {
    let found = rules(conn)?.into_iter().find(|rule| rule.kind == kind);
    found.map(|rule| rule.days).ok_or(Error::NotFound)
}

pub fn set_days(conn: &mut Conn, kind: &str, days: i32) -> Result<()> {
    diesel::insert_into(retention_rules::table)
        .values((retention_rules::kind.eq(kind), retention_rules::days.eq(days)))
        .on_conflict(retention_rules::kind)
        .do_update()
        .set(retention_rules::days.eq(days))
        .execute(conn)?;
    Ok(())
}

/// One portion of each rule; gives the rows that went, by which one knows whether there is more.
pub fn apply(conn: &mut Conn) -> Result<usize> {
    let days: Vec<_> = rules(conn)?.into_iter().map(|rule| (rule.kind, rule.days)).collect();
    let mut all = 0;
    for kept in KEPT {
        let days = days.iter().find(|(kind, _)| *kind == kept.kind).map_or(kept.days, |(_, days)| *days);
        let mut removed = 0;
        for statement in kept.statements {
            removed += sql_query(*statement).bind::<Integer, _>(days).execute(conn)?;
        }
        note(conn, kept.kind, days, removed)?;
        all += removed;
    }
    let exports = super::sweep_exports(conn)?;
    note(conn, EXPORTS, days.iter().find(|(kind, _)| *kind == EXPORTS).map_or(1, |(_, days)| *days), exports)?;
    Ok(all + exports)
}

fn note(conn: &mut Conn, kind: &str, days: i32, removed: usize) -> Result<()> {
    sql_query(
        "INSERT INTO retention_rules (kind, days, ran_at, removed) VALUES ($1, $2, now(), $3)
         ON CONFLICT (kind) DO UPDATE SET ran_at = now(), removed = retention_rules.removed + $3",
    )
    .bind::<Text, _>(kind)
    .bind::<Integer, _>(days)
    .bind::<BigInt, _>(removed as i64)
    .execute(conn)?;
    Ok(())
}
