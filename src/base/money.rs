//! Amounts of money: whole minor units and the currency they are in. Never a float.

use std::fmt;

use diesel::{
    deserialize::{self, FromSql, FromSqlRow},
    expression::AsExpression,
    pg::{Pg, PgValue},
    serialize::{self, Output, ToSql},
    sql_types::Text,
};

/// An ISO 4217 currency, stored as its code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, AsExpression, FromSqlRow)]
#[diesel(sql_type = Text)]
pub struct Currency(iso_currency::Currency);

impl Currency {
    /// # Errors
    /// A message for the field when no currency has this code.
    pub fn parse(code: &str) -> Result<Self, &'static str> {
        let found = iso_currency::Currency::from_code(&code.trim().to_uppercase());
        found.map(Self).ok_or("Enter a currency code of three letters, such as GBP")
    }

    pub fn code(self) -> &'static str {
        self.0.code()
    }

    /// Digits behind the point: 2 for most, 0 for the yen, 3 for the dinars.
    pub fn exponent(self) -> u32 {
        self.0.exponent().map_or(0, u32::from)
    }

    fn unit(self) -> i64 {
        10_i64.pow(self.exponent())
    }
}

impl FromSql<Text, Pg> for Currency {
    fn from_sql(bytes: PgValue<'_>) -> deserialize::Result<Self> {
        Ok(Self::parse(&<String as FromSql<Text, Pg>>::from_sql(bytes)?)?)
    }
}

impl ToSql<Text, Pg> for Currency {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        <str as ToSql<Text, Pg>>::to_sql(self.code(), out)
    }
}

/// So many minor units (pence, cents, yen) of a currency.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Money {
    pub minor: i64,
    pub currency: Currency,
}

impl Money {
    pub fn new(minor: i64, currency: Currency) -> Self {
        Self { minor, currency }
    }

    /// Reads what people type: `24.95`, `1,234.5`, `£3`.
    ///
    /// # Errors
    /// A message for the field: no number, more digits than the currency has, or out of range.
    pub fn parse(text: &str, currency: Currency) -> Result<Self, String> {
        let symbol = currency.0.symbol().to_string();
        let bare: String = text.replace(&symbol, "").chars().filter(|c| !c.is_whitespace()).collect();
        let plain = without_group_marks(&bare);
        let (whole, part) = plain.split_once('.').unwrap_or((&plain, ""));
        let digits = |text: &str| text.chars().all(|c| c.is_ascii_digit());
        if plain.is_empty() || plain == "." || !digits(whole) || !digits(part) || whole.len() > 12 {
            return Err(format!("Enter an amount such as {}", Self::new(1995 * currency.unit() / 100, currency).plain()));
        }
        let exponent = currency.exponent() as usize;
        if part.len() > exponent && part[exponent..].bytes().any(|digit| digit != b'0') {
            return Err(format!("{} has {exponent} digits behind the point", currency.code()));
        }
        let part: String = part.chars().chain("0000".chars()).take(exponent).collect();
        let minor = format!("{whole}{part}").parse().map_err(|_| "Enter a smaller amount".to_owned())?;
        Ok(Self::new(minor, currency))
    }

    /// The bare number for a form's field: `24.95`.
    pub fn plain(self) -> String {
        let exponent = self.currency.exponent() as usize;
        let sign = if self.minor < 0 { "-" } else { "" };
        let (whole, part) = (self.minor.abs() / self.currency.unit(), self.minor.abs() % self.currency.unit());
        if exponent == 0 { format!("{sign}{whole}") } else { format!("{sign}{whole}.{part:0exponent$}") }
    }

    pub fn is_zero(self) -> bool {
        self.minor == 0
    }
}

/// `1,234.50` without its comma. A comma that does not mark thousands stays, since `24,95` is no two thousand.
fn without_group_marks(text: &str) -> String {
    let whole = text.split('.').next().unwrap_or_default();
    let mut groups = whole.split(',');
    let first_fits = groups.next().is_some_and(|first| (1..=3).contains(&first.len()));
    if first_fits && groups.all(|group| group.len() == 3) { text.replace(',', "") } else { text.to_owned() }
}

impl fmt::Display for Money {
    /// As English reads it: `£1,234.50`, `−€5.00`, `¥1,200`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let plain = Self::new(self.minor.abs(), self.currency).plain();
        let (whole, part) = plain.split_once('.').map_or((plain.as_str(), None), |(whole, part)| (whole, Some(part)));
        // The sign of mathematics: after a hyphen a line may break.
        let sign = if self.minor < 0 { "−" } else { "" };
        write!(f, "{sign}{}", self.currency.0.symbol())?;
        for (at, digit) in whole.chars().enumerate() {
            if at > 0 && (whole.len() - at).is_multiple_of(3) {
                f.write_str(",")?;
            }
            write!(f, "{digit}")?;
        }
        part.map_or(Ok(()), |part| write!(f, ".{part}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn money(text: &str, code: &str) -> Result<Money, String> {
        Money::parse(text, Currency::parse(code).unwrap())
    }

    #[test]
    fn amounts_are_read_in_the_currency_s_own_minor_units() {
        assert_eq!(money("24.95", "GBP").unwrap().minor, 2495);
        assert_eq!(money("£1,234.5", "GBP").unwrap().minor, 123_450);
        assert_eq!(money("1200", "JPY").unwrap().minor, 1200);
        assert_eq!(money("1.234", "KWD").unwrap().minor, 1234);
        assert_eq!(money("5.00", "JPY").unwrap().minor, 5);
    }

    #[test]
    fn what_is_no_amount_is_refused() {
        for text in ["", ".", "24,95", "1,50", "12,34,567", "-3", "1.2.3", "abc", "1e5", "9999999999999"] {
            assert!(money(text, "GBP").is_err(), "{text}");
        }
        assert!(money("1.005", "GBP").unwrap_err().contains("2 digits"));
        assert!(money("", "JPY").unwrap_err().contains("19"));
    }

    #[test]
    fn amounts_are_shown_with_symbol_and_thousands() {
        let shown = |minor, code: &str| Money::new(minor, Currency::parse(code).unwrap()).to_string();
        assert_eq!(shown(123_450, "GBP"), "£1,234.50");
        assert_eq!(shown(5, "EUR"), "€0.05");
        assert_eq!(shown(1_234_567, "JPY"), "¥1,234,567");
        assert_eq!(shown(-500, "USD"), "−$5.00");
    }
}
