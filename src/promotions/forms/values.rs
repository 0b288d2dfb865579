//! Values that several of these forms have.

use chrono::{DateTime, NaiveDateTime, Utc};
use rust_decimal::Decimal;

use crate::{
    base::{CategoryId, Currency, Money},
    promotions::model::{Chosen, Target},
};

/// A moment as browsers' fields send it, in UTC; `None` when empty.
pub fn moment(text: &str) -> Result<Option<DateTime<Utc>>, &'static str> {
    let text = text.trim().replace(' ', "T");
    if text.is_empty() {
        return Ok(None);
    }
    let with_time = if text.contains('T') { text } else { format!("{text}T00:00") };
    let read = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"].iter().find_map(|shape| NaiveDateTime::parse_from_str(&with_time, shape).ok());
    let sensible = read.filter(|at| (2000..2200).contains(&chrono::Datelike::year(at)));
    sensible.map(|at| Some(at.and_utc())).ok_or("Enter a day and a time such as 2026-12-01 09:00")
}

/// The moment for the field.
pub fn moment_text(at: Option<DateTime<Utc>>) -> String {
    at.map(|at| at.format("%Y-%m-%dT%H:%M").to_string()).unwrap_or_default()
}

/// Percent above 0, up to 100, with four digits behind the point at most.
pub fn percent(text: &str) -> Result<Decimal, &'static str> {
    let read = text.trim().trim_end_matches('%').trim().parse::<Decimal>().ok();
    let fits = |percent: &Decimal| *percent > Decimal::ZERO && *percent <= Decimal::ONE_HUNDRED && percent.normalize().scale() <= 4;
    read.filter(fits).ok_or("Enter a percentage above 0 and up to 100, such as 10 or 12.5")
}

/// An amount above nothing.
pub fn amount(text: &str, currency: Currency) -> Result<i64, String> {
    let minor = Money::parse(text, currency)?.minor;
    if (1..=100_000_000_000).contains(&minor) { Ok(minor) } else { Err("Enter an amount above 0".to_owned()) }
}

/// The same, or none when empty.
pub fn amount_or_none(text: &str, currency: Currency) -> Result<Option<i64>, String> {
    if text.trim().is_empty() { Ok(None) } else { amount(text, currency).map(Some) }
}

pub fn number(text: &str, range: std::ops::RangeInclusive<i32>) -> Result<Option<i32>, String> {
    if text.trim().is_empty() { Ok(None) } else { crate::base::typed::whole(text, range).map(Some) }
}

/// What the three fields choose, in short.
pub fn chosen_words(choice: &str, categories: &[i64], products: &str) -> String {
    if choice != "these" {
        return "everything".to_owned();
    }
    let categories = if categories.is_empty() { String::new() } else { format!("{} categories ({categories:?})", categories.len()) };
    let products = products.lines().map(str::trim).filter(|name| !name.is_empty()).collect::<Vec<_>>().join(", ");
    [categories, products].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" and ")
}

/// The goods that a form's three fields choose.
pub fn chosen(choice: &str, categories: &[i64], products: &str) -> Result<Chosen, &'static str> {
    if choice != "these" {
        return Ok(Chosen { all: true, ..Chosen::default() });
    }
    let categories: Vec<_> = categories.iter().take(200).map(|id| CategoryId(*id)).collect();
    let products: Vec<String> = products.lines().map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned).collect();
    if products.len() > 500 {
        return Err("Name 500 products at most; a category may serve better");
    }
    if categories.is_empty() && products.is_empty() {
        Err("Choose a category or name a product")
    } else {
        Ok(Chosen { all: false, categories, products })
    }
}

/// The same three fields for goods that are stored: choice, categories, products.
pub fn chosen_text<'a>(all: bool, targets: impl Iterator<Item = &'a Target>) -> (String, Vec<i64>, String) {
    let (mut categories, mut products) = (vec![], vec![]);
    for target in targets {
        categories.extend(target.category_id.map(|id| id.0));
        products.extend(target.product_id.map(|_| target.slug.clone()));
    }
    (if all { "all" } else { "these" }.to_owned(), categories, products.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_read_as_browsers_and_people_write_them() {
        let at = |text: &str| moment(text).unwrap().map(|at| at.to_rfc3339());
        assert_eq!(at("2026-12-01T09:00").as_deref(), Some("2026-12-01T09:00:00+00:00"));
        assert_eq!(at("2026-12-01 09:00"), at("2026-12-01T09:00"));
        assert_eq!(at("2026-12-01").as_deref(), Some("2026-12-01T00:00:00+00:00"));
        assert_eq!(at("  "), None);
        assert!(moment("tomorrow").is_err() && moment("12026-01-01T00:00").is_err());
    }

    #[test]
    fn percentages_have_bounds() {
        assert_eq!(percent(" 12.5 % ").unwrap(), Decimal::new(125, 1));
        for wrong in ["", "0", "-5", "100.01", "1.23456", "ten"] {
            assert!(percent(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn chosen_goods_are_named_or_all() {
        assert!(chosen("all", &[1], "x").unwrap().all);
        assert_eq!(chosen("these", &[4], " HAM-16 \n\n").unwrap().products, ["HAM-16"]);
        assert!(chosen("these", &[], " ").is_err());
    }
}
