//! How the record is read: what differs, who may see which values, and the file for a spreadsheet.

use serde_json::{Map, Value};

use super::model::{Difference, Entry};
use crate::base::{AccountId, Permission, Result, Rights, cell};

/// Characters of a value that a page shows.
const SHOWN: usize = 300;

impl Entry {
    /// The columns that differ, by name.
    pub fn differences(&self) -> Vec<Difference> {
        let none = Map::new();
        let of = |value: &Option<Value>| value.as_ref().and_then(Value::as_object).cloned();
        let (before, after) = (of(&self.before), of(&self.after));
        let mut columns: Vec<&String> = before.as_ref().unwrap_or(&none).keys().collect();
        columns.extend(after.as_ref().unwrap_or(&none).keys());
        columns.sort();
        columns.dedup();
        let value = |row: &Option<Map<String, Value>>, column: &str| row.as_ref().map(|row| words(row.get(column)));
        let difference =
            |column: &String| Difference { column: column.replace('_', " "), before: value(&before, column), after: value(&after, column) };
        columns.into_iter().map(difference).collect()
    }

    /// Whether somebody who holds these rights may read the values. That something was changed, and by whom, everybody with the
    /// record before them may.
    pub fn is_open_to(&self, rights: Rights) -> bool {
        room_of(&self.subject).is_none_or(|permission| rights.may(permission))
    }

    /// What the door did: added, changed or taken away.
    pub fn verb(&self) -> &'static str {
        match (&self.before, &self.after) {
            (None, Some(_)) => "added",
            (Some(_), None) => "deleted",
            _ => "changed",
        }
    }

    /// The table in words.
    pub fn subject_words(&self) -> String {
        self.subject.replace('_', " ")
    }

    /// The page of the changed thing, where it has one under its number.
    pub fn thing(&self) -> Option<String> {
        let page = match self.subject.as_str() {
            "products" | "categories" | "brands" | "collections" | "promotions" | "media" | "pages" | "roles" => self.subject.as_str(),
            "price_lists" => "price-lists",
            "customer_groups" => "customer-groups",
            "identity_providers" => "identity-providers",
            _ => return None,
        };
        let edit = !matches!(self.subject.as_str(), "products" | "promotions" | "price_lists" | "media");
        self.after.as_ref()?;
        Some(format!("/admin/{page}/{}{}", self.about, if edit { "/edit" } else { "" }))
    }
}

/// A value as people read it.
fn words(value: Option<&Value>) -> String {
    let text = match value {
        None | Some(Value::Null) => "nothing".to_owned(),
        Some(Value::String(text)) if text.is_empty() => "empty".to_owned(),
        Some(Value::String(text)) => text.clone(),
        Some(Value::Bool(is)) => if *is { "yes" } else { "no" }.to_owned(),
        Some(Value::Array(items)) => items.iter().map(|item| words(Some(item))).collect::<Vec<_>>().join(", "),
        Some(other) => other.to_string(),
    };
    if text.chars().count() > SHOWN { text.chars().take(SHOWN).chain("…".chars()).collect() } else { text }
}

/// The permission without which a table's values are not shown.
fn room_of(subject: &str) -> Option<Permission> {
    let begins = |with: &str| subject.starts_with(with);
    Some(match subject {
        "" => return None,
        "gateway_settings" => Permission::PaymentsSettings,
        "accounts" | "customer_groups" | "customer_tags" | "account_tags" | "customer_notes" => Permission::CustomersSee,
        "roles" | "invitations" | "second_factors" | "identities" | "sign_in_rules" => Permission::StaffSee,
        "locations" | "stock" => Permission::StockSee,
        "media" | "pages" | "redirects" => Permission::ContentSee,
        "credits" => Permission::CreditSee,
        "reviews" => Permission::ReviewsSee,
        "coupons" => Permission::PromotionsSee,
        "downloads" | "orders" | "order_addresses" | "refunds" | "returns" | "shipments" => Permission::OrdersSee,
        _ if begins("price") || begins("exchange_rates") => Permission::PricesSee,
        _ if begins("promotion") => Permission::PromotionsSee,
        _ if begins("search_") => Permission::ContentSee,
        _ if begins("tax_") || begins("shipping_") || begins("store") || begins("retention") || begins("identity") => {
            Permission::SettingsSee
        }
        _ => Permission::CatalogSee,
    })
}

