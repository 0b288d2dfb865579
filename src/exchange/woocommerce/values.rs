//! Single fields as WooCommerce writes them.

use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use rust_decimal::{Decimal, RoundingStrategy, prelude::ToPrimitive};

use super::columns::WeightUnit;
use crate::{
    base::Currency,
    catalog::Status,
    exchange::{
        model::{PolicyInFile, StockInFile},
        report::quoted,
        shopify::values as common,
    },
};

const HEAVIEST: i32 = 10_000_000;

/// Sold beyond stock without a bound there; the shop's books want one.
const BACKORDERS: i32 = 1000;

/// A list separated by commas, of which those within a text are written `\,`.
pub fn list(text: &str) -> Vec<String> {
    let (mut items, mut item, mut chars) = (vec![], String::new(), text.chars().peekable());
    while let Some(c) = chars.next() {
        match c {
            '\\' if chars.peek() == Some(&',') => item.extend(chars.next()),
            ',' => items.push(std::mem::take(&mut item)),
            c => item.push(c),
        }
    }
    items.push(item);
    items.into_iter().map(|item| item.trim().to_owned()).filter(|item| !item.is_empty()).collect()
}

/// `Tools > Hammers, Sale`: of each category the names from the top down.
pub fn categories(text: &str) -> Vec<Vec<String>> {
    let names = |path: String| path.split('>').map(|name| name.trim().to_owned()).filter(|name| !name.is_empty()).collect::<Vec<_>>();
    let mut paths: Vec<_> = list(text).into_iter().map(names).filter(|path| !path.is_empty()).collect();
    paths.retain(|path| !(path.len() == 1 && path[0].eq_ignore_ascii_case("uncategorized")));
    paths.dedup();
    paths
}

/// Price now and former price. The sale counts while it lasts; what begins later is told and left to a price list.
pub fn prices(
    regular: &str,
    sale: &str,
    times: (Option<DateTime<Utc>>, Option<DateTime<Utc>>),
    now: DateTime<Utc>,
    currency: Currency,
) -> Result<(i64, Option<i64>, Option<String>), String> {
    if regular.is_empty() {
        return Err("the row has no regular price".to_owned());
    }
    let regular = common::price(regular, currency)?;
    if sale.is_empty() {
        return Ok((regular, None, None));
    }
    let sale = common::price(sale, currency).map_err(|message| format!("sale: {message}"))?;
    let (from, until) = times;
    if until.is_some_and(|until| until <= now) {
        return Ok((regular, None, None));
    }
    if let Some(from) = from.filter(|from| *from > now) {
        let note = format!("the sale that begins on {} was left out; make a price list for it", from.format("%Y-%m-%d"));
        return Ok((regular, None, Some(note)));
    }
    let note = until
        .map(|until| format!("the sale price has no end here, but ends on {} there; make a price list for it", until.format("%Y-%m-%d")));
    Ok((sale, (regular > sale).then_some(regular), note))
}

/// `2026-11-01 00:00:00` or `2026-11-01`.
pub fn moment(text: &str) -> Option<DateTime<Utc>> {
    let whole = NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M:%S").ok();
    let day = || NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?.and_hms_opt(0, 0, 0);
    whole.or_else(day).map(|time| time.and_utc())
}

/// Whole grams.
pub fn grams(text: &str, unit: WeightUnit) -> Result<i32, String> {
    if text.is_empty() {
        return Ok(0);
    }
    let factor = match unit {
        WeightUnit::Kilogram => Decimal::ONE_THOUSAND,
        WeightUnit::Gram => Decimal::ONE,
        // The international pound, of 16 ounces.
        WeightUnit::Pound => Decimal::new(45_359_237, 5),
        WeightUnit::Ounce => Decimal::new(28_349_523_125, 9),
    };
    let weight = text.parse::<Decimal>().ok().and_then(|weight| weight.checked_mul(factor));
    let whole = weight.and_then(|grams| grams.round_dp_with_strategy(0, RoundingStrategy::MidpointAwayFromZero).to_i32());
    whole.filter(|grams| (0..=HEAVIEST).contains(grams)).ok_or_else(|| format!("the weight {} can't be read", quoted(text)))
}

