use std::collections::BTreeMap;

use rust_decimal::{Decimal, prelude::ToPrimitive};

use crate::base::{Currency, Money};

/// A form whose number of rows is not known beforehand: its fields by name. Of fields with the same name the last counts.
pub struct Fields(BTreeMap<String, String>);

impl From<Vec<(String, String)>> for Fields {
    fn from(pairs: Vec<(String, String)>) -> Self {
        Self(pairs.into_iter().collect())
    }
}

impl Fields {
    pub fn take(&mut self, name: &str) -> String {
        self.0.remove(name).unwrap_or_default()
    }

    pub fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// How many rows of fields named `prefix_1`, `prefix_2` … there are, `most` at most.
    pub fn rows(&self, prefix: &str, most: usize) -> usize {
        (1..=most).take_while(|row| self.has(&format!("{prefix}_{row}"))).count()
    }
}

/// Heaviest that can be typed, in kilograms.
const MOST_KG: i64 = 100_000;

/// Grams, of kilograms as people type them: `2.5`.
pub fn grams(text: &str) -> Result<i64, &'static str> {
    let wrong = "Enter a weight in kg, such as 2.5, exact to the gram";
    let kg: Decimal = text.trim().trim_end_matches("kg").trim().parse().map_err(|_| wrong)?;
    if kg.is_sign_negative() || kg > Decimal::from(MOST_KG) {
        return Err(wrong);
    }
    let grams = kg * Decimal::ONE_THOUSAND;
    if grams.fract().is_zero() { grams.to_i64().ok_or(wrong) } else { Err(wrong) }
}

/// Kilograms for a field: `2.5`.
pub fn kg_field(grams: i64) -> String {
    Decimal::new(grams, 3).normalize().to_string()
}

pub fn amount(text: &str, currency: Currency) -> Result<i64, String> {
    Money::parse(text, currency).map(|money| money.minor)
}

/// Nothing of an empty field, or what `parse` makes of it.
pub fn or_none<T, E>(text: &str, parse: impl FnOnce(&str) -> Result<T, E>) -> Result<Option<T>, E> {
    if text.trim().is_empty() { Ok(None) } else { parse(text).map(Some) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_are_typed_in_kg_and_kept_in_grams() {
        for (typed, kept) in [("2.5", 2500), (" 30 kg", 30_000), ("0.001", 1), ("0", 0), ("2.500", 2500)] {
            assert_eq!(grams(typed), Ok(kept), "{typed}");
        }
        for wrong in ["", "-1", "2,5", "0.0005", "heavy", "100001", "1e9"] {
            assert!(grams(wrong).is_err(), "{wrong}");
        }
        assert_eq!([kg_field(2500), kg_field(30_000)], ["2.5", "30"]);
    }

    #[test]
    fn rows_are_counted_as_far_as_they_go_on() {
        let names = ["up_to_1", "up_to_2", "up_to_4"].map(|name| (name.to_owned(), String::new()));
        assert_eq!(Fields::from(names.to_vec()).rows("up_to", 100), 2);
    }
}