/// The file's first line.
///
/// # Errors
/// It can't be written.
pub fn csv_head() -> Result<Vec<u8>> {
    let head = [
        "Number",
        "When (UTC)",
        "Kind",
        "Who",
        "Account",
        "For account",
        "From",
        "Request",
        "Door",
        "Path",
        "What",
        "Key",
        "Before",
        "After",
    ];
    csv_lines([head.map(str::to_owned).to_vec()])
}

/// The lines of these entries, for a reader with these rights.
///
/// # Errors
/// They can't be written.
pub fn csv_rows(entries: &[Entry], rights: Rights) -> Result<Vec<u8>> {
    csv_lines(entries.iter().map(|entry| line(entry, rights)))
}

fn line(entry: &Entry, rights: Rights) -> Vec<String> {
    let number = |id: Option<AccountId>| id.map(|id| id.to_string()).unwrap_or_default();
    let json = |value: &Option<Value>| match value {
        Some(_) if !entry.is_open_to(rights) => "not shown to your role".to_owned(),
        Some(value) => value.to_string(),
        None => String::new(),
    };
    vec![
        entry.id.to_string(),
        entry.at.format("%Y-%m-%d %H:%M:%S").to_string(),
        entry.kind.to_string(),
        cell(&entry.actor),
        number(entry.actor_id),
        number(entry.acting_for),
        entry.address.clone(),
        entry.request_id.clone(),
        cell(&entry.door),
        cell(&entry.path),
        entry.subject.clone(),
        cell(&entry.about),
        cell(&json(&entry.before)),
        cell(&json(&entry.after)),
    ]
}

fn csv_lines(lines: impl IntoIterator<Item = Vec<String>>) -> Result<Vec<u8>> {
    let mut file = csv::Writer::from_writer(vec![]);
    for line in lines {
        file.write_record(line).map_err(anyhow::Error::new)?;
    }
    Ok(file.into_inner().map_err(|error| anyhow::Error::new(error.into_error()))?)
}

#[cfg(test)]
mod tests {
    use chrono::Utc;
    use serde_json::json;

    use super::*;
    use crate::audit::model::Kind;

    fn entry(subject: &str, before: Option<Value>, after: Option<Value>) -> Entry {
        Entry {
            id: 1,
            at: Utc::now(),
            kind: Kind::Change,
            actor_id: None,
            actor: "=HYPERLINK(1)".into(),
            acting_for: None,
            address: String::new(),
            request_id: String::new(),
            door: String::new(),
            path: String::new(),
            subject: subject.into(),
            about: "7".into(),
            before,
            after,
        }
    }

    #[test]
    fn what_differs_is_told_column_by_column() {
        let told = entry("roles", Some(json!({"name": "Till", "standard": false})), Some(json!({"name": "Shop", "standard": null})));
        let told = told.differences();
        assert_eq!(told[0], Difference { column: "name".into(), before: Some("Till".into()), after: Some("Shop".into()) });
        assert_eq!((told[1].before.as_deref(), told[1].after.as_deref()), (Some("no"), Some("nothing")));
    }

    #[test]
    fn a_new_row_has_nothing_before() {
        let told = entry("brands", None, Some(json!({"name": "Sorby"})));
        assert_eq!((told.differences()[0].before.clone(), told.verb()), (None, "added"));
    }

    #[test]
    fn values_are_read_by_who_may_see_their_room() {
        let key = entry("gateway_settings", Some(json!({"mode": "test"})), Some(json!({"mode": "live"})));
        assert!(!key.is_open_to(Rights::standard()) && key.is_open_to(Rights::all()));
        let file = String::from_utf8(csv_rows(&[key], Rights::standard()).unwrap()).unwrap();
        assert!(!file.contains("live") && file.contains("not shown"), "{file}");
    }

    #[test]
    fn a_name_is_no_formula_in_the_file() {
        let file = String::from_utf8(csv_rows(&[entry("brands", None, None)], Rights::all()).unwrap()).unwrap();
        assert!(file.contains("'=HYPERLINK"), "{file}");
    }
}