/// 1: published, 0: private, −1: a draft. What is hidden from catalogue and search is a draft here, since here it would be seen.
pub fn status(published: &str, visibility: &str) -> Status {
    if published == "1" && !visibility.eq_ignore_ascii_case("hidden") { Status::Active } else { Status::Draft }
}

/// The standard class is written as an empty text.
pub fn tax_class(status: &str, class: &str) -> String {
    match (status.to_lowercase().as_str(), class.to_lowercase().as_str()) {
        ("none" | "shipping", _) | (_, "zero-rate" | "zero rate") => "zero".to_owned(),
        (_, "reduced-rate" | "reduced rate") => "reduced".to_owned(),
        (_, "" | "standard") => "standard".to_owned(),
        (_, other) => crate::catalog::slug_of(other),
    }
}

/// A number when stock is managed; otherwise only whether there are some.
pub fn stock(stock: &str, in_stock: &str) -> Result<StockInFile, String> {
    match stock {
        "" if in_stock == "0" => Ok(StockInFile::OnHand(0)),
        "" => Ok(StockInFile::Untracked),
        "parent" => Ok(StockInFile::Tracked),
        text => common::quantity(text).map(StockInFile::OnHand),
    }
}

/// `None` where the file has no such column.
pub fn policy(backorders: Option<&str>, low: Option<&str>, individually: Option<&str>) -> PolicyInFile {
    let beyond = |text: &str| if matches!(text.to_lowercase().as_str(), "1" | "yes" | "notify") { BACKORDERS } else { 0 };
    PolicyInFile {
        backorder_limit: backorders.map(beyond),
        low_at: low.map(|low| low.parse().ok().filter(|low| *low >= 0)),
        most_per_order: individually.map(|text| (text == "1").then_some(1)),
        ..PolicyInFile::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        moment(text).unwrap()
    }

    #[test]
    fn lists_know_commas_within_a_text() {
        assert_eq!(list("Red, Blue\\, dark,,"), ["Red", "Blue, dark"]);
        assert_eq!(
            categories("Tools > Hammers, Sale, Uncategorized"),
            [vec!["Tools".to_owned(), "Hammers".to_owned()], vec!["Sale".to_owned()]]
        );
    }

    #[test]
    fn a_sale_counts_while_it_lasts() {
        let gbp = Currency::parse("GBP").unwrap();
        let now = at("2026-11-21");
        let told = |from: &str, until: &str| prices("10.00", "8.00", (moment(from), moment(until)), now, gbp).unwrap();
        assert_eq!(told("", ""), (800, Some(1000), None));
        assert_eq!(told("", "2026-11-20"), (1000, None, None));
        assert!(told("2026-12-01", "").2.unwrap().contains("begins on 2026-12-01"));
        let (price, former, note) = told("2026-11-01", "2026-11-30 23:59:59");
        assert!((price, former) == (800, Some(1000)) && note.unwrap().contains("2026-11-30"));
        assert!(prices("", "8", (None, None), now, gbp).is_err());
    }

    #[test]
    fn weights_of_every_unit_become_grams() {
        assert_eq!(grams("0.76", WeightUnit::Kilogram), Ok(760));
        assert_eq!(grams("1", WeightUnit::Pound), Ok(454));
        assert_eq!(grams("", WeightUnit::Ounce), Ok(0));
        assert!(grams("-1", WeightUnit::Gram).is_err() && grams("heavy", WeightUnit::Gram).is_err());
    }

    #[test]
    fn stock_is_a_number_or_only_whether_there_are_some() {
        assert_eq!(stock("12", "1"), Ok(StockInFile::OnHand(12)));
        assert_eq!(stock("", "0"), Ok(StockInFile::OnHand(0)));
        assert_eq!(stock("", "1"), Ok(StockInFile::Untracked));
        assert!(stock("many", "1").is_err());
    }

    #[test]
    fn tax_classes_get_our_names() {
        assert_eq!(tax_class("taxable", "reduced-rate"), "reduced");
        assert_eq!(tax_class("none", ""), "zero");
        assert_eq!(tax_class("taxable", ""), "standard");
    }
}
