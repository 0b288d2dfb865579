//! An e-mail address that has been looked at once and can be trusted afterwards.

use std::fmt;

use validator::ValidateEmail;

use super::typed::composed;

/// Trimmed and in lower case. Its shape is checked, not whether anybody reads it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Email(String);

impl Email {
    /// # Errors
    /// A message for the field: what is missing and how an address looks.
    pub fn parse(text: &str) -> Result<Self, &'static str> {
        let text = &*composed(text.trim());
        if text.is_empty() {
            return Err("Enter an e-mail address");
        }
        // RFC 5321 bounds a path at 256 octets, which leaves 254 for the address.
        if text.len() > 254 || !text.validate_email() || text.chars().any(char::is_control) || text.parse::<lettre::Address>().is_err() {
            return Err("Enter an e-mail address in the form name@example.com");
        }
        Ok(Self(text.to_lowercase()))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_trimmed_and_folded_to_lower_case() {
        assert_eq!(Email::parse("  Ann@Example.COM ").unwrap().as_str(), "ann@example.com");
    }

    #[test]
    fn an_address_of_letters_with_accents_is_one_however_it_was_typed() {
        for (in_two, in_one) in [("ann@mu\u{308}ller.example", "ann@müller.example"), ("zoe\u{308}@example.com", "zoë@example.com")] {
            assert_eq!(Email::parse(in_two), Email::parse(in_one));
        }
    }

    #[test]
    fn what_is_no_address_is_refused_with_the_mend() {
        for text in [
            "ann",
            "ann@",
            "@example.com",
            "ann@example.com\r\nBcc: all@example.com",
            "a b@example.com",
            "a..b@example.com",
            "a@x y <b>[1.2.3.4]",
        ] {
            assert!(Email::parse(text).unwrap_err().contains("name@example.com"), "{text}");
        }
        assert_eq!(Email::parse("   "), Err("Enter an e-mail address"));
    }
}
