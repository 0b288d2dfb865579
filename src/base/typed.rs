//! What people type into the fields of forms, tidied and measured. Each error is the message beside the field.

use std::{borrow::Cow, ops::RangeInclusive};

use icu_normalizer::ComposingNormalizerBorrowed;

/// One line that must be there, of `longest` characters at most.
pub fn required(text: &str, longest: usize, missing: &str) -> Result<String, String> {
    let text = optional(text, longest)?;
    if text.is_empty() { Err(missing.to_owned()) } else { Ok(text) }
}

/// One line that may be empty.
pub fn optional(text: &str, longest: usize) -> Result<String, String> {
    let text = long(text, longest)?;
    if text.contains(['\n', '\r']) { Err("Write this on one line".to_owned()) } else { Ok(text) }
}

/// Several lines, or none. In Unicode's composed form: what looks the same is the same, whatever keyboard it was typed on.
pub fn long(text: &str, longest: usize) -> Result<String, String> {
    let text = &*composed(text.trim());
    if text.chars().count() > longest {
        return Err(format!("Shorten this to {longest} characters"));
    }
    if text.chars().any(|c| c.is_control() && !c.is_whitespace()) {
        return Err("Take out the characters that can't be printed".to_owned());
    }
    Ok(text.to_owned())
}

/// The text with letters and their accents in one, as Unicode's form C has them (UAX 15). A name in two forms would be two names.
pub fn composed(text: &str) -> Cow<'_, str> {
    ComposingNormalizerBorrowed::new_nfc().normalize(text)
}

/// A whole number within bounds.
pub fn whole(text: &str, range: RangeInclusive<i32>) -> Result<i32, String> {
    let number = text.trim().parse().ok().filter(|number| range.contains(number));
    number.ok_or_else(|| format!("Enter a whole number from {} to {}", range.start(), range.end()))
}

/// The same, where an empty field stands for 0.
pub fn whole_or_none(text: &str, range: RangeInclusive<i32>) -> Result<i32, String> {
    if text.trim().is_empty() { Ok(0) } else { whole(text, range) }
}

/// The last part of a page's address: what was typed, or else made of its name.
pub fn slug(typed: &str, name: &str) -> Result<String, String> {
    let made = slug::slugify(composed(if typed.trim().is_empty() { name } else { typed }));
    // Without a name there is a message beside the name already.
    let missing = made.is_empty() && !name.trim().is_empty();
    if missing || made.len() > 150 {
        Err("Enter an address of letters, digits and hyphens, such as claw-hammer".to_owned())
    } else {
        Ok(made)
    }
}

/// Digits with the usual marks between them, or none: nobody has to give one.
pub fn phone(text: &str) -> Result<String, &'static str> {
    let text = text.trim();
    let plain = text.chars().all(|c| c.is_ascii_digit() || " +-()./".contains(c));
    let digits = text.chars().filter(char::is_ascii_digit).count();
    if text.is_empty() || (plain && (6..=15).contains(&digits) && text.len() <= 40) {
        Ok(text.to_owned())
    } else {
        Err("Enter a telephone number such as 01584 550142, or leave this empty")
    }
}

/// The text as a part of a LIKE pattern, where `%`, `_` and `\` mean something, standing for itself.
pub fn like(text: &str) -> String {
    text.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_trimmed_measured_and_printable() {
        assert_eq!(required("  Ann ", 10, "Enter a name").as_deref(), Ok("Ann"));
        assert_eq!(required("   ", 10, "Enter a name").unwrap_err(), "Enter a name");
        assert!(optional("too long", 3).unwrap_err().contains("3 characters"));
        assert!(optional("two\nlines", 20).is_err() && long("two\nlines", 20).is_ok());
        assert!(long("bell\u{7}", 20).is_err());
    }

    #[test]
    fn what_looks_the_same_is_the_same() {
        let (in_one, in_two) = ("Zoë Müller", "Zoe\u{308} Mu\u{308}ller");
        assert_ne!(in_one, in_two);
        assert_eq!(required(in_two, 20, "").as_deref(), Ok(in_one));
        assert_eq!(required(in_two, 10, "").as_deref(), Ok(in_one), "counted as it is kept");
        assert_eq!(slug("", in_two), slug("", in_one));
        assert!(matches!(composed("Hammer"), Cow::Borrowed(_)));
    }

    #[test]
    fn numbers_have_bounds_and_an_empty_one_may_be_none() {
        assert_eq!(whole(" 7 ", 1..=10), Ok(7));
        assert_eq!(whole("11", 1..=10).unwrap_err(), "Enter a whole number from 1 to 10");
        assert_eq!(whole_or_none("", 0..=10), Ok(0));
    }

    #[test]
    fn a_telephone_number_is_optional_but_must_be_one() {
        assert!(phone("").is_ok() && phone("+44 (0)1584 550142").is_ok());
        assert!(phone("call me").is_err() && phone("12").is_err() && phone(&"- ".repeat(30)).is_err());
    }

    #[test]
    fn an_address_is_typed_or_made_of_the_name() {
        assert_eq!(slug("", "Claw hammer, 16 oz").as_deref(), Ok("claw-hammer-16-oz"));
        assert_eq!(slug("My Hammer", "x").as_deref(), Ok("my-hammer"));
        assert!(slug("", "!!!").is_err());
    }
}
